//! The suite that every provider of cryptography has to pass: signature verification against
//! Wycheproof's vectors, and round trips with the keys of the development PKI.
//!
//! ```
//! use pec_smime::{conformance, crypto::CryptoProvider};
//!
//! let conformance = conformance::verify_signatures(&CryptoProvider::rustcrypto());
//! assert_eq!(conformance.failures, Vec::<String>::new());
//! ```

use std::collections::BTreeMap;

use wycheproof::{HashFunction, TestResult, ecdsa, rsa_pkcs1_verify, rsa_pss_verify};

use crate::crypto::{CryptoProvider, DigestAlgorithm, SignatureAlgorithm, SignatureError};

/// What came of running the suite.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Conformance {
    /// Vectors that were judged as expected.
    pub passed: usize,
    /// Vectors whose algorithm the provider does not know, by algorithm.
    pub unsupported: BTreeMap<String, usize>,
    /// Vectors that were judged otherwise.
    pub failures: Vec<String>,
}

/// Runs Wycheproof's vectors for RSA PKCS #1 v1.5, RSA-PSS, and ECDSA on P-256 and P-384, with the
/// digests that [`DigestAlgorithm`] knows. Vectors of other digests are left out.
///
/// A vector marked acceptable may be judged either way.
#[must_use]
pub fn verify_signatures(crypto: &CryptoProvider) -> Conformance {
    let mut run = Run { crypto, conformance: Conformance::default() };
    run.rsa_pkcs1();
    run.rsa_pss();
    run.ecdsa();
    run.conformance
}

struct Run<'c> {
    crypto: &'c CryptoProvider,
    conformance: Conformance,
}

impl Run<'_> {
    fn rsa_pkcs1(&mut self) {
        for set in
            rsa_pkcs1_verify::TestName::all().into_iter().map(rsa_pkcs1_verify::TestSet::load)
        {
            let Ok(set) = set else { return self.broken("rsa_pkcs1_verify") };
            for group in set.test_groups {
                let Some(digest) = digest(group.hash) else { continue };
                let algorithm = SignatureAlgorithm::RsaPkcs1(digest);
                for test in group.tests {
                    let name = format!("RSA-{} {algorithm:?} {}", group.key_size, test.tc_id);
                    self.judge(name, algorithm, &group.der, (&test.msg, &test.sig), test.result);
                }
            }
        }
    }

    fn rsa_pss(&mut self) {
        for set in rsa_pss_verify::TestName::all().into_iter().map(rsa_pss_verify::TestSet::load) {
            let Ok(set) = set else { return self.broken("rsa_pss_verify") };
            for group in set.test_groups {
                let mgf = group.mgf_hash.and_then(digest);
                let (Some(digest), Some(mgf)) = (digest(group.hash), mgf) else { continue };
                let salt_len = group.salt_size;
                let algorithm = SignatureAlgorithm::RsaPss { digest, mgf, salt_len };
                for test in group.tests {
                    let name = format!("RSA-{} {algorithm:?} {}", group.key_size, test.tc_id);
                    self.judge(name, algorithm, &group.der, (&test.msg, &test.sig), test.result);
                }
            }
        }
    }

    fn ecdsa(&mut self) {
        use ecdsa::TestName as Name;
        let names = [
            Name::EcdsaSecp256r1Sha256,
            Name::EcdsaSecp256r1Sha512,
            Name::EcdsaSecp384r1Sha256,
            Name::EcdsaSecp384r1Sha384,
            Name::EcdsaSecp384r1Sha512,
        ];
        for name in names {
            let Ok(set) = ecdsa::TestSet::load(name) else { return self.broken("ecdsa") };
            for group in set.test_groups {
                let Some(digest) = digest(group.hash) else { continue };
                let algorithm = SignatureAlgorithm::Ecdsa(digest);
                for test in group.tests {
                    let name = format!("{name:?} {}", test.tc_id);
                    self.judge(name, algorithm, &group.der, (&test.msg, &test.sig), test.result);
                }
            }
        }
    }

    fn judge(
        &mut self,
        name: String,
        algorithm: SignatureAlgorithm,
        spki: &[u8],
        (message, signature): (&[u8], &[u8]),
        expected: TestResult,
    ) {
        let result = self.crypto.verify_message(&algorithm, spki, message, signature);
        let conformance = &mut self.conformance;
        match (result, expected) {
            (Err(SignatureError::UnsupportedAlgorithm), _) => {
                let key = format!("{algorithm:?}");
                let count = conformance.unsupported.entry(key).or_default();
                *count = count.saturating_add(1);
            }
            (Ok(()), TestResult::Invalid) => conformance.failures.push(format!("{name}: accepted")),
            (Err(error), TestResult::Valid) => {
                conformance.failures.push(format!("{name}: refused, {error}"));
            }
            _ => conformance.passed = conformance.passed.saturating_add(1),
        }
    }

    fn broken(&mut self, set: &str) {
        self.conformance.failures.push(format!("{set} cannot be read"));
    }
}

const fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    match hash {
        HashFunction::Sha1 => Some(DigestAlgorithm::Sha1),
        HashFunction::Sha2_256 => Some(DigestAlgorithm::Sha256),
        HashFunction::Sha2_384 => Some(DigestAlgorithm::Sha384),
        HashFunction::Sha2_512 => Some(DigestAlgorithm::Sha512),
        _ => None,
    }
}

/// Signs with every key of the development PKI and every digest, and verifies with both this and
/// the default provider. Gives what went wrong.
#[cfg(feature = "testpki")]
#[must_use]
pub fn sign_and_verify(crypto: &CryptoProvider) -> Vec<String> {
    use crate::testpki::TestKey;

    let keys = [TestKey::Provider, TestKey::Rsa4096, TestKey::P256, TestKey::P384];
    let digests = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];
    let other = CryptoProvider::rustcrypto();
    let mut failures = Vec::new();
    for key in keys {
        let Ok(loaded) = crypto.keys.load(&key.pkcs8_der()) else {
            failures.push(format!("{key:?} is not loaded"));
            continue;
        };
        let usual = digests.map(|digest| loaded.algorithm(digest));
        let pss = digests.map(|digest| {
            let salt_len = digest.output_len();
            SignatureAlgorithm::RsaPss { digest, mgf: digest, salt_len }
        });
        let is_rsa = matches!(usual, [SignatureAlgorithm::RsaPkcs1(_), ..]);
        for algorithm in usual.iter().chain(if is_rsa { &pss[..] } else { &[] }) {
            let signature = match loaded.sign(algorithm, b"message", &*crypto.random) {
                Ok(signature) => signature,
                Err(error) => {
                    failures.push(format!("{key:?} {algorithm:?}: {error}"));
                    continue;
                }
            };
            for judge in [crypto, &other] {
                let spki = loaded.spki_der();
                let good = judge.verify_message(algorithm, spki, b"message", &signature);
                let bad = judge.verify_message(algorithm, spki, b"another", &signature);
                if good.is_err() || bad != Err(SignatureError::Invalid) {
                    let name = judge.name;
                    failures.push(format!("{key:?} {algorithm:?} by {name}: {good:?} {bad:?}"));
                }
            }
        }
        let sha1 = loaded.algorithm(DigestAlgorithm::Sha1);
        if loaded.sign(&sha1, b"message", &*crypto.random).is_ok() {
            failures.push(format!("{key:?} signs with SHA-1"));
        }
    }
    failures
}
