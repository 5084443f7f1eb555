//! A PKI for the tests of this module: certificates, CRLs and OCSP responses of any shape, signed
//! with P-256 keys that are made from a number.

use chrono::{DateTime, TimeZone, Utc};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use p256::pkcs8::EncodePublicKey;

use super::oid::known;
use super::testder::{attribute, name_of, sequence, tlv};
use super::tlv::tag;
use super::{Certificate, Crl, OcspResponse, PathOptions, PathVerdict, TrustAnchor, TrustStore};
use crate::crypto::{CryptoProvider, DigestAlgorithm};

/// ecdsa-with-SHA256.
const ALGORITHM: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// A key pair.
pub(crate) struct Key {
    signing: SigningKey,
    pub(crate) spki: Vec<u8>,
}

impl Key {
    pub(crate) fn new(number: u16) -> Self {
        let mut scalar = [0x11; 32];
        scalar[30..].copy_from_slice(&number.to_be_bytes());
        let signing = SigningKey::from_slice(&scalar).unwrap();
        let spki = signing.verifying_key().to_public_key_der().unwrap().into_vec();
        Self { signing, spki }
    }

    /// The content of the BIT STRING of the public key.
    fn octets(&self) -> &[u8] {
        &self.spki[26..]
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.signing.sign(message);
        signature.to_der().as_bytes().to_vec()
    }

    /// Signs the body of a certificate, CRL or basic OCSP response.
    fn seal(&self, body: Vec<u8>, more: &[Vec<u8>]) -> Vec<u8> {
        self.seal_as(algorithm(), body, more)
    }

    /// Seals and claims to have used some algorithm.
    fn seal_as(&self, algorithm: Vec<u8>, body: Vec<u8>, more: &[Vec<u8>]) -> Vec<u8> {
        let signature = [&[0][..], &self.sign(&body)].concat();
        let mut parts = vec![body, algorithm, tlv(tag::BIT_STRING, &signature)];
        parts.extend_from_slice(more);
        sequence(&parts)
    }
}

/// What a certificate says; the fields are changed at will before it is issued.
pub(crate) struct Template {
    pub(crate) version: u8,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) not_before: &'static str,
    pub(crate) not_after: &'static str,
    pub(crate) spki: Vec<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Template {
    /// A leaf that may sign e-mail.
    pub(crate) fn leaf(subject: &str, issuer: &str, key: &Key) -> Self {
        Self {
            version: 3,
            serial: vec![1],
            issuer: name(issuer),
            subject: name(subject),
            not_before: "200101000000Z",
            not_after: "300101000000Z",
            spki: key.spki.clone(),
            inner_algorithm: algorithm(),
            extensions: vec![key_usage(0x80)],
        }
    }

    /// A CA that may sign certificates and CRLs.
    pub(crate) fn ca(subject: &str, issuer: &str, key: &Key) -> Self {
        let extensions = vec![key_usage(0x06), basic_constraints(true, None)];
        Self { extensions, ..Self::leaf(subject, issuer, key) }
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Replaces all extensions.
    pub(crate) fn only(mut self, extensions: &[Vec<u8>]) -> Self {
        self.extensions = extensions.to_vec();
        self
    }

    pub(crate) fn serial(mut self, serial: u8) -> Self {
        self.serial = vec![serial];
        self
    }

    pub(crate) fn der(&self, signer: &Key) -> Vec<u8> {
        let mut fields = Vec::new();
        if self.version > 1 {
            fields.push(tlv(0xa0, &tlv(tag::INTEGER, &[self.version.saturating_sub(1)])));
        }
        let times = [self.not_before, self.not_after].map(|t| tlv(tag::UTC_TIME, t.as_bytes()));
        fields.extend([
            tlv(tag::INTEGER, &self.serial),
            self.inner_algorithm.clone(),
            self.issuer.clone(),
            sequence(&times),
            self.subject.clone(),
            self.spki.clone(),
        ]);
        if !self.extensions.is_empty() {
            fields.push(tlv(0xa3, &sequence(&self.extensions)));
        }
        signer.seal(sequence(&fields), &[])
    }

    pub(crate) fn issue(&self, signer: &Key) -> Certificate {
        Certificate::from_der(&self.der(signer)).unwrap()
    }
}

/// What a CRL says.
pub(crate) struct List {
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
    /// Claimed, not used.
    pub(crate) algorithm: Vec<u8>,
}

impl List {
    pub(crate) fn of(issuer: &str) -> Self {
        Self {
            issuer: name(issuer),
            this_update: "240101000000Z",
            next_update: Some("240201000000Z"),
            entries: Vec::new(),
            extensions: vec![number(known::CRL_NUMBER, 10)],
            algorithm: algorithm(),
        }
    }

    /// Lists a serial number, revoked at the end of 2023.
    pub(crate) fn revoking(self, serial: u8) -> Self {
        self.listing(serial, "231231000000Z", &[])
    }

    pub(crate) fn listing(mut self, serial: u8, at: &str, extensions: &[Vec<u8>]) -> Self {
        let mut fields = vec![tlv(tag::INTEGER, &[serial]), tlv(tag::UTC_TIME, at.as_bytes())];
        if !extensions.is_empty() {
            fields.push(sequence(extensions));
        }
        self.entries.push(sequence(&fields));
        self
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn issue(&self, signer: &Key) -> Crl {
        Crl::from_der(&self.der(signer)).unwrap()
    }

    pub(crate) fn der(&self, signer: &Key) -> Vec<u8> {
        let mut fields = vec![
            tlv(tag::INTEGER, &[1]),
            self.algorithm.clone(),
            self.issuer.clone(),
            tlv(tag::UTC_TIME, self.this_update.as_bytes()),
        ];
        fields.extend(self.next_update.map(|time| tlv(tag::UTC_TIME, time.as_bytes())));
        if !self.entries.is_empty() {
            fields.push(sequence(&self.entries));
        }
        fields.push(tlv(0xa0, &sequence(&self.extensions)));
        signer.seal_as(self.algorithm.clone(), sequence(&fields), &[])
    }
}

/// What an OCSP response says about one certificate.
pub(crate) struct Status {
    pub(crate) responder: String,
    pub(crate) issuer: Vec<u8>,
    pub(crate) issuer_key: Vec<u8>,
    pub(crate) serial: u8,
    /// The element of `CertStatus`.
    pub(crate) status: Vec<u8>,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    pub(crate) certificates: Vec<Certificate>,
    /// Extensions of the single answer.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Status {
    pub(crate) fn good(issuer: &str, issuer_key: &Key, serial: u8) -> Self {
        Self {
            responder: issuer.to_owned(),
            issuer: name(issuer),
            issuer_key: issuer_key.octets().to_vec(),
            serial,
            status: tlv(0x80, &[]),
            this_update: "20240101000000Z",
            next_update: Some("20240201000000Z"),
            certificates: Vec::new(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn issue(&self, signer: &Key) -> OcspResponse {
        let crypto = CryptoProvider::rustcrypto();
        let hash = |octets: &[u8]| {
            let digest = crypto.digest(DigestAlgorithm::Sha1, octets).unwrap();
            tlv(tag::OCTET_STRING, digest.as_bytes())
        };
        let sha1 = sequence(&[tlv(tag::OID, &[0x2b, 14, 3, 2, 26])]);
        let id = sequence(&[
            sha1,
            hash(&self.issuer),
            hash(&self.issuer_key),
            tlv(tag::INTEGER, &[self.serial]),
        ]);
        let time = |text: &str| tlv(tag::GENERALIZED_TIME, text.as_bytes());
        let mut answer = vec![id, self.status.clone(), time(self.this_update)];
        answer.extend(self.next_update.map(|next| tlv(0xa0, &time(next))));
        if !self.extensions.is_empty() {
            answer.push(tlv(0xa1, &sequence(&self.extensions)));
        }
        let body = sequence(&[
            tlv(0xa1, &name(&self.responder)),
            time(self.this_update),
            sequence(&[sequence(&answer)]),
        ]);
        let bag: Vec<_> = self.certificates.iter().map(|found| found.der().to_vec()).collect();
        let bag = if bag.is_empty() { Vec::new() } else { vec![tlv(0xa0, &sequence(&bag))] };
        let basic = signer.seal(body, &bag);
        let response =
            sequence(&[tlv(tag::OID, known::OCSP_BASIC), tlv(tag::OCTET_STRING, &basic)]);
        OcspResponse::from_der(&sequence(&[tlv(tag::ENUMERATED, &[0]), tlv(0xa0, &response)]))
            .unwrap()
    }
}

/// A name of one commonName.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    name_of(&[vec![attribute(known::COMMON_NAME, tag::UTF8_STRING, common_name.as_bytes())]])
}

/// One extension.
pub(crate) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut fields = vec![tlv(tag::OID, oid)];
    if critical {
        fields.push(tlv(tag::BOOLEAN, &[0xff]));
    }
    fields.push(tlv(tag::OCTET_STRING, value));
    sequence(&fields)
}

pub(crate) fn basic_constraints(ca: bool, path_length: Option<u8>) -> Vec<u8> {
    let mut fields = Vec::new();
    if ca {
        fields.push(tlv(tag::BOOLEAN, &[0xff]));
    }
    fields.extend(path_length.map(|length| tlv(tag::INTEGER, &[length])));
    extension(known::BASIC_CONSTRAINTS, true, &sequence(&fields))
}

/// keyUsage with the first octet of its bits.
pub(crate) fn key_usage(bits: u8) -> Vec<u8> {
    extension(known::KEY_USAGE, true, &tlv(tag::BIT_STRING, &[0, bits]))
}

pub(crate) fn purposes(critical: bool, oids: &[&[u8]]) -> Vec<u8> {
    let list: Vec<_> = oids.iter().map(|oid| tlv(tag::OID, oid)).collect();
    extension(known::EXTENDED_KEY_USAGE, critical, &sequence(&list))
}

/// subjectAltName with an e-mail address.
pub(crate) fn email(address: &str) -> Vec<u8> {
    extension(known::SUBJECT_ALT_NAME, false, &sequence(&[tlv(0x81, address.as_bytes())]))
}

/// nameConstraints over e-mail addresses: 0 permits, 1 excludes.
pub(crate) fn mail_constraint(kind: u8, base: &str) -> Vec<u8> {
    let value = sequence(&[tlv(0xa0 | kind, &sequence(&[tlv(0x81, base.as_bytes())]))]);
    extension(known::NAME_CONSTRAINTS, true, &value)
}

/// A CRL number or delta indicator.
pub(crate) fn number(oid: &[u8], number: u8) -> Vec<u8> {
    extension(oid, oid == known::DELTA_CRL_INDICATOR, &tlv(tag::INTEGER, &[number]))
}

fn algorithm() -> Vec<u8> {
    sequence(&[tlv(tag::OID, ALGORITHM)])
}

/// The middle of January 2024, when all of the above is in force.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 1, 15, 0, 0, 0).unwrap()
}

/// Options that look at no revocation data.
pub(crate) fn lenient() -> PathOptions {
    PathOptions::at(now()).with_revocation(super::RevocationMode::Off)
}

/// A store that trusts one CA.
pub(crate) fn trusting(root: Certificate) -> TrustStore {
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(root));
    store
}

/// Judges with the pure Rust provider.
pub(crate) fn judge(
    leaf: &Certificate,
    bag: &[Certificate],
    store: &TrustStore,
    options: &PathOptions,
) -> PathVerdict {
    super::validate(leaf, bag, store, options, &CryptoProvider::rustcrypto())
}
