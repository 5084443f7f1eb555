//! What does not fit together among the receipts of a transmission.

use pec_daticert::{Address, EventTime};
use serde::Serialize;

/// Receipts, each of them certified, that cannot all be right, or do not fit what was sent.
///
/// The state of a recipient is told all the same, by the rule that is documented at
/// [`Follow::recipients`](super::Follow::recipients); who relies on it must know of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "contradiction", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Contradiction {
    /// Accepted and refused.
    #[error("the message was both accepted and refused")]
    AcceptedAndRefused,
    /// Accepted, or refused, more than once with different data.
    #[error("the message was answered {times} times by the sender's provider")]
    SeveralAnswers {
        /// How often.
        times: usize,
    },
    /// Delivered and not delivered to the same recipient.
    #[error("{address}: both delivered and not delivered")]
    DeliveredAndFailed {
        /// The recipient.
        address: Address,
    },
    /// Delivered more than once to the same recipient, with different data.
    #[error("{address}: delivered {times} times")]
    SeveralDeliveries {
        /// The recipient.
        address: Address,
        /// How often.
        times: usize,
    },
    /// Delivered to a recipient, or failed, although the sender's provider refused the message.
    #[error("{address}: there is a receipt although the message was refused")]
    AnsweredAndRefused {
        /// The recipient.
        address: Address,
    },
    /// A receipt about somebody who is no recipient by the other receipts.
    #[error("{address} is no recipient of the message")]
    NotARecipient {
        /// The address.
        address: Address,
    },
    /// Somebody to whom the message was sent does not stand among the recipients in the receipts.
    #[error("{address}: sent to, but no recipient by the receipts")]
    NotCertified {
        /// The address.
        address: Address,
    },
    /// A receipt with this identifier is about a message of somebody else. It counts for nothing.
    #[error("a receipt with this identifier is about a message of {sender}")]
    OtherSender {
        /// The other sender.
        sender: Address,
    },
    /// The receipts list different recipients (norms §2.2, first audit invariant).
    #[error("the receipts list different recipients")]
    RecipientsDiffer,
    /// The receipts name different messages (`msgid`).
    #[error("the receipts name different messages")]
    MsgidsDiffer,
    /// Something happened before the message was accepted, by more than the clocks of providers
    /// may differ.
    #[error("something happened at {at}, before the message was accepted")]
    BeforeAcceptance {
        /// When.
        at: EventTime,
    },
}

impl Contradiction {
    /// The same in Italian. In English it is what it displays.
    #[must_use]
    pub fn italian(&self) -> String {
        match self {
            Self::AcceptedAndRefused => {
                "il messaggio risulta sia accettato sia non accettato".into()
            }
            Self::SeveralAnswers { times } => {
                format!("il gestore del mittente ha risposto {times} volte")
            }
            Self::DeliveredAndFailed { address } => {
                format!("{address}: risulta sia consegnato sia non consegnato")
            }
            Self::SeveralDeliveries { address, times } => {
                format!("{address}: consegnato {times} volte")
            }
            Self::AnsweredAndRefused { address } => {
                format!("{address}: vi è una ricevuta benché il messaggio non fosse accettato")
            }
            Self::NotARecipient { address } => {
                format!("{address} non è un destinatario del messaggio")
            }
            Self::NotCertified { address } => {
                format!("{address}: destinatario che nelle ricevute non compare")
            }
            Self::OtherSender { sender } => {
                format!("una ricevuta con questo identificativo riguarda un messaggio di {sender}")
            }
            Self::RecipientsDiffer => "le ricevute elencano destinatari diversi".into(),
            Self::MsgidsDiffer => "le ricevute riguardano messaggi diversi".into(),
            Self::BeforeAcceptance { at } => {
                let (day, hour, zone) = (at.day(), at.hour(), at.zone());
                format!("evento del {day} {hour} ({zone}) anteriore all'accettazione")
            }
        }
    }
}
