//! Mailboxes, secrets and limits.

use chrono::TimeDelta;
use pec_gestore::{Action, MailboxState, Mailboxes, Outcome};
use pec_store::mailbox::{FlagChange, Flags, NewMailbox, Settings};
use pec_store::testkit::{Gestore, address, lease, start};
use pec_store::{CommitError, Options, Stale, Store, StoreError};

fn furnished() -> (Gestore, Store) {
    let (gestore, store) = (Gestore::new(), Store::open(Options::memory("a1")).unwrap());
    gestore.furnish(&store).unwrap();
    (gestore, store)
}

fn new(name: &str) -> NewMailbox {
    NewMailbox { address: address(name), settings: Settings::default(), now: start() }
}

#[test]
fn a_mailbox_is_found_in_any_case_and_once() {
    let (_, store) = furnished();
    let upper = address("MARIO@Alfa.Example");
    let twice = store.create_mailbox(new("MARIO@alfa.example")).wait();
    assert_eq!(twice, Err(StoreError::MailboxExists(address("MARIO@alfa.example"))));
    let found = store.read(move |view| view.mailbox(&upper)).wait().unwrap().unwrap();
    assert_eq!(found.address, address("mario@alfa.example"));
    let nobody = store.change_mailbox(&address("x@alfa.example"), Settings::default()).wait();
    assert_eq!(nobody, Err(StoreError::UnknownMailbox(address("x@alfa.example"))));
}

#[test]
fn a_mailbox_made_again_has_another_validity() {
    let (_, store) = furnished();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let made = store.create_mailbox(new("nuova@alfa.example")).wait().unwrap();
        assert!(seen.insert(made.uid_validity), "{seen:?}");
        assert!(store.remove_mailbox(&made.address).wait().unwrap());
    }
}

#[test]
fn uids_are_never_used_again() {
    let (gestore, store) = furnished();
    let mario = address("mario@alfa.example");
    for round in 1..=3_u32 {
        gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
        gestore.run(&store, start()).unwrap();
        let name = mario.clone();
        let messages = store.read(move |view| view.messages(&name, 0, 10)).wait().unwrap();
        assert_eq!(messages.iter().map(|one| one.uid).collect::<Vec<_>>(), [round]);
        let flagged = FlagChange::Add(Flags::SEEN | Flags::FLAGGED);
        assert_eq!(store.set_flags(&mario, vec![round, 99], flagged).wait(), Ok(1));
        assert_eq!(store.expunge(&mario, vec![round, 99]).wait(), Ok(1));
    }
    let mailbox = store.read(move |view| view.mailbox(&mario)).wait().unwrap().unwrap();
    assert_eq!((mailbox.uid_next, mailbox.messages, mailbox.octets), (4, 0, 0));
}

#[test]
fn a_deposit_that_no_longer_fits_is_planned_again() {
    let (gestore, store) = furnished();
    gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
    let mario = address("mario@alfa.example");
    loop {
        let leases = store.lease(lease("w1", start())).wait().unwrap();
        let deposit = leases.iter().find(|one| matches!(one.effect.action, Action::Deposit { .. }));
        let Some(deposit) = deposit else {
            for lease in leases {
                gestore.perform(&store, &lease, start()).unwrap();
            }
            continue;
        };
        for settings in [
            Settings { quota: Some(3), ..Settings::default() },
            Settings { state: MailboxState::Suspended, ..Settings::default() },
        ] {
            store.change_mailbox(&mario, settings).wait().unwrap();
            let (key, effect) = (&deposit.key, &deposit.effect);
            let stale = gestore.report(&store, key, effect, Outcome::Depositable, start());
            let reason = Stale::Mailbox(mario.clone());
            assert_eq!(stale, Err(CommitError::Stale { key: key.clone(), reason }));
        }
        store.change_mailbox(&mario, Settings::default()).wait().unwrap();
        gestore.perform(&store, deposit, start()).unwrap();
        // A report that comes twice deposits once.
        gestore.perform(&store, deposit, start()).unwrap();
        let mailbox = store.read(move |view| view.mailbox(&mario)).wait().unwrap().unwrap();
        assert_eq!(mailbox.messages, 1);
        return;
    }
}

#[test]
fn what_an_account_writes_counts_for_a_day() {
    let (gestore, store) = furnished();
    let mario = address("mario@alfa.example");
    let settings = Settings { recipients_per_day: Some(5), ..Settings::default() };
    store.change_mailbox(&mario, settings).wait().unwrap();
    let left = |now| {
        let mario = mario.clone();
        let facts = store.read(move |view| {
            let boxes = view.lookup(now);
            let facts = boxes.facts(&mario);
            boxes.finish().map(|()| facts)
        });
        facts.wait().unwrap().unwrap().rate_left
    };
    assert_eq!(left(start()), Some(5));
    let to = ["anna@beta.example", "luca@beta.example"];
    gestore.submit(&store, &to, 100, start()).unwrap();
    assert_eq!(left(start()), Some(3));
    assert_eq!(left(start() + TimeDelta::hours(23)), Some(3));
    assert_eq!(left(start() + TimeDelta::hours(26)), Some(5));
}

#[test]
fn secrets_are_kept_as_they_were_given() {
    let (_, store) = furnished();
    let mario = address("mario@alfa.example");
    let set = |secret: Option<&str>| {
        store.set_credential(&mario, "password", secret.map(str::to_owned), start()).wait()
    };
    assert_eq!(set(Some("$argon2id$v=19$abc")), Ok(true));
    assert_eq!(set(Some("$argon2id$v=19$def")), Ok(true));
    let name = mario.clone();
    let found = store.read(move |view| view.credentials(&name)).wait().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].name.as_str(), found[0].secret.as_str()),
        ("password", "$argon2id$v=19$def")
    );
    assert_eq!((set(None), set(None)), (Ok(true), Ok(false)));
}
