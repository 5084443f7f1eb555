//! The outer header, which nobody signed, against the certification data, which are signed.

use pec_daticert::{CertificationData, Event};
use pec_smime::entity::Entity;

use super::Deviation;
use crate::header::{
    self, ON_BEHALF_OF, X_MITTENTE, X_RICEVUTA, X_RIFERIMENTO_MESSAGE_ID, X_TIPO_RICEVUTA,
    X_TRASPORTO, X_VERIFICA_SICUREZZA,
};
use crate::{Claimed, Mail, Mailbox};

/// Lists every disagreement.
// norms 60
pub(super) fn compare(
    mail: &Mail<'_>,
    claimed: &Claimed,
    data: &CertificationData,
    deviations: &mut Vec<Deviation>,
) {
    let outer = mail.message().part().entity();
    let mut comparison = Comparison { claimed, data, deviations };
    comparison.names(&outer);
    comparison.subject();
    comparison.identifiers();
    comparison.addresses();
    comparison.kind_fields();
    comparison.date();
}

struct Comparison<'c> {
    claimed: &'c Claimed,
    data: &'c CertificationData,
    deviations: &'c mut Vec<Deviation>,
}

impl Comparison<'_> {
    fn differs(&mut self, field: &'static str, header: &str, certified: &str) {
        let (header, certified) = (header.to_owned(), certified.to_owned());
        self.deviations.push(Deviation::HeaderDiffers { field, header, certified });
    }

    /// A field whose value must be that one; `None` where the field must not stand.
    fn value(&mut self, field: &'static str, header: Option<&str>, certified: Option<&str>) {
        match (header, certified) {
            (None, None) => {}
            (Some(header), Some(certified)) if header == certified => {}
            (None, Some(_)) => self.deviations.push(Deviation::HeaderMissing(field)),
            (Some(header), certified) => self.differs(field, header, certified.unwrap_or_default()),
        }
    }

    fn names(&mut self, header: &Entity<'_>) {
        for canonical in [
            X_TRASPORTO,
            X_RICEVUTA,
            X_TIPO_RICEVUTA,
            X_VERIFICA_SICUREZZA,
            X_RIFERIMENTO_MESSAGE_ID,
        ] {
            let is_other = |name: &[u8]| name != canonical.as_bytes();
            if header.fields_named(canonical).any(|field| is_other(field.name())) {
                self.deviations.push(Deviation::FieldNameCase(canonical));
            }
        }
        if header.field(X_TRASPORTO).is_some() && header.field(X_RICEVUTA).is_some() {
            self.deviations.push(Deviation::BothMarkers);
        }
    }

    fn subject(&mut self) {
        let original = self.data.header.subject.as_deref().unwrap_or_default();
        let expected = format!("{}{original}", header::subject_prefix(&self.data.event));
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = self.claimed.subject.clone();
        let found = found.as_deref().map(words);
        self.value("Subject", found.as_deref(), Some(&words(&expected)));
    }

    fn identifiers(&mut self) {
        let (claimed, data) = (self.claimed, self.data);
        let msgid = data.msgid.as_ref().map(pec_daticert::Msgid::as_str);
        let found = claimed.reference_message_id.as_deref();
        self.value(X_RIFERIMENTO_MESSAGE_ID, found, msgid);
        if data.kind() == pec_daticert::Kind::TransportEnvelope {
            let certified = data.pec_msgid.to_message_id();
            self.value("Message-ID", claimed.message_id.as_deref(), Some(&certified));
        }
    }

    fn addresses(&mut self) {
        let (claimed, data) = (self.claimed, self.data);
        let sender = data.header.sender.as_str();
        match data.event {
            Event::TransportEnvelope { .. } => {
                self.recipients();
                let name = claimed.from.first().and_then(|from| from.name.as_deref());
                let expected = format!("{ON_BEHALF_OF}{sender}");
                if name.is_none_or(|name| !name.eq_ignore_ascii_case(&expected)) {
                    self.differs("From", name.unwrap_or_default(), &expected);
                }
                self.reply_to();
            }
            // These go to the service mailbox of the sending provider.
            Event::TakeInCharge { .. } | Event::VirusDetection { .. } => {}
            _ => {
                if !claimed.to.iter().any(|to| to.address.eq_ignore_ascii_case(sender)) {
                    self.differs("To", &list(&claimed.to), sender);
                }
            }
        }
    }

    /// The recipients of the paths are those of To and Cc (rfc6109 §3.1.1#1).
    fn recipients(&mut self) {
        let shown: Vec<Mailbox> = self.claimed.to.iter().chain(&self.claimed.cc).cloned().collect();
        let recipients = &self.data.header.recipients;
        let is_shown = |address: &str| {
            shown.iter().any(|mailbox| mailbox.address.eq_ignore_ascii_case(address))
        };
        let is_certified = |mailbox: &Mailbox| {
            recipients.iter().any(|one| one.address.as_str().eq_ignore_ascii_case(&mailbox.address))
        };
        let all_shown = recipients.iter().all(|recipient| is_shown(recipient.address.as_str()));
        if !all_shown || !shown.iter().all(is_certified) {
            let addresses: Vec<&str> =
                recipients.iter().map(|recipient| recipient.address.as_str()).collect();
            self.differs("To", &list(&shown), &addresses.join(", "));
        }
    }

    fn reply_to(&mut self) {
        let certified = self.data.header.reply_to.as_str();
        let found = &self.claimed.reply_to;
        let is_named = |mailbox: &Mailbox| {
            let mut words = certified.split(|c: char| c.is_whitespace() || "<>,;\"".contains(c));
            words.any(|word| word.eq_ignore_ascii_case(&mailbox.address))
        };
        if !certified.is_empty() && !found.iter().all(is_named) {
            self.differs("Reply-To", &list(found), certified);
        }
    }

    fn kind_fields(&mut self) {
        let (claimed, data) = (self.claimed, self.data);
        if let Event::TransportEnvelope { receipt_type } = data.event {
            let found = claimed.receipt_type.as_ref().map(pec_daticert::Value::as_str);
            self.value(X_TIPO_RICEVUTA, found, Some(receipt_type.as_str()));
        }
        let is_virus = header::is_for_virus(&data.event);
        if is_virus && !claimed.is_security_error {
            self.deviations.push(Deviation::HeaderMissing(X_VERIFICA_SICUREZZA));
        }
        if claimed.is_security_error && !is_virus {
            self.differs(X_VERIFICA_SICUREZZA, header::ERROR, data.event.error().as_str());
        }
        if let Event::VirusDetection { .. } = data.event {
            let sender = data.header.sender.as_str();
            self.value(X_MITTENTE, claimed.original_sender.as_deref(), Some(sender));
        }
    }

    /// rfc6109 §4.1#1: one instant for all that an operation produces.
    fn date(&mut self) {
        let certified = self.data.time.to_datetime();
        match self.claimed.date {
            None => self.deviations.push(Deviation::HeaderMissing("Date")),
            Some(date) if date == certified => {}
            Some(date) => self.differs("Date", &date.to_rfc3339(), &certified.to_rfc3339()),
        }
    }
}

fn list(mailboxes: &[Mailbox]) -> String {
    let addresses: Vec<&str> = mailboxes.iter().map(|mailbox| mailbox.address.as_str()).collect();
    addresses.join(", ")
}
