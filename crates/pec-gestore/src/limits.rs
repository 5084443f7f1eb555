//! Every limit of this crate, in one place. Each is tested at the limit and one past it. What a
//! provider chooses for itself is in [`Limits`](crate::Limits).

use chrono::Months;

/// Size of a submission times its recipients that every provider must take, in octets: the 30 MB
/// of DM 2 Nov 2005 a.12, read as MiB (norms §2.1).
pub const LEGAL_PRODUCT_OCTETS: u64 = 30 * 1024 * 1024;

/// Recipients of a submission that every provider must take (norms §2.1).
pub const LEGAL_RECIPIENTS: usize = 50;

/// Certification data of an envelope, in octets: what follows them in receipts (the recipients
/// once more, a description) must fit [`pec_daticert::limits::MAX_DOCUMENT_BYTES`] too.
pub const CERTIFIED_OCTETS: usize = 256 * 1024;

/// Receipts of one transmission that are remembered, so that a repeat is known: more than an honest
/// world sends for the largest list of recipients. Those beyond are taken each time they come.
pub const RECEIPTS_REMEMBERED: usize = 4096;

/// Certification data of an envelope of another provider, in octets: a take-in-charge repeats them
/// and names the recipients once more.
pub const RECEIVED_OCTETS: usize = 384 * 1024;

/// Breaches of form that one notice describes; the others are counted.
pub const FAULTS_DESCRIBED: usize = 5;

/// How long infected messages are kept (RFC 6109 §2.2.4, norms 74).
pub const QUARANTINE: Months = Months::new(30);
