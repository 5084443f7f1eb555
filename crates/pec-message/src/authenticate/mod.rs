//! The four tests of RFC 6109 §2.2.2: from what a header claims to what a provider certifies.

mod certified;
mod evidence;
mod form;
mod headers;
mod issuer;
mod origin;
mod outcome;

pub use certified::{Certified, SignedMessage};
pub use evidence::{Evidence, FormalGrade, IssuerRule, OriginGrade};
pub(crate) use form::unsigned;
pub use form::{Ambiguity, Deviation, Fault};
pub use origin::{DirectoryDoubt, Origin, PinnedProvider};
pub use outcome::{Authentication, Distrust, Doubt, Step};

use pec_daticert::CertificationData;
use pec_smime::verify::{Check, Reason, SignerVerification, Verdict, Verification};

use crate::{Mail, OddityKind};
use form::Form;
use outcome::Trouble;

/// Judges a message by the four tests of RFC 6109 §2.2.2: signature existence, origin, validity,
/// and formal correctness. This is the only maker of [`Certified`].
///
/// `verification` is that of the same message by [`pec_smime::verify::Verifier::message`]; it
/// says under which policy and at which instant. `origin` says what the caller holds as evidence
/// of who may sign. Of the message only the signed octets count; the outer header, which nobody
/// signed, is compared with them.
///
/// A test that fails settles the matter even if an earlier one is undecided; formal correctness is
/// asked only of messages whose signature is a provider's.
///
/// ```
/// use pec_message::{Authentication, Origin, authenticate, read};
/// use pec_smime::crypto::CryptoProvider;
/// use pec_smime::verify::{Policy, Verifier};
/// use pec_smime::x509::{Certificate, TrustStore};
///
/// # let message = b"Subject: x\r\n\r\n";
/// # let (store, accredited): (TrustStore, Vec<Certificate>) = Default::default();
/// # let now = chrono::DateTime::UNIX_EPOCH;
/// let crypto = CryptoProvider::rustcrypto();
/// let verifier = Verifier::new(&store, &crypto, Policy::interoperable());
/// let verification = verifier.message(message, now);
/// match authenticate(&read(message), &verification, &Origin::AccreditedCa(&accredited)) {
///     Authentication::Certified(certified) => println!("{}", certified.value().data().pec_msgid),
///     Authentication::Untrusted { step, why } => println!("{step}: {why}"),
///     Authentication::Undecided { why } => println!("not now: {why}"),
///     _ => {}
/// }
/// ```
// norms 28, 59, 60, 61
#[must_use]
pub fn authenticate<'a>(
    mail: &Mail<'a>,
    verification: &Verification<'a>,
    origin: &Origin<'_>,
) -> Authentication<'a> {
    match judge(mail, verification, origin) {
        Ok(certified) => Authentication::Certified(Box::new(certified)),
        Err(Trouble::Distrust(step, why)) => Authentication::Untrusted { step, why },
        Err(Trouble::Doubt(why)) => Authentication::Undecided { why },
    }
}

/// Where the outer header of a message, which nobody signs, disagrees with certification data: what
/// [`Evidence::deviations`] tells of a certified message, for one that is only looked into.
///
/// ```
/// use pec_message::{disagreements, read};
///
/// let mail = read(b"X-Ricevuta: accettazione\r\nSubject: ACCETTAZIONE: altro\r\n\r\n");
/// let data = pec_daticert::fuzzing::example();
/// assert!(disagreements(&mail, &data).iter().any(|one| one.to_string().starts_with("Subject")));
/// ```
// norms 60
#[must_use]
pub fn disagreements(mail: &Mail<'_>, data: &CertificationData) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    headers::compare(mail, &mail.claimed(), data, &mut deviations);
    deviations
}

fn judge<'a>(
    mail: &Mail<'a>,
    verification: &Verification<'a>,
    origin: &Origin<'_>,
) -> Result<Certified<SignedMessage<'a>>, Trouble> {
    let (signed, signer) = existence(mail, verification)
        .map_err(|why| Trouble::Distrust(Step::SignatureExistence, why))?;
    let claimed = mail.claimed();
    // Order of the norm, but what fails outweighs what is undecided.
    let (origin, valid) = (origin::judge(origin, &claimed, signer), validity(verification));
    let origin = match (origin, valid) {
        (Ok(origin), Ok(())) => origin,
        (Err(trouble @ Trouble::Distrust(..)), _)
        | (_, Err(trouble @ Trouble::Distrust(..)))
        | (Err(trouble), _)
        | (_, Err(trouble)) => return Err(trouble),
    };
    // Cannot be: a valid verification has sound content. It is asked so that nothing else passes.
    if verification.signed_content().is_none() {
        let why = Distrust::NotOfThisMessage;
        return Err(Trouble::Distrust(Step::SignatureValidity, why));
    }
    let form = Form { mail, claimed: &claimed, verification, signer, origin: &origin };
    let formal = |fault| Trouble::Distrust(Step::FormalCorrectness, Distrust::Fault(fault));
    let (message, issuer_rule, deviations) = form.judge(signed).map_err(formal)?;
    let evidence = Evidence {
        origin: origin.grade,
        provider: origin.provider,
        certificate: origin.certificate,
        judged_at: signer.judged_at(),
        policy: verification.policy().clone(),
        algorithms: signer.grade(),
        issuer_rule,
        deviations,
    };
    Ok(Certified::new(message, evidence))
}

/// The signed octets, when the message is `multipart/signed` and the verification is its own.
fn existence<'a, 'v>(
    mail: &Mail<'a>,
    verification: &'v Verification<'a>,
) -> Result<(&'a [u8], &'v SignerVerification), Distrust> {
    if let Verdict::Invalid { check: Check::Existence, reason } = verification.verdict() {
        return Err(Distrust::Signature { check: Check::Existence, reason });
    }
    let is_too_large = |kind: &OddityKind| matches!(kind, OddityKind::TooLarge { .. });
    if mail.oddities().iter().any(|oddity| is_too_large(&oddity.kind)) {
        return Err(Distrust::TooLarge);
    }
    let root = mail.message().part();
    let first = root.children().next().filter(|_| root.media_type() == "multipart/signed");
    let signed = first.ok_or(Distrust::NotOfThisMessage)?;
    let is_whole_body = verification.content_range() == Some(signed.range());
    let is_same = verification
        .unverified_content()
        .is_some_and(|octets| std::ptr::eq(octets, signed.octets()) || octets == signed.octets());
    if !is_whole_body || !is_same {
        return Err(Distrust::NotOfThisMessage);
    }
    let no_signer = Distrust::Signature { check: Check::Existence, reason: Reason::NoSigner };
    Ok((signed.octets(), verification.signer().ok_or(no_signer)?))
}

fn validity(verification: &Verification<'_>) -> Result<(), Trouble> {
    match verification.verdict() {
        Verdict::Valid => Ok(()),
        Verdict::Invalid { check, reason } => {
            let why = Distrust::Signature { check, reason };
            Err(Trouble::Distrust(Step::SignatureValidity, why))
        }
        Verdict::Undecided { check, reason } => {
            Err(Trouble::Doubt(Doubt::Signature { check, reason }))
        }
        _ => Err(Trouble::Doubt(Doubt::Signature {
            check: Check::Existence,
            reason: Reason::NotReached,
        })),
    }
}
