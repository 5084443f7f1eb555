//! Finding paths within budgets (RFC 4158), and judging each that is found.
//!
//! The search goes from the leaf up, issuers that look right first. An edge counts only if the
//! signature verifies, so a bag full of look-alikes is cut down early; every signature is verified
//! at most once. What hostile input can make this code do is bounded by the constants in
//! [`limits`](crate::limits), for the path and for all signers of CRLs together.

use core::ops::ControlFlow;
use std::collections::HashMap;

use super::certificate::Certificate;
use super::constraints::Comparisons;
use super::extension::AuthorityKeyId;
use super::general_name::directory_names;
use super::name::NameKey;
use super::options::{PathOptions, RevocationMode};
use super::rules::{self, Usage};
use super::signed::{PublicKey, Signed};
use super::store::{TrustAnchor, TrustStore};
use super::verdict::{
    Budget, IndeterminatePath, IndeterminateReason, InvalidPath, InvalidReason, PathVerdict,
    RevocationStatus, ValidPath,
};
use crate::crypto::{CryptoProvider, SignatureAlgorithm, SignatureError};
use crate::limits;

/// All that one call of [`validate`](super::validate) knows and may still spend.
pub(crate) struct Judge<'a> {
    pub(crate) store: &'a TrustStore,
    pub(crate) options: &'a PathOptions,
    pub(crate) crypto: &'a CryptoProvider,
    supplied: HashMap<&'a NameKey, Vec<&'a Certificate>>,
    /// Outcomes by the identities of what was signed and whose key was tried.
    verified: HashMap<(usize, usize), Result<(), SignatureError>>,
    /// The certificates whose status is being found out, to notice circles.
    pub(crate) judging: Vec<Certificate>,
    comparisons: Comparisons,
    signatures_left: usize,
    steps_left: usize,
    paths_left: usize,
    /// The first limit that was reached.
    exhausted: Option<Budget>,
}

/// Where a path must lead, and what its first certificate must be good for.
#[derive(Clone, Copy)]
pub(crate) struct Goal<'g> {
    /// RFC 5280 §6.3.3 (f): the path of a CRL's signer ends at the same anchor.
    pub(crate) anchor: Option<&'g TrustAnchor>,
    pub(crate) usage: Usage,
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureFailure {
    AlgorithmsDiffer,
    Budget,
    Crypto(SignatureError),
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        supplied: &'a [Certificate],
        store: &'a TrustStore,
        options: &'a PathOptions,
        crypto: &'a CryptoProvider,
    ) -> Self {
        let mut by_subject: HashMap<_, Vec<_>> = HashMap::new();
        for certificate in supplied {
            by_subject.entry(certificate.subject_name().key()).or_default().push(certificate);
        }
        Self {
            store,
            options,
            crypto,
            supplied: by_subject,
            verified: HashMap::new(),
            judging: Vec::new(),
            comparisons: Comparisons(limits::NAME_COMPARISONS),
            signatures_left: limits::SIGNATURE_CHECKS,
            steps_left: limits::PATH_STEPS,
            paths_left: limits::PATHS_JUDGED,
            exhausted: None,
        }
    }

    /// The verdict over a leaf. If a limit was reached before a valid path was found, that is the
    /// verdict: what else was found need not be all.
    pub(crate) fn verdict(&mut self, leaf: &Certificate) -> PathVerdict {
        let found = self.find_path(leaf, Goal { anchor: None, usage: Usage::Leaf });
        match self.exhausted {
            Some(budget) if found.valid().is_none() => {
                indeterminate(IndeterminateReason::Budget(budget), 0, found.chain(), Vec::new())
            }
            _ => found,
        }
    }

    /// The best verdict over all paths from `first` to the goal.
    pub(crate) fn find_path(&mut self, first: &Certificate, goal: Goal<'_>) -> PathVerdict {
        let mut path = vec![first.clone()];
        let mut best = indeterminate(IndeterminateReason::NoPath, 0, &path, Vec::new());
        // Broken off or not, the best verdict stands in `best`.
        let _ = self.extend(&mut path, goal, &mut best);
        best
    }

    /// Verifies a signature unless that was done before.
    pub(crate) fn signature(
        &mut self,
        signed: Signed<'_>,
        key: PublicKey<'_>,
    ) -> Result<(), SignatureFailure> {
        if !signed.algorithms_agree {
            return Err(SignatureFailure::AlgorithmsDiffer);
        }
        let pair = (signed.identity, key.identity);
        if let Some(known) = self.verified.get(&pair) {
            return known.map_err(SignatureFailure::Crypto);
        }
        if self.spend(Budget::Signatures, 1).is_break() {
            return Err(SignatureFailure::Budget);
        }
        let outcome = SignatureAlgorithm::from_der(signed.algorithm).and_then(|algorithm| {
            self.crypto.verify_message(&algorithm, key.spki, signed.tbs, signed.signature)
        });
        self.verified.insert(pair, outcome);
        outcome.map_err(SignatureFailure::Crypto)
    }

    pub(crate) fn comparisons(&mut self) -> &mut Comparisons {
        &mut self.comparisons
    }

    /// Known certificates with this subject, those that an authorityKeyIdentifier points at first.
    ///
    /// The identifier is a hint alone: names and signatures decide.
    pub(crate) fn candidates(
        &mut self,
        subject: &NameKey,
        hint: Option<&AuthorityKeyId>,
    ) -> Vec<Certificate> {
        let stored = self.store.intermediates_named(subject).iter();
        let supplied = self.supplied.get(subject).into_iter().flatten().copied();
        let mut found: Vec<Certificate> = stored.chain(supplied).cloned().collect();
        if self.spend(Budget::Steps, found.len()).is_break() {
            return Vec::new();
        }
        let instant = self.options.instant;
        found.sort_by_cached_key(|certificate| {
            let in_force = (certificate.not_before()..=certificate.not_after()).contains(&instant);
            (hint_distance(certificate, hint), !certificate.is_ca(), !in_force)
        });
        found
    }

    /// Rules first, revocation after them from the anchor down, so that the keys of CRL signers in
    /// the path are known good before their lists are used.
    fn judge(&mut self, path: &[Certificate], anchor: &TrustAnchor, usage: Usage) -> PathVerdict {
        let mut revocation = vec![RevocationStatus::NotChecked; path.len()];
        let checked = rules::check(path, anchor, self.options, usage, &mut self.comparisons);
        let (policies, weaknesses) = match checked {
            Ok(checked) => checked,
            Err(rules::Broken::Rule { certificate, reason }) => {
                return invalid(reason, certificate, path, revocation);
            }
            Err(rules::Broken::TooManyNames { certificate }) => {
                self.exhaust(Budget::NameComparisons);
                let reason = IndeterminateReason::Budget(Budget::NameComparisons);
                return indeterminate(reason, certificate, path, revocation);
            }
        };
        if self.options.revocation != RevocationMode::Off {
            for index in (0..path.len()).rev() {
                let status = self.revocation_status(path, index, anchor);
                if let Some(slot) = revocation.get_mut(index) {
                    *slot = status.clone();
                }
                match status {
                    RevocationStatus::Revoked { at, reason } => {
                        let reason = InvalidReason::Revoked { at, reason };
                        return invalid(reason, index, path, revocation);
                    }
                    RevocationStatus::Unknown(why)
                        if self.options.revocation == RevocationMode::Require =>
                    {
                        let reason = IndeterminateReason::Revocation(why);
                        return indeterminate(reason, index, path, revocation);
                    }
                    _ => {}
                }
            }
        }
        PathVerdict::Valid(ValidPath {
            chain: path.to_vec(),
            anchor: anchor.clone(),
            revocation,
            policies,
            weaknesses,
        })
    }

    /// Tries every issuer of the last certificate of `path`.
    fn extend(
        &mut self,
        path: &mut Vec<Certificate>,
        goal: Goal<'_>,
        best: &mut PathVerdict,
    ) -> ControlFlow<()> {
        let Some(last) = path.last().cloned() else {
            return ControlFlow::Continue(());
        };
        // RFC 5280 §4.1.2.4: an issuer has a name. Without this rule all the nameless would match.
        if last.issuer_name().is_empty() {
            return ControlFlow::Continue(());
        }
        let issuer = last.issuer_name().key();
        for anchor in self.store.anchors_named(issuer) {
            self.spend(Budget::Steps, 1)?;
            if goal.anchor.is_some_and(|wanted| wanted != anchor)
                || !self.is_issued_by(path, anchor.certificate(), best)?
            {
                continue;
            }
            self.spend(Budget::Paths, 1)?;
            let verdict = self.judge(path, anchor, goal.usage);
            keep_better(best, verdict)?;
        }
        let hint = last.extensions().authority_key_id.as_ref();
        for candidate in self.candidates(issuer, hint) {
            if path.iter().any(|other| is_same_entity(other, &candidate)) {
                continue;
            }
            if path.len() >= limits::PATH_LENGTH {
                self.exhaust(Budget::PathLength);
                break;
            }
            self.spend(Budget::Steps, 1)?;
            if self.is_issued_by(path, &candidate, best)? {
                path.push(candidate);
                self.extend(path, goal, best)?;
                path.pop();
            }
        }
        ControlFlow::Continue(())
    }

    /// RFC 5280 §6.1.3 (a)(1) for the last certificate of `path`; a failure is kept as a verdict.
    fn is_issued_by(
        &mut self,
        path: &[Certificate],
        issuer: &Certificate,
        best: &mut PathVerdict,
    ) -> ControlFlow<(), bool> {
        let Some(last) = path.last() else {
            return ControlFlow::Continue(false);
        };
        let place = path.len().saturating_sub(1);
        let verdict = match self.signature(last.signed(), issuer.public_key()) {
            Ok(()) => return ControlFlow::Continue(true),
            Err(SignatureFailure::Budget) => return ControlFlow::Break(()),
            Err(SignatureFailure::AlgorithmsDiffer) => {
                invalid(InvalidReason::AlgorithmsDiffer, place, path, Vec::new())
            }
            Err(SignatureFailure::Crypto(SignatureError::UnsupportedAlgorithm)) => {
                let reason = IndeterminateReason::UnsupportedAlgorithm;
                indeterminate(reason, place, path, Vec::new())
            }
            Err(SignatureFailure::Crypto(error)) => {
                invalid(InvalidReason::Signature(error), place, path, Vec::new())
            }
        };
        keep_better(best, verdict)?;
        ControlFlow::Continue(false)
    }

    fn spend(&mut self, budget: Budget, amount: usize) -> ControlFlow<()> {
        let left = match budget {
            Budget::Paths => &mut self.paths_left,
            Budget::Signatures => &mut self.signatures_left,
            Budget::Steps | Budget::NameComparisons | Budget::PathLength => &mut self.steps_left,
        };
        match left.checked_sub(amount) {
            Some(rest) => {
                *left = rest;
                ControlFlow::Continue(())
            }
            None => {
                self.exhaust(budget);
                ControlFlow::Break(())
            }
        }
    }

    fn exhaust(&mut self, budget: Budget) {
        self.exhausted.get_or_insert(budget);
    }
}

/// Puts the better of two verdicts in `best`; a valid path ends the search.
fn keep_better(best: &mut PathVerdict, verdict: PathVerdict) -> ControlFlow<()> {
    if rank(&verdict) > rank(best) {
        *best = verdict;
    }
    match best {
        PathVerdict::Valid(_) => ControlFlow::Break(()),
        PathVerdict::Invalid(_) | PathVerdict::Indeterminate(_) => ControlFlow::Continue(()),
    }
}

/// How far a path came. One that only lacks revocation data may still become valid, so it tells
/// more than another that breaks a rule.
fn rank(verdict: &PathVerdict) -> u8 {
    match verdict {
        PathVerdict::Valid(_) => 5,
        PathVerdict::Indeterminate(path) => match path.reason {
            IndeterminateReason::Revocation(_) => 4,
            IndeterminateReason::Budget(_) | IndeterminateReason::UnsupportedAlgorithm => 2,
            IndeterminateReason::NoPath => 0,
        },
        PathVerdict::Invalid(path) => match path.reason {
            InvalidReason::Signature(_) | InvalidReason::AlgorithmsDiffer => 1,
            _ => 3,
        },
    }
}

/// Names of an issuer that are looked at in an authority key identifier.
const HINTED_NAMES: usize = 8;

/// RFC 4158 §2.4.2: a name with a key stands at most once in a path.
fn is_same_entity(a: &Certificate, b: &Certificate) -> bool {
    a.subject_name().key() == b.subject_name().key() && a.spki_der() == b.spki_der()
}

/// 0 if the hint points at the certificate, 2 if at another, 1 if it cannot be told.
fn hint_distance(certificate: &Certificate, hint: Option<&AuthorityKeyId>) -> u8 {
    let Some(hint) = hint else {
        return 1;
    };
    match (hint.key_id.as_deref(), certificate.subject_key_id()) {
        (Some(wanted), Some(present)) if wanted != present => return 2,
        (Some(_), Some(_)) => return 0,
        _ => {}
    }
    let Some(serial) = &hint.serial else {
        return 1;
    };
    let issuer = certificate.issuer_name().key();
    let is_meant = serial.as_ref() == certificate.serial()
        // One issuer has one name; a list of many serves only to be compared for long.
        && directory_names(&hint.issuer).take(HINTED_NAMES).any(|name| name == issuer);
    if is_meant { 0 } else { 2 }
}

fn invalid(
    reason: InvalidReason,
    certificate: usize,
    path: &[Certificate],
    revocation: Vec<RevocationStatus>,
) -> PathVerdict {
    PathVerdict::Invalid(InvalidPath { reason, certificate, chain: path.to_vec(), revocation })
}

fn indeterminate(
    reason: IndeterminateReason,
    certificate: usize,
    path: &[Certificate],
    revocation: Vec<RevocationStatus>,
) -> PathVerdict {
    let chain = path.to_vec();
    PathVerdict::Indeterminate(IndeterminatePath { reason, certificate, chain, revocation })
}
