//! The anomaly envelope: the only message without certification data.

use pec_daticert::{Address, EventTime, OneOrMore, Text};

use super::body::{self, Boundaries, Enclosed, Words};
use super::field::{push_date, push_on_behalf, push_plain, push_unstructured};
use super::inherited::{push_all, push_reply_to, trace_fields};
use super::{Draft, Issue, WriteError, catalogue};
use crate::MessageKind;
use crate::original::Original;

/// What is said, and not certified, about a message that is no sound PEC message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Anomaly {
    /// The sender: the SMTP reverse path, `None` where it was empty, as that of bounces.
    pub sender: Option<Address>,
    /// The recipients: the SMTP forward paths.
    pub recipients: OneOrMore<Address>,
    /// The subject, when the message has one.
    pub subject: Option<Text>,
    /// Why nothing is certified, in Italian.
    pub reason: Text,
    /// When the message arrived.
    pub time: EventTime,
}

impl Anomaly {
    pub(super) fn sender_text(&self) -> &str {
        self.sender.as_ref().map_or("<>", Address::as_str)
    }
}

impl<'a> Draft<'a> {
    /// An anomaly envelope around `received` (*busta di anomalia*), whole and unchanged, its
    /// identifier included. `issue` gives it one only where the message has none.
    ///
    /// ```
    /// use pec_message::{original::Original, write::{Anomaly, Draft, Issue, SystemAddress}};
    ///
    /// let received = Original::new(b"From: x@y.example\r\nSubject: Hi\r\n\r\nHello\r\n")?;
    /// let anomaly = Anomaly {
    ///     sender: Some("x@y.example".parse()?),
    ///     recipients: "anna@beta.example".parse::<pec_daticert::Address>()?.into(),
    ///     subject: received.subject(),
    ///     reason: "la firma digitale del messaggio non risulta attendibile".parse()?,
    ///     time: "2026-11-21T10:00:00+01:00".parse()?,
    /// };
    /// let issue = Issue {
    ///     from: SystemAddress::at("pec.beta.example")?,
    ///     message_id: "b1.20261121090000.7.12ab@pec.beta.example".parse()?,
    /// };
    /// let envelope = Draft::anomaly_envelope(&anomaly, &issue, &received)?;
    /// assert!(envelope.header().starts_with(b"X-Trasporto: errore\r\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Boundary`]; take another identifier then.
    // rfc6109 §3.2.2#2, §3.2.2#3, §3.2.2#4, norms 33, erratum 3
    #[doc(alias = "busta di anomalia")]
    pub fn anomaly_envelope(
        anomaly: &Anomaly,
        issue: &Issue,
        received: &Original<'a>,
    ) -> Result<Self, WriteError> {
        let boundaries = Boundaries::new(&issue.message_id)?;
        let pieces = vec![received.octets().into()];
        let enclosed = Enclosed { pieces, is_8bit: received.is_8bit() };
        let text = catalogue::anomaly_text(anomaly);
        let words = Words { text: &text, daticert: None, remark: None };
        let header = header(anomaly, issue, received);
        let from = issue.from.address();
        Ok(Self {
            kind: MessageKind::AnomalyEnvelope,
            from: from.clone(),
            addressed_to: None,
            time: anomaly.time.to_utc(),
            is_8bit: received.is_8bit(),
            needs_smtputf8: !from.as_str().is_ascii(),
            header,
            content: body::content(&words, Some(enclosed), &boundaries)?,
            boundary: boundaries.signed,
        })
    }
}

fn header(anomaly: &Anomaly, issue: &Issue, received: &Original<'_>) -> Vec<u8> {
    let mut header = trace_fields(received);
    let (marker, value) = MessageKind::AnomalyEnvelope.marker();
    let mut own = String::new();
    push_plain(&mut own, marker, value);
    push_date(&mut own, &anomaly.time);
    let subject = anomaly.subject.as_deref().unwrap_or_default();
    push_unstructured(&mut own, "Subject", "ANOMALIA MESSAGGIO: ", subject);
    push_on_behalf(&mut own, anomaly.sender_text(), issue.from.address());
    header.extend_from_slice(own.as_bytes());
    push_all(&mut header, received, &["To", "Cc"]);
    push_reply_to(&mut header, received, anomaly.sender.as_ref());
    if received.entity().field("Message-ID").is_some() {
        push_all(&mut header, received, &["Message-ID"]);
    } else {
        let mut own = String::new();
        push_plain(&mut own, "Message-ID", &issue.message_id.to_message_id());
        header.extend_from_slice(own.as_bytes());
    }
    header
}
