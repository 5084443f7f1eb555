//! Sizes past which nothing is acknowledged, because it could not be answered.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use pec_daticert::{Address, CertificationData, Event, Header, ReceiptType, Recipient, Text};
use pec_gestore::limits::{CERTIFIED_OCTETS, RECEIVED_OCTETS};
use pec_gestore::testkit::Network;
use pec_gestore::{BodyRef, Input, Reply, SmtpEnvelope, Unsigned};

const MARIO: &str = "mario@alfa.example";
const ANNA: &str = "anna@beta.example";
const ORIGINAL: &[u8] = b"Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: mario@alfa.example\r\n\
    To: anna@beta.example\r\nSubject: Contratto\r\n\r\nEcco.\r\n";

fn network() -> Network {
    Network::new("2026-11-21T09:00:00Z".parse().unwrap())
}

fn anna_s() -> SmtpEnvelope {
    SmtpEnvelope {
        reverse_path: Some(MARIO.parse().unwrap()),
        forward_paths: vec![ANNA.parse().unwrap()],
    }
}

fn text(octets: usize) -> Text {
    "x".repeat(octets).parse().unwrap()
}

/// rfc6109 §3.1.2: subject, reply addresses and recipients of a submission.
#[test]
fn what_is_certified_of_a_submission_is_bounded() {
    let mut network = network();
    let mut submit = |octets: usize| {
        let mut submission = network.submission(0, MARIO.parse().unwrap(), anna_s(), ORIGINAL);
        submission.facts.subject = Some(text(octets));
        let (now, directory) = (network.now(), network.directory().clone());
        let plan = network.nodes[0].plan(&Input::Submission(submission), now, &directory);
        let data = plan.effects().iter().find_map(|effect| match &effect.action {
            pec_gestore::Action::Seal(unsigned) => match unsigned.as_ref() {
                Unsigned::TransportEnvelope { data, .. } => Some(data.to_xml().unwrap().len()),
                _ => None,
            },
            _ => None,
        });
        (plan.reply().unwrap().code, data)
    };
    let rest = submit(1).1.unwrap() - 1;
    let most = CERTIFIED_OCTETS - rest;
    assert_eq!(submit(most), (250, Some(CERTIFIED_OCTETS)));
    assert_eq!(submit(most + 1), (552, None));
}

/// The data of an envelope to Anna and many others, of this length as XML.
fn large(octets: usize) -> CertificationData {
    let number = |number: usize| format!("utente{number}@beta.example").parse::<Address>().unwrap();
    let mut recipients = vec![Recipient::certified(ANNA.parse().unwrap())];
    recipients.extend((0..4_000).map(number).map(Recipient::certified));
    let mut data = CertificationData {
        header: Header {
            sender: MARIO.parse().unwrap(),
            recipients: recipients.try_into().unwrap(),
            reply_to: Text::default(),
            subject: Some(text(1)),
        },
        provider: "Alfa PEC S.p.A.".parse().unwrap(),
        time: "2026-11-21T10:00:00+01:00".parse().unwrap(),
        pec_msgid: "a1.20261121090000.1.abcd@alfa.example".parse().unwrap(),
        msgid: None,
        event: Event::TransportEnvelope { receipt_type: ReceiptType::Complete },
    };
    let rest = data.to_xml().unwrap().len() - 1;
    data.header.subject = Some(text(octets - rest));
    assert_eq!(data.to_xml().unwrap().len(), octets);
    data
}

/// Hands Beta the envelope with these data.
fn hand_in(network: &mut Network, data: CertificationData) -> Reply {
    let crypto = network.crypto().clone();
    let original = BodyRef::of(ORIGINAL, &crypto).unwrap();
    let unsigned = Unsigned::TransportEnvelope { data, original };
    let sealed = unsigned.seal(Some(ORIGINAL), &network.nodes[0].sealer(&crypto)).unwrap();
    network.arrive(1, "alfa".to_owned(), anna_s(), &sealed.octets)
}

/// What is taken in charge can be answered: the receipts of the largest envelope are sealed.
#[test]
fn certification_data_that_arrive_are_bounded() {
    let mut network = network();
    assert_eq!(hand_in(&mut network, large(RECEIVED_OCTETS)).code, 250);
    network.run();
    assert_eq!(network.mailbox(ANNA).count(), 1);
    assert_eq!(network.mailbox("ricevute@alfa.example").count(), 1);

    let mut network = self::network();
    let reply = hand_in(&mut network, large(RECEIVED_OCTETS + 1));
    assert_eq!((reply.code, reply.enhanced.as_str()), (554, "5.3.4"));
    assert!(network.nodes[1].stored.outbox.is_empty());
    assert!(network.nodes[1].stored.states.is_empty());
}

/// An anomaly envelope inherits fields: where not all are looked at, none is made.
#[test]
fn a_header_that_is_too_large_is_refused() {
    let mut network = network();
    let mut arrive = |count: usize| {
        let message = format!("{}Subject: x\r\n\r\nCiao\r\n", "X: 1\r\n".repeat(count));
        let reply = network.arrive(1, "mx".to_owned(), anna_s(), message.as_bytes());
        network.run();
        reply.code
    };
    let most = pec_smime::limits::HEADER_FIELDS - 1;
    assert_eq!((arrive(most), arrive(most + 1)), (250, 554));
    assert_eq!(network.mailbox(ANNA).count(), 1);
}
