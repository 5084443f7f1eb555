//! The log, its chain and its closures.

use chrono::{DateTime, Utc};
use pec_gestore::Digest;
use pec_gestore::log::Record;
use rusqlite::{Connection, OptionalExtension, params};

use super::code::{digest, failure, from_json, instant, micros, signed, to_json, unsigned};
use crate::StoreError;
use crate::chain::{Closure, Entry, GENESIS, Head, SignedClosure, hash};

/// Adds records to the chain of this node, each with its JSON.
pub(super) fn append(
    connection: &Connection,
    node: &str,
    records: &[Record],
    json: &[String],
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let (chain, mut head) = chain(connection, node)?;
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO log (chain, number, at, msgid, value, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .map_err(failure)?;
    for (record, json) in records.iter().zip(json) {
        head.number = head.number.saturating_add(1);
        head.hash = hash(head.hash, node, head.number, json.as_bytes());
        let msgid = record.pec_msgid.as_ref().map(|id| id.as_str());
        let (number, at) = (signed(head.number)?, micros(record.time));
        let row = params![chain, number, at, msgid, json, head.hash.0];
        statement.execute(row).map_err(failure)?;
    }
    let mut statement = connection
        .prepare_cached("UPDATE chain SET head = ?2, hash = ?3 WHERE id = ?1")
        .map_err(failure)?;
    let row = params![chain, signed(head.number)?, head.hash.0];
    statement.execute(row).map_err(failure)?;
    Ok(())
}

/// The chain of a node, which begins when it is asked for.
fn chain(connection: &Connection, node: &str) -> Result<(i64, Head), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, head, hash FROM chain WHERE node = ?1")
        .map_err(failure)?;
    let found: Option<(i64, i64, Vec<u8>)> = statement
        .query_row([node], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(failure)?;
    let node = node.to_owned();
    if let Some((id, number, hash)) = found {
        return Ok((id, Head { node, number: unsigned(number)?, hash: digest(&hash)? }));
    }
    connection
        .execute(
            "INSERT INTO chain (node, head, hash, base) VALUES (?1, 0, ?2, ?2)",
            params![node, GENESIS.0],
        )
        .map_err(failure)?;
    Ok((connection.last_insert_rowid(), Head { node, number: 0, hash: GENESIS }))
}

/// Where all chains stand.
pub(super) fn heads(connection: &Connection) -> Result<Vec<Head>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT node, head, hash FROM chain ORDER BY node")
        .map_err(failure)?;
    let rows = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        })
        .map_err(failure)?;
    rows.map(|row| {
        let (node, number, hash) = row.map_err(failure)?;
        Ok(Head { node, number: unsigned(number)?, hash: digest(&hash)? })
    })
    .collect()
}

/// Records with their place, as `WHERE`, `ORDER` and `LIMIT` in `rest` say.
pub(super) fn entries(
    connection: &Connection,
    rest: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "SELECT chain.node, log.number, log.value, log.hash
         FROM log JOIN chain ON chain.id = log.chain {rest}"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let rows = statement
        .query_map(values, |row| {
            let (node, number) = (row.get::<_, String>(0)?, row.get::<_, i64>(1)?);
            Ok((node, number, row.get::<_, String>(2)?, row.get::<_, Vec<u8>>(3)?))
        })
        .map_err(failure)?;
    rows.map(|row| {
        let (node, number, record, hash) = row.map_err(failure)?;
        let record = from_json("a record of the log", &record)?;
        Ok(Entry { node, number: unsigned(number)?, record, hash: digest(&hash)? })
    })
    .collect()
}

/// Closes the log as it stands.
pub(super) fn close(connection: &Connection, at: DateTime<Utc>) -> Result<Closure, StoreError> {
    let last = last_closure(connection)?;
    let number = last.as_ref().map_or(1, |closure| closure.number.saturating_add(1));
    let previous = last.as_ref().map_or(GENESIS, Closure::digest);
    let closure = Closure { number, at, previous, heads: heads(connection)? };
    let json = to_json("a closure", &closure)?;
    connection
        .execute(
            "INSERT INTO closure (number, at, value) VALUES (?1, ?2, ?3)",
            params![signed(number)?, micros(at), json],
        )
        .map_err(failure)?;
    Ok(closure)
}

fn last_closure(connection: &Connection) -> Result<Option<Closure>, StoreError> {
    let sql = "SELECT value FROM closure ORDER BY number DESC LIMIT 1";
    let json: Option<String> =
        connection.query_row(sql, [], |row| row.get(0)).optional().map_err(failure)?;
    json.map(|json| from_json("a closure", &json)).transpose()
}

/// Adds the signature of a closure.
pub(super) fn sign(
    connection: &Connection,
    number: u64,
    signature: &[u8],
) -> Result<(), StoreError> {
    let sql = "UPDATE closure SET signature = ?2 WHERE number = ?1 AND signature IS NULL";
    let changed = connection.execute(sql, params![signed(number)?, signature]).map_err(failure)?;
    if changed == 0 { Err(StoreError::UnknownClosure(number)) } else { Ok(()) }
}

/// Closures from a number on.
pub(super) fn closures(
    connection: &Connection,
    from: u64,
    limit: u32,
) -> Result<Vec<SignedClosure>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT value, signature FROM closure WHERE number >= ?1 ORDER BY number LIMIT ?2",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map(params![signed(from)?, limit], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
        .map_err(failure)?;
    rows.map(|row| {
        let (closure, signature) = row.map_err(failure)?;
        Ok(SignedClosure { closure: from_json("a closure", &closure)?, signature })
    })
    .collect()
}

/// Removes the records of intervals that were closed before an instant, at most so many, and
/// remembers the hash before the first that is left.
pub(super) fn purge(
    connection: &Connection,
    before: DateTime<Utc>,
    limit: u32,
) -> Result<u64, StoreError> {
    let sql = "SELECT value FROM closure WHERE at < ?1 ORDER BY number DESC LIMIT 1";
    let closure: Option<String> = connection
        .query_row(sql, [micros(before)], |row| row.get(0))
        .optional()
        .map_err(failure)?;
    let Some(closure) = closure else { return Ok(0) };
    let closure: Closure = from_json("a closure", &closure)?;
    let mut left = u64::from(limit);
    for head in &closure.heads {
        let sql = "SELECT id, purged FROM chain WHERE node = ?1";
        let (chain, purged): (i64, i64) = connection
            .query_row(sql, [&head.node], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(failure)?;
        let last = head.number.min(unsigned(purged)?.saturating_add(left));
        left = left.saturating_sub(last.saturating_sub(unsigned(purged)?));
        purge_to(connection, chain, unsigned(purged)?, last)?;
    }
    Ok(u64::from(limit).saturating_sub(left))
}

fn purge_to(connection: &Connection, chain: i64, from: u64, to: u64) -> Result<(), StoreError> {
    if to <= from {
        return Ok(());
    }
    let sql = "SELECT hash FROM log WHERE chain = ?1 AND number = ?2";
    let to = signed(to)?;
    let base: Vec<u8> =
        connection.query_row(sql, [chain, to], |row| row.get(0)).map_err(failure)?;
    let sql = "UPDATE chain SET purged = ?2, base = ?3 WHERE id = ?1";
    connection.execute(sql, params![chain, to, base]).map_err(failure)?;
    let sql = "DELETE FROM log WHERE chain = ?1 AND number <= ?2";
    connection.execute(sql, [chain, to]).map_err(failure)?;
    Ok(())
}

/// Walks the log of every chain in order. `visit` gets the chain's node, the hash before, and the
/// record as it is stored.
pub(super) fn walk(
    connection: &Connection,
    visit: &mut dyn FnMut(&Link<'_>),
) -> Result<(), StoreError> {
    let mut chains = connection
        .prepare_cached("SELECT id, node, purged, base, head, hash FROM chain ORDER BY id")
        .map_err(failure)?;
    let mut chains = chains.query([]).map_err(failure)?;
    while let Some(row) = chains.next().map_err(failure)? {
        let id: i64 = row.get(0).map_err(failure)?;
        let node: String = row.get(1).map_err(failure)?;
        let mut number = unsigned(row.get(2).map_err(failure)?)?;
        let mut before = digest(&row.get::<_, Vec<u8>>(3).map_err(failure)?)?;
        let last = unsigned(row.get(4).map_err(failure)?)?;
        let end = digest(&row.get::<_, Vec<u8>>(5).map_err(failure)?)?;
        let mut records = connection
            .prepare_cached("SELECT number, at, value, hash FROM log WHERE chain = ?1")
            .map_err(failure)?;
        let mut records = records.query([id]).map_err(failure)?;
        while let Some(row) = records.next().map_err(failure)? {
            let found = unsigned(row.get(0).map_err(failure)?)?;
            let at = instant(row.get(1).map_err(failure)?)?;
            let value: String = row.get(2).map_err(failure)?;
            let stored = digest(&row.get::<_, Vec<u8>>(3).map_err(failure)?)?;
            number = number.saturating_add(1);
            let is_whole =
                found == number && hash(before, &node, found, value.as_bytes()) == stored;
            visit(&Link::Record {
                node: &node,
                number: found,
                at,
                value: &value,
                stored,
                is_whole,
            });
            (number, before) = (found, stored);
        }
        visit(&Link::End { node: &node, number, is_whole: number == last && before == end });
    }
    Ok(())
}

/// What walking the log meets.
pub(super) enum Link<'a> {
    Record {
        node: &'a str,
        number: u64,
        at: DateTime<Utc>,
        value: &'a str,
        stored: Digest,
        is_whole: bool,
    },
    End {
        node: &'a str,
        number: u64,
        is_whole: bool,
    },
}
