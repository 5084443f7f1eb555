//! `store/…`: what durability costs, beside what the disk itself takes for a sync.

use std::cell::LazyCell;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pec_gestore::{Action, Effect, Key, Outcome};
use pec_store::testkit::{Gestore, start};
use pec_store::{Commit, Options, Store};

const TO: &[&str] = &["anna@beta.example", "fuori@altrove.example"];

/// A 4 KiB append and its sync: the floor of every commit that does not share it.
fn sync(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = File::create(folder.path().join("log")).expect("a file");
    criterion.bench_function("store/bare-fdatasync", |bencher| {
        bencher.iter(|| {
            file.write_all(&[7; 4096]).expect("space");
            file.sync_data().expect("a sync");
        });
    });
}

/// Accepted submissions of 2 KB, from so many threads at once, planned before the clock runs.
fn commit(criterion: &mut Criterion) {
    let gestore = Gestore::new();
    for writers in [1, 8, 64] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(Options::new(folder.path(), "a1")).expect("a store");
        gestore.furnish(&store).expect("mailboxes");
        let mut group = criterion.benchmark_group("store/commit");
        group.sample_size(10).measurement_time(Duration::from_secs(5));
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{writers}-writers"), |bencher| {
            bencher.iter_custom(|rounds| {
                let plans: Vec<_> = (0..rounds).map(|_| planned(&gestore, &store, 2048)).collect();
                commit_from(&store, writers, plans)
            });
        });
        group.finish();
    }
}

fn planned(gestore: &Gestore, store: &Store, octets: usize) -> Commit {
    let message = gestore.message(TO, octets);
    let body = store.body(message.clone()).wait().expect("a body");
    let input = gestore.submission(&body, &message, TO, start());
    let plan = gestore.plan(store, input, start()).wait().expect("a plan");
    Commit::new(plan, start()).with_body(body)
}

fn commit_from(store: &Store, writers: usize, plans: Vec<Commit>) -> Duration {
    let shares: Vec<Vec<Commit>> = {
        let mut shares: Vec<Vec<Commit>> = (0..writers).map(|_| Vec::new()).collect();
        for (index, plan) in plans.into_iter().enumerate() {
            shares[index % writers].push(plan);
        }
        shares
    };
    let begun = Instant::now();
    thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || {
                for plan in share {
                    store.commit(plan).wait().expect("a commit");
                }
            });
        }
    });
    begun.elapsed()
}

/// A message into a mailbox: its octets in, sealed, and the plan that deposits it.
fn deposit(criterion: &mut Criterion) {
    let gestore = Gestore::new();
    for (name, octets, others) in [
        ("10k", 10_000, 1_000),
        ("10k-among-1m", 10_000, 1_000_000),
        ("1m", 1_000_000, 1_000),
        ("10m", 10_000_000, 1_000),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        // Only when it is wanted: a million rows take a while.
        let store = LazyCell::new(|| filled(&gestore, folder.path(), others));
        let mut group = criterion.benchmark_group("store/deposit");
        group.sample_size(10).measurement_time(Duration::from_secs(5));
        group.throughput(Throughput::Bytes(octets as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                let store: &Store = &store;
                let waiting: Vec<_> = (0..rounds).map(|_| receipt(&gestore, store)).collect();
                let begun = Instant::now();
                for (key, seal, deposit) in waiting {
                    let body = store.body(unlike(octets)).wait().expect("a body");
                    store.seal(seal.id, body, start()).wait().expect("sealed");
                    let outcome = Outcome::Depositable;
                    gestore.report(store, &key, &deposit, outcome, start()).expect("a deposit");
                }
                begun.elapsed()
            });
        });
        group.finish();
    }
}

/// An accepted submission whose receipt is still to be sealed and deposited.
fn receipt(gestore: &Gestore, store: &Store) -> (Key, Effect, Effect) {
    let (key, committed) = gestore.submit(store, TO, 500, start()).expect("accepted");
    let mut effects = committed.effects.into_iter();
    let deposit = effects.clone().find(|one| matches!(one.action, Action::Deposit { .. }));
    let deposit = deposit.expect("an acceptance receipt");
    let Action::Deposit { message: pec_gestore::MessageRef::Sealed(seal), .. } = &deposit.action
    else {
        panic!("a receipt is sealed");
    };
    let seal = effects.find(|one| one.id == *seal).expect("its seal");
    (key, seal, deposit)
}

/// Octets that no other message has.
fn unlike(octets: usize) -> Vec<u8> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let mut message = format!("X: {}\r\n\r\n", COUNT.fetch_add(1, Ordering::Relaxed)).into_bytes();
    message.resize(octets, b'x');
    message
}

/// A store with so many messages already, written past the store: only their number matters.
fn filled(gestore: &Gestore, folder: &Path, messages: u64) -> Store {
    let store = Store::open(Options::new(folder, "a1")).expect("a store");
    gestore.furnish(&store).expect("mailboxes");
    drop(store);
    let database = rusqlite::Connection::open(folder.join("store.sqlite")).expect("SQLite");
    let rows = format!(
        "PRAGMA synchronous = OFF;
         BEGIN;
         CREATE TEMP TABLE n AS WITH RECURSIVE c (n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {messages}) SELECT n FROM c;
         INSERT INTO body (id, sha256, octets, place, data)
            SELECT n, randomblob(32), 200, 0, randomblob(200) FROM n;
         INSERT INTO message (mailbox, uid, body, flags, at, effect)
            SELECT 2, n, n, 0, 0, 'sender/alfa PEC/' || n || '/deposit' FROM n;
         INSERT INTO state (role, provider, msgid, version, value, deadline, is_closed, changed_at)
            SELECT 0, 'alfa PEC', n || '@alfa.example', 9, '{{}}', NULL, 1, n FROM n;
         INSERT INTO effect (name, key, state, finished_at)
            SELECT 'sender/alfa PEC/' || n || '/deposit', '{{}}', n, 0 FROM n;
         UPDATE mailbox SET messages = {messages}, octets = 200 * {messages},
            uid_next = {messages} + 1 WHERE id = 2;
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
    );
    database.execute_batch(&rows).expect("rows");
    drop(database);
    Store::open(Options::new(folder, "a1")).expect("a store")
}

/// A store of a million messages opens, after it was closed and after its process died with a
/// write-ahead log as long as it gets.
fn reopen(criterion: &mut Criterion) {
    let gestore = Gestore::new();
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let store = Store::open(Options::new(folder.path(), "a1")).expect("a store");
        let wake = store.read(|view| view.next_wake()).wait().expect("readable");
        assert!(wake.is_some_and(|wake| wake >= start()));
        store
    };
    let log = folder.path().join("store.sqlite-wal");
    let crashed = LazyCell::new(|| {
        let store = filled(&gestore, folder.path(), 1_000_000);
        while std::fs::metadata(&log).map_or(0, |log| log.len()) < 30 << 20 {
            let plan = planned(&gestore, &store, 2048);
            store.commit(plan).wait().expect("a commit");
        }
        // As the crash leaves it: closing copies it back and removes it.
        std::fs::read(&log).expect("a log")
    });
    let mut group = criterion.benchmark_group("store/reopen");
    group.sample_size(10);
    group.bench_function("1m-messages", |bencher| {
        LazyCell::force(&crashed);
        bencher.iter(open);
    });
    group.bench_function("1m-messages-after-crash", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut taken = Duration::ZERO;
            for _ in 0..rounds {
                std::fs::write(&log, &*crashed).expect("a log");
                let begun = Instant::now();
                let store = open();
                taken += begun.elapsed();
                drop(store);
            }
            taken
        });
    });
    group.finish();
}

criterion_group!(benches, sync, commit, deposit, reopen);
criterion_main!(benches);
