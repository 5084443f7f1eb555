//! The profile of RFC 6109 §5.5, each item broken alone.

use crate::x509::oid::known;
use crate::x509::testder::{attribute, name_of, sequence, tlv};
use crate::x509::testpki::{Key, Template, basic_constraints, email, extension, purposes};
use crate::x509::tlv::tag;
use crate::x509::{ProfileItem, ProfileReport, ProfileVerdict, profile};

/// digitalSignature in keyUsage.
const DIGITAL_SIGNATURE: u8 = 0x80;

fn subject(attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let rdn =
        |(kind, value): &(&[u8], &str)| vec![attribute(kind, tag::UTF8_STRING, value.as_bytes())];
    name_of(&attributes.iter().map(rdn).collect::<Vec<_>>())
}

fn key_usage(critical: bool, bits: u8) -> Vec<u8> {
    extension(known::KEY_USAGE, critical, &tlv(tag::BIT_STRING, &[0, bits]))
}

fn authority_key_id(critical: bool, fields: &[Vec<u8>]) -> Vec<u8> {
    extension(known::AUTHORITY_KEY_IDENTIFIER, critical, &sequence(fields))
}

fn subject_key_id(critical: bool) -> Vec<u8> {
    let id = tlv(tag::OCTET_STRING, &[2; 20]);
    extension(known::SUBJECT_KEY_IDENTIFIER, critical, &id)
}

/// keyUsage, authorityKeyIdentifier, subjectKeyIdentifier and subjectAltName, in this order.
fn sound_extensions() -> Vec<Vec<u8>> {
    vec![
        key_usage(true, DIGITAL_SIGNATURE),
        authority_key_id(false, &[tlv(0x80, &[1; 20])]),
        subject_key_id(false),
        email("posta-certificata@pec.alfa.example"),
    ]
}

const SUBJECT: [(&[u8], &str); 3] = [
    (known::COUNTRY, "IT"),
    (known::ORGANIZATION, "Alfa S.p.A."),
    (known::COMMON_NAME, "Posta Certificata"),
];

fn report(subject_der: Vec<u8>, extensions: &[Vec<u8>]) -> ProfileReport {
    let key = Key::new(1);
    let template = Template::leaf("", "CA", &key).only(extensions);
    profile(&Template { subject: subject_der, ..template }.issue(&key))
}

fn broken_by_subject(attributes: &[(&[u8], &str)]) -> Vec<ProfileItem> {
    report(subject(attributes), &sound_extensions()).breaches().collect()
}

fn broken_by(change: impl Fn(&mut Vec<Vec<u8>>)) -> Vec<ProfileItem> {
    let mut extensions = sound_extensions();
    change(&mut extensions);
    report(subject(&SUBJECT), &extensions).breaches().collect()
}

#[test]
fn a_certificate_by_the_profile_meets_every_item() {
    let report = report(subject(&SUBJECT), &sound_extensions());
    assert!(report.is_met());
    assert!(report.findings().all(|finding| finding.verdict == ProfileVerdict::Met));
    assert_eq!(report.findings().count(), ProfileItem::ALL.len());
}

#[test]
fn the_subject_names_country_and_provider_and_no_address() {
    let [country, organization, common_name] = SUBJECT;
    assert_eq!(broken_by_subject(&[organization, common_name]), [ProfileItem::CountryItaly]);
    assert_eq!(
        broken_by_subject(&[(known::COUNTRY, "FR"), organization]),
        [ProfileItem::CountryItaly]
    );
    assert_eq!(broken_by_subject(&[country]), [ProfileItem::ProviderName]);
    assert_eq!(broken_by_subject(&[country, organization]), []);
    assert_eq!(broken_by_subject(&[country, common_name]), []);

    let address = (known::EMAIL_ADDRESS, "posta-certificata@pec.alfa.example");
    let attributes = [country, organization, address];
    assert_eq!(broken_by_subject(&attributes), [ProfileItem::NoEmailInSubject]);
    // It is only recommended.
    assert!(report(subject(&attributes), &sound_extensions()).is_met());
}

#[test]
fn four_extensions_are_there() {
    for (position, items) in [
        &[ProfileItem::KeyUsage][..],
        &[ProfileItem::AuthorityKeyIdentifier],
        &[ProfileItem::SubjectKeyIdentifier],
        &[ProfileItem::EmailInSubjectAltName, ProfileItem::SubjectAltName],
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(broken_by(|extensions| drop(extensions.remove(position))), items);
    }
}

#[test]
fn what_the_extensions_hold() {
    let key_encipherment = broken_by(|extensions| extensions[0] = key_usage(true, 0x20));
    assert_eq!(key_encipherment, [ProfileItem::DigitalSignature]);

    let no_identifier = broken_by(|extensions| extensions[1] = authority_key_id(false, &[]));
    assert_eq!(no_identifier, [ProfileItem::AuthorityKeyIdentifier]);

    let host = tlv(0x82, b"pec.alfa.example");
    let no_address = broken_by(|extensions| {
        extensions[3] =
            extension(known::SUBJECT_ALT_NAME, false, &sequence(std::slice::from_ref(&host)));
    });
    assert_eq!(no_address, [ProfileItem::EmailInSubjectAltName]);
}

#[test]
fn key_usage_is_critical_and_nothing_else_is() {
    let changed = |position: usize, extension: Vec<u8>| {
        broken_by(|extensions| extensions[position].clone_from(&extension))
    };
    let item = changed(0, key_usage(false, DIGITAL_SIGNATURE));
    assert_eq!(item, [ProfileItem::KeyUsageCritical]);
    let item = changed(1, authority_key_id(true, &[tlv(0x80, &[1; 20])]));
    assert_eq!(item, [ProfileItem::AuthorityKeyIdentifierNotCritical]);
    let item = changed(2, subject_key_id(true));
    assert_eq!(item, [ProfileItem::SubjectKeyIdentifierNotCritical]);
    let address = sequence(&[tlv(0x81, b"posta-certificata@pec.alfa.example")]);
    let item = changed(3, extension(known::SUBJECT_ALT_NAME, true, &address));
    assert_eq!(item, [ProfileItem::SubjectAltNameNotCritical]);

    let added = |extension: Vec<u8>| broken_by(|extensions| extensions.push(extension.clone()));
    assert_eq!(added(purposes(false, &[known::EMAIL_PROTECTION])), []);
    let item = added(purposes(true, &[known::EMAIL_PROTECTION]));
    assert_eq!(item, [ProfileItem::OthersNotCritical]);
}

#[test]
fn basic_constraints_are_absent() {
    let added = broken_by(|extensions| extensions.push(basic_constraints(false, None)));
    assert_eq!(added, [ProfileItem::NoBasicConstraints]);
}
