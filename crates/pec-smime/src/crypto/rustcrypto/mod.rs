//! The default provider: RustCrypto.

mod keys;
mod verify;

use std::sync::Arc;

use sha2::Digest as _;

use super::{
    CryptoProvider, Digest, DigestAlgorithm, DigestProvider, Hasher, RandomError, SecureRandom,
};

/// Puts the parts together.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        name: "rustcrypto",
        digests: Arc::new(Digests),
        verifier: Arc::new(verify::Verifier),
        keys: Arc::new(keys::Keys),
        random: Arc::new(SystemRandom),
    }
}

struct Digests;

impl DigestProvider for Digests {
    fn start(&self, algorithm: DigestAlgorithm) -> Option<Box<dyn Hasher>> {
        Some(match algorithm {
            DigestAlgorithm::Sha1 => Box::new(Running(algorithm, sha1::Sha1::new())),
            DigestAlgorithm::Sha256 => Box::new(Running(algorithm, sha2::Sha256::new())),
            DigestAlgorithm::Sha384 => Box::new(Running(algorithm, sha2::Sha384::new())),
            DigestAlgorithm::Sha512 => Box::new(Running(algorithm, sha2::Sha512::new())),
        })
    }
}

struct Running<H>(DigestAlgorithm, H);

impl<H: sha2::Digest + Send> Hasher for Running<H> {
    fn update(&mut self, data: &[u8]) {
        self.1.update(data);
    }

    #[expect(clippy::expect_used, reason = "the hash has the length of its own algorithm")]
    fn finish(self: Box<Self>) -> Digest {
        let Self(algorithm, hasher) = *self;
        Digest::new(algorithm, &hasher.finalize()).expect("length of its own algorithm")
    }
}

struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|_| RandomError)
    }
}
