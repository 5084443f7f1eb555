//! The embedded engine: SQLite with a write-ahead log, every commit synced.

mod bodies;
mod check;
mod code;
mod commit;
mod journal;
mod mailboxes;
mod outbox;
mod purge;
mod reading;
mod schema;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub(crate) use reading::SqliteReader;
pub use schema::VERSION as SCHEMA_VERSION;

use crate::engine::{Answer, Engine, Reader, Write, Written};
use crate::{CommitError, OpenError, StoreError};

/// SQLite under a store.
pub struct SqliteEngine {
    connection: Arc<Mutex<Connection>>,
    /// `None` in memory, where all share the one connection.
    file: Option<PathBuf>,
    node: String,
}

impl SqliteEngine {
    /// Opens a database, or makes it; one of an earlier release is migrated. `node` names the hash
    /// chain of the log that this engine writes.
    ///
    /// # Errors
    /// When it cannot be opened, is not ours, or is of a later release.
    pub fn open(file: impl Into<PathBuf>, node: impl Into<String>) -> Result<Self, OpenError> {
        let file = file.into();
        let mut connection = Connection::open(&file).map_err(code::failure)?;
        schema::prepare(&mut connection)?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { connection, file: Some(file), node: node.into() })
    }

    /// A database that is gone when it is dropped.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn memory(node: impl Into<String>) -> Result<Self, OpenError> {
        let mut connection = Connection::open_in_memory().map_err(code::failure)?;
        schema::prepare(&mut connection)?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { connection, file: None, node: node.into() })
    }

    /// The database takes no more pages of 4096 octets than this: then it is full, as a disk is.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn limit_pages(&mut self, pages: u32) -> Result<(), StoreError> {
        let connection = lock(&self.connection);
        let set = connection.pragma_update(None, "max_page_count", pages);
        set.map_err(code::failure)
    }

    /// A reader of its own connection.
    pub(crate) fn reader(&self) -> Result<SqliteReader, StoreError> {
        match &self.file {
            None => Ok(SqliteReader::new(Arc::clone(&self.connection))),
            Some(file) => SqliteReader::open(file),
        }
    }
}

impl Engine for SqliteEngine {
    fn apply(&mut self, batch: &[Write]) -> Result<Vec<Answer>, StoreError> {
        let mut connection = lock(&self.connection);
        let behavior = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(behavior).map_err(code::failure)?;
        let mut answers = Vec::with_capacity(batch.len());
        for write in batch {
            answers.push(one(&transaction, &self.node, write)?);
        }
        transaction.commit().map_err(code::failure)?;
        Ok(answers)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(Self::reader(self)?))
    }
}

/// Applies one write in a savepoint. An error of the disk fails the whole batch.
fn one(transaction: &Transaction<'_>, node: &str, write: &Write) -> Result<Answer, StoreError> {
    run(transaction, "SAVEPOINT one")?;
    let answer = dispatch(transaction, node, write);
    match &answer {
        Ok(_) => {}
        Err(CommitError::Store(error)) if spoils(error) => return Err(error.clone()),
        Err(_) => run(transaction, "ROLLBACK TO one")?,
    }
    run(transaction, "RELEASE one")?;
    Ok(answer)
}

fn dispatch(tx: &Transaction<'_>, node: &str, write: &Write) -> Answer {
    let written = match write {
        Write::Commit(commit) => return commit::apply(tx, node, commit).map(Written::Committed),
        Write::Seal(effect, body, at) => outbox::seal(tx, effect, body, *at).map(Written::Body),
        Write::Quarantine(effect, message, at, until) => {
            bodies::quarantine(tx, effect, message, *at, *until).map(Written::Changed)
        }
        Write::AddDirectory(body, at) => bodies::directory(tx, body, *at).map(Written::Body),
        Write::Lease(request) => outbox::lease(tx, request).map(Written::Leased),
        Write::Renew(worker, effect, until) => {
            outbox::renew(tx, worker, effect, *until).map(Written::Changed)
        }
        Write::PutOff(put_off) => outbox::put_off(tx, put_off).map(Written::Changed),
        Write::Release(worker, now) => outbox::release(tx, worker, *now).map(Written::Count),
        Write::CreateMailbox(new) => {
            mailboxes::create(tx, new).map(|mailbox| Written::Mailbox(Box::new(mailbox)))
        }
        Write::ChangeMailbox(address, settings) => {
            mailboxes::change(tx, address, settings).map(|()| Written::Changed(true))
        }
        Write::RemoveMailbox(address) => mailboxes::remove(tx, address).map(Written::Changed),
        Write::SetCredential(address, name, secret, at) => {
            mailboxes::set_credential(tx, address, name, secret.as_deref(), *at)
                .map(Written::Changed)
        }
        Write::SetFlags(address, uids, change) => {
            mailboxes::set_flags(tx, address, uids, *change).map(Written::Count)
        }
        Write::Expunge(address, uids) => mailboxes::expunge(tx, address, uids).map(Written::Count),
        Write::CloseLog(at) => {
            journal::close(tx, *at).map(|closure| Written::Closed(Box::new(closure)))
        }
        Write::SignClosure(number, signature) => {
            journal::sign(tx, *number, signature).map(|()| Written::Changed(true))
        }
        Write::Archive(key, now) => purge::archive(tx, key, *now).map(Written::Changed),
        Write::Purge(policy, now) => {
            purge::purge(tx, policy, *now).map(|purged| Written::Purged(Box::new(purged)))
        }
        Write::Collect(after, rows) => bodies::collect(tx, *after, *rows).map(Written::Collected),
    };
    written.map_err(CommitError::Store)
}

/// Whether an error is not of this write alone: SQLite may have rolled all back.
const fn spoils(error: &StoreError) -> bool {
    error.is_fatal() || matches!(error, StoreError::Full(_) | StoreError::ReadOnly(_))
}

fn run(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(statement).map_err(code::failure)?;
    statement.execute([]).map_err(code::failure)?;
    Ok(())
}

pub(crate) fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A panic while it was held rolled its transaction back.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file of the database in the folder of a store.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("store.sqlite")
}

impl std::fmt::Debug for SqliteEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteEngine").field("file", &self.file).finish_non_exhaustive()
    }
}
