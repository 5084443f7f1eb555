//! Accounts in the store.

use futures::future::BoxFuture;
use pec_daticert::Address;
use pec_gestore::MailboxState;
use pec_store::Store;

use super::{Account, Accounts, AccountsError};

/// The name of the credential that holds the hash.
pub const PASSWORD: &str = "password";

/// The mailboxes of a store and their credentials.
#[derive(Clone, Debug)]
pub struct StoredAccounts {
    store: Store,
}

impl StoredAccounts {
    /// Those of this store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    async fn read(&self, address: Address) -> Result<Option<Account>, AccountsError> {
        let reading = self.store.read(move |view| {
            let Some(mailbox) = view.mailbox(&address)? else { return Ok(None) };
            let credentials = view.credentials(&address)?;
            let password = credentials.into_iter().find(|one| one.name == PASSWORD);
            let is_active = mailbox.settings.state == MailboxState::Active;
            Ok(Some(Account {
                address: mailbox.address,
                since: password.as_ref().map(|one| one.at).unwrap_or_default(),
                secret: password.filter(|_| is_active).map(|one| one.secret),
                must_change: mailbox.settings.must_change_password,
            }))
        });
        reading.await.map_err(|error| AccountsError(error.to_string()))
    }
}

impl Accounts for StoredAccounts {
    fn account<'a>(
        &'a self,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Option<Account>, AccountsError>> {
        Box::pin(self.read(address.clone()))
    }
}
