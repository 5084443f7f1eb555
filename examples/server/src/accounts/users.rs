//! What operators and holders do with accounts.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_store::mailbox::{NewMailbox, Settings};
use pec_store::{Store, StoreError};

use super::{AccountsError, Gate, Login, PASSWORD};
use crate::password::{HashFailure, PasswordHasher, WeakPassword, check};
use crate::random::{self, NoRandom};
use crate::wire::Credentials;

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password breaks a rule.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The password cannot be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailure),
    /// The system has no random octets.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// There is no such mailbox.
    #[error("there is no mailbox {0}; `gestore user list` shows all, `gestore user add` makes one")]
    Unknown(Address),
    /// The accounts cannot be read now.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The holder does not know the password that is to be changed, or the mailbox is not open to
    /// anybody; which of them is not told.
    #[error("la password attuale non è corretta")]
    NotHolder,
    /// Too many guesses: again in so many seconds.
    #[error("troppi tentativi: riprovare tra {0} secondi")]
    TryLater(i64),
}

/// Makes a mailbox with a password. `is_first`: its holder must choose another one before it opens
/// anything (norms 93).
///
/// # Errors
///
/// [`UserError`].
pub async fn add_user(
    store: &Store,
    hasher: &PasswordHasher,
    address: &Address,
    password: &str,
    is_first: bool,
    now: DateTime<Utc>,
) -> Result<(), UserError> {
    check(password, address.as_str(), false)?;
    let secret = hasher.hash(password.as_bytes(), random::octets()?)?;
    let settings = Settings { must_change_password: is_first, ..Settings::default() };
    store.create_mailbox(NewMailbox { address: address.clone(), settings, now }).await?;
    store.set_credential(address, PASSWORD, Some(secret), now).await?;
    Ok(())
}

/// Sets another password.
///
/// # Errors
///
/// [`UserError`].
pub async fn set_password(
    store: &Store,
    hasher: &PasswordHasher,
    address: &Address,
    password: &str,
    is_first: bool,
    now: DateTime<Utc>,
) -> Result<(), UserError> {
    let wanted = address.clone();
    let reading = store.read(move |view| {
        let Some(mailbox) = view.mailbox(&wanted)? else { return Ok(None) };
        let credentials = view.credentials(&wanted)?;
        let kept = credentials.into_iter().find(|one| one.name == PASSWORD);
        Ok(Some((mailbox, kept)))
    });
    let Some((mailbox, kept)) = reading.await? else {
        return Err(UserError::Unknown(address.clone()));
    };
    let kept = kept.map(|kept| kept.secret);
    let is_current = hasher.verify(password.as_bytes(), kept.as_deref());
    check(password, address.as_str(), is_current)?;
    let secret = hasher.hash(password.as_bytes(), random::octets()?)?;
    store.set_credential(address, PASSWORD, Some(secret), now).await?;
    let settings = Settings { must_change_password: is_first, ..mailbox.settings };
    store.change_mailbox(address, settings).await?;
    Ok(())
}

/// Sets the password that a holder chose, who shows with the current one, a first one too, that the
/// mailbox is theirs. Guesses of an account are slowed down together with those of its logins.
///
/// # Errors
///
/// [`UserError`].
// norms 93
pub async fn change_password(
    store: &Store,
    gate: &Gate,
    hasher: &PasswordHasher,
    current: Credentials,
    password: &str,
    now: DateTime<Utc>,
) -> Result<Address, UserError> {
    let address = match gate.login(current, None, now).await? {
        Login::Granted(address) | Login::MustChange(address) => address,
        Login::Refused => return Err(UserError::NotHolder),
        Login::TryLater(seconds) => return Err(UserError::TryLater(seconds)),
    };
    set_password(store, hasher, &address, password, false, now).await?;
    Ok(address)
}
