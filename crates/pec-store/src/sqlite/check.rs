//! Whether the data are as they were written. Reads everything, repairs nothing.

use std::collections::BTreeMap;

use pec_gestore::log::Record;
use pec_gestore::{Action, Change, Digest, Key, State};
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use super::code::{
    address, effect_id, failure, from_json, instant, micros, reference, to_role, unsigned,
};
use super::journal::{self, Link};
use crate::StoreError;
use crate::chain::{Closure, GENESIS};
use crate::engine::Held;
use crate::upkeep::Fault;

/// All faults of the database. `object` is called for the octets that lie elsewhere.
pub(super) fn check(
    connection: &Connection,
    object: &mut dyn FnMut(Held),
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    match judge(connection, &mut faults, object) {
        Err(StoreError::Corrupt(reason)) => faults.push(Fault::Database(reason)),
        other => other?,
    }
    Ok(faults)
}

fn judge(
    connection: &Connection,
    faults: &mut Vec<Fault>,
    object: &mut dyn FnMut(Held),
) -> Result<(), StoreError> {
    database(connection, faults)?;
    if !faults.is_empty() {
        // A damaged database reads as anything: what else it says is worth nothing.
        return Ok(());
    }
    references(connection, faults)?;
    bodies(connection, faults, object)?;
    states(connection, faults)?;
    effects(connection, faults)?;
    mailboxes(connection, faults)?;
    let closures = closures(connection, faults)?;
    log(connection, closures, faults)
}

fn database(connection: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    each(connection, "PRAGMA integrity_check", |row| {
        let says: String = row.get(0).map_err(failure)?;
        if says != "ok" {
            faults.push(Fault::Database(says));
        }
        Ok(())
    })
}

fn references(connection: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    each(connection, "PRAGMA foreign_key_check", |row| {
        faults.push(Fault::Reference {
            table: row.get(0).map_err(failure)?,
            row: row.get::<_, Option<i64>>(1).map_err(failure)?.unwrap_or_default(),
            parent: row.get(2).map_err(failure)?,
        });
        Ok(())
    })
}

fn bodies(
    connection: &Connection,
    faults: &mut Vec<Fault>,
    object: &mut dyn FnMut(Held),
) -> Result<(), StoreError> {
    let here = "SELECT sha256, octets, data FROM body WHERE place = 0";
    each(connection, here, |row| {
        let body = reference(&blob(row, 0)?, row.get(1).map_err(failure)?)?;
        if crate::body::reference_of(&blob(row, 2)?) != body {
            faults.push(Fault::Body(body));
        }
        Ok(())
    })?;
    // Those in parts are read as they are read for sending, objects and all.
    each(connection, "SELECT sha256, octets FROM body WHERE place <> 0", |row| {
        object(Held::Body(reference(&blob(row, 0)?, row.get(1).map_err(failure)?)?));
        Ok(())
    })?;
    each(connection, "SELECT name, sha256, octets FROM quarantine", |row| {
        let body = reference(&blob(row, 1)?, row.get(2).map_err(failure)?)?;
        object(Held::Quarantine(effect_id(row.get(0).map_err(failure)?)?, body));
        Ok(())
    })
}

fn states(connection: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let sql = "SELECT role, provider, msgid, value, id FROM state";
    each(connection, sql, |row| {
        let role = to_role(row.get(0).map_err(failure)?)?;
        let (provider, id) = (row.get(1).map_err(failure)?, row.get(2).map_err(failure)?);
        let key = Key { role, provider, id };
        let value: String = row.get(3).map_err(failure)?;
        let stored = match State::from_json(&value) {
            Ok(stored) => stored,
            Err(error) => {
                faults.push(Fault::State(key, error.to_string()));
                return Ok(());
            }
        };
        let changes = match changes(connection, row.get(4).map_err(failure)?) {
            Ok(changes) => changes,
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                faults.push(Fault::State(key, error.to_string()));
                return Ok(());
            }
        };
        if State::restore(&changes).as_ref() != Ok(&stored) {
            faults.push(Fault::Changes(key));
        }
        Ok(())
    })
}

fn changes(connection: &Connection, state: i64) -> Result<Vec<Change>, StoreError> {
    let sql = "SELECT value FROM change WHERE state = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let rows = statement.query_map([state], |row| row.get::<_, String>(0)).map_err(failure)?;
    rows.map(|row| from_json("a change", &row.map_err(failure)?)).collect()
}

fn effects(connection: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let sql = "SELECT name, key, value FROM effect WHERE due IS NOT NULL";
    each(connection, sql, |row| {
        let id = effect_id(row.get(0).map_err(failure)?)?;
        let (key, value): (String, String) =
            (row.get(1).map_err(failure)?, row.get(2).map_err(failure)?);
        let key = from_json::<Key>("a key", &key).map(|_| ());
        let action = from_json::<Action>("an effect", &value).map(|_| ());
        if let Err(error) = key.and(action) {
            faults.push(Fault::Effect(id, error.to_string()));
        }
        Ok(())
    })
}

fn mailboxes(connection: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let sql = "SELECT address, messages, mailbox.octets, uid_next,
            count(message.uid), coalesce(sum(body.octets), 0), coalesce(max(message.uid), 0)
        FROM mailbox LEFT JOIN message ON message.mailbox = mailbox.id
        LEFT JOIN body ON body.id = message.body GROUP BY mailbox.id";
    each(connection, sql, |row| {
        let number = |column: usize| row.get::<_, i64>(column).map_err(failure);
        let address = address(row.get(0).map_err(failure)?)?;
        if number(1)? != number(4)? {
            faults.push(Fault::Mailbox(address.clone(), "it counts other messages than it has"));
        }
        if number(2)? != number(5)? {
            faults.push(Fault::Mailbox(address.clone(), "it counts other octets than it has"));
        }
        if number(3)? <= number(6)? {
            faults.push(Fault::Mailbox(address, "a message is beyond its next UID"));
        }
        Ok(())
    })
}

/// The hashes that closures name, by node and number.
type Closed = BTreeMap<(String, u64), (u64, Digest)>;

fn closures(connection: &Connection, faults: &mut Vec<Fault>) -> Result<Closed, StoreError> {
    let mut closed = Closed::new();
    let (mut number, mut previous) = (0_u64, GENESIS);
    each(connection, "SELECT number, at, value FROM closure ORDER BY number", |row| {
        let stored = unsigned(row.get(0).map_err(failure)?)?;
        let at = instant(row.get(1).map_err(failure)?)?;
        let value: String = row.get(2).map_err(failure)?;
        number = number.saturating_add(1);
        match from_json::<Closure>("a closure", &value) {
            Ok(closure)
                if stored == number
                    && closure.number == number
                    && micros(closure.at) == micros(at)
                    && closure.previous == previous =>
            {
                previous = closure.digest();
                for head in closure.heads {
                    closed.insert((head.node, head.number), (number, head.hash));
                }
            }
            _ => {
                faults.push(Fault::Closure(stored));
                previous = Digest(Sha256::digest(value.as_bytes()).into());
                number = stored;
            }
        }
        Ok(())
    })?;
    Ok(closed)
}

/// The chains, each record, and whether the closures name the hashes that are there.
fn log(
    connection: &Connection,
    mut closed: Closed,
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let purged = purged(connection)?;
    journal::walk(connection, &mut |link| match link {
        Link::Record { node, number, at, value, stored, is_whole } => {
            let place = || ((*node).to_owned(), *number);
            if !is_whole {
                faults.push(Fault::Chain { node: (*node).to_owned(), number: *number });
            }
            let record = from_json::<Record>("a record", value);
            let reason = match record {
                Ok(record) if micros(record.time) == micros(*at) => None,
                Ok(_) => Some("its time is another one than its column says".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(reason) = reason {
                let (node, number) = place();
                faults.push(Fault::Record { node, number, reason });
            }
            if let Some((closure, hash)) = closed.remove(&place())
                && hash != *stored
            {
                faults.push(Fault::Closure(closure));
            }
        }
        Link::End { node, number, is_whole } => {
            if !is_whole {
                faults.push(Fault::Chain { node: (*node).to_owned(), number: *number });
            }
        }
    })?;
    // What a closure names must be there, unless it was purged or the chain was empty.
    for ((node, number), (closure, _)) in closed {
        if number > purged.get(&node).copied().unwrap_or_default() {
            faults.push(Fault::Closure(closure));
        }
    }
    Ok(())
}

fn purged(connection: &Connection) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut purged = BTreeMap::new();
    each(connection, "SELECT node, purged FROM chain", |row| {
        purged.insert(row.get(0).map_err(failure)?, unsigned(row.get(1).map_err(failure)?)?);
        Ok(())
    })?;
    Ok(purged)
}

fn each(
    connection: &Connection,
    sql: &str,
    mut job: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(sql).map_err(failure)?;
    let mut rows = statement.query([]).map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        job(row)?;
    }
    Ok(())
}

fn blob(row: &Row<'_>, column: usize) -> Result<Vec<u8>, StoreError> {
    row.get(column).map_err(failure)
}
