//! The attack suite of the issue: one test each.

use super::kit::*;
use crate::asn1::{encode as write, tag};
use crate::cms::CmsError;
use crate::crypto::SignatureError;
use crate::multipart::{StructureError, StructureRemark};
use crate::oid;
use crate::testpki::Shape;
use crate::verify::{Check, Outcome, Policy, Reason, Verdict, Verifier};

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\ntesto";

/// A message by Alfa with other attributes than the usual ones.
fn with_attributes(world: &World, change: impl Fn(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let alfa = world.alfa(Shape::Sound);
    let mut attributes = world.attributes(CONTENT, &alfa);
    change(&mut attributes);
    let info = HandMade::over(world, &alfa, attributes);
    mail(CONTENT, &signed_data(None, &bag(&alfa), &[&info]))
}

#[test]
fn content_swapped() {
    let world = World::new();
    let message = replaced(&world.sealed(Shape::Sound), "prima riga", "altra riga");
    let verification = world.strict(&message);
    assert_failed(&verification, Check::Content, &Reason::DigestDiffers);
    assert_eq!(verification.outcome(Check::Signature), Outcome::Passed);
    assert_eq!(verification.outcome(Check::Path), Outcome::Passed);
    assert_eq!(verification.signed_content(), None);
}

#[test]
fn part_appended_after_the_signed_part() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    let delimiter = "------=_0123456789abcdef";
    let extra = format!("\r\n{delimiter}\r\nContent-Type: text/html\r\n\r\n<b>firma!</b>");
    let message =
        replaced(&sealed, &format!("\r\n{delimiter}--"), &format!("{extra}\r\n{delimiter}--"));
    assert_eq!(structure(&world.strict(&message)), StructureError::PartCount(3));

    let appended = [sealed.as_slice(), b"Content-Type: text/html\r\n\r\n<b>firma!</b>"].concat();
    let verification = world.strict(&appended);
    assert!(verification.is_valid(), "the epilogue changes nothing of what is signed");
    assert!(verification.remarks().contains(&StructureRemark::Epilogue));
    assert!(!verification.signed_content().unwrap().windows(5).any(|w| w == b"firma"));
}

#[test]
fn multipart_signed_inside_multipart_mixed_shown_as_top_level() {
    let world = World::new();
    let inner = world.sealed(Shape::Sound);
    let message = [
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n".as_slice(),
        &inner,
        b"\r\n--outer\r\nContent-Type: text/plain\r\n\r\nforged\r\n--outer--\r\n",
    ]
    .concat();
    let found = structure(&world.strict(&message));
    assert_eq!(found, StructureError::NotMultipartSigned { found: "multipart/mixed".into() });

    let verifier = Verifier::new(&world.store, &world.crypto, Policy::strict());
    let nested = verifier.message_at_nested_path(&message, &[0], now());
    assert_eq!(nested.verdict(), Verdict::Valid);
    assert!(!nested.signed_content().unwrap().windows(6).any(|w| w == b"forged"));
    assert_eq!(&message[nested.content_range().unwrap()], nested.signed_content().unwrap());
    let nowhere = verifier.message_at_nested_path(&message, &[7], now());
    assert_eq!(structure(&nowhere), StructureError::NoSuchPart);
}

#[test]
fn second_signature_part() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    let text = String::from_utf8(sealed).unwrap();
    let delimiter = "\r\n------=_0123456789abcdef";
    let start = text.rfind("\r\nContent-Type: application/pkcs7").unwrap();
    let end = text.rfind(&format!("{delimiter}--")).unwrap();
    let message = format!("{}{delimiter}{}{}", &text[..end], &text[start..end], &text[end..]);
    let verification_error = structure(&world.strict(message.as_bytes()));
    assert_eq!(verification_error, StructureError::PartCount(3));
}

#[test]
fn signed_attributes_missing_content_type() {
    let world = World::new();
    let message = with_attributes(&world, |attributes| drop(attributes.remove(0)));
    let reason = Reason::Cms(CmsError::MissingContentType);
    assert_failed(&world.strict(&message), Check::Signature, &reason);
}

#[test]
fn signed_attributes_missing_message_digest() {
    let world = World::new();
    let message = with_attributes(&world, |attributes| drop(attributes.remove(2)));
    let reason = Reason::Cms(CmsError::MissingMessageDigest);
    assert_failed(&world.strict(&message), Check::Signature, &reason);
}

#[test]
fn empty_signed_attributes() {
    let world = World::new();
    let message = with_attributes(&world, Vec::clear);
    let reason = Reason::Cms(CmsError::MissingContentType);
    assert_failed(&world.strict(&message), Check::Signature, &reason);
}

#[test]
fn duplicate_attributes() {
    let world = World::new();
    for position in 0..4 {
        let message = with_attributes(&world, |attributes| {
            attributes.push(attributes[position].clone());
        });
        let reason = Reason::Cms(CmsError::DuplicateAttribute);
        assert_failed(&world.strict(&message), Check::Signature, &reason);
    }
}

#[test]
fn attributes_that_must_be_signed_are_not_taken_unsigned() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let attributes = world.attributes(CONTENT, &alfa);
    let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let verdict = |unsigned: &[u8]| {
        let info = HandMade {
            identity: &alfa,
            attributes: Some(attributes.clone()),
            signed: write::tlv(tag::SET, &slices),
            unsigned: write::tlv(tag::CONTEXT_1, &[unsigned]),
        };
        let message = mail(CONTENT, &signed_data(None, &bag(&alfa), &[&info.write(&world)]));
        world.strict(&message).outcome(Check::Signature)
    };
    for (position, attribute) in attributes.iter().enumerate() {
        let outcome = verdict(attribute);
        match position {
            0..3 => {
                let reason = Reason::Cms(CmsError::UnsignedAttribute);
                assert_eq!(outcome, Outcome::Failed(reason), "{position}");
            }
            _ => assert!(outcome.is_passed(), "{position}"),
        }
    }
}

#[test]
fn two_values_in_message_digest() {
    let world = World::new();
    let message = with_attributes(&world, |attributes| {
        let value = write::tlv(tag::OCTET_STRING, &[&world.sha256(CONTENT)]);
        let forged = write::tlv(tag::OCTET_STRING, &[&world.sha256(b"forged")]);
        let values = write::tlv(tag::SET, &[&value, &forged]);
        attributes[2] = write::sequence(&[&write::oid(oid::MESSAGE_DIGEST), &values]);
    });
    let reason = Reason::Cms(CmsError::AttributeValueCount);
    assert_failed(&world.strict(&message), Check::Signature, &reason);
}

#[test]
fn content_type_attribute_differs() {
    let world = World::new();
    let message = with_attributes(&world, |attributes| {
        attributes[0] = attribute(oid::CONTENT_TYPE, &write::oid(oid::TIME_STAMP_INFO));
    });
    assert_failed(&world.strict(&message), Check::Content, &Reason::ContentTypeDiffers);
}

#[test]
fn signed_attributes_passed_off_as_content() {
    // The signature over attributes of a genuine message is one over their octets, too.
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let attributes = world.attributes(CONTENT, &alfa);
    let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let content = write::tlv(tag::SET, &slices);
    let info = HandMade {
        identity: &alfa,
        attributes: None,
        signed: content.clone(),
        unsigned: Vec::new(),
    };
    let cms = signed_data(None, &bag(&alfa), &[&info.write(&world)]);
    let verifier = Verifier::new(&world.store, &world.crypto, Policy::strict());
    let verification = verifier.detached(&content, &cms, now());
    assert_failed(&verification, Check::Content, &Reason::ContentIsAttributes);
}

#[test]
fn content_inside_a_detached_signature() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let message = mail(b"A: 1\r\n\r\nforged", &signed_data(Some(CONTENT), &bag(&alfa), &[&info]));
    assert_failed(&world.strict(&message), Check::Existence, &Reason::ContentTwice);
}

#[test]
fn another_certificate_with_the_same_issuer_and_serial() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    // Same name and shape give the same serial; the key is the intruder's.
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let twin = replaced_key(alfa.certificate().der(), &world);
    let chain = bag(&alfa);
    for certificates in [vec![&twin[..], chain[0], chain[1]], vec![chain[0], &twin[..], chain[1]]] {
        let message = mail(CONTENT, &signed_data(None, &certificates, &[&info]));
        let verification = world.strict(&message);
        assert_eq!(verification.verdict(), Verdict::Valid, "the genuine one is found");
        let found = verification.signer().unwrap().certificate().unwrap();
        assert_eq!(found.der(), alfa.certificate().der());
    }
    let message = mail(CONTENT, &signed_data(None, &[&twin, chain[1]], &[&info]));
    let verification = world.strict(&message);
    let reason = Reason::Cryptography(SignatureError::Invalid);
    assert_failed(&verification, Check::Signature, &reason);
    assert_failed(&verification, Check::Signer, &Reason::SigningCertificateDiffers);
}

/// A certificate with another key in it, its signature now broken.
fn replaced_key(certificate: &[u8], world: &World) -> Vec<u8> {
    let spki = |key: crate::testpki::TestKey| {
        world.crypto.keys.load(&key.pkcs8_der()).unwrap().spki_der().to_vec()
    };
    let from = spki(crate::testpki::TestKey::Provider);
    let at = memchr::memmem::find(certificate, &from).unwrap();
    let mut twin = certificate.to_vec();
    twin[at..at + from.len()].copy_from_slice(&spki(crate::testpki::TestKey::Other));
    twin
}

#[test]
fn certificate_with_the_right_name_and_another_key() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let twin = replaced_key(alfa.certificate().der(), &world);
    let twin = crate::x509::Certificate::from_der(&twin).unwrap();
    // Signed with the intruder's key, and the attributes name the intruder's certificate.
    let mut attributes = world.attributes(CONTENT, &alfa);
    let digest = twin.sha256(&world.crypto).unwrap();
    let value = crate::cms::signing_certificate_v2(&digest);
    attributes[3] = attribute(oid::SIGNING_CERTIFICATE_V2, &value);
    let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let octets = write::tlv(tag::SET, &slices);
    let genuine = HandMade {
        identity: &alfa,
        attributes: Some(attributes),
        signed: octets.clone(),
        unsigned: Vec::new(),
    }
    .write(&world);
    let forged = world.signature(crate::testpki::TestKey::Other, &octets);
    let signature = world.signature(alfa.key(), &octets);
    let at = memchr::memmem::find(&genuine, &signature).unwrap();
    let mut info = genuine;
    info[at..at + forged.len()].copy_from_slice(&forged);
    let message = mail(CONTENT, &signed_data(None, &[twin.der(), bag(&alfa)[1]], &[&info]));
    let verification = world.strict(&message);
    assert_eq!(verification.outcome(Check::Signature), Outcome::Passed);
    let path = verification.outcome(Check::Path);
    assert!(!path.is_passed(), "the authority never signed that key: {path}");
    assert!(!verification.is_valid());
}

#[test]
fn certificates_in_any_order() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let beta = world.pki.provider("Beta S.p.A.", "pec.beta.example", Shape::P256);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let root = world.pki.root().der();
    let chain = bag(&alfa);
    let certificates = [root, chain[1], beta.certificate().der(), chain[0]];
    let message = mail(CONTENT, &signed_data(None, &certificates, &[&info]));
    let verification = world.strict(&message);
    assert_eq!(verification.verdict(), Verdict::Valid);
    let found = verification.signer().unwrap().certificate().unwrap();
    assert_eq!(found.der(), alfa.certificate().der());
}

#[test]
fn root_that_the_message_brings_is_not_trusted() {
    let mut world = World::new();
    world.store = crate::x509::TrustStore::new();
    let alfa = world.alfa(Shape::Sound);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let mut certificates = bag(&alfa);
    certificates.push(world.pki.root().der());
    let message = mail(CONTENT, &signed_data(None, &certificates, &[&info]));
    assert!(matches!(world.strict(&message).verdict(), Verdict::Undecided { .. }));
}

#[test]
fn signer_certificate_missing() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let message = mail(CONTENT, &signed_data(None, &bag(&alfa)[1..], &[&info]));
    assert_failed(&world.strict(&message), Check::Signer, &Reason::NoCertificate);
}

#[test]
fn header_folding_boundary_tricks() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    // Folded, commented and odd in case, but the same.
    let folded = replaced(&sealed, "; boundary=", "\r\n\t(c);\r\n BOUNDARY\r\n =\r\n ");
    assert_eq!(world.strict(&folded).verdict(), Verdict::Valid);
    // Two boundaries, two types: which one counts depends on the reader.
    for twice in [
        replaced(&sealed, "; boundary=", "; boundary=x; boundary="),
        replaced(&sealed, "; boundary=", "; boundary*0=x; boundary="),
        replaced(&sealed, "MIME-Version: 1.0", "Content-Type: text/plain"),
        replaced(&sealed, "MIME-Version: 1.0", "content-type: multipart/mixed;\r\n boundary=y"),
    ] {
        assert_eq!(structure(&world.strict(&twice)), StructureError::AmbiguousContentType);
    }
    // A bare CR that some take for a line break.
    let bare = replaced(&sealed, "Subject: prova", "Subject: prova\rContent-Type: text/plain");
    assert!(world.strict(&bare).remarks().contains(&StructureRemark::DamagedHeader));
}

#[test]
fn delimiters_that_look_alike() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    // The content ends where the delimiter begins, and nowhere else.
    let extended = replaced(&sealed, "seconda\r\n", "seconda\r\n------=_0123456789abcdefX\r\n");
    assert_failed(&world.strict(&extended), Check::Content, &Reason::DigestDiffers);
    let blank = replaced(
        &sealed,
        "abcdef\r\nContent-Type: application",
        "abcdef \t\r\nContent-Type: application",
    );
    assert_eq!(world.strict(&blank).verdict(), Verdict::Valid);
}

#[test]
fn line_ends_that_were_changed_are_not_overlooked() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    // LF for CRLF is what storage does; anything else is a change of the content.
    for (from, to) in [
        ("prima riga\r\n", "prima riga\r"),
        ("prima riga\r\n", "prima riga\r\r\n"),
        ("prima riga\r\n", "prima riga \r\n"),
        ("prima riga\r\n", "prima riga\r\n\r\n"),
        ("seconda\r\n", "seconda"),
    ] {
        let message = replaced(&sealed, from, to);
        assert_failed(&world.strict(&message), Check::Content, &Reason::DigestDiffers);
    }
}

#[test]
fn null_byte_in_a_name() {
    let world = World::new();
    // An address at pec.alfa.example\0.elsewhere.example: names with NUL are no names.
    let domain = "pec.alfa.example\0.elsewhere.example";
    let alfa = world.pki.provider("Alfa S.p.A.", domain, Shape::Sound);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let message = mail(CONTENT, &signed_data(None, &bag(&alfa), &[&info]));
    let verification = world.strict(&message);
    assert!(!verification.is_valid());
    let names = verification.signer().unwrap().certificate().unwrap().rfc822_names();
    assert!(names.iter().all(|name| name != "posta-certificata@pec.alfa.example"));
}

#[test]
fn no_changed_octet_makes_something_else_signed() {
    let world = World::new();
    let message = world.sealed(Shape::P256);
    let genuine = world.strict(&message).signed_content().unwrap().to_vec();
    let mut harmless = 0;
    for position in (0..message.len()).step_by(5) {
        for bit in [0x01, 0x20] {
            let mut changed = message.clone();
            changed[position] ^= bit;
            let verification = world.strict(&changed);
            if let Some(signed) = verification.signed_content() {
                assert_eq!(signed, genuine, "octet {position}");
            }
            harmless += usize::from(verification.is_valid());
        }
    }
    // Outer header, preamble and spelling of the structure are not signed.
    assert!((1..400).contains(&harmless), "{harmless}");
}

#[test]
fn no_cut_off_message_is_valid() {
    let world = World::new();
    let message = world.sealed(Shape::P256);
    let end = message.len() - "\r\n------=_0123456789abcdef--\r\n".len();
    for length in (0..end).step_by(3) {
        assert!(!world.strict(&message[..length]).is_valid(), "{length}");
    }
    let unterminated = world.strict(&message[..end]);
    assert!(unterminated.is_valid() && unterminated.remarks() == [StructureRemark::Unterminated]);
}

#[test]
fn signed_attributes_passed_off_as_content_with_other_line_ends() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let attributes = [
        attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA)),
        attribute(oid::MESSAGE_DIGEST, &write::tlv(tag::OCTET_STRING, &[b"digest\r\nof it"])),
    ];
    let signed = write::tlv(tag::SET, &[&attributes[0], &attributes[1]]);
    let mut content = signed.clone();
    content.remove(memchr::memmem::find(&content, b"\r\n").unwrap());
    let info = HandMade { identity: &alfa, attributes: None, signed, unsigned: Vec::new() };
    let cms = signed_data(None, &bag(&alfa), &[&info.write(&world)]);
    let message = mail(&content, &cms);
    assert_failed(&world.strict(&message), Check::Content, &Reason::ContentIsAttributes);
}

#[test]
fn revocation_data_signed_over_sha1() {
    use pkcs8::DecodePrivateKey;
    use sha1::{Digest as _, Sha1};

    let mut world = World::new();
    let now = now();
    let list = world.pki.revocation_list(now, &[]);
    let (sha256, with_sha1) = ([0x0d, 1, 1, 11], [0x0d, 1, 1, 5]);
    let mut body = list.clone();
    while let Some(at) = memchr::memmem::find(&body, &sha256) {
        body[at..at + 4].copy_from_slice(&with_sha1);
    }
    let mut fields = crate::asn1::Reader::single(&body, tag::SEQUENCE).unwrap().reader();
    let (signed, algorithm) = (fields.any().unwrap().raw, fields.any().unwrap().raw);
    let pkcs8 = crate::testpki::TestKey::Authority.pkcs8_der();
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    let signature = key.sign(rsa::Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(signed)).unwrap();
    let weak = write::sequence(&[signed, algorithm, &write::tlv(3, &[&[0], &signature])]);
    world.store = crate::x509::TrustStore::new();
    world.store.add_anchor(crate::x509::TrustAnchor::new(world.pki.root().clone()));
    for list in [world.pki.root_revocation_list(now), weak] {
        world.store.add_crl(crate::x509::Crl::from_der(&list).unwrap());
    }
    let sealed = world.sealed(Shape::Sound);
    let verdict = world.strict(&sealed).verdict();
    assert!(matches!(verdict, Verdict::Undecided { check: Check::Revocation, .. }), "{verdict:?}");
    assert!(!world.verify(&sealed, Policy::interoperable()).is_valid());
}
