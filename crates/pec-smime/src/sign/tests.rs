//! Keys in every form, and what is not signed.

use chrono::{DateTime, TimeDelta, Utc};
use der::{Decode, Encode};
use pkcs8::PrivateKeyInfoRef;

use super::*;
use crate::crypto::{
    CryptoProvider, DigestAlgorithm, KeyError, SignatureAlgorithm, SignatureError,
};
use crate::multipart::{Boundary, DraftError};
use crate::testpki::{Shape, TestKey, TestPki};
use crate::verify::{Policy, Verifier};
use crate::x509::{Certificate, TrustAnchor, TrustStore};

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn pki() -> TestPki {
    TestPki::new(now(), &["pec.alfa.example"])
}

/// The key inside a PKCS#8 structure: PKCS#1 or SEC1.
fn inner(key: TestKey) -> Vec<u8> {
    let der = key.pkcs8_der();
    PrivateKeyInfoRef::from_der(&der).unwrap().private_key.as_bytes().to_vec()
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    encodify::pem::STANDARD.encode(label, der).into_bytes()
}

fn encrypted(key: TestKey) -> Vec<u8> {
    let der = key.pkcs8_der();
    let info = PrivateKeyInfoRef::from_der(&der).unwrap();
    let parameters =
        pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(10, b"saltsalt", [7; 16]);
    info.encrypt_with_params(parameters.unwrap(), b"segreta").unwrap().as_bytes().to_vec()
}

#[test]
fn keys_load_from_every_form() {
    let crypto = CryptoProvider::rustcrypto();
    for key in [TestKey::Provider, TestKey::P256, TestKey::P384] {
        let plain = key.pkcs8_der();
        let spki = crypto.keys.load(&plain).unwrap().spki_der().to_vec();
        let sec1_or_pkcs1 = with_curve(key);
        let label = if key == TestKey::Provider { "RSA PRIVATE KEY" } else { "EC PRIVATE KEY" };
        let encrypted = encrypted(key);
        for form in [
            plain.clone(),
            key.pkcs8_pem().as_bytes().to_vec(),
            key.pkcs8_pem().replace('\n', "\r\n").into_bytes(),
            sec1_or_pkcs1.clone(),
            pem(label, &sec1_or_pkcs1),
            [pem("EC PARAMETERS", &[5, 0]), pem(label, &sec1_or_pkcs1)].concat(),
            [pem("CERTIFICATE", &[5, 0]), pem(label, &sec1_or_pkcs1), b"text".to_vec()].concat(),
            encrypted.clone(),
            pem("ENCRYPTED PRIVATE KEY", &encrypted),
        ] {
            let loaded = load_private_key(&form, Some(b"segreta"), &crypto).unwrap();
            assert_eq!(loaded.spki_der(), spki, "{key:?}");
        }
        assert_eq!(
            load_private_key(&encrypted, None, &crypto).err(),
            Some(KeyError::PasswordNeeded)
        );
        assert_eq!(
            load_private_key(&encrypted, Some(b"sbagliata"), &crypto).err(),
            Some(KeyError::Decryption)
        );
    }
}

/// SEC1 as it stands alone names its curve; inside PKCS#8 it does not.
fn with_curve(key: TestKey) -> Vec<u8> {
    let inner = inner(key);
    let curve = match key {
        TestKey::P256 => crate::oid::P256,
        TestKey::P384 => crate::oid::P384,
        _ => return inner,
    };
    let mut sec1 = sec1::EcPrivateKey::from_der(&inner).unwrap();
    sec1.parameters = Some(sec1::EcParameters::NamedCurve(curve));
    sec1.to_der().unwrap()
}

#[test]
fn what_is_no_key_is_refused() {
    let crypto = CryptoProvider::rustcrypto();
    let load = |bytes: &[u8]| load_private_key(bytes, None, &crypto).err();
    assert_eq!(load(b""), Some(KeyError::Malformed));
    assert_eq!(load(b"-----BEGIN PRIVATE KEY-----\nAAAA"), Some(KeyError::Malformed));
    assert_eq!(load(&pem("PRIVATE KEY", &[0x30, 0])), Some(KeyError::Malformed));
    assert_eq!(load(&pem("CERTIFICATE", &[0x30, 0])), Some(KeyError::Malformed));
    // SEC1 without its curve says too little.
    assert_eq!(load(&inner(TestKey::P256)), Some(KeyError::Unsupported));
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let crypto = CryptoProvider::rustcrypto();
    let alfa = pki().provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound);
    for key in [TestKey::Other, TestKey::P256] {
        let key = crypto.keys.load(&key.pkcs8_der()).unwrap();
        let error = SoftwareSigner::new(key, alfa.chain(), &crypto).unwrap_err();
        assert_eq!(error, SignerError::KeyMismatch);
    }
    let key = crypto.keys.load(&TestKey::Provider.pkcs8_der()).unwrap();
    let error = SoftwareSigner::new(key, &[], &crypto).unwrap_err();
    assert_eq!(error, SignerError::NoCertificate);
}

#[test]
fn the_root_is_never_sent_along() {
    let crypto = CryptoProvider::rustcrypto();
    let pki = pki();
    let alfa = pki.provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound);
    let chain = [alfa.chain(), &[pki.root().clone()]].concat();
    let key = crypto.keys.load(&TestKey::Provider.pkcs8_der()).unwrap();
    let signer = SoftwareSigner::new(key, &chain, &crypto).unwrap();
    assert_eq!(signer.issuers(), [pki.authority().clone()]);
    let cms = sign_detached(&[b"x"], &signer, &SigningOptions::new(now()), &crypto).unwrap();
    let signed = crate::cms::SignedData::from_der(&cms).unwrap();
    assert_eq!(signed.certificates().len(), 2);
}

#[test]
fn a_signer_shows_no_secrets() {
    let alfa = pki().provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound);
    let signer = alfa.signer(&CryptoProvider::rustcrypto());
    let shown = format!("{signer:?}");
    assert!(shown.starts_with("SoftwareSigner { subject: "), "{shown}");
    assert!(shown.ends_with(", .. }") && !shown.contains("key"), "{shown}");
}

/// Stands for a hardware module: it keeps the key and shows what it was asked to sign.
struct Device {
    token: SoftwareSigner,
    asked: std::sync::Mutex<Vec<Vec<u8>>>,
}

impl Signer for Device {
    fn certificate(&self) -> &Certificate {
        self.token.certificate()
    }

    fn issuers(&self) -> &[Certificate] {
        self.token.issuers()
    }

    fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
        self.token.algorithm(digest)
    }

    fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignatureError> {
        self.asked.lock().unwrap().push(message.to_vec());
        self.token.sign(algorithm, message)
    }
}

// norms 57
#[test]
fn a_device_signs_through_the_trait_alone() {
    let crypto = CryptoProvider::rustcrypto();
    let token = pki().provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound).signer(&crypto);
    let device = Device { token, asked: std::sync::Mutex::default() };
    let content = vec![b'x'; 100_000];
    let signer: &dyn Signer = &device;
    let cms = sign_detached(&[&content], signer, &SigningOptions::new(now()), &crypto).unwrap();

    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki().root().clone()));
    let policy = Policy::strict().allow_unknown_revocation();
    let verification = Verifier::new(&store, &crypto, policy).detached(&content, &cms, now());
    assert!(verification.is_valid(), "{:?}", verification.verdict());
    let asked = device.asked.into_inner().unwrap();
    let [attributes] = asked.as_slice() else { panic!("asked {} times", asked.len()) };
    assert!(attributes.len() < 1_000, "the device sees attributes and no message");
}

fn refused(shape: Shape, options: &SigningOptions) -> Option<SigningError> {
    let crypto = CryptoProvider::rustcrypto();
    let alfa = pki().provider("Alfa S.p.A.", "pec.alfa.example", shape);
    sign_detached(&[b"x"], &alfa.signer(&crypto), options, &crypto).err()
}

#[test]
fn certificates_outside_their_validity_do_not_sign() {
    let outside = |shape, time| {
        matches!(
            refused(shape, &SigningOptions::new(time)),
            Some(SigningError::OutsideValidity { .. })
        )
    };
    assert!(outside(Shape::Expired, now()));
    assert!(outside(Shape::NotYetValid, now()));
    let certificate = pki().provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound);
    let (first, last) =
        (certificate.certificate().not_before(), certificate.certificate().not_after());
    let second = TimeDelta::seconds(1);
    for (time, is_outside) in
        [(first, false), (first - second, true), (last, false), (last + second, true)]
    {
        assert_eq!(outside(Shape::Sound, time), is_outside, "{time}");
    }
}

#[test]
fn certificates_that_break_the_profile_sign_only_by_name() {
    for shape in [Shape::ProfileBroken, Shape::NoAlternativeName, Shape::WrongKeyUsage] {
        let options = SigningOptions::new(now());
        assert!(matches!(refused(shape, &options), Some(SigningError::Profile(_))), "{shape:?}");
        assert_eq!(refused(shape, &options.allow_profile_breaches()), None);
    }
}

#[test]
fn weak_keys_and_digests_do_not_sign() {
    assert_eq!(refused(Shape::Rsa1024, &SigningOptions::new(now())), Some(SigningError::WeakKey));
    let sha1 = SigningOptions::new(now()).digest(DigestAlgorithm::Sha1);
    let reason = SigningError::WeakDigest(DigestAlgorithm::Sha1);
    assert_eq!(refused(Shape::Sound, &sha1), Some(reason));
}

#[test]
fn drafts_that_transport_would_change_are_refused() {
    let crypto = CryptoProvider::rustcrypto();
    let alfa = pki().provider("Alfa S.p.A.", "pec.alfa.example", Shape::P256);
    let signer = alfa.signer(&crypto);
    let refused = |header: &[u8], content: &[u8]| {
        let boundary = Boundary::from_id("0123456789").unwrap();
        let content = [content];
        let draft = Draft { header, content: &content, boundary };
        sign_message(&draft, &signer, &SigningOptions::new(now()), &crypto).err()
    };
    assert_eq!(refused(b"A: 1\r\n", b"B: 2\r\n\r\ntext"), None);
    let draft = |error| Some(SigningError::Draft(error));
    assert_eq!(refused(b"A: 1\r\n", b"B: 2\n\ntext"), draft(DraftError::ContentLineBreak));
    assert_eq!(refused(b"A: 1", b"B: 2\r\n\r\n"), draft(DraftError::Header));
    let forged = b"B: 2\r\n\r\n------=_0123456789--";
    assert_eq!(refused(b"", forged), draft(DraftError::BoundaryInContent));
}

#[test]
fn a_hundred_slices_are_one_content() {
    let crypto = CryptoProvider::rustcrypto();
    let alfa = pki().provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound);
    let signer = alfa.signer(&crypto);
    let options = SigningOptions::new(now());
    let whole: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let slices: Vec<&[u8]> = whole.chunks(100).collect();
    let one = sign_detached(&[&whole], &signer, &options, &crypto).unwrap();
    let many = sign_detached(&slices, &signer, &options, &crypto).unwrap();
    assert_eq!(one, many);
}
