//! One test for each way to fail, in the order of the tests of RFC 6109 §2.2.2.

use chrono::TimeDelta;
use pec_daticert::{Address, DeliveryErrorCause, Event, NonAcceptanceCause};
use pec_message::{
    Authentication, Deviation, DirectoryDoubt, Distrust, Doubt, Fault, IssuerRule, MessageKind,
    Origin, OriginGrade, PinnedProvider, Step, authenticate, read, read_up_to,
};
use pec_smime::crypto::DigestAlgorithm;
use pec_smime::multipart::StructureError;
use pec_smime::testpki::{Identity, Shape};
use pec_smime::verify::{Check, Policy, Reason, Verifier};
use pec_smime::x509::{InvalidReason, TrustStore};

use crate::sketch::{Sketch, Style, data};
use crate::world::{BETA, World, directory, now};

/// What must come out: the step and the reason.
fn untrusted(world: &World, sketch: &Sketch) -> (Step, Distrust) {
    untrusted_octets(world, &sketch.sealed(world))
}

fn untrusted_octets(world: &World, octets: &[u8]) -> (Step, Distrust) {
    match world.judge(octets) {
        Authentication::Untrusted { step, why } => {
            assert!(why.section().starts_with("rfc6109 §"), "{why}");
            (step, why)
        }
        other => panic!("{other:?}"),
    }
}

fn fault(world: &World, sketch: &Sketch) -> Fault {
    match untrusted(world, sketch) {
        (Step::FormalCorrectness, Distrust::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn deviations(world: &World, sketch: &Sketch) -> Vec<Deviation> {
    let octets = sketch.sealed(world);
    let certified = world.judge(&octets).certified().expect("certified");
    certified.evidence().deviations().to_vec()
}

fn delivery(world: &World) -> Sketch {
    Sketch::of_row(world, "delivery-concise", Style::Current)
}

fn envelope(world: &World) -> Sketch {
    Sketch::of_row(world, "transport-envelope", Style::Current)
}

// Existence

#[test]
fn no_signature() {
    let world = World::new();
    let (step, why) = untrusted_octets(&world, b"X-Ricevuta: accettazione\r\n\r\nciao\r\n");
    let found = StructureError::NotMultipartSigned { found: "text/plain".into() };
    assert_eq!(step, Step::SignatureExistence);
    let reason = Reason::Structure(found);
    assert_eq!(why, Distrust::Signature { check: Check::Existence, reason });
}

#[test]
fn a_verification_of_another_message() {
    let world = World::new();
    let (one, other) = (delivery(&world).sealed(&world), envelope(&world).sealed(&world));
    let verification = world.verify(&one, Policy::strict());
    let origin = world.origin();
    let judged = authenticate(&read(&other), &verification, &origin);
    let why = Distrust::NotOfThisMessage;
    let expected =
        format!("{:?}", Authentication::Untrusted { step: Step::SignatureExistence, why });
    assert_eq!(format!("{judged:?}"), expected);
    // The same message in another place of memory is the same message.
    let copy = one.clone();
    assert!(authenticate(&read(&copy), &verification, &origin).certified().is_some());
}

#[test]
fn a_message_that_was_not_looked_into() {
    let world = World::new();
    let octets = delivery(&world).sealed(&world);
    let verification = world.verify(&octets, Policy::strict());
    let mail = read_up_to(&octets, octets.len() - 1);
    match authenticate(&mail, &verification, &world.origin()) {
        Authentication::Untrusted { step: Step::SignatureExistence, why } => {
            assert_eq!(why, Distrust::TooLarge);
        }
        other => panic!("{other:?}"),
    }
}

// Origin

#[test]
fn a_certificate_that_is_in_no_directory() {
    let world = World::new();
    let stranger = world.pki.provider("Gamma", "alfa.example", Shape::Rsa4096);
    let mut sketch = delivery(&world);
    sketch.signer = stranger;
    let sketch = sketch.set("From", "posta-certificata@alfa.example");
    let expected = (Step::SignatureOrigin, Distrust::UnknownCertificate);
    assert_eq!(untrusted(&world, &sketch), expected);
}

#[test]
fn from_is_not_in_the_certificate() {
    let world = World::new();
    let from = "posta-certificata@alfa.example";
    let why = Distrust::FromNotInCertificate { from: from.into() };
    let sketch = delivery(&world).set("From", from);
    assert_eq!(untrusted(&world, &sketch), (Step::SignatureOrigin, why));
}

#[test]
fn from_is_missing_repeated_or_several() {
    let world = World::new();
    let system = "posta-certificata@beta.example";
    for sketch in [
        delivery(&world).without("From"),
        delivery(&world).add("From", "posta-certificata@beta.example"),
        delivery(&world).set("From", &format!("{system}, x@evil.example")),
        delivery(&world).set("From", ""),
    ] {
        let expected = (Step::SignatureOrigin, Distrust::FromNotOne);
        assert_eq!(untrusted(&world, &sketch), expected, "{:?}", sketch.header);
    }
}

#[test]
fn from_is_outside_the_managed_domains() {
    let mut world = World::new();
    world.directory = directory(now(), &[(BETA, &world.beta, &["other.example"])]);
    let why = Distrust::FromOutsideManagedDomains { domain: "beta.example".into() };
    let expected = (Step::SignatureOrigin, why);
    assert_eq!(untrusted(&world, &delivery(&world)), expected);
}

#[test]
fn the_directory_does_not_tell() {
    let mut world = World::new();
    let octets = delivery(&world).sealed(&world);
    for (since, doubt) in [
        (now() + TimeDelta::seconds(1), DirectoryDoubt::NoneInForce),
        (now() - TimeDelta::hours(73), DirectoryDoubt::Stale),
    ] {
        world.directory = directory(since, &[(BETA, &world.beta, &["beta.example"])]);
        match world.judge(&octets) {
            Authentication::Undecided { why } => assert_eq!(why, Doubt::Directory(doubt)),
            other => panic!("{other:?}"),
        }
    }
    // What fails outweighs what is undecided.
    let mut broken = octets;
    let at = broken.windows(4).position(|octets| octets == b"ore ").unwrap();
    broken[at] = b'x';
    let (step, why) = untrusted_octets(&world, &broken);
    assert_eq!(step, Step::SignatureValidity);
    let reason = Reason::DigestDiffers;
    assert_eq!(why, Distrust::Signature { check: Check::Content, reason });
}

#[test]
fn weaker_evidence_of_origin_is_graded() {
    let world = World::new();
    let octets = delivery(&world).sealed(&world);
    let grade = |origin: &Origin<'_>| {
        let certified = world.judge_by(&octets, origin).certified().expect("certified");
        let evidence = certified.evidence();
        (evidence.origin(), evidence.issuer_rule(), evidence.provider().map(str::to_owned))
    };
    let pinned = || PinnedProvider::new(world.beta.certificate().clone());
    let alone = [pinned()];
    let expected = (OriginGrade::Pinned, IssuerRule::NotJudged, None);
    assert_eq!(grade(&Origin::Pinned(&alone)), expected);
    let with_domains = [pinned().named("Beta").managing(["BETA.example"])];
    let expected = (OriginGrade::Pinned, IssuerRule::Kept, Some("Beta".to_owned()));
    assert_eq!(grade(&Origin::Pinned(&with_domains)), expected);
    let accredited = [world.pki.authority().clone()];
    let provider = Some("Beta PEC S.p.A.".to_owned());
    let expected = (OriginGrade::AccreditedCa, IssuerRule::NotJudged, provider);
    assert_eq!(grade(&Origin::AccreditedCa(&accredited)), expected);
    let root = [world.pki.root().clone()];
    assert_eq!(grade(&Origin::AccreditedCa(&root)).0, OriginGrade::AccreditedCa);
    assert!(OriginGrade::Directory > OriginGrade::Pinned);
    assert!(OriginGrade::Pinned > OriginGrade::AccreditedCa);
}

#[test]
fn weaker_evidence_fails_too() {
    let world = World::new();
    let octets = delivery(&world).sealed(&world);
    let why = |origin: &Origin<'_>| match world.judge_by(&octets, origin) {
        Authentication::Untrusted { step, why } => (step, why),
        other => panic!("{other:?}"),
    };
    let other = [PinnedProvider::new(world.alfa.certificate().clone())];
    let expected = (Step::SignatureOrigin, Distrust::UnknownCertificate);
    assert_eq!(why(&Origin::Pinned(&other)), expected);
    let outside = [PinnedProvider::new(world.beta.certificate().clone()).managing(["x.example"])];
    let domain = "beta.example".to_owned();
    let expected = (Step::SignatureOrigin, Distrust::FromOutsideManagedDomains { domain });
    assert_eq!(why(&Origin::Pinned(&outside)), expected);
    let expected = (Step::SignatureOrigin, Distrust::NotAccredited);
    assert_eq!(why(&Origin::AccreditedCa(&[])), expected);
    // Its own certificate does not accredit it.
    let own = [world.beta.certificate().clone()];
    assert_eq!(why(&Origin::AccreditedCa(&own)), expected);
}

#[test]
fn no_path_to_an_authority_leaves_the_origin_open() {
    let mut world = World::new();
    world.store = TrustStore::new();
    let accredited = [world.pki.authority().clone()];
    let octets = delivery(&world).sealed(&world);
    let verification = world.verify(&octets, Policy::strict());
    let judged = authenticate(&read(&octets), &verification, &Origin::AccreditedCa(&accredited));
    assert!(judged.certified().is_none());
}

#[test]
fn an_authority_that_certifies_others_too() {
    let world = World::new();
    let other = world.pki.provider("Beta", "beta.example", Shape::NoAlternativeName);
    let mut sketch = delivery(&world);
    sketch.signer = other;
    let accredited = [world.pki.authority().clone()];
    let octets = sketch.sealed(&world);
    assert!(matches!(
        world.judge_by(&octets, &Origin::AccreditedCa(&accredited)),
        Authentication::Untrusted { step: Step::SignatureOrigin, .. }
    ));
    let broken = world.pki.provider("Beta", "beta.example", Shape::WrongKeyUsage);
    sketch.signer = broken;
    let octets = sketch.sealed(&world);
    match world.judge_by(&octets, &Origin::AccreditedCa(&accredited)) {
        Authentication::Untrusted { step, why } => {
            // The path has been refused for the key usage before.
            assert_eq!(step, Step::SignatureOrigin);
            assert!(matches!(why, Distrust::NotProviderProfile | Distrust::NotAccredited), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

// Validity

fn signed_by(world: &mut World, shape: Shape) -> (Identity, Sketch) {
    let beta = world.pki.provider("Beta PEC S.p.A.", "beta.example", shape);
    world.directory = directory(now(), &[(BETA, &beta, &["beta.example"])]);
    let mut sketch = delivery(world);
    sketch.signer = beta.clone();
    (beta, sketch)
}

#[test]
fn a_certificate_out_of_its_validity() {
    let mut world = World::new();
    for shape in [Shape::Expired, Shape::NotYetValid] {
        let (beta, sketch) = signed_by(&mut world, shape);
        // Signed while the certificate was valid, or will be.
        let octets = sketch.sealed_at(&world, beta.certificate().not_before());
        let (step, why) = untrusted_octets(&world, &octets);
        assert_eq!(step, Step::SignatureValidity);
        let Distrust::Signature { check: Check::Path, reason } = why else { panic!("{why:?}") };
        let expected = match shape {
            Shape::Expired => InvalidReason::Expired(beta.certificate().not_after()),
            _ => InvalidReason::NotYetValid(beta.certificate().not_before()),
        };
        assert_eq!(reason, Reason::Path { certificate: 0, reason: expected });
    }
}

#[test]
fn a_revoked_certificate() {
    let mut world = World::new();
    let (beta, sketch) = signed_by(&mut world, Shape::Revoked);
    let crl = world.pki.revocation_list(now() - TimeDelta::hours(1), &[&beta]);
    world.store.add_crl(pec_smime::x509::Crl::from_der(&crl).unwrap());
    let (step, why) = untrusted(&world, &sketch);
    assert_eq!(step, Step::SignatureValidity);
    let is_revoked =
        matches!(&why, Distrust::Signature { check: Check::Path | Check::Revocation, .. });
    assert!(is_revoked, "{why:?}");
}

#[test]
fn unknown_revocation_is_undecided() {
    let world = World::new();
    let octets = delivery(&world).sealed(&world);
    let mut store = TrustStore::new();
    store.add_anchor(pec_smime::x509::TrustAnchor::new(world.pki.root().clone()));
    let verifier = Verifier::new(&store, &world.crypto, Policy::strict());
    let verification = verifier.message(&octets, now());
    match authenticate(&read(&octets), &verification, &world.origin()) {
        Authentication::Undecided { why: Doubt::Signature { check, .. } } => {
            assert_eq!(check, Check::Revocation);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn weak_algorithms_are_the_policys_matter() {
    let mut world = World::new();
    let (_, sketch) = signed_by(&mut world, Shape::Sha1);
    let (step, why) = untrusted(&world, &sketch);
    assert_eq!(step, Step::SignatureValidity);
    assert!(matches!(why, Distrust::Signature { check: Check::Algorithms, .. }), "{why:?}");
    let octets = sketch.sealed(&world);
    let then = now() - TimeDelta::days(3650);
    let policy = Policy::archive(then).allow_unknown_revocation();
    assert!(!world.verify(&octets, policy).is_valid(), "not yet valid then");
}

#[test]
fn other_digests_are_taken() {
    let world = World::new();
    for digest in [DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        let mut sketch = delivery(&world);
        sketch.digest = digest;
        assert_eq!(deviations(&world, &sketch), [Deviation::Micalg]);
    }
}

// Formal correctness: the header

#[test]
fn markers_that_say_nothing() {
    let world = World::new();
    assert_eq!(fault(&world, &delivery(&world).without("X-Ricevuta")), Fault::NotMarked);
    let value = "mancata-consegna".to_owned();
    let unknown = delivery(&world).set("X-Ricevuta", &value);
    assert_eq!(fault(&world, &unknown), Fault::UnknownMarker { field: "X-Ricevuta", value });
    let both = delivery(&world).add("x-ricevuta", "accettazione");
    assert_eq!(fault(&world, &both), Fault::ContradictoryMarker { field: "X-Ricevuta" });
}

#[test]
fn repeated_fields() {
    let world = World::new();
    for name in ["Subject", "Date", "To", "X-Ricevuta", "Message-ID"] {
        let sketch = delivery(&world);
        let value = sketch.header.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(fault(&world, &sketch.add(name, &value)), Fault::RepeatedField(name));
    }
}

#[test]
fn sender_must_be_from() {
    let world = World::new();
    let system = "posta-certificata@beta.example";
    let same = delivery(&world).add("Sender", system);
    assert_eq!(deviations(&world, &same), []);
    let other = delivery(&world).add("Sender", "x@evil.example");
    assert_eq!(fault(&world, &other), Fault::SenderDiffers);
    let unreadable = delivery(&world).add("Sender", "");
    assert_eq!(fault(&world, &unreadable), Fault::SenderDiffers);
}

#[test]
fn the_header_claims_another_kind() {
    let world = World::new();
    for kind in MessageKind::ALL.iter().filter(|kind| **kind != MessageKind::Delivery) {
        let (field, value) = kind.marker();
        let sketch = delivery(&world).without("X-Ricevuta").add(field, value);
        let certified = MessageKind::Delivery;
        assert_eq!(fault(&world, &sketch), Fault::KindDiffers { claimed: *kind, certified });
    }
}

// Formal correctness: the parts

#[test]
fn another_container() {
    let world = World::new();
    let mut sketch = delivery(&world);
    sketch.mixed = "multipart/related".into();
    assert_eq!(fault(&world, &sketch), Fault::NotMixed("multipart/related".into()));
}

#[test]
fn certification_data_missing_repeated_or_unreadable() {
    let world = World::new();
    let mut sketch = delivery(&world);
    let xml = sketch.parts.pop().unwrap();
    assert_eq!(fault(&world, &sketch), Fault::NoDaticert);
    sketch.parts.extend([xml.clone(), xml]);
    assert_eq!(fault(&world, &sketch), Fault::RepeatedDaticert);
    let damaged = delivery(&world).replace("PD94", "PD-4");
    assert_eq!(fault(&world, &damaged), Fault::DamagedDaticert);
    let other_root = delivery(&world).with_xml(|_| "<x/>".into());
    assert!(matches!(fault(&world, &other_root), Fault::Daticert(_)));
    let no_time = delivery(&world).with_xml(|xml| xml.replace("<giorno>21", "<giorno>41"));
    assert!(matches!(fault(&world, &no_time), Fault::IncompleteDaticert(_)));
}

#[test]
fn certification_data_that_contradict_themselves() {
    let world = World::new();
    for edit in [
        |xml: &str| xml.replace("errore=\"nessuno\"", "errore=\"virus\""),
        |xml: &str| xml.replace("</consegna>", "</consegna><consegna>x@beta.example</consegna>"),
        |xml: &str| xml.replace("</postacert>", ""),
    ] {
        let sketch = delivery(&world).with_xml(edit);
        assert!(matches!(fault(&world, &sketch), Fault::ContradictoryDaticert(_)));
    }
}

#[test]
fn the_original_is_missing_repeated_or_forbidden() {
    let world = World::new();
    let mut sketch = envelope(&world);
    let original = sketch.parts.pop().unwrap();
    assert_eq!(fault(&world, &sketch), Fault::NoOriginal);
    sketch.parts.extend([original.clone(), original.clone()]);
    assert_eq!(fault(&world, &sketch), Fault::RepeatedOriginal);
    for row in ["non-acceptance", "non-acceptance-virus", "delivery-notice", "virus-detection"] {
        let mut sketch = Sketch::of_row(&world, row, Style::Current);
        sketch.parts.push(original.clone());
        assert!(matches!(fault(&world, &sketch), Fault::ForbiddenOriginal(_)), "{row}");
    }
    let mut sketch = delivery(&world);
    sketch.parts.push(original);
    assert_eq!(deviations(&world, &sketch), [Deviation::UnexpectedOriginal]);
}

#[test]
fn parts_that_programs_would_split_differently() {
    let world = World::new();
    let twice =
        "Content-Type: application/xml; name=\"daticert.xml\"\r\nContent-Type: text/plain\r\n";
    let line = "Content-Type: application/xml; name=\"daticert.xml\"\r\n";
    let mut unterminated = delivery(&world);
    unterminated.parts[0] = "Content-Type: multipart/alternative; boundary=z\r\n\r\nx".into();
    for sketch in [delivery(&world).replace(line, twice), unterminated] {
        assert!(matches!(fault(&world, &sketch), Fault::Ambiguous(_)));
    }
    // What the sender wrote is his matter.
    let odd = envelope(&world).replace("boundary=\"orig\"", "boundary=\"none\"");
    assert_eq!(deviations(&world, &odd), []);
}

// Formal correctness: the issuer rule

fn addressed(event: Event, sender: &str) -> pec_daticert::CertificationData {
    let mut data = data(event);
    data.header.sender = sender.parse().unwrap();
    data.header.reply_to = sender.parse().unwrap();
    data
}

#[test]
fn each_kind_comes_from_the_provider_concerned() {
    let world = World::new();
    for (row, event, is_sender_s) in crate::sketch::rows() {
        let Some(event) = event else { continue };
        let other = if is_sender_s { &world.beta } else { &world.alfa };
        let sketch = Sketch::of(&data(event.clone()), other, Style::Current);
        // The sender's provider may report a permanent failure itself.
        if matches!(event, Event::DeliveryError { .. }) {
            assert!(deviations(&world, &sketch).is_empty(), "{row}");
            continue;
        }
        let domain = if is_sender_s { "alfa.example" } else { "beta.example" };
        let expected = Fault::IssuerOfOtherDomain { domain: domain.into() };
        assert_eq!(fault(&world, &sketch), expected, "{row}");
    }
}

#[test]
fn a_provider_manages_more_domains_than_its_own() {
    let world = World::new();
    let acceptance = addressed(Event::Acceptance, "protocollo@COMUNE.example");
    let sketch = Sketch::of(&acceptance, &world.alfa, Style::Current);
    assert_eq!(deviations(&world, &sketch), []);
}

#[test]
fn every_recipient_of_a_take_in_charge_counts() {
    let world = World::new();
    let received_for: Vec<Address> =
        vec!["anna@beta.example".parse().unwrap(), "x@comune.example".parse().unwrap()];
    let event = Event::TakeInCharge { received_for: received_for.try_into().unwrap() };
    let sketch = Sketch::of(&data(event), &world.beta, Style::Current);
    let expected = Fault::IssuerOfOtherDomain { domain: "comune.example".into() };
    assert_eq!(fault(&world, &sketch), expected);
}

#[test]
fn who_may_report_that_delivery_failed() {
    let world = World::new();
    let error = |cause, to: &str, detail: &str| {
        data(Event::DeliveryError {
            cause,
            delivered_to: to.parse().unwrap(),
            receipt_type: None,
            error_detail: detail.parse().unwrap(),
        })
    };
    let by = |identity: &Identity, data: &pec_daticert::CertificationData| {
        let octets = Sketch::of(data, identity, Style::Current).sealed(&world);
        world.judge(&octets).certified().is_some()
    };
    use DeliveryErrorCause::{NoDomain, NoRecipient, Other, Virus};
    let (anna, nowhere) = ("anna@beta.example", "anna@nowhere.example");
    for (data, sender_s, recipient_s) in [
        (error(Virus, anna, "x"), true, true),
        (error(NoRecipient, anna, "x"), true, true),
        (error(Other, anna, "550 no"), true, true),
        (error(Other, anna, "casella piena"), false, true),
        (error(NoDomain, nowhere, "x"), true, false),
        // The domain is in the directory: somebody else's to report.
        (error(NoDomain, anna, "x"), false, true),
    ] {
        assert_eq!(by(&world.alfa, &data), sender_s, "{:?}", data.event);
        assert_eq!(by(&world.beta, &data), recipient_s, "{:?}", data.event);
        let gamma = world.pki.provider("Gamma", "alfa.example", Shape::Rsa4096);
        assert!(!by(&gamma, &data), "a stranger");
    }
}

/// rfc6109 §3.1.4#1: the readable text may say anything.
#[test]
fn the_readable_text_says_nothing() {
    let world = World::new();
    let mut sketch = Sketch::of_row(&world, "non-acceptance", Style::Current);
    sketch.parts[0] = "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\
        Ricevuta di accettazione\r\nIdentificativo messaggio: altro@alfa.example\r\n"
        .into();
    let octets = sketch.sealed(&world);
    let certified = world.judge(&octets).certified().expect("certified");
    assert_eq!(certified.value().kind(), MessageKind::NonAcceptance);
    assert_eq!(certified.value().data().pec_msgid.as_str(), crate::sketch::MSGID);
    assert_eq!(certified.evidence().deviations(), []);
}

// What deviates and is certified all the same

#[test]
fn deployed_forms_are_listed() {
    let world = World::new();
    let renamed = delivery(&world).replace("name=\"daticert.xml\"", "name=\"dati.xml\"");
    assert_eq!(deviations(&world, &renamed), [Deviation::DaticertName]);
    let typed = delivery(&world).replace("application/xml", "application/octet-stream");
    let octet_stream = "application/octet-stream".to_owned();
    assert_eq!(deviations(&world, &typed), [Deviation::DaticertType(octet_stream)]);
    let charset = delivery(&world).replace("iso-8859-1", "utf-8");
    assert_eq!(deviations(&world, &charset), [Deviation::TextCharset("utf-8".into())]);
    let original = envelope(&world).replace("name=\"postacert.eml\"", "name=\"messaggio.eml\"");
    assert_eq!(deviations(&world, &original), [Deviation::OriginalName]);
    let other_id = envelope(&world).replace("Message-ID: <a1.", "Message-ID: <b1.");
    assert_eq!(deviations(&world, &other_id), [Deviation::OriginalMessageId]);
    let mut order = delivery(&world);
    order.parts.reverse();
    assert_eq!(deviations(&world, &order), [Deviation::TextNotFirst]);
    let xml = delivery(&world).with_xml(|xml| xml.replace("<msgid>&lt;m", "<msgid> &lt;m"));
    assert!(matches!(deviations(&world, &xml)[..], [Deviation::Daticert(_)]));
    let encoded = envelope(&world).replace("Transfer-Encoding: 7bit", "Transfer-Encoding: base64");
    assert!(deviations(&world, &encoded).contains(&Deviation::OriginalType));
}

#[test]
fn disagreeing_headers_are_listed() {
    let world = World::new();
    let differs = |sketch: &Sketch| match &deviations(&world, sketch)[..] {
        [Deviation::HeaderDiffers { field, .. }] => Some(*field),
        [Deviation::HeaderMissing(field)] => Some(*field),
        other => panic!("{other:?}"),
    };
    for (name, value) in [
        ("Subject", "[SPAM] POSTA CERTIFICATA: Contratto n. 12"),
        ("Message-ID", "<other@alfa.example>"),
        ("X-Riferimento-Message-ID", "<other@host.example>"),
        ("From", "\"Per conto di: capo@alfa.example\" <posta-certificata@alfa.example>"),
        ("To", "anna@beta.example, carla@beta.example"),
        ("Reply-To", "mario@evil.example"),
        ("Date", "Sat, 21 Nov 2026 10:15:01 +0100"),
        ("X-TipoRicevuta", "sintetica"),
        ("X-VerificaSicurezza", "errore"),
    ] {
        assert_eq!(differs(&envelope(&world).set(name, value)), Some(name));
    }
    for name in ["Subject", "Message-ID", "X-Riferimento-Message-ID", "Date", "X-TipoRicevuta"] {
        assert_eq!(differs(&envelope(&world).without(name)), Some(name));
    }
    let virus = Sketch::of_row(&world, "non-acceptance-virus", Style::Current);
    assert_eq!(differs(&virus.without("X-VerificaSicurezza")), Some("X-VerificaSicurezza"));
    let notice = Sketch::of_row(&world, "virus-detection", Style::Current);
    assert_eq!(differs(&notice.set("X-Mittente", "x@alfa.example")), Some("X-Mittente"));
    assert_eq!(differs(&delivery(&world).set("To", "x@alfa.example")), Some("To"));
    let formal = Event::NonAcceptance {
        cause: NonAcceptanceCause::FormalException,
        error_detail: "x".parse().unwrap(),
    };
    let sketch = Sketch::of(&data(formal), &world.alfa, Style::Current);
    assert_eq!(differs(&sketch.set("X-VerificaSicurezza", "errore")), Some("X-VerificaSicurezza"));
}
