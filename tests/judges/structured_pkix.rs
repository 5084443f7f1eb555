//! Judge: the crate `structured-pkix`, another reading of RFC 5280 §6.1, on every certificate of
//! PKITS under many more sets of policy options than PKITS itself tries.
//!
//! Both judge the same chain: the one that our search ended at. Revocation and the leaf's use are
//! left out, since that crate judges supplied paths alone.

use std::path::Path;
use std::sync::Arc;

use chrono::{TimeZone, Utc};
use pec_smime::crypto::{CryptoProvider, SignatureAlgorithm};
use pec_smime::x509::{
    Certificate, CertificateUse, InvalidReason, LeafUsage, Oid, PathOptions, PathVerdict,
    RevocationMode, TrustAnchor, TrustStore, validate,
};
use structured_asn1::Parser;
use structured_asn1::memory::{Memory, MemoryAccount};
use structured_pkix::path::{
    self, Anchor, Interval, Policy, Validation, ValidationBounds, ValidationContext, Verified,
    Verify, WorkingKey,
};
use structured_pkix::signature::SignatureValue;
use structured_pkix::{AlgorithmIdentifier, Certificate as TheirCertificate};

/// Two of the policies of PKITS, which all of its policy tests are about.
const POLICIES: [&str; 2] = ["2.16.840.1.101.3.2.1.48.1", "2.16.840.1.101.3.2.1.48.2"];

/// Leaves about which the two differ, and why ours is kept.
const EXPLAINED: [(&str, &str); 3] = [
    (
        "TrustAnchorRootCertificate.crt",
        "their path must not hold the anchor's certificate; here the caller may ask about it",
    ),
    (
        "MappingFromanyPolicyCACert.crt",
        "RFC 5280 §6.1.4 (a) judges mappings of certificates that issue, not of the path's last",
    ),
    ("MappingToanyPolicyCACert.crt", "as MappingFromanyPolicyCACert.crt"),
];

#[test]
#[ignore = "judge: structured-pkix"]
fn both_agree_on_every_chain_of_pkits() {
    let home = std::env::var_os("POSTACERT_JUDGES").map_or_else(
        || Path::new(&std::env::var_os("HOME").expect("HOME")).join(".cache/postacert-judges"),
        Into::into,
    );
    let folder = home.join("pkits/certs");
    let anchor = read(&folder.join("TrustAnchorRootCertificate.crt"));
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(anchor.clone()));
    store.add_folder(&folder, CertificateUse::Intermediate).expect("run tests/judges/install.sh");

    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("run tests/judges/install.sh")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    let (mut accepted, mut refused, mut problems) = (0, 0, Vec::new());
    for path in &paths {
        let leaf = read(path);
        let name = path.file_name().unwrap_or_default().display().to_string();
        if EXPLAINED.iter().any(|(explained, _)| *explained == name) {
            continue;
        }
        for choice in 0..32_u8 {
            let question = Question::new(choice);
            let verdict =
                validate(&leaf, &[], &store, &question.options(), &CryptoProvider::rustcrypto());
            let ours = match &verdict {
                PathVerdict::Valid(_) => true,
                // No chain of ours to compare, or none that reached the anchor.
                PathVerdict::Indeterminate(_) => continue,
                PathVerdict::Invalid(path)
                    if matches!(path.reason, InvalidReason::Signature(_)) =>
                {
                    continue;
                }
                PathVerdict::Invalid(_) => false,
            };
            let theirs = question.ask(verdict.chain(), &anchor);
            if ours {
                accepted += 1;
            } else {
                refused += 1;
            }
            if ours != theirs.is_ok() {
                problems.push(format!("{name} {question:?}: {verdict:?}, theirs {theirs:?}"));
            }
        }
    }
    println!("{accepted} chains accepted and {refused} refused, {} disagreements", problems.len());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(accepted > 5_000 && refused > 1_000, "the comparison would say little");
}

/// One set of policy options.
#[derive(Debug)]
struct Question {
    wanted: Vec<&'static str>,
    explicit: bool,
    inhibit_mapping: bool,
    inhibit_any: bool,
}

impl Question {
    /// The set whose number's bits are the options.
    fn new(number: u8) -> Self {
        let has = |bit: u8| number & (1 << bit) != 0;
        let wanted = [has(0), has(1)].into_iter().zip(POLICIES);
        Self {
            wanted: wanted.filter(|(has, _)| *has).map(|(_, policy)| policy).collect(),
            explicit: has(2),
            inhibit_mapping: has(3),
            inhibit_any: has(4),
        }
    }

    fn options(&self) -> PathOptions {
        let mut options = PathOptions::at(Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap())
            .with_revocation(RevocationMode::Off)
            .with_usage(LeafUsage::Any);
        if !self.wanted.is_empty() {
            let policies = self.wanted.iter().map(|policy| policy.parse::<Oid>().unwrap());
            options = options.with_policies(policies);
        }
        if self.explicit {
            options = options.requiring_explicit_policy();
        }
        if self.inhibit_mapping {
            options = options.inhibiting_policy_mapping();
        }
        if self.inhibit_any {
            options = options.inhibiting_any_policy();
        }
        options
    }

    /// The other crate's verdict on a chain, leaf first.
    fn ask(&self, chain: &[Certificate], anchor: &Certificate) -> Result<(), String> {
        let parser = Parser::der(memory());
        let read = |certificate: &'_ Certificate| -> Vec<u8> { certificate.der().to_vec() };
        let octets: Vec<Vec<u8>> = chain.iter().map(read).collect();
        let anchor = read(anchor);
        let theirs = octets
            .iter()
            .map(|der| TheirCertificate::read(&parser, der, 0).map_err(|e| format!("{e:?}")))
            .collect::<Result<Vec<_>, _>>()?;
        let root = TheirCertificate::read(&parser, &anchor, 0).map_err(|e| format!("{e:?}"))?;
        let encoded: Vec<Vec<u8>> = self.wanted.iter().map(|policy| oid_octets(policy)).collect();
        let wanted: Vec<_> =
            encoded.iter().map(|oid| structured_asn1::Oid::from_bytes(oid)).collect();
        let execution = memory();
        let context = ValidationContext {
            execution: &execution,
            interval: Interval::at(1_577_836_800),
            policy: Policy {
                wanted: &wanted,
                explicit: self.explicit,
                mapping: !self.inhibit_mapping,
                any: !self.inhibit_any,
            },
            bounds: ValidationBounds::default(),
            verifier: &Verifier(CryptoProvider::rustcrypto()),
            watch: &(),
            recognizer: &(),
        };
        let anchor = Anchor::new(root.tbs().subject(), root.tbs().public_key());
        match path::validate(&theirs.iter().collect::<Vec<_>>(), anchor, &context) {
            Ok(Validation::Accepted(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

/// Our cryptography behind their trait, so that path rules alone can differ.
struct Verifier(CryptoProvider);

impl Verify<Memory> for Verifier {
    type Error = std::convert::Infallible;

    fn verify(
        &self,
        algorithm: &AlgorithmIdentifier<'_>,
        key: WorkingKey<'_>,
        signed: &[u8],
        signature: SignatureValue<'_>,
        _: &Memory,
    ) -> Result<Verified, Self::Error> {
        let outcome = SignatureAlgorithm::from_der(algorithm.as_bytes()).map(|algorithm| {
            let signature = signature.octets().unwrap_or_default();
            self.0.verify_message(&algorithm, key.key().as_bytes(), signed, signature)
        });
        Ok(match outcome {
            Ok(Ok(())) => Verified::Yes,
            Ok(Err(_)) => Verified::No,
            Err(_) => Verified::Unsupported,
        })
    }
}

fn memory() -> Memory {
    Memory::new(Arc::new(MemoryAccount::new(64 << 20, 1 << 30)))
}

fn read(path: &Path) -> Certificate {
    let der = std::fs::read(path).expect("the certificate can be read");
    Certificate::from_der(&der).expect("a certificate")
}

/// The content octets of the two policies, which differ in their last arc.
fn oid_octets(policy: &str) -> Vec<u8> {
    let last = policy.rsplit('.').next().and_then(|arc| arc.parse().ok()).expect("an arc");
    vec![0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x02, 0x01, 0x30, last]
}
