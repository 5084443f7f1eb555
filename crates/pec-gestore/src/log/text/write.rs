//! Records as lines.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use pec_daticert::{Address, EventTime};

use super::{
    PROGRAM, RECEIVED, VERSION,
    escape::{Place, push_escaped},
    name,
};
use crate::Role;
use crate::log::Record;

impl Record {
    /// The record as one line in the grammar of [`text`](crate::log::text), without an end of
    /// line.
    ///
    /// ```
    /// use pec_gestore::{Role, log::{LogEvent, Record}};
    ///
    /// let now = "2026-11-22T09:00:00Z".parse()?;
    /// let record = Record::new(LogEvent::Allarme, Role::Other, now)
    ///     .with_note("elenco dei gestori: troppo vecchio".parse()?);
    /// let line = record.to_line();
    /// assert_eq!(
    ///     line,
    ///     "Nov 22 10:00:00 2026 Postacert gestore [1]: -: tipo= (Allarme): mittente=: \
    ///      destinatari=: oggetto=: message-id=: gestore=: istante=2026-11-22T09:00:00Z: \
    ///      ruolo=altro: nota=elenco dei gestori%3A troppo vecchio"
    /// );
    /// assert_eq!(Record::from_line(&line)?, record);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    // rfc6109 §2.3#1
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = LineWriter(String::with_capacity(512));
        line.0.push_str(&stamp(self.time));
        let id = self.pec_msgid.as_ref().map_or("-", |id| id.as_str());
        line.raw(&[" ", PROGRAM, " ", VERSION, ": "]);
        if self.pec_msgid.is_some() {
            push_escaped(&mut line.0, id, Place::InList);
        } else {
            line.0.push_str(id);
        }
        let kind = self.kind.map_or("", |kind| kind.as_str());
        line.raw(&[": ", name::KIND, "=", kind, " (", self.event.as_str(), ")"]);
        line.list(name::SENDER, self.sender.iter().map(Address::as_str));
        self.push_recipients(&mut line);
        line.text(name::SUBJECT, self.subject.as_deref());
        let received = self.message_id.iter().map(|id| id.as_str());
        line.list(name::MESSAGE_ID, received.chain(self.generated.iter().map(|id| id.as_str())));
        line.text(name::ISSUER, self.issuer.as_deref());
        self.push_own_fields(&mut line);
        self.push_last_fields(&mut line);
        line.0
    }

    fn push_recipients(&self, line: &mut LineWriter) {
        line.raw(&[": ", name::RECIPIENTS, "="]);
        for (index, recipient) in self.recipients.iter().enumerate() {
            line.0.push_str(if index > 0 { ", " } else { "" });
            push_escaped(&mut line.0, recipient.address.as_str(), Place::InList);
            line.raw(&[" (", recipient.recipient_type.as_str(), ")"]);
        }
    }

    /// The fields that other providers' lines do not have.
    fn push_own_fields(&self, line: &mut LineWriter) {
        let instant = self.time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        line.raw(&[": ", name::INSTANT, "=", &instant]);
        line.raw(&[": ", name::ROLE, "=", role(self.role)]);
        if self.is_received {
            line.raw(&[": ", name::DIRECTION, "=", RECEIVED]);
        }
        if let Some(time) = &self.certified_at {
            line.raw(&[": ", name::CERTIFIED_AT, "=", &time.to_string()]);
        }
        line.some_text(name::MSGID, self.msgid.as_ref().map(|id| id.as_str()));
        line.some_text(name::REPLY_TO, self.reply_to.as_deref());
        line.some_text(name::SENDING_PROVIDER, self.sending_provider.as_deref());
        line.some_text(name::NOTE, self.note.as_deref());
        // Readers look for `virus` or `errore-esteso` right after `errore`, never for both.
        if self.virus.is_some() {
            line.some_text(name::ERROR_DETAIL, self.error_detail.as_deref());
        }
    }

    /// The fields that readers look for from the end of the line.
    fn push_last_fields(&self, line: &mut LineWriter) {
        if let Some(receipt_type) = self.receipt_type {
            line.raw(&[": ", name::RECEIPT_TYPE, "=", receipt_type.as_str()]);
        }
        if !self.received_for.is_empty() {
            line.list(name::RECEIVED_FOR, self.received_for.iter().map(Address::as_str));
        }
        if let Some(address) = &self.delivered_to {
            line.list(name::DELIVERED_TO, std::iter::once(address.as_str()));
        }
        if let Some(error) = self.error {
            line.raw(&[": ", name::ERROR, "=", error.as_str()]);
        }
        match &self.virus {
            Some(virus) => line.some_text(name::VIRUS, Some(virus)),
            None => line.some_text(name::ERROR_DETAIL, self.error_detail.as_deref()),
        }
    }
}

/// The word for a side.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Sender => "mittente",
        Role::Receiver => "destinatario",
        Role::Other => "altro",
    }
}

/// The time at the beginning of a line: legal time, as programs that write to `syslog` have it.
fn stamp(time: DateTime<Utc>) -> String {
    const FORM: &str = "%b %e %H:%M:%S %Y";
    match EventTime::legal(time) {
        Ok(legal) => legal.to_datetime().format(FORM).to_string(),
        Err(_) => time.format(FORM).to_string(),
    }
}

struct LineWriter(String);

impl LineWriter {
    /// Words of ours, which need no escape.
    fn raw(&mut self, pieces: &[&str]) {
        self.0.extend(pieces.iter().copied());
    }

    /// A field that every line has.
    fn text(&mut self, name: &str, text: Option<&str>) {
        self.raw(&[": ", name, "="]);
        if let Some(text) = text {
            push_escaped(&mut self.0, text, Place::Alone);
        }
    }

    /// A field that stands only where it has a value.
    fn some_text(&mut self, name: &str, text: Option<&str>) {
        if text.is_some() {
            self.text(name, text);
        }
    }

    fn list<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, ": {name}=");
        for (index, value) in values.enumerate() {
            self.0.push_str(if index > 0 { ", " } else { "" });
            push_escaped(&mut self.0, value, Place::InList);
        }
    }
}
