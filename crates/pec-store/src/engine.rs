//! What a database must do for a store: apply a batch of writes as one transaction, and read.

use std::path::Path;

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{BodyRef, EffectId, Key};

use crate::chain::Closure;
pub use crate::encoded::Encoded;
use crate::mailbox::{FlagChange, Mailbox, NewMailbox, Settings};
use crate::upkeep::{Fault, PurgePolicy, Purged};
use crate::{Body, CommitError, Committed, Lease, LeaseRequest, PutOff, StoreError, View, Worker};

/// A database under a store. The store writes from one thread, and reads through [`Reader`]s from
/// others.
pub trait Engine: Send {
    /// Applies a batch, all of it durable when this returns: one transaction and one sync for all,
    /// one savepoint for each, so a write that is refused leaves the others alone. The answers
    /// stand in the order of the writes.
    ///
    /// # Errors
    /// When the batch as a whole failed. After [`StoreError::is_fatal`] the engine is not called
    /// again.
    fn apply(&mut self, batch: &[Write]) -> Result<Vec<Answer>, StoreError>;

    /// A reader of its own connection.
    ///
    /// # Errors
    /// When there can be none.
    fn reader(&self) -> Result<Box<dyn Reader>, StoreError>;
}

/// What becomes of one write.
pub type Answer = Result<Written, CommitError>;

/// Reads while others write.
pub trait Reader: Send {
    /// Calls `job` with the committed data as they are at this moment, all of one moment.
    ///
    /// # Errors
    /// When the data cannot be read at all; `job` was not called then.
    fn snapshot(&mut self, job: &mut dyn FnMut(&dyn View)) -> Result<(), StoreError>;

    /// Judges all data of one moment, the octets of objects excepted: the caller does those of the
    /// bodies that `object` is called with.
    ///
    /// # Errors
    /// When the data cannot be read so far as to judge them.
    fn check(&mut self, object: &mut dyn FnMut(Held)) -> Result<Vec<Fault>, StoreError>;

    /// Copies all data, as they are at this moment, to a new file, and syncs it.
    ///
    /// # Errors
    /// When the copy fails.
    fn copy_to(&mut self, file: &Path) -> Result<(), StoreError>;
}

/// Octets outside the database that a row names. The list is closed: there are two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A body.
    Body(BodyRef),
    /// An infected message.
    Quarantine(EffectId, BodyRef),
}

/// A write. Each is all or nothing. Callers use the methods of [`Store`](crate::Store).
#[derive(Debug)]
#[non_exhaustive]
pub enum Write {
    /// A plan.
    Commit(Box<Encoded>),
    /// Octets under the name of an effect, if there are none yet.
    Seal(EffectId, Body, DateTime<Utc>),
    /// An infected message, which the caller has put into the quarantine, until the last instant.
    Quarantine(EffectId, BodyRef, DateTime<Utc>, DateTime<Utc>),
    /// A directory as it was fetched.
    AddDirectory(Body, DateTime<Utc>),
    /// Work for a worker.
    Lease(LeaseRequest),
    /// A longer lease.
    Renew(Worker, EffectId, DateTime<Utc>),
    /// A later try.
    PutOff(PutOff),
    /// A worker gives all back, due at this instant.
    Release(Worker, DateTime<Utc>),
    /// A new mailbox.
    CreateMailbox(Box<NewMailbox>),
    /// Other settings.
    ChangeMailbox(Address, Box<Settings>),
    /// A mailbox and its messages go.
    RemoveMailbox(Address),
    /// A secret is set, or taken away.
    SetCredential(Address, String, Option<String>, DateTime<Utc>),
    /// Marks of messages.
    SetFlags(Address, Vec<u32>, FlagChange),
    /// Messages go.
    Expunge(Address, Vec<u32>),
    /// The log so far is closed.
    CloseLog(DateTime<Utc>),
    /// A closure is signed.
    SignClosure(u64, Vec<u8>),
    /// A closed state goes to the archive.
    Archive(Key, DateTime<Utc>),
    /// What is old enough goes.
    Purge(PurgePolicy, DateTime<Utc>),
    /// Bodies that nothing names go, of so many rows after this one.
    Collect(i64, u32),
}

/// The answer to a [`Write`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Written {
    /// To [`Write::Commit`].
    Committed(Committed),
    /// To [`Write::Seal`] and [`Write::AddDirectory`]: the body that counts.
    Body(BodyRef),
    /// To [`Write::Lease`].
    Leased(Vec<Lease>),
    /// Whether something changed.
    Changed(bool),
    /// How many things changed.
    Count(u64),
    /// To [`Write::CreateMailbox`].
    Mailbox(Box<Mailbox>),
    /// To [`Write::CloseLog`].
    Closed(Box<Closure>),
    /// To [`Write::Purge`].
    Purged(Box<Purged>),
    /// To [`Write::Collect`].
    Collected(Collected),
}

/// What a step of [`Write::Collect`] removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many bodies. Those that were objects are objects without a row from now on.
    pub bodies: u64,
    /// The row to go on after; `None` at the end.
    pub next: Option<i64>,
}
