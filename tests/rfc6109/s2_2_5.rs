//! The provider's service mailbox, and what ends there because it cannot go elsewhere.

use pec_daticert::Kind;
use pec_gestore::limits::RECEIPTS_REMEMBERED;
use pec_gestore::log::LogEvent;
use pec_gestore::testkit::Network;
use pec_gestore::{
    Action, Alarm, Change, Digest, Input, MailboxState, Outcome, RelayResult, Report, State,
};

use crate::world::*;

/// A receipt for a mailbox that takes nothing any more is not lost, and somebody hears of it.
#[test]
fn a_receipt_that_cannot_be_deposited_goes_to_the_service_mailbox() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.nodes[ALFA].users.get_mut(MARIO).unwrap().facts.state = MailboxState::Suspended;
    network.run();
    assert_eq!(kinds(&network, MARIO), []);
    let expected = [Kind::Acceptance, Kind::TakeInCharge, Kind::Delivery];
    assert_eq!(kinds(&network, ALFA_SERVICE), expected);
    let stored = &node_of(&network, ALFA).stored;
    assert_eq!(stored.alarms, [Alarm::Undepositable, Alarm::Undepositable]);
    assert!(stored.outbox.is_empty());
}

/// Where the service mailbox fails as well there is nothing left but the alarm: no circle.
#[test]
fn a_service_mailbox_that_fails_is_not_asked_again() {
    let mut network = network();
    for user in [MARIO, ALFA_SERVICE] {
        let facts = &mut network.nodes[ALFA].users.get_mut(user).unwrap().facts;
        facts.state = MailboxState::Suspended;
    }
    network.nodes[ALFA].users.get_mut(MARIO).unwrap().facts.state = MailboxState::Active;
    write(&mut network, &[ANNA]);
    network.nodes[ALFA].users.get_mut(MARIO).unwrap().facts.state = MailboxState::Suspended;
    network.run();
    let stored = &node_of(&network, ALFA).stored;
    assert!(stored.outbox.is_empty());
    assert!(stored.alarms.iter().all(|alarm| *alarm == Alarm::Undepositable));
    // Two receipts in two mailboxes, and the take-in-charge in one.
    assert_eq!(stored.alarms.len(), 5);
    assert_eq!(made(&network, ALFA, LogEvent::Deposito), []);
}

/// The reports of the relays of receipts that wait at Beta.
fn reports(network: &Network, result: &RelayResult) -> Vec<Report> {
    let waiting = node_of(network, BETA).stored.outbox.iter();
    let report = |(key, effect): &(pec_gestore::Key, pec_gestore::Effect)| {
        let Action::Relay { envelope, .. } = &effect.action else { panic!("{effect:?}") };
        let results = envelope.forward_paths.iter().map(|path| (path.clone(), result.clone()));
        let outcome = Outcome::Relayed(results.collect());
        Report { key: key.clone(), effect: effect.id.clone(), outcome }
    };
    waiting.map(report).collect()
}

/// A receipt that the next hop refuses, or that it never takes, is an alarm; a repeat of the report
/// is nothing.
#[test]
fn a_receipt_that_is_refused_is_an_alarm() {
    for result in [RelayResult::Refused(550, "5.7.1 no".to_owned()), RelayResult::Expired] {
        let mut network = network();
        network.unreachable.push("alfa.example".to_owned());
        write(&mut network, &[ANNA]);
        network.run();
        let reports = reports(&network, &result);
        assert_eq!(reports.len(), 2, "take-in-charge and delivery");
        for report in reports.iter().chain(&reports) {
            network.handle(BETA, &Input::Report(report.clone()));
            network.run();
        }
        let stored = &node_of(&network, BETA).stored;
        assert_eq!(stored.alarms, [Alarm::ReceiptRefused, Alarm::ReceiptRefused]);
        assert!(stored.outbox.is_empty());
        assert_eq!(made(&network, BETA, LogEvent::Inoltro).len(), 2);
    }
}

/// An infected receipt is kept apart. Its user is not told by it, so it ends no waiting.
#[test]
fn an_infected_receipt_is_kept_apart_and_ends_no_waiting() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    network.scanners = [|_| pec_gestore::Scan::Infected("Test-Virus".parse().unwrap()); 2];
    let receipt = sealed_delivery();
    hand_in(&mut network, ALFA, Some("posta-certificata@beta.example"), &[MARIO], &receipt);
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance]);
    let stored = &node_of(&network, ALFA).stored;
    assert_eq!(stored.alarms, [Alarm::VirusMissed]);
    assert_eq!(stored.quarantine.len(), 1);
    network.advance_to(hours(30));
    network.run();
    assert_eq!(of_kind(&network, MARIO, Kind::DeliveryNotice).len(), 2);
}

/// A provider that floods us with receipts makes no state grow without bound: those past the bound
/// are taken as often as they come.
#[test]
fn receipts_are_remembered_up_to_a_bound() {
    for (before, deposits) in [(RECEIPTS_REMEMBERED - 1, 1), (RECEIPTS_REMEMBERED, 2)] {
        let mut network = network();
        network.unreachable.push("beta.example".to_owned());
        write(&mut network, &[ANNA]);
        network.run();
        let states = &mut network.nodes[ALFA].stored.states;
        let snapshot = states.values_mut().next().unwrap();
        let mut state = Some(snapshot.state.clone());
        for number in 0..before {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_be_bytes());
            let read = Change::Read { content: Digest(digest), at: start() };
            State::apply(&mut state, &read).unwrap();
        }
        snapshot.state = state.unwrap();
        let receipt = sealed_delivery();
        for _ in 0..2 {
            let from = Some("posta-certificata@beta.example");
            assert_eq!(hand_in(&mut network, ALFA, from, &[MARIO], &receipt).code, 250);
        }
        assert_eq!(of_kind(&network, MARIO, Kind::Delivery).len(), deposits, "{before}");
        let state = &node_of(&network, ALFA).stored.states.values().next().unwrap().state;
        assert_eq!(state.receipts_read(), RECEIPTS_REMEMBERED);
    }
}
