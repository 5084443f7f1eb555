//! Verification of signed messages: the checks of RFC 6109 §2.2.2, in order, each with its reason.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use pec_smime::crypto::CryptoProvider;
//! use pec_smime::verify::{Policy, Verdict, Verifier};
//! use pec_smime::x509::TrustStore;
//!
//! fn judge(message: &[u8], store: &TrustStore, now: DateTime<Utc>) -> Verdict {
//!     let crypto = CryptoProvider::rustcrypto();
//!     let verification = Verifier::new(store, &crypto, Policy::strict()).message(message, now);
//!     for (check, outcome) in verification.checks() {
//!         println!("{check:?} ({}): {outcome}", check.section());
//!     }
//!     verification.verdict()
//! }
//! # let verdict = judge(b"Subject: x\r\n\r\n", &TrustStore::new(), DateTime::UNIX_EPOCH);
//! # assert!(matches!(verdict, Verdict::Invalid { .. }));
//! ```

mod content;
mod outcome;
mod policy;
mod report;
mod signature;
mod stamp;
mod trust;

#[cfg(test)]
mod tests;

pub use content::ContentForm;
pub use outcome::{Check, Outcome, Reason};
pub use policy::Policy;
pub use report::{JudgedAt, SignerVerification, TimeSource, Verdict, Verification};
pub use signature::AttributeOrder;
pub use stamp::StampVerification;
pub use trust::Grade;

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::asn1;
use crate::cms::{CertificateChoice, CmsError, SignedData, SignerInfo};
use crate::crypto::CryptoProvider;
use crate::limits;
use crate::multipart::{SignedMultipart, StructureError};
use crate::x509::{self, Certificate, LeafUsage, PathVerdict, TrustStore};
use content::Content;
use report::SignerOutcomes;
use signature::{Findings, judge, readable_certificates};
use trust::{path_outcome, revocation_outcome};

/// Verifies messages against one trust store under one policy.
#[derive(Clone, Debug)]
pub struct Verifier<'v> {
    store: &'v TrustStore,
    crypto: &'v CryptoProvider,
    policy: Policy,
}

impl<'v> Verifier<'v> {
    /// A verifier.
    #[must_use]
    pub const fn new(store: &'v TrustStore, crypto: &'v CryptoProvider, policy: Policy) -> Self {
        Self { store, crypto, policy }
    }

    /// Verifies a message that must itself be `multipart/signed` (RFC 6109 §2.1), as of `now`.
    #[must_use]
    pub fn message<'a>(&self, message: &'a [u8], now: DateTime<Utc>) -> Verification<'a> {
        self.located(SignedMultipart::locate(message), now)
    }

    /// Verifies a `multipart/signed` that is nested in a message, see
    /// [`SignedMultipart::locate_at_nested_path`]. What is around it is not signed.
    #[must_use]
    pub fn message_at_nested_path<'a>(
        &self,
        message: &'a [u8],
        path: &[usize],
        now: DateTime<Utc>,
    ) -> Verification<'a> {
        self.located(SignedMultipart::locate_at_nested_path(message, path), now)
    }

    /// Verifies a detached CMS signature, DER or BER, over `content` as it is.
    #[must_use]
    pub fn detached<'a>(
        &self,
        content: &'a [u8],
        cms: &[u8],
        now: DateTime<Utc>,
    ) -> Verification<'a> {
        let mut verification = self.empty();
        self.run(&mut verification, cms, Some(Content::of_octets(content.into())), now);
        verification
    }

    /// Verifies CMS, DER or BER, with its content inside: the providers' directory as `.p7m`
    /// (RFC 6109 §4.5).
    ///
    /// The profile of §5.5, which is about providers, is reported and not demanded.
    #[must_use]
    pub fn opaque(&self, cms: &[u8], now: DateTime<Utc>) -> Verification<'static> {
        let mut verification = self.empty();
        verification.policy = verification.policy.allow_profile_breaches();
        self.run(&mut verification, cms, None, now);
        verification
    }

    fn located<'a>(
        &self,
        located: Result<SignedMultipart<'a>, StructureError>,
        now: DateTime<Utc>,
    ) -> Verification<'a> {
        let mut verification = self.empty();
        match located {
            Err(error) => verification.existence = Outcome::Failed(Reason::Structure(error)),
            Ok(signed) => {
                verification.content_range = Some(signed.content_range());
                verification.remarks = signed.remarks().to_vec();
                verification.micalg = signed.micalg().map(str::to_owned);
                let content = Content::of_mail(signed.content());
                self.run(&mut verification, signed.cms(), Some(content), now);
            }
        }
        verification
    }

    fn empty<'a>(&self) -> Verification<'a> {
        Verification {
            policy: self.policy.clone(),
            existence: Outcome::Passed,
            content: None,
            content_range: None,
            remarks: Vec::new(),
            micalg: None,
            signers: Vec::new(),
            unreadable_certificates: 0,
        }
    }

    /// Reads the CMS structure and judges every signer. `detached` is the content outside.
    fn run<'a>(
        &self,
        verification: &mut Verification<'a>,
        cms: &[u8],
        detached: Option<Content<'a>>,
        now: DateTime<Utc>,
    ) {
        let limit = if detached.is_some() { limits::CMS_OCTETS } else { limits::CMS_OPAQUE_OCTETS };
        let outcome = if cms.len() > limit {
            Err(Reason::Cms(CmsError::TooLong(cms.len())))
        } else {
            self.read_and_judge(verification, cms, detached, now)
        };
        if let Err(reason) = outcome {
            verification.existence = Outcome::Failed(reason);
        }
    }

    fn read_and_judge<'a>(
        &self,
        verification: &mut Verification<'a>,
        cms: &[u8],
        detached: Option<Content<'a>>,
        now: DateTime<Utc>,
    ) -> Result<(), Reason> {
        let der = asn1::normalise(cms).map_err(CmsError::from)?;
        let signed = SignedData::from_der(&der)?;
        let mut content = match (detached, signed.content()) {
            (Some(_), Some(_)) => return Err(Reason::ContentTwice),
            (Some(content), None) => content,
            (None, Some(inside)) => Content::of_octets(Cow::Owned(inside.to_vec())),
            (None, None) => return Err(Reason::NoContent),
        };
        if signed.signers().is_empty() {
            return Err(Reason::NoSigner);
        }
        let bag = readable_certificates(&signed);
        verification.unreadable_certificates = signed
            .certificates()
            .iter()
            .filter(|choice| matches!(choice, CertificateChoice::Certificate(_)))
            .count()
            .saturating_sub(bag.len());
        for info in signed.signers() {
            let findings = judge(&signed, info, &mut content, &bag, self.crypto);
            verification.signers.push(self.signer(info, findings, &bag, now));
        }
        verification.content = Some(content.into_octets());
        Ok(())
    }

    /// Adds to what cryptography found what the certificate is worth.
    fn signer(
        &self,
        info: &SignerInfo<'_>,
        findings: Findings,
        bag: &[Certificate],
        now: DateTime<Utc>,
    ) -> SignerVerification {
        let stamps = self.stamps(info);
        let judged_at = self.instant(&stamps, findings.signing_time, now);
        let not_reached = || Outcome::Indeterminate(Reason::NotReached);
        let mut verification = SignerVerification {
            certificate: findings.certificate,
            digest: findings.digest,
            algorithm: findings.algorithm,
            signing_time: findings.signing_time,
            form: findings.form,
            order: findings.order,
            judged_at,
            stamps,
            path: None,
            profile: None,
            grade: Grade::Legacy,
            outcomes: SignerOutcomes {
                content: findings.content,
                signature: findings.signature,
                signer: findings.signer,
                algorithms: not_reached(),
                path: not_reached(),
                revocation: not_reached(),
                profile: not_reached(),
            },
        };
        if let Some(leaf) = verification.certificate.clone() {
            self.judge_certificate(&mut verification, &leaf, bag, now);
        }
        verification
    }

    fn judge_certificate(
        &self,
        verification: &mut SignerVerification,
        leaf: &Certificate,
        bag: &[Certificate],
        now: DateTime<Utc>,
    ) {
        let JudgedAt { instant, source } = verification.judged_at;
        let any_usage = self.policy.takes_any_usage();
        let usage = if any_usage { LeafUsage::Any } else { LeafUsage::EmailSigning };
        let path = self.path(leaf, bag, instant, usage.clone());
        let outcomes = &mut verification.outcomes;
        (outcomes.algorithms, verification.grade) =
            self.algorithms(verification.algorithm, leaf, &path, instant);
        outcomes.path = path_outcome(&path);
        outcomes.revocation = revocation_outcome(&path);
        if source == TimeSource::ClaimedSigningTime && outcomes.path.is_passed() {
            // Whoever holds a stolen key claims a time before it was revoked.
            let present = self.path(leaf, bag, now, usage);
            outcomes.path = claimed_time_outcome(instant, &present, now);
            if outcomes.revocation.is_passed() && outcomes.path.is_passed() {
                outcomes.revocation = revocation_outcome(&present);
            }
        }
        let profile = x509::profile(leaf);
        outcomes.profile =
            if profile.is_met() { Outcome::Passed } else { Outcome::Failed(Reason::Profile) };
        verification.path = Some(path);
        verification.profile = Some(profile);
    }

    /// Verifies the time stamps over a signature, if the policy wants to know.
    fn stamps(&self, info: &SignerInfo<'_>) -> Vec<StampVerification> {
        if !self.policy.uses_time_stamps() {
            return Vec::new();
        }
        let attributes = info.unsigned_attributes().unwrap_or_default();
        attributes
            .time_stamps()
            .take(limits::CMS_SIGNERS)
            .map(|token| self.time_stamp(token, info.signature()))
            .collect()
    }

    /// The instant to judge certificates at: that of an archive, of the earliest good time stamp,
    /// the claimed one, or now.
    fn instant(
        &self,
        stamps: &[StampVerification],
        claimed: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> JudgedAt {
        let stamped = stamps.iter().filter(|stamp| stamp.outcome().is_passed());
        let stamped = stamped.filter_map(StampVerification::time).filter(|time| *time <= now).min();
        let claimed = claimed.filter(|_| self.policy.uses_claimed_time());
        let (instant, source) = match (self.policy.instant(), stamped, claimed) {
            (Some(instant), _, _) => (instant, TimeSource::Caller),
            (None, Some(time), _) => (time, TimeSource::TimeStamp),
            (None, None, Some(time)) => (time, TimeSource::ClaimedSigningTime),
            (None, None, None) => (now, TimeSource::Caller),
        };
        JudgedAt { instant, source }
    }
}

/// A path that is valid at a time which only the signer claims: plainly valid if the time makes no
/// difference, that is if there is a path at present as well, nothing on it expired or revoked.
fn claimed_time_outcome(
    claimed: DateTime<Utc>,
    present: &PathVerdict,
    now: DateTime<Utc>,
) -> Outcome {
    if claimed > now {
        return Outcome::Failed(Reason::ClaimedTimeInFuture);
    }
    if path_outcome(present).is_passed() {
        Outcome::Passed
    } else {
        Outcome::Indeterminate(Reason::ClaimedTime)
    }
}
