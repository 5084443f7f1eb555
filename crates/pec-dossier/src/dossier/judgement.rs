//! What judging a message came to.

use std::fmt;

use chrono::{DateTime, Utc};
use pec_message::{Authentication, Certified, Distrust, Doubt, OriginGrade, SignedMessage, Step};
use pec_smime::verify::{Grade, SignerVerification};
use serde::{Deserialize, Serialize};

use super::finding::in_words;

/// What judging one message came to, and on what that rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Judgement {
    /// The outcome.
    #[serde(flatten)]
    pub verdict: JudgementVerdict,
    /// The instant at which certificates were judged, and who says so.
    #[serde(flatten)]
    pub instant: Instant,
    /// How it is known that the signer is a PEC provider.
    #[serde(serialize_with = "origin_word")]
    pub origin: Option<OriginGrade>,
    /// The provider's name, as the evidence of origin has it.
    pub provider: Option<String>,
    /// The subject of the signer's certificate.
    pub signer: Option<String>,
    /// The signing time that the signer claims.
    pub signed_at: Option<DateTime<Utc>>,
    /// Whether SHA-1 or RSA below 2048 bits is part of it.
    pub is_legacy: bool,
    /// What departs from the norm, in words.
    pub deviations: Vec<String>,
}

/// The outcome for one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JudgementVerdict {
    /// A provider certifies it.
    Genuine,
    /// A provider certifies it, if it was signed when the signer says. The certificate has expired
    /// since, or was revoked, or nothing recent is known about it, and no time stamp proves the
    /// time.
    GenuineAtClaimedTime,
    /// It cannot be told.
    Undecided {
        /// Why not.
        #[serde(serialize_with = "in_words")]
        why: Doubt,
    },
    /// No provider certifies it.
    NotGenuine {
        /// The test of RFC 6109 §2.2.2 that it fails.
        #[serde(serialize_with = "in_words")]
        step: Step,
        /// Why.
        #[serde(serialize_with = "in_words")]
        why: Distrust,
    },
}

impl JudgementVerdict {
    pub(super) fn refused(judged: &Authentication<'_>) -> Self {
        match judged {
            Authentication::Untrusted { step, why } => {
                Self::NotGenuine { step: *step, why: why.clone() }
            }
            Authentication::Undecided { why } => Self::Undecided { why: why.clone() },
            // Nothing else refuses.
            _ => Self::Undecided { why: Doubt::UnknownIssuer },
        }
    }

    /// The word for the verdict, as in JSON.
    #[must_use]
    pub const fn word(&self) -> Word {
        match self {
            Self::Genuine => Word::Genuine,
            Self::GenuineAtClaimedTime => Word::GenuineAtClaimedTime,
            Self::Undecided { .. } => Word::Undecided,
            Self::NotGenuine { .. } => Word::NotGenuine,
        }
    }
}

/// A verdict without its reasons. The list is closed by the schema of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// A provider certifies it.
    Genuine,
    /// A provider certifies it, if the signer did not lie about the time.
    GenuineAtClaimedTime,
    /// It cannot be told.
    Undecided,
    /// No provider certifies it.
    NotGenuine,
}

/// An instant at which certificates are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instant {
    /// When.
    #[serde(rename = "judged_at")]
    pub at: DateTime<Utc>,
    /// Who says so.
    #[serde(rename = "time_source")]
    pub source: TimeSource,
}

/// Who says at which instant a message existed. The list is closed by the schema of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSource {
    /// Nobody needs to: it is good at present.
    Now,
    /// Who asked.
    Caller,
    /// An RFC 3161 time stamp that was verified.
    #[serde(rename = "timestamp")]
    TimeStamp,
    /// Only the signer himself.
    Claimed,
}

impl fmt::Display for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Now => "now",
            Self::Caller => "caller",
            Self::TimeStamp => "timestamp",
            Self::Claimed => "claimed",
        })
    }
}

impl Judgement {
    pub(super) fn new(
        verdict: JudgementVerdict,
        instant: Instant,
        signer: Option<&SignerVerification>,
    ) -> Self {
        let certificate = signer.and_then(SignerVerification::certificate);
        Self {
            verdict,
            instant,
            origin: None,
            provider: None,
            signer: certificate.map(pec_smime::x509::Certificate::subject),
            signed_at: signer.and_then(SignerVerification::claimed_signing_time),
            is_legacy: signer.is_some_and(|signer| signer.grade() == Grade::Legacy),
            deviations: Vec::new(),
        }
    }

    pub(super) fn with_evidence(mut self, certified: &Certified<SignedMessage<'_>>) -> Self {
        let evidence = certified.evidence();
        self.origin = Some(evidence.origin());
        self.provider = evidence.provider().map(str::to_owned);
        self.deviations = evidence.deviations().iter().map(ToString::to_string).collect();
        self
    }

    /// What a manifest records of it.
    pub(super) fn record(&self) -> Record {
        Record {
            verdict: self.verdict.word(),
            instant: self.instant.at,
            time_source: self.instant.source,
            origin: self.origin.map(|origin| origin_name(origin).to_owned()),
            provider: self.provider.clone(),
            signer: self.signer.clone(),
            is_legacy: self.is_legacy,
        }
    }
}

/// What a manifest records of the maker's judgement on a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Record {
    /// The verdict.
    pub verdict: Word,
    /// The instant at which certificates were judged.
    pub instant: DateTime<Utc>,
    /// Who says so.
    pub time_source: TimeSource,
    /// `directory`, `pinned` or `accredited-ca`: how it is known that the signer is a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The provider's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The subject of the signer's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Whether SHA-1 or RSA below 2048 bits is part of it.
    pub is_legacy: bool,
}

/// The word for a grade of origin.
pub(super) const fn origin_name(origin: OriginGrade) -> &'static str {
    match origin {
        OriginGrade::Directory => "directory",
        OriginGrade::Pinned => "pinned",
        OriginGrade::AccreditedCa => "accredited-ca",
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn origin_word<S: serde::Serializer>(
    origin: &Option<OriginGrade>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    origin.map(origin_name).serialize(serializer)
}
