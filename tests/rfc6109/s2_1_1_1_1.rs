//! Success notifications.

use pec_daticert::Kind;
use pec_gestore::{Action, Alarm};

use crate::world::*;

/// rfc6109 §2.1.1.1.1#1, norms 31
#[test]
fn a_take_in_charge_reaches_no_user() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    assert_eq!(kinds(&network, ALFA_SERVICE), [Kind::TakeInCharge]);
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance, Kind::Delivery]);
}

/// rfc6109 §2.1.1.1.1#1: not even when it is addressed to one.
#[test]
fn a_take_in_charge_for_a_user_goes_to_the_service_mailbox() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    let taken = network.mailbox(ALFA_SERVICE).next().unwrap().to_vec();
    // A transmission of its own, so that this is not a repeat.
    let mut other = crate::world::network();
    let reply = hand_in(&mut other, ALFA, Some(ANNA), &[MARIO], &taken);
    assert_eq!(reply.code, 250);
    assert_eq!(kinds(&other, MARIO), []);
    assert_eq!(kinds(&other, ALFA_SERVICE), [Kind::TakeInCharge]);
    assert_eq!(node_of(&other, ALFA).stored.alarms, [Alarm::UnknownTransmission]);
}

/// norms 16: receipts travel with our own reverse path, so that one that cannot be delivered does
/// not come back to a user.
#[test]
fn receipts_have_the_providers_reverse_path() {
    let mut network = network();
    network.unreachable.push("alfa.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    let waiting = &node_of(&network, BETA).stored.outbox;
    assert_eq!(waiting.len(), 2, "take-in-charge and delivery");
    for (_, effect) in waiting {
        let Action::Relay { envelope, .. } = &effect.action else { panic!("{effect:?}") };
        let path = envelope.reverse_path.as_ref().map(ToString::to_string);
        assert_eq!(path.as_deref(), Some("posta-certificata@beta.example"));
    }
}
