//! RFC 5280 §6.1: each rule broken once, and the reason that is reported.

use crate::crypto::SignatureError;
use crate::x509::oid::known;
use crate::x509::testder::{attribute, name_of, sequence, tlv};
use crate::x509::testpki::{
    Key, Template, basic_constraints, email, extension, judge, key_usage, lenient, mail_constraint,
    name, purposes, trusting,
};
use crate::x509::tlv::tag;
use crate::x509::{
    AlgorithmFloor, Certificate, CertificateError, IndeterminateReason, InvalidReason, LeafUsage,
    PathOptions, PathVerdict, TrustAnchor, TrustStore, Weakness,
};

/// Judges a leaf below one intermediate CA below a root.
fn three(root: &Template, ca: &Template, leaf: &Template) -> PathVerdict {
    let [root_key, ca_key] = [Key::new(1), Key::new(2)];
    let store = trusting(root.issue(&root_key));
    judge(&leaf.issue(&ca_key), &[ca.issue(&root_key)], &store, &lenient())
}

fn root() -> Template {
    Template::ca("Root", "Root", &Key::new(1))
}

fn ca() -> Template {
    Template::ca("CA", "Root", &Key::new(2))
}

fn leaf() -> Template {
    Template::leaf("Leaf", "CA", &Key::new(3))
}

fn broken(verdict: &PathVerdict) -> (usize, &InvalidReason) {
    match verdict {
        PathVerdict::Invalid(path) => (path.certificate, &path.reason),
        other => panic!("not invalid: {other:?}"),
    }
}

#[test]
fn a_path_that_breaks_no_rule_is_valid() {
    let verdict = three(&root(), &ca(), &leaf());
    let path = verdict.valid().unwrap_or_else(|| panic!("{verdict:?}"));
    assert_eq!(path.chain.len(), 2);
    assert_eq!(path.anchor.certificate().subject(), "CN=Root");
}

#[test]
fn signature_by_another_key_with_the_right_name_is_refused() {
    let store = trusting(root().issue(&Key::new(1)));
    let forged = leaf().issue(&Key::new(9));
    let verdict = judge(&forged, &[ca().issue(&Key::new(1))], &store, &lenient());
    assert_eq!(broken(&verdict), (0, &InvalidReason::Signature(SignatureError::Invalid)));
}

#[test]
fn algorithm_that_differs_inside_and_outside_is_refused() {
    let leaf = Template {
        inner_algorithm: sequence(&[tlv(tag::OID, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3])]),
        ..leaf()
    };
    let verdict = three(&root(), &ca(), &leaf);
    assert_eq!(broken(&verdict), (0, &InvalidReason::AlgorithmsDiffer));
}

#[test]
fn validity_holds_for_every_certificate_of_the_path_to_the_second() {
    let expired = |template: Template| Template { not_after: "240114235959Z", ..template };
    let verdict = three(&root(), &ca(), &expired(leaf()));
    assert!(matches!(broken(&verdict), (0, InvalidReason::Expired(_))));
    let verdict = three(&root(), &expired(ca()), &leaf());
    assert!(matches!(broken(&verdict), (1, InvalidReason::Expired(_))));
    let future = Template { not_before: "240115000001Z", ..leaf() };
    let verdict = three(&root(), &ca(), &future);
    assert!(matches!(broken(&verdict), (0, InvalidReason::NotYetValid(_))));
    let last = Template { not_after: "240115000000Z", ..leaf() };
    assert!(three(&root(), &ca(), &last).valid().is_some());
    let first = Template { not_before: "240115000000Z", ..leaf() };
    assert!(three(&root(), &ca(), &first).valid().is_some());
}

#[test]
fn issuer_without_ca_in_basic_constraints_is_refused() {
    for extensions in [vec![key_usage(0x06)], vec![key_usage(0x06), basic_constraints(false, None)]]
    {
        let verdict = three(&root(), &ca().only(&extensions), &leaf());
        assert_eq!(broken(&verdict), (1, &InvalidReason::NotACa));
    }
    let old = Template { version: 1, ..ca().only(&[]) };
    let verdict = three(&root(), &old, &leaf());
    assert_eq!(broken(&verdict), (1, &InvalidReason::NotACa));
}

#[test]
fn issuer_without_key_cert_sign_is_refused() {
    let ca = ca().only(&[key_usage(0x02), basic_constraints(true, None)]);
    assert_eq!(broken(&three(&root(), &ca, &leaf())), (1, &InvalidReason::KeyUsage));
}

#[test]
fn path_length_of_an_anchor_or_ca_bounds_what_follows() {
    let limited = |length| vec![key_usage(0x06), basic_constraints(true, Some(length))];
    let verdict = three(&root().only(&limited(0)), &ca(), &leaf());
    assert_eq!(broken(&verdict), (1, &InvalidReason::PathTooLong));
    assert!(three(&root().only(&limited(1)), &ca(), &leaf()).valid().is_some());
    // A pathLen of 0 leaves room for the leaf.
    assert!(three(&root(), &ca().only(&limited(0)), &leaf()).valid().is_some());
}

#[test]
fn critical_extension_that_is_not_known_is_refused_anywhere() {
    let unknown = |critical| extension(&[0x2a, 3, 4], critical, &[5, 0]);
    let reason = InvalidReason::UnknownCriticalExtension("1.2.3.4".parse().unwrap());
    let verdict = three(&root(), &ca(), &leaf().with(unknown(true)));
    assert_eq!(broken(&verdict), (0, &reason));
    let verdict = three(&root(), &ca().with(unknown(true)), &leaf());
    assert_eq!(broken(&verdict), (1, &reason));
    assert!(three(&root(), &ca().with(unknown(false)), &leaf()).valid().is_some());
}

#[test]
fn malformed_extension_is_refused_even_if_it_is_not_critical() {
    // A subjectAltName that hides its name behind a null byte.
    let hidden = email("a@acme.it\0.evil.it");
    let verdict = three(&root(), &ca(), &leaf().with(hidden));
    assert_eq!(
        broken(&verdict),
        (0, &InvalidReason::MalformedExtension("2.5.29.17".parse().unwrap()))
    );
}

#[test]
fn extension_that_stands_twice_makes_the_certificate_malformed() {
    let der = leaf().with(email("a@acme.it")).with(email("b@acme.it")).der(&Key::new(2));
    let error = Certificate::from_der(&der).unwrap_err();
    assert_eq!(error, CertificateError::DuplicateExtension("2.5.29.17".parse().unwrap()));
}

#[test]
fn leaf_must_be_good_for_signing_mail() {
    // keyEncipherment alone.
    let verdict = three(&root(), &ca(), &leaf().only(&[key_usage(0x20)]));
    assert_eq!(broken(&verdict), (0, &InvalidReason::KeyUsage));
    let server = purposes(false, &[&[0x2b, 6, 1, 5, 5, 7, 3, 1]]);
    let verdict = three(&root(), &ca(), &leaf().with(server.clone()));
    assert_eq!(broken(&verdict), (0, &InvalidReason::ExtendedKeyUsage));
    let verdict = three(&root(), &ca().with(server), &leaf());
    assert_eq!(broken(&verdict), (1, &InvalidReason::ExtendedKeyUsage));
    for fit in [known::EMAIL_PROTECTION, known::ANY_EXTENDED_KEY_USAGE] {
        assert!(three(&root(), &ca(), &leaf().with(purposes(false, &[fit]))).valid().is_some());
    }
}

#[test]
fn time_stamping_must_be_the_only_purpose_and_critical() {
    let [root_key, key] = [Key::new(1), Key::new(3)];
    let store = trusting(root().issue(&root_key));
    let options = lenient().with_usage(LeafUsage::TimeStamping);
    let stamping = |extensions: &[Vec<u8>]| {
        let leaf = Template::leaf("TSA", "Root", &key).only(extensions).issue(&root_key);
        judge(&leaf, &[], &store, &options)
    };
    assert!(stamping(&[purposes(true, &[known::TIME_STAMPING])]).valid().is_some());
    for unfit in [
        vec![],
        vec![purposes(false, &[known::TIME_STAMPING])],
        vec![purposes(true, &[known::TIME_STAMPING, known::EMAIL_PROTECTION])],
        vec![purposes(true, &[known::ANY_EXTENDED_KEY_USAGE])],
    ] {
        assert_eq!(broken(&stamping(&unfit)), (0, &InvalidReason::ExtendedKeyUsage));
    }
}

#[test]
fn names_must_lie_in_permitted_subtrees_of_cas_and_anchor() {
    let provider = leaf().with(email("posta-certificata@pec.acme.it"));
    for (constraint, reason) in [
        (mail_constraint(0, "pec.acme.it"), None),
        (mail_constraint(0, "pec.other.it"), Some(InvalidReason::NameNotPermitted)),
        (mail_constraint(1, "pec.acme.it"), Some(InvalidReason::NameExcluded)),
        (mail_constraint(1, "pec.other.it"), None),
    ] {
        // RFC 5937: what an anchor constrains counts like what a CA constrains.
        let by_ca = three(&root(), &ca().with(constraint.clone()), &provider);
        let by_anchor = three(&root().with(constraint), &ca(), &provider);
        for verdict in [by_ca, by_anchor] {
            match &reason {
                Some(reason) => assert_eq!(broken(&verdict), (0, reason)),
                None => assert!(verdict.valid().is_some(), "{verdict:?}"),
            }
        }
    }
}

#[test]
fn address_in_the_subject_is_constrained_if_there_is_no_alternative_name() {
    let address = attribute(known::EMAIL_ADDRESS, tag::IA5_STRING, b"a@evil.it");
    let subject = name_of(&[vec![address]]);
    let ca = ca().with(mail_constraint(0, "acme.it"));
    let verdict = three(&root(), &ca, &Template { subject: subject.clone(), ..leaf() });
    assert_eq!(broken(&verdict), (0, &InvalidReason::NameNotPermitted));
    let named = Template { subject, ..leaf().with(email("a@acme.it")) };
    assert!(three(&root(), &ca, &named).valid().is_some());
}

#[test]
fn anchor_can_be_constrained_by_the_caller() {
    let anchor = TrustAnchor::new(root().issue(&Key::new(1)));
    let subtree = sequence(&[tlv(0x81, b"pec.acme.it")]);
    let constraints = sequence(&[tlv(0xa0, &subtree)]);
    let mut store = TrustStore::new();
    store.add_anchor(anchor.clone().with_name_constraints(&constraints).unwrap());
    let bag = [ca().issue(&Key::new(1))];
    let outside = leaf().with(email("a@pec.other.it")).issue(&Key::new(2));
    let verdict = judge(&outside, &bag, &store, &lenient());
    assert_eq!(broken(&verdict), (0, &InvalidReason::NameNotPermitted));
    let inside = leaf().with(email("a@pec.acme.it")).issue(&Key::new(2));
    assert!(judge(&inside, &bag, &store, &lenient()).valid().is_some());
    assert!(anchor.with_name_constraints(b"no DER").is_err());
}

#[test]
fn anchor_with_unreadable_constraints_is_not_one_without() {
    let unreadable = extension(known::NAME_CONSTRAINTS, true, &[0x30, 0x01]);
    let verdict = three(&root().with(unreadable), &ca(), &leaf());
    assert!(matches!(broken(&verdict), (2, InvalidReason::MalformedExtension(_))));
}

#[test]
fn small_keys_are_refused_or_reported_as_the_floor_says() {
    // A modulus of 1024 bits; nobody signs with it here.
    let modulus = [&[0, 0x80][..], &[1; 127]].concat();
    let key = sequence(&[tlv(tag::INTEGER, &modulus), tlv(tag::INTEGER, &[1, 0, 1])]);
    let algorithm = sequence(&[tlv(tag::OID, known::RSA_ENCRYPTION), tlv(5, &[])]);
    let spki = sequence(&[algorithm, tlv(tag::BIT_STRING, &[&[0][..], &key].concat())]);
    let [root_key, ca_key] = [Key::new(1), Key::new(2)];
    let small = Template { spki, ..leaf() }.issue(&ca_key);
    let store = trusting(root().issue(&root_key));
    let bag = [ca().issue(&root_key)];
    let verdict = judge(&small, &bag, &store, &lenient());
    assert!(matches!(broken(&verdict), (0, InvalidReason::KeyTooWeak(_))));
    let historic = lenient().with_algorithm_floor(AlgorithmFloor::HISTORIC);
    let verdict = judge(&small, &bag, &store, &historic);
    let weaknesses = &verdict.valid().unwrap().weaknesses;
    assert!(matches!(weaknesses[..], [Weakness::Key { certificate: 0, .. }]), "{weaknesses:?}");
}

#[test]
fn leaf_without_a_known_issuer_is_indeterminate() {
    let store = trusting(root().issue(&Key::new(1)));
    let verdict = judge(&leaf().issue(&Key::new(2)), &[], &store, &lenient());
    let PathVerdict::Indeterminate(path) = verdict else { panic!("{verdict:?}") };
    assert_eq!(path.reason, IndeterminateReason::NoPath);
}

#[test]
fn nameless_issuer_leads_nowhere() {
    let nameless = Template { issuer: name_of(&[]), ..leaf() }.issue(&Key::new(1));
    let anchor = Template { subject: name_of(&[]), ..root() }.issue(&Key::new(1));
    let verdict = judge(&nameless, &[], &trusting(anchor), &lenient());
    let PathVerdict::Indeterminate(path) = verdict else { panic!("{verdict:?}") };
    assert_eq!(path.reason, IndeterminateReason::NoPath);
}

#[test]
fn self_signed_certificate_supplied_by_a_stranger_is_no_anchor() {
    let stranger = Template::ca("CA", "CA", &Key::new(2)).issue(&Key::new(2));
    let store = trusting(root().issue(&Key::new(1)));
    let verdict = judge(&leaf().issue(&Key::new(2)), &[stranger], &store, &lenient());
    assert!(verdict.valid().is_none(), "{verdict:?}");
}

#[test]
fn of_several_keys_with_one_name_the_right_one_is_found() {
    let [root_key, old, new] = [Key::new(1), Key::new(2), Key::new(20)];
    let store = trusting(root().issue(&root_key));
    let bag = [&old, &new].map(|key| Template::ca("CA", "Root", key).issue(&root_key));
    for signer in [&old, &new] {
        let verdict = judge(&leaf().issue(signer), &bag, &store, &lenient());
        assert_eq!(verdict.valid().unwrap().chain[1].spki_der(), signer.spki);
    }
}

#[test]
fn cross_certificate_leads_to_the_anchor_that_is_trusted() {
    let [ours, theirs, ca_key] = [Key::new(1), Key::new(4), Key::new(2)];
    let store = trusting(Template::ca("Ours", "Ours", &ours).issue(&ours));
    let bag = [
        ca().issue(&theirs),
        Template::ca("Root", "Root", &theirs).issue(&theirs),
        Template::ca("Root", "Ours", &theirs).issue(&ours),
    ];
    let verdict = judge(&leaf().issue(&ca_key), &bag, &store, &lenient());
    let path = verdict.valid().unwrap_or_else(|| panic!("{verdict:?}"));
    assert_eq!(path.chain.last().unwrap().issuer(), "CN=Ours");
}

#[test]
fn string_types_of_a_name_do_not_break_the_chain() {
    let issuer = name_of(&[vec![attribute(known::COMMON_NAME, tag::PRINTABLE_STRING, b" ca ")]]);
    let leaf = Template { issuer, ..leaf() };
    assert!(three(&root(), &ca(), &leaf).valid().is_some());
    let null = Template { issuer: name("CA\0"), ..leaf };
    assert!(three(&root(), &ca(), &null).valid().is_none());
}

#[test]
fn every_reason_names_its_rule() {
    let strict = PathOptions::at(crate::x509::testpki::now());
    let store = trusting(root().issue(&Key::new(1)));
    let expired = Template { not_after: "210101000000Z", ..leaf() }.issue(&Key::new(2));
    let verdict = judge(&expired, &[ca().issue(&Key::new(1))], &store, &strict);
    assert_eq!(broken(&verdict).1.section(), "RFC 5280 §6.1.3 (a)(2)");
}
