//! What became of what was sent: the sender's view of a transmission.
//!
//! A [`Follow`] is one transmission, fed with [receipts](Receipt) that providers certify. It keeps
//! the set of them and derives everything else, so that their order, repeats and delays make no
//! difference. [`Follows`] holds those of a mailbox, finds the transmission of each receipt and
//! keeps what fits nothing.
//!
//! Receipts are found by `identificativo`, by `msgid`, by the header `X-Riferimento-Message-ID`
//! where the certification data have no `msgid`, and per recipient by `consegna`; never by subject
//! (norms 79).

mod collection;
mod contradiction;
mod deadline;
mod receipt;
mod recipient;
mod sent;
mod state;
#[cfg(test)]
mod tests;
mod transmission;

pub use collection::{Fed, Follows, Unmatched, UnmatchedReason};
pub use contradiction::Contradiction;
pub use deadline::{Deadline, DeadlineKind, FIRST_NOTICE, GRACE, LAST_NOTICE};
pub use receipt::{NotAReceipt, Receipt};
pub use recipient::RecipientStatus;
pub use sent::{Sent, SentError};
pub use state::{Failure, Progress, RecipientState};
pub use transmission::{Correlation, Follow, Taken};
