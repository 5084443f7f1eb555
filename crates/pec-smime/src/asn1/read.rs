//! Reading of definite-length values.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Asn1Error, Asn1Reason, tag};

/// One value: its octets as received, and what is inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    /// Tag, length and content.
    pub(crate) raw: &'a [u8],
    pub(crate) content: &'a [u8],
    offset: usize,
}

impl<'a> Value<'a> {
    /// A reader of what is inside.
    pub(crate) fn reader(&self) -> Reader<'a> {
        let header = self.raw.len().saturating_sub(self.content.len());
        Reader { rest: self.content, offset: self.offset.saturating_add(header) }
    }

    pub(crate) fn error(&self, reason: Asn1Reason) -> Asn1Error {
        Asn1Error { reason, offset: self.offset }
    }
}

/// Reads one value after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self { rest: input, offset: 0 }
    }

    /// The only value of `input`, with `tag`.
    pub(crate) fn single(input: &'a [u8], tag: u8) -> Result<Value<'a>, Asn1Error> {
        let mut reader = Self::new(input);
        let value = reader.expect(tag)?;
        reader.finish()?;
        Ok(value)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value whatever it is.
    pub(crate) fn any(&mut self) -> Result<Value<'a>, Asn1Error> {
        let header = Header::read(self.rest).map_err(|reason| self.error(reason))?;
        let length = header.length.ok_or_else(|| self.error(Asn1Reason::Malformed))?;
        let end = header.octets.checked_add(length);
        let split = end.and_then(|end| self.rest.split_at_checked(end));
        let (raw, rest) = split.ok_or_else(|| self.error(Asn1Reason::Truncated))?;
        let content = raw.get(header.octets..).unwrap_or_default();
        let value = Value { tag: header.tag, raw, content, offset: self.offset };
        self.rest = rest;
        self.offset = self.offset.saturating_add(raw.len());
        Ok(value)
    }

    /// The next value, which must have `tag`.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Value<'a>, Asn1Error> {
        match self.peek_tag() {
            Some(found) if found == tag => self.any(),
            Some(found) => Err(self.error(Asn1Reason::UnexpectedTag(found))),
            None => Err(self.error(Asn1Reason::Truncated)),
        }
    }

    /// The next value if it has `tag`.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, Asn1Error> {
        if self.peek_tag() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Nothing may be left.
    pub(crate) fn finish(&self) -> Result<(), Asn1Error> {
        if self.is_empty() { Ok(()) } else { Err(self.error(Asn1Reason::Trailing)) }
    }

    fn error(&self, reason: Asn1Reason) -> Asn1Error {
        Asn1Error { reason, offset: self.offset }
    }
}

/// Tag and length of one value (X.690 §8.1.2, §8.1.3).
pub(super) struct Header {
    /// The first octet of the tag.
    pub(super) tag: u8,
    /// Octets of tag and length together.
    pub(super) octets: usize,
    /// `None` for the indefinite form.
    pub(super) length: Option<usize>,
}

impl Header {
    pub(super) fn read(input: &[u8]) -> Result<Self, Asn1Reason> {
        let mut octets = input.iter().copied().enumerate();
        let mut next = || octets.next().ok_or(Asn1Reason::Truncated);
        let (_, tag) = next()?;
        if tag & 0x1f == 0x1f {
            // Tag numbers of five octets exist nowhere.
            let mut octets_of_number = 0_u8;
            while next()?.1 & 0x80 != 0 {
                octets_of_number = octets_of_number.saturating_add(1);
                if octets_of_number > 4 {
                    return Err(Asn1Reason::Malformed);
                }
            }
        }
        let (position, first) = next()?;
        let mut last = position;
        let length = match first {
            0x80 => None,
            0..0x80 => Some(usize::from(first)),
            _ => {
                let mut length = 0_usize;
                for _ in 0..first & 0x7f {
                    let (position, octet) = next()?;
                    length = length.checked_mul(256).ok_or(Asn1Reason::TooLarge)?;
                    length |= usize::from(octet);
                    last = position;
                }
                Some(length)
            }
        };
        Ok(Self { tag, octets: last.saturating_add(1), length })
    }

    pub(super) const fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }
}

/// A `Time` (RFC 5652 §11.3): `UTCTime` up to 2049, `GeneralizedTime`, both in UTC to the second
/// or finer. Fractions, which RFC 3161 stamps carry, are cut off.
pub(crate) fn generalized_or_utc_time(value: &Value<'_>) -> Result<DateTime<Utc>, Asn1Error> {
    parse_time(value).ok_or_else(|| value.error(Asn1Reason::Content))
}

fn parse_time(value: &Value<'_>) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    let (year_digits, text) = match value.tag {
        tag::UTC_TIME => (2, text),
        tag::GENERALIZED_TIME => (4, text.split_once('.').map_or(text, |(seconds, _)| seconds)),
        _ => return None,
    };
    let (year, rest) = text.split_at_checked(year_digits)?;
    let number = |digits: &str| -> Option<u32> {
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let year = match (value.tag, number(year)?) {
        (tag::UTC_TIME, year @ 0..50) => year.checked_add(2000)?,
        (tag::UTC_TIME, year) => year.checked_add(1900)?,
        (_, year) => year,
    };
    let mut fields = [0; 5];
    let mut rest = rest;
    for field in &mut fields {
        // Seconds may be missing in BER.
        if rest.is_empty() && value.tag == tag::UTC_TIME {
            break;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        (*field, rest) = (number(digits)?, after);
    }
    let [month, day, hour, minute, second] = fields;
    if !rest.is_empty() {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_at_and_past_the_end() {
        assert!(Reader::single(&[4, 2, 1, 2], 4).is_ok());
        for (bytes, reason) in [
            (&[4, 3, 1, 2][..], Asn1Reason::Truncated),
            (&[4, 1, 1, 2], Asn1Reason::Trailing),
            (&[4, 0x80, 0, 0], Asn1Reason::Malformed),
            (&[5, 0], Asn1Reason::UnexpectedTag(5)),
            (&[4, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Asn1Reason::Truncated),
            (&[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0], Asn1Reason::TooLarge),
            (&[], Asn1Reason::Truncated),
        ] {
            assert_eq!(Reader::single(bytes, 4).map_err(|e| e.reason).err(), Some(reason));
        }
    }

    #[test]
    fn times() {
        let parse = |tag, text: &str| {
            let mut der = vec![tag, u8::try_from(text.len()).unwrap()];
            der.extend_from_slice(text.as_bytes());
            let value = Reader::single(&der, tag).unwrap();
            parse_time(&value).map(|time| time.to_rfc3339())
        };
        assert_eq!(parse(0x17, "140301120000Z").unwrap(), "2014-03-01T12:00:00+00:00");
        assert_eq!(parse(0x17, "500301120000Z").unwrap(), "1950-03-01T12:00:00+00:00");
        assert_eq!(parse(0x18, "20500301120000.25Z").unwrap(), "2050-03-01T12:00:00+00:00");
        for (tag, text) in [
            (0x17, "140230120000Z"),
            (0x17, "140301120000+0100"),
            (0x17, "14030112000"),
            (0x18, "2014030112+000Z"),
            (0x18, "201403011200Z"),
            (0x04, "140301120000Z"),
        ] {
            assert_eq!(parse(tag, text), None, "{text}");
        }
    }
}
