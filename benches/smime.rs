//! `smime/…` and `x509/path`: signing and verifying, with both of our providers of cryptography and
//! with OpenSSL's own CMS, on the same content and with the same key.
//!
//! Verification here is what `CMS_verify` does by default: digest, signature over the attributes,
//! and the chain to the root, without revocation lists. Ours judges the profile of RFC 6109 §5.5
//! and name constraints besides, and looks for lists that are not there.

use std::hint::black_box;

use chrono::{DateTime, TimeZone as _, Utc};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use openssl::{
    cms::{CMSOptions, CmsContentInfo},
    pkey::{PKey, Private},
    stack::Stack,
    x509::{X509, store::X509StoreBuilder, verify::X509VerifyFlags},
};
use pec_smime::{
    crypto::{CryptoProvider, DigestAlgorithm, SignatureAlgorithm},
    sign::{Signer as _, SigningOptions, sign_detached},
    testpki::{Shape, TestPki},
    verify::{Policy, Verifier},
    x509::{PathOptions, RevocationMode, TrustAnchor, TrustStore, validate},
};

const SIZES: [(&str, usize); 3] = [("10k", 10 << 10), ("1m", 1 << 20), ("10m", 10 << 20)];

struct Setting {
    pki: TestPki,
    store: TrustStore,
    now: DateTime<Utc>,
}

impl Setting {
    fn new() -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 10, 0, 0).unwrap();
        let pki = TestPki::new(now, &["alfa.example"]);
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(pki.root().clone()));
        Self { pki, store, now }
    }

    fn identity(&self) -> pec_smime::testpki::Identity {
        self.pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Sound)
    }
}

/// Text in lines, as mail is.
fn content(size: usize) -> Vec<u8> {
    b"Una riga di testo come tante altre, lunga quanto basta per la prova.\r\n"
        .iter()
        .copied()
        .cycle()
        .take(size)
        .collect()
}

fn providers() -> [(&'static str, CryptoProvider); 2] {
    [("rustcrypto", CryptoProvider::rustcrypto()), ("aws-lc", pec_crypto_aws_lc::provider())]
}

fn sign(criterion: &mut Criterion) {
    let setting = Setting::new();
    let identity = setting.identity();
    for (size, octets) in SIZES {
        let mut group = criterion.benchmark_group(format!("smime/sign/{size}"));
        let content = content(octets);
        measured(&mut group, octets);
        for (name, crypto) in providers() {
            let signer = identity.signer(&crypto);
            let options = SigningOptions::new(setting.now);
            group.bench_function(name, |bencher| {
                bencher.iter(|| sign_detached(&[black_box(&content)], &signer, &options, &crypto));
            });
            // The least that it can cost: one digest of the content, one signature.
            let algorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
            group.bench_function(format!("{name}-bare"), |bencher| {
                bencher.iter(|| {
                    let digest = crypto.digest(DigestAlgorithm::Sha256, black_box(&content));
                    signer.sign(&algorithm, digest.unwrap().as_bytes())
                });
            });
        }
        let (certificate, key) = openssl_identity(&identity);
        group.bench_function("openssl", |bencher| {
            bencher.iter(|| openssl_sign(&certificate, &key, black_box(&content)));
        });
        group.finish();
    }
}

fn verify(criterion: &mut Criterion) {
    let setting = Setting::new();
    let identity = setting.identity();
    for (size, octets) in SIZES {
        let mut group = criterion.benchmark_group(format!("smime/verify/{size}"));
        let content = content(octets);
        let aws = pec_crypto_aws_lc::provider();
        let signer = identity.signer(&aws);
        let options = SigningOptions::new(setting.now);
        let cms = sign_detached(&[&content], &signer, &options, &aws).unwrap();
        measured(&mut group, octets);
        for (name, crypto) in providers() {
            let policy = Policy::strict().allow_unknown_revocation();
            let verifier = Verifier::new(&setting.store, &crypto, policy);
            assert!(verifier.detached(&content, &cms, setting.now).is_valid());
            group.bench_function(name, |bencher| {
                bencher
                    .iter(|| verifier.detached(black_box(&content), &cms, setting.now).is_valid());
            });
        }
        let store = openssl_store(&setting);
        assert!(openssl_verify(&store, &cms, &content));
        group.bench_function("openssl", |bencher| {
            bencher.iter(|| openssl_verify(&store, &cms, black_box(&content)));
        });
        group.finish();
    }
}

fn path(criterion: &mut Criterion) {
    let setting = Setting::new();
    let identity = setting.identity();
    let options = PathOptions::at(setting.now).with_revocation(RevocationMode::Off);
    let mut group = criterion.benchmark_group("x509/path");
    for (name, crypto) in providers() {
        let judge = || {
            let (leaf, chain) = (identity.certificate(), identity.chain());
            validate(black_box(leaf), chain, &setting.store, &options, &crypto)
        };
        assert!(judge().valid().is_some());
        group.bench_function(name, |bencher| bencher.iter(judge));
    }
    group.finish();
}

fn measured(group: &mut BenchmarkGroup<'_, criterion::measurement::WallTime>, octets: usize) {
    group.throughput(Throughput::Bytes(octets as u64));
    group.sample_size(if octets > 1 << 20 { 10 } else { 50 });
}

fn openssl_identity(identity: &pec_smime::testpki::Identity) -> (X509, PKey<Private>) {
    let certificate = X509::from_der(identity.certificate().der()).unwrap();
    let key = PKey::private_key_from_der(&identity.key().pkcs8_der()).unwrap();
    (certificate, key)
}

fn openssl_sign(certificate: &X509, key: &PKey<Private>, content: &[u8]) -> Vec<u8> {
    let options = CMSOptions::DETACHED | CMSOptions::BINARY;
    CmsContentInfo::sign(Some(certificate), Some(key), None, Some(content), options)
        .and_then(|cms| cms.to_der())
        .unwrap()
}

fn openssl_store(setting: &Setting) -> openssl::x509::store::X509Store {
    let mut builder = X509StoreBuilder::new().unwrap();
    builder.add_cert(X509::from_der(setting.pki.root().der()).unwrap()).unwrap();
    let mut parameters = openssl::x509::verify::X509VerifyParam::new().unwrap();
    parameters.set_time(setting.now.timestamp());
    parameters.set_flags(X509VerifyFlags::USE_CHECK_TIME).unwrap();
    builder.set_param(&parameters).unwrap();
    builder.build()
}

fn openssl_verify(store: &openssl::x509::store::X509StoreRef, cms: &[u8], content: &[u8]) -> bool {
    let mut cms = CmsContentInfo::from_der(cms).unwrap();
    let none: Option<&Stack<X509>> = None;
    cms.verify(none.map(|certs| &**certs), Some(store), Some(content), None, CMSOptions::BINARY)
        .is_ok()
}

criterion_group!(benches, sign, verify, path);
criterion_main!(benches);
