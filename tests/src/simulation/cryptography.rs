//! A fast, fake provider of cryptography, so that most runs do not spend their time on RSA.
//!
//! Messages are built, digested, wrapped in CMS and verified as ever; only the signature itself is
//! a keyed digest that everybody can forge. Signatures that other programs made (those on
//! certificates and revocation lists) are verified truly, once each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pec_smime::crypto::{
    CryptoProvider, Digest, DigestAlgorithm, KeyError, KeyProvider, RandomError, SecureRandom,
    SignatureAlgorithm, SignatureError, SignatureVerifier, SigningKey,
};
use sha2::{Digest as _, Sha256};

/// Begins every fake signature.
const MARK: &[u8; 8] = b"no proof";

/// The fake provider. Its random octets follow from the seed.
///
/// Two signatures over the same octets differ, as those of ECDSA do: sealing twice shows.
#[must_use]
pub fn fake(seed: u64) -> CryptoProvider {
    let real = CryptoProvider::rustcrypto();
    CryptoProvider {
        name: "fake",
        digests: Arc::clone(&real.digests),
        verifier: Arc::new(FakeVerifier { real: real.clone(), known: Mutex::default() }),
        keys: Arc::new(FakeKeys { real, signatures: Arc::default() }),
        random: Arc::new(Counting(AtomicU64::new(seed))),
    }
}

/// The real provider with reproducible random octets.
#[must_use]
pub fn real(seed: u64) -> CryptoProvider {
    let random = Arc::new(Counting(AtomicU64::new(seed)));
    CryptoProvider { name: "rustcrypto, seeded", random, ..CryptoProvider::rustcrypto() }
}

/// Key, digest and signature, as one digest.
type Question = [u8; 32];

struct FakeVerifier {
    real: CryptoProvider,
    known: Mutex<HashMap<Question, Result<(), SignatureError>>>,
}

impl SignatureVerifier for FakeVerifier {
    fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if let Some(nonce) = nonce(signature) {
            let is_right = signature == sign(spki, digest.as_bytes(), nonce);
            return if is_right { Ok(()) } else { Err(SignatureError::Invalid) };
        }
        let mut hash = Sha256::new();
        for part in [spki, digest.as_bytes(), signature] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let question: Question = hash.finalize().into();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = || self.real.verifier.verify(algorithm, spki, digest, signature);
        *known.entry(question).or_insert_with(answer)
    }
}

struct FakeKeys {
    real: CryptoProvider,
    signatures: Arc<AtomicU64>,
}

impl KeyProvider for FakeKeys {
    fn load(&self, pkcs8_der: &[u8]) -> Result<Arc<dyn SigningKey>, KeyError> {
        let (real, signatures) = (self.real.keys.load(pkcs8_der)?, Arc::clone(&self.signatures));
        Ok(Arc::new(FakeKey { real, signatures }))
    }
}

struct FakeKey {
    real: Arc<dyn SigningKey>,
    signatures: Arc<AtomicU64>,
}

impl SigningKey for FakeKey {
    fn spki_der(&self) -> &[u8] {
        self.real.spki_der()
    }

    fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
        self.real.algorithm(digest)
    }

    fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
        _: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SignatureError> {
        let digest = CryptoProvider::rustcrypto().digest(algorithm.digest(), message)?;
        let count = self.signatures.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Ok(sign(self.spki_der(), digest.as_bytes(), count))
    }
}

fn nonce(signature: &[u8]) -> Option<[u8; 8]> {
    signature.strip_prefix(MARK)?.get(..8)?.try_into().ok()
}

/// Mark, nonce, and a digest of everything; as long as a small signature is.
fn sign(spki: &[u8], digest: &[u8], nonce: [u8; 8]) -> Vec<u8> {
    let body = Sha256::new().chain_update(spki).chain_update(digest).chain_update(nonce);
    [&MARK[..], &nonce, &body.finalize()].concat()
}

struct Counting(AtomicU64);

impl SecureRandom for Counting {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        for chunk in out.chunks_mut(8) {
            let mut random = super::Random::new(self.0.fetch_add(1, Ordering::Relaxed));
            chunk.copy_from_slice(&random.next().to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pec_smime::testpki::TestKey;

    use super::*;

    #[test]
    fn signatures_verify_and_differ_and_break() {
        let crypto = fake(1);
        let key = crypto.keys.load(&TestKey::Provider.pkcs8_der()).unwrap();
        let algorithm = key.algorithm(DigestAlgorithm::Sha256);
        let sign = || key.sign(&algorithm, b"abc", &*crypto.random).unwrap();
        let (one, other) = (sign(), sign());
        assert_ne!(one, other);
        let verify = |message: &[u8], signature: &[u8]| {
            crypto.verify_message(&algorithm, key.spki_der(), message, signature)
        };
        assert_eq!(verify(b"abc", &one), Ok(()));
        assert_eq!(verify(b"abc", &other), Ok(()));
        assert!(verify(b"abd", &one).is_err());
        let mut broken = one.clone();
        *broken.last_mut().unwrap() ^= 1;
        assert!(verify(b"abc", &broken).is_err());
        assert!(verify(b"abc", &broken[..10]).is_err());
    }

    #[test]
    fn true_signatures_stay_true() {
        let (fake, real) = (fake(1), real(1));
        let key = real.keys.load(&TestKey::P256.pkcs8_der()).unwrap();
        let algorithm = key.algorithm(DigestAlgorithm::Sha256);
        let signature = key.sign(&algorithm, b"abc", &*real.random).unwrap();
        for _ in 0..2 {
            let verify = |message: &[u8]| {
                fake.verify_message(&algorithm, key.spki_der(), message, &signature)
            };
            assert_eq!(verify(b"abc"), Ok(()));
            assert!(verify(b"abd").is_err());
        }
    }
}
