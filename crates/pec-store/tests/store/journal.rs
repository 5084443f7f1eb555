//! The log is appended to, chained, closed, and kept.

use std::path::Path;

use chrono::{Months, TimeDelta};
use pec_gestore::log::audit::AuditOptions;
use pec_gestore::{Input, Scan};
use pec_store::testkit::{Gestore, start};
use pec_store::upkeep::{Fault, PurgePolicy};
use pec_store::{Commit, Options, Store, StoreError};

fn furnished(folder: &Path) -> (Gestore, Store) {
    let (gestore, store) = (Gestore::new(), Store::open(Options::new(folder, "a1")).unwrap());
    gestore.furnish(&store).unwrap();
    (gestore, store)
}

fn lived(folder: &Path) -> (Gestore, Store) {
    let (gestore, store) = furnished(folder);
    for _ in 0..3 {
        gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
        gestore.run(&store, start()).unwrap();
    }
    (gestore, store)
}

/// Changes a closed store past its interface.
fn tamper(folder: &Path, sql: &str) {
    let database = rusqlite::Connection::open(folder.join("store.sqlite")).unwrap();
    database.execute_batch(sql).unwrap();
}

#[test]
fn records_are_numbered_without_gaps_and_chained() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = lived(folder.path());
    let (entries, heads) =
        store.read(|view| Ok((view.log("a1", 1, 1000)?, view.heads()?))).wait().unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>());
    let mut before = pec_gestore::Digest([0; 32]);
    for entry in &entries {
        let record = serde_json::to_vec(&entry.record).unwrap();
        before = pec_store::chain::hash(before, "a1", entry.number, &record);
        assert_eq!(entry.hash, before);
    }
    assert_eq!((heads[0].number, heads[0].hash), (entries.len() as u64, before));
    let id = entries[0].record.pec_msgid.clone().unwrap();
    let of_one = store.read(move |view| view.log_of(&id)).wait().unwrap();
    assert!(!of_one.is_empty() && of_one.len() < entries.len());
}

#[test]
fn what_the_log_says_is_audited() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = lived(folder.path());
    let options = AuditOptions::new().from_the_beginning().own_domains(["alfa.example"]);
    let report = store.audit(options.clone()).wait().unwrap();
    assert!(report.is_clean() && report.transmissions == 3, "{report}");
    drop(store);
    // Two acceptances of one submission: the chain cannot know, the audit does.
    let twice = "DROP TRIGGER log_is_written_once; UPDATE log SET value = (SELECT value FROM log
        WHERE value LIKE '%\"Accettazione\"%' ORDER BY number LIMIT 1)
        WHERE number = (SELECT max(number) FROM log WHERE value LIKE '%\"Accettazione\"%')";
    tamper(folder.path(), twice);
    let store = Store::open(Options::new(folder.path(), "a1")).unwrap();
    assert!(!store.audit(options).wait().unwrap().is_clean());
}

#[test]
fn every_node_has_its_own_chain() {
    let folder = tempfile::tempdir().unwrap();
    drop(lived(folder.path()));
    let gestore = Gestore::new();
    let store = Store::open(Options::new(folder.path(), "a2")).unwrap();
    // Other identifiers than those of the first node's run.
    for _ in 0..9 {
        let _ = gestore.submit(&store, &["anna@beta.example"], 100, start());
    }
    let closure = store.close_log(start()).wait().unwrap();
    let nodes: Vec<_> = closure.heads.iter().map(|head| head.node.as_str()).collect();
    assert_eq!(nodes, ["a1", "a2"]);
    assert_eq!(store.check().wait().unwrap(), []);
}

#[test]
fn the_log_cannot_be_changed_through_the_database() {
    let folder = tempfile::tempdir().unwrap();
    drop(lived(folder.path()));
    let database = rusqlite::Connection::open(folder.path().join("store.sqlite")).unwrap();
    for sql in [
        "UPDATE log SET value = '{}' WHERE number = 2",
        "DELETE FROM log WHERE number = 2",
        "DELETE FROM log",
    ] {
        assert!(database.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn what_was_changed_behind_the_store_is_found() {
    let cases = [
        "DROP TRIGGER log_is_written_once; UPDATE log SET value = replace(value, 'mario', 'maria')
            WHERE number = 2",
        "DROP TRIGGER log_is_kept; DELETE FROM log WHERE number = 2",
        "DROP TRIGGER log_is_kept; DELETE FROM log WHERE number = (SELECT max(number) FROM log)",
        "DROP TRIGGER closure_is_written_once;
         UPDATE closure SET value = replace(value, '\"number\":1', '\"number\":7')",
        "UPDATE chain SET head = head + 1",
        "PRAGMA foreign_keys = OFF; DELETE FROM body WHERE id = (SELECT body FROM message LIMIT 1)",
        "UPDATE mailbox SET messages = messages + 1",
        "UPDATE mailbox SET uid_next = 1",
        "UPDATE mailbox SET octets = octets + 1",
        "UPDATE state SET value = '{}'",
        "DELETE FROM change WHERE number = 2",
        "UPDATE body SET data = x'00' WHERE place = 0 AND id = 1",
        "UPDATE effect SET value = '{}' WHERE due IS NOT NULL",
    ];
    for sql in cases {
        let folder = tempfile::tempdir().unwrap();
        let (gestore, store) = lived(folder.path());
        store.close_log(start()).wait().unwrap();
        gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
        assert_eq!(store.check().wait().unwrap(), []);
        drop(store);
        tamper(folder.path(), sql);
        let store = Store::open(Options::new(folder.path(), "a1")).unwrap();
        let faults = store.check().wait().unwrap();
        assert!(!faults.is_empty(), "{sql}");
        // It says so again: nothing was repaired.
        assert_eq!(store.check().wait().unwrap(), faults, "{sql}");
    }
}

#[test]
fn a_log_that_is_written_anew_does_not_fit_its_closures() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = lived(folder.path());
    let closure = store.close_log(start()).wait().unwrap();
    drop(store);
    // The whole chain, hashes and all, over other records: only the closure knows better.
    let other = tempfile::tempdir().unwrap();
    let (gestore, store) = furnished(other.path());
    for _ in 0..4 {
        gestore.submit(&store, &["luca@beta.example"], 100, start()).unwrap();
        gestore.run(&store, start()).unwrap();
    }
    drop(store);
    let name = other.path().join("store.sqlite");
    tamper(
        folder.path(),
        &format!(
            "DROP TRIGGER log_is_kept; ATTACH '{}' AS other; DELETE FROM log; DELETE FROM chain;
             INSERT INTO chain SELECT * FROM other.chain; INSERT INTO log SELECT * FROM other.log",
            name.display()
        ),
    );
    let store = Store::open(Options::new(folder.path(), "a1")).unwrap();
    assert_eq!(store.check().wait().unwrap(), [Fault::Closure(closure.number)]);
}

#[test]
fn closures_name_each_other_and_are_signed_once() {
    let folder = tempfile::tempdir().unwrap();
    let (gestore, store) = lived(folder.path());
    let first = store.close_log(start()).wait().unwrap();
    gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
    let second = store.close_log(start() + TimeDelta::days(1)).wait().unwrap();
    assert_eq!(second.previous, first.digest());
    assert!(second.heads[0].number > first.heads[0].number);
    assert_eq!(store.sign_closure(1, b"uno".to_vec()).wait(), Ok(true));
    let unknown = |number| Err(StoreError::UnknownClosure(number));
    assert_eq!(store.sign_closure(1, b"due".to_vec()).wait(), unknown(1));
    assert_eq!(store.sign_closure(9, b"due".to_vec()).wait(), unknown(9));
    let signed = store.read(|view| view.closures(1, 10)).wait().unwrap();
    assert_eq!(signed[0].signature.as_deref(), Some(&b"uno"[..]));
    assert_eq!((signed[0].closure.clone(), signed[1].closure.clone()), (first, second));
}

#[test]
fn the_log_is_kept_for_thirty_months_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let (gestore, store) = lived(folder.path());
    store.close_log(start()).wait().unwrap();
    gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
    let months = |months| start().checked_add_months(Months::new(months)).unwrap();
    let policy = PurgePolicy::default();
    assert_eq!(store.purge(policy, months(30)).wait().unwrap().records, 0);
    let closed = store.read(|view| view.closures(1, 1)).wait().unwrap()[0].closure.clone();
    // Small steps: a purge of many does not hold the others up.
    let policy = PurgePolicy { rows: 2, ..policy };
    let purged = store.purge(policy, months(31)).wait().unwrap();
    assert_eq!(purged.records, closed.heads[0].number, "the interval that was closed, whole");
    assert!(purged.is_complete);
    let left = store.read(|view| view.log("a1", 1, 1000)).wait().unwrap();
    assert_eq!(left[0].number, closed.heads[0].number + 1);
    assert_eq!(store.check().wait().unwrap(), []);
    drop(store);
    // What was not closed stays, and its chain still begins where the purged one ended.
    tamper(folder.path(), "UPDATE chain SET base = zeroblob(32)");
    let store = Store::open(Options::new(folder.path(), "a1")).unwrap();
    let number = left[0].number;
    let broken = Fault::Chain { node: "a1".to_owned(), number };
    assert_eq!(store.check().wait().unwrap()[0], broken);
}

#[test]
fn infected_messages_are_kept_apart_for_thirty_months() {
    let folder = tempfile::tempdir().unwrap();
    let (gestore, store) = furnished(folder.path());
    let message = gestore.message(&["anna@beta.example"], 100);
    let body = store.body(message.clone()).wait().unwrap();
    let mut input = gestore.submission(&body, &message, &["anna@beta.example"], start());
    if let Input::Submission(submission) = &mut input {
        submission.scan = Scan::Infected("Eicar".parse().unwrap());
    }
    let plan = gestore.plan(&store, input, start()).wait().unwrap();
    store.commit(Commit::new(plan, start()).with_body(body)).wait().unwrap();
    gestore.run(&store, start()).unwrap();
    let kept = store.read(|view| view.quarantine(None, 10)).wait().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].until, start().checked_add_months(Months::new(30)).unwrap());
    let after = |time| store.purge(PurgePolicy::default(), time).wait().unwrap().quarantined;
    assert_eq!(after(kept[0].until), 0);
    store.collect().wait().unwrap();
    assert_eq!(store.read_quarantined(&kept[0].message).wait().unwrap(), message);
    assert!(store.read_body(&kept[0].message).wait().is_err(), "and nowhere else");
    assert_eq!(after(kept[0].until + TimeDelta::seconds(1)), 1);
    assert!(store.read_quarantined(&kept[0].message).wait().is_err());
    assert_eq!(store.check().wait().unwrap(), []);
}
