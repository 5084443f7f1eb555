//! The same worlds on `pec-store`, in memory and on disk. A crash opens the store again.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pec_gestore::log::Record;
use pec_gestore::{BodyRef, Change, Deposit, Effect, EffectId, Key, Plan, Snapshot};
use pec_store::mailbox::{NewMailbox, Settings};
use pec_store::{Commit, CommitError, Options as StoreOptions, Stale as Why, Store, StoreError};
use pec_tests::simulation::{
    Mode, Octets, Options, SimStore, Stale, Transaction, simulate, simulate_with,
};
use tempfile::TempDir;

/// A durable store, with copies of what it must hold to compare it with.
struct Durable {
    store: Option<Store>,
    folder: Option<TempDir>,
    rows: Vec<Deposit>,
    log: Vec<Record>,
}

/// The simulation asks for states by their deadlines itself; no effect is leased.
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

impl Durable {
    fn memory() -> Self {
        let store = Store::open(StoreOptions::memory("sim")).unwrap();
        Self { store: Some(store), folder: None, rows: Vec::new(), log: Vec::new() }
    }

    fn disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut durable = Self::memory();
        (durable.store, durable.folder) = (None, Some(folder));
        durable.open();
        durable
    }

    fn open(&mut self) {
        if let Some(folder) = &self.folder {
            self.store = None;
            self.store = Some(Store::open(StoreOptions::new(folder.path(), "sim")).unwrap());
        }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// The simulation keeps its mailboxes itself.
    fn furnish(&self, plan: &Plan) {
        for deposit in plan.deposits() {
            let (address, settings) = (deposit.mailbox.clone(), Settings::default());
            match self.store().create_mailbox(NewMailbox { address, settings, now: NOW }).wait() {
                Ok(_) | Err(StoreError::MailboxExists(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The store holds what it said it did, and finds no fault with itself.
    fn judge(&self) {
        assert_eq!(self.store().check().wait().unwrap(), []);
        let log = self.store().read(|view| view.log("sim", 1, u32::MAX)).wait().unwrap();
        assert!(log.into_iter().map(|entry| entry.record).eq(self.log.iter().cloned()));
        let rows = self.store().read(|view| {
            let mut rows = 0;
            for mailbox in view.mailboxes(None, u32::MAX)? {
                rows += view.messages(&mailbox.address, 0, u32::MAX)?.len();
            }
            Ok(rows)
        });
        assert_eq!(rows.wait().unwrap(), self.rows.len());
    }
}

impl SimStore for Durable {
    fn load(&self, key: &Key) -> Option<Snapshot> {
        let key = key.clone();
        self.store().read(move |view| view.state(&key)).wait().unwrap()
    }

    fn commit(&mut self, plan: &Plan) -> Result<Transaction, Stale> {
        self.furnish(plan);
        let known = self.log.len();
        match self.store().commit(Commit::new(plan.clone(), NOW)).wait() {
            Ok(_) => {
                for deposit in plan.deposits() {
                    if !self.rows.iter().any(|row| row.effect == deposit.effect) {
                        self.rows.push(deposit.clone());
                    }
                }
                self.log.extend(plan.log().iter().cloned());
                assert!(self.log.len() >= known);
                Ok(Transaction::from(plan))
            }
            Err(CommitError::Stale { reason: Why::Version { .. }, .. }) => Err(Stale),
            Err(error) => panic!("{error}"),
        }
    }

    fn changes(&self, key: &Key) -> Vec<Change> {
        let key = key.clone();
        self.store().read(move |view| view.changes(&key)).wait().unwrap()
    }

    fn put_body(&mut self, octets: Octets) -> BodyRef {
        // As something that is kept, so that the body is durable before a plan names it.
        let body = self.store().body(octets.to_vec()).wait().unwrap();
        self.store().add_directory(body, NOW).wait().unwrap()
    }

    fn body(&self, body: &BodyRef) -> Option<Octets> {
        match self.store().read_body(body).wait() {
            Ok(octets) => Some(Arc::from(octets)),
            Err(StoreError::UnknownBody(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn seal(&mut self, effect: &EffectId, octets: Octets) -> BodyRef {
        let body = self.store().body(octets.to_vec()).wait().unwrap();
        self.store().seal(effect.clone(), body, NOW).wait().unwrap()
    }

    fn sealed(&self, effect: &EffectId) -> Option<BodyRef> {
        let effect = effect.clone();
        self.store().read(move |view| view.sealed(&effect)).wait().unwrap()
    }

    fn outbox(&self) -> Vec<(Key, Effect)> {
        let leases = self.store().read(|view| view.outbox(None, u32::MAX)).wait().unwrap();
        let mut wanted: Vec<_> =
            leases.into_iter().map(|lease| (lease.key, lease.effect)).collect();
        // In the order of the store in memory, so that a seed is the same history on both.
        wanted.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
        wanted
    }

    fn wanted(&self, effect: &EffectId) -> Option<(Key, Effect)> {
        let effect = effect.clone();
        let lease = self.store().read(move |view| view.effect(&effect)).wait().unwrap();
        lease.map(|lease| (lease.key, lease.effect))
    }

    fn deadlines(&self) -> Vec<(DateTime<Utc>, Key)> {
        let forever = DateTime::<Utc>::MAX_UTC;
        let keys = self.store().read(move |view| view.due_deadlines(forever, u32::MAX));
        let mut keys = keys.wait().unwrap();
        keys.sort();
        keys.into_iter().map(|key| (self.deadline(&key).expect("it has one"), key)).collect()
    }

    fn deadline(&self, key: &Key) -> Option<DateTime<Utc>> {
        self.load(key)?.state.next_deadline()
    }

    fn rows(&self) -> &[Deposit] {
        &self.rows
    }

    fn log(&self) -> &[Record] {
        &self.log
    }

    fn archive(&mut self, key: &Key) {
        if self.load(key).is_some() {
            assert!(self.store().archive(key, NOW).wait().unwrap(), "{key} is not closed");
        }
    }

    fn forget_body(&mut self, _: &BodyRef) {}

    fn crash(&mut self) {
        self.open();
    }
}

impl Drop for Durable {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.judge();
        }
    }
}

/// One world after the other: each is the same history as on the store in memory, whose rules the
/// other tests of this folder judge.
fn worlds(seeds: std::ops::Range<u64>, mode: Mode, make: fn() -> Durable) {
    for seed in seeds {
        let of = Options::of(seed, mode);
        let options = Options { hours: 24, gestori: Some(2), real: Some(false), ..of };
        let report = simulate_with(&options, &mut || Box::new(make()));
        assert!(report.count("transmissions") > 0, "{report}");
        let expected = simulate(&options);
        assert_eq!(report.counts, expected.counts, "{report}");
        assert_eq!(report.breaches, expected.breaches, "{report}");
    }
}

#[test]
fn worlds_on_the_store_in_memory() {
    worlds(0..4, Mode::Swarm, Durable::memory);
}

#[test]
fn worlds_on_the_store_on_disk() {
    worlds(4..6, Mode::Swarm, Durable::disk);
}
