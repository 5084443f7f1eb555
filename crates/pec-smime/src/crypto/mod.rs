//! Cryptography as a struct of trait objects: who computes is chosen by the caller.
//!
//! `pec-smime` asks for four things: digests, signature verification, private keys and random
//! bytes. A [`CryptoProvider`] holds one trait object for each, so a caller can replace a single
//! one (a key in a hardware module, say) with struct-update syntax and keep the rest.

use std::sync::Arc;

/// A provider of cryptography. All fields are public so that one of them can be replaced.
#[derive(Clone)]
pub struct CryptoProvider {
    /// Name for reports and logs, such as `rustcrypto`.
    pub name: &'static str,
    /// Computes digests.
    pub digests: Arc<dyn DigestProvider>,
    /// Verifies signatures.
    pub verifier: Arc<dyn SignatureVerifier>,
    /// Makes signing keys from PKCS#8.
    pub keys: Arc<dyn KeyProvider>,
    /// Gives random bytes.
    pub random: Arc<dyn SecureRandom>,
}

/// Starts digest computations.
pub trait DigestProvider: Send + Sync {
    /// A fresh hasher, or `None` when this provider does not know the algorithm.
    fn start(&self, algorithm: DigestAlgorithm) -> Option<Box<dyn Hasher>>;
}

/// One running digest computation.
pub trait Hasher: Send {
    /// Adds `data`.
    fn update(&mut self, data: &[u8]);
    /// Ends the computation.
    fn finish(self: Box<Self>) -> Digest;
}

/// Verifies signatures over a digest that was computed before.
pub trait SignatureVerifier: Send + Sync {
    /// Verifies `signature` over `digest` with the public key `spki`, a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`SignatureError`] says whether the algorithm, the key or the signature is at fault.
    fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), SignatureError>;
}

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: read in old and in deployed messages, never written.
    Sha1,
    /// SHA-256, the default.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A signature algorithm with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Digest of the message.
        digest: DigestAlgorithm,
        /// Digest of MGF1.
        mgf: DigestAlgorithm,
        /// Length of the salt in octets.
        salt_len: usize,
    },
    /// ECDSA (FIPS 186-4); the curve is that of the key.
    Ecdsa(DigestAlgorithm),
}
