//! Successful verifications, remembered for minutes: Argon2 at every login would cap logins.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use chrono::{DateTime, TimeDelta, Utc};

/// How many accounts are remembered.
const ACCOUNTS: usize = 100_000;

/// Remembers which password of which account was verified, under a keyed hash: the memory of the
/// process holds no password. The key is of this process alone.
///
/// ```
/// use chrono::{TimeDelta, Utc};
/// use pec_server::password::VerificationCache;
///
/// let cache = VerificationCache::new([9; 32], TimeDelta::minutes(5));
/// let now = Utc::now();
/// cache.remember("mario@alfa.example", "$argon2id$…", b"secret", now);
/// assert!(cache.knows("mario@alfa.example", "$argon2id$…", b"secret", now));
/// assert!(!cache.knows("mario@alfa.example", "$argon2id$…", b"guess", now));
/// ```
pub struct VerificationCache {
    key: hmac::Key,
    lifetime: TimeDelta,
    verified: Mutex<HashMap<String, (hmac::Tag, DateTime<Utc>)>>,
}

impl VerificationCache {
    /// `key` is random; a verification counts for `lifetime`.
    #[must_use]
    pub fn new(key: [u8; 32], lifetime: TimeDelta) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Self { key, lifetime, verified: Mutex::default() }
    }

    /// Remembers a verification of `password` against `kept`, the hash of the account.
    pub fn remember(&self, account: &str, kept: &str, password: &[u8], now: DateTime<Utc>) {
        let tag = self.tag(account, kept, password);
        let until = now.checked_add_signed(self.lifetime).unwrap_or(now);
        let mut verified = self.verified();
        if verified.len() >= ACCOUNTS {
            verified.retain(|_, (_, until)| now < *until);
            if verified.len() >= ACCOUNTS {
                verified.clear();
            }
        }
        verified.insert(account.to_owned(), (tag, until));
    }

    /// Whether this very password was verified against this very hash not long ago: a changed
    /// password has another hash.
    #[must_use]
    pub fn knows(&self, account: &str, kept: &str, password: &[u8], now: DateTime<Utc>) -> bool {
        let verified = self.verified();
        let Some((tag, until)) = verified.get(account) else { return false };
        // A clock that stepped back does not lengthen the time.
        let is_fresh =
            now < *until && *until <= now.checked_add_signed(self.lifetime).unwrap_or(now);
        let message = message(account, kept, password);
        is_fresh && hmac::verify(&self.key, &message, tag.as_ref()).is_ok()
    }

    /// Forgets an account, whose password was changed or whose holder was locked out.
    pub fn forget(&self, account: &str) {
        self.verified().remove(account);
    }

    fn tag(&self, account: &str, kept: &str, password: &[u8]) -> hmac::Tag {
        hmac::sign(&self.key, &message(account, kept, password))
    }

    fn verified(&self) -> MutexGuard<'_, HashMap<String, (hmac::Tag, DateTime<Utc>)>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The three with their lengths, so that no two triples are one message.
fn message(account: &str, kept: &str, password: &[u8]) -> zeroize::Zeroizing<Vec<u8>> {
    let mut message = zeroize::Zeroizing::new(Vec::new());
    for part in [account.as_bytes(), kept.as_bytes(), password] {
        message.extend_from_slice(&part.len().to_be_bytes());
        message.extend_from_slice(part);
    }
    message
}

impl fmt::Debug for VerificationCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_forgets_with_time_change_and_request() {
        let cache = VerificationCache::new([1; 32], TimeDelta::minutes(5));
        let now = "2026-11-21T10:00:00Z".parse::<DateTime<Utc>>().unwrap();
        cache.remember("a", "h1", b"p", now);
        assert!(cache.knows("a", "h1", b"p", now + TimeDelta::seconds(299)));
        assert!(!cache.knows("a", "h1", b"p", now + TimeDelta::seconds(300)));
        assert!(!cache.knows("a", "h1", b"p", now - TimeDelta::hours(1)), "the clock stepped back");
        assert!(!cache.knows("a", "h2", b"p", now), "the password was changed");
        assert!(!cache.knows("a", "h1p", b"", now));
        assert!(!cache.knows("b", "h1", b"p", now));
        cache.forget("a");
        assert!(!cache.knows("a", "h1", b"p", now));
    }
}
