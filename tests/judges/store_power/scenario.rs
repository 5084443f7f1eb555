//! What the child does under strace, and what must be found afterwards of what it was told.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use chrono::TimeDelta;
use pec_gestore::{BodyRef, EffectId, Key};
use pec_store::mailbox::{FlagChange, Flags};
use pec_store::testkit::{Gestore, address, start};
use pec_store::{CommitError, Options, Store, StoreError};
use serde::{Deserialize, Serialize};

/// Something that the store acknowledged: it must hold for ever after. All grow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Fact {
    /// A state has at least this version.
    State(Key, u64),
    /// The octets are sealed under the name.
    Sealed(EffectId, BodyRef),
    /// The next UID of a mailbox is at least this.
    UidNext(String, u32),
    /// A message is gone.
    Gone(String, u32),
    /// The log has at least so many records.
    Log(u64),
    /// There are so many closures.
    Closures(u64),
    /// There is a directory.
    Directory(BodyRef),
    /// From here on states may be archived, and sealed octets go.
    Purging,
    /// The promise was broken while the child ran.
    Broken(String),
}

/// Tells the parent.
pub type Tell<'a> = &'a mut dyn FnMut(Fact);

const USERS: [&str; 4] = ["mario", "anna", "luca", "ricevute"];

/// The whole life of a store, in steps. After an error the store is opened again, once for each
/// step:
/// a disk that failed once works again, one that goes on failing ends the child.
pub fn run(folder: &Path, tell: Tell<'_>) {
    let gestore = Gestore::new();
    let open = || Store::open(Options::new(folder, "a1")).map_err(|error| error.to_string());
    let Ok(mut store) = open().or_else(|_| open()) else { return };
    type Step = fn(&Gestore, &Store, Tell<'_>) -> Result<(), CommitError>;
    let steps: [(&str, Step); 6] = [
        ("furnish", furnish),
        ("small", |gestore, store, tell| submit(gestore, store, 2_000, tell)),
        ("large", |gestore, store, tell| submit(gestore, store, 150_000, tell)),
        ("keep", keep),
        ("again", |gestore, store, tell| submit(gestore, store, 3_000, tell)),
        ("clean", clean),
    ];
    for (name, step) in steps {
        if let Err(error) = step(&gestore, &store, tell) {
            if let CommitError::Store(error) = &error
                && error.is_fatal()
            {
                refuses(&store, name, tell);
            }
            drop(store);
            let Ok(again) = open() else { return };
            store = again;
        }
    }
}

/// After a failure that nobody can judge, the store must not go on.
fn refuses(store: &Store, step: &str, tell: Tell<'_>) {
    let read = store.read(|view| view.heads()).wait();
    let write = store.close_log(start()).wait();
    if read != Err(StoreError::Refusing) || write != Err(StoreError::Refusing) {
        tell(Fact::Broken(format!("{step}: the store goes on after a fatal failure")));
    }
}

fn furnish(gestore: &Gestore, store: &Store, _: Tell<'_>) -> Result<(), CommitError> {
    gestore.furnish(store)?;
    Ok(())
}

fn submit(
    gestore: &Gestore,
    store: &Store,
    octets: usize,
    tell: Tell<'_>,
) -> Result<(), CommitError> {
    let to = ["anna@beta.example", "fuori@altrove.example"];
    let now = start();
    let (key, committed) = gestore.submit(store, &to, octets, now)?;
    // Without its mailbox, when making that failed, the submission is refused and has no state.
    if let Some(version) = committed.version {
        tell(Fact::State(key, version));
    }
    loop {
        let leases = store.lease(pec_store::testkit::lease("w1", now)).wait()?;
        if leases.is_empty() {
            return tell_all(store, tell);
        }
        for lease in leases {
            let committed = gestore.perform(store, &lease, now)?;
            if let Some(version) = committed.version {
                tell(Fact::State(lease.key, version));
            }
            let effect = lease.effect.id.clone();
            let name = effect.clone();
            if let Some(body) = store.read(move |view| view.sealed(&effect)).wait()? {
                tell(Fact::Sealed(name, body));
            }
        }
    }
}

/// What reading shows is durable as well.
fn tell_all(store: &Store, tell: Tell<'_>) -> Result<(), CommitError> {
    for user in USERS {
        let name = format!("{user}@alfa.example");
        let mailbox = address(&name);
        if let Some(mailbox) = store.read(move |view| view.mailbox(&mailbox)).wait()? {
            tell(Fact::UidNext(name, mailbox.uid_next));
        }
    }
    let heads = store.read(|view| view.heads()).wait()?;
    tell(Fact::Log(heads.iter().map(|head| head.number).sum()));
    Ok(())
}

fn keep(gestore: &Gestore, store: &Store, tell: Tell<'_>) -> Result<(), CommitError> {
    let file = store.body(gestore.message(&["x@alfa.example"], 90_000)).wait()?;
    tell(Fact::Directory(store.add_directory(file, start()).wait()?));
    let closure = store.close_log(start()).wait()?;
    tell(Fact::Closures(closure.number));
    store.sign_closure(closure.number, b"firma".to_vec()).wait()?;
    let mario = address("mario@alfa.example");
    store.set_flags(&mario, vec![1, 2], FlagChange::Add(Flags::SEEN)).wait()?;
    if store.expunge(&mario, vec![1]).wait()? > 0 {
        tell(Fact::Gone(mario.to_string(), 1));
    }
    // A body that nothing will ever name.
    drop(store.body(vec![b'x'; 100_000]).wait()?);
    Ok(())
}

fn clean(_: &Gestore, store: &Store, tell: Tell<'_>) -> Result<(), CommitError> {
    tell(Fact::Purging);
    let later = start() + TimeDelta::days(100);
    store.purge(pec_store::PurgePolicy::default(), later).wait()?;
    store.collect().wait()?;
    tell_all(store, tell)
}

/// Opens a store and judges it: everything that was told holds, and nothing is damaged.
pub fn verify(folder: &Path, facts: &[Fact], what: &dyn Display) {
    let store = Store::open(Options::new(folder, "a1"));
    let store = store.unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
    let faults = store.check().wait().unwrap_or_else(|error| panic!("{what}: check: {error}"));
    assert!(faults.is_empty(), "{what}: {faults:?}");
    let (mut states, mut sealed) = (BTreeMap::new(), BTreeMap::new());
    let purging = facts.iter().any(|fact| matches!(fact, Fact::Purging));
    for fact in facts.iter().cloned() {
        match fact {
            Fact::State(key, version) => _ = states.insert(key, version),
            Fact::Sealed(name, body) => _ = sealed.insert(name, body),
            Fact::UidNext(name, next) => {
                let name = address(&name);
                let mailbox = store.read(move |view| view.mailbox(&name)).wait().unwrap();
                let found = mailbox.map_or(0, |mailbox| mailbox.uid_next);
                assert!(found >= next, "{what}: next UID {found}, {next} was told");
            }
            Fact::Gone(name, uid) => {
                let name = address(&name);
                let left = store.read(move |view| view.messages(&name, uid, 1)).wait().unwrap();
                assert!(left.iter().all(|message| message.uid != uid), "{what}: {uid} is back");
            }
            Fact::Log(records) => {
                let heads = store.read(|view| view.heads()).wait().unwrap();
                let found: u64 = heads.iter().map(|head| head.number).sum();
                assert!(found >= records, "{what}: {found} records, {records} were told");
            }
            Fact::Closures(count) => {
                let found = store.read(|view| view.closures(1, 100)).wait().unwrap().len();
                assert!(found as u64 >= count, "{what}: {found} closures, {count} were told");
            }
            Fact::Directory(body) => {
                let file = store.read(|view| view.directory_at(start())).wait().unwrap();
                assert_eq!(file.map(|file| file.body), Some(body), "{what}");
                store.read_body(&body).wait().unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            Fact::Purging => {}
            Fact::Broken(how) => panic!("{what}: {how}"),
        }
    }
    for (key, version) in states {
        let name = key.clone();
        let found = store.read(move |view| Ok((view.state(&key)?, view.archived(&key)?)));
        let (live, archived) = found.wait().unwrap();
        let archived = archived.filter(|_| purging);
        let is_there = live.or(archived).is_some_and(|found| found.version >= version);
        assert!(is_there, "{what}: state {name} is not of version {version}");
    }
    for (name, body) in sealed {
        let effect = name.clone();
        let found = store.read(move |view| view.sealed(&effect)).wait().unwrap();
        assert!(found == Some(body) || found.is_none() && purging, "{what}: {name} is not sealed");
        if found.is_some() {
            store.read_body(&body).wait().unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
}
