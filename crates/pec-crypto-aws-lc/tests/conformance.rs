//! The provider against the suite for providers, and against the default one on whole messages.

use pec_smime::conformance;
use pec_smime::crypto::{CryptoProvider, KeyError};
use pec_smime::multipart::Boundary;
use pec_smime::sign::{Draft, SigningOptions, sign_message};
use pec_smime::testpki::{Shape, TestKey, TestPki};
use pec_smime::verify::{Policy, Verdict, Verifier};
use pec_smime::x509::{TrustAnchor, TrustStore};

#[test]
fn aws_lc_judges_signatures_as_wycheproof_does() {
    let conformance = conformance::verify_signatures(&pec_crypto_aws_lc::provider());
    println!("{} vectors, not supported: {:?}", conformance.passed, conformance.unsupported);
    assert_eq!(conformance.failures, Vec::<String>::new());
    let unsupported = |name: &String| name.contains("RsaPss");
    assert!(conformance.unsupported.keys().all(unsupported), "{:?}", conformance.unsupported);
    assert!(conformance.passed > 6_000, "{}", conformance.passed);
}

#[test]
fn aws_lc_verifies_what_it_signs_and_so_does_rustcrypto() {
    let failures = conformance::sign_and_verify(&pec_crypto_aws_lc::provider());
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn keys_that_are_not_signed_with() {
    let keys = pec_crypto_aws_lc::provider().keys;
    assert_eq!(keys.load(b"rubbish").err(), Some(KeyError::Malformed));
    let small = keys.load(&TestKey::Rsa1024.pkcs8_der());
    assert_eq!(small.err(), Some(KeyError::Unsupported));
}

#[test]
fn messages_of_one_provider_verify_with_the_other() {
    let providers = [pec_crypto_aws_lc::provider(), CryptoProvider::rustcrypto()];
    let now = "2026-11-21T12:00:00Z".parse().expect("an instant");
    let pki = TestPki::new(now, &["pec.alfa.example"]);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let draft = Draft {
        header: b"",
        content: &[b"Content-Type: text/plain\r\n\r\n", b"testo\r\n"],
        boundary: Boundary::from_id("0123456789abcdef").expect("a plain id"),
    };
    for shape in [Shape::Sound, Shape::P256, Shape::P384] {
        let identity = pki.provider("Alfa S.p.A.", "pec.alfa.example", shape);
        for signing in &providers {
            let signer = identity.signer(signing);
            let options = SigningOptions::new(now);
            let message =
                sign_message(&draft, &signer, &options, signing).expect("signed").to_vec();
            for verifying in &providers {
                let policy = Policy::strict().allow_unknown_revocation();
                let verification = Verifier::new(&store, verifying, policy).message(&message, now);
                let names = (signing.name, verifying.name);
                assert_eq!(verification.verdict(), Verdict::Valid, "{shape:?} {names:?}");
            }
        }
    }
}
