//! What is old enough goes, a bounded step at a time.

use chrono::{DateTime, TimeDelta, Utc};
use pec_gestore::{Digest, Key};
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::code::{digest, failure, micros, role};
use super::journal;
use crate::StoreError;
use crate::upkeep::{PurgePolicy, Purged};

const HOUR_SECONDS: i64 = 3600;

/// One step: at most `policy.rows` of each kind.
pub(super) fn purge(
    connection: &Connection,
    policy: &PurgePolicy,
    now: DateTime<Utc>,
) -> Result<Purged, StoreError> {
    let resting = micros(policy.transmissions_before(now));
    let kept = policy.log_before(now);
    let rows = policy.rows.max(1);
    // Sealed octets first: a state that is archived takes the names of its effects along.
    let sealed = change(
        connection,
        "DELETE FROM sealed WHERE name IN (SELECT name FROM sealed WHERE at < ?1
            AND NOT EXISTS (SELECT 1 FROM effect WHERE effect.due IS NOT NULL
                AND (effect.name = sealed.name OR effect.needs = sealed.name))
            ORDER BY at LIMIT ?2)",
        params![resting, rows],
    )?;
    let states = archive_resting(connection, resting, now, rows)?;
    let effects = change(
        connection,
        "DELETE FROM effect WHERE id IN (SELECT id FROM effect
            WHERE state IS NULL AND finished_at < ?1 LIMIT ?2)",
        params![resting, rows],
    )?;
    let archived = change(
        connection,
        "DELETE FROM archive WHERE id IN (SELECT id FROM archive WHERE archived_at < ?1 LIMIT ?2)",
        params![micros(kept), rows],
    )?;
    let records = journal::purge(connection, kept, rows)?;
    let (quarantined, quarantine) = release_quarantine(connection, now, rows)?;
    let yesterday = now.checked_sub_signed(TimeDelta::days(2)).unwrap_or(now);
    let hour = yesterday.timestamp().div_euclid(HOUR_SECONDS);
    change(connection, "DELETE FROM rate WHERE hour < ?1", [hour])?;
    let most = [sealed, states, effects, archived, records, quarantined].into_iter().max();
    let is_complete = most.unwrap_or_default() < u64::from(rows);
    Ok(Purged { states, effects, sealed, archived, records, quarantined, is_complete, quarantine })
}

/// One closed state goes to the archive; whether it was closed.
pub(super) fn archive(
    connection: &Connection,
    key: &Key,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM state WHERE msgid = ?1 AND provider = ?2 AND role = ?3 AND is_closed
        AND NOT EXISTS (SELECT 1 FROM effect WHERE effect.state = state.id
            AND effect.due IS NOT NULL)";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let found: Option<i64> = statement
        .query_row(params![key.id, key.provider, role(key.role)], |row| row.get(0))
        .optional()
        .map_err(failure)?;
    let Some(id) = found else { return Ok(false) };
    archive_row(connection, id, now)?;
    Ok(true)
}

/// Its effects and changes go with it; what it says stays.
fn archive_row(connection: &Connection, id: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "DELETE FROM sealed WHERE name IN (SELECT name FROM effect WHERE state = ?1)";
    change(connection, sql, [id])?;
    let sql = "INSERT INTO archive (role, provider, msgid, version, value, archived_at)
        SELECT role, provider, msgid, version, value, ?2 FROM state WHERE id = ?1";
    change(connection, sql, params![id, micros(now)])?;
    change(connection, "DELETE FROM state WHERE id = ?1", [id])?;
    Ok(())
}

/// Closed states that rest for long.
fn archive_resting(
    connection: &Connection,
    before: i64,
    now: DateTime<Utc>,
    rows: u32,
) -> Result<u64, StoreError> {
    let closed = "SELECT id FROM state WHERE is_closed AND changed_at < ?1
        AND NOT EXISTS (SELECT 1 FROM effect WHERE effect.state = state.id
            AND effect.due IS NOT NULL) ORDER BY changed_at LIMIT ?2";
    let mut statement = connection.prepare_cached(closed).map_err(failure)?;
    let ids = statement.query_map(params![before, rows], |row| row.get(0)).map_err(failure)?;
    let ids: Vec<i64> = ids.collect::<Result<_, _>>().map_err(failure)?;
    for id in &ids {
        archive_row(connection, *id, now)?;
    }
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

/// Infected messages past their time, and which of their octets no other row names.
fn release_quarantine(
    connection: &Connection,
    now: DateTime<Utc>,
    rows: u32,
) -> Result<(u64, Vec<Digest>), StoreError> {
    let sql = "DELETE FROM quarantine WHERE name IN (SELECT name FROM quarantine
        WHERE until < ?1 ORDER BY until LIMIT ?2) RETURNING sha256";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let removed = statement
        .query_map(params![micros(now), rows], |row| row.get::<_, Vec<u8>>(0))
        .map_err(failure)?;
    let removed: Vec<Vec<u8>> = removed.collect::<Result<_, _>>().map_err(failure)?;
    let mut free = Vec::new();
    for sha256 in &removed {
        let sql = "SELECT 1 FROM quarantine WHERE sha256 = ?1";
        let mut statement = connection.prepare_cached(sql).map_err(failure)?;
        if !statement.exists([sha256]).map_err(failure)? {
            free.push(digest(sha256)?);
        }
    }
    Ok((u64::try_from(removed.len()).unwrap_or(u64::MAX), free))
}

fn change(connection: &Connection, sql: &str, values: impl Params) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let count = statement.execute(values).map_err(failure)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}
