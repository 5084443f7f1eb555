//! Who signs.

use std::fmt;
use std::sync::Arc;

use der::Decode;
use spki::SubjectPublicKeyInfoRef;
use thiserror::Error;

use crate::crypto::{
    CryptoProvider, DigestAlgorithm, SecureRandom, SignatureAlgorithm, SignatureError, SigningKey,
};
use crate::limits;
use crate::x509::Certificate;

/// A key with its certificate. One signer serves many threads.
///
/// Calls are synchronous: a device that has to be waited for is wrapped by the caller's runtime.
/// The device sees the signed attributes, a few hundred octets, never a message.
pub trait Signer: Send + Sync {
    /// The signer's own certificate. Its key is the one that [`Signer::sign`] uses.
    fn certificate(&self) -> &Certificate;

    /// The certificates of the issuing authorities, nearest first, without the root.
    fn issuers(&self) -> &[Certificate];

    /// The signature algorithm for a digest.
    fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm;

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when the key cannot sign with `algorithm` or the device fails.
    fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignatureError>;
}

/// Why a key and certificates do not make a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignerError {
    /// No certificate was given.
    #[error("no certificate was given")]
    NoCertificate,
    /// The key is another than that of the certificate.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// More certificates than a reader accepts, [`limits::CMS_CERTIFICATES`].
    #[error("too many certificates")]
    TooManyCertificates,
}

/// A signer whose key is a [`SigningKey`].
pub struct SoftwareSigner {
    key: Arc<dyn SigningKey>,
    random: Arc<dyn SecureRandom>,
    certificate: Certificate,
    issuers: Vec<Certificate>,
}

impl SoftwareSigner {
    /// Joins a key and its certificate, the first of `chain`; the others are those of the issuing
    /// authorities. Self-issued ones among them are left out: a reader gains nothing from a root
    /// that the message itself brings (RFC 8551 §2.3).
    ///
    /// # Errors
    /// [`SignerError::KeyMismatch`] when the key is not that of the first certificate, and the
    /// others of [`SignerError`].
    pub fn new(
        key: Arc<dyn SigningKey>,
        chain: &[Certificate],
        crypto: &CryptoProvider,
    ) -> Result<Self, SignerError> {
        let (certificate, issuers) = chain.split_first().ok_or(SignerError::NoCertificate)?;
        if chain.len() > limits::CMS_CERTIFICATES {
            return Err(SignerError::TooManyCertificates);
        }
        if !is_same_key(key.spki_der(), certificate.spki_der()) {
            return Err(SignerError::KeyMismatch);
        }
        let issuers = issuers.iter().filter(|issuer| !issuer.is_self_issued()).cloned().collect();
        let random = Arc::clone(&crypto.random);
        Ok(Self { key, random, certificate: certificate.clone(), issuers })
    }
}

impl Signer for SoftwareSigner {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn issuers(&self) -> &[Certificate] {
        &self.issuers
    }

    fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
        self.key.algorithm(digest)
    }

    fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignatureError> {
        self.key.sign(algorithm, message, &*self.random)
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSigner")
            .field("subject", &self.certificate.subject())
            .finish_non_exhaustive()
    }
}

/// Whether two `SubjectPublicKeyInfo` hold one key. Absent and NULL parameters are the same.
fn is_same_key(one: &[u8], other: &[u8]) -> bool {
    let parse = |der| SubjectPublicKeyInfoRef::from_der(der).ok();
    parse(one).zip(parse(other)).is_some_and(|(one, other)| {
        one.algorithm.oid == other.algorithm.oid
            && one.subject_public_key == other.subject_public_key
    })
}
