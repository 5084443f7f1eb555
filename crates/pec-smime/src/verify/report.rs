//! The result of a verification.

use std::borrow::Cow;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::content::ContentForm;
use super::outcome::{Check, Outcome, Reason};
use super::policy::Policy;
use super::signature::AttributeOrder;
use super::stamp::StampVerification;
use super::trust::Grade;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::multipart::StructureRemark;
use crate::x509::{Certificate, PathVerdict, ProfileReport};

/// What is known about a signed message after verification: every check with its outcome, and the
/// evidence.
///
/// It is not a yes or no. [`Verification::verdict`] sums up under the policy;
/// [`Verification::signed_content`] gives the octets that are signed, and nothing else is.
#[derive(Clone, Debug)]
pub struct Verification<'a> {
    pub(super) policy: Policy,
    pub(super) existence: Outcome,
    pub(super) content: Option<Cow<'a, [u8]>>,
    pub(super) content_range: Option<Range<usize>>,
    pub(super) remarks: Vec<StructureRemark>,
    pub(super) micalg: Option<String>,
    pub(super) signers: Vec<SignerVerification>,
    pub(super) unreadable_certificates: usize,
}

/// The sum of all checks under the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// All that the policy demands holds.
    Valid,
    /// Something that the policy demands does not hold.
    Invalid {
        /// The first check that failed.
        check: Check,
        /// Why.
        reason: Reason,
    },
    /// Something that the policy demands cannot be told. For a gestore this is a temporary
    /// refusal, never "ordinary mail".
    Undecided {
        /// The first check that is not decided.
        check: Check,
        /// Why.
        reason: Reason,
    },
}

impl<'a> Verification<'a> {
    /// The sum of all checks under the policy.
    ///
    /// Of several signers the first one counts whose signature is valid, else the first one.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.policy.sum(&self.checks())
    }

    /// Whether the verdict is [`Verdict::Valid`].
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verdict() == Verdict::Valid
    }

    /// All checks in the order of RFC 6109 §2.2.2, those of the [`signer`](Verification::signer)
    /// included. *Signature origin* is judged higher up, with the directory.
    #[must_use]
    pub fn checks(&self) -> Vec<(Check, Outcome)> {
        let signer = self.signer().map(SignerVerification::checks);
        std::iter::once((Check::Existence, self.existence.clone()))
            .chain(signer.unwrap_or_default())
            .collect()
    }

    /// The outcome of one check; [`Reason::NotReached`] when an earlier one left nothing to judge.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.checks()
            .into_iter()
            .find(|(found, _)| *found == check)
            .map_or(Outcome::Indeterminate(Reason::NotReached), |(_, outcome)| outcome)
    }

    /// The octets that are signed: the MIME entity, its header included, or the content of an
    /// opaque structure. `None` unless digest, signature and choice of certificate hold, whatever
    /// the certificate is worth.
    ///
    /// They are given as received, also where the signature is over their
    /// [canonical form](ContentForm::CrlfCanonical).
    ///
    /// Nothing outside of these octets is signed: not the outer header, not the preamble, not
    /// what follows.
    #[must_use]
    pub fn signed_content(&self) -> Option<&[u8]> {
        let signer = self.signer()?;
        if signer.is_cryptographically_sound() { self.content.as_deref() } else { None }
    }

    /// The content that the signature claims to cover, checked or not.
    #[must_use]
    pub fn unverified_content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// Where the content is in the message, when it is a part of one.
    #[must_use]
    pub fn content_range(&self) -> Option<Range<usize>> {
        self.content_range.clone()
    }

    /// The signer that counts.
    #[must_use]
    pub fn signer(&self) -> Option<&SignerVerification> {
        let is_valid =
            |signer: &&SignerVerification| self.policy.sum(&signer.checks()) == Verdict::Valid;
        let is_sound = |signer: &&SignerVerification| signer.is_cryptographically_sound();
        self.signers
            .iter()
            .find(is_valid)
            .or_else(|| self.signers.iter().find(is_sound))
            .or_else(|| self.signers.first())
    }

    /// All signers.
    #[must_use]
    pub fn signers(&self) -> &[SignerVerification] {
        &self.signers
    }

    /// The policy that was applied.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is unusual in the structure, without consequence for the signature.
    #[must_use]
    pub fn remarks(&self) -> &[StructureRemark] {
        &self.remarks
    }

    /// The `micalg` parameter as written, when it names another digest than the signer used.
    #[must_use]
    pub fn disagreeing_micalg(&self) -> Option<&str> {
        let micalg = self.micalg.as_deref()?;
        let used = self.signer()?.digest?;
        // Several digests may be listed.
        let named = micalg.split(',').any(|name| DigestAlgorithm::from_micalg(name) == Some(used));
        (!named).then_some(micalg)
    }

    /// How many certificates in the structure cannot be read and were passed over.
    #[must_use]
    pub const fn unreadable_certificates(&self) -> usize {
        self.unreadable_certificates
    }
}

impl Policy {
    /// The verdict on a list of checks.
    fn sum(&self, checks: &[(Check, Outcome)]) -> Verdict {
        let mut undecided = None;
        for (check, outcome) in checks {
            match (check, outcome) {
                (_, Outcome::Passed) => {}
                (Check::Profile, _) if !self.demands_profile() => {}
                (Check::Revocation, Outcome::Indeterminate(_))
                    if self.allows_unknown_revocation() => {}
                (check, Outcome::Failed(reason)) => {
                    return Verdict::Invalid { check: *check, reason: reason.clone() };
                }
                (check, Outcome::Indeterminate(reason)) => {
                    undecided.get_or_insert((*check, reason.clone()));
                }
            }
        }
        match undecided {
            None => Verdict::Valid,
            Some((check, reason)) => Verdict::Undecided { check, reason },
        }
    }
}

/// At which instant certificates were judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedAt {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// Who says so.
    pub source: TimeSource,
}

/// Who says at which instant something was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeSource {
    /// The caller.
    Caller,
    /// An RFC 3161 time stamp that was verified.
    TimeStamp,
    /// Only the signer himself.
    ClaimedSigningTime,
}

/// What is known about one signer.
#[derive(Clone, Debug)]
pub struct SignerVerification {
    pub(super) certificate: Option<Certificate>,
    pub(super) digest: Option<DigestAlgorithm>,
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) signing_time: Option<DateTime<Utc>>,
    pub(super) form: Option<ContentForm>,
    pub(super) order: Option<AttributeOrder>,
    pub(super) judged_at: JudgedAt,
    pub(super) stamps: Vec<StampVerification>,
    pub(super) path: Option<PathVerdict>,
    pub(super) profile: Option<ProfileReport>,
    pub(super) grade: Grade,
    pub(super) outcomes: SignerOutcomes,
}

/// One outcome for each check of a signer.
#[derive(Clone, Debug)]
pub(super) struct SignerOutcomes {
    pub(super) content: Outcome,
    pub(super) signature: Outcome,
    pub(super) signer: Outcome,
    pub(super) algorithms: Outcome,
    pub(super) path: Outcome,
    pub(super) revocation: Outcome,
    pub(super) profile: Outcome,
}

impl SignerVerification {
    /// The checks of this signer in the order of RFC 6109 §2.2.2.
    #[must_use]
    pub fn checks(&self) -> Vec<(Check, Outcome)> {
        let outcomes = &self.outcomes;
        [
            (Check::Content, &outcomes.content),
            (Check::Signature, &outcomes.signature),
            (Check::Signer, &outcomes.signer),
            (Check::Algorithms, &outcomes.algorithms),
            (Check::Path, &outcomes.path),
            (Check::Revocation, &outcomes.revocation),
            (Check::Profile, &outcomes.profile),
        ]
        .into_iter()
        .map(|(check, outcome)| (check, outcome.clone()))
        .collect()
    }

    /// Whether digest, signature and choice of certificate hold.
    #[must_use]
    pub const fn is_cryptographically_sound(&self) -> bool {
        let outcomes = &self.outcomes;
        outcomes.content.is_passed()
            && outcomes.signature.is_passed()
            && outcomes.signer.is_passed()
    }

    /// The signer's certificate: the one whose key verifies the signature, else the one that the
    /// identifier fits. It gives what is needed to judge the origin: addresses, names,
    /// fingerprints.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// The path to the anchor with the revocation evidence for each certificate.
    #[must_use]
    pub const fn path(&self) -> Option<&PathVerdict> {
        self.path.as_ref()
    }

    /// The profile of RFC 6109 §5.5, item by item.
    #[must_use]
    pub const fn profile(&self) -> Option<&ProfileReport> {
        self.profile.as_ref()
    }

    /// The instant at which the certificates were judged, and who says so.
    #[must_use]
    pub const fn judged_at(&self) -> JudgedAt {
        self.judged_at
    }

    /// The signing time that the signer claims.
    #[must_use]
    pub const fn claimed_signing_time(&self) -> Option<DateTime<Utc>> {
        self.signing_time
    }

    /// The time stamps over the signature. They are looked at only if the policy
    /// [accepts](Policy::accept_time_stamps) them.
    #[must_use]
    pub fn time_stamps(&self) -> &[StampVerification] {
        &self.stamps
    }

    /// The digest algorithm, if it is known here.
    #[must_use]
    pub const fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        self.digest
    }

    /// The signature algorithm, if it is known here.
    #[must_use]
    pub const fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.algorithm
    }

    /// How good the algorithms are.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        self.grade
    }

    /// In which form the content carries the signature, once that is known.
    #[must_use]
    pub const fn content_form(&self) -> Option<ContentForm> {
        self.form
    }

    /// In which order the signed attributes carry the signature; `None` without attributes or
    /// when it does not verify.
    #[must_use]
    pub const fn attribute_order(&self) -> Option<AttributeOrder> {
        self.order
    }
}
