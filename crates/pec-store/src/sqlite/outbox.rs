//! Effects: leased, put off, finished; and the octets that they sealed.

use chrono::{DateTime, Utc};
use pec_gestore::{Action, BodyRef, Effect, EffectId};
use rusqlite::{Connection, OptionalExtension, params};

use super::bodies;
use super::code::{effect_id, failure, from_json, micros, reference, small, to_json};
use crate::encoded::Value;
use crate::{Body, Lease, LeaseRequest, PutOff, StoreError, Worker};

/// An effect of a plan.
pub(super) struct New<'a> {
    pub(super) name: &'a EffectId,
    pub(super) action: &'a Value,
    pub(super) key: &'a str,
    pub(super) state: Option<i64>,
    pub(super) needs: Option<&'a EffectId>,
    pub(super) due: DateTime<Utc>,
    pub(super) worker: Option<&'a Worker>,
}

/// Adds an effect unless its name is known, finished ones included; whether it is new.
pub(super) fn insert(connection: &Connection, new: &New<'_>) -> Result<bool, StoreError> {
    let Value { json, bodies } = new.action;
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO effect (name, key, state, value, needs, due, worker)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )
        .map_err(failure)?;
    let needs = new.needs.map(EffectId::as_str);
    let worker = new.worker.map(Worker::as_str);
    let row = params![new.name.as_str(), new.key, new.state, json, needs, micros(new.due), worker];
    if statement.execute(row).map_err(failure)? == 0 {
        return Ok(false);
    }
    let id = connection.last_insert_rowid();
    let mut statement = connection
        .prepare_cached("INSERT INTO effect_body (effect, body) VALUES (?1, ?2)")
        .map_err(failure)?;
    for body in bodies {
        statement.execute([id, bodies::require(connection, body)?]).map_err(failure)?;
    }
    Ok(true)
}

/// The outbox forgets an effect: its name stays, its bodies are free.
pub(super) fn finish(
    connection: &Connection,
    effect: &EffectId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached(
            "UPDATE effect SET finished_at = ?2, value = NULL, due = NULL, worker = NULL
             WHERE name = ?1 AND finished_at IS NULL RETURNING id",
        )
        .map_err(failure)?;
    let id: Option<i64> = statement
        .query_row(params![effect.as_str(), micros(now)], |row| row.get(0))
        .optional()
        .map_err(failure)?;
    if let Some(id) = id {
        let mut statement = connection
            .prepare_cached("DELETE FROM effect_body WHERE effect = ?1")
            .map_err(failure)?;
        statement.execute([id]).map_err(failure)?;
    }
    Ok(())
}

/// Gives a worker what is due and what others let lapse.
pub(super) fn lease(
    connection: &Connection,
    request: &LeaseRequest,
) -> Result<Vec<Lease>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "UPDATE effect SET worker = ?1, due = ?3, attempts = attempts + 1
             WHERE id IN (SELECT id FROM effect AS open WHERE due <= ?2 AND (needs IS NULL
                OR EXISTS (SELECT 1 FROM sealed WHERE sealed.name = open.needs))
                ORDER BY due, id LIMIT ?4)
             RETURNING id, name, key, value, attempts - 1",
        )
        .map_err(failure)?;
    let values =
        params![request.worker.as_str(), micros(request.now), micros(request.until), request.limit];
    let rows = statement.query_map(values, row).map_err(failure)?;
    let mut leased: Vec<(i64, Lease)> =
        rows.map(|row| row.map_err(failure).and_then(to_lease)).collect::<Result<_, _>>()?;
    // As they were made: what one plan wants done runs in its order.
    leased.sort_by_key(|(id, _)| *id);
    Ok(leased.into_iter().map(|(_, lease)| lease).collect())
}

/// A row of an effect: row id, name, key, action, attempts.
pub(super) type Row = (i64, String, String, String, i64);

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

pub(super) fn to_lease(row: Row) -> Result<(i64, Lease), StoreError> {
    let (id, name, key, action, attempts) = row;
    let effect = Effect { id: effect_id(name)?, action: from_json("an effect", &action)? };
    let key = from_json("a key", &key)?;
    Ok((id, Lease { key, effect, attempts: small(attempts)? }))
}

/// A longer lease for who has it.
pub(super) fn renew(
    connection: &Connection,
    worker: &Worker,
    effect: &EffectId,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "UPDATE effect SET due = ?3 WHERE name = ?1 AND worker = ?2 AND due IS NOT NULL",
        )
        .map_err(failure)?;
    let row = params![effect.as_str(), worker.as_str(), micros(until)];
    Ok(statement.execute(row).map_err(failure)? > 0)
}

/// A later try, of what is left.
pub(super) fn put_off(connection: &Connection, put_off: &PutOff) -> Result<bool, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "UPDATE effect SET due = ?3, worker = NULL
             WHERE name = ?1 AND worker = ?2 AND due IS NOT NULL RETURNING id, value",
        )
        .map_err(failure)?;
    let (name, worker) = (put_off.effect.as_str(), put_off.worker.as_str());
    let found: Option<(i64, String)> = statement
        .query_row(params![name, worker, micros(put_off.due)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(failure)?;
    let Some((id, action)) = found else { return Ok(false) };
    if let Some(remaining) = &put_off.remaining {
        let mut action: Action = from_json("an effect", &action)?;
        if let Action::Relay { envelope, .. } = &mut action {
            envelope.forward_paths.retain(|path| remaining.contains(path));
        }
        let action = to_json("an effect", &action)?;
        let mut statement = connection
            .prepare_cached("UPDATE effect SET value = ?2 WHERE id = ?1")
            .map_err(failure)?;
        statement.execute(params![id, action]).map_err(failure)?;
    }
    Ok(true)
}

/// All of a worker's effects are due for others.
pub(super) fn release(
    connection: &Connection,
    worker: &Worker,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut statement = connection
        .prepare_cached("UPDATE effect SET worker = NULL, due = ?2 WHERE worker = ?1")
        .map_err(failure)?;
    let count = statement.execute(params![worker.as_str(), micros(now)]).map_err(failure)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Keeps sealed octets unless there are some, and says which count.
pub(super) fn seal(
    connection: &Connection,
    effect: &EffectId,
    body: &Body,
    at: DateTime<Utc>,
) -> Result<BodyRef, StoreError> {
    if let Some(first) = sealed(connection, effect)? {
        return Ok(first);
    }
    let id = bodies::insert(connection, body)?;
    let mut statement = connection
        .prepare_cached("INSERT INTO sealed (name, body, at) VALUES (?1, ?2, ?3)")
        .map_err(failure)?;
    statement.execute(params![effect.as_str(), id, micros(at)]).map_err(failure)?;
    Ok(body.reference)
}

/// The octets that an effect sealed.
pub(super) fn sealed(
    connection: &Connection,
    effect: &EffectId,
) -> Result<Option<BodyRef>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT sha256, octets FROM sealed JOIN body ON body.id = sealed.body
             WHERE sealed.name = ?1",
        )
        .map_err(failure)?;
    let found: Option<(Vec<u8>, i64)> = statement
        .query_row([effect.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(failure)?;
    found.map(|(sha256, octets)| reference(&sha256, octets)).transpose()
}

/// The row and length of the octets that an effect sealed.
pub(super) fn sealed_row(
    connection: &Connection,
    effect: &EffectId,
) -> Result<Option<(i64, u64)>, StoreError> {
    match sealed(connection, effect)? {
        Some(body) => Ok(Some((bodies::require(connection, &body)?, body.octets))),
        None => Ok(None),
    }
}
