//! What the tolerant reader gives: every field optional, as far as it was understood.

use std::{fmt, str::FromStr};

use chrono::NaiveDateTime;

use crate::{
    Address, CertificationData, Deviation, Element, ErrorCode, EventTime, Header, Kind, Msgid,
    PecMsgid, ReadError, ReceiptType, Recipient, RecipientType, Text,
    matrix::{self, Fields},
    reader,
    time::{Form, parse_day, parse_hour, parse_zone},
};

/// What stands in a `daticert.xml`, every field optional and unknown values kept.
///
/// It claims nothing but what was read. `CertificationData::try_from` makes the model of it where
/// all that the model needs is there.
///
/// ```
/// use pec_daticert::{CertificationData, DeviationKind, Reading};
///
/// let xml = b"<postacert tipo='accettazione'><intestazione>\
///     <mittente>a@alfa.example</mittente><destinatari>b@beta.example</destinatari>\
///     </intestazione><dati><gestore-emittente>Alfa</gestore-emittente><data zona='+01:00'>\
///     <giorno>21-11-2026</giorno><ora>10:00</ora></data>\
///     <identificativo>x.1@alfa.example</identificativo></dati></postacert>";
/// let (reading, deviations) = Reading::from_xml(xml)?;
/// assert_eq!(deviations.len(), 4); // no `risposte`; zona, giorno and ora in other forms
/// let data = CertificationData::try_from(reading)?;
/// assert_eq!(data.time.to_string(), "2026-11-21T10:00:00+01:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Reading {
    /// `tipo`.
    pub kind: Option<Value<Kind>>,
    /// `errore`; `None` when it was left out, which the DTD reads as `nessuno`.
    pub error: Option<Value<ErrorCode>>,
    /// `mittente`.
    pub sender: Option<Value<Address>>,
    /// `destinatari`, in their order.
    pub recipients: Vec<ReadRecipient>,
    /// `risposte`.
    pub reply_to: Option<Value<Text>>,
    /// `oggetto`.
    pub subject: Option<Value<Text>>,
    /// `gestore-emittente`.
    pub provider: Option<Value<Text>>,
    /// `data`.
    pub time: ReadTime,
    /// `identificativo`.
    pub pec_msgid: Option<Value<PecMsgid>>,
    /// `msgid`.
    pub msgid: Option<Value<Msgid>>,
    /// `ricevuta`.
    pub receipt_type: Option<Value<ReceiptType>>,
    /// `consegna`.
    pub delivered_to: Option<Value<Address>>,
    /// `ricezione`, in their order.
    pub received_for: Vec<Value<Address>>,
    /// `errore-esteso`.
    pub error_detail: Option<Value<Text>>,
    /// The names of elements that the DTD does not know, in their order.
    pub unknown_elements: Vec<String>,
}

/// A recipient as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReadRecipient {
    /// The address.
    pub address: Value<Address>,
    /// `tipo`; `None` when it was left out, which the DTD reads as `certificato`.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub recipient_type: Option<Value<RecipientType>>,
}

/// The three parts of a time, as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct ReadTime {
    /// `giorno`.
    pub day: Option<String>,
    /// `ora`.
    pub hour: Option<String>,
    /// `zona`.
    pub zone: Option<String>,
}

impl ReadTime {
    /// The time, when all three parts are there and understood.
    #[must_use]
    pub fn event_time(&self) -> Option<EventTime> {
        let zone = value(parse_zone(self.zone.as_deref()?)?);
        let local = self.local()?;
        EventTime::from_parts(local.date(), local.time(), zone).ok()
    }

    /// Date and time of day, without regard to the offset.
    #[must_use]
    pub fn local(&self) -> Option<NaiveDateTime> {
        let day = value(parse_day(self.day.as_deref()?)?);
        let hour = value(parse_hour(self.hour.as_deref()?)?);
        Some(NaiveDateTime::new(day, hour))
    }
}

fn value<T>(form: Form<T>) -> T {
    match form {
        Form::Prescribed(value) | Form::Deviant(value) => value,
    }
}

/// A value that was understood, or the text that was not. Both cases are all there are (closed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<T> {
    /// Understood.
    Known(T),
    /// Not understood, kept as text.
    Text(String),
}

impl<T> Value<T> {
    /// The value, when it was understood.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Text(_) => None,
        }
    }

    /// The value, when it was understood, given up by value.
    #[must_use]
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Text(_) => None,
        }
    }
}

impl<T: AsRef<str>> Value<T> {
    /// The text, understood or not.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(value) => value.as_ref(),
            Self::Text(text) => text,
        }
    }
}

impl<T: AsRef<str>> fmt::Display for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: FromStr> From<&str> for Value<T> {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Known)
    }
}

#[cfg(feature = "serde")]
impl<T: AsRef<str>> serde::Serialize for Value<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de, T: FromStr> serde::Deserialize<'de> for Value<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer).map(|text| Self::from(text.as_ref()))
    }
}

/// An element without which there is no [`CertificationData`]: it is missing from the [`Reading`],
/// or its value was not understood.
///
/// These have no default: `tipo`, `mittente`, `destinatari` (every one), the three parts of the
/// time, `gestore-emittente`, `identificativo`, `consegna` and `ricezione` where the kind needs
/// them, and any value that is there but was not understood. What may be missing is read as:
/// `risposte` and `errore-esteso` empty, `ricevuta` as *completa* (RFC 6109 §3.3.2.1), `errore` as
/// the most general one of the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("<{element}> is missing or was not understood")]
pub struct Incomplete {
    /// The element.
    pub element: Element,
}

impl Reading {
    /// Reads a `daticert.xml` as far as it can be understood, and lists what departs from the norm.
    ///
    /// A document without deviation is exactly one that [`CertificationData::from_xml`] takes.
    ///
    /// # Errors
    /// [`ReadError`] for what is refused whatever else it holds: DOCTYPE, too large, too deep, an
    /// encoding that is not read, another root element.
    // norms 8, 62
    pub fn from_xml(document: &[u8]) -> Result<(Self, Vec<Deviation>), ReadError> {
        reader::read(document)
    }
}

/// A reading as the strict model, as far as it was understood.
///
/// A reading does not hold what departed from the norm: that is the list beside it. Look at the
/// list before the model counts for anything. An element that stood twice with different values
/// ([`DeviationKind::Repeated`](crate::DeviationKind::Repeated)) is here once, and a truncated
/// document looks like a whole one.
impl TryFrom<Reading> for CertificationData {
    type Error = Incomplete;

    fn try_from(reading: Reading) -> Result<Self, Incomplete> {
        let kind = known(reading.kind, Element::Postacert)?;
        let fields = Fields {
            error: reading.error.and_then(Value::into_known),
            receipt_type: understood(reading.receipt_type, Element::Ricevuta)?,
            delivered_to: understood(reading.delivered_to, Element::Consegna)?,
            received_for: all(reading.received_for, Element::Ricezione, |value| {
                value.into_known()
            })?,
            error_detail: understood(reading.error_detail, Element::ErroreEsteso)?,
        };
        let recipients = all(reading.recipients, Element::Destinatari, ReadRecipient::into_known)?;
        Ok(Self {
            header: Header {
                sender: known(reading.sender, Element::Mittente)?,
                recipients: recipients
                    .try_into()
                    .map_err(|_| Incomplete { element: Element::Destinatari })?,
                reply_to: understood(reading.reply_to, Element::Risposte)?.unwrap_or_default(),
                subject: understood(reading.subject, Element::Oggetto)?,
            },
            provider: known(reading.provider, Element::GestoreEmittente)?,
            time: reading.time.event_time().ok_or(Incomplete { element: Element::Data })?,
            pec_msgid: known(reading.pec_msgid, Element::Identificativo)?,
            msgid: understood(reading.msgid, Element::Msgid)?,
            event: matrix::event(kind, fields)?,
        })
    }
}

impl ReadRecipient {
    fn into_known(self) -> Option<Recipient> {
        let recipient_type = match self.recipient_type {
            Some(value) => value.into_known()?,
            None => RecipientType::Certified,
        };
        Some(Recipient { address: self.address.into_known()?, recipient_type })
    }
}

/// A value that must be there.
fn known<T>(value: Option<Value<T>>, element: Element) -> Result<T, Incomplete> {
    value.and_then(Value::into_known).ok_or(Incomplete { element })
}

/// A value that may be missing, but not misunderstood.
fn understood<T>(value: Option<Value<T>>, element: Element) -> Result<Option<T>, Incomplete> {
    value.map(|value| value.into_known().ok_or(Incomplete { element })).transpose()
}

fn all<T, U>(
    values: Vec<T>,
    element: Element,
    convert: impl Fn(T) -> Option<U>,
) -> Result<Vec<U>, Incomplete> {
    values.into_iter().map(|value| convert(value).ok_or(Incomplete { element })).collect()
}
