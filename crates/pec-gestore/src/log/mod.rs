//! The log of a gestore (RFC 6109 §2.3): typed records, their text and JSON forms, the auditor.

mod event;
mod record;

pub use event::{LogEvent, UnknownEvent};
pub use record::{NotCertified, Record};
