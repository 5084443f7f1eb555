//! `multipart/signed` of S/MIME (RFC 8551 §3.5.3, RFC 6109 §2.1): found in a message, and written.

mod read;
mod write;

pub use read::{SignedMultipart, StructureError, StructureRemark};
pub use write::{Boundary, DraftError, SignedMessage};
pub(crate) use write::{ContentCheck, check_header};
