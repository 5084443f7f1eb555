//! A receipt that its holder has lost, sent again (norms 73).

use std::sync::Arc;

use pec_gestore::log::{LostReceipt, ReissueError, reissue};
use pec_gestore::{Context, Ids};
use pec_store::{Commit, CommitError, StoreError};

use super::{Gestore, LEASE, ShellError};
use crate::random;

/// Why a receipt is not sent again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReissueFailure {
    /// The log does not give it.
    #[error(transparent)]
    Log(#[from] ReissueError),
    /// It could not be planned or stored.
    #[error(transparent)]
    Shell(#[from] ShellError),
}

impl Gestore {
    /// Makes a receipt again from the log and sends it to its holder: the same certification data,
    /// a new date and identifier, and a text that says so. One that held the original comes back
    /// without it.
    ///
    /// # Errors
    /// [`ReissueFailure`].
    pub async fn reissue(&self, lost: LostReceipt) -> Result<(), ReissueFailure> {
        let now = self.now();
        let random = random::octets().map_err(ShellError::from)?;
        let (inner, world) = (Arc::clone(&self.0), self.world());
        let planning = self.0.store.read(move |view| {
            let entries = view.log_of(&lost.pec_msgid)?;
            let mailboxes = view.lookup(now);
            let context = Context {
                now,
                ids: Ids::new(&inner.ids, now, random),
                provider: &inner.provider,
                directory: &world.directory,
                mailboxes: &mailboxes,
            };
            let found = lost.find(entries.iter().map(|entry| &entry.record));
            let plan = found.and_then(|record| reissue(record, None, &context));
            mailboxes.finish()?;
            Ok(plan)
        });
        let plan = planning.await.map_err(ShellError::from)??;
        let until = now.checked_add_signed(LEASE).unwrap_or(now);
        let key = plan.key().clone();
        let commit = Commit::new(plan, now).leased_to(self.0.worker.clone(), until);
        let committed = self.0.store.commit(commit).await.map_err(|error| match error {
            CommitError::Store(error) => ShellError::from(error),
            // Its key is new, so nobody else can have changed it.
            _ => ShellError::from(StoreError::Refusing),
        })?;
        self.start(&key, committed.effects);
        Ok(())
    }
}
