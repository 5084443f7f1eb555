//! One operation in the log.

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, DeliveryErrorCause, Event, Msgid, NonAcceptanceCause, PecMsgid, ReceiptType,
    Recipient, Text,
};
use serde::{Deserialize, Serialize};

/// What happened, by the names that gestori's logs use (norms §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub enum LogEvent {
    /// Server-user acceptance.
    Accettazione,
    /// Non-acceptance for formal reasons.
    NonAccettazione,
    /// Non-acceptance for a virus.
    NonAccettazioneVirus,
    /// A transport envelope was made.
    BustaTrasporto,
    /// Server-server acceptance: made, or received.
    PresaInCarico,
    /// Delivery: made, or received.
    Consegna,
    /// Delivery error: made, or received.
    MancataConsegna,
    /// Delivery error for a virus.
    MancataConsegnaVirus,
    /// The notice after 12 hours.
    MancataConsegna12h,
    /// The notice after 24 hours.
    MancataConsegna24h,
    /// Virus detection notice: made, or received.
    RilevazioneVirus,
    /// Anomaly envelope.
    BustaAnomalia,
    /// An SMTP transaction was refused.
    Rifiuto,
    /// A message was put into a mailbox.
    Deposito,
    /// A message went to a next hop.
    Inoltro,
    /// Something that an operator must hear of.
    Allarme,
}

impl LogEvent {
    /// What it means that a message with these certification data is made or received.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        match event {
            Event::Acceptance => Self::Accettazione,
            Event::NonAcceptance { cause: NonAcceptanceCause::FormalException, .. } => {
                Self::NonAccettazione
            }
            Event::NonAcceptance { cause: NonAcceptanceCause::Virus, .. } => {
                Self::NonAccettazioneVirus
            }
            Event::TakeInCharge { .. } => Self::PresaInCarico,
            Event::Delivery { .. } => Self::Consegna,
            Event::TransportEnvelope { .. } => Self::BustaTrasporto,
            Event::DeliveryError { cause: DeliveryErrorCause::Virus, .. } => {
                Self::MancataConsegnaVirus
            }
            Event::DeliveryError { .. } => Self::MancataConsegna,
            Event::DeliveryNotice { error_detail, .. } if is_final(error_detail) => {
                Self::MancataConsegna24h
            }
            Event::DeliveryNotice { .. } => Self::MancataConsegna12h,
            Event::VirusDetection { .. } => Self::RilevazioneVirus,
        }
    }
}

/// The final notice begins with this code and no further digit (norms 46).
fn is_final(detail: &str) -> bool {
    let rest = detail.strip_prefix("5.4.1");
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// One operation: the eight items of RFC 6109 §2.3, and what the event adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When (item 2).
    pub time: DateTime<Utc>,
    /// What (item 6).
    pub event: LogEvent,
    /// Whether the message of the event was received; else it was made here.
    pub is_received: bool,
    /// The identifier of the transmission.
    pub pec_msgid: Option<PecMsgid>,
    /// The identifier that the client gave (item 1: that of the original message).
    pub msgid: Option<Msgid>,
    /// The sender (item 3); `None` for bounces.
    pub sender: Option<Address>,
    /// The recipients (item 4).
    pub recipients: Vec<Recipient>,
    /// The subject (item 5).
    pub subject: Option<Text>,
    /// The identifiers of the messages that were made (item 7).
    pub generated: Vec<PecMsgid>,
    /// The sending provider (item 8).
    pub sending_provider: Option<String>,
    /// The type of a delivery receipt.
    pub receipt_type: Option<ReceiptType>,
    /// The recipient that a receipt or deposit is about (*consegna*).
    pub delivered_to: Option<Address>,
    /// The recipients that a take-in-charge is about (*ricezione*).
    pub received_for: Vec<Address>,
    /// *errore*, as in the certification data.
    pub error: Option<String>,
    /// *errore-esteso*.
    pub error_detail: Option<Text>,
    /// The name of a virus.
    pub virus: Option<Text>,
    /// `risposte` of the certification data: with the other items they are made again from this.
    pub reply_to: Option<Text>,
    /// What an operator should know, in plain words.
    pub note: Option<Text>,
}
