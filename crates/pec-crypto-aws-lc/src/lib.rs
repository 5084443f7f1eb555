#![doc = include_str!("../README.md")]

mod keys;
mod verify;

use std::sync::Arc;

use aws_lc_rs::{digest, rand};
use pec_smime::crypto::{
    CryptoProvider, Digest, DigestAlgorithm, DigestProvider, Hasher, RandomError, SecureRandom,
};

/// The provider.
///
/// ```
/// use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
///
/// let (one, other) = (pec_crypto_aws_lc::provider(), CryptoProvider::rustcrypto());
/// let digest = one.digest(DigestAlgorithm::Sha256, b"abc")?;
/// assert_eq!(digest, other.digest(DigestAlgorithm::Sha256, b"abc")?);
/// # Ok::<(), pec_smime::crypto::SignatureError>(())
/// ```
#[must_use]
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        name: "aws-lc",
        digests: Arc::new(Digests),
        verifier: Arc::new(verify::Verifier),
        keys: Arc::new(keys::Keys),
        random: Arc::new(SystemRandom),
    }
}

struct Digests;

impl DigestProvider for Digests {
    fn start(&self, algorithm: DigestAlgorithm) -> Option<Box<dyn Hasher>> {
        let context = digest::Context::new(digest_algorithm(algorithm)?);
        Some(Box::new(Running { algorithm, context }))
    }
}

fn digest_algorithm(algorithm: DigestAlgorithm) -> Option<&'static digest::Algorithm> {
    match algorithm {
        DigestAlgorithm::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestAlgorithm::Sha256 => Some(&digest::SHA256),
        DigestAlgorithm::Sha384 => Some(&digest::SHA384),
        DigestAlgorithm::Sha512 => Some(&digest::SHA512),
        _ => None,
    }
}

struct Running {
    algorithm: DigestAlgorithm,
    context: digest::Context,
}

impl Hasher for Running {
    fn update(&mut self, data: &[u8]) {
        self.context.update(data);
    }

    #[expect(clippy::expect_used, reason = "the hash has the length of its own algorithm")]
    fn finish(self: Box<Self>) -> Digest {
        let digest = self.context.finish();
        Digest::new(self.algorithm, digest.as_ref()).expect("length of its own algorithm")
    }
}

struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        rand::fill(out).map_err(|_| RandomError)
    }
}
