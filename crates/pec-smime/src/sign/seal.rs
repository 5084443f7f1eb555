//! Signing of messages.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::Signer;
use super::signed_data::{self, SignedDataParts};
use crate::crypto::{CryptoProvider, Digest, DigestAlgorithm, SignatureError};
use crate::multipart::{Boundary, DraftError, SignedMessage};
use crate::multipart::{ContentCheck, check_header};
use crate::oid;
use crate::x509::{self, EcCurve, KeyKind, ProfileReport};

/// A message before it is signed.
#[derive(Clone, Debug)]
pub struct Draft<'s, 'a> {
    /// The outer header fields, each ended by CRLF, without MIME fields and without the empty line.
    pub header: &'s [u8],
    /// The entity to sign, its own MIME header included, in as many slices as it comes in. All
    /// lines end in CRLF; the line break before the next delimiter is added here.
    pub content: &'s [&'a [u8]],
    /// The boundary, from the message's own random id.
    pub boundary: Boundary,
}

/// How to sign. The defaults are those that RFC 6109 and today's practice ask for.
#[derive(Clone, Debug)]
pub struct SigningOptions {
    signing_time: DateTime<Utc>,
    digest: DigestAlgorithm,
    allow_profile_breaches: bool,
}

impl SigningOptions {
    /// SHA-256, at the time of the transaction (RFC 6109 §4.1: one time for all of it).
    #[must_use]
    pub const fn new(signing_time: DateTime<Utc>) -> Self {
        Self { signing_time, digest: DigestAlgorithm::Sha256, allow_profile_breaches: false }
    }

    /// Another digest. SHA-1 is refused when it comes to signing.
    #[must_use]
    pub const fn digest(mut self, digest: DigestAlgorithm) -> Self {
        self.digest = digest;
        self
    }

    /// Signs although the certificate breaks the profile of RFC 6109 §5.5, for signers that are
    /// no PEC provider (the directory's centre, a time-stamp authority) and for tests.
    #[must_use]
    pub const fn allow_profile_breaches(mut self) -> Self {
        self.allow_profile_breaches = true;
        self
    }
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The draft cannot be signed as it is.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The certificate is not valid yet, or no longer, at the signing time.
    #[error("the certificate is valid from {not_before} to {not_after}")]
    OutsideValidity {
        /// First instant of validity.
        not_before: DateTime<Utc>,
        /// Last instant of validity.
        not_after: DateTime<Utc>,
    },
    /// The certificate breaks the profile of RFC 6109 §5.5.
    #[error("the certificate breaks the profile of RFC 6109 §5.5")]
    Profile(Box<ProfileReport>),
    /// RSA with fewer than 2048 bits, or a kind of key that is not signed with.
    #[error("the key is too weak or neither RSA nor P-256 nor P-384")]
    WeakKey,
    /// A digest that is only read, never written.
    #[error("{0} is not signed with")]
    WeakDigest(DigestAlgorithm),
    /// Cryptography or the device failed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Content is checked and hashed in pieces that stay in the cache between the two.
const PIECE_OCTETS: usize = 32 * 1024;

/// Signs a draft as `multipart/signed`.
///
/// The content is hashed where it is and not copied. The octets of the result depend on the
/// arguments alone, but for the signature itself, which differs from run to run with ECDSA: keep
/// the sealed octets.
///
/// # Errors
/// [`SigningError`]; nothing is signed then.
pub fn sign_message<'a>(
    draft: &Draft<'_, 'a>,
    signer: &dyn Signer,
    options: &SigningOptions,
    crypto: &CryptoProvider,
) -> Result<SignedMessage<'a>, SigningError> {
    check_header(draft.header)?;
    check_signer(signer, options)?;
    let mut check = ContentCheck::new(&draft.boundary);
    let pieces = draft.content.iter().flat_map(|slice| slice.chunks(PIECE_OCTETS));
    let digest = crypto.digest_slices(options.digest, pieces.inspect(|piece| check.take(piece)))?;
    let content = (draft.content, check.finish()?);
    let cms = encode(digest, None, signer, options, crypto)?;
    Ok(SignedMessage::assemble(draft.header, content, &draft.boundary, options.digest, &cms))
}

/// Signs content that stays outside: the DER of a detached CMS signature.
///
/// # Errors
/// [`SigningError`], but nothing about the form of the content.
pub fn sign_detached(
    content: &[&[u8]],
    signer: &dyn Signer,
    options: &SigningOptions,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, SigningError> {
    sign(content, false, signer, options, crypto)
}

/// Signs content that goes inside: the DER of a `.p7m`, as the providers' directory is signed
/// (RFC 6109 §4.5). System messages are never signed so.
///
/// # Errors
/// [`SigningError`], but nothing about the form of the content.
pub fn sign_opaque(
    content: &[&[u8]],
    signer: &dyn Signer,
    options: &SigningOptions,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, SigningError> {
    sign(content, true, signer, options, crypto)
}

fn sign(
    content: &[&[u8]],
    inside: bool,
    signer: &dyn Signer,
    options: &SigningOptions,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, SigningError> {
    check_signer(signer, options)?;
    let content_digest = crypto.digest_slices(options.digest, content.iter().copied())?;
    encode(content_digest, inside.then_some(content), signer, options, crypto)
}

fn encode(
    content_digest: Digest,
    content: Option<&[&[u8]]>,
    signer: &dyn Signer,
    options: &SigningOptions,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, SigningError> {
    let parts = SignedDataParts {
        content_type: oid::DATA,
        content,
        content_digest,
        signing_time: options.signing_time,
    };
    Ok(signed_data::encode(&parts, signer, crypto)?)
}

fn check_signer(signer: &dyn Signer, options: &SigningOptions) -> Result<(), SigningError> {
    let certificate = signer.certificate();
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if !(not_before..=not_after).contains(&options.signing_time) {
        return Err(SigningError::OutsideValidity { not_before, not_after });
    }
    if options.digest == DigestAlgorithm::Sha1 {
        return Err(SigningError::WeakDigest(options.digest));
    }
    match certificate.key() {
        KeyKind::Rsa { bits } if *bits < 2048 => return Err(SigningError::WeakKey),
        KeyKind::Rsa { .. } | KeyKind::Ec { curve: EcCurve::P256 | EcCurve::P384 } => {}
        _ => return Err(SigningError::WeakKey),
    }
    let profile = x509::profile(certificate);
    if profile.is_met() || options.allow_profile_breaches {
        Ok(())
    } else {
        Err(SigningError::Profile(Box::new(profile)))
    }
}
