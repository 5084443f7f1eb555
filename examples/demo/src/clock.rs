//! A clock that runs like the system's and can be moved ahead.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use pec_server::clock::{Clock, SystemClock};

/// The system's time, and what it was moved ahead.
#[derive(Clone, Debug, Default)]
pub struct MovableClock(Arc<AtomicI64>);

impl MovableClock {
    /// Moves the clock ahead.
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> DateTime<Utc> {
        let moved = TimeDelta::seconds(self.0.load(Ordering::SeqCst));
        let now = SystemClock.now();
        now.checked_add_signed(moved).unwrap_or(now)
    }
}
