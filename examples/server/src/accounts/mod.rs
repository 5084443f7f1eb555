//! Who may log in.

mod gate;
mod stored;
mod users;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use pec_daticert::Address;

pub use gate::{Gate, Login};
pub use stored::{PASSWORD, StoredAccounts};
pub use users::{UserError, add_user, change_password, set_password};

/// What is kept of an account to let somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The mailbox.
    pub address: Address,
    /// The hash of the password, as a PHC string; `None`: nobody can log in.
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
