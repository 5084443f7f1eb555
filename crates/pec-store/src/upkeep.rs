//! What an operator asks for: whether all is right, and what may go.

use std::sync::Arc;

use chrono::{DateTime, Months, TimeDelta, Utc};
use object_store::ObjectStore;
use pec_daticert::Address;
use pec_gestore::log::audit::{AuditOptions, AuditReport, Auditor};
use pec_gestore::{BodyRef, Digest, EffectId, Key};

use crate::body::Objects;
use crate::engine::{Collected, Held, Write, Written};
use crate::{Body, Pending, Store, StoreError};

/// So many rows are looked at in one transaction of the collector.
const COLLECTED_ROWS: u32 = 10_000;
/// So many records are read in one reading of an audit.
const AUDITED_RECORDS: u32 = 1000;

/// Something in the store that is not as it was written. Nothing is repaired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The database finds itself damaged.
    #[error("database: {0}")]
    Database(String),
    /// A row names another that is not there.
    #[error("table {table}, row {row}: it names a row of {parent} that is not there")]
    Reference {
        /// The table.
        table: String,
        /// Its row.
        row: i64,
        /// The table of the missing row.
        parent: String,
    },
    /// The octets of a body are not those of its digest, or are not there.
    #[error("body {:?}: its octets are damaged or gone", .0.sha256)]
    Body(BodyRef),
    /// The octets of an infected message are not those of its digest, or are not there.
    #[error("quarantine {0}: its octets are damaged or gone")]
    Quarantine(EffectId),
    /// A state cannot be read.
    #[error("state {0}: {1}")]
    State(Key, String),
    /// The changes of a state make another state than the one that is stored.
    #[error("state {0}: its changes make another one")]
    Changes(Key),
    /// An effect cannot be read.
    #[error("effect {0}: {1}")]
    Effect(EffectId, String),
    /// A mailbox counts other messages than it has, or has one beyond its next UID.
    #[error("mailbox {0}: {1}")]
    Mailbox(Address, &'static str),
    /// A record of the log cannot be read.
    #[error("log of {node}, record {number}: {reason}")]
    Record {
        /// The node.
        node: String,
        /// The record.
        number: u64,
        /// Why.
        reason: String,
    },
    /// A record of the log is missing, or its hash is not that of its chain.
    #[error("log of {node}, record {number}: the chain is broken")]
    Chain {
        /// The node.
        node: String,
        /// The first record that does not fit.
        number: u64,
    },
    /// A closure does not name the one before, or a record that is there has another hash.
    #[error("closure {0}: it does not fit the log")]
    Closure(u64),
}

/// What may go when. The defaults keep what the norm wants kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurgePolicy {
    /// States that rest for so long are archived, and octets that were only sent go: 30 days.
    /// Messages in mailboxes stay.
    pub transmissions: TimeDelta,
    /// The log is kept for so long, and archived states: 30 months (RFC 6109 §2.3).
    pub log: Months,
    /// At most so many rows of each kind in one transaction, which others wait for: 1000.
    pub rows: u32,
}

impl Default for PurgePolicy {
    fn default() -> Self {
        let transmissions = TimeDelta::try_days(30).unwrap_or_default();
        Self { transmissions, log: Months::new(30), rows: 1000 }
    }
}

impl PurgePolicy {
    /// What rests since before this instant is archived.
    pub(crate) fn transmissions_before(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_signed(self.transmissions).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// What was closed before this instant is past its months.
    pub(crate) fn log_before(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_months(self.log).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

/// What a purge removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// States that were archived.
    pub states: u64,
    /// Effects that belonged to no state.
    pub effects: u64,
    /// Sealed octets that were only sent.
    pub sealed: u64,
    /// Archived states past their months.
    pub archived: u64,
    /// Records of the log past their months, all of closed intervals.
    pub records: u64,
    /// Infected messages past their time.
    pub quarantined: u64,
    /// Whether nothing more may go at this instant: [`Store::purge`] goes on until then.
    pub is_complete: bool,
    /// The octets in the quarantine that no row names any more.
    pub(crate) quarantine: Vec<Digest>,
}

impl Purged {
    fn add(&mut self, step: Self) {
        let Self { states, effects, sealed, archived, records, quarantined, .. } = step;
        self.states = self.states.saturating_add(states);
        self.effects = self.effects.saturating_add(effects);
        self.sealed = self.sealed.saturating_add(sealed);
        self.archived = self.archived.saturating_add(archived);
        self.records = self.records.saturating_add(records);
        self.quarantined = self.quarantined.saturating_add(quarantined);
    }
}

impl Store {
    /// Reads everything and says what is not as it was written; an empty list is good news. It
    /// repairs nothing. Whoever writes meanwhile is not kept waiting.
    pub fn check(&self) -> Pending<Vec<Fault>> {
        let store = self.clone();
        Pending::new(async move {
            let judged = store.with_reader(|reader| {
                let mut held = Vec::new();
                let faults = reader.check(&mut |one| held.push(one))?;
                Ok((faults, held))
            });
            let (mut faults, held) = judged.await?;
            for held in held {
                faults.extend(store.check_held(held).await?);
            }
            Ok(faults)
        })
    }

    /// Judges what the log says by the audit invariants (norms §2.2): [`check`](Self::check) judges
    /// only that it is whole.
    pub fn audit(&self, options: AuditOptions) -> Pending<AuditReport> {
        let store = self.clone();
        Pending::new(async move {
            let (mut auditor, mut line) = (Auditor::new(options), 0_u64);
            for head in store.read(|view| view.heads()).await? {
                let mut next = 1;
                loop {
                    let node = head.node.clone();
                    let page = store.read(move |view| view.log(&node, next, AUDITED_RECORDS));
                    let page = page.await?;
                    let Some(last) = page.last() else { break };
                    next = last.number.saturating_add(1);
                    for entry in &page {
                        line = line.saturating_add(1);
                        auditor.read_record(line, &entry.record);
                    }
                }
            }
            Ok(auditor.finish())
        })
    }

    async fn check_held(&self, held: Held) -> Result<Option<Fault>, StoreError> {
        let (read, fault) = match held {
            Held::Body(body) => (self.read_body(&body).await, Fault::Body(body)),
            Held::Quarantine(effect, message) => {
                (self.read_quarantined(&message).await, Fault::Quarantine(effect))
            }
        };
        match read {
            Ok(_) => Ok(None),
            // It was there when the check began, and was removed since.
            Err(StoreError::UnknownBody(_)) => Ok(None),
            Err(StoreError::DamagedBody(_)) => Ok(Some(fault)),
            Err(error) => Err(error),
        }
    }

    /// Archives a state now; `false` unless it is closed and nothing is left to do for it.
    pub fn archive(&self, key: &Key, now: DateTime<Utc>) -> Pending<bool> {
        self.write(Write::Archive(key.clone(), now), |written| match written {
            Written::Changed(changed) => Some(changed),
            _ => None,
        })
    }

    /// Removes what is old enough. The bodies that become free are left to
    /// [`collect`](Self::collect).
    pub fn purge(&self, policy: PurgePolicy, now: DateTime<Utc>) -> Pending<Purged> {
        let store = self.clone();
        Pending::new(async move {
            let mut all = Purged::default();
            loop {
                let step = store.write(Write::Purge(policy, now), |written| match written {
                    Written::Purged(purged) => Some(*purged),
                    _ => None,
                });
                let step = step.await?;
                let objects = &store.inner.objects;
                let quarantine = Arc::clone(&objects.quarantine);
                for digest in &step.quarantine {
                    let path = Objects::quarantine_path(*digest);
                    store.remove_unnamed(quarantine.as_ref(), *digest, &path).await?;
                }
                let is_complete = step.is_complete;
                all.add(step);
                if is_complete {
                    all.is_complete = true;
                    return Ok(all);
                }
            }
        })
    }

    /// Removes bodies that nothing names any more, and objects that no body names: of messages that
    /// were refused, or of a process that died. How many bodies and objects that were.
    pub fn collect(&self) -> Pending<(u64, u64)> {
        let store = self.clone();
        Pending::new(async move {
            let (mut bodies, mut objects) = (0_u64, 0_u64);
            // Twice: a body that others share is free only after those that share it.
            for _ in 0..2 {
                let mut after = Some(0);
                while let Some(row) = after {
                    let step = store.collect_rows(row).await?;
                    bodies = bodies.saturating_add(step.bodies);
                    after = step.next;
                }
            }
            let local = Arc::clone(&store.inner.objects.bodies);
            for digest in store.inner.objects.list(local.as_ref()).await? {
                let path = Objects::path(digest);
                if store.remove_unnamed(local.as_ref(), digest, &path).await? {
                    objects = objects.saturating_add(1);
                }
            }
            Ok((bodies, objects))
        })
    }

    /// Removes the octets of a body that came to nothing, as of a message that was refused, at once
    /// and not with the next [`collect`](Self::collect); whether it did. What a row names, or
    /// another body of the same octets is about to bring, stays.
    pub fn discard(&self, body: Body) -> Pending<bool> {
        let store = self.clone();
        Pending::new(async move {
            let (digest, is_object) = (body.reference.sha256, body.is_object());
            // Its own pin would keep it.
            drop(body);
            if !is_object {
                return Ok(false);
            }
            let bodies = Arc::clone(&store.inner.objects.bodies);
            store.remove_unnamed(bodies.as_ref(), digest, &Objects::path(digest)).await
        })
    }

    fn collect_rows(&self, after: i64) -> Pending<Collected> {
        self.write(Write::Collect(after, COLLECTED_ROWS), |written| match written {
            Written::Collected(collected) => Some(collected),
            _ => None,
        })
    }

    /// Removes an object unless a row names it or is about to; whether it did.
    async fn remove_unnamed(
        &self,
        store: &dyn ObjectStore,
        digest: Digest,
        path: &object_store::path::Path,
    ) -> Result<bool, StoreError> {
        let objects = Arc::clone(&self.inner.objects);
        // Asked under the claim: a row that appears later belongs to a writer that waits for it.
        let Some(claim) = objects.claim(digest).await else { return Ok(false) };
        if self.read(move |view| view.names_object(digest)).await? {
            return Ok(false);
        }
        objects.delete(store, path).await?;
        drop(claim);
        Ok(true)
    }
}
