//! Bodies, and the rows that are little more than a name for one.

use chrono::{DateTime, Utc};
use pec_gestore::{BodyRef, EffectId};
use rusqlite::{Connection, OptionalExtension, params};

use super::code::{digest, failure, micros, signed};
use crate::body::{Body, Form, Part, Piece, length};
use crate::engine::Collected;
use crate::{Pieces, StoreError};

const INLINE: i64 = 0;
const OBJECT: i64 = 1;
const IN_PARTS: i64 = 2;

/// Keeps a body unless it is there, and gives its row.
pub(super) fn insert(connection: &Connection, body: &Body) -> Result<i64, StoreError> {
    if let Some(id) = find(connection, &body.reference)? {
        return Ok(id);
    }
    let (place, data) = match &body.form {
        Form::Inline(octets) => (INLINE, Some(octets.as_slice())),
        Form::Object => (OBJECT, None),
        Form::Composed(_) => (IN_PARTS, None),
    };
    let mut statement = connection
        .prepare_cached("INSERT INTO body (sha256, octets, place, data) VALUES (?1, ?2, ?3, ?4)")
        .map_err(failure)?;
    let octets = signed(body.reference.octets)?;
    statement.execute(params![body.reference.sha256.0, octets, place, data]).map_err(failure)?;
    let id = connection.last_insert_rowid();
    if let Form::Composed(parts) = &body.form {
        insert_parts(connection, id, parts)?;
    }
    Ok(id)
}

/// The row of a body that is there.
pub(super) fn require(connection: &Connection, body: &BodyRef) -> Result<i64, StoreError> {
    find(connection, body)?.ok_or(StoreError::UnknownBody(*body))
}

fn find(connection: &Connection, body: &BodyRef) -> Result<Option<i64>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM body WHERE sha256 = ?1 AND octets = ?2")
        .map_err(failure)?;
    let octets = signed(body.octets)?;
    let id = statement.query_row(params![body.sha256.0, octets], |row| row.get(0));
    id.optional().map_err(failure)
}

/// Parts of a body. What lies in a body that is itself in parts is taken from where that has it, so
/// reading never goes deeper than one step.
fn insert_parts(connection: &Connection, id: i64, parts: &[Part]) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO part (body, number, source, start, octets, data)
             VALUES (?1, (SELECT count(*) FROM part WHERE body = ?1), ?2, ?3, ?4, ?5)",
        )
        .map_err(failure)?;
    for part in parts {
        match part {
            Part::Own(octets) if octets.is_empty() => {}
            Part::Own(octets) => {
                let none: Option<i64> = None;
                let length = signed(length(octets))?;
                statement.execute(params![id, none, 0, length, octets]).map_err(failure)?;
            }
            Part::Of { source, offset, octets } => {
                let (row, place) = place_of(connection, source)?;
                let ranges = match place {
                    IN_PARTS => within(connection, row, *offset, *octets)?,
                    _ => vec![Range::Of(row, *offset, *octets)],
                };
                for range in ranges {
                    let (source, start, octets, data) = match range {
                        Range::Of(row, start, octets) => (Some(row), start, octets, None),
                        Range::Own(octets) => (None, 0, length(&octets), Some(octets)),
                    };
                    let (start, octets) = (signed(start)?, signed(octets)?);
                    statement.execute(params![id, source, start, octets, data]).map_err(failure)?;
                }
            }
        }
    }
    Ok(())
}

fn place_of(connection: &Connection, body: &BodyRef) -> Result<(i64, i64), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, place FROM body WHERE sha256 = ?1 AND octets = ?2")
        .map_err(failure)?;
    let octets = signed(body.octets)?;
    let found = statement
        .query_row(params![body.sha256.0, octets], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(failure)?;
    found.ok_or(StoreError::UnknownBody(*body))
}

enum Range {
    Of(i64, u64, u64),
    Own(Vec<u8>),
}

/// Where a range of a body in parts really lies.
fn within(
    connection: &Connection,
    body: i64,
    offset: u64,
    octets: u64,
) -> Result<Vec<Range>, StoreError> {
    let end = offset.saturating_add(octets);
    let mut ranges = Vec::new();
    let mut at = 0_u64;
    for part in parts(connection, body)? {
        let next = at.saturating_add(part.octets);
        let (from, to) = (offset.max(at), end.min(next));
        if from < to {
            let (skip, take) = (from.saturating_sub(at), to.saturating_sub(from));
            ranges.push(match part.source {
                Some(source) => Range::Of(source.row, source.start.saturating_add(skip), take),
                None => Range::Own(slice(part.data, skip, take)?),
            });
        }
        at = next;
    }
    Ok(ranges)
}

struct StoredPart {
    octets: u64,
    source: Option<Source>,
    data: Vec<u8>,
}

/// The range of another body that a part is.
struct Source {
    row: i64,
    start: u64,
    place: i64,
    sha256: Vec<u8>,
}

fn parts(connection: &Connection, body: i64) -> Result<Vec<StoredPart>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT part.octets, part.start, source.id, source.place, source.sha256,
                CASE source.place WHEN 0 THEN source.data ELSE part.data END
             FROM part LEFT JOIN body AS source ON source.id = part.source
             WHERE part.body = ?1 ORDER BY part.number",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map([body], |row| {
            let source = match row.get::<_, Option<i64>>(2)? {
                None => None,
                Some(id) => Some(Source {
                    row: id,
                    start: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(u64::MAX),
                    place: row.get(3)?,
                    sha256: row.get(4)?,
                }),
            };
            let data: Option<Vec<u8>> = row.get(5)?;
            let octets = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
            Ok(StoredPart { octets, source, data: data.unwrap_or_default() })
        })
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)).collect()
}

/// Where the octets of a body are.
pub(super) fn pieces(
    connection: &Connection,
    body: &BodyRef,
) -> Result<Option<Pieces>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, place, data FROM body WHERE sha256 = ?1 AND octets = ?2")
        .map_err(failure)?;
    let octets = signed(body.octets)?;
    let found = statement
        .query_row(params![body.sha256.0, octets], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
        })
        .optional()
        .map_err(failure)?;
    let Some((id, place, data)) = found else { return Ok(None) };
    let pieces = match place {
        INLINE => vec![Piece::Inline(data.unwrap_or_default())],
        OBJECT => vec![Piece::Object { digest: body.sha256, offset: 0, octets: body.octets }],
        _ => parts(connection, id)?.into_iter().map(piece).collect::<Result<_, _>>()?,
    };
    Ok(Some(Pieces(pieces)))
}

fn piece(part: StoredPart) -> Result<Piece, StoreError> {
    Ok(match part.source {
        None => Piece::Inline(part.data),
        Some(source) if source.place == OBJECT => {
            let digest = digest(&source.sha256)?;
            Piece::Object { digest, offset: source.start, octets: part.octets }
        }
        Some(source) => Piece::Inline(slice(part.data, source.start, part.octets)?),
    })
}

fn slice(octets: Vec<u8>, start: u64, length: u64) -> Result<Vec<u8>, StoreError> {
    const WHAT: StoreError = StoreError::Range("a part of a body");
    let from = usize::try_from(start).map_err(|_| WHAT)?;
    let to = usize::try_from(start.saturating_add(length)).map_err(|_| WHAT)?;
    octets.get(from..to).map(<[u8]>::to_vec).ok_or(WHAT)
}

/// Notes an infected message that was put into the quarantine; whether it is new there.
pub(super) fn quarantine(
    connection: &Connection,
    effect: &EffectId,
    message: &BodyRef,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO quarantine (name, sha256, octets, at, until) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )
        .map_err(failure)?;
    let row = params![
        effect.as_str(),
        message.sha256.0,
        signed(message.octets)?,
        micros(at),
        micros(until)
    ];
    Ok(statement.execute(row).map_err(failure)? > 0)
}

/// Keeps a directory as it was fetched.
pub(super) fn directory(
    connection: &Connection,
    body: &Body,
    at: DateTime<Utc>,
) -> Result<BodyRef, StoreError> {
    let id = insert(connection, body)?;
    connection
        .execute("INSERT INTO directory (at, body) VALUES (?1, ?2)", params![micros(at), id])
        .map_err(failure)?;
    Ok(body.reference)
}

/// Removes bodies that nothing names, among the next `rows` of them.
pub(super) fn collect(
    connection: &Connection,
    after: i64,
    rows: u32,
) -> Result<Collected, StoreError> {
    let last: Option<i64> = connection
        .query_row(
            "SELECT max(id) FROM (SELECT id FROM body WHERE id > ?1 ORDER BY id LIMIT ?2)",
            params![after, rows],
            |row| row.get(0),
        )
        .map_err(failure)?;
    let Some(last) = last else { return Ok(Collected::default()) };
    let mut statement = connection
        .prepare_cached(
            "DELETE FROM body WHERE id > ?1 AND id <= ?2
                AND NOT EXISTS (SELECT 1 FROM message WHERE message.body = body.id)
                AND NOT EXISTS (SELECT 1 FROM sealed WHERE sealed.body = body.id)
                AND NOT EXISTS (SELECT 1 FROM state_body WHERE state_body.body = body.id)
                AND NOT EXISTS (SELECT 1 FROM effect_body WHERE effect_body.body = body.id)
                AND NOT EXISTS (SELECT 1 FROM directory WHERE directory.body = body.id)
                AND NOT EXISTS (SELECT 1 FROM part WHERE part.source = body.id)",
        )
        .map_err(failure)?;
    let removed = statement.execute([after, last]).map_err(failure)?;
    let bodies = u64::try_from(removed).unwrap_or(u64::MAX);
    Ok(Collected { bodies, next: Some(last) })
}
