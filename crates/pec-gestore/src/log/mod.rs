//! The log of a gestore (RFC 6109 §2.3): typed records, their text and JSON forms, the auditor.

pub mod audit;
mod event;
mod extract;
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod record;
mod reissue;
pub mod statistics;
pub mod text;

pub use event::{LogEvent, UnknownEvent};
pub use extract::Extract;
pub use json::JsonError;
pub use record::{NotCertified, Record};
pub use reissue::{LostReceipt, ReissueError, Remains, reissue};
