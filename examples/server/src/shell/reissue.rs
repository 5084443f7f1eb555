//! A receipt that its holder has lost, sent again (norms 73).

use std::sync::Arc;

use pec_gestore::log::{LostReceipt, Record, ReissueError, Remains, reissue};
use pec_gestore::{Context, Ids, MessageRef, State};
use pec_store::{Commit, CommitError, StoreError, View};

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
    /// Sends a lost receipt to its holder again: the very octets, or one with the original in it,
    /// while the store keeps what is needed, and else one that is made from the log: the same
    /// certification data, a new date and identifier, and a text that says so. One that held the
    /// original comes back without it then.
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
            let record = match lost.find(entries.iter().map(|entry| &entry.record)) {
                Ok(record) => record,
                Err(error) => return Ok(Err(error)),
            };
            let plan = reissue(record, remains(view, record)?, &context);
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

/// What the store still has of a message.
fn remains(view: &dyn View, record: &Record) -> Result<Remains, StoreError> {
    // As a body, which the plan holds fast even if its name is purged meanwhile.
    let octets = match record.sealed_as() {
        Some(effect) => view.sealed(&effect)?.map(MessageRef::Body),
        None => None,
    };
    let state = match record.state_key() {
        Some(key) => view.state(&key)?,
        None => None,
    };
    let envelope = match (state.map(|snapshot| snapshot.state), &record.delivered_to) {
        (Some(State::Received(received)), Some(mailbox)) => {
            received.recipient(mailbox).map(|addressee| addressee.envelope)
        }
        _ => None,
    };
    Ok(Remains { octets, envelope })
}
