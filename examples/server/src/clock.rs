//! The time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// Says what time it is. Everything that is stamped, judged or due goes by it, TLS certificates
/// included; only how long to wait for an answer goes by the machine.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine, which the operator keeps within a minute of UTC (norms 75).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        of_unix(since)
    }
}

/// A clock that is set by hand, for tests and demonstrations. Clones show the same time.
///
/// ```
/// use pec_server::clock::{Clock, ManualClock};
/// let clock = ManualClock::at("2026-11-21T10:00:00Z".parse()?);
/// clock.advance(chrono::TimeDelta::hours(12));
/// assert_eq!(clock.now().to_rfc3339(), "2026-11-21T22:00:00+00:00");
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Sets it forward, or back.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add_signed(by).unwrap_or(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same time for rustls.
#[derive(Debug)]
pub(crate) struct TlsTime(pub(crate) Arc<dyn Clock>);

impl TimeProvider for TlsTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

fn of_unix(since: Duration) -> DateTime<Utc> {
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, since.subsec_nanos()).unwrap_or_default()
}
