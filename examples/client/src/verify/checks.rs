//! Every check with its outcome, and what they come to.

use pec_smime::verify::{Check, Grade, Outcome, Reason, Verdict};
use serde::Serialize;

use super::Judged;
use super::authenticity::Authenticity;
use super::cause::Cause;

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckFact {
    /// Its name: a test of RFC 6109 §2.2.2 (`signature-existence`, `signature-origin`,
    /// `signature-validity`, `formal-correctness`), or a part of the third one (`content`,
    /// `signature`, `signer`, `algorithms`, `path`, `revocation`, `profile`).
    pub name: &'static str,
    /// `passed`, `failed` or `indeterminate`.
    pub result: &'static str,
    /// Why it did not pass; in JSON in English.
    pub reason: Option<Cause>,
}

impl CheckFact {
    pub(super) const fn passed(name: &'static str) -> Self {
        Self { name, result: "passed", reason: None }
    }

    pub(super) const fn failed(name: &'static str, reason: Cause) -> Self {
        Self { name, result: "failed", reason: Some(reason) }
    }

    pub(super) const fn indeterminate(name: &'static str, reason: Cause) -> Self {
        Self { name, result: "indeterminate", reason: Some(reason) }
    }

    fn of(name: &'static str, outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::passed(name),
            Outcome::Failed(reason) => Self::failed(name, Cause::Signature(reason.clone())),
            Outcome::Indeterminate(reason) => {
                Self::indeterminate(name, Cause::Signature(reason.clone()))
            }
        }
    }
}

/// The checks of one message.
pub(super) struct Checks {
    pub(super) list: Vec<CheckFact>,
}

/// The parts of the test of validity.
const PARTS: [(Check, &str); 7] = [
    (Check::Content, "content"),
    (Check::Signature, "signature"),
    (Check::Signer, "signer"),
    (Check::Algorithms, "algorithms"),
    (Check::Path, "path"),
    (Check::Revocation, "revocation"),
    (Check::Profile, "profile"),
];

impl Checks {
    pub(super) fn of(judged: &Judged<'_>, authenticity: Option<&Authenticity>) -> Self {
        let verification = &judged.verification;
        let existence =
            CheckFact::of("signature-existence", &verification.outcome(Check::Existence));
        let existence = match authenticity.and_then(|found| found.existence.clone()) {
            Some(failed) if existence.result == "passed" => failed,
            _ => existence,
        };
        let mut list = vec![existence];
        list.extend(authenticity.map(|found| found.origin_check.clone()));
        list.push(CheckFact::of("signature-validity", &validity(judged)));
        list.extend(PARTS.iter().filter(|(check, _)| is_judged(*check, authenticity)).map(
            |(check, name)| match &judged.doubt {
                Some(doubt) if *check == Check::Path => CheckFact::of(name, doubt),
                _ => CheckFact::of(name, &verification.outcome(*check)),
            },
        ));
        list.extend(authenticity.map(|found| found.form_check.clone()));
        Self { list }
    }

    /// The sum of the tests. Parts of a test are summed in it, by the policy.
    pub(super) fn verdict(&self, grade: Option<Grade>) -> &'static str {
        let is_test = |check: &&CheckFact| !PARTS.iter().any(|(_, name)| *name == check.name);
        let any = |result| self.list.iter().filter(is_test).any(|check| check.result == result);
        if any("failed") {
            "invalid"
        } else if any("indeterminate") {
            "indeterminate"
        } else if grade == Some(Grade::Current) {
            "valid"
        } else {
            "valid-legacy"
        }
    }
}

/// The profile is about providers; of others it says nothing.
const fn is_judged(check: Check, authenticity: Option<&Authenticity>) -> bool {
    !matches!(check, Check::Profile) || authenticity.is_some()
}

/// The third test of RFC 6109 §2.2.2.
fn validity(judged: &Judged<'_>) -> Outcome {
    let sum = match judged.verification.verdict() {
        Verdict::Valid => Outcome::Passed,
        Verdict::Invalid { check: Check::Existence, .. } => {
            return Outcome::Indeterminate(Reason::NotReached);
        }
        Verdict::Invalid { reason, .. } => Outcome::Failed(reason),
        Verdict::Undecided { reason, .. } => Outcome::Indeterminate(reason),
        _ => Outcome::Indeterminate(Reason::NotReached),
    };
    match &judged.doubt {
        Some(doubt) if !matches!(sum, Outcome::Failed(_)) => doubt.clone(),
        _ => sum,
    }
}
