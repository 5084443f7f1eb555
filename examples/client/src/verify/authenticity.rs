//! Origin and form of a PEC message, by the best evidence that the user gave.

use pec_message::{
    Authentication, ClaimedKind, Distrust, Doubt, Mail, Origin, OriginGrade, PinnedProvider, Step,
    authenticate,
};
use pec_smime::x509::PathVerdict;

use super::cause::Cause;
use super::checks::CheckFact;
use super::{Judge, Judged};

/// What is known about origin and form.
pub(super) struct Authenticity {
    pub(super) existence: Option<CheckFact>,
    pub(super) origin_check: CheckFact,
    pub(super) form_check: CheckFact,
    /// The word of the JSON.
    pub(super) origin: &'static str,
    pub(super) provider: Option<String>,
}

impl Judge {
    /// What a provider certifies in a message, by the best evidence of origin; and whether that
    /// holds only at a time that the signer claims.
    ///
    /// Without evidence nothing is certified.
    #[must_use]
    pub fn authentication<'a>(&self, mail: &Mail<'a>) -> (Authentication<'a>, bool) {
        let judged = self.judged(true, |verifier, now| verifier.message(mail.octets(), now));
        let mut first = None;
        for origin in self.evidence() {
            match authenticate(mail, &judged.verification, &origin) {
                found @ Authentication::Certified(_) => return (found, judged.doubt.is_some()),
                other => first = first.or(Some(other)),
            }
        }
        (first.unwrap_or(Authentication::Undecided { why: Doubt::UnknownIssuer }), false)
    }

    /// The evidence of origin that was given, the strongest first.
    #[must_use]
    pub fn evidence(&self) -> Vec<Origin<'_>> {
        let directory = self.directory.as_ref().map(|directory| directory.origin(&self.crypto));
        let pinned = (!self.pinned.is_empty()).then_some(Origin::Pinned(&self.pinned));
        let accredited =
            (!self.accredited.is_empty()).then_some(Origin::AccreditedCa(&self.accredited));
        directory.into_iter().chain(pinned).chain(accredited).collect()
    }

    pub(super) fn authenticity(&self, mail: &Mail<'_>, judged: &Judged<'_>) -> Authenticity {
        let evidence = self.evidence();
        let mut first = None;
        for origin in &evidence {
            let found = authenticate(mail, &judged.verification, origin);
            let is_certified = matches!(found, Authentication::Certified(_));
            let authenticity = Authenticity::of(&found, mail, judged, origin);
            if is_certified {
                return authenticity;
            }
            // The strongest evidence speaks, unless a weaker one knows the signer and it does not.
            let is_known = authenticity.origin != "none";
            if first.is_none() || is_known && first.as_ref().is_some_and(Authenticity::is_open) {
                first = Some(authenticity);
            }
        }
        first.unwrap_or_else(|| self.without_evidence(mail, judged))
    }

    /// Without evidence the origin is not known; what can be told of From and form is.
    fn without_evidence(&self, mail: &Mail<'_>, judged: &Judged<'_>) -> Authenticity {
        let signer = judged.verification.signer().and_then(|signer| signer.certificate());
        let itself: Vec<_> = signer.cloned().map(PinnedProvider::new).into_iter().collect();
        let origin = Origin::Pinned(&itself);
        let found = authenticate(mail, &judged.verification, &origin);
        let mut authenticity = Authenticity::of(&found, mail, judged, &origin);
        if authenticity.origin_check.result != "failed" {
            authenticity.origin_check =
                CheckFact::indeterminate("signature-origin", Cause::NoEvidence);
        }
        Authenticity { origin: "none", provider: None, ..authenticity }
    }
}

impl Authenticity {
    /// Whether the evidence does not know the signer.
    fn is_open(&self) -> bool {
        self.origin == "none"
    }

    fn of(
        found: &Authentication<'_>,
        mail: &Mail<'_>,
        judged: &Judged<'_>,
        asked: &Origin<'_>,
    ) -> Self {
        let (origin_name, form_name) = ("signature-origin", "formal-correctness");
        let passed = |name| CheckFact::passed(name);
        let open = |name| CheckFact::indeterminate(name, Cause::NotReached);
        let mut provider = None;
        let mut existence = None;
        let (origin_check, form_check) = match found {
            Authentication::Certified(certified) => {
                provider = certified.evidence().provider().map(str::to_owned);
                (passed(origin_name), passed(form_name))
            }
            Authentication::Untrusted { step, why } => match step {
                Step::SignatureExistence => {
                    existence = Some(CheckFact::failed(
                        "signature-existence",
                        Cause::Distrust(why.clone()),
                    ));
                    (open(origin_name), open(form_name))
                }
                Step::SignatureOrigin if is_bare_entity(mail, why) => {
                    (CheckFact::indeterminate(origin_name, Cause::NoHeader), open(form_name))
                }
                Step::SignatureOrigin => {
                    (CheckFact::failed(origin_name, Cause::Distrust(why.clone())), open(form_name))
                }
                Step::SignatureValidity if is_issuer_known(judged, asked) => {
                    (passed(origin_name), open(form_name))
                }
                Step::SignatureValidity => (open(origin_name), open(form_name)),
                Step::FormalCorrectness => (
                    passed(origin_name),
                    CheckFact::failed(form_name, Cause::Distrust(why.clone())),
                ),
            },
            Authentication::Undecided { why: Doubt::Signature { .. } } => {
                (passed(origin_name), open(form_name))
            }
            Authentication::Undecided { why } => {
                (CheckFact::indeterminate(origin_name, Cause::Doubt(why.clone())), open(form_name))
            }
            _ => (open(origin_name), open(form_name)),
        };
        let origin = match found {
            Authentication::Certified(certified) => word(certified.evidence().origin()),
            _ if origin_check.result == "passed" => asked_word(asked),
            _ => "none",
        };
        Self { existence, origin_check, form_check, origin, provider }
    }
}

/// Whether the message is the signed entity alone, its mail header lost.
fn is_bare_entity(mail: &Mail<'_>, why: &Distrust) -> bool {
    let claimed = mail.claimed();
    let is_unmarked = claimed.kind == ClaimedKind::Ordinary;
    *why == Distrust::FromNotOne
        && claimed.from.is_empty()
        && claimed.repeated.is_empty()
        && is_unmarked
}

/// Where the signature does not hold, an accredited authority is known only by a whole path.
fn is_issuer_known(judged: &Judged<'_>, asked: &Origin<'_>) -> bool {
    let path = judged.verification.signer().and_then(|signer| signer.path());
    !matches!(asked, Origin::AccreditedCa(_)) || path.and_then(PathVerdict::valid).is_some()
}

const fn word(grade: OriginGrade) -> &'static str {
    match grade {
        OriginGrade::Directory => "directory",
        OriginGrade::Pinned => "pinned",
        OriginGrade::AccreditedCa => "accredited-ca",
    }
}

const fn asked_word(origin: &Origin<'_>) -> &'static str {
    match origin {
        Origin::Directory { .. } => word(OriginGrade::Directory),
        Origin::Pinned(_) => word(OriginGrade::Pinned),
        _ => word(OriginGrade::AccreditedCa),
    }
}
