//! What every state keeps: what the shell has still to answer, and which receipts were read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use serde::{Deserialize, Serialize};

use super::Illegal;
use crate::{Digest, EffectId, MessageRef};

/// Something that the shell was asked for and answers with a [`Report`](crate::Report). Signing,
/// quarantine, withdrawal and alarms are not here: nothing depends on their outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Task {
    /// A relay.
    Relay {
        /// What is sent.
        cargo: Cargo,
        /// The recipients for whom no answer has come.
        recipients: Vec<Address>,
    },
    /// A deposit.
    Deposit {
        /// What is put there.
        cargo: Cargo,
        /// The mailbox.
        mailbox: Address,
        /// Its octets.
        message: MessageRef,
    },
}

/// What a message on its way is, as far as its outcome is concerned. Closed: the outcome of an
/// envelope is certified, that of receipts alarms somebody, that of other mail is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cargo {
    /// A transport envelope.
    Envelope,
    /// A receipt or notice.
    Receipt,
    /// An anomaly envelope, or ordinary mail as it is.
    Mail,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ledger {
    seen_at: DateTime<Utc>,
    outstanding: BTreeMap<EffectId, Task>,
    read: BTreeSet<Digest>,
}

impl Ledger {
    pub(super) const fn new(seen_at: DateTime<Utc>) -> Self {
        Self { seen_at, outstanding: BTreeMap::new(), read: BTreeSet::new() }
    }

    pub(super) const fn seen_at(&self) -> DateTime<Utc> {
        self.seen_at
    }

    /// Instants never decrease inside one state.
    pub(super) fn see(&mut self, at: DateTime<Utc>) {
        self.seen_at = self.seen_at.max(at);
    }

    pub(super) fn outstanding(&self) -> impl Iterator<Item = (&EffectId, &Task)> {
        self.outstanding.iter()
    }

    pub(super) fn task(&self, effect: &EffectId) -> Option<&Task> {
        self.outstanding.get(effect)
    }

    pub(super) fn has_read(&self, content: &Digest) -> bool {
        self.read.contains(content)
    }

    pub(super) fn receipts_read(&self) -> usize {
        self.read.len()
    }

    pub(super) fn ask(&mut self, effect: &EffectId, task: &Task) -> Result<(), Illegal> {
        if self.outstanding.contains_key(effect) {
            return Err(Illegal::AskedBefore(effect.clone()));
        }
        self.outstanding.insert(effect.clone(), task.clone());
        Ok(())
    }

    /// Takes the recipient from the relay; the last one takes the relay with it.
    pub(super) fn answer(&mut self, effect: &EffectId, to: &Address) -> Result<(), Illegal> {
        let Some(Task::Relay { recipients, .. }) = self.outstanding.get_mut(effect) else {
            return Err(Illegal::NotAsked(effect.clone()));
        };
        let before = recipients.len();
        recipients.retain(|recipient| !recipient.is_same_mailbox(to));
        if recipients.len() == before {
            return Err(Illegal::NoRecipient(to.clone()));
        }
        if recipients.is_empty() {
            self.outstanding.remove(effect);
        }
        Ok(())
    }

    pub(super) fn settle(&mut self, effect: &EffectId) -> Result<(), Illegal> {
        let found = self.outstanding.remove(effect);
        found.map(|_| ()).ok_or_else(|| Illegal::NotAsked(effect.clone()))
    }

    pub(super) fn read(&mut self, content: Digest, at: DateTime<Utc>) -> Result<(), Illegal> {
        if !self.read.insert(content) {
            return Err(Illegal::ReadBefore);
        }
        self.see(at);
        Ok(())
    }
}
