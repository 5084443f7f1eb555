//! Header fields.

use std::borrow::Cow;
use std::ops::Range;

use super::{Entity, EntityDamage, slice};
use crate::limits;

/// One header field.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    message: &'a [u8],
    name: Range<usize>,
    value: Range<usize>,
    range: Range<usize>,
}

impl<'a> Field<'a> {
    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        slice(self.message, &self.name)
    }

    /// Whether this is the name, without regard to case.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// What follows the colon, as written, without the last line break.
    #[must_use]
    pub fn raw_value(&self) -> &'a [u8] {
        slice(self.message, &self.value)
    }

    /// Where the field is in the message, its line breaks included.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The value without line breaks (RFC 5322 §2.2.3) and without blanks at its ends.
    #[must_use]
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        let raw = self.raw_value().trim_ascii();
        if !raw.contains(&b'\n') {
            return Cow::Borrowed(raw);
        }
        let mut unfolded = Vec::with_capacity(raw.len());
        for line in raw.split_inclusive(|octet| *octet == b'\n') {
            let line = line
                .strip_suffix(b"\n")
                .map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
            unfolded.extend_from_slice(line);
        }
        Cow::Owned(unfolded)
    }

    /// The unfolded value as text; octets that are not UTF-8 read as windows-1252, which is what
    /// raw 8-bit headers of deployed mail are.
    #[must_use]
    pub fn text(&self) -> String {
        let unfolded = self.unfolded();
        match std::str::from_utf8(&unfolded) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(&unfolded).0.into_owned()
            }
        }
    }
}

/// Finds the fields and the body of the entity in `range`.
pub(super) fn scan_header(message: &[u8], range: Range<usize>) -> Entity<'_> {
    let mut scan = Scan { message, fields: Vec::new(), damage: EntityDamage::default() };
    let body = scan.header(&range);
    scan.damage.control_characters = has_control_characters(slice(message, &(range.start..body)));
    Entity { message, body: body..range.end, range, fields: scan.fields, damage: scan.damage }
}

struct Scan<'a> {
    message: &'a [u8],
    fields: Vec<Field<'a>>,
    damage: EntityDamage,
}

impl Scan<'_> {
    /// Walks over the header and returns where the body begins.
    fn header(&mut self, range: &Range<usize>) -> usize {
        let mut position = range.start;
        // The field being read: where it starts, and where its name ends.
        let mut open: Option<(usize, usize)> = None;
        while position < range.end {
            let rest = slice(self.message, &(position..range.end));
            let line_octets =
                memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at.saturating_add(1));
            let line = rest.get(..line_octets).unwrap_or_default();
            let next = position.saturating_add(line_octets);
            if matches!(line, b"\n" | b"\r\n") {
                self.close(open, position);
                return next;
            }
            if matches!(line.first(), Some(b' ' | b'\t')) {
                self.damage.malformed_line |= open.is_none();
            } else if let Some(colon) = field_colon(line) {
                self.close(open, position);
                open = Some((position, position.saturating_add(colon)));
            } else {
                let is_separator = position == range.start && line.starts_with(b"From ");
                self.damage.mailbox_separator |= is_separator;
                self.damage.malformed_line |= !is_separator;
                self.close(open.take(), position);
            }
            position = next;
        }
        self.close(open, range.end);
        self.damage.unterminated_header = !range.is_empty();
        range.end
    }

    fn close(&mut self, open: Option<(usize, usize)>, end: usize) {
        let Some((start, colon)) = open else { return };
        if self.fields.len() == limits::HEADER_FIELDS {
            self.damage.too_many_fields = true;
            return;
        }
        if end.saturating_sub(start) > limits::HEADER_FIELD_OCTETS {
            self.damage.field_too_long = true;
            return;
        }
        let value = slice(self.message, &(colon.saturating_add(1)..end));
        let value = value.strip_suffix(b"\n").map_or(value, |v| v.strip_suffix(b"\r").unwrap_or(v));
        let value_start = colon.saturating_add(1);
        let name = slice(self.message, &(start..colon)).trim_ascii_end();
        self.fields.push(Field {
            message: self.message,
            name: start..start.saturating_add(name.len()),
            value: value_start..value_start.saturating_add(value.len()),
            range: start..end,
        });
    }
}

/// Where the colon of a field is. Blanks before it are obsolete syntax (RFC 5322 §4.5) and read;
/// a name is otherwise visible ASCII.
fn field_colon(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

fn has_control_characters(header: &[u8]) -> bool {
    memchr::memchr2_iter(b'\r', 0, header)
        .any(|at| header.get(at..at.saturating_add(2)) != Some(b"\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_both_line_endings() {
        for message in [
            &b"A: 1\r\nb :2\r\n\tmore\r\nA:3\r\n\r\nbody\r\n"[..],
            b"A: 1\nb :2\n\tmore\nA:3\n\nbody\n",
        ] {
            let entity = Entity::scan(message);
            assert!(entity.damage().is_sound());
            let values: Vec<_> = entity.fields().iter().map(Field::text).collect();
            assert_eq!(values, ["1", "2\tmore", "3"]);
            assert!(entity.is_repeated("a") && !entity.is_repeated("B"));
            assert_eq!(entity.body().trim_ascii(), b"body");
            let second = &entity.fields()[1];
            assert_eq!(second.name(), b"b");
            assert!(message[second.range()].starts_with(b"b :2"));
        }
    }

    #[test]
    fn an_entity_without_header_has_a_body() {
        let entity = Entity::scan(b"\r\nbody");
        assert!(entity.damage().is_sound() && entity.fields().is_empty());
        assert_eq!(entity.body(), b"body");
    }

    #[test]
    fn damage_is_said() {
        let damage = |message: &[u8]| Entity::scan(message).damage();
        assert!(damage(b"A: 1\r\nB: 2").unterminated_header);
        assert!(damage(b"A: 1\r\nno field\r\n\r\n").malformed_line);
        assert!(damage(b" leading continuation\r\n\r\n").malformed_line);
        assert!(damage(b"A: 1\rB: 2\r\n\r\n").control_characters);
        assert!(damage(b"A: 1\0\r\n\r\n").control_characters);
        assert!(damage(b"From somebody Mon\nA: 1\n\n").mailbox_separator);
        assert!(damage(b"A: 1\nFrom somebody Mon\n\n").malformed_line);
        assert!(damage(b"").is_sound());
    }

    #[test]
    fn limits_at_and_past_them() {
        let many = |count: usize| [b"A: 1\n".repeat(count), b"\nbody".to_vec()].concat();
        let at = many(limits::HEADER_FIELDS);
        assert!(Entity::scan(&at).damage().is_sound());
        let past = many(limits::HEADER_FIELDS + 1);
        let entity = Entity::scan(&past);
        assert!(entity.damage().too_many_fields);
        assert_eq!((entity.fields().len(), entity.body()), (limits::HEADER_FIELDS, &b"body"[..]));

        let long =
            |octets: usize| [b"A:".to_vec(), vec![b'x'; octets - 3], b"\n\n".to_vec()].concat();
        assert!(Entity::scan(&long(limits::HEADER_FIELD_OCTETS)).damage().is_sound());
        assert!(Entity::scan(&long(limits::HEADER_FIELD_OCTETS + 1)).damage().field_too_long);
    }

    #[test]
    fn raw_eight_bit_text_is_read() {
        let entity = Entity::scan(b"S: perch\xe9\n\n");
        assert_eq!(entity.fields()[0].text(), "perch\u{e9}");
    }
}
