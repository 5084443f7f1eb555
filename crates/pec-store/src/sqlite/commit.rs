//! A plan, in one savepoint.

use pec_daticert::Address;
use pec_gestore::{Action, Change, Deposit, Effect, EffectId, Key, MailboxState, MessageRef};
use rusqlite::{Connection, OptionalExtension, params};

use super::code::{failure, micros, role, signed, small, unsigned};
use super::{bodies, journal, mailboxes, outbox};
use crate::encoded::{Encoded, Value};
use crate::{Commit, CommitError, Committed, Stale, StoreError};

/// A state as it is stored.
struct Stored {
    id: i64,
    version: u64,
}

/// Makes a plan durable, or says why not. The caller's savepoint undoes what an error leaves.
pub(super) fn apply(
    connection: &Connection,
    node: &str,
    encoded: &Encoded,
) -> Result<Committed, CommitError> {
    let commit = &encoded.commit;
    let plan = &commit.plan;
    let stored = find(connection, plan.key())?;
    let found = stored.as_ref().map(|stored| stored.version);
    if found != plan.based_on() {
        let reason = Stale::Version { based_on: plan.based_on(), found };
        return Err(CommitError::Stale { key: plan.key().clone(), reason });
    }
    if plan.is_empty() {
        for put_off in &commit.put_off {
            outbox::put_off(connection, put_off)?;
        }
        let reply = plan.reply().cloned();
        return Ok(Committed { reply, effects: Vec::new(), version: found });
    }
    for body in &commit.bodies {
        bodies::insert(connection, body)?;
    }
    let state = write_state(connection, encoded, stored)?;
    for deposit in plan.deposits() {
        write_deposit(connection, plan.key(), deposit)?;
    }
    let effects = write_effects(connection, encoded, state.as_ref())?;
    for effect in plan.finished() {
        outbox::finish(connection, effect, commit.now)?;
    }
    for put_off in &commit.put_off {
        outbox::put_off(connection, put_off)?;
    }
    journal::append(connection, node, plan.log(), &encoded.records)?;
    count_recipients(connection, commit)?;
    let version = state.map(|state| state.version);
    Ok(Committed { reply: plan.reply().cloned(), effects, version })
}

fn find(connection: &Connection, key: &Key) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT id, version FROM state WHERE msgid = ?1 AND provider = ?2 AND role = ?3",
        )
        .map_err(failure)?;
    let found = statement
        .query_row(params![key.id, key.provider, role(key.role)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(failure)?;
    let Some((id, version)) = found else { return Ok(None) };
    Ok(Some(Stored { id, version: unsigned(version)? }))
}

/// The state, its changes, and the bodies that it names. A plan without state leaves the stored
/// one.
fn write_state(
    connection: &Connection,
    encoded: &Encoded,
    stored: Option<Stored>,
) -> Result<Option<Stored>, StoreError> {
    let commit = &encoded.commit;
    let plan = &commit.plan;
    let (Some(state), Some(Value { json, bodies })) = (plan.state(), &encoded.state) else {
        return Ok(stored);
    };
    let (key, now) = (plan.key(), micros(commit.now));
    let deadline = plan.deadline().map(micros);
    let stored = match stored {
        Some(Stored { id, version }) => {
            let version = version.saturating_add(1);
            let mut statement = connection
                .prepare_cached(
                    "UPDATE state SET version = ?2, value = ?3, deadline = ?4, is_closed = ?5,
                     changed_at = ?6 WHERE id = ?1",
                )
                .map_err(failure)?;
            let row = params![id, signed(version)?, json, deadline, state.is_closed(), now];
            statement.execute(row).map_err(failure)?;
            Stored { id, version }
        }
        None => {
            let mut statement = connection
                .prepare_cached(
                    "INSERT INTO state (role, provider, msgid, version, value, deadline, is_closed,
                        changed_at) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7)",
                )
                .map_err(failure)?;
            let (role, is_closed) = (role(key.role), state.is_closed());
            statement
                .execute(params![role, key.provider, key.id, json, deadline, is_closed, now])
                .map_err(failure)?;
            Stored { id: connection.last_insert_rowid(), version: 1 }
        }
    };
    write_changes(connection, stored.id, &encoded.changes)?;
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO state_body (state, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )
        .map_err(failure)?;
    for body in bodies {
        let body = bodies::require(connection, body)?;
        statement.execute([stored.id, body]).map_err(failure)?;
    }
    Ok(Some(stored))
}

fn write_changes(
    connection: &Connection,
    state: i64,
    changes: &[String],
) -> Result<(), StoreError> {
    let mut next = connection
        .prepare_cached("SELECT coalesce(max(number), 0) FROM change WHERE state = ?1")
        .map_err(failure)?;
    let mut number: i64 = next.query_row([state], |row| row.get(0)).map_err(failure)?;
    let mut statement = connection
        .prepare_cached("INSERT INTO change (state, number, value) VALUES (?1, ?2, ?3)")
        .map_err(failure)?;
    for change in changes {
        number = number.saturating_add(1);
        statement.execute(params![state, number, change]).map_err(failure)?;
    }
    Ok(())
}

/// A row of a mailbox: once for each effect, and only while the mailbox can take it.
fn write_deposit(connection: &Connection, key: &Key, deposit: &Deposit) -> Result<(), CommitError> {
    let stale = |address: &Address| CommitError::Stale {
        key: key.clone(),
        reason: Stale::Mailbox(address.clone()),
    };
    let (body, octets) = match &deposit.message {
        MessageRef::Body(body) => (bodies::require(connection, body)?, body.octets),
        MessageRef::Sealed(effect) => outbox::sealed_row(connection, effect)?
            .ok_or_else(|| StoreError::UnknownSealed(effect.clone()))?,
    };
    let Some((id, mailbox)) = mailboxes::find(connection, &deposit.mailbox)? else {
        return Err(stale(&deposit.mailbox));
    };
    if mailboxes::holds(connection, &deposit.effect)? {
        return Ok(());
    }
    let settings = &mailbox.settings;
    let full = settings.quota.is_some_and(|quota| mailbox.octets.saturating_add(octets) > quota);
    if full || settings.state != MailboxState::Active {
        return Err(stale(&deposit.mailbox));
    }
    mailboxes::deposit(connection, id, &mailbox, deposit, body, octets)?;
    Ok(())
}

/// The effects, and which of them are new.
fn write_effects(
    connection: &Connection,
    encoded: &Encoded,
    state: Option<&Stored>,
) -> Result<Vec<Effect>, StoreError> {
    let commit = &encoded.commit;
    let plan = &commit.plan;
    let mut new = Vec::new();
    for (effect, action) in plan.effects().iter().zip(&encoded.actions) {
        let row = outbox::New {
            name: &effect.id,
            action,
            key: &encoded.key,
            state: state.map(|state| state.id),
            needs: needs(&effect.action),
            due: commit.lease.as_ref().map_or(commit.now, |(_, until)| *until),
            worker: commit.lease.as_ref().map(|(worker, _)| worker),
        };
        if outbox::insert(connection, &row)? {
            new.push(effect.clone());
        }
        if let Action::Withdraw(target) = &effect.action {
            outbox::finish(connection, target, commit.now)?;
        }
    }
    Ok(new)
}

/// The sealed octets that an action sends.
const fn needs(action: &Action) -> Option<&EffectId> {
    match action {
        Action::Relay { message: MessageRef::Sealed(seal), .. }
        | Action::Deposit { message: MessageRef::Sealed(seal), .. } => Some(seal),
        _ => None,
    }
}

/// What an account writes counts against its limit.
fn count_recipients(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    for change in commit.plan.changes() {
        if let Change::Accepted(accepted) = change {
            let recipients = accepted.data.header.recipients.iter().count();
            let recipients = small(i64::try_from(recipients).unwrap_or(i64::MAX))?;
            mailboxes::count(connection, &accepted.account, commit.now, recipients)?;
        }
    }
    Ok(())
}
