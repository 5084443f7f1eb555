//! Sealing: what a plan asks for, signed; and judging it again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, CertificationData, Event, Header, NonAcceptanceCause, ReceiptType, Recipient,
};
use pec_gestore::testkit::Network;
use pec_gestore::{BodyRef, Judgement, SealedMessage, Sealer, SealingError, Unsigned};
use pec_message::original::Fault;
use pec_message::write::{SealError, SystemAddress};
use pec_message::{MessageKind, Origin, PinnedProvider, authenticate, read};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, DigestProvider, Hasher};
use pec_smime::sign::SoftwareSigner;
use pec_smime::testpki::{Shape, TestPki};
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

const ORIGINAL: &str = "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: mario@alfa.example\r\n\
    To: anna@beta.example\r\nSubject: Contratto\r\nMessage-ID: <m1@pc.example>\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\n\r\nEcco.\r\n--b\r\nContent-Type: application/pdf; name=\"c.pdf\"\r\n\r\n\
    abc\r\n--b--\r\n";

fn now() -> DateTime<Utc> {
    "2026-11-21T09:15:00Z".parse().unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn data(event: Event) -> CertificationData {
    CertificationData {
        header: Header {
            sender: address("mario@alfa.example"),
            recipients: Recipient::certified(address("anna@beta.example")).into(),
            reply_to: "mario@alfa.example".parse().unwrap(),
            subject: Some("Contratto".parse().unwrap()),
        },
        provider: "Alfa PEC S.p.A.".parse().unwrap(),
        time: "2026-11-21T10:15:00+01:00".parse().unwrap(),
        pec_msgid: "a1.20261121091500.1.abcd@alfa.example".parse().unwrap(),
        msgid: Some("<m1@pc.example>".parse().unwrap()),
        event,
    }
}

/// A provider of the test network, with its key.
struct Provider {
    system: SystemAddress,
    signer: SoftwareSigner,
    crypto: CryptoProvider,
}

impl Provider {
    fn at(domain: &str) -> Self {
        let crypto = CryptoProvider::rustcrypto();
        let pki = TestPki::new(now(), &["alfa.example", "beta.example"]);
        let name = match domain {
            "alfa.example" => "Alfa PEC S.p.A.",
            _ => "Beta PEC S.p.A.",
        };
        let signer = pki.provider(name, domain, Shape::P256).signer(&crypto);
        Self { system: SystemAddress::at(domain).unwrap(), signer, crypto }
    }

    fn sealer(&self) -> Sealer<'_> {
        Sealer { system: &self.system, signer: &self.signer, crypto: &self.crypto }
    }

    fn body(&self, octets: &[u8]) -> BodyRef {
        BodyRef::of(octets, &self.crypto).unwrap()
    }

    fn seal(&self, unsigned: &Unsigned, body: &[u8]) -> SealedMessage {
        let body = unsigned.body().map(|_| body);
        unsigned.seal(body, &self.sealer()).unwrap()
    }

    fn envelope(&self, original: &[u8]) -> Unsigned {
        let receipt_type = ReceiptType::Complete;
        let data = data(Event::TransportEnvelope { receipt_type });
        Unsigned::TransportEnvelope { data, original: self.body(original) }
    }

    /// The delivery receipt of an envelope.
    fn delivery(&self, receipt_type: ReceiptType, envelope: &[u8]) -> Unsigned {
        let delivered_to = address("anna@beta.example");
        Unsigned::Delivery {
            data: data(Event::Delivery { receipt_type, delivered_to }),
            message_id: "b1.20261121091500.2.abcd@beta.example".parse().unwrap(),
            envelope: self.body(envelope),
        }
    }
}

fn receipt_type(message: &[u8]) -> Option<ReceiptType> {
    read(message).daticert().unwrap().read_strictly().unwrap().event.receipt_type()
}

/// Every kind is signed so that a provider certifies it.
#[test]
fn every_kind_is_certified_once_sealed() {
    let (alfa, beta) = (Provider::at("alfa.example"), Provider::at("beta.example"));
    let envelope = alfa.seal(&alfa.envelope(ORIGINAL.as_bytes()), ORIGINAL.as_bytes());
    let message_id = || "a1.20261121091500.9.abcd@alfa.example".parse().unwrap();
    let detail = || "5.6.0 - Alfa - manca il campo To".parse().unwrap();
    let cause = NonAcceptanceCause::FormalException;
    let error_detail = detail();
    let refused = data(Event::NonAcceptance { cause, error_detail });
    let service = || address("ricevute@alfa.example");
    let anna = || address("anna@beta.example");
    let found = data(Event::VirusDetection { delivered_to: anna(), error_detail: detail() });
    let taken = data(Event::TakeInCharge { received_for: anna().into() });
    let time = "2026-11-21T10:15:00+01:00".parse().unwrap();
    let notification = |data| Unsigned::Notification { data, message_id: message_id() };
    let between =
        |data| Unsigned::BetweenProviders { data, message_id: message_id(), to: service() };
    let again = Unsigned::Reissue { data: data(Event::Acceptance), message_id: message_id(), time };
    let network = Network::new(now());
    for (provider, unsigned, kind) in [
        (&alfa, alfa.envelope(ORIGINAL.as_bytes()), MessageKind::TransportEnvelope),
        (&alfa, notification(data(Event::Acceptance)), MessageKind::Acceptance),
        (&alfa, notification(refused), MessageKind::NonAcceptance),
        (&beta, between(taken), MessageKind::TakeInCharge),
        (&beta, between(found), MessageKind::VirusDetection),
        (&beta, beta.delivery(ReceiptType::Complete, &envelope.octets), MessageKind::Delivery),
        (&beta, beta.delivery(ReceiptType::Brief, &envelope.octets), MessageKind::Delivery),
        (&alfa, again, MessageKind::Acceptance),
    ] {
        let body = match kind {
            MessageKind::TransportEnvelope => ORIGINAL.as_bytes(),
            _ => &envelope.octets,
        };
        let sealed = provider.seal(&unsigned, body);
        match network.judge(&sealed.octets) {
            Judgement::Certified(mail) => assert_eq!(mail.kind(), kind),
            other => panic!("{kind}: {other:?}"),
        }
    }
}

/// norms 39, norms 40: the original comes out of the signed envelope, whole or with hashes.
#[test]
fn deliveries_hold_the_original_of_the_envelope() {
    let provider = Provider::at("alfa.example");
    let envelope = provider.seal(&provider.envelope(ORIGINAL.as_bytes()), ORIGINAL.as_bytes());
    let carried = read(&envelope.octets).original().unwrap().octets().into_owned();
    let complete = provider.delivery(ReceiptType::Complete, &envelope.octets);
    let complete = provider.seal(&complete, &envelope.octets).octets;
    assert_eq!(read(&complete).original().unwrap().octets(), carried);
    let brief = provider.delivery(ReceiptType::Brief, &envelope.octets);
    let brief = provider.seal(&brief, &envelope.octets).octets;
    let copy = read(&brief).original().unwrap().octets().into_owned();
    let copy = String::from_utf8(copy).unwrap();
    assert!(
        copy.contains("c.pdf.hash") && copy.contains("a9993e364706816aba3e25717850c26c9cd0d89d")
    );
    assert_eq!(receipt_type(&brief), Some(ReceiptType::Brief));
}

/// A receipt is due in any case: what cannot be hashed comes back whole, what cannot be looked at
/// is left out, and the certification data say so.
#[test]
fn deliveries_that_cannot_be_brief_are_complete_and_never_missing() {
    let provider = Provider::at("alfa.example");
    let mut nested = "X: 1\r\n".to_owned();
    for depth in 0..70 {
        let kind = "Content-Type: multipart/mixed; boundary";
        nested.push_str(&format!("{kind}=b{depth}\r\n\r\n--b{depth}\r\n"));
    }
    let long = format!("X: {}\r\n\r\n", "a\r\n ".repeat(50_000));
    for (original, expected) in [
        (nested, ReceiptType::Complete),
        (long, ReceiptType::Concise),
        (ORIGINAL.replace("\r\n", "\n"), ReceiptType::Brief),
    ] {
        // Not as pec-message writes it: another provider may send anything.
        let envelope = format!(
            "X-Trasporto: posta-certificata\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n\
             --out\r\nContent-Type: message/rfc822; name=\"postacert.eml\"\r\n\r\n{original}\r\n\
             --out--\r\n"
        );
        let unsigned = provider.delivery(ReceiptType::Brief, envelope.as_bytes());
        let sealed = provider.seal(&unsigned, envelope.as_bytes());
        assert_eq!(receipt_type(&sealed.octets), Some(expected), "{}", &original[..40]);
        let has_original = read(&sealed.octets).original().is_some();
        assert_eq!(has_original, expected != ReceiptType::Concise);
    }
}

fn anomaly(provider: &Provider, received: &[u8]) -> Unsigned {
    Unsigned::AnomalyEnvelope {
        sender: None,
        recipients: address("anna@beta.example").into(),
        subject: None,
        reason: "il messaggio non è di posta certificata".parse().unwrap(),
        time: "2026-11-21T10:15:00+01:00".parse().unwrap(),
        message_id: "b1.20261121091500.3.abcd@beta.example".parse().unwrap(),
        received: provider.body(received),
    }
}

/// What transport would change is brought into form, in an anomaly envelope only.
#[test]
fn only_anomaly_envelopes_normalise() {
    let provider = Provider::at("alfa.example");
    let bare = b"From: x@y.example\nSubject: bare\n\nCiao\n";
    let sealed = provider.seal(&anomaly(&provider, bare), bare);
    let carried = read(&sealed.octets).original().unwrap().octets().into_owned();
    assert_eq!(carried, b"From: x@y.example\r\nSubject: bare\r\n\r\nCiao\r\n");
    let refused = provider.envelope(bare).seal(Some(bare), &provider.sealer());
    let Err(SealingError::Original(error)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains(&Fault::BareLf.to_string()), "{error}");
}

/// The body is asked for by name, and no other will do.
#[test]
fn the_body_must_be_the_one_that_is_named() {
    let provider = Provider::at("alfa.example");
    let unsigned = provider.envelope(ORIGINAL.as_bytes());
    assert_eq!(unsigned.body(), Some(&provider.body(ORIGINAL.as_bytes())));
    for body in [None, Some(&b"From: x\r\n\r\n"[..])] {
        let refused = unsigned.seal(body, &provider.sealer());
        assert!(matches!(refused, Err(SealingError::OtherBody(_))), "{refused:?}");
    }
    let message_id = "a1.20261121091500.9.abcd@alfa.example".parse().unwrap();
    let notification = Unsigned::Notification { data: data(Event::Acceptance), message_id };
    assert_eq!(notification.body(), None);
}

/// rfc6109 §2.1#3: a key of another address signs nothing of ours.
#[test]
fn another_providers_key_is_refused() {
    let (alfa, beta) = (Provider::at("alfa.example"), Provider::at("beta.example"));
    let mixed = Sealer { system: &alfa.system, ..beta.sealer() };
    let refused = alfa.envelope(ORIGINAL.as_bytes()).seal(Some(ORIGINAL.as_bytes()), &mixed);
    assert!(matches!(refused, Err(SealingError::Seal(SealError::OtherAddress { .. }))));
}

#[test]
fn the_transport_learns_what_it_must_offer() {
    let provider = Provider::at("alfa.example");
    let eight_bit = ORIGINAL.replace("Ecco.", "Perché.");
    for (original, needs_8bitmime) in [(ORIGINAL, false), (&eight_bit, true)] {
        let sealed = provider.seal(&provider.envelope(original.as_bytes()), original.as_bytes());
        assert_eq!((sealed.needs_8bitmime, sealed.needs_smtputf8), (needs_8bitmime, false));
        assert_eq!(sealed.octets.is_ascii(), !needs_8bitmime);
    }
    let message_id = "a1.20261121091500.9.abcd@alfa.example".parse().unwrap();
    let mut data = data(Event::Acceptance);
    data.header.sender = address("perché@alfa.example");
    let sealed = provider.seal(&Unsigned::Notification { data, message_id }, b"");
    assert!(sealed.needs_smtputf8);
}

/// norms 69: the body of a message is lent to what writes it, not copied.
#[test]
fn large_bodies_are_not_copied() {
    let provider = Provider::at("alfa.example");
    let original = format!("{ORIGINAL}{}", "0123456789abcde\r\n".repeat(100_000)).into_bytes();
    let unsigned = provider.envelope(&original);
    let within = original.as_ptr_range();
    let lent = unsigned.seal_with(Some(&original), &provider.sealer(), |sealed| {
        let lent = sealed.slices().filter(|slice| within.contains(&slice.as_ptr()));
        lent.map(<[u8]>::len).sum::<usize>()
    });
    assert!(lent.unwrap() > original.len() - 100);
}

/// Only the directory makes a provider to a gestore: not a pinned certificate.
#[test]
fn only_the_directory_is_evidence() {
    let provider = Provider::at("alfa.example");
    let sealed = provider.seal(&provider.envelope(ORIGINAL.as_bytes()), ORIGINAL.as_bytes());
    let pki = TestPki::new(now(), &["alfa.example", "beta.example"]);
    let alfa = pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::P256);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    for list in [pki.revocation_list(now(), &[]), pki.root_revocation_list(now())] {
        store.add_crl(Crl::from_der(&list).unwrap());
    }
    let verifier = Verifier::new(&store, &provider.crypto, Policy::strict());
    let verification = verifier.message(&sealed.octets, now());
    let pinned = [PinnedProvider::new(alfa.certificate().clone()).named("Alfa PEC S.p.A.")];
    let mail = read(&sealed.octets);
    let judge = || authenticate(&mail, &verification, &Origin::Pinned(&pinned));
    assert!(judge().certified().is_some(), "the signature holds");
    let judgement = Judgement::of(judge(), &provider.crypto);
    let Judgement::Untrusted(step, _) = judgement else { panic!("{judgement:?}") };
    assert_eq!(step, pec_message::Step::SignatureOrigin);
}

/// Cryptography without SHA-256: a repeat could not be told from another message.
#[test]
fn without_a_digest_nothing_is_decided() {
    struct NoDigests;
    impl DigestProvider for NoDigests {
        fn start(&self, _: DigestAlgorithm) -> Option<Box<dyn Hasher>> {
            None
        }
    }
    let provider = Provider::at("alfa.example");
    let sealed = provider.seal(&provider.envelope(ORIGINAL.as_bytes()), ORIGINAL.as_bytes());
    let network = Network::new(now());
    assert!(matches!(network.judge(&sealed.octets), Judgement::Certified(_)));
    let broken = CryptoProvider { digests: Arc::new(NoDigests), ..CryptoProvider::rustcrypto() };
    let judgement = network.judge_with(&sealed.octets, &broken);
    assert!(matches!(judgement, Judgement::Undecided(_)), "{judgement:?}");
}
