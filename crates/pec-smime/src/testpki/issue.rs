//! Writing of certificates and revocation lists.
#![expect(clippy::expect_used, reason = "keys and algorithms are fixed: a failure is a bug here")]

use chrono::{DateTime, Utc};
use pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha1::{Digest as _, Sha1};

use super::{Shape, TestKey};
use crate::asn1::{encode as write, tag};
use crate::crypto::{CryptoProvider, DigestAlgorithm};
use crate::oid;
use crate::x509::Certificate;

/// A certificate before it is signed (RFC 5280 §4.1).
pub(super) struct CertificateDraft<'a> {
    pub(super) serial: u64,
    pub(super) issuer: &'a Name,
    pub(super) subject: &'a Name,
    pub(super) validity: (DateTime<Utc>, DateTime<Utc>),
    pub(super) key: TestKey,
    pub(super) extensions: Extensions,
    pub(super) sha1: bool,
}

impl CertificateDraft<'_> {
    pub(super) fn sign(&self, issuer: TestKey) -> Certificate {
        let validity =
            write::sequence(&[&write::time(self.validity.0), &write::time(self.validity.1)]);
        let version_three = write::tlv(tag::CONTEXT_0, &[&write::tlv(tag::INTEGER, &[&[2]])]);
        let der = sign(issuer, self.sha1, |algorithm| {
            write::sequence(&[
                &version_three,
                &integer(&self.serial.to_be_bytes()),
                algorithm,
                &self.issuer.der,
                &validity,
                &self.subject.der,
                self.key.load().spki_der(),
                &self.extensions.write(0xa3),
            ])
        });
        Certificate::from_der(&der).expect("sound certificate")
    }
}

/// A revocation list (RFC 5280 §5.1).
pub(super) fn revocation_list<'a>(
    issuer: &Name,
    key: TestKey,
    (this_update, next_update): (DateTime<Utc>, DateTime<Utc>),
    revoked_at: DateTime<Utc>,
    revoked: impl Iterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let entries: Vec<u8> = revoked
        .flat_map(|serial| {
            write::sequence(&[&write::tlv(tag::INTEGER, &[serial]), &write::time(revoked_at)])
        })
        .collect();
    // An empty list is left out.
    let entries = if entries.is_empty() { entries } else { write::sequence(&[&entries]) };
    let mut extensions = Extensions::default();
    extensions.authority_key_id(key);
    let number = u64::try_from(this_update.timestamp()).unwrap_or_default();
    extensions.add(CRL_NUMBER, false, &integer(&number.to_be_bytes()));
    sign(key, false, |algorithm| {
        write::sequence(&[
            &write::tlv(tag::INTEGER, &[&[1]]),
            algorithm,
            &issuer.der,
            &write::time(this_update),
            &write::time(next_update),
            &entries,
            &extensions.write(tag::CONTEXT_0),
        ])
    })
}

/// The signed form that certificates and revocation lists share.
fn sign(key: TestKey, sha1: bool, to_be_signed: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (algorithm, signature, body);
    if sha1 {
        // SHA-1 is not signed with anywhere else.
        let null = write::tlv(tag::NULL, &[]);
        algorithm = write::sequence(&[&write::oid(oid::SHA1_WITH_RSA), &null]);
        body = to_be_signed(&algorithm);
        let key = RsaPrivateKey::from_pkcs8_der(&key.pkcs8_der()).expect("sound key");
        let digest = Sha1::digest(&body);
        signature = key.sign(Pkcs1v15Sign::new::<Sha1>(), &digest).expect("signature");
    } else {
        let key = key.load();
        let kind = key.algorithm(DigestAlgorithm::Sha256);
        algorithm = kind.to_der().expect("known algorithm");
        body = to_be_signed(&algorithm);
        let random = CryptoProvider::rustcrypto().random;
        signature = key.sign(&kind, &body, &*random).expect("signature");
    }
    write::sequence(&[&body, &algorithm, &bit_string(0, &signature)])
}

/// A distinguished name `C=…, O=…, CN=…`.
pub(super) struct Name {
    der: Vec<u8>,
}

impl Name {
    pub(super) fn new(organization: &str, common_name: &str) -> Self {
        Self::in_country("IT", organization, common_name)
    }

    pub(super) fn in_country(code: &str, organization: &str, common_name: &str) -> Self {
        let der = write::sequence(&[
            &country(code),
            &name_attribute(ORGANIZATION, UTF8_STRING, organization),
            &name_attribute(COMMON_NAME, UTF8_STRING, common_name),
        ]);
        Self { der }
    }
}

fn country(code: &str) -> Vec<u8> {
    name_attribute(COUNTRY, PRINTABLE_STRING, code)
}

fn name_attribute(kind: &[u8], string: u8, value: &str) -> Vec<u8> {
    let value = write::tlv(string, &[value.as_bytes()]);
    let pair = write::sequence(&[&write::tlv(tag::OID, &[kind]), &value]);
    write::tlv(tag::SET, &[&pair])
}

/// Extensions in the order in which they were added.
#[derive(Default)]
pub(super) struct Extensions(Vec<u8>);

impl Extensions {
    /// Those of an authority, with the domains that it may certify in the manner of AgID CA1.
    pub(super) fn authority(key: TestKey, issuer: TestKey, domains: &[&str]) -> Self {
        let mut extensions = Self::default();
        let is_ca = write::tlv(tag::BOOLEAN, &[&[0xff]]);
        extensions.add(BASIC_CONSTRAINTS, true, &write::sequence(&[&is_ca]));
        // keyCertSign, cRLSign
        extensions.add(KEY_USAGE, true, &bit_string(1, &[0b0000_0110]));
        extensions.subject_key_id(key);
        if key != issuer {
            extensions.authority_key_id(issuer);
        }
        if !domains.is_empty() {
            extensions.add(NAME_CONSTRAINTS, true, &name_constraints(domains));
        }
        extensions
    }

    /// Those of RFC 6109 §5.5.2, with what `shape` breaks.
    pub(super) fn provider(shape: Shape, key: TestKey, issuer: TestKey, address: &str) -> Self {
        let mut extensions = Self::default();
        let is_broken = shape == Shape::ProfileBroken;
        if is_broken {
            extensions.add(BASIC_CONSTRAINTS, false, &write::sequence(&[]));
        }
        let usage = if shape == Shape::WrongKeyUsage {
            bit_string(5, &[0b0010_0000]) // keyEncipherment
        } else {
            bit_string(7, &[0b1000_0000]) // digitalSignature
        };
        extensions.add(KEY_USAGE, !is_broken, &usage);
        extensions.subject_key_id(key);
        extensions.authority_key_id(issuer);
        if shape != Shape::NoAlternativeName {
            let name = write::tlv(RFC822_NAME, &[address.as_bytes()]);
            extensions.add(SUBJECT_ALTERNATIVE_NAME, false, &write::sequence(&[&name]));
        }
        let is_stamp = shape == Shape::TimeStampAuthority;
        let purpose = if is_stamp { TIME_STAMPING } else { EMAIL_PROTECTION };
        let purposes = write::sequence(&[&write::tlv(tag::OID, &[purpose])]);
        extensions.add(EXTENDED_KEY_USAGE, is_stamp, &purposes);
        extensions
    }

    /// Those of a certificate that issues without being allowed to.
    pub(super) fn without_cert_sign(key: TestKey, issuer: TestKey) -> Self {
        let mut extensions = Self::default();
        let is_ca = write::tlv(tag::BOOLEAN, &[&[0xff]]);
        extensions.add(BASIC_CONSTRAINTS, true, &write::sequence(&[&is_ca]));
        extensions.add(KEY_USAGE, true, &bit_string(7, &[0b1000_0000]));
        extensions.subject_key_id(key);
        extensions.authority_key_id(issuer);
        extensions
    }

    fn subject_key_id(&mut self, key: TestKey) {
        self.add(SUBJECT_KEY_ID, false, &write::tlv(tag::OCTET_STRING, &[&key_id(key)]));
    }

    fn authority_key_id(&mut self, key: TestKey) {
        let id = write::tlv(tag::CONTEXT_0_PRIMITIVE, &[&key_id(key)]);
        self.add(AUTHORITY_KEY_ID, false, &write::sequence(&[&id]));
    }

    fn add(&mut self, kind: &[u8], critical: bool, value: &[u8]) {
        let critical = if critical { write::tlv(tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
        let kind = write::tlv(tag::OID, &[kind]);
        let value = write::tlv(tag::OCTET_STRING, &[value]);
        self.0.extend(write::sequence(&[&kind, &critical, &value]));
    }

    fn write(&self, explicit: u8) -> Vec<u8> {
        write::tlv(explicit, &[&write::sequence(&[&self.0])])
    }
}

/// As `AgID` CA1 has them: hosts of addresses and names of subjects permitted, no IP address at all.
fn name_constraints(domains: &[&str]) -> Vec<u8> {
    let subtree = |tag, name: &[u8]| write::sequence(&[&write::tlv(tag, &[name])]);
    let mut permitted: Vec<u8> =
        domains.iter().flat_map(|host| subtree(RFC822_NAME, host.as_bytes())).collect();
    permitted.extend(subtree(DIRECTORY_NAME, &write::sequence(&[&country("IT")])));
    let excluded = [subtree(IP_ADDRESS, &[0; 8]), subtree(IP_ADDRESS, &[0; 32])].concat();
    write::sequence(&[
        &write::tlv(tag::CONTEXT_0, &[&permitted]),
        &write::tlv(tag::CONTEXT_1, &[&excluded]),
    ])
}

/// RFC 5280 §4.2.1.2 leaves the method open; here SHA-1 of the whole `SubjectPublicKeyInfo`.
fn key_id(key: TestKey) -> [u8; 20] {
    Sha1::digest(key.load().spki_der()).into()
}

fn bit_string(unused: u8, bits: &[u8]) -> Vec<u8> {
    write::tlv(0x03, &[&[unused], bits])
}

/// A non-negative INTEGER in as few octets as it needs.
fn integer(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.get(zeros..).unwrap_or_default();
    let sign: &[u8] =
        if significant.first().is_none_or(|octet| *octet >= 0x80) { &[0] } else { &[] };
    write::tlv(tag::INTEGER, &[sign, significant])
}

const PRINTABLE_STRING: u8 = 0x13;
const UTF8_STRING: u8 = 0x0c;
/// `[1]` in `GeneralName`.
const RFC822_NAME: u8 = 0x81;
/// `[4]` in `GeneralName`.
const DIRECTORY_NAME: u8 = 0xa4;
/// `[7]` in `GeneralName`.
const IP_ADDRESS: u8 = 0x87;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const COUNTRY: &[u8] = &[0x55, 4, 6];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 29, 14];
const KEY_USAGE: &[u8] = &[0x55, 29, 15];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 29, 17];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
const CRL_NUMBER: &[u8] = &[0x55, 29, 20];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 29, 30];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 29, 35];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 29, 37];
const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_short_and_not_negative() {
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
    }
}
