//! Mailboxes, their messages, their secrets, their limits.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{Correspondents, Deposit, EffectId, MailboxState, OrdinaryPolicy};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::code::{
    address as to_address, effect_id, failure, from_json, instant, mailbox_name, micros, reference,
    signed, small, to_json, unsigned,
};
use crate::StoreError;
use crate::mailbox::{Credential, FlagChange, Flags, Mailbox, Message, NewMailbox, Settings};

const HOUR_SECONDS: i64 = 3600;

/// Makes a mailbox. Its `UIDVALIDITY` is the time, or more if that was used already.
pub(super) fn create(connection: &Connection, new: &NewMailbox) -> Result<Mailbox, StoreError> {
    if find(connection, &new.address)?.is_some() {
        return Err(StoreError::MailboxExists(new.address.clone()));
    }
    let seconds = new.now.timestamp().clamp(1, i64::from(u32::MAX));
    let sql = "UPDATE uid_validity SET last = max(?1, last + 1) RETURNING last";
    let validity: i64 = connection.query_row(sql, [seconds], |row| row.get(0)).map_err(failure)?;
    let uid_validity = small(validity)?;
    let sql = "INSERT INTO mailbox (name, address, state, quota, recipients_per_day, ordinary,
            correspondents, is_service, must_change_password, uid_validity, uid_next, messages,
            octets)
        VALUES (?1, ?2, 0, NULL, NULL, '', NULL, 0, 0, ?3, 1, 0, 0)";
    let name = mailbox_name(&new.address);
    connection.execute(sql, params![name, new.address.as_str(), validity]).map_err(failure)?;
    change(connection, &new.address, &new.settings)?;
    Ok(Mailbox {
        address: new.address.clone(),
        settings: new.settings.clone(),
        uid_validity,
        uid_next: 1,
        messages: 0,
        octets: 0,
    })
}

/// Gives a mailbox other settings.
pub(super) fn change(
    connection: &Connection,
    address: &Address,
    settings: &Settings,
) -> Result<(), StoreError> {
    let sql = "UPDATE mailbox SET state = ?2, quota = ?3, recipients_per_day = ?4, ordinary = ?5,
            correspondents = ?6, is_service = ?7, must_change_password = ?8 WHERE name = ?1";
    let state = match settings.state {
        MailboxState::Active => 0,
        MailboxState::Suspended => 1,
    };
    let ordinary = match &settings.ordinary {
        OrdinaryPolicy::Refuse => "refuse".to_owned(),
        OrdinaryPolicy::Envelope => "envelope".to_owned(),
        OrdinaryPolicy::Forward(to) => format!("forward:{to}"),
    };
    let correspondents = match &settings.correspondents {
        Correspondents::All => None,
        Correspondents::Domains(domains) => Some(to_json("correspondents", domains)?),
    };
    let row = params![
        mailbox_name(address),
        state,
        settings.quota.map(signed).transpose()?,
        settings.recipients_per_day.map(signed).transpose()?,
        ordinary,
        correspondents,
        settings.is_service,
        settings.must_change_password,
    ];
    match connection.execute(sql, row).map_err(failure)? {
        0 => Err(StoreError::UnknownMailbox(address.clone())),
        _ => Ok(()),
    }
}

/// Removes a mailbox with all that is in it.
pub(super) fn remove(connection: &Connection, address: &Address) -> Result<bool, StoreError> {
    let sql = "DELETE FROM mailbox WHERE name = ?1";
    Ok(connection.execute(sql, [mailbox_name(address)]).map_err(failure)? > 0)
}

const COLUMNS: &str = "id, address, state, quota, recipients_per_day, ordinary, correspondents,
    is_service, must_change_password, uid_validity, uid_next, messages, octets";

/// A mailbox and its row.
pub(super) fn find(
    connection: &Connection,
    address: &Address,
) -> Result<Option<(i64, Mailbox)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE name = ?1");
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let mut rows = statement.query([mailbox_name(address)]).map_err(failure)?;
    rows.next().map_err(failure)?.map(to_mailbox).transpose()
}

fn require(connection: &Connection, address: &Address) -> Result<i64, StoreError> {
    match find(connection, address)? {
        Some((id, _)) => Ok(id),
        None => Err(StoreError::UnknownMailbox(address.clone())),
    }
}

/// The mailboxes after one.
pub(super) fn list(
    connection: &Connection,
    after: Option<&Address>,
    limit: u32,
) -> Result<Vec<Mailbox>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE name > ?1 ORDER BY name LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let after = after.map(mailbox_name).unwrap_or_default();
    let mut rows = statement.query(params![after, limit]).map_err(failure)?;
    let mut mailboxes = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        mailboxes.push(to_mailbox(row)?.1);
    }
    Ok(mailboxes)
}

fn to_mailbox(row: &Row<'_>) -> Result<(i64, Mailbox), StoreError> {
    let number = |column: usize| row.get::<_, i64>(column).map_err(failure);
    let limit = |column: usize| -> Result<Option<u64>, StoreError> {
        row.get::<_, Option<i64>>(column).map_err(failure)?.map(unsigned).transpose()
    };
    let ordinary: String = row.get(5).map_err(failure)?;
    let ordinary = match (ordinary.as_str(), ordinary.strip_prefix("forward:")) {
        ("refuse", _) => OrdinaryPolicy::Refuse,
        ("envelope", _) => OrdinaryPolicy::Envelope,
        (_, Some(to)) => OrdinaryPolicy::Forward(to_address(to.to_owned())?),
        (other, None) => return Err(StoreError::value("a policy for ordinary mail", other)),
    };
    let correspondents: Option<String> = row.get(6).map_err(failure)?;
    let correspondents = match correspondents {
        None => Correspondents::All,
        Some(domains) => Correspondents::Domains(from_json("correspondents", &domains)?),
    };
    let settings = Settings {
        state: if number(2)? == 0 { MailboxState::Active } else { MailboxState::Suspended },
        quota: limit(3)?,
        recipients_per_day: limit(4)?,
        ordinary,
        correspondents,
        is_service: number(7)? != 0,
        must_change_password: number(8)? != 0,
    };
    let mailbox = Mailbox {
        address: to_address(row.get(1).map_err(failure)?)?,
        settings,
        uid_validity: small(number(9)?)?,
        uid_next: small(number(10)?)?,
        messages: unsigned(number(11)?)?,
        octets: unsigned(number(12)?)?,
    };
    Ok((number(0)?, mailbox))
}

/// Whether an effect put its message into a mailbox already.
pub(super) fn holds(connection: &Connection, effect: &EffectId) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM message WHERE effect = ?1").map_err(failure)?;
    statement.exists([effect.as_str()]).map_err(failure)
}

/// Puts a message into a mailbox.
pub(super) fn deposit(
    connection: &Connection,
    id: i64,
    mailbox: &Mailbox,
    deposit: &Deposit,
    body: i64,
    octets: u64,
) -> Result<(), StoreError> {
    let next = mailbox.uid_next.checked_add(1).ok_or(StoreError::Range("a UID"))?;
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO message (mailbox, uid, body, flags, at, effect)
             VALUES (?1, ?2, ?3, 0, ?4, ?5)",
        )
        .map_err(failure)?;
    let (at, effect) = (micros(deposit.at), deposit.effect.as_str());
    statement.execute(params![id, mailbox.uid_next, body, at, effect]).map_err(failure)?;
    let mut statement = connection
        .prepare_cached(
            "UPDATE mailbox SET uid_next = ?2, messages = messages + 1, octets = octets + ?3
             WHERE id = ?1",
        )
        .map_err(failure)?;
    statement.execute(params![id, next, signed(octets)?]).map_err(failure)?;
    Ok(())
}

/// The messages of a mailbox from a UID on.
pub(super) fn messages(
    connection: &Connection,
    address: &Address,
    from: u32,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT message.uid, body.sha256, body.octets, message.flags, message.at, message.effect
             FROM mailbox JOIN message ON message.mailbox = mailbox.id
             JOIN body ON body.id = message.body
             WHERE mailbox.name = ?1 AND message.uid >= ?2 ORDER BY message.uid LIMIT ?3",
        )
        .map_err(failure)?;
    let mut rows = statement.query(params![mailbox_name(address), from, limit]).map_err(failure)?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let sha256: Vec<u8> = row.get(1).map_err(failure)?;
        messages.push(Message {
            uid: row.get(0).map_err(failure)?,
            body: reference(&sha256, row.get(2).map_err(failure)?)?,
            flags: Flags::from_bits(row.get(3).map_err(failure)?),
            at: instant(row.get(4).map_err(failure)?)?,
            effect: effect_id(row.get(5).map_err(failure)?)?,
        });
    }
    Ok(messages)
}

/// Changes the marks of messages; how many of them are there.
pub(super) fn set_flags(
    connection: &Connection,
    address: &Address,
    uids: &[u32],
    change: FlagChange,
) -> Result<u64, StoreError> {
    let id = require(connection, address)?;
    let (keep, set) = match change {
        FlagChange::Add(flags) => (u8::MAX, flags.bits()),
        FlagChange::Remove(flags) => (!flags.bits(), 0),
        FlagChange::Replace(flags) => (0, flags.bits()),
    };
    let mut statement = connection
        .prepare_cached(
            "UPDATE message SET flags = (flags & ?3) | ?4 WHERE mailbox = ?1 AND uid = ?2",
        )
        .map_err(failure)?;
    let mut count = 0_u64;
    for uid in uids {
        let changed = statement.execute(params![id, uid, keep, set]).map_err(failure)?;
        count = count.saturating_add(u64::try_from(changed).unwrap_or(u64::MAX));
    }
    Ok(count)
}

/// Removes messages; how many of them were there.
pub(super) fn expunge(
    connection: &Connection,
    address: &Address,
    uids: &[u32],
) -> Result<u64, StoreError> {
    let id = require(connection, address)?;
    let mut octets_of = connection
        .prepare_cached(
            "SELECT octets FROM body WHERE id = (SELECT body FROM message
             WHERE mailbox = ?1 AND uid = ?2)",
        )
        .map_err(failure)?;
    let mut statement = connection
        .prepare_cached("DELETE FROM message WHERE mailbox = ?1 AND uid = ?2")
        .map_err(failure)?;
    let mut smaller = connection
        .prepare_cached(
            "UPDATE mailbox SET messages = messages - 1, octets = octets - ?2 WHERE id = ?1",
        )
        .map_err(failure)?;
    let mut count = 0_u64;
    for uid in uids {
        let found = octets_of.query_row(params![id, uid], |row| row.get(0));
        let Some(octets): Option<i64> = found.optional().map_err(failure)? else { continue };
        statement.execute(params![id, uid]).map_err(failure)?;
        smaller.execute([id, octets]).map_err(failure)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

/// Sets a secret, or takes it away; whether something changed.
pub(super) fn set_credential(
    connection: &Connection,
    address: &Address,
    name: &str,
    secret: Option<&str>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let id = require(connection, address)?;
    let changed = match secret {
        Some(secret) => connection.execute(
            "INSERT INTO credential (mailbox, name, secret, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET secret = excluded.secret, at = excluded.at",
            params![id, name, secret, micros(at)],
        ),
        None => connection
            .execute("DELETE FROM credential WHERE mailbox = ?1 AND name = ?2", params![id, name]),
    };
    Ok(changed.map_err(failure)? > 0)
}

/// The secrets of a mailbox.
pub(super) fn credentials(
    connection: &Connection,
    address: &Address,
) -> Result<Vec<Credential>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT credential.name, secret, at FROM credential
             JOIN mailbox ON mailbox.id = credential.mailbox
             WHERE mailbox.name = ?1 ORDER BY credential.name",
        )
        .map_err(failure)?;
    let mut rows = statement.query([mailbox_name(address)]).map_err(failure)?;
    let mut credentials = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        credentials.push(Credential {
            name: row.get(0).map_err(failure)?,
            secret: row.get(1).map_err(failure)?,
            at: instant(row.get(2).map_err(failure)?)?,
        });
    }
    Ok(credentials)
}

/// Counts recipients against the limit of a mailbox.
pub(super) fn count(
    connection: &Connection,
    account: &Address,
    now: DateTime<Utc>,
    recipients: i64,
) -> Result<(), StoreError> {
    let Some((id, _)) = find(connection, account)? else { return Ok(()) };
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO rate (mailbox, hour, recipients) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients",
        )
        .map_err(failure)?;
    let hour = now.timestamp().div_euclid(HOUR_SECONDS);
    statement.execute([id, hour, recipients]).map_err(failure)?;
    Ok(())
}

/// The recipients since an instant, in whole hours.
pub(super) fn recipients_since(
    connection: &Connection,
    address: &Address,
    since: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT coalesce(sum(recipients), 0) FROM rate JOIN mailbox ON mailbox.id = rate.mailbox
             WHERE mailbox.name = ?1 AND hour >= ?2",
        )
        .map_err(failure)?;
    let hour = since.timestamp().div_euclid(HOUR_SECONDS);
    let sum = statement.query_row(params![mailbox_name(address), hour], |row| row.get(0));
    unsigned(sum.map_err(failure)?)
}
