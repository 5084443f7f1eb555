//! The outbox: effects that are leased to workers until they are finished.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_gestore::{Effect, Key};

/// Who runs effects: a name that no other running worker has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Worker(String);

impl Worker {
    /// The worker of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A worker asks for work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRequest {
    /// Who.
    pub worker: Worker,
    /// Effects due by now are given, and those whose lease ended by now.
    pub now: DateTime<Utc>,
    /// When the work goes to others unless it is renewed, finished or put off.
    pub until: DateTime<Utc>,
    /// At most so many.
    pub limit: u32,
}

/// An effect that a worker may run. A relay or deposit of sealed octets comes only when they are
/// there.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// The state that planned it: [`Report::key`](pec_gestore::Report::key).
    pub key: Key,
    /// What to do; a relay names only the recipients that are left.
    pub effect: Effect,
    /// How often it was leased before.
    pub attempts: u32,
}

/// When an effect is tried again: the interval doubles from try to try, and a random part of it
/// keeps the workers from coming back all at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    /// The first interval.
    pub first: Duration,
    /// No interval is longer.
    pub longest: Duration,
}

impl Default for RetrySchedule {
    /// From one minute to thirty: within the 24 hours that an envelope may wait (norms 45) some
    /// fifty tries.
    fn default() -> Self {
        Self { first: Duration::from_secs(60), longest: Duration::from_secs(30 * 60) }
    }
}

impl RetrySchedule {
    /// The instant of the next try after `attempts` of them; `random` is fresh. The interval is
    /// between half and all of what its turn allows.
    #[must_use]
    pub fn next(&self, attempts: u32, now: DateTime<Utc>, random: u64) -> DateTime<Utc> {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
        let longest = doubled.min(self.longest).as_millis().min(u128::from(u32::MAX));
        let half = u64::try_from(longest).unwrap_or(u64::MAX) / 2;
        let jitter = random.checked_rem(half.saturating_add(1)).unwrap_or_default();
        let wait = i64::try_from(half.saturating_add(jitter)).unwrap_or(i64::MAX);
        let wait = TimeDelta::try_milliseconds(wait).unwrap_or(TimeDelta::MAX);
        now.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
