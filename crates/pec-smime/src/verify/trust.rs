//! From the certificate to the anchor: path, revocation, algorithms.

use chrono::{DateTime, Utc};

use super::Verifier;
use super::outcome::{Outcome, Reason};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::x509::{
    self, AlgorithmFloor, Certificate, LeafUsage, PathOptions, PathVerdict, RevocationMode,
    RevocationStatus, Weakness,
};

/// How good the algorithms are that a signature rests on. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// SHA-1 or RSA below 2048 bits somewhere.
    Legacy,
    /// SHA-256 and RSA-2048 or better throughout.
    Current,
}

impl Verifier<'_> {
    /// Builds and judges the path. Algorithms are accepted down to the historic floor here and
    /// judged by [`Verifier::algorithms`], so that a weak one is not taken for a broken path.
    pub(super) fn path(
        &self,
        leaf: &Certificate,
        bag: &[Certificate],
        instant: DateTime<Utc>,
        usage: LeafUsage,
    ) -> PathVerdict {
        let mut options = PathOptions::at(instant)
            .with_revocation(RevocationMode::IfAvailable)
            .with_algorithm_floor(AlgorithmFloor::HISTORIC)
            .with_usage(usage);
        if self.policy.takes_later_revocation_data() {
            options = options.accepting_later_revocation_data();
        }
        x509::validate(leaf, bag, self.store, &options, self.crypto)
    }

    /// Whether message digest, signature, keys and certificates are good enough at `instant`.
    pub(super) fn algorithms(
        &self,
        message: Option<SignatureAlgorithm>,
        leaf: &Certificate,
        path: &PathVerdict,
        instant: DateTime<Utc>,
    ) -> (Outcome, Grade) {
        let mut weak_digests = Vec::new();
        let mut weak_keys = Vec::new();
        let mut refusal = None;
        if let Some(digest) = message.map(|algorithm| algorithm.digest()) {
            weak_digests.extend((digest == DigestAlgorithm::Sha1).then_some(digest));
            if !self.policy.accepts_digest(digest, instant) {
                refusal = Some(Reason::WeakDigest(digest));
            }
        }
        if !self.policy.accepts_key(leaf.key(), instant) {
            refusal = refusal.or_else(|| Some(Reason::WeakKey(leaf.key().clone())));
        }
        if matches!(leaf.key(), x509::KeyKind::Rsa { bits: ..2048 }) {
            weak_keys.push(leaf.key());
        }
        for weakness in path.valid().map(|path| path.weaknesses.as_slice()).unwrap_or_default() {
            match weakness {
                Weakness::Digest { digest, .. } => {
                    weak_digests.push(*digest);
                    if !self.policy.accepts_certificate_digest(*digest, instant) {
                        refusal = refusal.or(Some(Reason::WeakDigest(*digest)));
                    }
                }
                Weakness::Key { key, .. } => {
                    weak_keys.push(key);
                    if !self.policy.accepts_key(key, instant) {
                        refusal = refusal.or_else(|| Some(Reason::WeakKey(key.clone())));
                    }
                }
            }
        }
        let is_current = weak_digests.is_empty() && weak_keys.is_empty();
        let grade = if is_current { Grade::Current } else { Grade::Legacy };
        (refusal.map_or(Outcome::Passed, Outcome::Failed), grade)
    }
}

/// What the verdict on a path means for the check of the path alone.
pub(super) fn path_outcome(path: &PathVerdict) -> Outcome {
    match path {
        PathVerdict::Valid(_) => Outcome::Passed,
        PathVerdict::Invalid(path) => Outcome::Failed(Reason::Path {
            certificate: path.certificate,
            reason: path.reason.clone(),
        }),
        PathVerdict::Indeterminate(path) => Outcome::Indeterminate(Reason::PathUnknown {
            certificate: path.certificate,
            reason: path.reason.clone(),
        }),
    }
}

/// Whether everything on the path is known not to be revoked.
pub(super) fn revocation_outcome(path: &PathVerdict) -> Outcome {
    let statuses = match path {
        PathVerdict::Valid(path) => &path.revocation,
        PathVerdict::Invalid(path) => &path.revocation,
        PathVerdict::Indeterminate(path) => &path.revocation,
    };
    let mut outcome = Outcome::Passed;
    for (certificate, status) in statuses.iter().enumerate() {
        match status {
            RevocationStatus::Revoked { at, reason } => {
                let reason = x509::InvalidReason::Revoked { at: *at, reason: *reason };
                return Outcome::Failed(Reason::Path { certificate, reason });
            }
            RevocationStatus::Unknown(reason) if outcome.is_passed() => {
                let reason = reason.clone();
                outcome = Outcome::Indeterminate(Reason::RevocationUnknown { certificate, reason });
            }
            RevocationStatus::NotChecked if outcome.is_passed() => {
                outcome = Outcome::Indeterminate(Reason::NotReached);
            }
            _ => {}
        }
    }
    if statuses.is_empty() { Outcome::Indeterminate(Reason::NotReached) } else { outcome }
}
