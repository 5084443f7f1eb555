//! Our own lines, read back into the records that they were written from.

use std::str::FromStr;

use chrono::DateTime;
use pec_daticert::{Msgid, PecMsgid, Recipient, RecipientType};

use super::{
    Entry, ReadOptions, RecordError,
    entry::items,
    escape::unescape,
    line::{Field, Line},
    name,
};
use crate::log::Record;

impl Record {
    /// Reads a line that [`Record::to_line`] wrote, and only such a one: a line that was changed
    /// afterwards is refused.
    ///
    /// # Errors
    /// [`RecordError`] says why it is none.
    pub fn from_line(line: &str) -> Result<Self, RecordError> {
        let entry = Entry::read(0, line.as_bytes(), &ReadOptions::default())?;
        if !entry.is_own {
            return Err(RecordError::Foreign);
        }
        if let Some(oddity) = entry.oddities.into_iter().next() {
            return Err(oddity.into());
        }
        let scanned = Line::scan(line.as_bytes())?;
        let fields = Fields(&scanned.fields);
        let event = entry.event.ok_or(RecordError::Value(name::KIND))?;
        let role = entry.role.ok_or(RecordError::Value(name::ROLE))?;
        let instant = fields.text(name::INSTANT)?.ok_or(RecordError::Value(name::INSTANT))?;
        let instant = DateTime::parse_from_rfc3339(&instant);
        let time = instant.map_err(|_| RecordError::Value(name::INSTANT))?.to_utc();
        let mut record = Self::new(event, role, time);
        record.is_received = entry.is_received.unwrap_or(false);
        record.kind = entry.kind;
        let id = entry.id.map(PecMsgid::try_from).transpose();
        record.pec_msgid = id.map_err(|_| RecordError::Value("identificativo"))?;
        record.msgid = fields.value(name::MSGID)?;
        record.sender = fields.value(name::SENDER)?;
        record.recipients = fields.recipients()?;
        record.subject = fields.value(name::SUBJECT)?;
        (record.message_id, record.generated) = fields.message_ids()?;
        record.sending_provider = fields.text(name::SENDING_PROVIDER)?;
        record.issuer = fields.value(name::ISSUER)?;
        record.certified_at = fields.value(name::CERTIFIED_AT)?;
        record.reply_to = fields.value(name::REPLY_TO)?;
        record.receipt_type = entry.receipt_type;
        record.delivered_to = fields.value(name::DELIVERED_TO)?;
        record.received_for = fields.list(name::RECEIVED_FOR)?;
        record.error = entry.error;
        record.error_detail = fields.value(name::ERROR_DETAIL)?;
        record.virus = fields.value(name::VIRUS)?;
        record.note = fields.value(name::NOTE)?;
        if record.to_line() == line { Ok(record) } else { Err(RecordError::Changed) }
    }
}

/// The fields of a line, by name.
struct Fields<'f, 'l>(&'f [Field<'l>]);

impl<'l> Fields<'_, 'l> {
    fn octets(&self, name: &str) -> Option<&'l [u8]> {
        let field = self.0.iter().find(|field| field.name == name.as_bytes());
        field.map(|field| field.value).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &'static str) -> Result<Option<String>, RecordError> {
        let text = self.octets(name).map(|value| unescape(value).ok_or(RecordError::Value(name)));
        text.transpose()
    }

    fn value<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, RecordError> {
        self.text(name)?.map(|text| parse(&text, name)).transpose()
    }

    fn list<T: FromStr>(&self, name: &'static str) -> Result<Vec<T>, RecordError> {
        let items = items(self.octets(name).unwrap_or_default());
        items.map(|item| parse_item(item, name)).collect()
    }

    fn recipients(&self) -> Result<Vec<Recipient>, RecordError> {
        let wrong = RecordError::Value(name::RECIPIENTS);
        let recipient = |item: &[u8]| {
            let text = std::str::from_utf8(item).map_err(|_| wrong.clone())?;
            let (address, word) = text.split_once(" (").ok_or(wrong.clone())?;
            let word = word.strip_suffix(')').ok_or(wrong.clone())?;
            Ok(Recipient {
                address: parse_item(address.as_bytes(), name::RECIPIENTS)?,
                recipient_type: RecipientType::from_str(word).map_err(|_| wrong.clone())?,
            })
        };
        items(self.octets(name::RECIPIENTS).unwrap_or_default()).map(recipient).collect()
    }

    /// The one that was received has its angle brackets, those that were made have none.
    fn message_ids(&self) -> Result<(Option<Msgid>, Vec<PecMsgid>), RecordError> {
        let texts: Vec<String> = self.list(name::MESSAGE_ID)?;
        let mut generated = texts.as_slice();
        let mut received = None;
        if let Some((first, rest)) = texts.split_first()
            && first.starts_with('<')
        {
            received = Some(parse(first, name::MESSAGE_ID)?);
            generated = rest;
        }
        let generated = generated.iter().map(|text| parse(text, name::MESSAGE_ID));
        Ok((received, generated.collect::<Result<_, _>>()?))
    }
}

fn parse_item<T: FromStr>(item: &[u8], name: &'static str) -> Result<T, RecordError> {
    parse(&unescape(item).ok_or(RecordError::Value(name))?, name)
}

fn parse<T: FromStr>(text: &str, name: &'static str) -> Result<T, RecordError> {
    text.parse().map_err(|_| RecordError::Value(name))
}
