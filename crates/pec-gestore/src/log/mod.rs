//! The log of a gestore (RFC 6109 §2.3): typed records, their text and JSON forms, the auditor.

pub mod audit;
mod event;
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod record;
pub mod text;

pub use event::{LogEvent, UnknownEvent};
pub use json::JsonError;
pub use record::{NotCertified, Record};
