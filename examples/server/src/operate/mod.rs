//! What an operator asks of a gestore, running or not.
//!
//! A store belongs to one process. So an order is carried out on the store itself when nobody has
//! it open, and sent to the running gestore otherwise, over a socket in its folder that only its
//! owner can open.

mod control;
mod log;
mod users;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid};
use pec_store::{OpenError, PurgePolicy, Store, StoreError};
use serde::{Deserialize, Serialize};

use zeroize::Zeroizing;

use crate::accounts::UserError;
use crate::wire::Credentials;
pub use control::{ControlError, SOCKET, send, serve};

/// An order.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Order {
    /// A new mailbox with a first password.
    AddUser {
        /// Its address.
        address: Address,
        /// The password.
        password: String,
        /// Whether the holder must choose another one first.
        is_first: bool,
    },
    /// Another password.
    SetPassword {
        /// Whose.
        address: Address,
        /// The password.
        password: String,
        /// Whether the holder must choose another one first.
        is_first: bool,
    },
    /// Another password, by the holder.
    ChangePassword {
        /// Whose.
        address: Address,
        /// The password that they have.
        current: String,
        /// The one that they choose.
        password: String,
    },
    /// Other settings of a mailbox.
    ChangeUser {
        /// Whose.
        address: Address,
        /// What changes.
        changes: UserChanges,
    },
    /// All mailboxes.
    ListUsers,
    /// Whether all that is stored is as it was written.
    Check,
    /// A copy, while the gestore runs.
    Backup {
        /// Where to; the folder must not exist.
        folder: PathBuf,
    },
    /// What is old enough goes.
    Purge,
    /// The log.
    Log(LogOrder),
    /// A receipt that its holder has lost is made again and sent; by a running gestore alone.
    Reissue {
        /// The sender of the transmission.
        holder: Address,
        /// The transmission.
        transmission: PecMsgid,
        /// What is lost, by its event in the log, as `Consegna`.
        event: String,
        /// Of which recipient, where there is one for each.
        recipient: Option<Address>,
    },
    /// Numbers of messages, as CSV.
    Statistics {
        /// From this instant.
        from: Option<DateTime<Utc>>,
        /// Before that one.
        until: Option<DateTime<Utc>>,
    },
}

impl Order {
    /// Whether it looks at a mailbox and then changes it.
    const fn changes_a_mailbox(&self) -> bool {
        matches!(
            self,
            Self::AddUser { .. }
                | Self::SetPassword { .. }
                | Self::ChangePassword { .. }
                | Self::ChangeUser { .. }
        )
    }
}

/// What changes in the settings of a mailbox; `None` stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UserChanges {
    /// Whether it neither sends nor takes mail.
    pub is_suspended: Option<bool>,
    /// What to do with ordinary mail (norms 95): `refuse`, `envelope`, or an address to send it on
    /// to.
    pub ordinary: Option<String>,
    /// Octets that it may hold; 0 is no limit.
    pub quota: Option<u64>,
    /// Recipients that it may write to in 24 hours; 0 is no limit.
    pub recipients_per_day: Option<u64>,
    /// The domains that it corresponds with (norms 96); none is all.
    pub correspondents: Option<Vec<String>>,
}

/// Which part of the log is asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LogOrder {
    /// From this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before that one.
    pub until: Option<DateTime<Utc>>,
    /// Of this transmission.
    pub transmission: Option<PecMsgid>,
    /// Of the operations that concern this mailbox: what its holder may see (norms 73).
    pub mailbox: Option<Address>,
    /// JSON lines instead of the text form.
    pub json: bool,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The copy.
    #[error(transparent)]
    Copy(#[from] OpenError),
    /// An account.
    #[error(transparent)]
    User(#[from] UserError),
    /// The store is damaged: the faults, one a line.
    #[error("the store is damaged:\n{0}")]
    Damaged(String),
    /// Only a running gestore sends.
    #[error("receipts are sent by the running gestore: start it with `gestore run`")]
    NotRunning,
    /// A receipt is not made again.
    #[error("the receipt is not made again: {0}")]
    Reissue(String),
    /// A setting is not possible.
    #[error("{0}")]
    Setting(String),
    /// A record cannot be written.
    #[error("a record of the log cannot be written: {0}")]
    Record(String),
}

/// Carries out an order; what to tell the operator.
///
/// # Errors
///
/// [`OrderError`].
pub async fn carry_out(
    store: &Store,
    order: Order,
    now: DateTime<Utc>,
) -> Result<String, OrderError> {
    match order {
        Order::AddUser { address, password, is_first } => {
            users::add(store, &address, &password, is_first, now).await
        }
        Order::SetPassword { address, password, is_first } => {
            users::set_password(store, &address, &password, is_first, now).await
        }
        Order::ChangePassword { address, current, password } => {
            let current = credentials(&address, current);
            users::change_password(store, None, current, &password, now).await
        }
        Order::ChangeUser { address, changes } => users::change(store, &address, changes).await,
        Order::ListUsers => users::list(store).await,
        Order::Check => {
            let faults = store.check().await?;
            if faults.is_empty() {
                return Ok("All that is stored is as it was written.\n".to_owned());
            }
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Err(OrderError::Damaged(lines.join("\n")))
        }
        Order::Backup { folder } => {
            let objects = store.backup(&folder).await?;
            let count = objects.len();
            let missing = match count {
                0 => String::new(),
                _ => format!("WARNING: {count} large bodies could not be copied.\n"),
            };
            Ok(format!("Copied to {}.\n{missing}", folder.display()))
        }
        Order::Purge => {
            let purged = store.purge(PurgePolicy::default(), now).await?;
            let (bodies, objects) = store.collect().await?;
            Ok(format!(
                "Archived {} transmissions; removed {} sent messages, {} records of the log, \
                 {} infected messages, {bodies} bodies and {objects} files.\n",
                purged.states, purged.sealed, purged.records, purged.quarantined
            ))
        }
        Order::Log(order) => log::extract(store, order).await,
        Order::Reissue { .. } => Err(OrderError::NotRunning),
        Order::Statistics { from, until } => log::statistics(store, from, until).await,
    }
}

fn credentials(address: &Address, password: String) -> Credentials {
    Credentials { user: address.to_string(), password: Zeroizing::new(password) }
}

impl std::fmt::Debug for Order {
    /// Without passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::AddUser { .. } => "AddUser",
            Self::SetPassword { .. } => "SetPassword",
            Self::ChangePassword { .. } => "ChangePassword",
            Self::ChangeUser { .. } => "ChangeUser",
            Self::ListUsers => "ListUsers",
            Self::Check => "Check",
            Self::Backup { .. } => "Backup",
            Self::Purge => "Purge",
            Self::Log(_) => "Log",
            Self::Reissue { .. } => "Reissue",
            Self::Statistics { .. } => "Statistics",
        };
        f.write_str(name)
    }
}
