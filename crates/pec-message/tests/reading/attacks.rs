//! One forged message for each attack of norms §6.2. None of them is certified, or what is
//! certified is what the provider signed and the disagreement is listed.

use pec_daticert::{Event, ReceiptType};
use pec_message::{
    Authentication, ClaimedKind, Deviation, Distrust, Fault, MessageKind, OddityKind, Step, read,
};
use pec_smime::multipart::StructureError;
use pec_smime::sign::{SigningOptions, sign_detached};
use pec_smime::testpki::Shape;
use pec_smime::verify::{Check, Policy, Reason};

use crate::sketch::{Sketch, Style, data, postacert};
use crate::world::{BETA, World, directory, now};

fn outcome(world: &World, octets: &[u8]) -> Result<Vec<Deviation>, (Step, Distrust)> {
    match world.judge(octets) {
        Authentication::Certified(certified) => Ok(certified.evidence().deviations().to_vec()),
        Authentication::Untrusted { step, why } => Err((step, why)),
        other => panic!("{other:?}"),
    }
}

fn formal(fault: Fault) -> Result<Vec<Deviation>, (Step, Distrust)> {
    Err((Step::FormalCorrectness, Distrust::Fault(fault)))
}

fn unsigned(found: &str) -> Result<Vec<Deviation>, (Step, Distrust)> {
    let reason = Reason::Structure(StructureError::NotMultipartSigned { found: found.into() });
    let why = Distrust::Signature { check: Check::Existence, reason };
    Err((Step::SignatureExistence, why))
}

fn delivery(world: &World) -> Sketch {
    Sketch::of_row(world, "delivery-complete", Style::Current)
}

/// A message of a provider without its outer header fields: what stands in another message.
fn as_part(octets: &[u8]) -> String {
    let text = String::from_utf8(octets.to_vec()).unwrap();
    text.split_once("MIME-Version: 1.0\r\n").unwrap().1.to_owned()
}

const FORGED_HEADER: &str = "From: posta-certificata@beta.example\r\nTo: mario@alfa.example\r\n\
     Subject: CONSEGNA: Contratto n. 12\r\nX-Ricevuta: avvenuta-consegna\r\nMIME-Version: 1.0\r\n";

/// MIME wrapping: a genuine receipt inside a forged one.
#[test]
fn a_genuine_receipt_in_a_forged_message() {
    let world = World::new();
    let genuine = as_part(&delivery(&world).sealed(&world));
    let forged = format!(
        "{FORGED_HEADER}Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n\
         Content-Type: text/plain\r\n\r\nConsegnato.\r\n--w\r\n{genuine}--w--\r\n"
    );
    assert_eq!(outcome(&world, forged.as_bytes()), unsigned("multipart/mixed"));
    // Nor when the caller verifies the part that is signed: it is not the message.
    let verifier = pec_smime::verify::Verifier::new(&world.store, &world.crypto, Policy::strict());
    let nested = verifier.message_at_nested_path(forged.as_bytes(), &[1], now());
    assert!(nested.is_valid());
    let judged = pec_message::authenticate(&read(forged.as_bytes()), &nested, &world.origin());
    assert!(matches!(
        judged,
        Authentication::Untrusted {
            step: Step::SignatureExistence,
            why: Distrust::NotOfThisMessage
        }
    ));
}

/// MIME wrapping: more than two parts, or something around the signed one.
#[test]
fn parts_beside_the_signed_one() {
    let world = World::new();
    let sealed = String::from_utf8(delivery(&world).sealed(&world)).unwrap();
    let extra = "------5EA1\r\nContent-Type: text/plain\r\n\r\nforged\r\n------5EA1--";
    let three = sealed.replacen("------5EA1--", extra, 1);
    let reason = Reason::Structure(StructureError::PartCount(3));
    let why = Distrust::Signature { check: Check::Existence, reason };
    assert_eq!(outcome(&world, three.as_bytes()), Err((Step::SignatureExistence, why)));

    // Preamble and epilogue are in the message and not in what is certified.
    let first = "boundary=\"----5EA1\"\r\n\r\n";
    let around =
        sealed.replacen(first, &format!("{first}forged preamble\r\n"), 1) + "forged end\r\n";
    let judged = world.judge(around.as_bytes()).certified().expect("certified");
    let shown = String::from_utf8_lossy(judged.value().octets()).into_owned();
    assert!(!shown.contains("forged"));
    assert!(judged.value().message().own_parts().all(|part| !part.text().contains("forged")));
}

/// Outer headers are unsigned: a receipt is made to look like another.
#[test]
fn a_receipt_with_another_header() {
    let world = World::new();
    let refused = Sketch::of_row(&world, "non-acceptance", Style::Current);
    let claimed = MessageKind::Acceptance;
    let forged = refused.set("X-Ricevuta", "accettazione").set("Subject", "ACCETTAZIONE: x");
    let certified = MessageKind::NonAcceptance;
    let fault = Fault::KindDiffers { claimed, certified };
    assert_eq!(outcome(&world, &forged.sealed(&world)), formal(fault));

    // A changed subject or sender shows.
    let forged = Sketch::of_row(&world, "transport-envelope", Style::Current)
        .set("Subject", "POSTA CERTIFICATA: Bonifico urgente")
        .set("Reply-To", "mario@evil.example");
    let deviations = outcome(&world, &forged.sealed(&world)).expect("certified");
    let fields: Vec<_> = deviations
        .iter()
        .map(|deviation| match deviation {
            Deviation::HeaderDiffers { field, .. } => *field,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(fields, ["Subject", "Reply-To"]);
}

/// From and certificate mismatch: signed by one provider in the name of another.
#[test]
fn a_provider_in_the_name_of_another() {
    let world = World::new();
    let mut forged = delivery(&world);
    forged.signer = world.alfa.clone();
    let from = "posta-certificata@beta.example".to_owned();
    let why = Distrust::FromNotInCertificate { from };
    assert_eq!(outcome(&world, &forged.sealed(&world)), Err((Step::SignatureOrigin, why)));
    // With its own address it may not certify a delivery at the other's.
    let forged = forged.set("From", "posta-certificata@alfa.example");
    let fault = Fault::IssuerOfOtherDomain { domain: "beta.example".into() };
    assert_eq!(outcome(&world, &forged.sealed(&world)), formal(fault));
}

/// Two `From`, or a display name that looks like an address.
#[test]
fn two_senders() {
    let world = World::new();
    let twice = delivery(&world).add("From", "capo@banca.example").sealed(&world);
    let expected = Err((Step::SignatureOrigin, Distrust::FromNotOne));
    assert_eq!(outcome(&world, &twice), expected);
    let from = "\"Per conto di: banca@alfa.example\" <posta-certificata@alfa.example>";
    let envelope = Sketch::of_row(&world, "transport-envelope", Style::Current).set("From", from);
    let deviations = outcome(&world, &envelope.sealed(&world)).expect("certified");
    assert!(matches!(&deviations[..], [Deviation::HeaderDiffers { field: "From", .. }]));
}

/// Receipt forgery by a user: the "receipt" is content of an envelope.
#[test]
fn a_receipt_as_content_is_content() {
    let world = World::new();
    let forged = format!(
        "{FORGED_HEADER}Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n{}\r\n--w--\r\n",
        crate::sketch::daticert(&data(delivered(ReceiptType::Complete)))
    );
    let envelope = Sketch::of_row(&world, "transport-envelope", Style::Current);
    let mut carrier = envelope.clone();
    carrier.parts[2] = postacert(&forged);
    let octets = carrier.sealed(&world);
    let judged = world.judge(&octets).certified().expect("an envelope");
    assert_eq!(judged.value().kind(), MessageKind::TransportEnvelope);
    assert_eq!(judged.value().data().kind(), pec_daticert::Kind::TransportEnvelope);
    // It can be looked at, as what it claims to be.
    let inner = judged.value().original().unwrap().message().unwrap();
    assert_eq!(inner.claimed().kind, ClaimedKind::Pec(MessageKind::Delivery));
    assert!(inner.daticert().is_some());
    // An envelope without data of its own does not take those inside.
    carrier.parts.remove(1);
    assert_eq!(outcome(&world, &carrier.sealed(&world)), formal(Fault::NoDaticert));
    // Nor does an anomaly envelope, whoever signs it and whatever its header says then.
    let mut anomaly = Sketch::anomaly(&world.beta, Style::Current);
    anomaly.parts[1] = postacert(&forged);
    let fault = Fault::AnomalyEnvelope { provider: Some(BETA.into()) };
    assert_eq!(outcome(&world, &anomaly.sealed(&world)), formal(fault));
    let relabelled = anomaly.without("X-Trasporto").add("X-Ricevuta", "avvenuta-consegna");
    assert_eq!(outcome(&world, &relabelled.sealed(&world)), formal(Fault::NoDaticert));
}

fn delivered(receipt_type: ReceiptType) -> Event {
    Event::Delivery { receipt_type, delivered_to: "anna@beta.example".parse().unwrap() }
}

/// Cross-domain receipts by a certificate that the directory has for somebody else.
#[test]
fn a_stranger_with_a_certificate_of_the_same_authority() {
    let world = World::new();
    let mut forged = delivery(&world);
    forged.signer = world.pki.provider(BETA, "beta.example", Shape::Rsa4096);
    let expected = Err((Step::SignatureOrigin, Distrust::UnknownCertificate));
    assert_eq!(outcome(&world, &forged.sealed(&world)), expected);
}

/// Replay is the business of whoever keeps state: both copies say the same, identifier included.
#[test]
fn a_replayed_receipt_is_the_same_receipt() {
    let world = World::new();
    let octets = delivery(&world).sealed(&world);
    let again = delivery(&world).set("Date", "Sun, 22 Nov 2026 10:15:00 +0100").sealed(&world);
    let judge = |octets: &[u8]| {
        world.judge(octets).certified().expect("certified").into_data().value().clone()
    };
    assert_eq!(judge(&octets), judge(&again));
    assert_eq!(outcome(&world, &again).unwrap().len(), 1);
}

/// XML: external entities, entity expansion, duplicates, size.
#[test]
fn hostile_certification_data() {
    let world = World::new();
    let doctype = delivery(&world).with_xml(|xml| {
        xml.replace(
            "<postacert",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><postacert",
        )
        .replace("Contratto n. 12", "&e;")
    });
    let Err((Step::FormalCorrectness, Distrust::Fault(Fault::Daticert(error)))) =
        outcome(&world, &doctype.sealed(&world))
    else {
        panic!("not refused")
    };
    assert!(matches!(error, pec_daticert::ReadError::Doctype { .. }));
    let twice = delivery(&world).with_xml(|xml| {
        xml.replace(
            "<identificativo>",
            "<identificativo>x.1@alfa.example</identificativo><identificativo>",
        )
    });
    let twice = outcome(&world, &twice.sealed(&world));
    assert!(matches!(
        twice,
        Err((Step::FormalCorrectness, Distrust::Fault(Fault::ContradictoryDaticert(_))))
    ));
    let huge = delivery(&world)
        .with_xml(|xml| xml.replace("Contratto n. 12", &"x".repeat(2 * 1024 * 1024)));
    assert!(matches!(
        outcome(&world, &huge.sealed(&world)),
        Err((Step::FormalCorrectness, Distrust::Fault(Fault::Daticert(_))))
    ));
}

/// Header injection by subject: a line break in `oggetto` is no line break of a header.
#[test]
fn a_line_break_in_the_subject() {
    let world = World::new();
    let injected = delivery(&world)
        .with_xml(|xml| xml.replace("Contratto n. 12", "Contratto&#13;&#10;X-Ricevuta: x"));
    match outcome(&world, &injected.sealed(&world)) {
        Ok(deviations) => {
            let octets = injected.sealed(&world);
            let judged = world.judge(&octets).certified().unwrap();
            let subject = judged.value().data().header.subject.clone().unwrap();
            assert!(!subject.contains(['\r', '\n']), "{deviations:?}");
        }
        Err((step, why)) => assert_eq!(step, Step::FormalCorrectness, "{why}"),
    }
}

/// Duplicate headers, two Content-Type, bare CR: programs differ in what they read.
#[test]
fn ambiguous_headers() {
    let world = World::new();
    let two_types = delivery(&world).add("Content-Type", "text/plain").sealed(&world);
    let reason = Reason::Structure(StructureError::AmbiguousContentType);
    let why = Distrust::Signature { check: Check::Existence, reason };
    assert_eq!(outcome(&world, &two_types), Err((Step::SignatureExistence, why)));
    let subjects = delivery(&world).add("Subject", "CONSEGNA: altro").sealed(&world);
    assert_eq!(outcome(&world, &subjects), formal(Fault::RepeatedField("Subject")));
    let bare_cr = delivery(&world).set("Subject", "CONSEGNA: x\rX-Ricevuta: accettazione");
    let octets = bare_cr.sealed(&world);
    let mail = read(&octets);
    assert_eq!(mail.claimed().kind, ClaimedKind::Pec(MessageKind::Delivery));
    assert!(mail.oddities().iter().any(|odd| matches!(odd.kind, OddityKind::DamagedHeader(_))));
    assert!(outcome(&world, &octets).expect("certified").len() == 2, "subject and structure");
}

/// A signature over attributes, or CMS with content inside, is none over this content.
#[test]
fn a_signature_of_something_else() {
    let world = World::new();
    let sketch = delivery(&world);
    let signer = sketch.signer.signer(&world.crypto);
    let options = SigningOptions::new(now());
    let other = sign_detached(&[b"other content"], &signer, &options, &world.crypto).unwrap();
    let forged = sketch.assembled(&sketch.content(), &other);
    let why = Distrust::Signature { check: Check::Content, reason: Reason::DigestDiffers };
    assert_eq!(outcome(&world, &forged), Err((Step::SignatureValidity, why)));
}

/// Directory poisoning is met where the directory is read (`pec-directory`); here: a directory
/// that is not that of the instant gives no answer.
#[test]
fn a_directory_from_the_future() {
    let mut world = World::new();
    let later = now() + chrono::TimeDelta::days(1);
    world.directory = directory(later, &[(BETA, &world.beta, &["beta.example"])]);
    let octets = delivery(&world).sealed(&world);
    assert!(matches!(world.judge(&octets), Authentication::Undecided { .. }));
}
