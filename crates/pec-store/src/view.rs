//! Reading the store.
#![expect(
    clippy::missing_errors_doc,
    reason = "each fails when the data cannot be read, only then"
)]

use std::fmt;

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid};
use pec_gestore::{BodyRef, Change, Digest, EffectId, Key, Snapshot};

use crate::chain::{Entry, Head, SignedClosure};
use crate::mailbox::{Credential, Lookup, Mailbox, Message};
use crate::{Lease, Pieces, StoreError};

/// The committed data, all of one moment. Every method fails only when the data cannot be read.
pub trait View {
    /// A state.
    fn state(&self, key: &Key) -> Result<Option<Snapshot>, StoreError>;

    /// The last that was archived of the states of a name.
    fn archived(&self, key: &Key) -> Result<Option<Snapshot>, StoreError>;

    /// All changes of a state since it began; none when there is none.
    fn changes(&self, key: &Key) -> Result<Vec<Change>, StoreError>;

    /// The states whose deadline is reached, the earliest first, at most `limit`.
    fn due_deadlines(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Key>, StoreError>;

    /// The next instant at which a deadline is reached, an effect is due or a lease ends. It may
    /// have passed.
    fn next_wake(&self) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// All effects that are not finished, in order of their making, after that of a name, at most
    /// `limit`: for operators. Who wants to run one leases it.
    fn outbox(&self, after: Option<&EffectId>, limit: u32) -> Result<Vec<Lease>, StoreError>;

    /// One effect, unless it is finished.
    fn effect(&self, effect: &EffectId) -> Result<Option<Lease>, StoreError>;

    /// The octets under the name of an effect.
    fn sealed(&self, effect: &EffectId) -> Result<Option<BodyRef>, StoreError>;

    /// Where the octets of a body are.
    fn pieces(&self, body: &BodyRef) -> Result<Option<Pieces>, StoreError>;

    /// Whether a row names the object of this digest, as a body or in the quarantine.
    fn names_object(&self, digest: Digest) -> Result<bool, StoreError>;

    /// A mailbox.
    fn mailbox(&self, address: &Address) -> Result<Option<Mailbox>, StoreError>;

    /// The mailboxes whose addresses come after this one, in lower case, at most `limit`.
    fn mailboxes(&self, after: Option<&Address>, limit: u32) -> Result<Vec<Mailbox>, StoreError>;

    /// The secrets of a mailbox.
    fn credentials(&self, address: &Address) -> Result<Vec<Credential>, StoreError>;

    /// The messages of a mailbox from a UID on, at most `limit`.
    fn messages(
        &self,
        address: &Address,
        from: u32,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// To how many recipients a mailbox wrote since then, counted in hours.
    fn recipients_since(&self, address: &Address, since: DateTime<Utc>) -> Result<u64, StoreError>;

    /// The infected messages, after that of a name, at most `limit`.
    fn quarantine(
        &self,
        after: Option<&EffectId>,
        limit: u32,
    ) -> Result<Vec<Quarantined>, StoreError>;

    /// The directory that was in force at an instant: the last one fetched before.
    fn directory_at(&self, instant: DateTime<Utc>) -> Result<Option<DirectoryFile>, StoreError>;

    /// The directories that were fetched from one instant to another, the earliest first.
    fn directories(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<DirectoryFile>, StoreError>;

    /// The heads of all chains of the log.
    fn heads(&self) -> Result<Vec<Head>, StoreError>;

    /// The log of a node from a number on, at most `limit`.
    fn log(&self, node: &str, from: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// What the log says of one transmission: the extract that a user may ask for (norms 73).
    #[doc(alias = "estratto del log")]
    fn log_of(&self, msgid: &PecMsgid) -> Result<Vec<Entry>, StoreError>;

    /// The closures from a number on, at most `limit`.
    fn closures(&self, from: u64, limit: u32) -> Result<Vec<SignedClosure>, StoreError>;
}

impl dyn View + '_ {
    /// The mailboxes for planning at an instant.
    #[must_use]
    pub fn lookup(&self, now: DateTime<Utc>) -> Lookup<'_> {
        Lookup::new(self, now)
    }
}

/// An infected message that is kept apart (RFC 6109 §2.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The effect that put it there.
    pub effect: EffectId,
    /// Its octets.
    pub message: BodyRef,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// A directory as it was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryFile {
    /// When.
    pub at: DateTime<Utc>,
    /// The file, unchanged.
    pub body: BodyRef,
}

impl fmt::Debug for dyn View + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View")
    }
}
