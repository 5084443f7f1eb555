//! `pec verify`: whether a message is genuine, and why.

mod authenticity;
mod cause;
mod certificate;
mod checks;
mod instant;
mod show;

use chrono::{DateTime, Utc};
use pec_message::{Mail, PinnedProvider, read};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, TimeSource, Verification, Verifier};
use pec_smime::x509::{Certificate, TrustStore};
use serde::Serialize;

use crate::facts::{Facts, certification_data, path_text};
use crate::mismatch::Mismatch;
use crate::trust::GivenDirectory;
pub use cause::Cause;
pub use certificate::CertificateFact;
pub use checks::CheckFact;
use checks::Checks;
pub use instant::At;

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/verify/1";

/// What is known and asked for, for all messages alike.
#[derive(Debug)]
pub struct Judge {
    /// Anchors, certificates, revocation data.
    pub store: TrustStore,
    /// Cryptography.
    pub crypto: CryptoProvider,
    /// How strict.
    pub policy: PolicyName,
    /// Whether it must be known that nothing was revoked.
    pub revocation: Revocation,
    /// At which instant certificates are judged.
    pub at: At,
    /// The present.
    pub now: DateTime<Utc>,
    /// The providers' directory, as it was at the instant: the caller says so.
    pub directory: Option<GivenDirectory>,
    /// Providers' certificates that the caller vouches for.
    pub pinned: Vec<PinnedProvider>,
    /// Authorities that certify PEC providers.
    pub accredited: Vec<Certificate>,
    /// Whether signed parts inside a message are judged too.
    pub nested: bool,
}

/// How strict: the names of [`Policy`]'s constructors, a closed list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PolicyName {
    /// SHA-256 and RSA-2048 or better, certificates by the profile.
    #[default]
    Strict,
    /// As strict, but message digests may be SHA-1.
    Interoperable,
    /// For old messages: the algorithms of their time.
    Archive,
}

/// Whether it must be known that no certificate was revoked. The list is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Revocation {
    /// It must be known.
    #[default]
    Require,
    /// What is known counts; what is not does no harm.
    IfAvailable,
    /// It is not looked at.
    Off,
}

/// What a message is worth. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Where the message came from.
    pub file: String,
    /// What came of it.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// Signed parts inside, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nested: Option<Vec<NestedJudgement>>,
}

/// A signed part inside a message. What is around it is not signed by it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NestedJudgement {
    /// The path of the part.
    pub path: String,
    /// What came of it.
    #[serde(flatten)]
    pub judgement: Judgement,
}

/// What came of one signed message or part. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Judgement {
    /// The kind of message that it claims to be, see [`Facts::kind`].
    pub kind: &'static str,
    /// Whether it is judged as a PEC message, by all four tests of RFC 6109 §2.2.2. Of other
    /// signed mail only the cryptographic ones count.
    pub pec: bool,
    /// `valid`, `valid-legacy` (with SHA-1 or RSA below 2048 bits), `invalid`, `indeterminate`.
    pub verdict: &'static str,
    /// Every check, in the order of RFC 6109 §2.2.2.
    pub checks: Vec<CheckFact>,
    /// The signer's certificate.
    pub signer: Option<CertificateFact>,
    /// The certification path from the signer up, the anchor included where one was reached.
    pub chain: Vec<CertificateFact>,
    /// When the signer claims to have signed, RFC 3339.
    pub signed_at: Option<String>,
    /// The instant at which certificates were judged, RFC 3339.
    pub judged_at: Option<String>,
    /// Who says so: `now`, `caller`, `timestamp` or `claimed`.
    pub time_source: &'static str,
    /// The digest of the message, such as `SHA-256`.
    pub digest_algorithm: Option<String>,
    /// Where header and certification data disagree.
    pub mismatches: Vec<Mismatch>,
    /// How it is known that the signer is a provider: `directory`, `pinned`, `accredited-ca` or
    /// `none`.
    pub origin: &'static str,
    /// The provider's name, as the evidence of origin has it.
    pub provider: Option<String>,
    /// `strict`, `interoperable` or `archive`.
    pub policy: &'static str,
}

/// A verification with the instant that it was made for.
struct Judged<'a> {
    verification: Verification<'a>,
    instant: DateTime<Utc>,
    source: &'static str,
    /// Why the certification path is worth less than it looks.
    doubt: Option<pec_smime::verify::Outcome>,
}

impl Judge {
    /// Judges one message.
    #[must_use]
    pub fn report(&self, file: &str, message: &[u8]) -> Report {
        let mail = read(message);
        let judgement = self.message(&mail);
        let nested = self.nested.then(|| self.nested(&mail));
        Report { schema: SCHEMA, file: file.to_owned(), judgement, nested }
    }

    /// Judges a message that must itself be signed.
    fn message(&self, mail: &Mail<'_>) -> Judgement {
        let (facts, _) = Facts::of(mail.message());
        let is_pec = is_pec(mail);
        let judged = self.judged(is_pec, |verifier, now| verifier.message(mail.octets(), now));
        let authenticity = is_pec.then(|| self.authenticity(mail, &judged));
        self.judgement(facts.kind, &judged, authenticity, mismatches(mail))
    }

    /// Judges the signed parts inside a message, those in signed parts included. A signed message
    /// is judged as one, a signed part of another only by cryptography.
    fn nested(&self, mail: &Mail<'_>) -> Vec<NestedJudgement> {
        let signed = mail.parts().skip(1).filter(|part| part.media_type() == "multipart/signed");
        signed
            .map(|part| {
                let path = part.path();
                let judgement = if part.is_message_root() {
                    self.message(&read(part.octets()))
                } else {
                    let judged = self.judged(false, |verifier, now| {
                        verifier.message_at_nested_path(mail.octets(), &path, now)
                    });
                    self.judgement("unknown", &judged, None, Vec::new())
                };
                NestedJudgement { path: path_text(&path), judgement }
            })
            .collect()
    }

    fn judgement(
        &self,
        kind: &'static str,
        judged: &Judged<'_>,
        authenticity: Option<authenticity::Authenticity>,
        mismatches: Vec<Mismatch>,
    ) -> Judgement {
        let checks = Checks::of(judged, authenticity.as_ref());
        let signer = judged.verification.signer();
        let origin = authenticity.as_ref().map_or("none", |found| found.origin);
        Judgement {
            kind,
            pec: authenticity.is_some(),
            verdict: checks.verdict(signer.map(|signer| signer.grade())),
            checks: checks.list,
            signer: signer
                .and_then(|signer| signer.certificate())
                .map(|certificate| CertificateFact::of(certificate, &self.crypto)),
            chain: signer
                .and_then(|signer| signer.path())
                .map(|path| CertificateFact::chain(path, &self.crypto))
                .unwrap_or_default(),
            signed_at: signer.and_then(|signer| signer.claimed_signing_time()).map(rfc3339),
            judged_at: signer.is_some().then(|| rfc3339(judged.instant)),
            time_source: judged.source,
            digest_algorithm: signer
                .and_then(|signer| signer.digest_algorithm())
                .map(|digest| digest.to_string()),
            mismatches,
            origin,
            provider: authenticity.and_then(|found| found.provider),
            policy: judged.verification.policy().name(),
        }
    }

    fn base_policy(&self, instant: DateTime<Utc>, is_pec: bool) -> Policy {
        let policy = match self.policy {
            PolicyName::Strict => Policy::strict(),
            PolicyName::Interoperable => Policy::interoperable(),
            PolicyName::Archive => Policy::archive(instant),
        };
        let policy = match self.revocation {
            Revocation::Require => policy,
            Revocation::IfAvailable | Revocation::Off => policy.allow_unknown_revocation(),
        };
        // The profile is about providers.
        if is_pec { policy } else { policy.allow_profile_breaches() }
    }

    const fn verifier(&self, policy: Policy) -> Verifier<'_> {
        Verifier::new(&self.store, &self.crypto, policy)
    }
}

/// Whether a message says that it is one of the PEC system: by a marker in its header, or by
/// certification data where a signature can be over them.
fn is_pec(mail: &Mail<'_>) -> bool {
    use pec_message::ClaimedKind::Ordinary;
    let is_multipart_signed = mail.message().part().media_type() == "multipart/signed";
    mail.message().claimed_kind() != Ordinary || is_multipart_signed && mail.daticert().is_some()
}

/// Where the header of a PEC message disagrees with its certification data, proved or not.
fn mismatches(mail: &Mail<'_>) -> Vec<Mismatch> {
    let Some(data) = certification_data(mail) else { return Vec::new() };
    let Some(claimed) = mail.claimed().kind.pec() else { return Vec::new() };
    let certified = pec_message::MessageKind::from(data.kind());
    let kind = (claimed != certified).then(|| Mismatch {
        field: claimed.marker().0.to_owned(),
        header: Some(claimed.marker().1.to_owned()),
        certified: Some(certified.marker().1.to_owned()),
    });
    let others = pec_message::disagreements(mail, &data);
    kind.into_iter().chain(others.iter().filter_map(Mismatch::of)).collect()
}

/// RFC 3339 in UTC.
fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The word of the JSON for who says at which instant something was signed.
const fn source_word(source: TimeSource, caller: &'static str) -> &'static str {
    match source {
        TimeSource::TimeStamp => "timestamp",
        TimeSource::ClaimedSigningTime => "claimed",
        _ => caller,
    }
}
