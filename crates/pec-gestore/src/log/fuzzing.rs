//! The logic of the fuzz target `log_read`, called by the target and by ordinary tests alike.

use std::str::FromStr;

use chrono::DateTime;
use pec_daticert::{ErrorCode, Kind, ReceiptType, Recipient, RecipientType};

use super::text::{Entry, ReadOptions};
use super::{LogEvent, Record};
use crate::Role;

/// Reads any octets as lines of a log, and makes a record of them that is written and read back.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
pub fn log_read(octets: &[u8]) {
    for line in octets.split(|octet| *octet == b'\n') {
        if let Ok(entry) = Entry::read(1, line, &ReadOptions { year: Some(2026) }) {
            assert!(entry.oddities.iter().all(|oddity| oddity.at <= line.len()), "{entry:?}");
        }
        if let Ok(text) = std::str::from_utf8(line)
            && let Ok(record) = Record::from_line(text)
        {
            roundtrip(&record);
        }
    }
    if let Some(record) = Pieces(octets).record() {
        roundtrip(&record);
    }
}

/// Writes a record in both forms and reads it back: nothing is lost and nothing is added.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
#[expect(clippy::expect_used, reason = "a broken property must stop the fuzzer")]
pub fn roundtrip(record: &Record) {
    let line = record.to_line();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert_eq!(&Record::from_line(&line).expect("what we write, we read"), record);
    let entry = Entry::read(0, line.as_bytes(), &ReadOptions::default());
    let mut entry = entry.expect("what we write, we read");
    entry.source.clear();
    assert_eq!(entry, Entry::from(record));
    let json = record.to_json_line().expect("a year of four digits");
    assert_eq!(&Record::from_json_line(&json).expect("what we write, we read"), record);
}

/// Octets from which values are taken: a length, then so many octets.
struct Pieces<'b>(&'b [u8]);

impl Pieces<'_> {
    fn octet(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A value of `T` from the next piece of text, when that is one.
    fn value<T: FromStr>(&mut self) -> Option<T> {
        let length = usize::from(self.octet()).min(self.0.len());
        let (piece, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8_lossy(piece).parse().ok()
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let index = usize::from(self.octet()).checked_rem(all.len().checked_add(1)?)?;
        all.get(index).copied()
    }

    fn list<T>(&mut self, next: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        let count = self.octet() % 4;
        (0..count).filter_map(|_| next(self)).collect()
    }

    fn record(&mut self) -> Option<Record> {
        let event = self.pick(LogEvent::ALL)?;
        let role = self.pick(&[Role::Sender, Role::Receiver, Role::Other])?;
        let seconds = i64::from(u32::from_le_bytes([0; 4].map(|_: u8| self.octet())));
        let nanoseconds = u32::from(self.octet()).checked_mul(3_906_250)?;
        let mut record = Record::new(event, role, DateTime::from_timestamp(seconds, nanoseconds)?);
        record.is_received = self.octet().is_multiple_of(2);
        record.kind = self.pick(Kind::ALL);
        record.pec_msgid = self.value();
        record.msgid = self.value();
        record.sender = self.value();
        record.recipients = self.list(|pieces| {
            let recipient_type = pieces.pick(RecipientType::ALL)?;
            Some(Recipient { address: pieces.value()?, recipient_type })
        });
        record.subject = self.value();
        record.generated = self.list(Self::value);
        record.message_id = self.value();
        record.sending_provider = self.value();
        record.issuer = self.value();
        record.certified_at = self.value();
        record.reply_to = self.value();
        record.receipt_type = self.pick(ReceiptType::ALL);
        record.delivered_to = self.value();
        record.received_for = self.list(Self::value);
        record.error = self.pick(ErrorCode::ALL);
        record.error_detail = self.value();
        record.virus = self.value();
        record.note = self.value();
        Some(record)
    }
}
