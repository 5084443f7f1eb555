//! What became of a message for one recipient, and for all of them.

use chrono::{DateTime, Utc};
use pec_daticert::{DeliveryErrorCause, EventTime, NonAcceptanceCause, ReceiptType, Text};
use serde::Serialize;

/// What became of a message for one recipient.
///
/// Times are those that providers certify, except in [`NoAnswer`](RecipientState::NoAnswer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecipientState {
    /// Nothing has come yet.
    Unanswered,
    /// Nothing came that settles it, although the sender's provider owed an answer by then.
    NoAnswer {
        /// Since when an answer is overdue.
        since: DateTime<Utc>,
    },
    /// The sender's provider refused the message: it was not sent to anybody.
    #[doc(alias = "non accettazione")]
    Refused {
        /// When.
        at: EventTime,
        /// For its form, or for a virus.
        virus: bool,
        /// The provider's words.
        detail: Text,
    },
    /// The sender's provider accepted the message, and the recipient's mailbox is a certified one.
    #[doc(alias = "accettazione")]
    Accepted {
        /// When.
        at: EventTime,
    },
    /// The sender's provider accepted the message and sent it on as ordinary mail, for which
    /// there are no receipts.
    SentUncertified {
        /// When it was accepted.
        at: EventTime,
    },
    /// The recipient's provider took the message. Users are not told (rfc6109 §2.1.1.1.1#1), so
    /// this is seen only by who reads a provider's mailbox.
    #[doc(alias = "presa in carico")]
    TakenInCharge {
        /// When.
        at: EventTime,
    },
    /// No confirmation in 12 hours. It may still come.
    #[doc(alias = "preavviso di mancata consegna")]
    Warned {
        /// When the notice was issued.
        at: EventTime,
    },
    /// No delivery in 24 hours: it counts as failed, unless a late receipt comes.
    #[doc(alias = "avviso di mancata consegna per superamento dei tempi massimi")]
    Expired {
        /// When the notice was issued.
        at: EventTime,
    },
    /// The message is in the recipient's mailbox.
    #[doc(alias = "avvenuta consegna")]
    Delivered {
        /// When; of several times the earliest.
        at: EventTime,
        /// The type of the receipt.
        receipt_type: ReceiptType,
    },
    /// The message could not be delivered.
    #[doc(alias = "mancata consegna")]
    Failed {
        /// When; of several times the earliest.
        at: EventTime,
        /// Why.
        failure: Failure,
        /// The provider's words.
        detail: Text,
    },
}

/// Why a message could not be delivered, by `errore` and by the status code at the beginning of
/// `errore-esteso`: providers differ in which of the two tells (norms §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Failure {
    /// There is no such mailbox: `no-dest`, or `5.1.1`.
    NoMailbox,
    /// There is no such domain: `no-dominio`, or `5.1.2`.
    NoDomain,
    /// The mailbox takes no mail: `5.2.1`.
    MailboxDisabled,
    /// The mailbox is full: `5.2.2`.
    MailboxFull,
    /// The message is too large for the recipient: `5.2.3` or `5.3.4`.
    TooLarge,
    /// A virus.
    Virus,
    /// Anything else.
    Other,
}

impl Failure {
    /// Of the two marks `errore` counts first; `altro` leaves the matter to the description.
    #[must_use]
    pub fn new(cause: DeliveryErrorCause, detail: &str) -> Self {
        match (cause, status_code(detail)) {
            (DeliveryErrorCause::Virus, _) => Self::Virus,
            (DeliveryErrorCause::NoRecipient, _) | (_, "5.1.1") => Self::NoMailbox,
            (DeliveryErrorCause::NoDomain, _) | (_, "5.1.2") => Self::NoDomain,
            (_, "5.2.1") => Self::MailboxDisabled,
            (_, "5.2.2") => Self::MailboxFull,
            (_, "5.2.3" | "5.3.4") => Self::TooLarge,
            (DeliveryErrorCause::Other, _) => Self::Other,
        }
    }
}

/// The status code (RFC 3463) with which a description begins, or nothing.
pub(super) fn status_code(detail: &str) -> &str {
    let detail = detail.trim_start();
    let is_code = |c: char| c.is_ascii_digit() || c == '.';
    detail.split(|c| !is_code(c)).next().unwrap_or_default().trim_end_matches('.')
}

pub(super) const fn is_virus(cause: NonAcceptanceCause) -> bool {
    matches!(cause, NonAcceptanceCause::Virus)
}

impl RecipientState {
    /// Whether no further receipt is owed. A late one may still come.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !matches!(
            self,
            Self::Unanswered
                | Self::NoAnswer { .. }
                | Self::Accepted { .. }
                | Self::TakenInCharge { .. }
                | Self::Warned { .. }
        )
    }

    /// Whether the message is in the mailbox.
    #[must_use]
    pub const fn is_delivered(&self) -> bool {
        matches!(self, Self::Delivered { .. })
    }

    /// The word for the state, as in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::NoAnswer { .. } => "no-answer",
            Self::Refused { .. } => "refused",
            Self::Accepted { .. } => "accepted",
            Self::SentUncertified { .. } => "sent-uncertified",
            Self::TakenInCharge { .. } => "taken-in-charge",
            Self::Warned { .. } => "warned",
            Self::Expired { .. } => "expired",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
        }
    }
}

/// How far a transmission is, all recipients together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Progress {
    /// Something is still to come for somebody.
    Pending,
    /// Somebody's answer is overdue.
    Overdue,
    /// The sender's provider refused the message.
    Refused,
    /// Delivered to every certified recipient.
    Delivered,
    /// Settled, but not delivered to every certified recipient.
    Incomplete,
    /// Settled, and nobody of the recipients has a certified mailbox.
    Uncertified,
}
