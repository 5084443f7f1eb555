//! Brief receipts: the original with hashes in place of what is attached (RFC 6109 §3.3.2.2).

mod copy;
mod proof;

pub use copy::{BriefCopy, BriefError, HashedPart, UNNAMED_MESSAGE};
pub use proof::{BriefProof, HashedForm, HexCase, PartProof, PartVerdict, ProofError};
