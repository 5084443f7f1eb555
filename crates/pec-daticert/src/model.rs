//! The model: what one `daticert.xml` certifies, with only the fields that its kind may have.

use std::ops::Deref;

use crate::{
    Address, ErrorCode, EventTime, Kind, Msgid, PecMsgid, ReceiptType, RecipientType, Text,
};

/// The certification data of one PEC message: the content of its `daticert.xml`.
///
/// It can hold exactly what the DTD of RFC 6109 §4.4 and the fields of each kind (norms §1.5)
/// allow. The set of fields is closed by the DTD.
///
/// ```
/// use pec_daticert::{CertificationData, Event, Header, Recipient};
///
/// let data = CertificationData {
///     header: Header {
///         sender: "mario@alfa.example".parse()?,
///         recipients: Recipient::certified("anna@beta.example".parse()?).into(),
///         reply_to: "mario@alfa.example".parse()?,
///         subject: Some("Contratto".parse()?),
///     },
///     provider: "Alfa PEC S.p.A.".parse()?,
///     time: "2026-11-21T10:00:00+01:00".parse()?,
///     pec_msgid: "a1.20261121100000@alfa.example".parse()?,
///     msgid: Some("<m1@host.example>".parse()?),
///     event: Event::Acceptance,
/// };
/// let xml = data.to_xml()?;
/// assert_eq!(CertificationData::from_xml(xml.as_bytes())?, data);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "dati di certificazione")]
#[doc(alias = "daticert")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificationData {
    /// What the original message said: the same in every message of a transmission.
    pub header: Header,
    /// The provider that certifies, a free description (`gestore-emittente`). It need not equal
    /// a name in the provider's certificate (norms §1.5): never identify anybody by it.
    #[doc(alias = "gestore-emittente")]
    pub provider: Text,
    /// When the event happened (`data`).
    pub time: EventTime,
    /// The identifier of the transmission (`identificativo`).
    pub pec_msgid: PecMsgid,
    /// The identifier that the sender's mail program had given, when it gave one (`msgid`).
    pub msgid: Option<Msgid>,
    /// What is certified, with the fields of its kind.
    pub event: Event,
}

/// What the original message said (`intestazione`).
///
/// Sender and recipients are the addresses of the SMTP paths, not those of the header fields
/// (RFC 6109 §2.1).
#[doc(alias = "intestazione")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Header {
    /// The sender (`mittente`).
    #[doc(alias = "mittente")]
    pub sender: Address,
    /// The recipients, at least one, in their order; repeats are kept (`destinatari`).
    #[doc(alias = "destinatari")]
    pub recipients: OneOrMore<Recipient>,
    /// Where replies go, the text of the `Reply-To` field; may be empty (`risposte`).
    #[doc(alias = "risposte")]
    pub reply_to: Text,
    /// The subject, when the message has one (`oggetto`).
    #[doc(alias = "oggetto")]
    pub subject: Option<Text>,
}

/// One recipient and whether its domain belongs to the PEC network.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Recipient {
    /// The address.
    pub address: Address,
    /// Certified or external.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub recipient_type: RecipientType,
}

impl Recipient {
    /// A recipient of a PEC domain.
    #[must_use]
    pub const fn certified(address: Address) -> Self {
        Self { address, recipient_type: RecipientType::Certified }
    }

    /// A recipient outside the PEC network.
    #[must_use]
    pub const fn external(address: Address) -> Self {
        Self { address, recipient_type: RecipientType::External }
    }
}

/// The certified event, one constructor for each `tipo` of the DTD, each with the fields that it
/// must have and no others (norms §1.5). The set is closed by the DTD.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// The sender's provider accepted the message (*ricevuta di accettazione*, RFC 6109 §3.1.4).
    #[doc(alias = "ricevuta di accettazione")]
    Acceptance,
    /// The sender's provider refused the message (*avviso di non accettazione*, RFC 6109 §3.1.2
    /// and §3.1.3).
    #[doc(alias = "avviso di non accettazione")]
    NonAcceptance {
        /// Formal exceptions or a virus (`errore`).
        cause: NonAcceptanceCause,
        /// The description of the error (`errore-esteso`).
        error_detail: Text,
    },
    /// The recipient's provider took the envelope (*ricevuta di presa in carico*, RFC 6109
    /// §3.2.1).
    #[doc(alias = "ricevuta di presa in carico")]
    TakeInCharge {
        /// The recipients that this provider took in charge, at least one (`ricezione`).
        received_for: OneOrMore<Address>,
    },
    /// The message is in the recipient's mailbox (*ricevuta di avvenuta consegna*, RFC 6109
    /// §3.3.2).
    #[doc(alias = "ricevuta di avvenuta consegna")]
    Delivery {
        /// The type of this receipt (`ricevuta`).
        receipt_type: ReceiptType,
        /// The recipient (`consegna`).
        delivered_to: Address,
    },
    /// The envelope that carries the original message (*busta di trasporto*, RFC 6109 §3.1.5).
    #[doc(alias = "busta di trasporto")]
    TransportEnvelope {
        /// The type of delivery receipt that the sender asked for (`ricevuta`).
        receipt_type: ReceiptType,
    },
    /// The message could not be delivered (*avviso di mancata consegna*, RFC 6109 §3.3.3 and
    /// §3.2.4).
    #[doc(alias = "avviso di mancata consegna")]
    DeliveryError {
        /// Why (`errore`).
        cause: DeliveryErrorCause,
        /// The recipient that was tried (`consegna`).
        delivered_to: Address,
        /// The type of receipt asked for; providers differ in whether they state it (`ricevuta`).
        receipt_type: Option<ReceiptType>,
        /// The description of the error (`errore-esteso`).
        error_detail: Text,
    },
    /// No confirmation came in 12 or in 24 hours (*avviso di mancata consegna per superamento dei
    /// tempi massimi*, RFC 6109 §3.1.6). Which of the two it is, the description tells.
    #[doc(alias = "preavviso di mancata consegna")]
    DeliveryNotice {
        /// The recipient that is waited for (`consegna`).
        delivered_to: Address,
        /// The description of the error (`errore-esteso`); the final notice begins with `5.4.1`
        /// (norms §6.1).
        error_detail: Text,
    },
    /// The recipient's provider found a virus (*avviso di rilevazione virus*, RFC 6109 §3.2.3).
    #[doc(alias = "avviso di rilevazione virus")]
    VirusDetection {
        /// The recipient that the notice is about: written as `consegna`, read from `ricezione`
        /// too, where older software put it (erratum 14).
        delivered_to: Address,
        /// What was found (`errore-esteso`).
        error_detail: Text,
    },
}

/// Why a message was not accepted. The set is closed by RFC 6109 §3.1.2 and §3.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NonAcceptanceCause {
    /// It breaks a rule of form (`altro`).
    #[doc(alias = "eccezioni formali")]
    FormalException,
    /// It carries a virus (`virus`).
    Virus,
}

/// Why a message could not be delivered. The set is closed by the DTD (RFC 6109 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryErrorCause {
    /// There is no such mailbox (`no-dest`).
    NoRecipient,
    /// There is no such domain (`no-dominio`).
    NoDomain,
    /// The recipient's provider found a virus (`virus`).
    Virus,
    /// Anything else, a full mailbox for instance (`altro`).
    Other,
}

impl CertificationData {
    /// The kind of message (`tipo`).
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.event.kind()
    }
}

impl Event {
    /// The kind of message (`tipo`).
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Acceptance => Kind::Acceptance,
            Self::NonAcceptance { .. } => Kind::NonAcceptance,
            Self::TakeInCharge { .. } => Kind::TakeInCharge,
            Self::Delivery { .. } => Kind::Delivery,
            Self::TransportEnvelope { .. } => Kind::TransportEnvelope,
            Self::DeliveryError { .. } => Kind::DeliveryError,
            Self::DeliveryNotice { .. } => Kind::DeliveryNotice,
            Self::VirusDetection { .. } => Kind::VirusDetection,
        }
    }

    /// The value of the attribute `errore` (norms §1.3).
    #[must_use]
    pub const fn error(&self) -> ErrorCode {
        match self {
            Self::Acceptance
            | Self::TakeInCharge { .. }
            | Self::Delivery { .. }
            | Self::TransportEnvelope { .. } => ErrorCode::None,
            Self::NonAcceptance { cause, .. } => match cause {
                NonAcceptanceCause::FormalException => ErrorCode::Other,
                NonAcceptanceCause::Virus => ErrorCode::Virus,
            },
            Self::DeliveryError { cause, .. } => match cause {
                DeliveryErrorCause::NoRecipient => ErrorCode::NoRecipient,
                DeliveryErrorCause::NoDomain => ErrorCode::NoDomain,
                DeliveryErrorCause::Virus => ErrorCode::Virus,
                DeliveryErrorCause::Other => ErrorCode::Other,
            },
            Self::DeliveryNotice { .. } => ErrorCode::Other,
            Self::VirusDetection { .. } => ErrorCode::Virus,
        }
    }

    /// The type of receipt, where the kind has one (`ricevuta`).
    #[must_use]
    pub const fn receipt_type(&self) -> Option<ReceiptType> {
        match self {
            Self::Delivery { receipt_type, .. } | Self::TransportEnvelope { receipt_type } => {
                Some(*receipt_type)
            }
            Self::DeliveryError { receipt_type, .. } => *receipt_type,
            _ => None,
        }
    }

    /// The one recipient that the event is about, where the kind has one (`consegna`).
    #[must_use]
    pub const fn delivered_to(&self) -> Option<&Address> {
        match self {
            Self::Delivery { delivered_to, .. }
            | Self::DeliveryError { delivered_to, .. }
            | Self::DeliveryNotice { delivered_to, .. }
            | Self::VirusDetection { delivered_to, .. } => Some(delivered_to),
            _ => None,
        }
    }

    /// The recipients taken in charge; empty for the other kinds (`ricezione`).
    #[must_use]
    pub fn received_for(&self) -> &[Address] {
        match self {
            Self::TakeInCharge { received_for } => received_for,
            _ => &[],
        }
    }

    /// The description of the error, where the kind has one (`errore-esteso`).
    #[must_use]
    pub const fn error_detail(&self) -> Option<&Text> {
        match self {
            Self::NonAcceptance { error_detail, .. }
            | Self::DeliveryError { error_detail, .. }
            | Self::DeliveryNotice { error_detail, .. }
            | Self::VirusDetection { error_detail, .. } => Some(error_detail),
            _ => None,
        }
    }
}

/// A list that is never empty, as `destinatari+` of the DTD.
///
/// ```
/// use pec_daticert::OneOrMore;
/// assert!(OneOrMore::<u8>::try_from(vec![]).is_err());
/// let list: OneOrMore<u8> = vec![1, 2].try_into()?;
/// assert_eq!(list.len(), 2);
/// # Ok::<(), pec_daticert::EmptyList>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Vec<T>", into = "Vec<T>"))]
#[cfg_attr(feature = "serde", serde(bound(serialize = "T: Clone + serde::Serialize")))]
pub struct OneOrMore<T>(Vec<T>);

/// An empty list where at least one element must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is empty")]
pub struct EmptyList;

impl<T> TryFrom<Vec<T>> for OneOrMore<T> {
    type Error = EmptyList;

    fn try_from(list: Vec<T>) -> Result<Self, EmptyList> {
        if list.is_empty() { Err(EmptyList) } else { Ok(Self(list)) }
    }
}

impl<T> From<T> for OneOrMore<T> {
    fn from(only: T) -> Self {
        Self(vec![only])
    }
}

impl<T> From<OneOrMore<T>> for Vec<T> {
    fn from(list: OneOrMore<T>) -> Self {
        list.0
    }
}

impl<T> Deref for OneOrMore<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a OneOrMore<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
