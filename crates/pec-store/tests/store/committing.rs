//! Plans become durable as a whole, once, and only on the state that they were made from.

use pec_store::{Commit, CommitError, Options, Stale, Store};

use pec_store::testkit::{Gestore, start};

#[test]
fn a_submission_goes_its_way() {
    let (gestore, store) = (Gestore::new(), Store::open(Options::memory("a1")).unwrap());
    gestore.furnish(&store).unwrap();
    let (key, committed) = gestore.submit(&store, &["anna@beta.example"], 1000, start()).unwrap();
    assert_eq!(committed.reply.unwrap().code, 250);
    assert_eq!(committed.version, Some(1));
    assert!(!committed.effects.is_empty());
    assert!(gestore.run(&store, start()).unwrap() >= 3);
    let snapshot = store.read(move |view| view.state(&key)).wait().unwrap().unwrap();
    assert!(snapshot.version > 1);
    assert_eq!(store.check().wait().unwrap(), []);
}

#[test]
fn a_stale_plan_is_planned_again() {
    let (gestore, store) = (Gestore::new(), Store::open(Options::memory("a1")).unwrap());
    gestore.furnish(&store).unwrap();
    let message = gestore.message(&["anna@beta.example"], 100);
    let body = store.body(message.clone()).wait().unwrap();
    let input = gestore.submission(&body, &message, &["anna@beta.example"], start());
    let plan = gestore.plan(&store, input, start()).wait().unwrap();
    let commit = Commit::new(plan.clone(), start()).with_body(body);
    assert_eq!(store.commit(commit).wait().unwrap().version, Some(1));
    let again = store.commit(Commit::new(plan.clone(), start())).wait();
    let reason = Stale::Version { based_on: None, found: Some(1) };
    assert_eq!(again, Err(CommitError::Stale { key: plan.key().clone(), reason }));
}
