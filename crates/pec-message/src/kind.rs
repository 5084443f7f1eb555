//! The kinds of message.

use std::{fmt, str::FromStr};

/// A kind of message that the PEC system makes.
///
/// ```
/// use pec_message::MessageKind;
/// assert_eq!(MessageKind::from(pec_daticert::Kind::Delivery), MessageKind::Delivery);
/// assert_eq!(MessageKind::AnomalyEnvelope.as_str(), "anomaly-envelope");
/// assert_eq!("take-in-charge".parse(), Ok(MessageKind::TakeInCharge));
/// ```
///
/// The set is closed by RFC 6109 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageKind {
    /// The envelope that carries the original message (RFC 6109 §3.1.5).
    #[doc(alias = "busta di trasporto")]
    TransportEnvelope,
    /// The sender's provider took the message (RFC 6109 §3.1.4).
    #[doc(alias = "ricevuta di accettazione")]
    Acceptance,
    /// The sender's provider refused the message (RFC 6109 §3.1.2, §3.1.3).
    #[doc(alias = "avviso di non accettazione")]
    NonAcceptance,
    /// The recipient's provider took the envelope (RFC 6109 §3.2.1).
    #[doc(alias = "ricevuta di presa in carico")]
    TakeInCharge,
    /// The message is in the recipient's mailbox (RFC 6109 §3.3.2).
    #[doc(alias = "ricevuta di avvenuta consegna")]
    Delivery,
    /// The message could not be delivered (RFC 6109 §3.3.3, §3.2.4).
    #[doc(alias = "avviso di mancata consegna")]
    DeliveryError,
    /// No confirmation within 12 or within 24 hours (RFC 6109 §3.1.6).
    #[doc(alias = "avviso di mancata consegna per superamento dei tempi massimi")]
    DeliveryNotice,
    /// The recipient's provider found a virus (RFC 6109 §3.2.3).
    #[doc(alias = "avviso di rilevazione virus")]
    VirusDetection,
    /// Around mail that is not certified (RFC 6109 §3.2.2). The only kind without certification
    /// data.
    #[doc(alias = "busta di anomalia")]
    AnomalyEnvelope,
}

/// A word that names no kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a kind of message")]
pub struct UnknownKind {
    /// The word.
    pub word: String,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::TransportEnvelope,
        Self::Acceptance,
        Self::NonAcceptance,
        Self::TakeInCharge,
        Self::Delivery,
        Self::DeliveryError,
        Self::DeliveryNotice,
        Self::VirusDetection,
        Self::AnomalyEnvelope,
    ];

    /// The name in English, the words joined by hyphens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TransportEnvelope => "transport-envelope",
            Self::Acceptance => "acceptance",
            Self::NonAcceptance => "non-acceptance",
            Self::TakeInCharge => "take-in-charge",
            Self::Delivery => "delivery",
            Self::DeliveryError => "delivery-error",
            Self::DeliveryNotice => "delivery-notice",
            Self::VirusDetection => "virus-detection",
            Self::AnomalyEnvelope => "anomaly-envelope",
        }
    }
}

impl From<pec_daticert::Kind> for MessageKind {
    fn from(kind: pec_daticert::Kind) -> Self {
        match kind {
            pec_daticert::Kind::Acceptance => Self::Acceptance,
            pec_daticert::Kind::NonAcceptance => Self::NonAcceptance,
            pec_daticert::Kind::TakeInCharge => Self::TakeInCharge,
            pec_daticert::Kind::Delivery => Self::Delivery,
            pec_daticert::Kind::TransportEnvelope => Self::TransportEnvelope,
            pec_daticert::Kind::DeliveryError => Self::DeliveryError,
            pec_daticert::Kind::DeliveryNotice => Self::DeliveryNotice,
            pec_daticert::Kind::VirusDetection => Self::VirusDetection,
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for MessageKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        let kind = Self::ALL.iter().copied().find(|kind| kind.as_str() == word);
        kind.ok_or_else(|| UnknownKind { word: word.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for kind in MessageKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
        }
        assert!("accettazione".parse::<MessageKind>().is_err());
        assert_eq!(MessageKind::ALL.len(), pec_daticert::Kind::ALL.len() + 1);
    }
}
