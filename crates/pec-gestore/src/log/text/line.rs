//! The lexical form of a line: where its fields are.

use memchr::memmem;

use super::{LineError, MAX_LINE_BYTES, OddityKind, PROGRAM, VERSION, name, stamp::Stamp};

/// A line, taken apart.
#[derive(Debug)]
pub(super) struct Line<'l> {
    pub(super) stamp: Stamp,
    /// Who wrote it.
    pub(super) source: &'l [u8],
    /// The identifier of the transmission, as it stands.
    pub(super) id: &'l [u8],
    pub(super) fields: Vec<Field<'l>>,
    /// What was odd already here, with positions.
    pub(super) oddities: Vec<(usize, OddityKind)>,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'l> {
    pub(super) name: &'l [u8],
    pub(super) value: &'l [u8],
    /// Where the value begins, in octets from the start of the line.
    pub(super) at: usize,
}

/// Most fields that are looked at; a good line has fewer than thirty.
const MAX_FIELDS: usize = 256;

/// Names that may follow the subject, in lines of others.
const LAST: &[&str] = &[
    name::ISSUER,
    name::RECEIPT_TYPE,
    name::RECEIVED_FOR,
    name::DELIVERED_TO,
    name::ERROR,
    name::ERROR_DETAIL,
    name::VIRUS,
    name::EXCEPTIONS,
];

/// Those of them whose text is free: nothing after them is looked for.
const FREE: &[&str] = &[name::ERROR_DETAIL, name::VIRUS, name::EXCEPTIONS];

impl<'l> Line<'l> {
    pub(super) fn scan(line: &'l [u8]) -> Result<Self, LineError> {
        if line.len() > MAX_LINE_BYTES {
            return Err(LineError::TooLong(line.len()));
        }
        let line = line.trim_ascii_end();
        match line.first() {
            None => return Err(LineError::Empty),
            Some(b' ' | b'\t') => return Err(LineError::Continuation),
            _ => {}
        }
        let at = |rest: &[u8]| line.len().saturating_sub(rest.len());
        let mut oddities = Vec::new();
        let (mut stamp, mut rest) = Stamp::read(line).ok_or(LineError::NoTime)?;
        let (mut source, mut text) =
            split(rest, b": ").ok_or_else(|| LineError::NoIdentifier { at: at(rest) })?;
        // Programs that share a log file write into one another's lines (norms §2.2).
        if let Some((second, after)) = Stamp::read(text)
            && let Some(pieces) = split(after, b": ")
        {
            oddities.push((at(text), OddityKind::TwoLines));
            (stamp, rest, (source, text)) = (second, after, pieces);
        }
        let (id, fields) =
            split(text, b": ").ok_or_else(|| LineError::NoIdentifier { at: at(rest) })?;
        let mut line = Self { stamp, source, id, fields: Vec::new(), oddities };
        let start = at(fields);
        if line.is_own() {
            line.scan_all(fields, start);
        } else {
            line.scan_foreign(fields, start);
        }
        let has_kind = line.fields.iter().any(|field| field.name == name::KIND.as_bytes());
        if has_kind { Ok(line) } else { Err(LineError::NoEvent) }
    }

    /// Whether the line is in our form, with its escapes.
    pub(super) fn is_own(&self) -> bool {
        let program = self.source.strip_suffix(VERSION.as_bytes());
        program.is_some_and(|program| program.strip_suffix(b" ") == Some(PROGRAM.as_bytes()))
    }

    /// Fields end at the next colon and blank: so it is in our lines, and before the subject.
    fn scan_all(&mut self, mut text: &'l [u8], mut at: usize) {
        while !text.is_empty() {
            if self.fields.len().max(self.oddities.len()) >= MAX_FIELDS {
                return self.oddities.push((at, OddityKind::TooMany));
            }
            let (field, rest) = split(text, b": ").unwrap_or((text, &[]));
            match split(field, b"=") {
                Some((name, value)) => {
                    let before = field.len().saturating_sub(value.len());
                    self.fields.push(Field { name, value, at: at.saturating_add(before) });
                }
                None => self.oddities.push((at, OddityKind::UnknownField(lossy(field)))),
            }
            at = at.saturating_add(text.len().saturating_sub(rest.len()));
            text = rest;
        }
    }

    /// Lines of others: the subject is whatever stands between the first `oggetto=` and the last
    /// `message-id=`, for it comes from outside and nothing in it is escaped.
    fn scan_foreign(&mut self, text: &'l [u8], start: usize) {
        let Some((head, rest)) = split(text, b": oggetto=") else {
            return self.scan_all(text, start);
        };
        self.scan_all(head, start);
        let subject_at = start.saturating_add(text.len().saturating_sub(rest.len()));
        let separator = b": message-id=";
        let end = memmem::rfind(rest, separator).unwrap_or(rest.len());
        let (subject, last) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if memmem::find(subject, separator).is_some() {
            self.oddities.push((subject_at, OddityKind::Ambiguous(name::SUBJECT)));
        }
        let name = name::SUBJECT.as_bytes();
        self.fields.push(Field { name, value: subject, at: subject_at });
        let at = subject_at.saturating_add(subject.len());
        self.scan_last(last, at);
    }

    /// What follows the subject, from its first colon on: fields with known names.
    fn scan_last(&mut self, last: &'l [u8], start: usize) {
        let Some(mut text) = last.strip_prefix(b": ") else {
            return;
        };
        let mut known = name::MESSAGE_ID;
        let end = start.saturating_add(last.len());
        while let Some(value) = text.strip_prefix(known.as_bytes()).and_then(|v| v.get(1..)) {
            let at = end.saturating_sub(value.len());
            let name = known.as_bytes();
            let next = next_field(value);
            if FREE.contains(&known) {
                if next.is_some() {
                    self.oddities.push((at, OddityKind::Ambiguous(known)));
                }
                return self.fields.push(Field { name, value, at });
            }
            let Some((length, following)) = next else {
                return self.fields.push(Field { name, value, at });
            };
            let (value, rest) = value.split_at_checked(length).unwrap_or((value, &[]));
            self.fields.push(Field { name, value, at });
            (known, text) = (following, rest.get(2..).unwrap_or_default());
        }
    }
}

/// Where the next known field begins, and which it is.
fn next_field(text: &[u8]) -> Option<(usize, &'static str)> {
    memmem::find_iter(text, b": ").find_map(|at| {
        let field = text.get(at.saturating_add(2)..)?;
        let is_next = |name: &&&str| {
            field.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'='))
        };
        LAST.iter().find(is_next).map(|name| (at, *name))
    })
}

fn split<'t>(text: &'t [u8], separator: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = memmem::find(text, separator)?;
    let (before, after) = text.split_at_checked(at)?;
    Some((before, after.get(separator.len()..)?))
}

/// The text of some octets, for messages.
pub(super) fn lossy(octets: &[u8]) -> String {
    const LONGEST: usize = 200;
    String::from_utf8_lossy(octets.get(..LONGEST).unwrap_or(octets)).into_owned()
}
