//! The delivery point.

use pec_daticert::Kind;
use pec_gestore::log::LogEvent;

use crate::world::*;

const ORDINARY: &[u8] =
    b"From: tom@example.it\r\nTo: anna@beta.example\r\nSubject: Hi\r\n\r\nHi.\r\n";

/// rfc6109 §2.2.3#1, norms 36, norms 37: the type of the message decides whether a receipt follows.
#[test]
fn only_a_valid_envelope_gets_a_delivery_receipt() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA], ORDINARY);
    assert_eq!(network.mailbox(ANNA).count(), 2);
    assert_eq!(made(&network, BETA, LogEvent::Deposito).len(), 2);
    assert_eq!(made(&network, BETA, LogEvent::Consegna).len(), 1);
    // The receipt that Mario got is in a mailbox too, and has no receipt of its own.
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance, Kind::Delivery]);
    assert!(network.outside.is_empty());
    assert_eq!(made(&network, ALFA, LogEvent::Consegna), []);
}

/// rfc6109 §2.2.3#2, §3.3.2#1, norms 38
#[test]
fn the_envelope_is_delivered_as_it_was_sealed() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    let mut sealed = None;
    network.run();
    let delivered = network.mailbox(ANNA).next().unwrap();
    for key in node_of(&network, ALFA).stored.states.keys() {
        let effect = serde_json::from_value(serde_json::json!(format!("{key}/envelope"))).unwrap();
        let reference = pec_gestore::MessageRef::Sealed(effect);
        sealed = node_of(&network, ALFA).octets(&reference).or(sealed);
    }
    assert_eq!(Some(delivered), sealed);
}

/// rfc6109 §2.2.3: no notice where the message came from the Internet.
#[test]
fn ordinary_mail_that_cannot_be_delivered_gets_no_notice() {
    let mut network = network();
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[NOBODY], ORDINARY);
    assert_eq!(reply.code, 550);
    assert_eq!(made(&network, BETA, LogEvent::MancataConsegna), []);
    assert!(network.outside.is_empty());
}
