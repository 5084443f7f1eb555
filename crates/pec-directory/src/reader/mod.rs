//! Reading LDIF: records first, then what they say, then what belongs together.

mod assembly;
mod findings;
mod record;

use pec_smime::crypto::CryptoProvider;

use crate::{
    Contents, Deviation, DeviationKind, ReadError,
    error::{LineError, LineFault},
    limits::{MAX_FILE_BYTES, MAX_RECORDS, MAX_VALUES},
    lines::{Line, Lines, Value},
};
use assembly::Assembly;
use findings::Findings;
use record::Context;

impl Contents {
    /// Reads an LDIF file (RFC 2849), and lists what departs from the norm.
    ///
    /// What is wrong in one value or one record costs that value or record, and a deviation says
    /// so: the mistake of one provider does not cut off the others. A file without deviation is
    /// one that is written as it should be.
    ///
    /// The file is not trusted for being read: see [`SignedFile`](crate::SignedFile).
    ///
    /// # Errors
    /// [`ReadError`] when the file is no LDIF, has change records or values by URL, names a record
    /// twice, or is past a limit of [`limits`](crate::limits).
    // norms 49
    pub fn from_ldif(
        file: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<(Self, Vec<Deviation>), ReadError> {
        if file.len() > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge { size: file.len() });
        }
        let mut context = Context { findings: Findings::default(), crypto };
        let mut assembly = Assembly::default();
        let mut records = Records::new(file, &mut context.findings);
        while let Some(record) = records.next(&mut context.findings)? {
            assembly.add(record, &mut context)?;
        }
        let contents = assembly.finish(&mut context.findings)?;
        Ok((contents, context.findings.into_list()))
    }
}

/// A record: its name, and its values.
struct Record<'a> {
    name: Value<'a>,
    values: Vec<Value<'a>>,
}

struct Records<'a> {
    lines: Lines<'a>,
    /// The name of the record that comes next, once it was met.
    next: Option<Value<'a>>,
    started: bool,
    records: usize,
    values: usize,
}

impl<'a> Records<'a> {
    fn new(file: &'a [u8], findings: &mut Findings) -> Self {
        let without_mark = file.strip_prefix(b"\xef\xbb\xbf");
        if without_mark.is_some() {
            findings.add(1, None, DeviationKind::ByteOrderMark);
        }
        let lines = Lines::new(without_mark.unwrap_or(file));
        Self { lines, next: None, started: false, records: 0, values: 0 }
    }

    /// The next record; the lines before its name were read with the one before.
    fn next(&mut self, findings: &mut Findings) -> Result<Option<Record<'a>>, LineError> {
        if self.next.is_none() && !self.started {
            self.preamble()?;
        }
        let Some(name) = self.next.take() else {
            return Ok(None);
        };
        self.records = self.records.saturating_add(1);
        if self.records > MAX_RECORDS {
            return Err(error(&name, LineFault::TooManyRecords));
        }
        let mut record = Record { name, values: Vec::new() };
        let mut empty = None;
        while let Some(line) = self.lines.next()? {
            let value = match line {
                Line::Empty(line) => {
                    empty.get_or_insert(line);
                    continue;
                }
                Line::Value(value) => self.counted(value)?,
            };
            if is_named(&value, "dn") {
                if empty.is_none() {
                    findings.at(&value, DeviationKind::NoSeparator);
                }
                self.next = Some(value);
                break;
            }
            if let Some(line) = empty.take() {
                findings.add(line, None, DeviationKind::StrayEmptyLine);
            }
            if is_named(&value, "changetype") || is_named(&value, "control") {
                return Err(error(&value, LineFault::ChangeRecord));
            }
            record.values.push(value);
        }
        Ok(Some(record))
    }

    /// What stands before the first record: empty lines and the version.
    fn preamble(&mut self) -> Result<(), LineError> {
        while let Some(line) = self.lines.next()? {
            let Line::Value(value) = line else {
                continue;
            };
            let value = self.counted(value)?;
            if is_named(&value, "version") && !self.started {
                if value.octets() != b"1" {
                    return Err(error(&value, LineFault::Version));
                }
                self.started = true;
            } else if is_named(&value, "dn") {
                self.started = true;
                self.next = Some(value);
                break;
            } else {
                return Err(error(&value, LineFault::NoDn));
            }
        }
        Ok(())
    }

    fn counted(&mut self, value: Value<'a>) -> Result<Value<'a>, LineError> {
        self.values = self.values.saturating_add(1);
        if self.values > MAX_VALUES {
            return Err(error(&value, LineFault::TooManyValues));
        }
        Ok(value)
    }
}

fn is_named(value: &Value<'_>, name: &str) -> bool {
    value.description().eq_ignore_ascii_case(name)
}

fn error(value: &Value<'_>, fault: LineFault) -> LineError {
    LineError { line: value.line, attribute: Some(value.description().into()), fault }
}
