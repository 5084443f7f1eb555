//! Mailboxes.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::MailboxState;
use pec_store::Store;

use super::OrderError;
use crate::accounts::{add_user, set_password as set};
use crate::password::PasswordHasher;

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
