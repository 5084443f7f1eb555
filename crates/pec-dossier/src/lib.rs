//! The client's side of Posta Elettronica Certificata: follow what was sent, correlate receipts, keep and judge the evidence.

pub mod follow;

pub use follow::{
    Contradiction, Correlation, Deadline, DeadlineKind, Failure, Fed, Follow, Follows, NotAReceipt,
    Progress, Receipt, RecipientState, RecipientStatus, Sent, SentError, Taken, Unmatched,
    UnmatchedReason,
};
