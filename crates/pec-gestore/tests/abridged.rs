//! Large messages: what is decided and made of a skeleton is what is decided and made of the whole
//! message, octet for octet.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and reads files"
)]

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pec_daticert::{CertificationData, Event, Header, ReceiptType, Recipient};
use pec_gestore::testkit::Network;
use pec_gestore::{BodyRef, Judgement, MessageFacts, Sealer, SealingError, Unsigned};
use pec_message::abridged::{Abridged, Abridger, Octets, Piece, Unabridged, Unreadable};
use pec_message::write::SystemAddress;
use pec_smime::crypto::{CryptoProvider, RandomError, SecureRandom};
use pec_smime::sign::SoftwareSigner;
use pec_smime::testpki::{Shape, TestPki};
use proptest::prelude::*;

fn now() -> DateTime<Utc> {
    "2026-11-21T09:15:00Z".parse().unwrap()
}

/// Octets that only [`Octets`] gives.
struct Elsewhere(Vec<u8>);

impl Octets for Elsewhere {
    fn read(&self, range: Range<u64>, take: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable> {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        self.0[range].chunks(1000).for_each(take);
        Ok(())
    }
}

struct Unlucky;

impl Octets for Unlucky {
    fn read(&self, _: Range<u64>, _: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable> {
        Err(Unreadable("the disk is gone".to_owned()))
    }
}

fn abridge(message: &[u8]) -> Result<(Arc<Abridged>, Arc<dyn Octets>), Unabridged> {
    // What looks at the beginning of a part finds it in the first lines here.
    let mut abridger = Abridger::cutting(200, 1);
    message.chunks(777).for_each(|chunk| abridger.push(chunk));
    let abridged = Arc::new(abridger.finish()?);
    assert_eq!(abridged.octets(), message.len() as u64);
    Ok((abridged, Arc::new(Elsewhere(message.to_vec()))))
}

/// The same octets at every call, so that two signatures can be compared.
struct Constant;

impl SecureRandom for Constant {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(7);
        Ok(())
    }
}

struct World {
    network: Network,
    system: SystemAddress,
    signer: SoftwareSigner,
    crypto: CryptoProvider,
}

impl World {
    fn new() -> Self {
        let crypto = CryptoProvider { random: Arc::new(Constant), ..CryptoProvider::rustcrypto() };
        let pki = TestPki::new(now(), &["alfa.example", "beta.example"]);
        let signer = pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::P256).signer(&crypto);
        let system = SystemAddress::at("alfa.example").unwrap();
        Self { network: Network::new(now()), system, signer, crypto }
    }

    fn sealer(&self) -> Sealer<'_> {
        Sealer { system: &self.system, signer: &self.signer, crypto: &self.crypto }
    }

    fn body(&self, octets: &[u8]) -> BodyRef {
        BodyRef::of(octets, &self.crypto).unwrap()
    }

    /// Signs in both ways; what came out of both.
    fn seal(&self, unsigned: &Unsigned, body: &[u8]) -> Result<Vec<u8>, SealingError> {
        let whole = unsigned.seal(Some(body), &self.sealer()).map(|sealed| sealed.octets);
        let Ok((message, octets)) = abridge(body) else { return whole };
        let composed = unsigned.seal_abridged(&message, &octets, &self.sealer(), |sealed| {
            let pieces = message.pieces(sealed.slices());
            let piece = |piece| match piece {
                Piece::Own(octets) => octets,
                Piece::Of(range) => {
                    &body
                        [usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
                }
            };
            pieces.into_iter().map(piece).collect::<Vec<_>>().concat()
        });
        assert!(composed == whole, "{:?} {:?}", text(&composed), text(&whole));
        whole
    }

    /// Judges in both ways.
    fn judge(&self, message: &[u8]) -> Judgement {
        let whole = self.network.judge(message);
        if let Ok((abridged, octets)) = abridge(message) {
            let judgement = self.network.judge_abridged(&abridged, &octets).unwrap();
            assert_eq!(format!("{judgement:?}"), format!("{whole:?}"));
        }
        whole
    }

    /// Does all that happens to a submission, and to ordinary mail, in both ways.
    fn live(&self, message: &[u8]) {
        let facts = MessageFacts::of(message);
        if let Ok((abridged, _)) = abridge(message) {
            let mut found = MessageFacts::of(abridged.skeleton());
            found.octets = abridged.octets();
            assert_eq!(found, facts);
        }
        self.judge(message);
        drop(self.seal(&anomaly(self.body(message)), message));
        let receipt_type = facts.receipt_type;
        let envelope = Unsigned::TransportEnvelope {
            data: data(&facts, Event::TransportEnvelope { receipt_type }),
            original: self.body(message),
        };
        let Ok(sealed) = self.seal(&envelope, message) else { return };
        self.judge(&sealed);
        let mut tampered = sealed.clone();
        let middle = tampered.len() / 2;
        tampered[middle] = if tampered[middle] == b'x' { b'y' } else { b'x' };
        self.judge(&tampered);
        for receipt_type in [ReceiptType::Complete, ReceiptType::Brief] {
            let delivered_to = "anna@beta.example".parse().unwrap();
            let unsigned = Unsigned::Delivery {
                data: data(&facts, Event::Delivery { receipt_type, delivered_to }),
                message_id: "b1.20261121091500.2.abcd@beta.example".parse().unwrap(),
                envelope: self.body(&sealed),
            };
            let receipt = self.seal(&unsigned, &sealed).unwrap();
            self.judge(&receipt);
        }
    }
}

fn text(sealed: &Result<Vec<u8>, SealingError>) -> Result<String, &SealingError> {
    sealed.as_ref().map(|octets| String::from_utf8_lossy(octets).into_owned())
}

fn data(facts: &MessageFacts, event: Event) -> CertificationData {
    CertificationData {
        header: Header {
            sender: "mario@alfa.example".parse().unwrap(),
            recipients: Recipient::certified("anna@beta.example".parse().unwrap()).into(),
            reply_to: facts.reply_to.clone(),
            subject: facts.subject.clone(),
        },
        provider: "Alfa PEC S.p.A.".parse().unwrap(),
        time: "2026-11-21T10:15:00+01:00".parse().unwrap(),
        pec_msgid: "a1.20261121091500.1.abcd@alfa.example".parse().unwrap(),
        msgid: facts.msgid.clone(),
        event,
    }
}

fn anomaly(received: BodyRef) -> Unsigned {
    Unsigned::AnomalyEnvelope {
        sender: None,
        recipients: "anna@beta.example".parse::<pec_daticert::Address>().unwrap().into(),
        subject: None,
        reason: "il messaggio non è di posta certificata".parse().unwrap(),
        time: "2026-11-21T10:15:00+01:00".parse().unwrap(),
        message_id: "b1.20261121091500.3.abcd@alfa.example".parse().unwrap(),
        received,
    }
}

/// A part of a message, and how it is written.
#[derive(Clone, Debug)]
enum Part {
    /// Header fields and lines, with others here and there.
    Leaf {
        header: usize,
        lines: usize,
        odd: Vec<(usize, usize)>,
    },
    Multipart {
        kind: usize,
        parts: Vec<Part>,
        around: usize,
    },
    Message(Box<Part>),
}

const HEADERS: [&str; 9] = [
    "",
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
    "Content-Type: application/pdf; name=\"c.pdf\"\r\nContent-Transfer-Encoding: base64\r\n",
    "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: quoted-printable\r\n",
    "Content-Type: application/xml; name=\"daticert.xml\"\r\n",
    "Content-Type: text/plain; name=\"postacert.eml\"\r\n",
    "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n",
    "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n",
    "Content-Type: text/html\r\nContent-Disposition: attachment; filename=x.html\r\n",
];

const ODD_LINES: [&str; 10] = [
    "--b0",
    "--b0--",
    "--b1",
    "--b2--",
    "-- ",
    "--",
    "",
    "è un'altra cosa",
    "Content-Type: a/b",
    "line with --b0 inside",
];

const KINDS: [&str; 4] = ["mixed", "alternative", "digest", "signed"];

impl Part {
    /// Writes header and body; `fields` are those of a message.
    fn write(&self, out: &mut String, fields: &str, depth: usize) {
        out.push_str(fields);
        match self {
            Self::Leaf { header, lines, odd } => {
                out.push_str(HEADERS[header % HEADERS.len()]);
                out.push_str("\r\n");
                for line in 0..*lines {
                    for (_, odd) in odd.iter().filter(|(at, _)| *at == line) {
                        out.push_str(ODD_LINES[odd % ODD_LINES.len()]);
                        out.push_str("\r\n");
                    }
                    out.push_str(&format!("bGluZSBvZiBiYXNlNjQ{line:06}bGluZSBvZiBiYXNlNjQ\r\n"));
                }
            }
            Self::Multipart { kind, parts, around } => {
                let kind = KINDS[kind % KINDS.len()];
                out.push_str(&format!(
                    "Content-Type: multipart/{kind}; boundary=b{depth}; \
                     protocol=\"application/pkcs7-signature\"\r\n\r\n"
                ));
                out.push_str(&"around the parts\r\n".repeat(*around));
                for part in parts {
                    out.push_str(&format!("\r\n--b{depth}\r\n"));
                    part.write(out, "", depth + 1);
                }
                out.push_str(&format!("\r\n--b{depth}--\r\n"));
                out.push_str(&"around the parts\r\n".repeat(*around));
            }
            Self::Message(inner) => {
                out.push_str("Content-Type: message/rfc822\r\n\r\n");
                inner.write(out, "Subject: inner\r\n", depth + 1);
            }
        }
    }
}

fn part() -> impl Strategy<Value = Part> {
    let lines = prop_oneof![0..20_usize, 20..300_usize];
    let odd = prop::collection::vec((0..500_usize, 0..ODD_LINES.len()), 0..3);
    let leaf = (0..HEADERS.len(), lines, odd).prop_map(|(header, lines, odd)| Part::Leaf {
        header,
        lines,
        odd,
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        let around = prop_oneof![9 => 0..3_usize, 1 => 600..700_usize];
        let parts = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            3 => (0..KINDS.len(), parts, around)
                .prop_map(|(kind, parts, around)| Part::Multipart { kind, parts, around }),
            1 => inner.prop_map(|inner| Part::Message(Box::new(inner))),
        ]
    })
}

const FIELDS: &str = "Received: from x by y; Sat, 21 Nov 2026 09:59:00 +0100\r\n\
    Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: Mario <mario@alfa.example>\r\n\
    To: anna@beta.example\r\nSubject: =?utf-8?Q?Citt=C3=A0?=\r\nMessage-ID: <m1@pc.example>\r\n\
    MIME-Version: 1.0\r\n";

fn written(part: &Part) -> String {
    let mut message = String::new();
    part.write(&mut message, FIELDS, 0);
    message
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn generated_messages_come_to_the_same(part in part()) {
        World::new().live(written(&part).as_bytes());
    }
}

/// Every message of the test data of `pec-message`, canonical or made so.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn known_messages_come_to_the_same() {
    let world = World::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../pec-message/testdata")];
    let (mut seen, mut with_gaps) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "eml") {
                let message = std::fs::read(&path).unwrap();
                world.live(&pec_message::original::normalise(&message).message);
                world.live(&message);
                with_gaps += usize::from(abridge(&message).is_ok_and(|(m, _)| m.has_gaps()));
                seen += 1;
            }
        }
    }
    assert!(seen > 10 && with_gaps > seen / 4, "{with_gaps} of {seen}");
}

fn attached(lines: usize) -> Part {
    let leaf = |header, lines| Part::Leaf { header, lines, odd: vec![] };
    Part::Multipart { kind: 0, parts: vec![leaf(0, 3), leaf(2, lines)], around: 1 }
}

/// The property above would hold if nothing were ever abridged.
#[test]
fn a_large_message_is_small() {
    let world = World::new();
    let message = written(&attached(20_000));
    let (abridged, _) = abridge(message.as_bytes()).unwrap();
    assert!(message.len() > 900_000 && abridged.skeleton().len() < 12_000);
    world.live(message.as_bytes());
    let facts = MessageFacts::of(message.as_bytes());
    let receipt_type = ReceiptType::Complete;
    let envelope = Unsigned::TransportEnvelope {
        data: data(&facts, Event::TransportEnvelope { receipt_type }),
        original: world.body(message.as_bytes()),
    };
    let sealed = world.seal(&envelope, message.as_bytes()).unwrap();
    let (abridged, _) = abridge(&sealed).unwrap();
    assert!(abridged.skeleton().len() < 30_000);
    assert!(matches!(world.judge(&sealed), Judgement::Certified(_)));
    // An octet that stands in a gap alone.
    let mut tampered = sealed.clone();
    tampered[500_000] ^= 1;
    assert!(matches!(world.judge(&tampered), Judgement::Untrusted(..)));
}

/// Octets that cannot be read are no reason to believe anything, or to sign.
#[test]
fn what_cannot_be_read_decides_nothing() {
    let world = World::new();
    let message = written(&attached(2000));
    let (abridged, _) = abridge(message.as_bytes()).unwrap();
    let gone: Arc<dyn Octets> = Arc::new(Unlucky);
    let facts = MessageFacts::of(message.as_bytes());
    let receipt_type = ReceiptType::Complete;
    let envelope = Unsigned::TransportEnvelope {
        data: data(&facts, Event::TransportEnvelope { receipt_type }),
        original: world.body(message.as_bytes()),
    };
    let sealed = envelope.seal_abridged(&abridged, &gone, &world.sealer(), |_| ());
    assert!(matches!(sealed, Err(SealingError::Unreadable(_))), "{sealed:?}");
    let sealed = world.seal(&envelope, message.as_bytes()).unwrap();
    let (abridged, _) = abridge(&sealed).unwrap();
    assert!(world.network.judge_abridged(&abridged, &gone).is_err());
    // And the body must be the one that is named.
    let octets: Arc<dyn Octets> = Arc::new(Elsewhere(sealed));
    let other = envelope.seal_abridged(&abridged, &octets, &world.sealer(), |_| ());
    assert!(matches!(other, Err(SealingError::OtherBody(_))), "{other:?}");
}
