//! Lines of any provider, read as far as they can be understood.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use memchr::memmem;
use pec_daticert::{ErrorCode, Kind, ReceiptType, RecipientType};
use serde::Serialize;

use super::{
    LineError, MAX_ODDITIES, Oddity, OddityKind, RECEIVED,
    escape::unescape,
    line::{Field, Line, lossy},
    name,
    write::role,
};
use crate::Role;
use crate::log::{LogEvent, Record};

/// What a line of any provider's log says. Addresses and texts are as they were written: a log is
/// judged by what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// The number of the line, as the caller counts.
    pub line: u64,
    /// Whether it is in our form: then nothing in it can pass for something else.
    pub is_own: bool,
    /// Who wrote it.
    pub source: String,
    /// When.
    pub time: Option<DateTime<Utc>>,
    /// The identifier of the transmission; `None` where there is none.
    pub id: Option<String>,
    /// What happened.
    pub event: Option<LogEvent>,
    /// The kind of message (`tipo`).
    pub kind: Option<Kind>,
    /// On which side, where the line tells.
    pub role: Option<Role>,
    /// Whether the message was received, where the line tells.
    pub is_received: Option<bool>,
    /// The sender.
    pub sender: Option<String>,
    /// The recipients.
    pub recipients: Vec<EntryRecipient>,
    /// The subject.
    pub subject: Option<String>,
    /// The identifiers of the messages of the event, without angle brackets.
    pub message_ids: Vec<String>,
    /// The provider that certifies.
    pub issuer: Option<String>,
    /// The sending provider, where the line tells.
    pub sending_provider: Option<String>,
    /// The type of receipt.
    pub receipt_type: Option<ReceiptType>,
    /// The recipients of a take-in-charge (`ricezione`).
    pub received_for: Vec<String>,
    /// The recipients that the event is about (`consegna`): one, in a good line.
    pub delivered_to: Vec<String>,
    /// What went wrong.
    pub error: Option<ErrorCode>,
    /// The description of it.
    pub error_detail: Option<String>,
    /// The name of a virus.
    pub virus: Option<String>,
    /// What was not understood.
    pub oddities: Vec<Oddity>,
}

/// A recipient in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryRecipient {
    /// The address, as it was written.
    pub address: String,
    /// Certified or external; `None` where the line does not tell.
    pub recipient_type: Option<RecipientType>,
}

/// What lines do not say of themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The year of lines that bear none.
    pub year: Option<i32>,
}

impl Entry {
    /// Reads a line, with or without its end. `number` is kept as [`Entry::line`].
    ///
    /// ```
    /// use pec_gestore::log::{LogEvent, text::{Entry, ReadOptions}};
    ///
    /// let line = b"Mar 27 12:51:49 2008 PEC_Milter tmail [4412]: 1.2@x.example: \
    ///     queueid=l0J: tipo=avvenuta-consegna (Consegna): mittente=a@x.example: \
    ///     destinatari=b@y.example (certificato), c@z.example (esterno): oggetto=Citt\xe0: \
    ///     message-id=3.4@y.example: gestore=Y: tipo_ricevuta=completa: consegna=b@y.example";
    /// let entry = Entry::read(1, line, &ReadOptions::default())?;
    /// assert_eq!(entry.event, Some(LogEvent::Consegna));
    /// assert_eq!(entry.subject.as_deref(), Some("Città"));
    /// assert_eq!(entry.delivered_to, ["b@y.example"]);
    /// assert_eq!(entry.oddities.len(), 1); // not UTF-8
    /// # Ok::<(), pec_gestore::log::text::LineError>(())
    /// ```
    ///
    /// # Errors
    /// [`LineError`]: the line is no operation.
    pub fn read(number: u64, line: &[u8], options: &ReadOptions) -> Result<Self, LineError> {
        let line = Line::scan(line)?;
        let mut reader = Reader {
            is_own: line.is_own(),
            entry: Self { line: number, is_own: line.is_own(), ..Self::default() },
            instant: None,
            seen: Vec::new(),
        };
        for (at, kind) in &line.oddities {
            reader.odd(*at, kind.clone());
        }
        reader.entry.source = reader.decode(line.source, 0);
        if line.id != b"-" && !line.id.is_empty() {
            reader.entry.id = Some(reader.decode(line.id, 0));
        }
        for field in &line.fields {
            reader.take(*field);
        }
        for name in [name::SENDER, name::RECIPIENTS, name::SUBJECT, name::MESSAGE_ID] {
            if !reader.seen.contains(&name) {
                reader.odd(0, OddityKind::Missing(name));
            }
        }
        let instant = reader.instant.or_else(|| line.stamp.instant(options.year));
        if instant.is_none() {
            reader.odd(0, OddityKind::Time);
        }
        reader.entry.time = instant;
        Ok(reader.entry)
    }
}

/// A record, as its line says it.
impl From<&Record> for Entry {
    fn from(record: &Record) -> Self {
        let received = record.message_id.iter().map(|id| id.without_brackets());
        let generated = record.generated.iter().map(|id| id.as_str());
        let strings = |list: &[pec_daticert::Address]| {
            list.iter().map(|address| address.as_str().to_owned()).collect()
        };
        Self {
            is_own: true,
            time: Some(record.time),
            id: record.pec_msgid.as_ref().map(|id| id.as_str().to_owned()),
            event: Some(record.event),
            kind: record.kind,
            role: Some(record.role),
            is_received: Some(record.is_received),
            sender: record.sender.as_ref().map(|address| address.as_str().to_owned()),
            recipients: record.recipients.iter().map(EntryRecipient::from).collect(),
            subject: record.subject.as_ref().map(|text| text.as_str().to_owned()),
            message_ids: received.chain(generated).map(str::to_owned).collect(),
            issuer: record.issuer.as_ref().map(|text| text.as_str().to_owned()),
            sending_provider: record.sending_provider.clone(),
            receipt_type: record.receipt_type,
            received_for: strings(&record.received_for),
            delivered_to: record.delivered_to.iter().map(|to| to.as_str().to_owned()).collect(),
            error: record.error,
            error_detail: record.error_detail.as_ref().map(|text| text.as_str().to_owned()),
            virus: record.virus.as_ref().map(|text| text.as_str().to_owned()),
            ..Self::default()
        }
    }
}

impl From<&pec_daticert::Recipient> for EntryRecipient {
    fn from(recipient: &pec_daticert::Recipient) -> Self {
        Self {
            address: recipient.address.as_str().to_owned(),
            recipient_type: Some(recipient.recipient_type),
        }
    }
}

struct Reader {
    is_own: bool,
    entry: Entry,
    instant: Option<DateTime<Utc>>,
    seen: Vec<&'static str>,
}

impl Reader {
    fn take(&mut self, field: Field<'_>) {
        let Field { value, at, .. } = field;
        let Some(name) = name::ALL.iter().find(|name| name.as_bytes() == field.name) else {
            return self.odd(at, OddityKind::UnknownField(lossy(field.name)));
        };
        if self.seen.contains(name) {
            return self.odd(at, OddityKind::Repeated(name));
        }
        self.seen.push(name);
        match *name {
            name::KIND => self.kind(value, at),
            name::SENDER => self.entry.sender = self.text(value, at),
            name::RECIPIENTS => self.recipients(value, at),
            name::SUBJECT => self.entry.subject = self.text(value, at),
            name::MESSAGE_ID => self.message_ids(value, at),
            name::ISSUER => self.entry.issuer = self.text(value, at),
            name::SENDING_PROVIDER => self.entry.sending_provider = self.text(value, at),
            name::RECEIPT_TYPE => {
                self.entry.receipt_type = self.word(name::RECEIPT_TYPE, value, at);
            }
            name::RECEIVED_FOR => self.entry.received_for = self.list(value, at),
            name::DELIVERED_TO => {
                self.entry.delivered_to = self.list(value, at);
                if self.entry.delivered_to.len() > 1 {
                    self.value(name::DELIVERED_TO, value, at);
                }
            }
            name::ERROR => self.entry.error = self.word(name::ERROR, value, at),
            name::ERROR_DETAIL | name::EXCEPTIONS => {
                self.entry.error_detail = self.text(value, at);
            }
            name::VIRUS => self.entry.virus = self.text(value, at),
            name::INSTANT => match DateTime::parse_from_rfc3339(&lossy(value)) {
                Ok(instant) => self.instant = Some(instant.to_utc()),
                Err(_) => self.value(name::INSTANT, value, at),
            },
            name::ROLE => self.role(value, at),
            name::DIRECTION if value == RECEIVED.as_bytes() => self.entry.is_received = Some(true),
            name::DIRECTION => self.value(name::DIRECTION, value, at),
            // The others say nothing about what happened.
            _ => {}
        }
    }

    /// `avvenuta-consegna (Consegna)`; anomaly envelopes have no word before the name.
    fn kind(&mut self, value: &[u8], at: usize) {
        let text = self.decode(value, at);
        let (kind, event) = text.split_once(" (").unwrap_or((&text, ""));
        let event = event.strip_suffix(')').unwrap_or(event);
        self.entry.kind = Kind::from_str(kind).ok();
        self.entry.event = LogEvent::from_str(event).ok();
        let is_odd = !kind.is_empty() && self.entry.kind.is_none() || self.entry.event.is_none();
        if is_odd {
            self.odd(at, OddityKind::Value { field: name::KIND, value: lossy(value) });
        }
    }

    fn recipients(&mut self, value: &[u8], at: usize) {
        for item in items(value) {
            let bracket = memmem::rfind(item, b" (").unwrap_or(item.len());
            let (address, word) = item.split_at_checked(bracket).unwrap_or((item, &[]));
            let word = word.strip_prefix(b" (").and_then(|word| word.strip_suffix(b")"));
            let recipient_type = word.and_then(parse);
            if recipient_type.is_none() {
                self.value(name::RECIPIENTS, item, at);
            }
            let address = self.decode(address, at);
            self.entry.recipients.push(EntryRecipient { address, recipient_type });
        }
    }

    fn message_ids(&mut self, value: &[u8], at: usize) {
        self.entry.message_ids = self.list(value, at);
        for id in &mut self.entry.message_ids {
            if let Some(inner) = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')) {
                *id = inner.to_owned();
            }
        }
    }

    fn role(&mut self, value: &[u8], at: usize) {
        let roles = [Role::Sender, Role::Receiver, Role::Other];
        self.entry.role = roles.into_iter().find(|side| role(*side).as_bytes() == value);
        match self.entry.role {
            // Our lines say of what was received that it was, and of the rest nothing.
            Some(_) if self.is_own => {
                self.entry.is_received = self.entry.is_received.or(Some(false));
            }
            Some(_) => {}
            None => self.value(name::ROLE, value, at),
        }
    }

    fn list(&mut self, value: &[u8], at: usize) -> Vec<String> {
        items(value).map(|item| self.decode(item, at)).collect()
    }

    fn word<T: FromStr>(&mut self, field: &'static str, value: &[u8], at: usize) -> Option<T> {
        let word = parse(value);
        if word.is_none() {
            self.value(field, value, at);
        }
        word
    }

    fn text(&mut self, value: &[u8], at: usize) -> Option<String> {
        if value.is_empty() { None } else { Some(self.decode(value, at)) }
    }

    fn decode(&mut self, value: &[u8], at: usize) -> String {
        if self.is_own {
            if let Some(text) = unescape(value) {
                return text;
            }
            self.odd(at, OddityKind::Escape);
        }
        if let Ok(text) = std::str::from_utf8(value) {
            return text.to_owned();
        }
        self.odd(at, OddityKind::NotUtf8);
        value.iter().map(|octet| char::from(*octet)).collect()
    }

    fn value(&mut self, field: &'static str, value: &[u8], at: usize) {
        self.odd(at, OddityKind::Value { field, value: lossy(value) });
    }

    fn odd(&mut self, at: usize, kind: OddityKind) {
        match self.entry.oddities.len() {
            ..MAX_ODDITIES => self.entry.oddities.push(Oddity { at, kind }),
            MAX_ODDITIES => self.entry.oddities.push(Oddity { at, kind: OddityKind::TooMany }),
            _ => {}
        }
    }
}

fn parse<T: FromStr>(word: &[u8]) -> Option<T> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// The items of a list.
pub(super) fn items(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value).filter(|value| !value.is_empty());
    std::iter::from_fn(move || {
        let list = rest?;
        let end = memmem::find(list, b", ");
        let (item, after) = list.split_at_checked(end.unwrap_or(list.len()))?;
        rest = after.strip_prefix(b", ");
        Some(item)
    })
}
