//! Mailboxes of the store, for POP3.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use pec_daticert::Address;
use pec_store::mailbox::Message;
use pec_store::{BodyReader, Store};

use crate::accounts::{Gate, Login};
use crate::listen::{Maildrop, MaildropError, Mailroom};
use crate::pop3::Entry;
use crate::shell::Gestore;
use crate::wire::Credentials;

/// Opens mailboxes.
#[derive(Clone, Debug)]
pub(super) struct Mailboxes {
    gestore: Gestore,
    gate: Arc<Gate>,
    open: Open,
}

/// The mailboxes that are open: one session each (RFC 1939 §4).
#[derive(Clone, Debug, Default)]
pub(super) struct Open(Arc<Mutex<HashSet<String>>>);

/// A mailbox that is open.
#[derive(Debug)]
pub(super) struct OpenMailbox {
    store: Store,
    address: Address,
    uid_validity: u32,
    messages: Vec<Message>,
    reader: Option<BodyReader>,
    _lock: Lock,
}

#[derive(Debug)]
struct Lock {
    open: Open,
    name: String,
}

/// Messages that are read from the store at once.
const PAGE: u32 = 1000;

impl Mailboxes {
    pub(super) const fn new(gestore: Gestore, gate: Arc<Gate>, open: Open) -> Self {
        Self { gestore, gate, open }
    }

    async fn messages(&self, address: &Address) -> Result<(u32, Vec<Message>), MaildropError> {
        let address = address.clone();
        let reading = self.gestore.store().read(move |view| {
            let mailbox = view.mailbox(&address)?;
            let mut messages: Vec<Message> = Vec::new();
            let mut from = 1;
            loop {
                let page = view.messages(&address, from, PAGE)?;
                let Some(last) = page.last() else { break };
                from = last.uid.saturating_add(1);
                messages.extend(page);
            }
            Ok((mailbox.map_or(0, |mailbox| mailbox.uid_validity), messages))
        });
        reading.await.map_err(|error| MaildropError(error.to_string()))
    }
}

impl Mailroom for Mailboxes {
    type Maildrop = OpenMailbox;

    async fn open(
        &mut self,
        credentials: Credentials,
        address: IpAddr,
    ) -> Result<OpenMailbox, String> {
        let user = credentials.user.clone();
        let judged = self.gate.login(credentials, address, self.gestore.now()).await;
        let mailbox = match judged {
            Ok(Login::Granted(mailbox)) => mailbox,
            Ok(Login::MustChange(_)) => {
                return Err("[AUTH] The password must be changed before it can be used".to_owned());
            }
            Ok(Login::Refused) => {
                tracing::info!(%user, %address, "a login was refused");
                metrics::counter!("pec_logins_refused_total").increment(1);
                return Err("[AUTH] User or password is wrong".to_owned());
            }
            Ok(Login::TryLater(seconds)) => {
                return Err(format!("[LOGIN-DELAY] Come again in {seconds} seconds"));
            }
            Err(error) => {
                tracing::error!(%error, "a login came to nothing");
                return Err("[SYS/TEMP] Logins are not possible now".to_owned());
            }
        };
        let lock = self.open.lock(&mailbox).ok_or("[IN-USE] The mailbox is open already")?;
        let (uid_validity, messages) = self.messages(&mailbox).await.map_err(|error| {
            tracing::error!(%error, "a mailbox cannot be opened");
            "[SYS/TEMP] The mailbox cannot be opened now".to_owned()
        })?;
        let store = self.gestore.store().clone();
        let (address, reader) = (mailbox, None);
        Ok(OpenMailbox { store, address, uid_validity, messages, reader, _lock: lock })
    }
}

impl Maildrop for OpenMailbox {
    fn entries(&self) -> Vec<Entry> {
        let entry = |message: &Message| Entry {
            uid: format!("{}.{}", self.uid_validity, message.uid),
            octets: message.body.octets,
        };
        self.messages.iter().map(entry).collect()
    }

    async fn begin(&mut self, index: usize) -> Result<(), MaildropError> {
        let Some(message) = self.messages.get(index) else {
            return Err(MaildropError("no such message".to_owned()));
        };
        let reader = self.store.open_body(&message.body).await;
        self.reader = Some(reader.map_err(|error| MaildropError(error.to_string()))?);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, MaildropError> {
        match &mut self.reader {
            Some(reader) => reader.next().await.map_err(|error| MaildropError(error.to_string())),
            None => Ok(None),
        }
    }

    async fn delete(&mut self, indices: Vec<usize>) -> Result<(), MaildropError> {
        let uid = |index: usize| self.messages.get(index).map(|message| message.uid);
        let uids = indices.into_iter().filter_map(uid).collect();
        let deleting = self.store.expunge(&self.address, uids);
        deleting.await.map(|_| ()).map_err(|error| MaildropError(error.to_string()))
    }
}

impl Open {
    fn lock(&self, mailbox: &Address) -> Option<Lock> {
        let name = mailbox.as_str().to_lowercase();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(name.clone()).then(|| Lock { open: self.clone(), name })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.open.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}
