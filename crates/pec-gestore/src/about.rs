//! What a message is about: the items of RFC 6109 §2.3 that all its log records share.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, CertificationData, Msgid, PecMsgid, Recipient, Text};
use serde::{Deserialize, Serialize};

use crate::log::{LogEvent, Record};
use crate::{Arrival, Context, Role};

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
    pub(crate) fn record(&self, event: LogEvent, role: Role, time: DateTime<Utc>) -> Record {
        Record {
            pec_msgid: self.pec_msgid.clone(),
            sending_provider: self.sending_provider.clone(),
            reply_to: self.reply_to.clone(),
            ..Record::new(event, role, time)
                .with_msgid(self.msgid.as_ref())
                .between(self.sender.as_ref(), &self.recipients)
                .with_subject(self.subject.as_ref())
        }
    }
}
