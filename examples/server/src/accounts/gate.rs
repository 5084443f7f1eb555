//! Lets users in.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use tokio::sync::Semaphore;

use super::{Account, Accounts, AccountsError};
use crate::password::{Age, PasswordHasher, Throttle, VerificationCache, age};
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
    /// Too many guesses: again in so many seconds.
    TryLater(i64),
}

/// Lets users in.
pub struct Gate {
    accounts: Arc<dyn Accounts>,
    hasher: PasswordHasher,
    throttle: Throttle,
    verified: VerificationCache,
    /// Verifications at once: each needs 19 MiB and a core.
    slots: Arc<Semaphore>,
}

/// How long a verification is remembered.
const REMEMBERED: TimeDelta = TimeDelta::minutes(5);

impl Gate {
    /// A gate before these accounts.
    ///
    /// # Errors
    ///
    /// When the system has no random octets.
    pub fn new(accounts: Arc<dyn Accounts>, hasher: PasswordHasher) -> Result<Self, AccountsError> {
        let key = random::octets().map_err(|error| AccountsError(error.to_string()))?;
        Ok(Self {
            accounts,
            hasher,
            throttle: Throttle::default(),
            verified: VerificationCache::new(key, REMEMBERED),
            slots: Arc::new(Semaphore::new(2)),
        })
    }

    /// Judges a login from an address, or through a program of ours.
    ///
    /// # Errors
    ///
    /// When the accounts cannot be read.
    pub async fn login(
        &self,
        credentials: Credentials,
        from: impl Into<Option<IpAddr>>,
        now: DateTime<Utc>,
    ) -> Result<Login, AccountsError> {
        let (user, from) = (credentials.user.to_lowercase(), from.into());
        if let Err(later) = self.throttle.permit(&user, from, now) {
            return Ok(Login::TryLater(later.0));
        }
        let account = match user.parse::<Address>() {
            Ok(address) => self.accounts.account(&address).await?,
            Err(_) => None,
        };
        let kept = account.as_ref().and_then(|account| account.secret.clone());
        let given = credentials.password.as_bytes();
        let is_known =
            kept.as_ref().is_some_and(|kept| self.verified.knows(&user, kept, given, now));
        let is_right = is_known || self.verify(&credentials, kept.clone()).await?;
        let Some(account) = account.filter(|_| is_right) else {
            self.throttle.failed(&user, from, now);
            return Ok(Login::Refused);
        };
        if let Some(kept) = kept.filter(|_| !is_known) {
            self.verified.remember(&user, &kept, given, now);
        }
        self.throttle.succeeded(&user);
        Ok(granted(account, now))
    }

    /// Argon2 on a thread of its own, a few at a time; without a hash it takes as long.
    async fn verify(
        &self,
        credentials: &Credentials,
        kept: Option<String>,
    ) -> Result<bool, AccountsError> {
        let failed = |error: &dyn std::fmt::Display| AccountsError(error.to_string());
        let slots = Arc::clone(&self.slots);
        let slot = slots.acquire_owned().await.map_err(|error| failed(&error))?;
        let (given, hasher) = (credentials.password.clone(), self.hasher.clone());
        let verifying = tokio::task::spawn_blocking(move || {
            let is_right = hasher.verify(given.as_bytes(), kept.as_deref());
            drop(slot);
            is_right
        });
        verifying.await.map_err(|error| failed(&error))
    }
}

fn granted(account: Account, now: DateTime<Utc>) -> Login {
    let is_due = matches!(age(account.since, false, now), Age::Due(_));
    if account.must_change || is_due {
        Login::MustChange(account.address)
    } else {
        Login::Granted(account.address)
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("throttle", &self.throttle).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

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
        let hasher = PasswordHasher::cheap_for_tests();
        let hash = |password: &str| Some(hasher.hash(password.as_bytes(), [1; 16]).unwrap());
        let address: Address = "mario@alfa.example".parse().unwrap();
        let (since, secret) = (DateTime::UNIX_EPOCH, hash("tre tigri 33"));
        let account = Account { address: address.clone(), secret, since, must_change: false };
        let accounts = Arc::new(One(Mutex::new(account)));
        let gate = Gate::new(accounts.clone(), hasher.clone()).unwrap();
        let from = IpAddr::from([192, 0, 2, 1]);
        let login = async |user: &str, password: &str, now| {
            gate.login(of(user, password), from, now).await.unwrap()
        };
        let granted = Login::Granted(address.clone());
        assert_eq!(login("MARIO@alfa.example", "tre tigri 33", since).await, granted);
        assert_eq!(login("mario@alfa.example", "tre tigri 33", since).await, granted);

        // A changed password is changed at once.
        accounts.0.lock().unwrap().secret = hash("altro 4444");
        assert_eq!(login("mario@alfa.example", "tre tigri 33", since).await, Login::Refused);
        assert_eq!(login("mario@alfa.example", "altro 4444", since).await, granted);

        accounts.0.lock().unwrap().must_change = true;
        let must_change = Login::MustChange(address.clone());
        assert_eq!(login("mario@alfa.example", "altro 4444", since).await, must_change);
        accounts.0.lock().unwrap().must_change = false;
        let later = since + TimeDelta::days(200);
        assert_eq!(login("mario@alfa.example", "altro 4444", later).await, must_change);

        accounts.0.lock().unwrap().secret = None;
        for user in ["nobody@alfa.example", "no address", "mario@alfa.example"] {
            assert_eq!(login(user, "altro 4444", later).await, Login::Refused);
        }
        for _ in 0..5 {
            login("nobody@alfa.example", "guess", later).await;
        }
        let slowed = login("nobody@alfa.example", "guess", later).await;
        assert!(matches!(slowed, Login::TryLater(_)), "{slowed:?}");
    }
}
