//! Cryptography as a struct of trait objects: who computes is chosen by the caller.
//!
//! `pec-smime` asks for four things: digests, signature verification, private keys and random
//! bytes. A [`CryptoProvider`] holds one trait object for each, so a caller can replace a single
//! one (a key in a hardware module, say) with struct-update syntax and keep the rest.
//!
//! ```
//! use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
//!
//! let crypto = CryptoProvider::rustcrypto();
//! let digest = crypto.digest(DigestAlgorithm::Sha256, b"abc")?;
//! assert_eq!(digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
//! # Ok::<(), pec_smime::crypto::SignatureError>(())
//! ```

mod algorithms;
mod error;
mod rustcrypto;

use std::fmt;
use std::sync::Arc;

pub use algorithms::{Digest, DigestAlgorithm, SignatureAlgorithm};
pub use error::{KeyError, RandomError, SignatureError};

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

impl CryptoProvider {
    /// The provider in pure Rust (`rsa`, `p256`, `p384`, `sha1`, `sha2`).
    ///
    /// RSA signatures are blinded. Servers that sign on demand are better served by
    /// `pec-crypto-aws-lc`, which is three times faster and written for constant time.
    #[must_use]
    pub fn rustcrypto() -> Self {
        rustcrypto::provider()
    }

    /// The digest of `data`.
    ///
    /// # Errors
    /// [`SignatureError::UnsupportedAlgorithm`] when the provider does not know `algorithm`.
    pub fn digest(
        &self,
        algorithm: DigestAlgorithm,
        data: &[u8],
    ) -> Result<Digest, SignatureError> {
        self.digest_slices(algorithm, [data])
    }

    /// The digest of several slices as if they were one.
    ///
    /// # Errors
    /// [`SignatureError::UnsupportedAlgorithm`] when the provider does not know `algorithm`.
    pub fn digest_slices<'a>(
        &self,
        algorithm: DigestAlgorithm,
        slices: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Digest, SignatureError> {
        let mut hasher =
            self.digests.start(algorithm).ok_or(SignatureError::UnsupportedAlgorithm)?;
        for slice in slices {
            hasher.update(slice);
        }
        Ok(hasher.finish())
    }

    /// Hashes `message` and verifies `signature` with the public key in `spki_der`, a DER
    /// `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`SignatureError`] says whether the algorithm, the key or the signature is at fault.
    pub fn verify_message(
        &self,
        algorithm: &SignatureAlgorithm,
        spki_der: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let digest = self.digest(algorithm.digest(), message)?;
        self.verifier.verify(algorithm, spki_der, &digest, signature)
    }
}

impl fmt::Debug for CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CryptoProvider").field("name", &self.name).finish_non_exhaustive()
    }
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
///
/// A provider judges cryptography alone: RSA-1024 and SHA-1 verify here, and whether they are
/// acceptable is the question of a policy.
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

/// Makes signing keys out of their encodings.
pub trait KeyProvider: Send + Sync {
    /// Loads an unencrypted DER `PrivateKeyInfo` (PKCS#8, RFC 5208 §5).
    ///
    /// # Errors
    /// [`KeyError`] when the bytes hold no key, or one that the provider does not sign with.
    fn load(&self, pkcs8_der: &[u8]) -> Result<Arc<dyn SigningKey>, KeyError>;
}

/// A private key, in memory or in a device. Calls may come from several threads at once.
pub trait SigningKey: Send + Sync {
    /// The DER `SubjectPublicKeyInfo` of the public half.
    fn spki_der(&self) -> &[u8];

    /// The algorithm that this key signs with by default, given a digest.
    fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm;

    /// Signs `message`. Only a few hundred octets pass here, never a whole mail: what CMS signs
    /// are the signed attributes.
    ///
    /// # Errors
    /// [`SignatureError`] when the key cannot sign with `algorithm`, or the device fails.
    fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SignatureError>;
}

/// A source of random bytes fit for keys and blinding.
pub trait SecureRandom: Send + Sync {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`RandomError`] when the source fails; then `out` must not be used.
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError>;
}
