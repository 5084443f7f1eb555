//! Timeouts (*avvisi di mancata consegna per superamento dei tempi massimi*).

use pec_daticert::{DeliveryErrorCause, Event, Kind};
use pec_gestore::log::LogEvent;
use pec_gestore::testkit::Network;
use pec_gestore::{Alarm, Input, Outcome, RelayResult, Report, Stage, State};

use crate::world::*;

/// Mario writes to Anna, and Beta is unreachable.
fn waiting() -> Network {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    network
}

/// The codes of the notices that Mario got, in their order.
fn notices(network: &Network) -> Vec<(String, i64)> {
    let notices = of_kind(network, MARIO, Kind::DeliveryNotice);
    let told = notices.iter().map(|data| {
        let Event::DeliveryNotice { delivered_to, error_detail } = &data.event else { panic!() };
        assert_eq!(delivered_to.as_str(), ANNA);
        let passed = data.time.to_utc().signed_duration_since(start());
        (error_detail.split(' ').next().unwrap().to_owned(), passed.num_hours())
    });
    told.collect()
}

fn at(network: &mut Network, hour: i64) {
    network.advance_to(hours(hour));
    network.run();
}

fn stage(network: &Network) -> Stage {
    let states = node_of(network, ALFA).stored.states.values();
    let mut stages = states.filter_map(|snapshot| match &snapshot.state {
        State::Sent(sent) => sent.stage(&ANNA.parse().unwrap()),
        _ => None,
    });
    stages.next().unwrap()
}

fn first() -> (String, i64) {
    ("4.4.1".to_owned(), 12)
}

/// norms 46
fn last() -> (String, i64) {
    ("5.4.1".to_owned(), 24)
}

/// rfc6109 §3.1.6, first case; norms 44: taken in charge, but never delivered.
#[test]
fn taken_in_charge_and_not_delivered_gives_the_24_hour_notice() {
    let mut network = waiting();
    network.unreachable = vec!["alfa.example".to_owned()];
    network.run();
    // Of what waits at Beta only the take-in-charge gets through.
    let outbox = &mut network.nodes[BETA].stored.outbox;
    outbox.retain(|(_, effect)| effect.id.as_str().contains("take-in-charge"));
    network.unreachable.clear();
    network.run();
    assert_eq!(stage(&network), Stage::Taken);
    at(&mut network, 12);
    assert_eq!(notices(&network), []);
    at(&mut network, 23);
    assert_eq!(notices(&network), []);
    at(&mut network, 24);
    assert_eq!(notices(&network), [last()]);
    at(&mut network, 48);
    assert_eq!(notices(&network), [last()]);
}

/// rfc6109 §3.1.6, second case; norms 42, norms 44: delivered between 12 and 24 hours.
#[test]
fn delivered_after_12_hours_gives_the_12_hour_notice_alone() {
    let mut network = waiting();
    at(&mut network, 11);
    assert_eq!(notices(&network), []);
    at(&mut network, 12);
    assert_eq!(notices(&network), [first()]);
    network.unreachable.clear();
    at(&mut network, 20);
    assert_eq!(stage(&network), Stage::Delivered);
    at(&mut network, 30);
    assert_eq!(notices(&network), [first()]);
    assert_eq!(of_kind(&network, MARIO, Kind::Delivery).len(), 1);
}

/// rfc6109 §3.1.6, third case; norms 42, norms 43, norms 44: nothing at all. The second notice is
/// not before 22 hours.
#[test]
fn nothing_at_all_gives_both_notices() {
    let mut network = waiting();
    for hour in [12, 21, 22, 23] {
        at(&mut network, hour);
        assert_eq!(notices(&network), [first()], "{hour}");
    }
    at(&mut network, 24);
    assert_eq!(notices(&network), [first(), last()]);
    assert_eq!(made(&network, ALFA, LogEvent::MancataConsegna12h).len(), 1);
    assert_eq!(made(&network, ALFA, LogEvent::MancataConsegna24h).len(), 1);
    assert_eq!(stage(&network), Stage::Expired);
}

/// norms 47: nobody was there at 12 hours; both are due at once, in their order.
#[test]
fn notices_that_are_late_are_still_made() {
    let mut network = waiting();
    at(&mut network, 40);
    let expected = [("4.4.1".to_owned(), 40), ("5.4.1".to_owned(), 40)];
    assert_eq!(notices(&network), expected);
}

/// norms 45: at 24 hours the envelope is withdrawn, and only the notice counts.
#[test]
fn the_queued_envelope_is_withdrawn_at_24_hours() {
    let mut network = waiting();
    at(&mut network, 24);
    network.unreachable.clear();
    network.run();
    assert_eq!(network.mailbox(ANNA).count(), 0);
    assert!(node_of(&network, ALFA).stored.outbox.is_empty());
}

/// norms 46: what comes after the final notice is delivered, logged, and supersedes it.
#[test]
fn a_late_delivery_is_passed_on_and_logged() {
    let mut network = waiting();
    network.unreachable = vec!["alfa.example".to_owned()];
    network.run();
    at(&mut network, 12);
    at(&mut network, 24);
    assert_eq!(notices(&network), [first(), last()]);
    network.unreachable.clear();
    at(&mut network, 26);
    assert_eq!(stage(&network), Stage::DeliveredLate);
    assert_eq!(of_kind(&network, MARIO, Kind::Delivery).len(), 1);
    let log = &node_of(&network, ALFA).stored.log;
    let received = log.iter().filter(|record| record.is_received);
    assert_eq!(received.filter(|record| record.event == LogEvent::Consegna).count(), 1);
    assert!(node_of(&network, ALFA).stored.alarms.is_empty());
}

/// The relay of the envelope at Alfa answers so.
fn relayed(network: &mut Network, result: RelayResult) {
    let outbox = &network.nodes[ALFA].stored.outbox;
    let is_relay = |id: &str| id.ends_with("relay:beta.example");
    let (key, effect) = outbox.iter().find(|(_, effect)| is_relay(effect.id.as_str())).unwrap();
    let outcome = Outcome::Relayed(vec![(ANNA.parse().unwrap(), result)]);
    let report = Report { key: key.clone(), effect: effect.id.clone(), outcome };
    network.handle(ALFA, &Input::Report(report.clone()));
    let logged = network.nodes[ALFA].stored.log.len();
    network.handle(ALFA, &Input::Report(report));
    assert_eq!(network.nodes[ALFA].stored.log.len(), logged, "a repeat does nothing");
    network.run();
}

/// norms 41: a permanent refusal is told at once, and the timers have nothing to add.
#[test]
fn a_permanent_refusal_is_an_error_at_once() {
    for (text, cause, status) in [
        ("5.1.1 no such user", DeliveryErrorCause::NoRecipient, "5.1.1"),
        ("5.7.1 no", DeliveryErrorCause::Other, "5.7.1"),
        ("5.1.2 no such domain", DeliveryErrorCause::Other, "5.1.2"),
        ("go away", DeliveryErrorCause::Other, "5.0.0"),
    ] {
        let mut network = waiting();
        relayed(&mut network, RelayResult::Refused(550, text.to_owned()));
        let errors = of_kind(&network, MARIO, Kind::DeliveryError);
        assert_eq!(errors.len(), 1);
        assert_eq!(
            errors[0].event.error(),
            Event::DeliveryError {
                cause,
                delivered_to: ANNA.parse().unwrap(),
                receipt_type: None,
                error_detail: "x".parse().unwrap(),
            }
            .error()
        );
        assert!(errors[0].event.error_detail().unwrap().starts_with(status));
        at(&mut network, 25);
        assert_eq!(notices(&network), []);
    }
}

/// The next hop gave up: the sender's notice is the timer's, and there is one.
#[test]
fn an_expired_relay_adds_nothing_to_the_final_notice() {
    let mut network = waiting();
    at(&mut network, 12);
    relayed(&mut network, RelayResult::Expired);
    at(&mut network, 24);
    assert_eq!(notices(&network), [first(), last()]);
    assert_eq!(of_kind(&network, MARIO, Kind::DeliveryError), []);
}

/// Two providers in one world say opposite things: both reach the user, and somebody is told.
#[test]
fn contradictory_receipts_are_flagged() {
    let mut network = waiting();
    relayed(&mut network, RelayResult::Refused(550, "5.1.1 no".to_owned()));
    assert_eq!(stage(&network), Stage::Failed);
    // It took the message all the same, and says so.
    let mut other = waiting();
    other.unreachable.clear();
    other.run();
    let delivery = other.mailbox(MARIO).nth(1).unwrap().to_vec();
    hand_in(&mut network, ALFA, Some("posta-certificata@beta.example"), &[MARIO], &delivery);
    assert_eq!(stage(&network), Stage::Contradicted);
    assert_eq!(node_of(&network, ALFA).stored.alarms, [Alarm::ContradictoryReceipts]);
    assert_eq!(of_kind(&network, MARIO, Kind::Delivery).len(), 1);
}

/// Ordinary recipients have no timers.
#[test]
fn nothing_is_waited_for_from_ordinary_recipients() {
    let mut network = network();
    network.unreachable.push("example.it".to_owned());
    write(&mut network, &[OUTSIDE]);
    network.run();
    assert!(node_of(&network, ALFA).stored.deadlines.is_empty());
    at(&mut network, 48);
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance]);
}
