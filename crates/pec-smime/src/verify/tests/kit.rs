//! A small world for the tests: two providers, a store, and CMS put together by hand.

use chrono::{DateTime, Utc};

use crate::asn1::{encode as write, tag};
use crate::cms::signing_certificate_v2;
use crate::crypto::{CryptoProvider, DigestAlgorithm};
use crate::multipart::{Boundary, StructureError};
use crate::oid;
use crate::sign::{Draft, SigningOptions, sign_message};
use crate::testpki::{Identity, Shape, TestKey, TestPki};
use crate::verify::{Check, Outcome, Policy, Reason, Verification, Verifier};
use crate::x509::{Crl, TrustAnchor, TrustStore};

pub(super) const DOMAIN: &str = "pec.alfa.example";

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

pub(super) struct World {
    pub(super) crypto: CryptoProvider,
    pub(super) pki: TestPki,
    pub(super) store: TrustStore,
}

impl World {
    pub(super) fn new() -> Self {
        let pki = TestPki::new(now(), &[DOMAIN, "pec.beta.example"]);
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(pki.root().clone()));
        let revoked = pki.provider("Alfa S.p.A.", DOMAIN, Shape::Revoked);
        store.add_crl(Crl::from_der(&pki.revocation_list(now(), &[&revoked])).unwrap());
        store.add_crl(Crl::from_der(&pki.root_revocation_list(now())).unwrap());
        Self { crypto: CryptoProvider::rustcrypto(), pki, store }
    }

    pub(super) fn alfa(&self, shape: Shape) -> Identity {
        self.pki.provider("Alfa S.p.A.", DOMAIN, shape)
    }

    pub(super) fn sealed(&self, shape: Shape) -> Vec<u8> {
        let draft = Draft {
            header: b"From: posta-certificata@pec.alfa.example\r\nSubject: prova\r\n",
            content: &[b"Content-Type: text/plain\r\n\r\n", b"prima riga\r\nseconda\r\n"],
            boundary: Boundary::from_id("0123456789abcdef").unwrap(),
        };
        let signer = self.alfa(shape).signer(&self.crypto);
        let options = SigningOptions::new(now()).allow_profile_breaches();
        sign_message(&draft, &signer, &options, &self.crypto).unwrap().to_vec()
    }

    pub(super) fn verify<'m>(&self, message: &'m [u8], policy: Policy) -> Verification<'m> {
        Verifier::new(&self.store, &self.crypto, policy).message(message, now())
    }

    pub(super) fn strict<'m>(&self, message: &'m [u8]) -> Verification<'m> {
        self.verify(message, Policy::strict())
    }

    /// Signs octets with a key of the development PKI.
    pub(super) fn signature(&self, key: TestKey, octets: &[u8]) -> Vec<u8> {
        let key = self.crypto.keys.load(&key.pkcs8_der()).unwrap();
        let algorithm = key.algorithm(DigestAlgorithm::Sha256);
        key.sign(&algorithm, octets, &*self.crypto.random).unwrap()
    }

    pub(super) fn sha256(&self, octets: &[u8]) -> Vec<u8> {
        self.crypto.digest(DigestAlgorithm::Sha256, octets).unwrap().as_bytes().to_vec()
    }

    /// The usual four attributes of a signer over `content`.
    pub(super) fn attributes(&self, content: &[u8], identity: &Identity) -> Vec<Vec<u8>> {
        let digest = write::tlv(tag::OCTET_STRING, &[&self.sha256(content)]);
        let certificate = identity.certificate().sha256(&self.crypto).unwrap();
        vec![
            attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA)),
            attribute(oid::SIGNING_TIME, &write::time(now())),
            attribute(oid::MESSAGE_DIGEST, &digest),
            attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate_v2(&certificate)),
        ]
    }
}

pub(super) fn attribute(kind: der::asn1::ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(kind), &write::tlv(tag::SET, &[value])])
}

/// A `SignerInfo` put together by hand.
pub(super) struct HandMade<'a> {
    pub(super) identity: &'a Identity,
    /// The attributes as they stand on the wire; none means that the content is signed.
    pub(super) attributes: Option<Vec<Vec<u8>>>,
    /// What is signed.
    pub(super) signed: Vec<u8>,
    pub(super) unsigned: Vec<u8>,
}

impl HandMade<'_> {
    /// Signs the attributes in the order in which they stand.
    pub(super) fn over(world: &World, identity: &Identity, attributes: Vec<Vec<u8>>) -> Vec<u8> {
        let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        let signed = write::tlv(tag::SET, &slices);
        let info =
            HandMade { identity, attributes: Some(attributes), signed, unsigned: Vec::new() };
        info.write(world)
    }

    pub(super) fn write(&self, world: &World) -> Vec<u8> {
        let certificate = self.identity.certificate();
        let serial = write::tlv(tag::INTEGER, &[certificate.serial()]);
        let attributes = self.attributes.as_ref().map(|attributes| {
            let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
            write::tlv(tag::CONTEXT_0, &slices)
        });
        let signature = world.signature(self.identity.key(), &self.signed);
        let algorithm = crate::crypto::SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
        write::sequence(&[
            &write::tlv(tag::INTEGER, &[&[1]]),
            &write::sequence(&[certificate.issuer_der(), &serial]),
            &DigestAlgorithm::Sha256.to_der(),
            &attributes.unwrap_or_default(),
            &algorithm.to_der().unwrap(),
            &write::tlv(tag::OCTET_STRING, &[&signature]),
            &self.unsigned,
        ])
    }
}

/// A `ContentInfo` put together by hand.
pub(super) fn signed_data(content: Option<&[u8]>, bag: &[&[u8]], signers: &[&[u8]]) -> Vec<u8> {
    let inside = content
        .map(|content| write::tlv(tag::CONTEXT_0, &[&write::tlv(tag::OCTET_STRING, &[content])]));
    let inner = write::sequence(&[
        &write::tlv(tag::INTEGER, &[&[1]]),
        &write::tlv(tag::SET, &[&DigestAlgorithm::Sha256.to_der()]),
        &write::sequence(&[&write::oid(oid::DATA), &inside.unwrap_or_default()]),
        &write::tlv(tag::CONTEXT_0, bag),
        &write::tlv(tag::SET, signers),
    ]);
    write::sequence(&[&write::oid(oid::SIGNED_DATA), &write::tlv(tag::CONTEXT_0, &[&inner])])
}

/// A `multipart/signed` round a content and a CMS structure.
pub(super) fn mail(content: &[u8], cms: &[u8]) -> Vec<u8> {
    let head = "Content-Type: multipart/signed; boundary=b; micalg=sha-256;\r\n \
                protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n";
    let part = "\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    let encoded = encodify::base64::MIME.encode(cms);
    [head.as_bytes(), content, part.as_bytes(), encoded.as_bytes(), b"\r\n--b--\r\n"].concat()
}

/// The chain of an identity as a bag.
pub(super) fn bag(identity: &Identity) -> Vec<&[u8]> {
    identity.chain().iter().map(crate::x509::Certificate::der).collect()
}

#[track_caller]
pub(super) fn assert_failed(verification: &Verification<'_>, check: Check, reason: &Reason) {
    assert_eq!(verification.outcome(check), Outcome::Failed(reason.clone()));
    assert!(!verification.is_valid());
}

pub(super) fn replaced(message: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in the message");
    text.replace(from, to).into_bytes()
}

impl World {
    /// As [`World::sealed`], for certificates that the library itself refuses to sign with.
    pub(super) fn sealed_whatever(&self, shape: Shape) -> Vec<u8> {
        let alfa = self.alfa(shape);
        let content = b"Content-Type: text/plain\r\n\r\ntesto\r\n";
        let info = HandMade::over(self, &alfa, self.attributes(content, &alfa));
        mail(content, &signed_data(None, &bag(&alfa), &[&info]))
    }
}

/// Why the structure was refused.
pub(super) fn structure(verification: &Verification<'_>) -> StructureError {
    match verification.outcome(Check::Existence) {
        Outcome::Failed(Reason::Structure(error)) => error,
        other => panic!("{other}"),
    }
}
