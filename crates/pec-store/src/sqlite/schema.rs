//! The versions of the schema, and how one becomes the next.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::code::failure;
use crate::{OpenError, StoreError};

/// The statements that make version n + 1 of version n. Those of a release are never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// The version of the schema that this release writes.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// Marks the file as a store: "PECS".
const APPLICATION: i64 = 0x5045_4353;
/// Statements that are kept prepared.
const STATEMENTS: usize = 128;

/// Makes a database ready to be written: settings, identity, schema.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    let application = pragma(connection, "application_id")?;
    let found = pragma(connection, "user_version")?;
    if application != APPLICATION && !(application == 0 && found == 0 && is_empty(connection)?) {
        return Err(OpenError::Foreign(application));
    }
    if found > VERSION {
        return Err(OpenError::TooNew { found, known: VERSION });
    }
    settle(connection)?;
    migrate(connection, found)?;
    Ok(())
}

/// What every connection that writes is set to. The log is copied back when it has 32 MiB: each
/// time costs two syncs, and reading so much at recovery takes a few tens of milliseconds.
fn settle(connection: &Connection) -> Result<(), StoreError> {
    keep_plans(connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(5)).map_err(failure)?;
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
        PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
        PRAGMA wal_autocheckpoint = 8192;";
    connection.execute_batch(settings).map_err(failure)
}

/// What every connection that reads is set to.
pub(super) fn settle_reader(connection: &Connection) -> Result<(), StoreError> {
    keep_plans(connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(5)).map_err(failure)?;
    let settings = "PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;
        PRAGMA trusted_schema = OFF;";
    connection.execute_batch(settings).map_err(failure)
}

/// Statements are not prepared anew because other values are bound.
fn keep_plans(connection: &Connection) -> Result<(), StoreError> {
    let stable = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
    connection.set_db_config(stable, true).map(drop).map_err(failure)
}

/// All steps from `found` on, in one transaction.
fn migrate(connection: &mut Connection, found: i64) -> Result<(), StoreError> {
    let done = usize::try_from(found).map_err(|_| StoreError::Range("the schema version"))?;
    if done == MIGRATIONS.len() {
        return Ok(());
    }
    let behavior = TransactionBehavior::Exclusive;
    let transaction = connection.transaction_with_behavior(behavior).map_err(failure)?;
    for step in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(step).map_err(failure)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failure)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(failure)?;
    transaction.commit().map_err(failure)
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    connection.pragma_query_value(None, name, |row| row.get(0)).map_err(failure)
}

fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    let tables = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    connection.query_row(tables, [], |row| row.get(0)).map_err(failure)
}
