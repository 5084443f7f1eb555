//! The default provider of cryptography against the suite for providers.

use pec_smime::conformance;
use pec_smime::crypto::CryptoProvider;

#[test]
fn rustcrypto_judges_signatures_as_wycheproof_does() {
    let conformance = conformance::verify_signatures(&CryptoProvider::rustcrypto());
    println!("{} vectors, not supported: {:?}", conformance.passed, conformance.unsupported);
    assert_eq!(conformance.failures, Vec::<String>::new());
    // MGF1 with another digest than the message has never been seen in mail.
    let unsupported = |name: &String| name.contains("RsaPss");
    assert!(conformance.unsupported.keys().all(unsupported), "{:?}", conformance.unsupported);
    assert!(conformance.passed > 6_000, "{}", conformance.passed);
}

#[test]
fn rustcrypto_verifies_what_it_signs() {
    let failures = conformance::sign_and_verify(&CryptoProvider::rustcrypto());
    assert_eq!(failures, Vec::<String>::new());
}
