//! The incoming point.

use pec_daticert::{DeliveryErrorCause, Event, Kind};
use pec_gestore::log::LogEvent;
use pec_gestore::{Action, Alarm, Judgement, OrdinaryPolicy, Scan};
use pec_message::{DirectoryDoubt, Doubt};

use crate::world::*;

const ORDINARY: &[u8] = b"From: tom@example.it\r\nTo: anna@beta.example\r\nSubject: Hi\r\n\
                          Message-ID: <o1@example.it>\r\n\r\nHello.\r\n";

/// rfc6109 §2.2.2#1, norms 45
#[test]
fn an_idle_message_is_given_up_after_24_hours_and_its_sender_told() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    let (_, relay) = &node_of(&network, ALFA).stored.outbox[0];
    let Action::Relay { until, .. } = relay.action else { panic!("{relay:?}") };
    assert_eq!(until, hours(24));
    network.advance_to(hours(24));
    network.run();
    assert_eq!(of_kind(&network, MARIO, Kind::DeliveryNotice).len(), 2);
    network.unreachable.clear();
    network.run();
    assert_eq!(kinds(&network, ANNA), [], "withdrawn");
}

/// rfc6109 §2.2.2#2, norms 32: signed well, but not of the prescribed form.
#[test]
fn a_faulty_message_of_a_provider_reaches_the_recipient_in_an_anomaly_envelope() {
    let mut network = network();
    // The header, which nobody signed, claims another kind.
    let faulty = String::from_utf8(sealed_envelope()).unwrap();
    let faulty = faulty.replace("X-Trasporto: posta-certificata", "X-Ricevuta: accettazione");
    let Judgement::Untrusted(step, _) = network.judge(faulty.as_bytes()) else { panic!() };
    assert_eq!(step, pec_message::Step::FormalCorrectness);
    // Whatever the mailbox says about ordinary mail.
    let anna = network.nodes[BETA].users.get_mut(ANNA).unwrap();
    anna.facts.ordinary = OrdinaryPolicy::Refuse;
    let reply = hand_in(&mut network, BETA, Some(MARIO), &[ANNA], faulty.as_bytes());
    assert_eq!(reply.code, 250);
    let anomalies = anomalies(&network, ANNA);
    assert_eq!(anomalies.len(), 1);
    assert!(anomalies[0].contains("X-Ricevuta: accettazione\r\n"), "the whole message is inside");
    // norms 36: and no receipt follows.
    assert_eq!(kinds(&network, ALFA_SERVICE), []);
}

/// rfc6109 §2.2.2#4, norms 33: discarded before it enters.
#[test]
fn ordinary_mail_is_scanned_and_refused_when_infected() {
    let mut network = network();
    network.scanners = [finds_virus; 2];
    let infected = [ORDINARY, b"VIRUS-123\r\n"].concat();
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA], &infected);
    assert_eq!((reply.code, reply.enhanced.as_str()), (554, "5.7.1"));
    assert_eq!(network.mailbox(ANNA).count(), 0);
    let refused = made(&network, BETA, LogEvent::Rifiuto);
    assert_eq!(refused[0].virus.as_deref(), Some("Test-Virus"));
    // No special treatment: nothing is kept, nobody gets a notice.
    assert!(node_of(&network, BETA).stored.quarantine.is_empty());
}

/// rfc6109 §2.2.2#4: a scanner that does not answer finds nothing.
#[test]
fn what_is_not_scanned_waits() {
    let mut network = network();
    network.scanners = [|_| Scan::Failed; 2];
    for (from, message) in [(OUTSIDE, ORDINARY.to_vec()), (MARIO, sealed_envelope())] {
        let reply = hand_in(&mut network, BETA, Some(from), &[ANNA], &message);
        assert_eq!(reply.code, 451);
    }
    assert_eq!(network.mailbox(ANNA).count(), 0);
    assert!(node_of(&network, BETA).stored.states.is_empty());
}

/// A signature that cannot be judged now: never ordinary mail, and never lost.
#[test]
fn what_cannot_be_judged_now_is_put_off() {
    let mut network = network();
    let doubts = [Doubt::UnknownIssuer, Doubt::Directory(DirectoryDoubt::NoneInForce)];
    for doubt in doubts {
        let envelope = sealed_envelope();
        let mut doubtful = arrival(&mut network, BETA, Some(MARIO), &[ANNA], &envelope);
        doubtful.judgement = Judgement::Undecided(doubt);
        let reply = take(&mut network, BETA, doubtful);
        assert_eq!((reply.code, reply.enhanced.as_str()), (451, "4.7.5"));
    }
    assert_eq!(network.mailbox(ANNA).count(), 0);
    assert!(node_of(&network, BETA).stored.states.is_empty());
    assert_eq!(made(&network, BETA, LogEvent::Rifiuto).len(), 2);
}

/// It came from the PEC network, and is no envelope to certify a virus of: refused and kept.
#[test]
fn a_faulty_message_with_a_virus_is_refused_and_kept() {
    let mut network = network();
    let faulty = String::from_utf8(sealed_envelope()).unwrap();
    let faulty = faulty.replace("X-Trasporto: posta-certificata", "X-Ricevuta: accettazione");
    let mut infected = arrival(&mut network, BETA, Some(MARIO), &[ANNA], faulty.as_bytes());
    infected.scan = Scan::Infected("Test-Virus".parse().unwrap());
    assert_eq!(take(&mut network, BETA, infected).code, 554);
    assert_eq!(network.mailbox(ANNA).count(), 0);
    assert_eq!(node_of(&network, BETA).stored.quarantine.len(), 1);
}

/// rfc6109 §2.2.2#5, norms 35
#[test]
fn a_virus_notice_alarms_us_and_tells_the_sender() {
    let mut network = network();
    network.scanners = [|_| Scan::Clean, finds_virus];
    let message = [message("To: anna@beta.example\r\n"), b"VIRUS-123\r\n".to_vec()].concat();
    network.submit(MARIO, &[ANNA], &message).unwrap();
    network.run();
    assert_eq!(node_of(&network, ALFA).stored.alarms, [Alarm::VirusMissed]);
    let errors = of_kind(&network, MARIO, Kind::DeliveryError);
    assert_eq!(errors.len(), 1);
    let Event::DeliveryError { cause, .. } = errors[0].event else { panic!() };
    assert_eq!(cause, DeliveryErrorCause::Virus);
    assert_eq!(kinds(&network, ANNA), []);
}

/// norms 31: receipts go to the user, what providers tell each other to the service mailbox.
#[test]
fn valid_receipts_go_to_whom_they_are_for() {
    let mut network = network();
    write(&mut network, &[ANNA, NOBODY]);
    network.run();
    let expected = [Kind::Acceptance, Kind::Delivery, Kind::DeliveryError];
    assert_eq!(kinds(&network, MARIO), expected);
    assert_eq!(kinds(&network, ALFA_SERVICE), [Kind::TakeInCharge]);
}

/// norms 31: a repeat of a receipt is put into the mailbox once.
#[test]
fn a_repeated_receipt_is_deposited_once() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    let delivery = network.mailbox(MARIO).nth(1).unwrap().to_vec();
    let before = node_of(&network, ALFA).stored.log.len();
    let from = Some("posta-certificata@beta.example");
    let reply = hand_in(&mut network, ALFA, from, &[MARIO], &delivery);
    assert_eq!(reply.code, 250);
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance, Kind::Delivery]);
    assert_eq!(node_of(&network, ALFA).stored.log.len(), before);
}

/// A receipt for a transmission that nobody remembers is delivered, and somebody hears of it.
#[test]
fn a_receipt_for_an_unknown_transmission_is_delivered_all_the_same() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    let delivery = network.mailbox(MARIO).nth(1).unwrap().to_vec();
    let mut other = crate::world::network();
    hand_in(&mut other, ALFA, Some("posta-certificata@beta.example"), &[MARIO], &delivery);
    assert_eq!(kinds(&other, MARIO), [Kind::Delivery]);
    assert_eq!(node_of(&other, ALFA).stored.alarms, [Alarm::UnknownTransmission]);
}

/// norms 33: what mailboxes want differs, and one transaction has one answer.
#[test]
fn ordinary_mail_goes_by_the_policy_of_each_mailbox() {
    let mut network = network();
    let ordinary = |network: &mut pec_gestore::testkit::Network, user: &str, policy| {
        network.nodes[BETA].users.get_mut(user).unwrap().facts.ordinary = policy;
    };
    ordinary(&mut network, ANNA, OrdinaryPolicy::Refuse);
    ordinary(&mut network, LUCA, OrdinaryPolicy::Envelope);
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA], ORDINARY);
    assert_eq!((reply.code, reply.enhanced.as_str()), (550, "5.7.1"));
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA, LUCA], ORDINARY);
    assert_eq!((reply.code, reply.enhanced.as_str()), (452, "4.5.3"));
    assert_eq!(network.mailbox(LUCA).count(), 0);
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[LUCA], ORDINARY);
    assert_eq!(reply.code, 250);
    assert_eq!(anomalies(&network, LUCA).len(), 1);
    // norms 95
    ordinary(&mut network, ANNA, OrdinaryPolicy::Forward("anna@example.it".parse().unwrap()));
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA, LUCA], ORDINARY);
    assert_eq!(reply.code, 250);
    assert_eq!(network.mailbox(ANNA).count(), 0);
    assert_eq!(anomalies(&network, LUCA).len(), 2);
    let (envelope, octets) = &network.outside[0];
    assert_eq!(envelope.forward_paths[0].as_str(), "anna@example.it");
    assert_eq!(octets.as_slice(), ORDINARY);
}

/// norms 96
#[test]
fn a_mailbox_with_few_correspondents_hears_from_these_alone() {
    use pec_gestore::Correspondents;
    let mut network = network();
    let anna = network.nodes[BETA].users.get_mut(ANNA).unwrap();
    anna.facts.correspondents = Correspondents::Domains(vec!["gov.example".to_owned()]);
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA], ORDINARY);
    assert_eq!(reply.code, 550);
    let reply = hand_in(&mut network, BETA, Some("x@roma.gov.example"), &[ANNA], ORDINARY);
    assert_eq!(reply.code, 250);
    write(&mut network, &[ANNA]);
    network.run();
    let errors = of_kind(&network, MARIO, Kind::DeliveryError);
    assert!(errors[0].event.error_detail().unwrap().starts_with("5.7.1"));
    assert_eq!(kinds(&network, ANNA), []);
}

/// Mail for nobody here is not relayed, a loop is broken, size is bounded.
#[test]
fn what_is_not_for_us_is_refused() {
    let mut network = network();
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[OUTSIDE], ORDINARY);
    assert_eq!((reply.code, reply.enhanced.as_str()), (550, "5.7.1"));
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[NOBODY], ORDINARY);
    assert_eq!((reply.code, reply.enhanced.as_str()), (550, "5.1.1"));
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[], ORDINARY);
    assert_eq!(reply.code, 554);
    for (hops, code) in [(100, 250), (101, 554)] {
        let message = [b"Received: by x\r\n".repeat(hops), ORDINARY.to_vec()].concat();
        let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA], &message);
        assert_eq!(reply.code, code, "{hops}");
    }
    network.nodes[BETA].provider.limits.message_octets = 31 << 20;
    let large = |octets: usize| {
        let mut message = ORDINARY.to_vec();
        let line = [b'x'; 76].as_slice();
        while message.len() + 78 <= octets {
            message.extend_from_slice(line);
            message.extend_from_slice(b"\r\n");
        }
        message.resize(octets - 2, b'y');
        [message, b"\r\n".to_vec()].concat()
    };
    for (octets, code) in [(31 << 20, 250), ((31 << 20) + 1, 552)] {
        let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[ANNA], &large(octets));
        assert_eq!(reply.code, code, "{octets}");
    }
}

/// A bounce answers the user's own mail: whatever the policy, it comes in an anomaly envelope.
#[test]
fn bounces_come_in_anomaly_envelopes() {
    let mut network = network();
    let anna = network.nodes[BETA].users.get_mut(ANNA).unwrap();
    anna.facts.ordinary = OrdinaryPolicy::Refuse;
    let reply = hand_in(&mut network, BETA, None, &[ANNA], ORDINARY);
    assert_eq!(reply.code, 250);
    assert_eq!(anomalies(&network, ANNA).len(), 1);
}

/// A receipt of ours that comes back: logged and alarmed, never answered.
#[test]
fn a_bounced_receipt_is_an_alarm() {
    let mut network = network();
    let system = "posta-certificata@beta.example";
    let reply = hand_in(&mut network, BETA, None, &[system], ORDINARY);
    assert_eq!(reply.code, 250);
    let stored = &node_of(&network, BETA).stored;
    assert_eq!(stored.alarms, [Alarm::ReceiptBounced]);
    assert_eq!(made(&network, BETA, LogEvent::Allarme).len(), 1);
    assert_eq!(network.mailbox(BETA_SERVICE).collect::<Vec<_>>(), [ORDINARY]);
    assert!(network.outside.is_empty());
    // Nobody else writes there.
    let reply = hand_in(&mut network, BETA, Some(OUTSIDE), &[system], ORDINARY);
    assert_eq!(reply.code, 550);
}
