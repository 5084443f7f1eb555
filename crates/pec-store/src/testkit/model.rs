//! What a store should hold, in the plainest form that can be.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use pec_gestore::log::Record;
use pec_gestore::{
    Action, BodyRef, Effect, EffectId, Key, MailboxState, MessageRef, Plan, Snapshot,
};

use crate::mailbox::{FlagChange, Flags, Settings};
use crate::{Lease, LeaseRequest, PutOff, Worker};

/// An effect that is not finished.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) key: Key,
    pub(super) effect: Effect,
    pub(super) due: DateTime<Utc>,
    pub(super) worker: Option<Worker>,
    pub(super) attempts: u32,
}

/// A mailbox.
#[derive(Clone, Debug, Default)]
pub(super) struct Box {
    pub(super) settings: Settings,
    pub(super) uid_next: u32,
    pub(super) messages: BTreeMap<u32, (BodyRef, Flags)>,
}

/// A whole store.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) states: BTreeMap<Key, Snapshot>,
    pub(super) deadlines: BTreeMap<Key, DateTime<Utc>>,
    pub(super) outbox: Vec<Open>,
    pub(super) known: BTreeSet<EffectId>,
    pub(super) sealed: BTreeMap<EffectId, BodyRef>,
    pub(super) boxes: BTreeMap<String, Box>,
    pub(super) log: Vec<Record>,
}

impl Model {
    /// What [`Store::commit`](crate::Store::commit) does; `false`: the plan is stale.
    pub(super) fn commit(
        &mut self,
        plan: &Plan,
        now: DateTime<Utc>,
        lease: Option<&(Worker, DateTime<Utc>)>,
    ) -> bool {
        let version = self.states.get(plan.key()).map(|snapshot| snapshot.version);
        if version != plan.based_on() || !plan.deposits().iter().all(|one| self.fits(one)) {
            return false;
        }
        if plan.is_empty() {
            return true;
        }
        let key = plan.key().clone();
        if let Some(state) = plan.state() {
            let version = version.unwrap_or_default().saturating_add(1);
            self.states.insert(key.clone(), Snapshot { version, state: state.clone() });
            match plan.deadline() {
                Some(at) => _ = self.deadlines.insert(key.clone(), at),
                None => _ = self.deadlines.remove(&key),
            }
        }
        for deposit in plan.deposits() {
            let body = self.octets(&deposit.message).unwrap();
            let mailbox = self.boxes.get_mut(deposit.mailbox.as_str()).unwrap();
            mailbox.messages.insert(mailbox.uid_next, (body, Flags::NONE));
            mailbox.uid_next = mailbox.uid_next.saturating_add(1);
        }
        for effect in plan.effects() {
            if self.known.insert(effect.id.clone()) {
                self.outbox.push(Open {
                    key: key.clone(),
                    effect: effect.clone(),
                    due: lease.map_or(now, |(_, until)| *until),
                    worker: lease.map(|(worker, _)| worker.clone()),
                    attempts: 0,
                });
            }
            if let Action::Withdraw(target) = &effect.action {
                self.outbox.retain(|open| open.effect.id != *target);
            }
        }
        self.outbox.retain(|open| !plan.finished().contains(&open.effect.id));
        self.log.extend_from_slice(plan.log());
        true
    }

    fn octets(&self, message: &MessageRef) -> Option<BodyRef> {
        match message {
            MessageRef::Body(body) => Some(*body),
            MessageRef::Sealed(effect) => self.sealed.get(effect).copied(),
        }
    }

    fn fits(&self, deposit: &pec_gestore::Deposit) -> bool {
        let Some(mailbox) = self.boxes.get(deposit.mailbox.as_str()) else { return false };
        let octets = self.octets(&deposit.message).map_or(0, |body| body.octets);
        let full = mailbox.octets().saturating_add(octets);
        mailbox.settings.state == MailboxState::Active
            && mailbox.settings.quota.is_none_or(|quota| full <= quota)
    }

    /// What [`Store::lease`](crate::Store::lease) gives.
    pub(super) fn lease(&mut self, request: &LeaseRequest) -> Vec<Lease> {
        let sealed = &self.sealed;
        let is_ready = |open: &Open| {
            open.due <= request.now
                && match &open.effect.action {
                    Action::Relay { message: MessageRef::Sealed(seal), .. }
                    | Action::Deposit { message: MessageRef::Sealed(seal), .. } => {
                        sealed.contains_key(seal)
                    }
                    _ => true,
                }
        };
        let mut ready: Vec<&mut Open> =
            self.outbox.iter_mut().filter(|open| is_ready(open)).collect();
        // The longest due first; the outbox is in the order of making, and stays so for equals.
        ready.sort_by_key(|open| open.due);
        ready.truncate(usize::try_from(request.limit).unwrap());
        let mut ids = BTreeSet::new();
        for open in ready {
            open.worker = Some(request.worker.clone());
            open.due = request.until;
            open.attempts = open.attempts.saturating_add(1);
            ids.insert(open.effect.id.clone());
        }
        let leased = self.outbox.iter().filter(|open| ids.contains(&open.effect.id));
        leased
            .map(|open| Lease {
                key: open.key.clone(),
                effect: open.effect.clone(),
                attempts: open.attempts.saturating_sub(1),
            })
            .collect()
    }

    fn leased(&mut self, effect: &EffectId, worker: &Worker) -> Option<&mut Open> {
        let mut outbox = self.outbox.iter_mut();
        outbox.find(|open| open.effect.id == *effect && open.worker.as_ref() == Some(worker))
    }

    /// What [`Store::renew`](crate::Store::renew) does.
    pub(super) fn renew(
        &mut self,
        worker: &Worker,
        effect: &EffectId,
        until: DateTime<Utc>,
    ) -> bool {
        self.leased(effect, worker).map(|open| open.due = until).is_some()
    }

    /// What [`Store::put_off`](crate::Store::put_off) does.
    pub(super) fn put_off(&mut self, put_off: &PutOff) -> bool {
        let Some(open) = self.leased(&put_off.effect, &put_off.worker) else { return false };
        (open.due, open.worker) = (put_off.due, None);
        if let (Some(remaining), Action::Relay { envelope, .. }) =
            (&put_off.remaining, &mut open.effect.action)
        {
            envelope.forward_paths.retain(|path| remaining.contains(path));
        }
        true
    }

    /// What [`Store::release`](crate::Store::release) does.
    pub(super) fn release(&mut self, worker: &Worker, now: DateTime<Utc>) -> u64 {
        let mut count = 0_u64;
        for open in self.outbox.iter_mut().filter(|open| open.worker.as_ref() == Some(worker)) {
            (open.due, open.worker) = (now, None);
            count = count.saturating_add(1);
        }
        count
    }

    /// The next instant at which something is due.
    pub(super) fn next_wake(&self) -> Option<DateTime<Utc>> {
        self.deadlines.values().copied().chain(self.outbox.iter().map(|open| open.due)).min()
    }
}

impl Box {
    /// An empty mailbox.
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, uid_next: 1, messages: BTreeMap::new() }
    }

    /// How much is in it.
    pub(super) fn octets(&self) -> u64 {
        self.messages.values().map(|(body, _)| body.octets).sum()
    }

    /// What [`Store::set_flags`](crate::Store::set_flags) does.
    pub(super) fn set_flags(&mut self, uids: &[u32], change: FlagChange) -> u64 {
        let mut count = 0_u64;
        for uid in uids {
            if let Some((_, flags)) = self.messages.get_mut(uid) {
                *flags = match change {
                    FlagChange::Add(more) => *flags | more,
                    FlagChange::Remove(less) => Flags::from_bits(flags.bits() & !less.bits()),
                    FlagChange::Replace(all) => all,
                };
                count = count.saturating_add(1);
            }
        }
        count
    }

    /// What [`Store::expunge`](crate::Store::expunge) does.
    pub(super) fn expunge(&mut self, uids: &[u32]) -> u64 {
        let before = self.messages.len();
        self.messages.retain(|uid, _| !uids.contains(uid));
        u64::try_from(before.saturating_sub(self.messages.len())).unwrap()
    }
}
