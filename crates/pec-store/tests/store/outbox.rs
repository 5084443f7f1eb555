//! Effects are one worker's at a time, and nobody's forever.

use chrono::TimeDelta;
use pec_gestore::Action;
use pec_store::testkit::{Gestore, address, lease, start};
use pec_store::{Commit, Options, PutOff, RetrySchedule, Store, Worker};

fn submitted() -> (Gestore, Store) {
    let (gestore, store) = (Gestore::new(), Store::open(Options::memory("a1")).unwrap());
    gestore.furnish(&store).unwrap();
    let to = ["anna@beta.example", "luca@beta.example"];
    gestore.submit(&store, &to, 500, start()).unwrap();
    (gestore, store)
}

#[test]
fn a_lease_is_for_one_worker_until_it_ends() {
    let (_, store) = submitted();
    let mine = store.lease(lease("w1", start())).wait().unwrap();
    assert!(!mine.is_empty());
    assert_eq!(store.lease(lease("w2", start())).wait().unwrap(), []);
    let later = start() + TimeDelta::minutes(5);
    let theirs = store.lease(lease("w2", later)).wait().unwrap();
    assert_eq!(theirs.len(), mine.len(), "a dead worker's leases end");
    assert!(theirs.iter().all(|lease| lease.attempts == 1));
    let effect = &mine[0].effect.id;
    assert!(!store.renew(&Worker::new("w1"), effect, later).wait().unwrap());
    assert!(store.renew(&Worker::new("w2"), effect, later + TimeDelta::hours(1)).wait().unwrap());
    assert_eq!(store.release(&Worker::new("w2"), later).wait().unwrap(), theirs.len() as u64);
    assert_eq!(store.lease(lease("w3", later)).wait().unwrap().len(), theirs.len());
}

#[test]
fn what_is_sent_sealed_waits_for_its_seal() {
    let (gestore, store) = submitted();
    let first = store.lease(lease("w1", start())).wait().unwrap();
    assert!(first.iter().all(|lease| matches!(lease.effect.action, Action::Seal(_))), "{first:?}");
    for lease in &first {
        gestore.perform(&store, lease, start()).unwrap();
    }
    let then = store.lease(lease("w1", start())).wait().unwrap();
    assert!(then.iter().any(|lease| matches!(lease.effect.action, Action::Relay { .. })));
}

#[test]
fn sealed_octets_are_the_first_ones() {
    let (_, store) = submitted();
    let seal = store.lease(lease("w1", start())).wait().unwrap().remove(0).effect.id;
    let put = |octets: &[u8]| {
        let body = store.body(octets.to_vec()).wait().unwrap();
        store.seal(seal.clone(), body, start()).wait().unwrap()
    };
    let first = put(b"una firma");
    assert_eq!(put(b"un'altra firma"), first, "ECDSA gives other octets every time");
    assert_eq!(store.read_body(&first).wait().unwrap(), b"una firma");
}

#[test]
fn a_relay_goes_on_with_those_who_are_left() {
    let (gestore, store) = submitted();
    for seal in store.lease(lease("w1", start())).wait().unwrap() {
        gestore.perform(&store, &seal, start()).unwrap();
    }
    let leases = store.lease(lease("w1", start())).wait().unwrap();
    let relay = leases.into_iter().find(|one| matches!(one.effect.action, Action::Relay { .. }));
    let relay = relay.unwrap();
    let due = RetrySchedule::default().next(1, start(), 7);
    let remaining = Some(vec![address("luca@beta.example")]);
    let effect = relay.effect.id.clone();
    let put_off = PutOff { effect, worker: Worker::new("w1"), due, remaining };
    assert!(store.put_off(put_off.clone()).wait().unwrap());
    assert!(!store.put_off(put_off).wait().unwrap(), "the lease is given back");
    assert_eq!(store.read(|view| view.next_wake()).wait().unwrap(), Some(due));
    let again = store.lease(lease("w2", due)).wait().unwrap();
    let again = again.into_iter().find(|one| one.effect.id == relay.effect.id).unwrap();
    let Action::Relay { envelope, .. } = again.effect.action else { panic!("a relay") };
    assert_eq!(envelope.forward_paths, [address("luca@beta.example")]);
}

#[test]
fn effects_may_be_leased_with_the_commit() {
    let (gestore, store) = (Gestore::new(), Store::open(Options::memory("a1")).unwrap());
    gestore.furnish(&store).unwrap();
    let message = gestore.message(&["anna@beta.example"], 100);
    let body = store.body(message.clone()).wait().unwrap();
    let input = gestore.submission(&body, &message, &["anna@beta.example"], start());
    let plan = gestore.plan(&store, input, start()).wait().unwrap();
    let until = start() + TimeDelta::minutes(1);
    let commit = Commit::new(plan, start()).with_body(body).leased_to(Worker::new("w1"), until);
    let committed = store.commit(commit).wait().unwrap();
    assert!(!committed.effects.is_empty());
    assert_eq!(store.lease(lease("w2", start())).wait().unwrap(), []);
    assert!(!store.lease(lease("w2", until)).wait().unwrap().is_empty());
}

#[test]
fn retries_double_up_to_the_longest_and_never_meet() {
    let schedule = RetrySchedule::default();
    let wait =
        |attempts, random| (schedule.next(attempts, start(), random) - start()).num_seconds();
    assert_eq!([1, 2, 3, 4].map(|attempts| wait(attempts, 0)), [30, 60, 120, 240]);
    assert_eq!(wait(100, 0), 15 * 60);
    for random in 0..1000 {
        let wait = wait(3, random * 7919);
        assert!((120..=240).contains(&wait), "{wait}");
    }
    assert_ne!(wait(9, 1_000_003), wait(9, 5_000_011));
}
