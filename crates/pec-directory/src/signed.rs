//! The signed file, `.p7m`: verified before it is read (rfc6109 §4.5).

use std::fmt;

use chrono::{DateTime, Utc};
use pec_smime::{
    crypto::CryptoProvider,
    sign::{Signer, SigningError, SigningOptions, sign_opaque},
    verify::{Check, Grade, Outcome, Policy, Reason, SignerVerification, TimeSource, Verifier},
    x509::{Certificate, TrustStore},
};

use crate::{
    Contents, Deviation, ReadError, WriteError,
    limits::{MAX_FILE_BYTES, MAX_SIGNED_BYTES},
};

/// The media type of a signed file (rfc6109 §4.5.6).
pub const MEDIA_TYPE: &str = "application/pkcs7-mime; smime-type=signed-data";

/// The certificates whose signatures on the directory are believed: that of the centre, or that of
/// the provider whose file it is, with its successor while one is being renewed.
///
/// A pin is the certificate itself. No authority can make another one that counts, which is why no
/// chain is asked for.
#[derive(Clone, Debug, Default)]
pub struct PinnedSigners(Vec<Certificate>);

impl FromIterator<Certificate> for PinnedSigners {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        Self(certificates.into_iter().collect())
    }
}

impl PinnedSigners {
    /// Whether a certificate is among them.
    #[must_use]
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.0.iter().any(|pinned| pinned.der() == certificate.der())
    }
}

/// A file of the directory whose signature was verified. Only then is it read.
///
/// ```
/// # let now = "2026-11-21T12:00:00Z".parse()?;
/// # let pki = pec_smime::testpki::TestPki::new(now, &["centre.example"]);
/// # let centre = pki.provider("Centre", "centre.example", pec_smime::testpki::Shape::Sound);
/// # let crypto = pec_smime::crypto::CryptoProvider::rustcrypto();
/// # let signer = centre.signer(&crypto);
/// # let contents = pec_directory::fuzzing::contents(&[("Alfa", b"x", &["alfa.example"])]);
/// use pec_directory::{Directory, PinnedSigners, SignedFile};
/// use pec_smime::{sign::SigningOptions, verify::Policy};
///
/// let p7m = contents.to_p7m(&signer, &SigningOptions::new(now), &crypto)?;
///
/// let pins = PinnedSigners::from_iter([centre.certificate().clone()]);
/// let file = SignedFile::verify(&p7m, &pins, Policy::strict(), now, &crypto)?;
/// let (contents, _deviations) = file.contents(&crypto)?;
/// let directory = Directory::new(contents, now).with_signed_at(file.claimed_signing_time());
/// assert_eq!(directory.domain_count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SignedFile {
    ldif: Vec<u8>,
    signer: Certificate,
    signing_time: Option<DateTime<Utc>>,
    grade: Grade,
}

/// Why a signed file is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedFileError {
    /// Larger than [`MAX_SIGNED_BYTES`], or its content than [`MAX_FILE_BYTES`].
    #[error("{size} octets, more than the limit")]
    TooLarge {
        /// Its size, in octets.
        size: usize,
    },
    /// Not a signed structure with its content inside, or no signature holds, or the algorithms
    /// are too weak for the policy.
    #[error("{check:?}: {reason}")]
    Signature {
        /// The check.
        check: Check,
        /// Why it does not hold, or why it cannot be told.
        reason: Reason,
    },
    /// Signed, but by nobody who is pinned.
    #[error("the signer is not a pinned one: {subject}")]
    NotPinned {
        /// The subject of the signer's certificate.
        subject: Box<str>,
    },
    /// Signed by a pinned certificate that is not valid at the instant.
    #[error("the signer's certificate is valid from {not_before} to {not_after}")]
    NotInForce {
        /// The first instant of its validity.
        not_before: DateTime<Utc>,
        /// The last instant of its validity.
        not_after: DateTime<Utc>,
    },
}

impl SignedFile {
    /// Verifies an opaque CMS structure, DER or BER, as of `now`.
    ///
    /// What counts is a signature that holds, by a certificate that is pinned and valid at that
    /// instant, with algorithms that the policy accepts. Other signatures beside it do no harm.
    ///
    /// # Errors
    /// [`SignedFileError`]: the first thing that fails, of the signer that comes nearest.
    // rfc6109 §4.5#2; norms 49
    pub fn verify(
        p7m: &[u8],
        pins: &PinnedSigners,
        policy: Policy,
        now: DateTime<Utc>,
        crypto: &CryptoProvider,
    ) -> Result<Self, SignedFileError> {
        if p7m.len() > MAX_SIGNED_BYTES {
            return Err(SignedFileError::TooLarge { size: p7m.len() });
        }
        let store = TrustStore::new();
        let verification = Verifier::new(&store, crypto, policy).opaque(p7m, now);
        must_pass(Check::Existence, verification.outcome(Check::Existence))?;
        let signers = verification.signers().iter();
        let is_pinned = |signer: &&SignerVerification| {
            signer.certificate().is_some_and(|certificate| pins.contains(certificate))
        };
        let mut error = None;
        for signer in signers.clone().filter(is_pinned).chain(signers) {
            match judge(signer, pins, now) {
                Ok(certificate) => {
                    let ldif = verification.unverified_content().unwrap_or_default();
                    if ldif.len() > MAX_FILE_BYTES {
                        return Err(SignedFileError::TooLarge { size: ldif.len() });
                    }
                    return Ok(Self {
                        ldif: ldif.to_vec(),
                        signer: certificate.clone(),
                        signing_time: signer.claimed_signing_time(),
                        grade: signer.grade(),
                    });
                }
                Err(found) => _ = error.get_or_insert(found),
            }
        }
        let reason = Reason::NoSigner;
        Err(error.unwrap_or(SignedFileError::Signature { check: Check::Existence, reason }))
    }

    /// The LDIF file that is signed.
    #[must_use]
    pub fn ldif(&self) -> &[u8] {
        &self.ldif
    }

    /// Reads the file: see [`Contents::from_ldif`].
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn contents(
        &self,
        crypto: &CryptoProvider,
    ) -> Result<(Contents, Vec<Deviation>), ReadError> {
        Contents::from_ldif(&self.ldif, crypto)
    }

    /// The pinned certificate that signed.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// When the signer claims to have signed.
    #[must_use]
    pub const fn claimed_signing_time(&self) -> Option<DateTime<Utc>> {
        self.signing_time
    }

    /// How good the algorithms are.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        self.grade
    }
}

impl fmt::Debug for SignedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedFile")
            .field("octets", &self.ldif.len())
            .field("signer", &self.signer.subject())
            .field("signing_time", &self.signing_time)
            .field("grade", &self.grade)
            .finish()
    }
}

/// The pinned certificate of a signer whose signature counts. Path and revocation are questions
/// to authorities, and the pin takes their place.
fn judge<'s>(
    signer: &'s SignerVerification,
    pins: &PinnedSigners,
    now: DateTime<Utc>,
) -> Result<&'s Certificate, SignedFileError> {
    let decisive = [Check::Content, Check::Signature, Check::Signer, Check::Algorithms];
    for (check, outcome) in signer.checks() {
        if decisive.contains(&check) {
            must_pass(check, outcome)?;
        }
    }
    let no_certificate = || SignedFileError::NotPinned { subject: "".into() };
    let certificate = signer.certificate().ok_or_else(no_certificate)?;
    if !pins.contains(certificate) {
        return Err(SignedFileError::NotPinned { subject: certificate.subject().into() });
    }
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    let judged_at = signer.judged_at();
    let mut instants = vec![judged_at.instant];
    // What only the signer says does not make an expired certificate valid.
    instants.extend((judged_at.source == TimeSource::ClaimedSigningTime).then_some(now));
    if !instants.iter().all(|instant| (not_before..=not_after).contains(instant)) {
        return Err(SignedFileError::NotInForce { not_before, not_after });
    }
    Ok(certificate)
}

fn must_pass(check: Check, outcome: Outcome) -> Result<(), SignedFileError> {
    match outcome {
        Outcome::Passed => Ok(()),
        Outcome::Failed(reason) | Outcome::Indeterminate(reason) => {
            Err(SignedFileError::Signature { check, reason })
        }
    }
}

/// Why contents were not written as a signed file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The contents cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Signing failed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

impl Contents {
    /// Writes the file with its signature and the signer's certificate around it: one PKCS#7
    /// structure in DER, as a `.p7m` holds it.
    ///
    /// # Errors
    /// [`SealError`].
    // rfc6109 §4.5#2, #3; norms 49
    pub fn to_p7m(
        &self,
        signer: &dyn Signer,
        options: &SigningOptions,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, SealError> {
        let ldif = self.to_ldif()?;
        Ok(sign_opaque(&[ldif.as_bytes()], signer, options, crypto)?)
    }
}
