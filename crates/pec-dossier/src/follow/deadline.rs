//! When to look again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// Without confirmation in this time the sender's provider warns (RFC 6109 §3.1.6).
pub const FIRST_NOTICE: TimeDelta = TimeDelta::hours(12);

/// Without delivery in this time the sender's provider gives up (RFC 6109 §3.1.6). The same time
/// is given to it for accepting a message, for which the norm sets no limit (norms §2.1).
pub const LAST_NOTICE: TimeDelta = TimeDelta::hours(24);

/// The notice of 24 hours does not come before (RFC 6109 §3.1.6).
pub(super) const LAST_NOTICE_EARLIEST: TimeDelta = TimeDelta::hours(22);

/// How long a notice may be on its way before it counts as missing.
pub const GRACE: TimeDelta = TimeDelta::hours(1);

/// By how much the clocks of two providers may differ: each is within a minute of UTC (norms 75).
pub(super) const CLOCKS: TimeDelta = TimeDelta::minutes(2);

/// An instant at which something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Deadline {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: DeadlineKind,
}

/// What is due. The list is closed: each is a time limit of RFC 6109 §3.1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadlineKind {
    /// The first notice, unless the message is in charge of the recipient's provider by then.
    FirstNotice,
    /// The last notice. An hour later the answer is overdue.
    LastNotice,
    /// An answer of any kind: later it is overdue.
    Overdue,
}

/// The instant `after` another, at the end of time the last.
pub(super) fn later(instant: DateTime<Utc>, after: TimeDelta) -> DateTime<Utc> {
    instant.checked_add_signed(after).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
