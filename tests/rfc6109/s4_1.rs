//! One temporal reference.

use chrono::{DateTime, Utc};
use pec_daticert::{EventTime, Kind};
use pec_gestore::State;
use pec_gestore::testkit::Network;

use crate::world::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Mario writes to Anna at this instant, and all of it happens at once.
fn sent_at(now: DateTime<Utc>) -> Network {
    let mut network = Network::new(now);
    write(&mut network, &[ANNA]);
    network.run();
    network
}

/// rfc6109 §4.1#1, norms 12: certification data, message and log of a step bear one instant.
#[test]
fn all_that_one_step_makes_bears_one_instant() {
    let mut network = network();
    write(&mut network, &[ANNA, NOBODY]);
    network.run();
    let steps = [MARIO, ANNA, ALFA_SERVICE].map(|mailbox| certified(&network, mailbox)).concat();
    assert_eq!(steps.len(), 5);
    for data in &steps {
        assert_eq!(data.time.to_utc(), start(), "{}", data.kind());
    }
    for node in [ALFA, BETA] {
        for record in &node_of(&network, node).stored.log {
            let certified = record.certified_at.map(|time| time.to_utc());
            assert!(certified.is_none_or(|at| at == record.time), "{record:?}");
        }
    }
}

/// norms 11: the legal time of an instant, on both sides of the change.
#[test]
fn the_change_to_winter_time_moves_no_timer() {
    let before = instant("2026-10-24T20:30:00Z");
    let mut network = Network::new(before);
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    let zone = |network: &Network, kind| of_kind(network, MARIO, kind)[0].time.zone();
    assert_eq!(zone(&network, Kind::Acceptance), "+0200");
    for (hour, notices) in [("08:29:59", 0), ("08:30:00", 1)] {
        network.advance_to(instant(&format!("2026-10-25T{hour}Z")));
        network.run();
        assert_eq!(of_kind(&network, MARIO, Kind::DeliveryNotice).len(), notices, "{hour}");
    }
    // Twelve hours later the clocks on the wall show eleven more.
    let notice = of_kind(&network, MARIO, Kind::DeliveryNotice)[0].time;
    assert_eq!((notice.hour().as_str(), notice.zone().as_str()), ("09:30:00", "+0100"));
}

/// The second that UTC inserts is a second like others.
#[test]
fn a_leap_second_is_an_instant() {
    let second = instant("2016-12-31T23:59:59Z").timestamp();
    let leap = DateTime::from_timestamp(second, 1_500_000_000).unwrap();
    let network = sent_at(leap);
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance, Kind::Delivery]);
    for data in certified(&network, MARIO) {
        assert_eq!(data.time, EventTime::legal(leap).unwrap());
        assert_eq!(data.time.hour(), "00:59:60");
    }
    let mut waiting = Network::new(leap);
    waiting.unreachable.push("beta.example".to_owned());
    write(&mut waiting, &[ANNA]);
    waiting.run();
    waiting.advance_to(instant("2017-01-01T12:00:01Z"));
    waiting.run();
    assert_eq!(of_kind(&waiting, MARIO, Kind::DeliveryNotice).len(), 1);
}

/// A clock that is set back does not reverse the order of what happened.
#[test]
fn instants_of_a_transmission_never_decrease() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    network.advance_to(hours(12));
    network.run();
    network.advance_to(hours(1));
    network.unreachable.clear();
    network.run();
    // Beta's clock is what it is; at Alfa the delivery comes after the notice that it follows.
    let states = node_of(&network, ALFA).stored.states.values().map(|snapshot| &snapshot.state);
    let seen = states.filter(|state| matches!(state, State::Sent(_))).map(State::seen_at);
    assert_eq!(seen.collect::<Vec<_>>(), [hours(12)]);
    let log = &node_of(&network, ALFA).stored.log;
    assert!(log.is_sorted_by_key(|record| record.time));
    assert_eq!(of_kind(&network, MARIO, Kind::Delivery)[0].time.to_utc(), hours(1));
    network.advance_to(hours(24));
    network.run();
    assert_eq!(of_kind(&network, MARIO, Kind::DeliveryNotice).len(), 1);
}
