//! Mailboxes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{Correspondents, MailboxState, OrdinaryPolicy};
use pec_store::Store;

use super::{OrderError, UserChanges};
use crate::accounts::{
    Gate, StoredAccounts, UserError, add_user, change_password as change_own, set_password as set,
};
use crate::password::PasswordHasher;
use crate::wire::Credentials;

/// Mailboxes that are read at once.
const PAGE: u32 = 500;

pub(super) async fn add(
    store: &Store,
    address: &Address,
    password: &str,
    is_first: bool,
    now: DateTime<Utc>,
) -> Result<String, OrderError> {
    let hasher = PasswordHasher::recommended();
    add_user(store, &hasher, address, password, is_first, now).await?;
    Ok(format!("Mailbox {address} is there.\n"))
}

pub(super) async fn set_password(
    store: &Store,
    address: &Address,
    password: &str,
    is_first: bool,
    now: DateTime<Utc>,
) -> Result<String, OrderError> {
    let hasher = PasswordHasher::recommended();
    set(store, &hasher, address, password, is_first, now).await?;
    Ok(format!("The password of {address} is set.\n"))
}

/// `gate` is that of the running gestore, which remembers guesses.
pub(super) async fn change_password(
    store: &Store,
    gate: Option<&Gate>,
    current: Credentials,
    password: &str,
    now: DateTime<Utc>,
) -> Result<String, OrderError> {
    let hasher = PasswordHasher::recommended();
    let own;
    let gate = match gate {
        Some(gate) => gate,
        None => {
            let accounts = Arc::new(StoredAccounts::new(store.clone()));
            own = Gate::new(accounts, hasher.clone()).map_err(UserError::from)?;
            &own
        }
    };
    let changed = change_own(store, gate, &hasher, current, password, now).await?;
    Ok(format!("La password di {changed} è stata cambiata.\n"))
}

pub(super) async fn change(
    store: &Store,
    address: &Address,
    changes: UserChanges,
) -> Result<String, OrderError> {
    let wanted = address.clone();
    let Some(mailbox) = store.read(move |view| view.mailbox(&wanted)).await? else {
        return Err(UserError::Unknown(address.clone()).into());
    };
    let mut settings = mailbox.settings;
    if let Some(is_suspended) = changes.is_suspended {
        settings.state = if is_suspended { MailboxState::Suspended } else { MailboxState::Active };
    }
    if let Some(ordinary) = changes.ordinary {
        settings.ordinary = match ordinary.as_str() {
            "refuse" => OrdinaryPolicy::Refuse,
            "envelope" => OrdinaryPolicy::Envelope,
            address => OrdinaryPolicy::Forward(address.parse().map_err(|_| {
                OrderError::Setting(format!("{address}: write refuse, envelope or an address"))
            })?),
        };
    }
    let limit = |new: Option<u64>, old| new.map_or(old, |limit| (limit > 0).then_some(limit));
    settings.quota = limit(changes.quota, settings.quota);
    settings.recipients_per_day = limit(changes.recipients_per_day, settings.recipients_per_day);
    if let Some(domains) = changes.correspondents {
        settings.correspondents = match domains.is_empty() {
            true => Correspondents::All,
            false => Correspondents::Domains(
                domains.iter().map(|domain| domain.to_lowercase()).collect(),
            ),
        };
    }
    store.change_mailbox(address, settings).await?;
    Ok(format!("The settings of {address} are changed.\n"))
}

pub(super) async fn list(store: &Store) -> Result<String, OrderError> {
    let mut text = String::from("address\tmessages\toctets\tstate\n");
    let mut after: Option<Address> = None;
    loop {
        let from = after.clone();
        let page = store.read(move |view| view.mailboxes(from.as_ref(), PAGE)).await?;
        let Some(last) = page.last() else { return Ok(text) };
        after = Some(last.address.clone());
        for mailbox in &page {
            let settings = &mailbox.settings;
            let state = match (settings.state, settings.is_service) {
                (_, true) => "service",
                (MailboxState::Suspended, _) => "suspended",
                (MailboxState::Active, _) if settings.must_change_password => "first password",
                (MailboxState::Active, _) => "active",
            };
            text.push_str(&format!(
                "{}\t{}\t{}\t{state}\n",
                mailbox.address, mailbox.messages, mailbox.octets
            ));
        }
    }
}
