//! The messages that carry certification data.

use pec_daticert::{Address, CertificationData, Event, EventTime, PecMsgid, ReceiptType};

use super::body::{self, Boundaries, Enclosed, Words};
use super::field::{push_date, push_on_behalf, push_plain, push_unstructured};
use super::inherited::{push_all, push_reply_to, trace_fields};
use super::{Draft, Issue, SystemAddress, WriteError, catalogue};
use crate::MessageKind;
use crate::brief::BriefCopy;
use crate::header::{
    ERROR, X_MITTENTE, X_RIFERIMENTO_MESSAGE_ID, X_TIPO_RICEVUTA, X_VERIFICA_SICUREZZA,
    is_for_virus, subject_prefix,
};
use crate::original::Original;

/// What some messages have beside the certification data.
#[derive(Default)]
struct Extra<'e, 'a> {
    /// What was found, where the data do not say it.
    reason: &'e str,
    /// The original.
    enclosed: Option<Enclosed<'a>>,
    /// When a lost message is made again.
    reissued_at: Option<&'e EventTime>,
}

impl<'a> Draft<'a> {
    /// A transport envelope (*busta di trasporto*) around `original`, which gets the identifier of
    /// the transmission. The envelope bears the same identifier.
    ///
    /// # Errors
    /// [`WriteError`]: data of another kind, a msgid that is not the original's, certification
    /// data that are too large, an original without header.
    // rfc6109 §2.2.1#4, §2.2.1#6, §3.1.5#1, §3.1.5#2, §3.1.5#4, norms 13, norms 23
    #[doc(alias = "busta di trasporto")]
    pub fn transport_envelope(
        data: &CertificationData,
        from: &SystemAddress,
        original: &Original<'a>,
    ) -> Result<Self, WriteError> {
        let Event::TransportEnvelope { receipt_type } = data.event else {
            return Err(other_kind(data));
        };
        let given = original.msgid();
        if data.msgid != given {
            return Err(WriteError::OtherMsgid { original: given });
        }
        let mut header = trace_fields(original);
        let sender = &data.header.sender;
        let mut own = String::new();
        push_marker(&mut own, data);
        push_date(&mut own, &data.time);
        push_subject(&mut own, data);
        push_on_behalf(&mut own, sender.as_str(), from.address());
        header.extend_from_slice(own.as_bytes());
        push_all(&mut header, original, &["To", "Cc"]);
        push_reply_to(&mut header, original, Some(sender));
        let mut own = String::new();
        push_identifiers(&mut own, data, &data.pec_msgid);
        push_plain(&mut own, X_TIPO_RICEVUTA, receipt_type.as_str());
        header.extend_from_slice(own.as_bytes());
        let pieces = original.identified(&data.pec_msgid)?.into_pieces();
        let enclosed = Enclosed { pieces, is_8bit: original.is_8bit() };
        let extra = Extra { enclosed: Some(enclosed), ..Extra::default() };
        Self::certified(data, from.address(), &data.pec_msgid, header, extra)
    }

    /// A message to the sender that holds no original: acceptance, non-acceptance, delivery error,
    /// timeout notice, concise delivery.
    ///
    /// Which of the two timeout notices it is, the description tells: the final one begins with
    /// `5.4.1` (norms §6.1).
    ///
    /// # Errors
    /// [`WriteError`]: data of another kind, certification data that are too large.
    // rfc6109 §3.1.2#2, §3.1.3#4, §3.1.6#2, norms 16, norms 20, norms 46, erratum 4, erratum 5
    #[doc(alias = "ricevuta di accettazione")]
    #[doc(alias = "avviso di mancata consegna")]
    pub fn notification(data: &CertificationData, issue: &Issue) -> Result<Self, WriteError> {
        require_notification(data)?;
        Self::to_address(data, issue, &data.header.sender, Extra::default())
    }

    /// A receipt or notice that was lost, made again from the log: the certification data are as
    /// they were, `Date`, `Message-ID` and signature are new, and a text part of its own says so.
    ///
    /// Kinds are those of [`notification`](Draft::notification): what holds an original cannot be
    /// made again from data.
    ///
    /// # Errors
    /// As for [`notification`](Draft::notification).
    // norms 73, norms §2.2
    pub fn reissue(
        data: &CertificationData,
        issue: &Issue,
        at: &EventTime,
    ) -> Result<Self, WriteError> {
        require_notification(data)?;
        let extra = Extra { reissued_at: Some(at), ..Extra::default() };
        Self::to_address(data, issue, &data.header.sender, extra)
    }

    /// A complete delivery receipt (*ricevuta completa di avvenuta consegna*), which holds the
    /// original as it was delivered.
    ///
    /// # Errors
    /// [`WriteError`]: data of another kind or type, certification data that are too large.
    // rfc6109 §3.3.2#2, §3.3.2.1#4, norms 39
    #[doc(alias = "ricevuta completa")]
    pub fn complete_delivery(
        data: &CertificationData,
        issue: &Issue,
        original: &Original<'a>,
    ) -> Result<Self, WriteError> {
        require_delivery(data, ReceiptType::Complete)?;
        let pieces = vec![original.octets().into()];
        let enclosed = Some(Enclosed { pieces, is_8bit: original.is_8bit() });
        let extra = Extra { enclosed, ..Extra::default() };
        Self::to_address(data, issue, &data.header.sender, extra)
    }

    /// A brief delivery receipt (*ricevuta breve di avvenuta consegna*), which holds the original
    /// with hashes in place of what is attached.
    ///
    /// # Errors
    /// [`WriteError`]: data of another kind or type, certification data that are too large.
    // rfc6109 §3.3.2.2#5, norms 39, norms 40
    #[doc(alias = "ricevuta breve")]
    pub fn brief_delivery(
        data: &CertificationData,
        issue: &Issue,
        copy: &BriefCopy<'a>,
    ) -> Result<Self, WriteError> {
        require_delivery(data, ReceiptType::Brief)?;
        let enclosed = Some(Enclosed { pieces: copy.pieces().to_vec(), is_8bit: copy.is_8bit() });
        let extra = Extra { enclosed, ..Extra::default() };
        Self::to_address(data, issue, &data.header.sender, extra)
    }

    /// A take-in-charge (*ricevuta di presa in carico*) to the service mailbox of the sender's
    /// provider (`mailReceipt` of the directory).
    ///
    /// # Errors
    /// [`WriteError`]: data of another kind, certification data that are too large.
    // rfc6109 §2.1.1.1.1#1, §3.2.1#4, norms 30
    #[doc(alias = "ricevuta di presa in carico")]
    pub fn take_in_charge(
        data: &CertificationData,
        issue: &Issue,
        service_mailbox: &Address,
    ) -> Result<Self, WriteError> {
        match data.event {
            Event::TakeInCharge { .. } => {
                Self::to_address(data, issue, service_mailbox, Extra::default())
            }
            _ => Err(other_kind(data)),
        }
    }

    /// A virus detection notice (*avviso di rilevazione virus*) to the service mailbox of the
    /// sender's provider.
    ///
    /// # Errors
    /// [`WriteError`]: data of another kind, certification data that are too large.
    // rfc6109 §3.2.3#5, §3.2.3#6, §3.2.3#7, norms 34, erratum 14
    #[doc(alias = "avviso di rilevazione virus")]
    pub fn virus_detection(
        data: &CertificationData,
        issue: &Issue,
        service_mailbox: &Address,
    ) -> Result<Self, WriteError> {
        match &data.event {
            Event::VirusDetection { error_detail, .. } => {
                let extra = Extra { reason: error_detail, ..Extra::default() };
                Self::to_address(data, issue, service_mailbox, extra)
            }
            _ => Err(other_kind(data)),
        }
    }

    /// A receipt or notice, which goes to one address.
    fn to_address(
        data: &CertificationData,
        issue: &Issue,
        to: &Address,
        extra: Extra<'_, 'a>,
    ) -> Result<Self, WriteError> {
        let from = issue.from.address();
        let mut header = String::new();
        push_marker(&mut header, data);
        if is_for_virus(&data.event) {
            push_plain(&mut header, X_VERIFICA_SICUREZZA, ERROR);
        }
        if let Event::VirusDetection { .. } = data.event {
            push_plain(&mut header, X_MITTENTE, data.header.sender.as_str());
        }
        push_date(&mut header, extra.reissued_at.unwrap_or(&data.time));
        push_subject(&mut header, data);
        push_plain(&mut header, "From", from.as_str());
        push_plain(&mut header, "To", to.as_str());
        push_identifiers(&mut header, data, &issue.message_id);
        let is_ascii = header.is_ascii();
        let header = header.into_bytes();
        let draft = Self::certified(data, from, &issue.message_id, header, extra)?;
        Ok(Self { addressed_to: Some(to.clone()), needs_smtputf8: !is_ascii, ..draft })
    }

    fn certified(
        data: &CertificationData,
        from: &Address,
        id: &PecMsgid,
        header: Vec<u8>,
        extra: Extra<'_, 'a>,
    ) -> Result<Self, WriteError> {
        let boundaries = Boundaries::new(id)?;
        let text = catalogue::certified_text(data, extra.reason);
        let remark = extra.reissued_at.map(|at| catalogue::reissue_text(data, at));
        let xml = data.to_xml()?;
        let words = Words { text: &text, daticert: Some(&xml), remark: remark.as_deref() };
        let is_8bit = extra.enclosed.as_ref().is_some_and(|enclosed| enclosed.is_8bit);
        Ok(Self {
            kind: data.kind().into(),
            from: from.clone(),
            addressed_to: None,
            time: extra.reissued_at.unwrap_or(&data.time).to_utc(),
            header,
            content: body::content(&words, extra.enclosed, &boundaries)?,
            boundary: boundaries.signed,
            needs_smtputf8: !from.as_str().is_ascii(),
            is_8bit,
        })
    }
}

fn other_kind(data: &CertificationData) -> WriteError {
    WriteError::OtherKind { kind: data.kind().into() }
}

/// The kinds that hold no original and go to the sender.
fn require_notification(data: &CertificationData) -> Result<(), WriteError> {
    match data.event {
        Event::Acceptance
        | Event::NonAcceptance { .. }
        | Event::DeliveryError { .. }
        | Event::DeliveryNotice { .. }
        | Event::Delivery { receipt_type: ReceiptType::Concise, .. } => Ok(()),
        _ => Err(other_kind(data)),
    }
}

fn require_delivery(data: &CertificationData, wanted: ReceiptType) -> Result<(), WriteError> {
    match data.event {
        Event::Delivery { receipt_type, .. } if receipt_type == wanted => Ok(()),
        _ => Err(other_kind(data)),
    }
}

// norms 9
fn push_marker(header: &mut String, data: &CertificationData) {
    let (name, value) = MessageKind::from(data.kind()).marker();
    push_plain(header, name, value);
}

/// The message's own identifier, and the one that the client had given.
// rfc6109 §2.2.1#6
fn push_identifiers(header: &mut String, data: &CertificationData, own: &PecMsgid) {
    push_plain(header, "Message-ID", &own.to_message_id());
    if let Some(msgid) = &data.msgid {
        push_plain(header, X_RIFERIMENTO_MESSAGE_ID, msgid.as_str());
    }
}

fn push_subject(header: &mut String, data: &CertificationData) {
    let prefix = subject_prefix(&data.event);
    let subject = data.header.subject.as_deref().unwrap_or_default();
    push_unstructured(header, "Subject", prefix, subject);
}
