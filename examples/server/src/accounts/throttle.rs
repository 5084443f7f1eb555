//! Counts guesses.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Counts refused logins by account and by address, for a quarter of an hour.
#[derive(Debug)]
pub struct Throttle {
    limit: u32,
    counts: Mutex<HashMap<String, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    refused: u32,
    since: DateTime<Utc>,
}

/// The period.
const PERIOD: TimeDelta = TimeDelta::minutes(15);
/// Most names that are counted; beyond them the oldest go.
const NAMES: usize = 50_000;

impl Throttle {
    /// So many refused logins are let pass in a period.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit, counts: Mutex::default() }
    }

    /// Whether another try may be made under all of these names.
    pub fn permits(&self, names: &[String], now: DateTime<Utc>) -> bool {
        let counts = self.lock();
        let is_over = |name: &String| {
            counts.get(name).is_some_and(|count| count.is_at(now) && count.refused >= self.limit)
        };
        !names.iter().any(is_over)
    }

    /// Counts a refused login.
    pub fn refused(&self, names: &[String], now: DateTime<Utc>) {
        let mut counts = self.lock();
        if counts.len() >= NAMES {
            counts.retain(|_, count| count.is_at(now));
        }
        if counts.len() >= NAMES {
            // Somebody floods us with names: who guesses at one account is still slowed down by
            // the cost of a verification.
            counts.clear();
        }
        for name in names {
            let count = counts.entry(name.clone()).or_insert(Count { refused: 0, since: now });
            if !count.is_at(now) {
                *count = Count { refused: 0, since: now };
            }
            count.refused = count.refused.saturating_add(1);
        }
    }

    /// A login under this name was right: it begins anew.
    pub fn forget(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn is_at(&self, now: DateTime<Utc>) -> bool {
        let age = now.signed_duration_since(self.since);
        age < PERIOD && age >= TimeDelta::zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_counted_for_a_while() {
        let throttle = Throttle::new(2);
        let now = DateTime::UNIX_EPOCH;
        let (one, other) = (["a".to_owned(), "1".to_owned()], ["b".to_owned(), "1".to_owned()]);
        throttle.refused(&one, now);
        assert!(throttle.permits(&one, now));
        throttle.refused(&one, now);
        assert!(!throttle.permits(&one, now));
        assert!(!throttle.permits(&other, now), "the same address");
        assert!(throttle.permits(&["b".to_owned()], now));
        assert!(throttle.permits(&one, now + PERIOD));
        throttle.forget("a");
        assert!(throttle.permits(&["a".to_owned()], now));
    }
}
