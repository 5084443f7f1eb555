//! The states by themselves: what is legal, what is restored, what is stored.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{Address, CertificationData, Event, Header, ReceiptType, Recipient};
use proptest::prelude::*;

use super::*;
use crate::{BodyRef, Key, MessageRef, Role};

fn at(hours: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-21T09:00:00Z".parse().unwrap();
    start.checked_add_signed(TimeDelta::hours(hours)).unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn body(octet: u8) -> BodyRef {
    BodyRef { sha256: Digest([octet; 32]), octets: 100 }
}

fn key() -> Key {
    Key::new(Role::Sender, "Alfa", &"a1@alfa.example".parse().unwrap())
}

fn data() -> CertificationData {
    let recipients = vec![
        Recipient::certified(address("anna@beta.example")),
        Recipient::certified(address("ANNA@beta.example")),
        Recipient::external(address("tom@example.it")),
        Recipient::certified(address("luca@gamma.example")),
    ];
    CertificationData {
        header: Header {
            sender: address("mario@alfa.example"),
            recipients: recipients.try_into().unwrap(),
            reply_to: "mario@alfa.example".parse().unwrap(),
            subject: Some("Contratto — n. 12".parse().unwrap()),
        },
        provider: "Alfa".parse().unwrap(),
        time: "2026-11-21T10:00:00+01:00".parse().unwrap(),
        pec_msgid: "a1@alfa.example".parse().unwrap(),
        msgid: None,
        event: Event::TransportEnvelope { receipt_type: ReceiptType::Complete },
    }
}

fn accepted() -> Change {
    Change::Accepted(Box::new(Accepted {
        data: data(),
        account: address("mario@alfa.example"),
        original: body(1),
        at: at(0),
    }))
}

fn arrived() -> Change {
    Change::Arrived(Box::new(Arrived { data: data(), content: Digest([9; 32]), at: at(0) }))
}

fn addressee(text: &str) -> Addressee {
    Addressee {
        address: address(text),
        receipt: ReceiptType::Complete,
        envelope: body(2),
        placement: Placement::Taken,
    }
}

fn tracked(recipient: &str, event: StageEvent, hours: i64) -> Change {
    Change::Tracked { recipient: address(recipient), event, at: at(hours) }
}

fn sent(state: &State) -> &Sent {
    match state {
        State::Sent(sent) => sent,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_recipient_counts_once_whatever_the_case() {
    let state = State::restore(&[accepted()]).unwrap();
    let listed: Vec<_> =
        sent(&state).recipients().iter().map(|one| (one.address().as_str(), one.stage())).collect();
    let expected = [
        ("anna@beta.example", Stage::Waiting),
        ("tom@example.it", Stage::Ordinary),
        ("luca@gamma.example", Stage::Waiting),
    ];
    assert_eq!(listed, expected);
    assert_eq!(sent(&state).stage(&address("Anna@Beta.example")), Some(Stage::Waiting));
}

#[test]
fn only_a_beginning_begins_a_state_and_only_once() {
    let taken = Change::Taken { recipients: vec![addressee("anna@beta.example")], at: at(1) };
    let why = |changes: &[Change]| State::restore(changes).unwrap_err();
    assert_eq!(why(&[]), RestoreError { at: 0, why: Illegal::NotBegun });
    assert_eq!(why(std::slice::from_ref(&taken)).why, Illegal::NotBegun);
    for second in [accepted(), arrived()] {
        let why = why(&[accepted(), second]);
        assert_eq!(why, RestoreError { at: 1, why: Illegal::BegunBefore });
    }
    assert_eq!(why(&[accepted(), taken]).why, Illegal::OtherRole);
    let delivery = tracked("anna@beta.example", StageEvent::Delivery, 1);
    assert_eq!(why(&[arrived(), delivery]).why, Illegal::OtherRole);
}

/// An illegal change changes nothing.
#[test]
fn what_has_no_row_does_not_happen() {
    for event in StageEvent::ALL {
        let mut state = Some(State::restore(&[accepted()]).unwrap());
        let before = state.clone();
        for recipient in ["tom@example.it", "nobody@beta.example"] {
            assert!(State::apply(&mut state, &tracked(recipient, *event, 1)).is_err());
            assert_eq!(state, before);
        }
    }
    let twice = [addressee("anna@beta.example"), addressee("Anna@beta.example")];
    let taken = Change::Taken { recipients: twice.into(), at: at(1) };
    let why = State::restore(&[arrived(), taken]).unwrap_err().why;
    assert_eq!(why, Illegal::KnownRecipient(address("Anna@beta.example")));
}

/// Every row of the tables leads to what it says, and every final stage stays final.
#[test]
fn the_tables_are_what_the_states_do() {
    for stage in Stage::ALL {
        for event in StageEvent::ALL {
            let row = stage::TRANSITIONS.iter().filter(|row| (row.0, row.1) == (*stage, *event));
            let to: Vec<Stage> = row.map(|row| row.2).collect();
            assert!(to.len() <= 1, "{stage:?} {event:?} has two rows");
            assert_eq!(stage.after(*event), to.first().copied());
            assert!(!stage.is_final() || to.iter().all(|to| to.is_final()));
        }
    }
    for placement in Placement::ALL {
        for event in PlacementEvent::ALL {
            let is_open = *placement == Placement::Taken;
            assert_eq!(placement.after(*event).is_some(), is_open);
        }
    }
}

/// norms 42, norms 43: the timers and who waits for them.
#[test]
fn the_next_deadline_is_that_of_the_first_timer_that_somebody_awaits() {
    let (anna, luca) = ("anna@beta.example", "luca@gamma.example");
    let mut state = None;
    let mut step = |change: Change| {
        State::apply(&mut state, &change).unwrap();
        state.as_ref().unwrap().next_deadline()
    };
    assert_eq!(step(accepted()), Some(at(12)));
    assert_eq!(step(tracked(anna, StageEvent::TakeInCharge, 1)), Some(at(12)));
    assert_eq!(step(tracked(luca, StageEvent::Warning, 12)), Some(at(24)));
    assert_eq!(step(tracked(luca, StageEvent::Delivery, 13)), Some(at(24)));
    assert_eq!(step(tracked(anna, StageEvent::Failure, 14)), None);
    assert_eq!(Timer::TwelveHours.due(DateTime::<Utc>::MAX_UTC), DateTime::<Utc>::MAX_UTC);
}

/// A state rests when nothing is waited for.
#[test]
fn a_state_is_closed_when_nothing_is_waited_for() {
    let effect = key().effect("relay:beta.example");
    let recipients = vec![address("anna@beta.example"), address("luca@gamma.example")];
    let task = Task::Relay { cargo: Cargo::Envelope, recipients: recipients.clone() };
    let mut changes = vec![accepted(), Change::Asked { effect: effect.clone(), task }];
    let is_closed = |changes: &[Change]| State::restore(changes).unwrap().is_closed();
    changes.push(tracked("anna@beta.example", StageEvent::Delivery, 1));
    changes.push(tracked("luca@gamma.example", StageEvent::Failure, 1));
    assert!(!is_closed(&changes), "the relay is open");
    for recipient in recipients {
        assert!(!is_closed(&changes));
        changes.push(Change::Answered { effect: effect.clone(), recipient });
    }
    assert!(is_closed(&changes));
    let why = State::restore(&[changes, vec![Change::Settled { effect: effect.clone() }]].concat());
    assert_eq!(why.unwrap_err().why, Illegal::NotAsked(effect));
}

/// norms 12: a clock that steps back does not reverse the order.
#[test]
fn instants_never_decrease() {
    let changes = [
        accepted(),
        tracked("anna@beta.example", StageEvent::TakeInCharge, 5),
        tracked("anna@beta.example", StageEvent::Delivery, 2),
    ];
    assert_eq!(State::restore(&changes).unwrap().seen_at(), at(5));
}

#[test]
fn unknown_formats_are_refused() {
    let state = State::restore(&[accepted()]).unwrap();
    let json = state.to_json().unwrap();
    assert!(json.starts_with("{\"format\":1,"), "{json}");
    let newer = json.replacen("\"format\":1", "\"format\":2", 1);
    let error = State::from_json(&newer).unwrap_err();
    assert!(matches!(error, StoredError::Format { found: 2 }), "{error}");
    // What else a newer format has is not looked at.
    let error = State::from_json("{\"format\":7}").unwrap_err();
    assert!(matches!(error, StoredError::Format { found: 7 }), "{error}");
    for json in ["", "{}", "{\"format\":1}", "{\"format\":1,\"state\":{\"other\":{}}}", "[1]"] {
        assert!(matches!(State::from_json(json), Err(StoredError::Json(_))), "{json}");
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    let recipient = prop::sample::select(vec![
        "anna@beta.example",
        "luca@gamma.example",
        "LUCA@gamma.example",
        "tom@example.it",
        "x@y.example",
    ]);
    let stage_event = prop::sample::select(StageEvent::ALL);
    let placement_event = prop::sample::select(PlacementEvent::ALL);
    let effect = prop::sample::select(vec!["relay:beta.example", "deposit:a", "deposit:b"]);
    (0..9_u8, recipient, stage_event, placement_event, effect, 0..30_i64).prop_map(
        |(which, recipient, stage_event, placement_event, effect, hour)| {
            let effect = key().effect(effect);
            let recipient = address(recipient);
            match which {
                0 => accepted(),
                1 => arrived(),
                2 => Change::Tracked { recipient, event: stage_event, at: at(hour) },
                3 => Change::Placed { recipient, event: placement_event, at: at(hour) },
                4 => {
                    Change::Taken { recipients: vec![addressee(recipient.as_str())], at: at(hour) }
                }
                5 => Change::Asked {
                    effect,
                    task: Task::Relay { cargo: Cargo::Envelope, recipients: vec![recipient] },
                },
                6 => Change::Asked {
                    effect: effect.clone(),
                    task: Task::Deposit {
                        cargo: Cargo::Receipt,
                        mailbox: recipient,
                        message: MessageRef::Sealed(effect),
                    },
                },
                7 => Change::Answered { effect, recipient },
                8 if hour < 20 => Change::Settled { effect },
                _ => Change::Read {
                    content: Digest([u8::try_from(hour).unwrap(); 32]),
                    at: at(hour),
                },
            }
        },
    )
}

proptest! {
    /// Changes that were made restore the live state, through JSON as well; those that were
    /// refused changed nothing; instants never decrease; what is final stays so.
    #[test]
    fn restore_equals_live(
        beginning in prop::sample::select(vec![accepted(), arrived()]),
        changes in prop::collection::vec(any_change(), 0..60),
    ) {
        let (mut live, mut made) = (None, Vec::new());
        for change in [vec![beginning], changes].concat() {
            let before = live.clone();
            if State::apply(&mut live, &change).is_ok() {
                made.push(change);
            } else {
                prop_assert_eq!(&live, &before);
            }
            if let (Some(State::Sent(old)), Some(State::Sent(new))) = (&before, &live) {
                for (old, new) in old.recipients().iter().zip(new.recipients()) {
                    prop_assert!(!old.stage().is_final() || new.stage().is_final());
                }
            }
            if let (Some(before), Some(live)) = (&before, &live) {
                prop_assert!(live.seen_at() >= before.seen_at());
            }
        }
        let live = live.unwrap();
        prop_assert_eq!(&State::restore(&made).unwrap(), &live);
        let json = live.to_json().unwrap();
        prop_assert_eq!(&State::from_json(&json).unwrap(), &live);
        let changes = serde_json::to_string(&made).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Change>>(&changes).unwrap(), made);
    }
}
