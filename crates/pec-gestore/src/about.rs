//! What a message is about: the items of RFC 6109 §2.3 that all its log records share.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, CertificationData, Event, Msgid, PecMsgid, Recipient, Text};
use serde::{Deserialize, Serialize};

use crate::log::{LogEvent, Record};
use crate::{Arrival, Context};

/// What a message is about: what every log record of it says (RFC 6109 §2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The identifier of the transmission, where there is one.
    pub pec_msgid: Option<PecMsgid>,
    /// The identifier that the client gave.
    pub msgid: Option<Msgid>,
    /// The sender of the original; `None` for bounces.
    pub sender: Option<Address>,
    /// The recipients of the original.
    pub recipients: Vec<Recipient>,
    /// The subject of the original.
    pub subject: Option<Text>,
    /// `risposte` of the certification data.
    pub reply_to: Option<Text>,
    /// The sending provider, where one is known.
    pub sending_provider: Option<String>,
}

impl About {
    /// What a message with certification data is about. `provider` is the sending provider's name
    /// in the directory.
    #[must_use]
    pub fn certified(data: &CertificationData, provider: &str) -> Self {
        Self {
            pec_msgid: Some(data.pec_msgid.clone()),
            msgid: data.msgid.clone(),
            sender: Some(data.header.sender.clone()),
            recipients: data.header.recipients.to_vec(),
            subject: data.header.subject.clone(),
            reply_to: Some(data.header.reply_to.clone()),
            sending_provider: Some(provider.to_owned()),
        }
    }

    /// What a message is about that certifies nothing: its SMTP paths, and what its header says.
    pub(crate) fn arrival(arrival: &Arrival, ctx: &Context<'_>) -> Self {
        let recipients = arrival.envelope.forward_paths.iter();
        Self {
            pec_msgid: None,
            msgid: arrival.facts.msgid.clone(),
            sender: arrival.envelope.reverse_path.clone(),
            recipients: recipients.map(|address| ctx.recipient(address)).collect(),
            subject: arrival.facts.subject.clone(),
            reply_to: Some(arrival.facts.reply_to.clone()),
            sending_provider: None,
        }
    }

    /// A record of something that happened to it.
    pub(crate) fn record(self, event: LogEvent, time: DateTime<Utc>) -> Record {
        Record {
            time,
            event,
            is_received: false,
            pec_msgid: self.pec_msgid,
            msgid: self.msgid,
            sender: self.sender,
            recipients: self.recipients,
            subject: self.subject,
            generated: Vec::new(),
            sending_provider: self.sending_provider,
            receipt_type: None,
            delivered_to: None,
            received_for: Vec::new(),
            error: None,
            error_detail: None,
            virus: None,
            reply_to: self.reply_to,
            note: None,
        }
    }

    /// A record of a message with these certification data, made or received.
    pub(crate) fn certified_record(
        data: &CertificationData,
        provider: &str,
        time: DateTime<Utc>,
    ) -> Record {
        let event = &data.event;
        let virus = match event {
            Event::VirusDetection { error_detail, .. } => Some(error_detail.clone()),
            _ => None,
        };
        Record {
            receipt_type: event.receipt_type(),
            delivered_to: event.delivered_to().cloned(),
            received_for: event.received_for().to_vec(),
            error: Some(event.error().as_str().to_owned()),
            error_detail: event.error_detail().cloned(),
            virus,
            ..Self::certified(data, provider).record(LogEvent::of(event), time)
        }
    }
}
