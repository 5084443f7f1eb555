//! The client's side of Posta Elettronica Certificata: follow what was sent, correlate receipts, keep and judge the evidence.

pub mod dossier;
pub mod follow;
pub mod limits;

pub use dossier::{
    CopyProof, Dossier, DossierError, Examination, FileError, Files, Finding, Judge, MakeError,
    Manifest, ManifestError, Parts, StampError, Verdict,
};
pub use follow::{
    Contradiction, Correlation, Deadline, DeadlineKind, Failure, Fed, Follow, Follows, NotAReceipt,
    Progress, Receipt, RecipientState, RecipientStatus, Sent, SentError, Taken, Unmatched,
    UnmatchedReason,
};
