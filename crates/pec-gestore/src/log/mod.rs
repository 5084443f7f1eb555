//! The log of a gestore (RFC 6109 §2.3): typed records, their text and JSON forms, the auditor.

mod record;

pub use record::{LogEvent, Record};
