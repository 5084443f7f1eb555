//! Reading, on a connection of its own.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid};
use pec_gestore::{BodyRef, Change, Digest, EffectId, Key, Snapshot, State};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::code::{
    effect_id, failure, from_json, instant, micros, reference, role, signed, to_role, unsigned,
};
use super::{bodies, check, journal, lock, mailboxes, outbox, schema};
use crate::chain::{Entry, Head, SignedClosure};
use crate::engine::{Held, Reader};
use crate::mailbox::{Credential, Mailbox, Message};
use crate::upkeep::Fault;
use crate::view::{DirectoryFile, Quarantined};
use crate::{Lease, Pieces, StoreError, View};

/// A connection that reads.
pub(crate) struct SqliteReader {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteReader {
    pub(super) const fn new(connection: Arc<Mutex<Connection>>) -> Self {
        Self { connection }
    }

    /// On a file that the engine has prepared. A reader of a write-ahead log must be able to write
    /// its index, so the connection is not read-only; its statements are.
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(failure)?;
        schema::settle_reader(&connection)?;
        Ok(Self::new(Arc::new(Mutex::new(connection))))
    }
}

impl Reader for SqliteReader {
    fn snapshot(&mut self, job: &mut dyn FnMut(&dyn View)) -> Result<(), StoreError> {
        let connection = lock(&self.connection);
        let transaction = connection.unchecked_transaction().map_err(failure)?;
        job(&Open(&transaction));
        transaction.finish().map_err(failure)
    }

    fn check(&mut self, object: &mut dyn FnMut(Held)) -> Result<Vec<Fault>, StoreError> {
        let connection = lock(&self.connection);
        let transaction = connection.unchecked_transaction().map_err(failure)?;
        check::check(&transaction, object)
    }

    fn copy_to(&mut self, file: &Path) -> Result<(), StoreError> {
        let connection = lock(&self.connection);
        let name = file.to_str().ok_or(StoreError::Range("the name of a file"))?;
        // `VACUUM INTO` reads one moment; other than the backup interface it does not begin again
        // whenever somebody writes.
        // For `query_only` a copy is a write.
        connection.pragma_update(None, "query_only", false).map_err(failure)?;
        let copied = connection.execute("VACUUM INTO ?1", [name]).map_err(failure);
        connection.pragma_update(None, "query_only", true).map_err(failure)?;
        copied?;
        let sync = File::open(file).and_then(|file| file.sync_all());
        sync.map_err(|error| StoreError::Io(format!("{}: {error}", file.display())))
    }
}

/// The data of one read transaction.
struct Open<'a>(&'a Connection);

impl View for Open<'_> {
    fn state(&self, key: &Key) -> Result<Option<Snapshot>, StoreError> {
        let sql = "SELECT version, value FROM state
            WHERE msgid = ?1 AND provider = ?2 AND role = ?3";
        snapshot(self.0, sql, key)
    }

    fn archived(&self, key: &Key) -> Result<Option<Snapshot>, StoreError> {
        let sql = "SELECT version, value FROM archive
            WHERE msgid = ?1 AND provider = ?2 AND role = ?3 ORDER BY id DESC LIMIT 1";
        snapshot(self.0, sql, key)
    }

    fn changes(&self, key: &Key) -> Result<Vec<Change>, StoreError> {
        let sql = "SELECT change.value FROM state JOIN change ON change.state = state.id
            WHERE msgid = ?1 AND provider = ?2 AND role = ?3 ORDER BY change.number";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let rows = statement
            .query_map(params![key.id, key.provider, role(key.role)], |row| row.get::<_, String>(0))
            .map_err(failure)?;
        rows.map(|row| from_json("a change", &row.map_err(failure)?)).collect()
    }

    fn due_deadlines(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Key>, StoreError> {
        let sql = "SELECT role, provider, msgid FROM state
            WHERE deadline <= ?1 ORDER BY deadline, id LIMIT ?2";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let rows = statement
            .query_map(params![micros(now), limit], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(failure)?;
        rows.map(|row| {
            let (role, provider, id) = row.map_err(failure)?;
            Ok(Key { role: to_role(role)?, provider, id })
        })
        .collect()
    }

    fn next_wake(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        // An effect that waits for sealed octets is due with their sealing, which is due itself.
        let sql = "SELECT min(at) FROM (
            SELECT min(deadline) AS at FROM state WHERE deadline IS NOT NULL
            UNION ALL SELECT min(due) FROM effect WHERE due IS NOT NULL)";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let at: Option<i64> = statement.query_row([], |row| row.get(0)).map_err(failure)?;
        at.map(instant).transpose()
    }

    fn outbox(&self, after: Option<&EffectId>, limit: u32) -> Result<Vec<Lease>, StoreError> {
        let sql = "SELECT id, name, key, value, attempts FROM effect
            WHERE due IS NOT NULL AND id > coalesce((SELECT id FROM effect WHERE name = ?1), 0)
            ORDER BY id LIMIT ?2";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let after = after.map(EffectId::as_str);
        let rows = statement.query_map(params![after, limit], outbox::row).map_err(failure)?;
        rows.map(|row| Ok(outbox::to_lease(row.map_err(failure)?)?.1)).collect()
    }

    fn effect(&self, effect: &EffectId) -> Result<Option<Lease>, StoreError> {
        let sql = "SELECT id, name, key, value, attempts FROM effect
            WHERE name = ?1 AND due IS NOT NULL";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let found = statement.query_row([effect.as_str()], outbox::row).optional();
        found.map_err(failure)?.map(|row| Ok(outbox::to_lease(row)?.1)).transpose()
    }

    fn sealed(&self, effect: &EffectId) -> Result<Option<BodyRef>, StoreError> {
        outbox::sealed(self.0, effect)
    }

    fn pieces(&self, body: &BodyRef) -> Result<Option<Pieces>, StoreError> {
        bodies::pieces(self.0, body)
    }

    fn names_object(&self, digest: Digest) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM body WHERE sha256 = ?1 AND place = 1
            UNION ALL SELECT 1 FROM quarantine WHERE sha256 = ?1";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        statement.exists([digest.0]).map_err(failure)
    }

    fn mailbox(&self, address: &Address) -> Result<Option<Mailbox>, StoreError> {
        Ok(mailboxes::find(self.0, address)?.map(|(_, mailbox)| mailbox))
    }

    fn mailboxes(&self, after: Option<&Address>, limit: u32) -> Result<Vec<Mailbox>, StoreError> {
        mailboxes::list(self.0, after, limit)
    }

    fn credentials(&self, address: &Address) -> Result<Vec<Credential>, StoreError> {
        mailboxes::credentials(self.0, address)
    }

    fn messages(
        &self,
        address: &Address,
        from: u32,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        mailboxes::messages(self.0, address, from, limit)
    }

    fn recipients_since(&self, address: &Address, since: DateTime<Utc>) -> Result<u64, StoreError> {
        mailboxes::recipients_since(self.0, address, since)
    }

    fn quarantine(
        &self,
        after: Option<&EffectId>,
        limit: u32,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let sql = "SELECT name, sha256, octets, at, until FROM quarantine
            WHERE name > ?1 ORDER BY name LIMIT ?2";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let after = after.map(EffectId::as_str).unwrap_or_default();
        let mut rows = statement.query(params![after, limit]).map_err(failure)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failure)? {
            let sha256: Vec<u8> = row.get(1).map_err(failure)?;
            found.push(Quarantined {
                effect: effect_id(row.get(0).map_err(failure)?)?,
                message: reference(&sha256, row.get(2).map_err(failure)?)?,
                at: instant(row.get(3).map_err(failure)?)?,
                until: instant(row.get(4).map_err(failure)?)?,
            });
        }
        Ok(found)
    }

    fn directory_at(&self, instant: DateTime<Utc>) -> Result<Option<DirectoryFile>, StoreError> {
        let rest = "WHERE at <= ?1 ORDER BY at DESC, directory.id DESC LIMIT 1";
        Ok(directories(self.0, rest, [micros(instant)])?.into_iter().next())
    }

    fn directories(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<DirectoryFile>, StoreError> {
        let rest = "WHERE at >= ?1 AND at < ?2 ORDER BY at, directory.id";
        directories(self.0, rest, [micros(from), micros(to)])
    }

    fn heads(&self) -> Result<Vec<Head>, StoreError> {
        journal::heads(self.0)
    }

    fn log(&self, node: &str, from: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let rest = "WHERE chain.node = ?1 AND log.number >= ?2 ORDER BY log.number LIMIT ?3";
        journal::entries(self.0, rest, params![node, signed(from)?, limit])
    }

    fn log_of(&self, msgid: &PecMsgid) -> Result<Vec<Entry>, StoreError> {
        let rest = "WHERE log.msgid = ?1 ORDER BY log.at, log.chain, log.number";
        journal::entries(self.0, rest, [msgid.as_str()])
    }

    fn closures(&self, from: u64, limit: u32) -> Result<Vec<SignedClosure>, StoreError> {
        journal::closures(self.0, from, limit)
    }
}

fn snapshot(connection: &Connection, sql: &str, key: &Key) -> Result<Option<Snapshot>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let found: Option<(i64, String)> = statement
        .query_row(params![key.id, key.provider, role(key.role)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(failure)?;
    let Some((version, value)) = found else { return Ok(None) };
    let state = State::from_json(&value).map_err(|error| StoreError::value("a state", error))?;
    Ok(Some(Snapshot { version: unsigned(version)?, state }))
}

fn directories(
    connection: &Connection,
    rest: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<DirectoryFile>, StoreError> {
    let sql = format!(
        "SELECT at, sha256, octets FROM directory JOIN body ON body.id = directory.body {rest}"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let mut rows = statement.query(values).map_err(failure)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let sha256: Vec<u8> = row.get(1).map_err(failure)?;
        found.push(DirectoryFile {
            at: instant(row.get(0).map_err(failure)?)?,
            body: reference(&sha256, row.get(2).map_err(failure)?)?,
        });
    }
    Ok(found)
}
