//! Guesses get slower: after some failures an account and a host must wait, longer each time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 5;
/// The first wait, in seconds; it doubles with each failure.
const FIRST_WAIT: i64 = 2;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// After so many seconds without a failure all is forgotten.
const FORGET: i64 = 60 * 60;
/// How many accounts and hosts are watched.
const WATCHED: usize = 100_000;

/// How long somebody must wait before the next try, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failures; try again in {0} seconds")]
pub struct TryLater(pub i64);

/// Counts failures by account and by host. A host is an IPv4 address or the first 64 bits of an
/// IPv6 one.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<HashMap<Guesser, Failures>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Guesser {
    Account(String),
    Host(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

impl Throttle {
    /// Whether a try is allowed now. Without a host only the account counts: a program of ours may
    /// ask for many.
    ///
    /// # Errors
    /// [`TryLater`] says when.
    pub fn permit(
        &self,
        account: &str,
        host: impl Into<Option<IpAddr>>,
        now: DateTime<Utc>,
    ) -> Result<(), TryLater> {
        let failures = self.failures();
        let waits = guessers(account, host.into()).map(|guesser| {
            failures.get(&guesser).map_or(0, |failures| failures.wait(now, guesser.free()))
        });
        match waits.max() {
            Some(wait) if wait > 0 => Err(TryLater(wait)),
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub fn failed(&self, account: &str, host: impl Into<Option<IpAddr>>, now: DateTime<Utc>) {
        let mut failures = self.failures();
        if failures.len() >= WATCHED {
            failures.retain(|_, failures| !failures.is_forgotten(now));
        }
        for guesser in guessers(account, host.into()) {
            // When the table is full of fresh failures, those who are in it are still watched.
            if failures.len() >= WATCHED && !failures.contains_key(&guesser) {
                continue;
            }
            let entry = failures.entry(guesser).or_insert(Failures { count: 0, last: now });
            let before = if entry.is_forgotten(now) { 0 } else { entry.count };
            *entry = Failures { count: before.saturating_add(1), last: now };
        }
    }

    /// Forgets the failures of an account whose holder got in.
    pub fn succeeded(&self, account: &str) {
        self.failures().remove(&Guesser::Account(account.to_lowercase()));
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<Guesser, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guesser {
    /// Behind one host there may be an office.
    const fn free(&self) -> u32 {
        match self {
            Self::Account(_) => FREE,
            Self::Host(_) => FREE * 4,
        }
    }
}

impl Failures {
    fn wait(self, now: DateTime<Utc>, free: u32) -> i64 {
        let Some(over) = self.count.checked_sub(free) else { return 0 };
        if self.is_forgotten(now) {
            return 0;
        }
        let wait = FIRST_WAIT.saturating_mul(1_i64.checked_shl(over.min(32)).unwrap_or(i64::MAX));
        let wait = wait.min(LONGEST_WAIT);
        let passed = now.signed_duration_since(self.last).num_seconds().max(0);
        wait.saturating_sub(passed).max(0)
    }

    fn is_forgotten(self, now: DateTime<Utc>) -> bool {
        now.signed_duration_since(self.last) > TimeDelta::seconds(FORGET)
    }
}

fn guessers(account: &str, host: Option<IpAddr>) -> impl Iterator<Item = Guesser> {
    let host = host.map(|host| match host {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            address.to_ipv4_mapped().map_or(IpAddr::V6(network.into()), IpAddr::V4)
        }
        IpAddr::V4(_) => host,
    });
    let account = Guesser::Account(account.to_lowercase());
    std::iter::once(account).chain(host.map(Guesser::Host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn now() -> DateTime<Utc> {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour_and_are_forgotten() {
        let throttle = Throttle::default();
        let mut waits = Vec::new();
        for _ in 0..20 {
            waits.push(throttle.permit("a@x", host(1), now()).err().map_or(0, |later| later.0));
            throttle.failed("a@x", host(1), now());
        }
        assert_eq!(waits[..9], [0, 0, 0, 0, 0, 2, 4, 8, 16]);
        assert_eq!(waits[19], LONGEST_WAIT);
        let later = |seconds| now() + TimeDelta::seconds(seconds);
        assert!(throttle.permit("a@x", host(9), later(LONGEST_WAIT - 1)).is_err());
        assert!(throttle.permit("a@x", host(9), later(LONGEST_WAIT)).is_ok());
        assert!(throttle.permit("A@X", host(9), now()).is_err(), "case does not help");
    }

    #[test]
    fn a_host_that_tries_many_accounts_waits_too() {
        let throttle = Throttle::default();
        for number in 0..FREE * 4 {
            throttle.failed(&format!("user{number}@x"), host(1), now());
        }
        assert!(throttle.permit("fresh@x", host(1), now()).is_err());
        assert!(throttle.permit("fresh@x", host(2), now()).is_ok());
    }

    #[test]
    fn without_a_host_the_account_alone_counts() {
        let throttle = Throttle::default();
        for number in 0..FREE * 4 {
            throttle.failed(&format!("user{number}@x"), None, now());
        }
        assert!(throttle.permit("fresh@x", None, now()).is_ok());
        for _ in 0..FREE {
            throttle.failed("a@x", None, now());
        }
        assert!(throttle.permit("a@x", None, now()).is_err());
    }

    #[test]
    fn getting_in_clears_the_account_and_not_the_host() {
        let throttle = Throttle::default();
        for _ in 0..FREE {
            throttle.failed("a@x", host(1), now());
        }
        assert!(throttle.permit("a@x", host(2), now()).is_err());
        throttle.succeeded("a@x");
        assert!(throttle.permit("a@x", host(2), now()).is_ok());
    }

    #[test]
    fn one_network_of_version_6_is_one_host() {
        let throttle = Throttle::default();
        let address = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        for number in 0..u16::try_from(FREE * 4).unwrap() {
            throttle.failed(&format!("user{number}@x"), address(number), now());
        }
        assert!(throttle.permit("fresh@x", address(999), now()).is_err());
    }
}
