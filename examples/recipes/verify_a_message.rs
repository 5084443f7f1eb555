//! Is this message certified, and by whom? Without the providers' directory: the certificate must
//! come from an accredited authority.

use chrono::{DateTime, TimeDelta, Utc};
use pec_message::{Authentication, Origin, authenticate, read};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::TestPki;
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| {
        let folder = env!("CARGO_MANIFEST_DIR");
        format!("{folder}/../../crates/pec-message/testdata/deployed/current-acceptance.eml")
    });
    let message = std::fs::read(file)?;

    // In earnest: the authorities' certificates and lists from files, and the time from the clock.
    let now: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;
    let pki = TestPki::new(now, &["alfa.example", "beta.example"]);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let yesterday = now - TimeDelta::days(1);
    store.add_crl(Crl::from_der(&pki.revocation_list(yesterday, &[]))?);
    store.add_crl(Crl::from_der(&pki.root_revocation_list(yesterday))?);
    let accredited = [pki.authority().clone()];

    let crypto = CryptoProvider::rustcrypto();
    let verifier = Verifier::new(&store, &crypto, Policy::interoperable());
    let verification = verifier.message(&message, now);
    match authenticate(&read(&message), &verification, &Origin::AccreditedCa(&accredited)) {
        Authentication::Certified(certified) => {
            let (data, evidence) = (certified.value().data(), certified.evidence());
            println!("{}: {} of {}", data.pec_msgid, certified.value().kind(), data.time);
            println!("signed by {}", evidence.provider().unwrap_or("a provider without name"));
            for deviation in evidence.deviations() {
                println!("but: {deviation}");
            }
            Ok(())
        }
        Authentication::Untrusted { step, why } => Err(format!("{step}: {why}").into()),
        Authentication::Undecided { why } => Err(format!("ask again later: {why}").into()),
        _ => Err("not known here".into()),
    }
}
