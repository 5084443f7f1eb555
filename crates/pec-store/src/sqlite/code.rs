//! Values as the database holds them.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{BodyRef, Digest, EffectId, Role};
use rusqlite::ErrorCode;
use serde::de::DeserializeOwned;

use crate::StoreError;
pub(super) use crate::encoded::to_json;

/// What an error of SQLite means.
pub(super) fn failure(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full("the database"),
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(text),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => StoreError::Io(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(text),
        _ => StoreError::Engine(text),
    }
}

/// Microseconds since 1970.
pub(super) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

pub(super) fn instant(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or(StoreError::Range("an instant"))
}

pub(super) fn from_json<T: DeserializeOwned>(
    what: &'static str,
    json: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::value(what, error))
}

pub(super) const fn role(role: Role) -> i64 {
    match role {
        Role::Sender => 0,
        Role::Receiver => 1,
        Role::Other => 2,
    }
}

pub(super) fn to_role(number: i64) -> Result<Role, StoreError> {
    match number {
        0 => Ok(Role::Sender),
        1 => Ok(Role::Receiver),
        2 => Ok(Role::Other),
        _ => Err(StoreError::Range("a role")),
    }
}

pub(super) fn digest(octets: &[u8]) -> Result<Digest, StoreError> {
    octets.try_into().map(Digest).map_err(|_| StoreError::Range("a digest"))
}

pub(super) fn reference(sha256: &[u8], octets: i64) -> Result<BodyRef, StoreError> {
    Ok(BodyRef { sha256: digest(sha256)?, octets: unsigned(octets)? })
}

/// SQLite's integers are signed.
pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Range("a number"))
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Range("a number"))
}

pub(super) fn small<T: TryFrom<i64>>(number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Range("a number"))
}

/// The name under which a mailbox is found.
pub(super) fn mailbox_name(address: &Address) -> String {
    address.as_str().to_ascii_lowercase()
}

pub(super) fn address(text: String) -> Result<Address, StoreError> {
    Address::try_from(text).map_err(|error| StoreError::value("an address", error))
}

/// The identifier of an effect, which is any text.
pub(super) fn effect_id(name: String) -> Result<EffectId, StoreError> {
    serde_json::from_value(name.into()).map_err(|error| StoreError::value("an effect", error))
}
