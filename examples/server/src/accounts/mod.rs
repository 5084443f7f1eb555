//! Who may log in.
//!
//! Passwords are kept as argon2id hashes. A successful verification is remembered for minutes under
//! a keyed hash of password and stored hash, so argon2 does not cap the number of logins, and a
//! changed password is forgotten by itself. Guesses are throttled by account and by address.

mod gate;
mod password;
mod throttle;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use pec_daticert::Address;

pub use gate::{Gate, Login};
pub use password::{PasswordFault, check_rules, first_password, hash, verify};
pub use throttle::Throttle;

/// What is kept of an account to let somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The mailbox.
    pub address: Address,
    /// The argon2id hash, as a PHC string; `None`: nobody can log in.
    pub secret: Option<String>,
    /// When the password was set.
    pub since: DateTime<Utc>,
    /// Whether the holder must choose a password first (norms 93).
    pub must_change: bool,
}

/// Where accounts are kept.
pub trait Accounts: Send + Sync {
    /// The account of this address, letter case ignored; `None` when there is none.
    fn account<'a>(
        &'a self,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Option<Account>, AccountsError>>;
}

/// The accounts cannot be read now.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the accounts cannot be read now: {0}")]
pub struct AccountsError(pub String);
