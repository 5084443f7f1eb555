//! Why cryptography refused.

use thiserror::Error;

use super::DigestAlgorithm;

/// Why a signature was not made or not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The provider does not know this algorithm, or not for this kind and size of key.
    #[error("the algorithm is not supported")]
    UnsupportedAlgorithm,
    /// The `AlgorithmIdentifier` or its parameters cannot be decoded or contradict each other.
    #[error("the algorithm identifier is malformed")]
    MalformedAlgorithm,
    /// The public key cannot be decoded or is out of range.
    #[error("the key is malformed or out of range")]
    MalformedKey,
    /// The key belongs to another algorithm.
    #[error("the key does not belong to the algorithm")]
    KeyMismatch,
    /// The digest was computed with another algorithm than the signature names.
    #[error("the digest is {found}, the signature names {expected}")]
    DigestMismatch {
        /// What the signature names.
        expected: DigestAlgorithm,
        /// What was supplied.
        found: DigestAlgorithm,
    },
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Invalid,
    /// The key or its device failed to sign.
    #[error("signing failed")]
    SigningFailed,
    /// The source of random bytes failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Why a private key could not be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are neither PEM nor DER of a known private key structure.
    #[error("no private key structure was recognised")]
    Malformed,
    /// A key of a kind or size that is not signed with here.
    #[error("the kind or size of the key is not supported")]
    Unsupported,
    /// The key is encrypted and no password was given.
    #[error("the key is encrypted and no password was given")]
    PasswordNeeded,
    /// Decryption failed: wrong password, or a scheme that is not supported.
    #[error("the key cannot be decrypted: wrong password or unsupported scheme")]
    Decryption,
}

/// The source of random bytes failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the source of random bytes failed")]
pub struct RandomError;
