//! What a check comes to, and why.

use std::fmt;

use thiserror::Error;

use crate::cms::CmsError;
use crate::crypto::{DigestAlgorithm, SignatureError};
use crate::multipart::StructureError;
use crate::x509::{IndeterminateReason, InvalidReason, KeyKind, RevocationUnknown};

/// One of the checks of RFC 6109 §2.2.2, in its order. *Signature origin*, the second test there,
/// needs the providers' directory and is judged by `pec-message` from what
/// [`SignerVerification`](super::SignerVerification) shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Signature existence: the S/MIME structure is there and readable.
    Existence,
    /// The digest in the signature is that of the content.
    Content,
    /// The signature is made with the key of the certificate.
    Signature,
    /// The certificate is the one that the signer meant.
    Signer,
    /// Algorithms and key lengths are good enough for the policy.
    Algorithms,
    /// The certification path leads to an anchor and all of it is valid at the instant.
    Path,
    /// Nothing on the path is revoked.
    Revocation,
    /// The certificate fits the profile of RFC 6109 §5.5.
    Profile,
}

impl Check {
    /// The section of the norm that asks for it.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Profile => "rfc6109 §5.5",
            _ => "rfc6109 §2.2.2",
        }
    }
}

/// What one check comes to. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed(Reason),
    /// It cannot be told.
    Indeterminate(Reason),
}

impl Outcome {
    /// Whether the check holds.
    #[must_use]
    pub const fn is_passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    /// Why it does not, or why it cannot be told.
    #[must_use]
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Passed => None,
            Self::Failed(reason) | Self::Indeterminate(reason) => Some(reason),
        }
    }

    /// What an error of cryptography means: a broken signature is one thing, an algorithm that is
    /// not known here another.
    pub(super) const fn from_signature_error(error: SignatureError) -> Self {
        match error {
            SignatureError::UnsupportedAlgorithm => {
                Self::Indeterminate(Reason::Cryptography(error))
            }
            _ => Self::Failed(Reason::Cryptography(error)),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
            Self::Indeterminate(reason) => write!(f, "undecided: {reason}"),
        }
    }
}

/// Why a check does not hold or cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// The message has no signature of the right form.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// The CMS structure is not accepted.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// The CMS structure has no signer.
    #[error("there is no signer")]
    NoSigner,
    /// The content is inside the signature although it is outside as well: which one is signed?
    #[error("a detached signature with content inside")]
    ContentTwice,
    /// An opaque signature without content.
    #[error("there is no content")]
    NoContent,
    /// The content is not what was signed.
    #[error("the digest of the content differs from the signed one")]
    DigestDiffers,
    /// The contentType attribute names another type than the structure (RFC 5652 §11.1).
    #[error("the contentType attribute differs")]
    ContentTypeDiffers,
    /// Content of another type than id-data is signed without attributes (RFC 5652 §5.3).
    #[error("signed attributes are missing where they are demanded")]
    AttributesDemanded,
    /// The content is a set of attributes signed without attributes: a signature over attributes
    /// that is passed off as one over content (RFC 5652 §5.4 leaves the two alike).
    #[error("the content is a set of signed attributes")]
    ContentIsAttributes,
    /// The message does not bring the signer's certificate (RFC 6109 §2.1 demands it).
    #[error("the signer's certificate is not in the message")]
    NoCertificate,
    /// signingCertificate names another certificate (RFC 5035).
    #[error("the signing certificate attribute names another certificate")]
    SigningCertificateDiffers,
    /// `CMSAlgorithmProtection` names other algorithms (RFC 6211).
    #[error("the protected algorithms are other ones")]
    AlgorithmProtectionDiffers,
    /// Cryptography refuses.
    #[error(transparent)]
    Cryptography(#[from] SignatureError),
    /// The policy does not accept this digest at the instant.
    #[error("{0} is not accepted at that instant")]
    WeakDigest(DigestAlgorithm),
    /// The policy does not accept this key at the instant.
    #[error("{0} is not accepted at that instant")]
    WeakKey(KeyKind),
    /// The certification path breaks a rule.
    #[error("certificate {certificate} of the path: {reason}")]
    Path {
        /// Its place in the path: 0 is the signer's.
        certificate: usize,
        /// The rule.
        reason: InvalidReason,
    },
    /// Too little is known about the certification path.
    #[error("certificate {certificate} of the path: {reason}")]
    PathUnknown {
        /// Its place in the path: 0 is the signer's.
        certificate: usize,
        /// What is not known.
        reason: IndeterminateReason,
    },
    /// It is not known whether a certificate is revoked.
    #[error("certificate {certificate} of the path: {reason}")]
    RevocationUnknown {
        /// Its place in the path: 0 is the signer's.
        certificate: usize,
        /// Why not.
        reason: RevocationUnknown,
    },
    /// The certificate breaks the profile; the report says where.
    #[error("the certificate breaks the profile of RFC 6109 §5.5")]
    Profile,
    /// The certificate is expired by now, and only the signer himself says that he signed before.
    #[error("valid only at the signing time that the signer claims")]
    ClaimedTime,
    /// The signing time that the signer claims lies in the future.
    #[error("the claimed signing time lies in the future")]
    ClaimedTimeInFuture,
    /// An earlier check left nothing to judge.
    #[error("not judged, since an earlier check failed")]
    NotReached,
}
