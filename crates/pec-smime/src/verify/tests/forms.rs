//! Forms of sound messages, and what each bad certificate comes to.

use super::kit::*;
use crate::asn1::{encode as write, tag};
use crate::cms::CmsError;
use crate::crypto::DigestAlgorithm;
use crate::multipart::Boundary;
use crate::oid;
use crate::sign::{Draft, SigningOptions, sign_message, sign_opaque};
use crate::testpki::Shape;
use crate::verify::{
    AttributeOrder, Check, ContentForm, Grade, Outcome, Policy, Reason, Verdict, Verifier,
};
use crate::x509::{InvalidReason, TrustStore};

#[test]
fn what_is_signed_verifies_with_every_kind_of_key() {
    let world = World::new();
    for shape in [Shape::Sound, Shape::Rsa4096, Shape::P256, Shape::P384] {
        let message = world.sealed(shape);
        let verification = world.strict(&message);
        assert_eq!(verification.verdict(), Verdict::Valid, "{shape:?}");
        assert_eq!(
            verification.signed_content().unwrap(),
            b"Content-Type: text/plain\r\n\r\nprima riga\r\nseconda\r\n"
        );
        let signer = verification.signer().unwrap();
        assert_eq!(signer.grade(), Grade::Current);
        assert_eq!(signer.claimed_signing_time(), Some(now()));
        assert_eq!(signer.content_form(), Some(ContentForm::AsReceived));
        assert_eq!(signer.attribute_order(), Some(AttributeOrder::AsReceived));
        assert_eq!(
            signer.certificate().unwrap().rfc822_names(),
            ["posta-certificata@pec.alfa.example"]
        );
        assert_eq!(verification.disagreeing_micalg(), None);
    }
}

#[test]
fn every_digest_that_is_written() {
    let world = World::new();
    let signer = world.alfa(Shape::Sound).signer(&world.crypto);
    let draft = Draft {
        header: b"",
        content: &[b"A: 1\r\n\r\n", b"x"],
        boundary: Boundary::from_id("0123456789abcdef").unwrap(),
    };
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        let options = SigningOptions::new(now()).digest(digest);
        let message = sign_message(&draft, &signer, &options, &world.crypto).unwrap().to_vec();
        let verification = world.strict(&message);
        assert_eq!(verification.verdict(), Verdict::Valid, "{digest}");
        assert_eq!(verification.signer().unwrap().digest_algorithm(), Some(digest));
    }
}

#[test]
fn the_unsigned_octets_are_the_same_again() {
    let world = World::new();
    let unsigned = |message: Vec<u8>| {
        let end = memchr::memmem::find(&message, b"filename=").unwrap();
        message[..end].to_vec()
    };
    assert_eq!(unsigned(world.sealed(Shape::P256)), unsigned(world.sealed(Shape::P256)));
    // PKCS#1 v1.5 repeats altogether.
    assert_eq!(world.sealed(Shape::Sound), world.sealed(Shape::Sound));
}

#[test]
fn a_copy_with_bare_line_feeds_verifies_in_canonical_form() {
    let world = World::new();
    let message = replaced(&world.sealed(Shape::Sound), "\r\n", "\n");
    let verification = world.strict(&message);
    assert_eq!(verification.verdict(), Verdict::Valid);
    let signer = verification.signer().unwrap();
    assert_eq!(signer.content_form(), Some(ContentForm::CrlfCanonical));
}

#[test]
fn no_signed_attributes() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let content = b"A: 1\r\n\r\ntext";
    let info = HandMade {
        identity: &alfa,
        attributes: None,
        signed: content.to_vec(),
        unsigned: Vec::new(),
    };
    let cms = signed_data(None, &bag(&alfa), &[&info.write(&world)]);
    let message = mail(content, &cms);
    assert_eq!(world.strict(&message).verdict(), Verdict::Valid);
    let other = mail(b"A: 1\r\n\r\ntexT", &cms);
    let verification = world.strict(&other);
    assert!(matches!(verification.outcome(Check::Signature), Outcome::Failed(_)));
    assert_eq!(verification.signed_content(), None);
}

#[test]
fn attributes_out_of_order_verify_either_way() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let content = b"A: 1\r\n\r\ntext";
    let mut attributes = world.attributes(content, &alfa);
    let sorted = write::set_of(tag::SET, attributes.clone());
    attributes.sort();
    attributes.reverse();
    let as_received = HandMade::over(&world, &alfa, attributes.clone());
    let as_sorted = HandMade {
        identity: &alfa,
        attributes: Some(attributes),
        signed: sorted,
        unsigned: Vec::new(),
    };
    for (info, order) in [
        (as_received, AttributeOrder::AsReceived),
        (as_sorted.write(&world), AttributeOrder::DerSorted),
    ] {
        let message = mail(content, &signed_data(None, &bag(&alfa), &[&info]));
        let verification = world.strict(&message);
        assert_eq!(verification.verdict(), Verdict::Valid);
        assert_eq!(verification.signer().unwrap().attribute_order(), Some(order));
    }
}

#[test]
fn several_signers_one_of_them_sound() {
    let world = World::new();
    let (alfa, expired) = (world.alfa(Shape::Sound), world.alfa(Shape::Expired));
    let content = b"A: 1\r\n\r\ntext";
    let first = HandMade::over(&world, &expired, world.attributes(content, &expired));
    let second = HandMade::over(&world, &alfa, world.attributes(content, &alfa));
    let certificates = [bag(&alfa), bag(&expired)].concat();
    let message = mail(content, &signed_data(None, &certificates, &[&first, &second]));
    let verification = world.strict(&message);
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert_eq!(verification.signers().len(), 2);
    assert_eq!(verification.signer().unwrap().certificate(), Some(alfa.certificate()));
}

#[test]
fn algorithm_protection_is_checked() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let content = b"A: 1\r\n\r\ntext";
    let with = |digest: DigestAlgorithm| {
        let signature = crate::crypto::SignatureAlgorithm::RsaPkcs1(digest).to_der().unwrap();
        let implicit = write::tlv(tag::CONTEXT_1, &[&signature[2..]]);
        let value = write::sequence(&[&digest.to_der(), &implicit]);
        let mut attributes = world.attributes(content, &alfa);
        attributes.push(attribute(oid::CMS_ALGORITHM_PROTECTION, &value));
        let info = HandMade::over(&world, &alfa, attributes);
        mail(content, &signed_data(None, &bag(&alfa), &[&info]))
    };
    assert_eq!(world.strict(&with(DigestAlgorithm::Sha256)).verdict(), Verdict::Valid);
    let message = with(DigestAlgorithm::Sha512);
    let verification = world.strict(&message);
    assert_failed(&verification, Check::Signer, &Reason::AlgorithmProtectionDiffers);
}

#[test]
fn odd_certificates_in_the_bag_do_no_harm() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let content = b"A: 1\r\n\r\ntext";
    let info = HandMade::over(&world, &alfa, world.attributes(content, &alfa));
    let attribute_certificate = [0xa2, 2, 5, 0];
    let mut certificates: Vec<&[u8]> = vec![&[0x30, 2, 5, 0], &attribute_certificate];
    let chain = bag(&alfa);
    certificates.extend(&chain);
    let message = mail(content, &signed_data(None, &certificates, &[&info]));
    let verification = world.strict(&message);
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert_eq!(verification.unreadable_certificates(), 1);
}

#[test]
fn opaque_content_is_read_from_inside() {
    let world = World::new();
    let signer = world.alfa(Shape::Sound).signer(&world.crypto);
    let options = SigningOptions::new(now());
    let cms = sign_opaque(&[b"dn: ", b"o=postacert\n"], &signer, &options, &world.crypto).unwrap();
    let verifier = Verifier::new(&world.store, &world.crypto, Policy::strict());
    let verification = verifier.opaque(&cms, now());
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert_eq!(verification.signed_content(), Some(&b"dn: o=postacert\n"[..]));
    let detached = crate::sign::sign_detached(&[b"x"], &signer, &options, &world.crypto).unwrap();
    assert_failed(&verifier.opaque(&detached, now()), Check::Existence, &Reason::NoContent);
    assert!(verifier.detached(b"x", &detached, now()).is_valid());
}

#[test]
fn each_bad_certificate_has_its_reason() {
    let world = World::new();
    let path = |shape| {
        let message = world.sealed_whatever(shape);
        let verification = world.strict(&message);
        assert!(verification.signed_content().is_some(), "{shape:?} is signed all the same");
        assert!(!verification.is_valid(), "{shape:?}");
        match verification.outcome(Check::Path) {
            Outcome::Failed(Reason::Path { reason, .. }) => reason,
            other => panic!("{shape:?}: {other}"),
        }
    };
    assert!(matches!(path(Shape::Expired), InvalidReason::Expired(_)));
    assert!(matches!(path(Shape::NotYetValid), InvalidReason::NotYetValid(_)));
    assert!(matches!(path(Shape::Revoked), InvalidReason::Revoked { .. }));
    assert_eq!(path(Shape::WrongKeyUsage), InvalidReason::KeyUsage);
    assert_eq!(path(Shape::TimeStampAuthority), InvalidReason::ExtendedKeyUsage);
    assert_eq!(path(Shape::OutsideNameConstraints), InvalidReason::NameNotPermitted);
    assert_eq!(path(Shape::ForeignSubject), InvalidReason::NameNotPermitted);
    assert_eq!(path(Shape::IssuerWithoutCertSign), InvalidReason::KeyUsage);
}

#[test]
fn weak_algorithms_are_named_as_the_reason() {
    let world = World::new();
    let message = world.sealed_whatever(Shape::Rsa1024);
    let verification = world.strict(&message);
    let reason = Reason::WeakKey(crate::x509::KeyKind::Rsa { bits: 1024 });
    assert_failed(&verification, Check::Algorithms, &reason);
    assert_eq!(verification.outcome(Check::Path), Outcome::Passed);
    assert_eq!(verification.signer().unwrap().grade(), Grade::Legacy);

    let message = world.sealed(Shape::Sha1);
    let verification = world.strict(&message);
    let reason = Reason::WeakDigest(DigestAlgorithm::Sha1);
    assert_failed(&verification, Check::Algorithms, &reason);
    let long_ago = Policy::archive(at("2019-12-31T12:00:00Z")).allow_unknown_revocation();
    assert!(!world.verify(&message, long_ago).is_valid(), "not valid yet then");
}

#[test]
fn nobody_is_trusted_by_an_empty_store() {
    let world = World::new();
    let message = world.sealed(Shape::Sound);
    let store = TrustStore::new();
    let verifier = Verifier::new(&store, &world.crypto, Policy::strict());
    let verification = verifier.message(&message, now());
    assert!(matches!(verification.verdict(), Verdict::Undecided { check: Check::Path, .. }));
}

#[test]
fn unknown_revocation_is_undecided_unless_allowed_by_name() {
    let mut world = World::new();
    let message = world.sealed(Shape::Sound);
    world.store = TrustStore::new();
    world.store.add_anchor(crate::x509::TrustAnchor::new(world.pki.root().clone()));
    let verification = world.strict(&message);
    assert!(matches!(verification.verdict(), Verdict::Undecided { check: Check::Revocation, .. }));
    let verification = world.verify(&message, Policy::strict().allow_unknown_revocation());
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert!(matches!(verification.outcome(Check::Revocation), Outcome::Indeterminate(_)));
}

#[test]
fn a_breach_of_the_profile_counts_unless_allowed_by_name() {
    let world = World::new();
    for shape in [Shape::ProfileBroken, Shape::NoAlternativeName] {
        let message = world.sealed(shape);
        assert_failed(&world.strict(&message), Check::Profile, &Reason::Profile);
        assert!(world.verify(&message, Policy::strict().allow_profile_breaches()).is_valid());
    }
}

#[test]
fn limits_of_cms_at_and_past_them() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let content = b"A: 1\r\n\r\ntext";
    let info = HandMade::over(&world, &alfa, world.attributes(content, &alfa));
    let chain = bag(&alfa);
    let with = |certificates: usize, signers: usize| {
        let mut bag = vec![&[0x30_u8, 2, 5, 0][..]; certificates - chain.len()];
        bag.extend(&chain);
        mail(content, &signed_data(None, &bag, &vec![info.as_slice(); signers]))
    };
    assert!(world.strict(&with(crate::limits::CMS_CERTIFICATES, 1)).is_valid());
    let message = with(crate::limits::CMS_CERTIFICATES + 1, 1);
    let reason = Reason::Cms(CmsError::TooManyCertificates);
    assert_failed(&world.strict(&message), Check::Existence, &reason);
    assert!(world.strict(&with(2, crate::limits::CMS_SIGNERS)).is_valid());
    let message = with(2, crate::limits::CMS_SIGNERS + 1);
    let reason = Reason::Cms(CmsError::TooManySigners);
    assert_failed(&world.strict(&message), Check::Existence, &reason);
}

/// Every constructed value with indefinite length, every OCTET STRING in pieces of pieces; what is
/// hashed as it stands, certificates and signed attributes, stays.
fn as_ber(der: &[u8], kept: &[&[u8]]) -> Vec<u8> {
    let mut ber = Vec::new();
    let mut reader = crate::asn1::Reader::new(der);
    while !reader.is_empty() {
        let value = reader.any().unwrap();
        let is_kept = kept.contains(&value.raw);
        if value.tag == tag::OCTET_STRING {
            let (one, other) = value.content.split_at(value.content.len() / 2);
            ber.extend([tag::OCTET_STRING_PIECES, 0x80]);
            ber.extend(write::tlv(tag::OCTET_STRING, &[one]));
            ber.extend([tag::OCTET_STRING_PIECES, 0x80]);
            ber.extend(write::tlv(tag::OCTET_STRING, &[other]));
            ber.extend([0; 4]);
        } else if value.tag & 0x20 != 0 && !is_kept {
            ber.extend([value.tag, 0x80]);
            ber.extend(as_ber(value.content, kept));
            ber.extend([0; 2]);
        } else {
            ber.extend(value.raw);
        }
    }
    ber
}

#[test]
fn detached_signatures_in_ber() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let content = b"A: 1\r\n\r\ntext";
    let mut attributes = world.attributes(content, &alfa);
    attributes.sort();
    let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let signed_attributes = write::tlv(tag::CONTEXT_0, &slices);
    let info = HandMade::over(&world, &alfa, attributes.clone());
    let der = signed_data(None, &bag(&alfa), &[&info]);
    let mut kept = bag(&alfa);
    kept.push(&signed_attributes);
    let ber = as_ber(&der, &kept);
    assert_eq!(*crate::asn1::normalise(&ber).unwrap(), der);
    let message = mail(content, &ber);
    assert_eq!(world.strict(&message).verdict(), Verdict::Valid);
    // Attributes in BER, too: what is hashed are the octets of their DER (RFC 5652 §5.4).
    let message = mail(content, &as_ber(&der, &bag(&alfa)));
    assert_eq!(world.strict(&message).verdict(), Verdict::Valid);
}
