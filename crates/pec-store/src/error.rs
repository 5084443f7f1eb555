//! What can go wrong, and where.

use std::path::PathBuf;

use pec_daticert::Address;
use pec_gestore::{BodyRef, EffectId, Key};

/// Why a store cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be made, read or synced.
    #[error("{}: {reason}", folder.display())]
    Folder {
        /// The folder, or the file in it.
        folder: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Another process works on this folder: a store belongs to one process at a time.
    #[error("{}: another process has this store open", .0.display())]
    InUse(PathBuf),
    /// The file is a database, but not one of ours.
    #[error("the database is not a store of Postacert (application id {0:#x})")]
    Foreign(i64),
    /// A later release wrote it. Nothing was changed.
    #[error("the schema has version {found}, this release knows up to {known}: use a later one")]
    TooNew {
        /// What the file says.
        found: i64,
        /// What this release writes.
        known: i64,
    },
    /// The engine fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the store could not do something. After a [`StoreError::is_fatal`] one it refuses all work
/// until it is opened again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An earlier failure closed the store; what was acknowledged is durable.
    #[error("the store refuses work since an earlier failure: open it again")]
    Refusing,
    /// No space is left; nothing of this transaction happened. The store goes on when there is.
    #[error("no space is left for {0}")]
    Full(&'static str),
    /// The disk or the file cannot be written.
    #[error("the store cannot be written: {0}")]
    ReadOnly(String),
    /// A read, write or sync failed: whether this transaction is durable shows on reopening.
    #[error("input or output failed: {0}")]
    Io(String),
    /// The database is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// A value in the database cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Value {
        /// Which.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The engine says something unexpected.
    #[error("the database refuses: {0}")]
    Engine(String),
    /// The object store says something unexpected.
    #[error("the object store fails: {0}")]
    Objects(String),
    /// No body has this digest and length.
    #[error("there is no body {:?} of {} octets", .0.sha256, .0.octets)]
    UnknownBody(BodyRef),
    /// The octets of a body are not what its name says.
    #[error("the octets of body {:?} are damaged", .0.sha256)]
    DamagedBody(BodyRef),
    /// Nothing is sealed under this name.
    #[error("nothing is sealed as {0}")]
    UnknownSealed(EffectId),
    /// There is no mailbox of this name.
    #[error("there is no mailbox {0}")]
    UnknownMailbox(Address),
    /// There is a mailbox of this name already.
    #[error("there is a mailbox {0} already")]
    MailboxExists(Address),
    /// There is no closure of this number, or it is signed already.
    #[error("there is no unsigned closure {0}")]
    UnknownClosure(u64),
    /// A number does not fit.
    #[error("{0} does not fit")]
    Range(&'static str),
}

impl StoreError {
    /// Whether the store refuses work from now on: after a failed sync nobody knows what the
    /// system still holds, so only recovery from disk tells.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Corrupt(_) | Self::Refusing)
    }

    /// A value of the database that cannot be read.
    pub(crate) fn value(what: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Value { what, reason: reason.to_string() }
    }
}

/// Why a plan was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The state, or a mailbox that it deposits into, is no longer what the plan was made from:
    /// plan again.
    #[error("the plan for {key} is stale: {reason}")]
    Stale {
        /// The state.
        key: Key,
        /// What changed.
        reason: Stale,
    },
    /// The plan cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommitError {
    /// Whether planning again is the cure.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }
}

/// What made a plan stale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Stale {
    /// Another plan was committed since.
    #[error("it was made from version {based_on:?}, there is {found:?}")]
    Version {
        /// What the plan was made from.
        based_on: Option<u64>,
        /// What there is.
        found: Option<u64>,
    },
    /// A mailbox can no longer take what the plan deposits.
    #[error("mailbox {0} can no longer take it")]
    Mailbox(Address),
}
