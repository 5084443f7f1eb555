//! The anomaly envelope (*busta di anomalia*).

use pec_gestore::OrdinaryPolicy;
use pec_gestore::log::LogEvent;

use crate::world::*;

const ORDINARY: &[u8] = b"Received: from x\r\nFrom: tom@example.it\r\nTo: anna@beta.example\r\n\
                          Subject: Hi\r\nMessage-ID: <o1@example.it>\r\n\r\nHello.\r\n";

/// rfc6109 §3.2.2#1, norms 33
#[test]
fn ordinary_mail_that_is_let_through_is_wrapped() {
    let mut network = network();
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA, LUCA], ORDINARY);
    assert_eq!(reply.code, 250);
    for user in [ANNA, LUCA] {
        let anomalies = anomalies(&network, user);
        assert_eq!(anomalies.len(), 1, "{user}");
        assert!(anomalies[0].contains("Subject: ANOMALIA MESSAGGIO: Hi\r\n"));
        assert!(anomalies[0].contains("Message-ID: <o1@example.it>\r\n"));
        assert!(anomalies[0].contains(std::str::from_utf8(ORDINARY).unwrap()), "all of it");
        assert!(!anomalies[0].contains("daticert"));
    }
    let logged = made(&network, BETA, LogEvent::BustaAnomalia);
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].received_for.len(), 2);
    assert!(logged[0].error_detail.is_some());
}

/// rfc6109 §3.2.2#1: a signature of somebody else is ordinary mail too.
#[test]
fn a_spoilt_signature_is_ordinary_mail() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    let envelope = network.mailbox(ANNA).next().unwrap().to_vec();
    let spoilt = String::from_utf8(envelope).unwrap().replace("Ecco il", "Ecco un");
    let reply = hand_in(&mut network, BETA, Some(MARIO), &[ANNA], spoilt.as_bytes());
    assert_eq!(reply.code, 250);
    let anomalies = anomalies(&network, ANNA);
    assert_eq!(anomalies.len(), 1);
    assert!(anomalies[0].contains("non risulta attendibile"), "{}", anomalies[0]);
    network.nodes[BETA].users.get_mut(LUCA).unwrap().facts.ordinary = OrdinaryPolicy::Refuse;
    let reply = hand_in(&mut network, BETA, Some(MARIO), &[LUCA], spoilt.as_bytes());
    assert_eq!(reply.code, 550);
}

/// norms 36
#[test]
fn anomalies_have_no_receipts() {
    let mut network = network();
    hand_in(&mut network, BETA, Some(MARIO), &[ANNA], ORDINARY);
    assert_eq!(network.mailbox(MARIO).count(), 0);
    assert_eq!(network.mailbox(ALFA_SERVICE).count(), 0);
    assert_eq!(made(&network, BETA, LogEvent::Deposito).len(), 1);
}
