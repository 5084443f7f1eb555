//! RFC 6960: whose answer counts, and when.

use core::slice;

use chrono::{TimeZone, Utc};

use crate::x509::oid::known;
use crate::x509::testder::tlv;
use crate::x509::testpki::{Key, Status, Template, extension, judge, now, purposes, trusting};
use crate::x509::tlv::tag;
use crate::x509::{
    Certificate, OcspError, OcspResponse, PathOptions, PathVerdict, RevocationSource,
    RevocationStatus, RevocationUnknown,
};

/// The status of a leaf with serial number 7 by one response.
fn status(answer: &Status, signer: &Key) -> RevocationStatus {
    status_by(answer, signer, &PathOptions::at(now()))
}

fn status_by(answer: &Status, signer: &Key, options: &PathOptions) -> RevocationStatus {
    let root = Key::new(1);
    let mut store = trusting(Template::ca("Root", "Root", &root).issue(&root));
    store.add_ocsp(answer.issue(signer));
    let leaf = Template::leaf("Leaf", "Root", &Key::new(2)).serial(7).issue(&root);
    let verdict = judge(&leaf, &[], &store, options);
    let statuses = match &verdict {
        PathVerdict::Valid(path) => &path.revocation,
        PathVerdict::Invalid(path) => &path.revocation,
        PathVerdict::Indeterminate(path) => &path.revocation,
    };
    statuses[0].clone()
}

fn good() -> Status {
    Status::good("Root", &Key::new(1), 7)
}

fn revoked(at: &str) -> Vec<u8> {
    let time = tlv(tag::GENERALIZED_TIME, at.as_bytes());
    let reason = tlv(0xa0, &tlv(tag::ENUMERATED, &[1]));
    tlv(0xa1, &[time, reason].concat())
}

/// A responder that the root delegated.
fn delegate(extensions: &[Vec<u8>], signer: &Key) -> Certificate {
    Template::leaf("Responder", "Root", &Key::new(4)).only(extensions).serial(30).issue(signer)
}

fn delegated(delegate: Certificate) -> RevocationStatus {
    let answer = Status { responder: "Responder".into(), certificates: vec![delegate], ..good() };
    status(&answer, &Key::new(4))
}

fn unknown(why: RevocationUnknown) -> RevocationStatus {
    RevocationStatus::Unknown(why)
}

#[test]
fn the_issuers_own_answer_counts() {
    let RevocationStatus::Good(evidence) = status(&good(), &Key::new(1)) else {
        panic!("the issuer said good");
    };
    assert_eq!(evidence.source, RevocationSource::Ocsp);
    let answer = Status { status: revoked("20231231000000Z"), ..good() };
    assert!(matches!(status(&answer, &Key::new(1)), RevocationStatus::Revoked { .. }));
    let answer = Status { status: tlv(0x82, &[]), ..good() };
    assert_eq!(status(&answer, &Key::new(1)), unknown(RevocationUnknown::NotKnownToResponder));
}

#[test]
fn an_answer_about_another_certificate_or_issuer_does_not_count() {
    let other_serial = Status { serial: 8, ..good() };
    assert_eq!(status(&other_serial, &Key::new(1)), unknown(RevocationUnknown::NoData));
    let other_key = Status { issuer_key: b"another".to_vec(), ..good() };
    assert_eq!(status(&other_key, &Key::new(1)), unknown(RevocationUnknown::NoData));
    let other_name = Status { issuer: crate::x509::testpki::name("Other"), ..good() };
    assert_eq!(status(&other_name, &Key::new(1)), unknown(RevocationUnknown::NoData));
}

#[test]
fn a_strangers_answer_does_not_count() {
    assert_eq!(status(&good(), &Key::new(9)), unknown(RevocationUnknown::Signer));
}

#[test]
fn a_delegate_needs_the_purpose_and_the_issuers_signature() {
    let no_check = extension(known::OCSP_NO_CHECK, false, &[5, 0]);
    let purpose = purposes(false, &[known::OCSP_SIGNING]);
    let root = Key::new(1);
    let proper = delegate(&[purpose.clone(), no_check.clone()], &root);
    assert!(matches!(delegated(proper), RevocationStatus::Good(_)));
    let any = purposes(false, &[known::ANY_EXTENDED_KEY_USAGE]);
    for improper in [
        delegate(slice::from_ref(&no_check), &root),
        delegate(&[any, no_check.clone()], &root),
        delegate(&[purpose.clone(), no_check], &Key::new(9)),
        // Without nocheck its own status must be known.
        delegate(&[purpose], &root),
    ] {
        assert_eq!(delegated(improper), unknown(RevocationUnknown::Signer));
    }
}

#[test]
fn an_answer_not_in_force_at_the_instant_does_not_count() {
    for (this_update, next_update) in [
        ("20231201000000Z", Some("20240114235959Z")),
        ("20240115000001Z", Some("20240201000000Z")),
        ("20240101000000Z", None),
    ] {
        let answer = Status { this_update, next_update, ..good() };
        assert_eq!(status(&answer, &Key::new(1)), unknown(RevocationUnknown::Stale));
    }
}

#[test]
fn an_answer_with_an_unknown_critical_extension_does_not_count() {
    let with = |critical| {
        let extensions = vec![extension(&[0x2a, 3, 4], critical, &[5, 0])];
        status(&Status { extensions, ..good() }, &Key::new(1))
    };
    assert_eq!(with(true), unknown(RevocationUnknown::Stale));
    assert!(matches!(with(false), RevocationStatus::Good(_)));
}

#[test]
fn a_later_answer_counts_by_its_dates_if_asked_for() {
    let options = PathOptions::at(now()).accepting_later_revocation_data();
    let later = |status: Vec<u8>| {
        let answer = Status { status, this_update: "20250101000000Z", next_update: None, ..good() };
        status_by(&answer, &Key::new(1), &options)
    };
    assert!(matches!(later(tlv(0x80, &[])), RevocationStatus::Good(_)));
    assert!(matches!(later(revoked("20240601000000Z")), RevocationStatus::Good(_)));
    assert!(matches!(later(revoked("20240110000000Z")), RevocationStatus::Revoked { .. }));
}

#[test]
fn responses_that_say_nothing_are_refused() {
    let try_later = [0x30, 0x03, 0x0a, 0x01, 0x03];
    assert_eq!(OcspResponse::from_der(&try_later).unwrap_err(), OcspError::NotSuccessful(3));
    assert!(matches!(OcspResponse::from_der(b""), Err(OcspError::Der(_))));
}

#[test]
fn the_answer_of_another_implementation_counts_and_its_nonce_does_not_matter() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509");
    let read = |name: &str| std::fs::read(format!("{folder}/{name}")).unwrap();
    let mut store = trusting(Certificate::from_der(&read("root.cer")).unwrap());
    store.add_ocsp(OcspResponse::from_der(&read("leaf.ors")).unwrap());
    let leaf = Certificate::from_der(&read("leaf.cer")).unwrap();
    let instant = Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap();
    let verdict = judge(&leaf, &[], &store, &PathOptions::at(instant));
    let path = verdict.valid().unwrap_or_else(|| panic!("{verdict:?}"));
    let RevocationStatus::Good(evidence) = &path.revocation[0] else { panic!("not good") };
    assert_eq!(evidence.source, RevocationSource::Ocsp);
}
