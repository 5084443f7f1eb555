//! A cursor over DER that remembers where it is.
//!
//! Certificates are kept as received and read by offsets, so this reader yields ranges of the whole
//! input. It checks what DER asks of every header (definite, minimal lengths; low tag numbers) and
//! leaves values to their owners, who know which historic breach of a value's form is harmless.

use core::ops::Range;

/// Universal and context-specific identifier octets used by X.509.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[n]` with a primitive value.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[n]` with a constructed value.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// Why bytes are not the DER that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DerProblem {
    /// A length that is indefinite, not minimal, or beyond what memory can hold.
    #[error("length not in DER")]
    Length,
    /// Octets follow the last element of a structure.
    #[error("octets after the end")]
    TrailingData,
    /// The input ends inside an element.
    #[error("input ends inside an element")]
    Truncated,
    /// Another element was expected here.
    #[error("unexpected tag 0x{found:02x}")]
    UnexpectedTag {
        /// The identifier octet that is there.
        found: u8,
    },
    /// The value does not have the form of its type.
    #[error("value does not fit its type")]
    Value,
}

/// A problem with the place of the element that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at offset {offset}")]
pub struct DerError {
    /// What is wrong.
    pub problem: DerProblem,
    /// Offset in the input that was given to the parser.
    pub offset: usize,
}

/// One element: identifier, length, value, and where it stands in the input.
#[derive(Clone, Copy)]
pub(crate) struct Tlv<'a> {
    input: &'a [u8],
    pub(crate) tag: u8,
    start: usize,
    value_start: usize,
    end: usize,
}

impl<'a> Tlv<'a> {
    pub(crate) fn value(&self) -> &'a [u8] {
        self.input.get(self.value_start..self.end).unwrap_or_default()
    }

    /// Identifier, length and value.
    pub(crate) fn encoded(&self) -> &'a [u8] {
        self.input.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(crate) fn value_range(&self) -> Range<usize> {
        self.value_start..self.end
    }

    /// A reader of the elements inside this one.
    pub(crate) fn contents(&self) -> Reader<'a> {
        Reader { input: self.input, at: self.value_start, end: self.end }
    }

    pub(crate) fn error(&self, problem: DerProblem) -> DerError {
        DerError { problem, offset: self.start }
    }

    pub(crate) fn bad_value(&self) -> DerError {
        self.error(DerProblem::Value)
    }

    pub(crate) fn unexpected(&self) -> DerError {
        self.error(DerProblem::UnexpectedTag { found: self.tag })
    }

    /// BOOLEAN. Any non-zero octet counts as true: BER writers of old CAs put 0x01.
    pub(crate) fn boolean(&self) -> Result<bool, DerError> {
        match self.value() {
            [octet] => Ok(*octet != 0),
            _ => Err(self.bad_value()),
        }
    }

    /// A non-negative INTEGER (or its implicit form) that fits 32 bits; larger ones saturate.
    ///
    /// Path lengths and skip counts are compared with at most a path's length, so saturation
    /// decides as the true number would.
    pub(crate) fn small_unsigned(&self) -> Result<u32, DerError> {
        match self.value() {
            [] => Err(self.bad_value()),
            [first, ..] if first & 0x80 != 0 => Err(self.bad_value()),
            octets => Ok(octets.iter().fold(0_u32, |number, octet| {
                number.checked_mul(256).map_or(u32::MAX, |n| n.saturating_add(u32::from(*octet)))
            })),
        }
    }

    /// BIT STRING as octets; the count of unused bits must be 0 to 7.
    pub(crate) fn bit_string(&self) -> Result<&'a [u8], DerError> {
        match self.value().split_first() {
            Some((unused, octets)) if *unused < 8 && (*unused == 0 || !octets.is_empty()) => {
                Ok(octets)
            }
            _ => Err(self.bad_value()),
        }
    }

    /// The first sixteen named bits, bit 0 of the ASN.1 type as the highest bit.
    pub(crate) fn named_bits(&self) -> Result<u16, DerError> {
        let octets = self.bit_string()?;
        let high = octets.first().copied().unwrap_or(0);
        let low = octets.get(1).copied().unwrap_or(0);
        Ok(u16::from_be_bytes([high, low]))
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0, end: input.len() }
    }

    /// The only element of `input`, with this tag.
    pub(crate) fn single(input: &'a [u8], tag: u8) -> Result<Tlv<'a>, DerError> {
        let mut reader = Self::new(input);
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(element)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    pub(crate) fn finish(&self) -> Result<(), DerError> {
        if self.is_empty() { Ok(()) } else { Err(self.error(DerProblem::TrailingData)) }
    }

    pub(crate) fn next(&mut self) -> Result<Tlv<'a>, DerError> {
        let start = self.at;
        let tag = self.octet()?;
        if tag & 0x1f == 0x1f {
            return Err(DerError {
                problem: DerProblem::UnexpectedTag { found: tag },
                offset: start,
            });
        }
        let length = self.length()?;
        let value_start = self.at;
        let end = value_start
            .checked_add(length)
            .filter(|end| *end <= self.end)
            .ok_or(DerError { problem: DerProblem::Truncated, offset: start })?;
        self.at = end;
        Ok(Tlv { input: self.input, tag, start, value_start, end })
    }

    pub(crate) fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, DerError> {
        let element = self.next()?;
        if element.tag == tag { Ok(element) } else { Err(element.unexpected()) }
    }

    /// The next element if it has this tag; otherwise nothing is consumed.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, DerError> {
        if !self.is_empty() && self.input.get(self.at) == Some(&tag) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }

    /// `BOOLEAN DEFAULT FALSE`.
    pub(crate) fn flag(&mut self, tag: u8) -> Result<bool, DerError> {
        self.optional(tag)?.map_or(Ok(false), |element| element.boolean())
    }

    fn error(&self, problem: DerProblem) -> DerError {
        DerError { problem, offset: self.at }
    }

    fn octet(&mut self) -> Result<u8, DerError> {
        let octet = self
            .input
            .get(..self.end)
            .and_then(|input| input.get(self.at))
            .copied()
            .ok_or(self.error(DerProblem::Truncated))?;
        self.at = self.at.saturating_add(1);
        Ok(octet)
    }

    /// X.690 §10.1: definite form in the fewest octets.
    fn length(&mut self) -> Result<usize, DerError> {
        let first = self.octet()?;
        if first < 0x80 {
            return Ok(usize::from(first));
        }
        let count = first & 0x7f;
        if count == 0 || count > 4 {
            return Err(self.error(DerProblem::Length));
        }
        let mut length = 0_usize;
        for position in 0..count {
            let octet = self.octet()?;
            if position == 0 && octet == 0 {
                return Err(self.error(DerProblem::Length));
            }
            length = length
                .checked_mul(256)
                .and_then(|length| length.checked_add(usize::from(octet)))
                .ok_or(self.error(DerProblem::Length))?;
        }
        if length < 0x80 { Err(self.error(DerProblem::Length)) } else { Ok(length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_lies_about_its_length_is_refused() {
        for (input, problem) in [
            (&[0x30, 0x80, 0, 0][..], DerProblem::Length),
            (&[0x30, 0x81, 0x01, 0][..], DerProblem::Length),
            (&[0x30, 0x82, 0x00, 0x80][..], DerProblem::Length),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], DerProblem::Truncated),
            (&[0x30, 0x85, 1, 0, 0, 0, 0][..], DerProblem::Length),
            (&[0x30, 0x03, 0, 0][..], DerProblem::Truncated),
            (&[0x3f, 0x81, 0x00][..], DerProblem::UnexpectedTag { found: 0x3f }),
            (&[][..], DerProblem::Truncated),
        ] {
            let refused = Reader::new(input).next().map(|_| ()).unwrap_err();
            assert_eq!(refused.problem, problem, "{input:02x?}");
        }
    }

    #[test]
    fn an_inner_element_cannot_reach_beyond_its_outer_one() {
        // SEQUENCE of two octets whose INTEGER claims three; the third lies outside.
        let input = [0x30, 0x02, 0x02, 0x01, 0x05];
        let mut inside = Reader::new(&input).next().unwrap().contents();
        assert_eq!(inside.next().map(|_| ()).unwrap_err().problem, DerProblem::Truncated);
    }

    #[test]
    fn counts_saturate_and_negative_ones_are_refused() {
        let number = |octets: &[u8]| {
            let mut der = vec![tag::INTEGER, u8::try_from(octets.len()).unwrap()];
            der.extend_from_slice(octets);
            Reader::new(&der).next().unwrap().small_unsigned()
        };
        assert_eq!(number(&[0x00]), Ok(0));
        assert_eq!(number(&[0x01, 0x00]), Ok(256));
        assert_eq!(number(&[0x01, 0, 0, 0, 0, 0]), Ok(u32::MAX));
        assert!(number(&[0xff]).is_err());
        assert!(number(&[]).is_err());
    }
}
