//! One operation in the log.

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, ErrorCode, Event, EventTime, Header, Kind,
    Msgid, NonAcceptanceCause, PecMsgid, ReceiptType, Recipient, Text,
};
use serde::{Deserialize, Serialize};

use super::LogEvent;
use crate::Role;

/// One operation: the eight items of RFC 6109 §2.3, and what the event adds.
///
/// A record about a certified message holds everything that its certification data say, so that
/// a lost receipt can be made again ([`Record::certification_data`]).
///
/// ```
/// use chrono::Utc;
/// use pec_gestore::{Role, log::{LogEvent, Record}};
///
/// # let (data, now) = (pec_daticert::fuzzing::example(), chrono::DateTime::<Utc>::default());
/// let record = Record::made(&data, Role::Sender, now, &"r1@alfa.example".parse()?);
/// assert_eq!(record.event, LogEvent::Accettazione);
/// assert_eq!(record.certification_data(), Ok(data));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// rfc6109 §2.3#1, norms 70
#[doc(alias = "riga di log")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When (item 2).
    pub time: DateTime<Utc>,
    /// What (item 6).
    pub event: LogEvent,
    /// On which side of the transmission; [`Role::Other`] where there is none.
    pub role: Role,
    /// Whether the message of the event was received; else it was made here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_received: bool,
    /// The kind of certified message that the event is about (`tipo`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The identifier of the transmission (*identificativo*).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pec_msgid: Option<PecMsgid>,
    /// The identifier that the client gave (item 1: that of the original message).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msgid: Option<Msgid>,
    /// The sender (item 3); `None` for bounces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    /// The recipients (item 4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
    /// The subject (item 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// The identifiers of the messages that were made (item 7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<PecMsgid>,
    /// The identifier of the message that was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Msgid>,
    /// The sending provider (item 8), as the directory calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_provider: Option<String>,
    /// The provider that certifies the message of the event (`gestore-emittente`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Text>,
    /// When it certifies that it happened (`data`): to the second, in legal time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certified_at: Option<EventTime>,
    /// The text of `Reply-To` (`risposte`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Text>,
    /// The type of a delivery receipt, or the one that was asked for (`ricevuta`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_type: Option<ReceiptType>,
    /// The recipient that a receipt, a deposit or a relay is about (`consegna`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_to: Option<Address>,
    /// The recipients that a take-in-charge is about (`ricezione`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received_for: Vec<Address>,
    /// What went wrong (`errore`); `None` is `nessuno`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorCode>,
    /// The description of it (`errore-esteso`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<Text>,
    /// The name of a virus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virus: Option<Text>,
    /// What an operator should know, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Why a record is not one of a certified message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record does not hold `{item}`")]
pub struct NotCertified {
    /// What is missing, as `daticert.xml` names it.
    pub item: &'static str,
}

impl Record {
    /// A record that says when, what and where, and nothing of a message yet.
    #[must_use]
    pub fn new(event: LogEvent, role: Role, time: DateTime<Utc>) -> Self {
        Self {
            time,
            event,
            role,
            is_received: false,
            kind: None,
            pec_msgid: None,
            msgid: None,
            sender: None,
            recipients: Vec::new(),
            subject: None,
            generated: Vec::new(),
            message_id: None,
            sending_provider: None,
            issuer: None,
            certified_at: None,
            reply_to: None,
            receipt_type: None,
            delivered_to: None,
            received_for: Vec::new(),
            error: None,
            error_detail: None,
            virus: None,
            note: None,
        }
    }

    /// A record of something that happened to a certified message, with all of its data.
    #[must_use]
    pub fn about(
        data: &CertificationData,
        event: LogEvent,
        role: Role,
        time: DateTime<Utc>,
    ) -> Self {
        let error = data.event.error();
        Self {
            kind: Some(data.kind()),
            pec_msgid: Some(data.pec_msgid.clone()),
            msgid: data.msgid.clone(),
            sender: Some(data.header.sender.clone()),
            recipients: data.header.recipients.to_vec(),
            subject: data.header.subject.clone(),
            issuer: Some(data.provider.clone()),
            certified_at: Some(data.time),
            reply_to: Some(data.header.reply_to.clone()),
            receipt_type: data.event.receipt_type(),
            delivered_to: data.event.delivered_to().cloned(),
            received_for: data.event.received_for().to_vec(),
            error: Some(error).filter(|error| *error != ErrorCode::None),
            error_detail: data.event.error_detail().cloned(),
            ..Self::new(event, role, time)
        }
    }

    /// A certified message was made here, under the identifier `id`.
    #[must_use]
    pub fn made(data: &CertificationData, role: Role, time: DateTime<Utc>, id: &PecMsgid) -> Self {
        Self::about(data, LogEvent::of(&data.event), role, time).generating(id)
    }

    /// A certified message was received from another provider, or from ourselves.
    #[must_use]
    pub fn received(data: &CertificationData, role: Role, time: DateTime<Utc>) -> Self {
        Self { is_received: true, ..Self::about(data, LogEvent::of(&data.event), role, time) }
    }

    /// With the identifier of a message that was made (item 7).
    #[must_use]
    pub fn generating(mut self, id: &PecMsgid) -> Self {
        self.generated.push(id.clone());
        self
    }

    /// With the identifier of the transmission.
    #[must_use]
    pub fn of_transmission(mut self, id: &PecMsgid) -> Self {
        self.pec_msgid = Some(id.clone());
        self
    }

    /// With the identifier of the message that was received.
    #[must_use]
    pub fn with_message_id(mut self, id: Option<&Msgid>) -> Self {
        self.message_id = id.cloned();
        self
    }

    /// With the identifier that the client gave (item 1).
    #[must_use]
    pub fn with_msgid(mut self, id: Option<&Msgid>) -> Self {
        self.msgid = id.cloned();
        self
    }

    /// With the paths of the original message (items 3 and 4).
    #[must_use]
    pub fn between(mut self, sender: Option<&Address>, recipients: &[Recipient]) -> Self {
        self.sender = sender.cloned();
        self.recipients = recipients.to_vec();
        self
    }

    /// With the subject (item 5).
    #[must_use]
    pub fn with_subject(mut self, subject: Option<&Text>) -> Self {
        self.subject = subject.cloned();
        self
    }

    /// With the sending provider (item 8).
    #[must_use]
    pub fn sent_by(mut self, provider: impl Into<String>) -> Self {
        self.sending_provider = Some(provider.into());
        self
    }

    /// With the one recipient that the event is about.
    #[must_use]
    pub fn to(mut self, recipient: &Address) -> Self {
        self.delivered_to = Some(recipient.clone());
        self
    }

    /// With the recipients that the event is about.
    #[must_use]
    pub fn for_recipients(mut self, recipients: &[Address]) -> Self {
        self.received_for = recipients.to_vec();
        self
    }

    /// With what went wrong, and its description.
    #[must_use]
    pub fn failed(mut self, error: ErrorCode, detail: &Text) -> Self {
        self.error = Some(error).filter(|error| *error != ErrorCode::None);
        self.error_detail = Some(detail.clone());
        self
    }

    /// With the name of a virus.
    #[must_use]
    pub fn with_virus(mut self, name: &Text) -> Self {
        self.virus = Some(name.clone());
        self
    }

    /// With a word for the operator.
    #[must_use]
    pub fn with_note(mut self, note: Text) -> Self {
        self.note = Some(note);
        self
    }

    /// The certification data of the message that the record is about, as they were.
    ///
    /// # Errors
    /// [`NotCertified`] names the first item that the record lacks: it is about no certified
    /// message.
    pub fn certification_data(&self) -> Result<CertificationData, NotCertified> {
        let lacks = |item| NotCertified { item };
        let recipients = self.recipients.clone();
        Ok(CertificationData {
            event: self.certified_event()?,
            header: Header {
                sender: self.sender.clone().ok_or(lacks("mittente"))?,
                recipients: recipients.try_into().map_err(|_| lacks("destinatari"))?,
                reply_to: self.reply_to.clone().ok_or(lacks("risposte"))?,
                subject: self.subject.clone(),
            },
            provider: self.issuer.clone().ok_or(lacks("gestore-emittente"))?,
            time: self.certified_at.ok_or(lacks("data"))?,
            pec_msgid: self.pec_msgid.clone().ok_or(lacks("identificativo"))?,
            msgid: self.msgid.clone(),
        })
    }

    fn certified_event(&self) -> Result<Event, NotCertified> {
        let lacks = |item| NotCertified { item };
        let receipt_type = || self.receipt_type.ok_or(lacks("ricevuta"));
        let delivered_to = || self.delivered_to.clone().ok_or(lacks("consegna"));
        let error_detail = || self.error_detail.clone().ok_or(lacks("errore-esteso"));
        Ok(match self.kind.ok_or(lacks("tipo"))? {
            Kind::Acceptance => Event::Acceptance,
            Kind::NonAcceptance => Event::NonAcceptance {
                cause: match self.error {
                    Some(ErrorCode::Virus) => NonAcceptanceCause::Virus,
                    _ => NonAcceptanceCause::FormalException,
                },
                error_detail: error_detail()?,
            },
            Kind::TakeInCharge => {
                let received_for = self.received_for.clone();
                Event::TakeInCharge {
                    received_for: received_for.try_into().map_err(|_| lacks("ricezione"))?,
                }
            }
            Kind::Delivery => {
                Event::Delivery { receipt_type: receipt_type()?, delivered_to: delivered_to()? }
            }
            Kind::TransportEnvelope => Event::TransportEnvelope { receipt_type: receipt_type()? },
            Kind::DeliveryError => Event::DeliveryError {
                cause: match self.error {
                    Some(ErrorCode::NoRecipient) => DeliveryErrorCause::NoRecipient,
                    Some(ErrorCode::NoDomain) => DeliveryErrorCause::NoDomain,
                    Some(ErrorCode::Virus) => DeliveryErrorCause::Virus,
                    _ => DeliveryErrorCause::Other,
                },
                delivered_to: delivered_to()?,
                receipt_type: self.receipt_type,
                error_detail: error_detail()?,
            },
            Kind::DeliveryNotice => Event::DeliveryNotice {
                delivered_to: delivered_to()?,
                error_detail: error_detail()?,
            },
            Kind::VirusDetection => Event::VirusDetection {
                delivered_to: delivered_to()?,
                error_detail: error_detail()?,
            },
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
const fn is_false(value: &bool) -> bool {
    !*value
}
