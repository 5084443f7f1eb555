//! What an audit finds.

use std::fmt;

use serde::Serialize;

use crate::Role;

/// The six invariants of a log (norms §2.2). The set is closed: these are the ones that a
/// provider's
/// own audit checked.
// norms 76
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "u8")]
pub enum Invariant {
    /// The same identifier has the same sender and recipients, whatever the case of letters.
    SameParties,
    /// What was sent has exactly one envelope and one acceptance; what was received has no
    /// acceptance of ours.
    OneAcceptance,
    /// Each certified recipient is taken in charge exactly once, and nobody else is.
    OneTakeInCharge,
    /// Each certified recipient has exactly one delivery or delivery error.
    OneOutcome,
    /// Each virus detection has exactly one delivery error for a virus, and conversely.
    VirusTold,
    /// Certified recipients of whom nothing was heard have their notices.
    Notices,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SameParties,
        Self::OneAcceptance,
        Self::OneTakeInCharge,
        Self::OneOutcome,
        Self::VirusTold,
        Self::Notices,
    ];

    /// Its number in norms §2.2, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::SameParties => 1,
            Self::OneAcceptance => 2,
            Self::OneTakeInCharge => 3,
            Self::OneOutcome => 4,
            Self::VirusTold => 5,
            Self::Notices => 6,
        }
    }
}

impl From<Invariant> for u8 {
    fn from(invariant: Invariant) -> Self {
        invariant.number()
    }
}

/// Who did what breaks an invariant. The set is closed: the provider itself, or another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The provider whose log it is.
    Own,
    /// Another one, whose messages were received: the log is right to hold them.
    Other,
}

/// In which way an invariant is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BreachKind {
    /// Another sender, or other recipients.
    #[error("another sender or other recipients")]
    OtherParties,
    /// Something was said of an address that is no certified recipient of this provider's share.
    #[error("not one of the certified recipients")]
    Stranger,
    /// More addresses than the transmission has: the rest was not judged.
    #[error("more addresses than are judged")]
    TooManyAddresses,
    /// No transport envelope.
    #[error("no transport envelope")]
    EnvelopeMissing,
    /// More than one transport envelope.
    #[error("more than one transport envelope")]
    EnvelopeRepeated,
    /// No acceptance.
    #[error("no acceptance")]
    AcceptanceMissing,
    /// More than one acceptance.
    #[error("more than one acceptance")]
    AcceptanceRepeated,
    /// An acceptance of a message that another provider sent.
    #[error("an acceptance of what was received")]
    AcceptanceOfReceived,
    /// More than one non-acceptance.
    #[error("more than one non-acceptance")]
    RefusalRepeated,
    /// Refused, and yet accepted or sent.
    #[error("refused and yet accepted or sent")]
    RefusedAndAccepted,
    /// Another provider said what only the sender's says: that it accepted, refused, sent or gave
    /// up.
    #[error("said by another provider in the place of the sender's")]
    Usurped,
    /// Not taken in charge.
    #[error("not taken in charge")]
    TakeInChargeMissing,
    /// Taken in charge more than once.
    #[error("taken in charge more than once")]
    TakeInChargeRepeated,
    /// Neither delivery nor delivery error.
    #[error("neither delivery nor delivery error")]
    OutcomeMissing,
    /// More than one delivery.
    #[error("delivered more than once")]
    DeliveryRepeated,
    /// More than one delivery error.
    #[error("more than one delivery error")]
    ErrorRepeated,
    /// Delivered, and not delivered.
    #[error("delivered and not delivered")]
    Conflict,
    /// A virus was detected, and the sender was not told.
    #[error("a virus without its delivery error")]
    VirusErrorMissing,
    /// The sender was told more often than a virus was detected.
    #[error("more delivery errors for a virus than viruses")]
    VirusErrorRepeated,
    /// The sender was told of a virus that nobody detected.
    #[error("a delivery error for a virus that nobody detected")]
    DetectionMissing,
    /// More than one virus detection.
    #[error("more than one virus detection")]
    DetectionRepeated,
    /// No notice after 12 hours.
    #[error("no notice after 12 hours")]
    FirstNoticeMissing,
    /// No notice after 24 hours.
    #[error("no notice after 24 hours")]
    FinalNoticeMissing,
    /// More than one notice of the same kind.
    #[error("a notice more than once")]
    NoticeRepeated,
    /// A notice before its time.
    #[error("a notice before its time")]
    NoticeEarly,
}

/// An invariant is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Breach {
    /// The identifier of the transmission.
    pub id: String,
    /// On which side of the transmission the provider stands.
    pub role: Role,
    /// The invariant.
    pub invariant: Invariant,
    /// In which way.
    pub kind: BreachKind,
    /// The recipient, in lower case, where there is one.
    pub address: Option<String>,
    /// The lines involved, in order: at most [`MAX_EVIDENCE`](super::MAX_EVIDENCE).
    pub lines: Vec<u64>,
    /// Who did it.
    pub fault: Fault,
}

/// Something that this log cannot show to be right or wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Pending {
    /// The identifier of the transmission.
    pub id: String,
    /// On which side of the transmission the provider stands.
    pub role: Role,
    /// What would be a breach.
    pub kind: BreachKind,
    /// The recipient, in lower case, where there is one.
    pub address: Option<String>,
    /// Why it is not told.
    pub reason: PendingReason,
}

/// Why something cannot be judged. The set is closed: a log has two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PendingReason {
    /// The log ends before the transmission does.
    StillOpen,
    /// The transmission began before the log.
    BeganBefore,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invariant {}: {}: {}", self.invariant.number(), self.id, self.kind)?;
        if let Some(address) = &self.address {
            write!(f, ": {address}")?;
        }
        let by = match self.fault {
            Fault::Own => "",
            Fault::Other => ", by another provider",
        };
        let lines: Vec<String> = self.lines.iter().map(ToString::to_string).collect();
        write!(f, " (line {}{by})", lines.join(", "))
    }
}
