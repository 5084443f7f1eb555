//! Lets users in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use tokio::sync::Semaphore;

use super::{Account, Accounts, AccountsError, Throttle, password};
use crate::random;
use crate::wire::Credentials;

/// What a login comes to. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// It is the holder of this mailbox.
    Granted(Address),
    /// The password is right, and must be changed before it opens anything (norms 93).
    MustChange(Address),
    /// User or password is wrong; which of them is not told.
    Refused,
    /// Too many guesses: not now.
    TooMany,
}

/// Lets users in.
pub struct Gate {
    accounts: Arc<dyn Accounts>,
    throttle: Throttle,
    key: hmac::Key,
    verified: Mutex<HashMap<String, Verified>>,
    /// Verifications at once: each needs 19 MiB and a core.
    slots: Arc<Semaphore>,
    /// The hash of no password: an account that does not exist costs as much time as one that
    /// does.
    nobody: String,
}

struct Verified {
    tag: Vec<u8>,
    until: DateTime<Utc>,
}

/// How long a verification is remembered.
const REMEMBERED: TimeDelta = TimeDelta::minutes(5);
/// How long a password is valid (norms §2.6: six months).
const VALID: TimeDelta = TimeDelta::days(183);
/// Most verifications that are remembered.
const MOST_REMEMBERED: usize = 10_000;

impl Gate {
    /// A gate before these accounts; `guesses` are let pass in a quarter of an hour.
    ///
    /// # Errors
    ///
    /// When the system has no random octets.
    pub fn new(accounts: Arc<dyn Accounts>, guesses: u32) -> Result<Self, AccountsError> {
        let unavailable = |error: &dyn std::fmt::Display| AccountsError(error.to_string());
        let key = random::octets::<32>().map_err(|error| unavailable(&error))?;
        let noise = random::octets::<16>().map_err(|error| unavailable(&error))?;
        let nobody = password::hash(&format!("{noise:?}")).map_err(|error| unavailable(&error))?;
        Ok(Self {
            accounts,
            throttle: Throttle::new(guesses),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            verified: Mutex::default(),
            slots: Arc::new(Semaphore::new(2)),
            nobody,
        })
    }

    /// Judges a login from an address.
    ///
    /// # Errors
    ///
    /// When the accounts cannot be read.
    pub async fn login(
        &self,
        credentials: Credentials,
        from: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Login, AccountsError> {
        let user = credentials.user.to_lowercase();
        let names = [format!("account {user}"), format!("address {from}")];
        if !self.throttle.permits(&names, now) {
            return Ok(Login::TooMany);
        }
        let account = match user.parse::<Address>() {
            Ok(address) => self.accounts.account(&address).await?,
            Err(_) => None,
        };
        let secret = account.as_ref().and_then(|account| account.secret.clone());
        let is_right = match &secret {
            Some(secret) if self.is_remembered(&user, &credentials, secret, now) => true,
            _ => {
                let hash = secret.clone().unwrap_or_else(|| self.nobody.clone());
                let is_right = self.verify(&credentials, hash).await? && secret.is_some();
                if let (true, Some(secret)) = (is_right, &secret) {
                    self.remember(&user, &credentials, secret, now);
                }
                is_right
            }
        };
        let Some(account) = account.filter(|_| is_right) else {
            self.throttle.refused(&names, now);
            return Ok(Login::Refused);
        };
        self.throttle.forget(&names[0]);
        Ok(granted(account, now))
    }

    /// Argon2 on a thread of its own, a few at a time.
    async fn verify(&self, credentials: &Credentials, hash: String) -> Result<bool, AccountsError> {
        let slots = Arc::clone(&self.slots);
        let slot = slots.acquire_owned().await.map_err(|error| AccountsError(error.to_string()))?;
        let given = credentials.password.clone();
        let verifying = tokio::task::spawn_blocking(move || {
            let is_right = password::verify(&given, &hash);
            drop(slot);
            is_right
        });
        verifying.await.map_err(|error| AccountsError(error.to_string()))
    }

    /// The tag covers the stored hash too: when the password changes, the old tag is nobody's.
    fn tag(&self, credentials: &Credentials, secret: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(secret.as_bytes());
        context.update(&[0]);
        context.update(credentials.password.as_bytes());
        context.sign()
    }

    fn is_remembered(
        &self,
        user: &str,
        credentials: &Credentials,
        secret: &str,
        now: DateTime<Utc>,
    ) -> bool {
        let given = self.tag(credentials, secret);
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = verified.get(user).filter(|known| now < known.until) else {
            return false;
        };
        aws_lc_rs::constant_time::verify_slices_are_equal(&known.tag, given.as_ref()).is_ok()
    }

    fn remember(&self, user: &str, credentials: &Credentials, secret: &str, now: DateTime<Utc>) {
        let tag = self.tag(credentials, secret).as_ref().to_vec();
        let until = now.checked_add_signed(REMEMBERED).unwrap_or(now);
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= MOST_REMEMBERED {
            verified.clear();
        }
        verified.insert(user.to_owned(), Verified { tag, until });
    }
}

fn granted(account: Account, now: DateTime<Utc>) -> Login {
    let is_old = now.signed_duration_since(account.since) > VALID;
    if account.must_change || is_old {
        return Login::MustChange(account.address);
    }
    Login::Granted(account.address)
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("throttle", &self.throttle).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures::future::BoxFuture;
    use zeroize::Zeroizing;

    use super::*;

    struct One(Mutex<Account>);

    impl Accounts for One {
        fn account<'a>(
            &'a self,
            address: &'a Address,
        ) -> BoxFuture<'a, Result<Option<Account>, AccountsError>> {
            let account = self.0.lock().unwrap().clone();
            let found = account.address.is_same_mailbox(address).then_some(account);
            Box::pin(std::future::ready(Ok(found)))
        }
    }

    fn of(user: &str, password: &str) -> Credentials {
        Credentials { user: user.to_owned(), password: Zeroizing::new(password.to_owned()) }
    }

    #[tokio::test]
    async fn logins_are_judged_remembered_and_throttled() {
        let address: Address = "mario@alfa.example".parse().unwrap();
        let since = DateTime::UNIX_EPOCH;
        let secret = Some(password::hash("tre tigri 33").unwrap());
        let account = Account { address: address.clone(), secret, since, must_change: false };
        let accounts = Arc::new(One(Mutex::new(account)));
        let gate = Gate::new(accounts.clone(), 3).unwrap();
        let from = IpAddr::from([192, 0, 2, 1]);
        let login = async |user: &str, password: &str, now| {
            gate.login(of(user, password), from, now).await.unwrap()
        };
        let granted = Login::Granted(address.clone());
        assert_eq!(login("MARIO@alfa.example", "tre tigri 33", since).await, granted);
        let start = Instant::now();
        assert_eq!(login("mario@alfa.example", "tre tigri 33", since).await, granted);
        assert!(start.elapsed().as_millis() < 5, "the second time without argon2");

        // A changed password is changed at once.
        accounts.0.lock().unwrap().secret = Some(password::hash("altro 4444").unwrap());
        assert_eq!(login("mario@alfa.example", "tre tigri 33", since).await, Login::Refused);
        assert_eq!(login("mario@alfa.example", "altro 4444", since).await, granted);

        accounts.0.lock().unwrap().must_change = true;
        let must_change = Login::MustChange(address.clone());
        assert_eq!(login("mario@alfa.example", "altro 4444", since).await, must_change);
        accounts.0.lock().unwrap().must_change = false;
        let later = since + VALID + TimeDelta::days(1);
        assert_eq!(login("mario@alfa.example", "altro 4444", later).await, must_change);

        for user in ["nobody@alfa.example", "no address", "mario@alfa.example"] {
            assert_eq!(login(user, "wrong", later).await, Login::Refused);
        }
        assert_eq!(login("mario@alfa.example", "altro 4444", later).await, Login::TooMany);
    }
}
