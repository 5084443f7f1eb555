//! A receipt of years ago: its certificate has expired. It is judged at the time when it provably
//! existed, by the algorithms of that time.

use chrono::{DateTime, TimeDelta, Utc};
use postacert::smime::testpki::TestPki;
use postacert::smime::x509::TrustAnchor;
use postacert::{CryptoProvider, Policy, TrustStore, Verifier};

const RECEIPT: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-acceptance.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let received: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;
    let pki = TestPki::new(received, &["alfa.example", "beta.example"]);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let crypto = CryptoProvider::rustcrypto();
    let today = received + TimeDelta::days(4 * 365);

    // ANCHOR: code
    // `received`: what something else proves, a time stamp or the register of a court. What the
    // signature itself says is a claim of whoever holds the key, then or now.
    let then = Policy::archive(received).allow_unknown_revocation();
    let now = Policy::interoperable().allow_unknown_revocation();
    for (name, policy, instant) in [("then", then, received), ("today", now, today)] {
        let verification = Verifier::new(&store, &crypto, policy).message(RECEIPT, instant);
        println!("{name}: {:?}", verification.verdict());
    }
    // ANCHOR_END: code
    let verify = |policy, at| Verifier::new(&store, &crypto, policy).message(RECEIPT, at);
    assert!(verify(Policy::archive(received).allow_unknown_revocation(), received).is_valid());
    assert!(!verify(Policy::interoperable().allow_unknown_revocation(), today).is_valid());
    Ok(())
}
