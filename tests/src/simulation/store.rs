//! What a gestore keeps: the promises of a store, and one that keeps them in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pec_gestore::log::Record;
use pec_gestore::{
    BodyRef, Change, Deposit, Digest, Effect, EffectId, Key, Plan, Reply, Snapshot, State,
};
use sha2::{Digest as _, Sha256};

/// The octets of a message.
pub type Octets = Arc<[u8]>;

/// What a gestore keeps. Everything that a method did when it returns outlives a crash.
pub trait SimStore {
    /// The state of a key.
    fn load(&self, key: &Key) -> Option<Snapshot>;

    /// Makes a plan durable, as a whole, and says what was made so.
    ///
    /// # Errors
    /// [`Stale`]: the state has changed since the plan was made; nothing happened.
    fn commit(&mut self, plan: &Plan) -> Result<Transaction, Stale>;

    /// All changes of a state since it began.
    fn changes(&self, key: &Key) -> Vec<Change>;

    /// Keeps a message.
    fn put_body(&mut self, octets: Octets) -> BodyRef;

    /// A message that was kept.
    fn body(&self, body: &BodyRef) -> Option<Octets>;

    /// Keeps the octets that an effect signed, unless there are some already; what is kept.
    fn seal(&mut self, effect: &EffectId, octets: Octets) -> BodyRef;

    /// What an effect signed.
    fn sealed(&self, effect: &EffectId) -> Option<BodyRef>;

    /// The effects that are to be done.
    fn outbox(&self) -> Vec<(Key, Effect)>;

    /// One effect that is to be done.
    fn wanted(&self, effect: &EffectId) -> Option<(Key, Effect)>;

    /// The states that want to be looked at, and when.
    fn deadlines(&self) -> Vec<(DateTime<Utc>, Key)>;

    /// When a state wants to be looked at.
    fn deadline(&self, key: &Key) -> Option<DateTime<Utc>>;

    /// The rows of all mailboxes.
    fn rows(&self) -> &[Deposit];

    /// The log.
    fn log(&self) -> &[Record];

    /// Archives a state: its octets go, its log stays.
    fn archive(&mut self, key: &Key);

    /// Forgets a message that came from outside.
    fn forget_body(&mut self, body: &BodyRef);

    /// The process dies: what is not durable goes.
    fn crash(&mut self);
}

/// The plan was made from another state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale;

/// What was committed: the parts of a [`Plan`].
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The state that it is for.
    pub key: Key,
    /// The version that it was made from.
    pub based_on: Option<u64>,
    /// What happens to the state.
    pub changes: Vec<Change>,
    /// The state afterwards.
    pub state: Option<State>,
    /// What the client is told.
    pub reply: Option<Reply>,
    /// What is logged.
    pub log: Vec<Record>,
    /// Rows of mailboxes.
    pub deposits: Vec<Deposit>,
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// What need not be done any more.
    pub finished: Vec<EffectId>,
    /// When to look at the state again.
    pub deadline: Option<DateTime<Utc>>,
}

impl From<&Plan> for Transaction {
    fn from(plan: &Plan) -> Self {
        Self {
            key: plan.key().clone(),
            based_on: plan.based_on(),
            changes: plan.changes().to_vec(),
            state: plan.state().cloned(),
            reply: plan.reply().cloned(),
            log: plan.log().to_vec(),
            deposits: plan.deposits().to_vec(),
            effects: plan.effects().to_vec(),
            finished: plan.finished().to_vec(),
            deadline: plan.deadline(),
        }
    }
}

/// A store in memory. A crash takes nothing from it: all that it holds counts as durable.
#[derive(Debug, Default)]
pub struct MemoryStore {
    states: BTreeMap<Key, Kept>,
    bodies: HashMap<BodyRef, Octets>,
    sealed: HashMap<EffectId, BodyRef>,
    outbox: BTreeMap<EffectId, (Key, Effect)>,
    done: BTreeSet<EffectId>,
    deposited: BTreeSet<EffectId>,
    rows: Vec<Deposit>,
    log: Vec<Record>,
}

#[derive(Debug)]
struct Kept {
    version: u64,
    state: State,
    changes: Vec<Change>,
    deadline: Option<DateTime<Utc>>,
}

impl MemoryStore {
    /// Makes a transaction durable, whoever made it up.
    ///
    /// # Errors
    /// [`Stale`], as [`SimStore::commit`].
    pub fn commit_transaction(&mut self, transaction: &Transaction) -> Result<(), Stale> {
        let key = &transaction.key;
        if self.states.get(key).map(|kept| kept.version) != transaction.based_on {
            return Err(Stale);
        }
        if let Some(state) = &transaction.state {
            let version = transaction.based_on.unwrap_or_default() + 1;
            let mut changes = self.states.remove(key).map(|kept| kept.changes).unwrap_or_default();
            changes.extend(transaction.changes.iter().cloned());
            let (state, deadline) = (state.clone(), transaction.deadline);
            self.states.insert(key.clone(), Kept { version, state, changes, deadline });
        }
        for effect in &transaction.effects {
            if !self.done.contains(&effect.id) {
                let wanted = || (key.clone(), effect.clone());
                self.outbox.entry(effect.id.clone()).or_insert_with(wanted);
            }
        }
        for effect in &transaction.finished {
            self.outbox.remove(effect);
            self.done.insert(effect.clone());
        }
        for row in &transaction.deposits {
            if self.deposited.insert(row.effect.clone()) {
                self.rows.push(row.clone());
            }
        }
        self.log.extend(transaction.log.iter().cloned());
        Ok(())
    }
}

/// Ways to break it, for [`sabotage`](super::sabotage).
impl MemoryStore {
    pub(super) fn unseal(&mut self, effect: &EffectId) {
        self.sealed.remove(effect);
    }

    pub(super) fn lose_outbox(&mut self) {
        self.outbox.clear();
    }

    pub(super) fn lose_timers(&mut self) {
        self.states.values_mut().for_each(|kept| kept.deadline = None);
    }
}

impl SimStore for MemoryStore {
    fn load(&self, key: &Key) -> Option<Snapshot> {
        let kept = self.states.get(key)?;
        Some(Snapshot { version: kept.version, state: kept.state.clone() })
    }

    fn commit(&mut self, plan: &Plan) -> Result<Transaction, Stale> {
        let transaction = Transaction::from(plan);
        self.commit_transaction(&transaction).map(|()| transaction)
    }

    fn changes(&self, key: &Key) -> Vec<Change> {
        self.states.get(key).map(|kept| kept.changes.clone()).unwrap_or_default()
    }

    fn put_body(&mut self, octets: Octets) -> BodyRef {
        let body = body_ref(&octets);
        self.bodies.entry(body).or_insert(octets);
        body
    }

    fn body(&self, body: &BodyRef) -> Option<Octets> {
        self.bodies.get(body).cloned()
    }

    fn seal(&mut self, effect: &EffectId, octets: Octets) -> BodyRef {
        if let Some(known) = self.sealed.get(effect) {
            return *known;
        }
        let body = self.put_body(octets);
        self.sealed.insert(effect.clone(), body);
        body
    }

    fn sealed(&self, effect: &EffectId) -> Option<BodyRef> {
        self.sealed.get(effect).copied()
    }

    fn outbox(&self) -> Vec<(Key, Effect)> {
        self.outbox.values().cloned().collect()
    }

    fn wanted(&self, effect: &EffectId) -> Option<(Key, Effect)> {
        self.outbox.get(effect).cloned()
    }

    fn deadlines(&self) -> Vec<(DateTime<Utc>, Key)> {
        let of = |(key, kept): (&Key, &Kept)| kept.deadline.map(|at| (at, key.clone()));
        self.states.iter().filter_map(of).collect()
    }

    fn deadline(&self, key: &Key) -> Option<DateTime<Utc>> {
        self.states.get(key)?.deadline
    }

    fn rows(&self) -> &[Deposit] {
        &self.rows
    }

    fn log(&self) -> &[Record] {
        &self.log
    }

    fn archive(&mut self, key: &Key) {
        self.states.remove(key);
        let prefix = format!("{key}/");
        let is_of_key = |effect: &EffectId| effect.as_str().starts_with(&prefix);
        self.done.retain(|effect| !is_of_key(effect));
        let bodies = &mut self.bodies;
        self.sealed.retain(|effect, body| {
            let goes = is_of_key(effect);
            if goes {
                bodies.remove(body);
            }
            !goes
        });
    }

    fn forget_body(&mut self, body: &BodyRef) {
        self.bodies.remove(body);
    }

    fn crash(&mut self) {}
}

/// How a message is called.
#[must_use]
pub fn body_ref(octets: &[u8]) -> BodyRef {
    let sha256 = Digest(Sha256::digest(octets).into());
    BodyRef { sha256, octets: u64::try_from(octets.len()).unwrap_or(u64::MAX) }
}
