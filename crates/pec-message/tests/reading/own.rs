//! What this crate writes, it certifies: every row of norms §1.3, sealed and read back.

use chrono::TimeDelta;
use pec_daticert::CertificationData;
use pec_message::{
    Authentication, Deviation, Distrust, Fault, FormalGrade, IssuerRule, Origin, Step,
    authenticate, read,
};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Shape, TestPki};
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

use crate::common;
use crate::world::directory;

#[test]
fn every_row_is_certified_without_deviation() {
    let now = "2026-07-01T08:15:00Z".parse().unwrap();
    let crypto = CryptoProvider::rustcrypto();
    let domains = ["pec.alfa.example", "pec.beta.example"];
    let pki = TestPki::new(now, &domains);
    let alfa = pki.provider("Alfa & Figli S.p.A.", domains[0], Shape::Sound);
    let beta = pki.provider("Beta PEC S.p.A.", domains[1], Shape::Rsa4096);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let yesterday = now - TimeDelta::days(1);
    for crl in [pki.revocation_list(yesterday, &[]), pki.root_revocation_list(yesterday)] {
        store.add_crl(Crl::from_der(&crl).unwrap());
    }
    let history = directory(
        yesterday,
        &[
            ("Alfa & Figli S.p.A.", &alfa, &["pec.alfa.example", "alfa.example"]),
            ("Beta PEC S.p.A.", &beta, &["pec.beta.example", "beta.example"]),
        ],
    );
    let verifier = Verifier::new(&store, &crypto, Policy::strict());
    for (name, draft) in common::drafts() {
        let by_beta =
            String::from_utf8_lossy(draft.header()).contains("posta-certificata@pec.beta");
        let identity = if by_beta { &beta } else { &alfa };
        let sealed = draft.seal(&identity.signer(&crypto), &crypto).unwrap().to_vec();
        let verification = verifier.message(&sealed, now);
        let mail = read(&sealed);
        match authenticate(&mail, &verification, &Origin::directory(&history, &crypto)) {
            Authentication::Certified(certified) => {
                // That original is addressed to one of the recipients of its paths alone.
                let is_odd = name == "posta-certificata-8bit";
                let found = certified.evidence().deviations();
                let is_as_expected = match found {
                    [] => !is_odd,
                    [Deviation::HeaderDiffers { field: "To", .. }] => is_odd,
                    _ => false,
                };
                assert!(is_as_expected, "{name}: {found:?}");
                let grade = if is_odd { FormalGrade::Deployed } else { FormalGrade::Strict };
                assert_eq!(certified.evidence().formal_grade(), grade, "{name}");
                assert_eq!(certified.evidence().issuer_rule(), IssuerRule::Kept, "{name}");
                let xml = certified.value().xml();
                assert_eq!(&CertificationData::from_xml(&xml).unwrap(), certified.value().data());
            }
            Authentication::Untrusted { step: Step::FormalCorrectness, why } => {
                assert!(name.starts_with("anomalia"), "{name}: {why}");
                assert!(matches!(why, Distrust::Fault(Fault::AnomalyEnvelope { .. })), "{why}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
