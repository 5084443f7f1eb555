//! Server-server acceptance (*ricevuta di presa in carico*).

use pec_daticert::{Address, CertificationData, Kind};
use pec_gestore::log::LogEvent;
use pec_gestore::{Action, Alarm};

use crate::world::*;

fn recipients(taken: &CertificationData) -> Vec<&str> {
    taken.event.received_for().iter().map(Address::as_str).collect()
}

/// The octets of the envelope that Alfa relays.
fn envelope(network: &pec_gestore::testkit::Network) -> Vec<u8> {
    let node = node_of(network, ALFA);
    let mut relays = node.stored.outbox.iter().filter_map(|(_, effect)| match &effect.action {
        Action::Relay { message, .. } => node.octets(message),
        _ => None,
    });
    relays.next().unwrap().to_vec()
}

/// rfc6109 §3.2.1#1, §3.2.1#2, norms 30
#[test]
fn a_correct_envelope_is_answered_by_one_take_in_charge_for_all() {
    let mut network = network();
    write(&mut network, &[ANNA, LUCA, NOBODY, OUTSIDE, "anna@alfa.example"]);
    network.run();
    let taken = of_kind(&network, ALFA_SERVICE, Kind::TakeInCharge);
    assert_eq!(taken.len(), 2, "one of each provider");
    let of = |name: &str| taken.iter().find(|data| data.provider.as_str() == name).unwrap();
    assert_eq!(recipients(of("Beta PEC S.p.A.")), [ANNA, LUCA, NOBODY]);
    assert_eq!(recipients(of("Alfa PEC S.p.A.")), ["anna@alfa.example"]);
}

/// rfc6109 §3.2.1#2: several transactions, each recipient in one receipt.
#[test]
fn each_transaction_with_new_recipients_gets_its_receipt() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA, LUCA]);
    network.run();
    let envelope = envelope(&network);
    for to in [&[ANNA][..], &[ANNA], &[ANNA, "LUCA@beta.example"], &[LUCA, ANNA]] {
        let reply = hand_in(&mut network, BETA, Some(MARIO), to, &envelope);
        assert_eq!(reply.code, 250);
    }
    let taken = of_kind(&network, ALFA_SERVICE, Kind::TakeInCharge);
    assert_eq!(taken.iter().map(recipients).collect::<Vec<_>>(), [[ANNA], [LUCA]]);
    for user in [ANNA, LUCA] {
        assert_eq!(kinds(&network, user), [Kind::TransportEnvelope], "{user}");
    }
    assert_eq!(of_kind(&network, MARIO, Kind::Delivery).len(), 2);
}

/// The same identifier around other octets is no repeat: nothing is certified.
#[test]
fn a_reused_identifier_is_an_anomaly_and_an_alarm() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    let first = envelope(&network);
    hand_in(&mut network, BETA, Some(MARIO), &[ANNA], &first);
    // Beta forgets the first one's octets and sees the same transmission sealed anew: Alfa signs
    // what it wants, here the same certification data around another original.
    let mut other = crate::world::network();
    other.unreachable.push("beta.example".to_owned());
    let changed = message("To: anna@beta.example\r\nX-Other: 1\r\n");
    other.submit(MARIO, &[ANNA], &changed).unwrap();
    other.run();
    let second = envelope(&other);
    let data = |message: &[u8]| match network.judge(message) {
        pec_gestore::Judgement::Certified(mail) => mail.data().clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(data(&first).pec_msgid, data(&second).pec_msgid);
    let reply = hand_in(&mut network, BETA, Some(MARIO), &[ANNA], &second);
    assert_eq!(reply.code, 250);
    assert_eq!(node_of(&network, BETA).stored.alarms, [Alarm::IdentifierReused]);
    assert_eq!(anomalies(&network, ANNA).len(), 1);
    assert_eq!(made(&network, BETA, LogEvent::PresaInCarico).len(), 1);
    assert_eq!(made(&network, BETA, LogEvent::Consegna).len(), 1);
}

/// Whoever got an envelope could send it to anybody: it certifies nothing about others.
#[test]
fn an_envelope_for_somebody_it_does_not_name_is_an_anomaly() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    let envelope = envelope(&network);
    let reply = hand_in(&mut network, BETA, Some(MARIO), &[LUCA], &envelope);
    assert_eq!(reply.code, 250);
    assert_eq!(anomalies(&network, LUCA).len(), 1);
    assert_eq!(kinds(&network, ALFA_SERVICE), []);
    // The one whom it is for gets it all the same.
    hand_in(&mut network, BETA, Some(MARIO), &[ANNA], &envelope);
    assert_eq!(kinds(&network, ANNA), [Kind::TransportEnvelope]);
}
