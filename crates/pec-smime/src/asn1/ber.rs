//! BER into DER as far as CMS needs it.

use std::borrow::Cow;
use std::ops::Range;

use super::read::Header;
use super::{Asn1Error, Asn1Reason, encode, tag};
use crate::limits;

/// Rewrites indefinite lengths (X.690 §8.1.3.6) and OCTET STRINGs in pieces (§8.7.3) into their
/// definite, primitive forms. Everything else stays as received, octet for octet: certificates
/// and signed attributes are hashed, and the order of a SET is the sender's.
///
/// Input that has none of these forms is given back without a copy.
///
/// # Errors
/// [`Asn1Error`] when the input is not one whole BER value, or is past the limits
/// [`ASN1_DEPTH`](limits::ASN1_DEPTH) and [`ASN1_VALUES`](limits::ASN1_VALUES).
///
/// ```
/// // SEQUENCE, indefinite length, with an OCTET STRING in two pieces
/// let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, b'a', 4, 1, b'b', 0, 0, 0, 0];
/// assert_eq!(*pec_smime::asn1::normalise(&ber)?, [0x30, 4, 4, 2, b'a', b'b']);
/// # Ok::<(), pec_smime::asn1::Asn1Error>(())
/// ```
pub fn normalise(input: &[u8]) -> Result<Cow<'_, [u8]>, Asn1Error> {
    let mut walk = Walk { input, position: 0, values: 0 };
    let node = walk.value(0)?;
    if walk.position < input.len() {
        return Err(walk.error(Asn1Reason::Trailing));
    }
    if let Node::Verbatim(_) = node {
        return Ok(Cow::Borrowed(input));
    }
    let mut out = Vec::with_capacity(node.octets());
    node.write(input, &mut out);
    Ok(Cow::Owned(out))
}

/// What becomes of one value.
enum Node {
    Verbatim(Range<usize>),
    /// A constructed value with its tag octets and the length of its new content.
    Rebuilt {
        tag: Range<usize>,
        content: usize,
        children: Vec<Node>,
    },
    /// An OCTET STRING, joined from its pieces.
    Joined {
        content: usize,
        pieces: Vec<Range<usize>>,
    },
}

impl Node {
    fn octets(&self) -> usize {
        let (tag, content) = match self {
            Self::Verbatim(range) => return range.len(),
            Self::Rebuilt { tag, content, .. } => (tag.len(), *content),
            Self::Joined { content, .. } => (1, *content),
        };
        tag.saturating_add(encode::length_octets(content)).saturating_add(content)
    }

    fn write(&self, input: &[u8], out: &mut Vec<u8>) {
        let copy = |out: &mut Vec<u8>, range: &Range<usize>| {
            out.extend_from_slice(input.get(range.clone()).unwrap_or_default());
        };
        match self {
            Self::Verbatim(range) => copy(out, range),
            Self::Rebuilt { tag, content, children } => {
                copy(out, tag);
                encode::push_length(out, *content);
                children.iter().for_each(|child| child.write(input, out));
            }
            Self::Joined { content, pieces } => {
                out.push(tag::OCTET_STRING);
                encode::push_length(out, *content);
                pieces.iter().for_each(|piece| copy(out, piece));
            }
        }
    }
}

struct Walk<'a> {
    input: &'a [u8],
    position: usize,
    values: usize,
}

impl Walk<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Asn1Error> {
        let start = self.position;
        let header = self.header(depth)?;
        let end = self.end(&header)?;
        if !header.is_constructed() {
            self.position = end.ok_or_else(|| self.error(Asn1Reason::Malformed))?;
            return Ok(Node::Verbatim(start..self.position));
        }
        if header.tag == tag::OCTET_STRING_PIECES {
            let mut pieces = Vec::new();
            self.pieces(end, depth, &mut pieces)?;
            let content = pieces.iter().fold(0_usize, |sum, piece| sum.saturating_add(piece.len()));
            return Ok(Node::Joined { content, pieces });
        }
        let mut children = Vec::new();
        while !self.at_end(end)? {
            children.push(self.value(depth.saturating_add(1))?);
        }
        let unchanged =
            end.is_some() && children.iter().all(|child| matches!(child, Node::Verbatim(_)));
        if unchanged {
            return Ok(Node::Verbatim(start..self.position));
        }
        let content =
            children.iter().fold(0_usize, |sum, child| sum.saturating_add(child.octets()));
        let tag = start..start.saturating_add(tag_octets(self.input.get(start..)));
        Ok(Node::Rebuilt { tag, content, children })
    }

    /// The pieces of a constructed OCTET STRING, which may be in pieces themselves.
    fn pieces(
        &mut self,
        end: Option<usize>,
        depth: usize,
        pieces: &mut Vec<Range<usize>>,
    ) -> Result<(), Asn1Error> {
        while !self.at_end(end)? {
            let inner_depth = depth.saturating_add(1);
            let header = self.header(inner_depth)?;
            let inner_end = self.end(&header)?;
            match (header.tag, inner_end) {
                (tag::OCTET_STRING, Some(inner_end)) => {
                    pieces.push(self.position..inner_end);
                    self.position = inner_end;
                }
                (tag::OCTET_STRING_PIECES, _) => self.pieces(inner_end, inner_depth, pieces)?,
                (found, _) => return Err(self.error(Asn1Reason::UnexpectedTag(found))),
            }
        }
        Ok(())
    }

    /// Reads a header and stands at the content afterwards.
    fn header(&mut self, depth: usize) -> Result<Header, Asn1Error> {
        self.values = self.values.saturating_add(1);
        if depth > limits::ASN1_DEPTH {
            return Err(self.error(Asn1Reason::TooDeep));
        }
        if self.values > limits::ASN1_VALUES {
            return Err(self.error(Asn1Reason::TooLarge));
        }
        let rest = self.input.get(self.position..).unwrap_or_default();
        let header = Header::read(rest).map_err(|reason| self.error(reason))?;
        self.position = self.position.saturating_add(header.octets);
        Ok(header)
    }

    /// Where the content ends, `None` for the indefinite form.
    fn end(&self, header: &Header) -> Result<Option<usize>, Asn1Error> {
        let Some(length) = header.length else {
            return Ok(None);
        };
        match self.position.checked_add(length) {
            Some(end) if end <= self.input.len() => Ok(Some(end)),
            _ => Err(self.error(Asn1Reason::Truncated)),
        }
    }

    /// Whether the content has ended; steps over the end-of-contents octets.
    fn at_end(&mut self, end: Option<usize>) -> Result<bool, Asn1Error> {
        match end {
            Some(end) if self.position > end => Err(self.error(Asn1Reason::Truncated)),
            Some(end) => Ok(self.position == end),
            None => {
                let rest = self.input.get(self.position..).unwrap_or_default();
                let ended = rest.starts_with(&[0, 0]);
                if ended {
                    self.position = self.position.saturating_add(2);
                }
                Ok(ended)
            }
        }
    }

    const fn error(&self, reason: Asn1Reason) -> Asn1Error {
        Asn1Error { reason, offset: self.position }
    }
}

fn tag_octets(value: Option<&[u8]>) -> usize {
    let Some([first, rest @ ..]) = value else {
        return 0;
    };
    if first & 0x1f != 0x1f {
        return 1;
    }
    rest.iter().position(|octet| octet & 0x80 == 0).unwrap_or(0).saturating_add(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(input: &[u8]) -> Asn1Reason {
        normalise(input).unwrap_err().reason
    }

    #[test]
    fn der_is_not_copied() {
        let der = [0x30, 3, 4, 1, b'x'];
        assert!(matches!(normalise(&der), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn lengths_that_are_longer_than_needed_stay() {
        let der = [0x30, 0x81, 3, 4, 1, b'x'];
        assert!(matches!(normalise(&der), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn indefinite_inside_definite_and_nested_pieces() {
        let ber = [0x30, 15, 0xa0, 0x80, 0x24, 9, 0x24, 0x80, 4, 1, b'a', 0, 0, 4, 0, 0, 0];
        assert_eq!(*normalise(&ber).unwrap(), [0x30, 5, 0xa0, 3, 4, 1, b'a']);
    }

    #[test]
    fn long_contents_get_long_lengths() {
        let mut ber = vec![0x30, 0x80, 0x04, 0x82, 1, 0];
        ber.extend([7; 256]);
        ber.extend([0, 0]);
        let der = normalise(&ber).unwrap();
        assert_eq!(der[..4], [0x30, 0x82, 1, 4]);
        assert_eq!(der.len(), 264);
    }

    #[test]
    fn damage_is_refused() {
        assert_eq!(reason(&[]), Asn1Reason::Truncated);
        assert_eq!(reason(&[0x30, 0x80, 4, 1, 1]), Asn1Reason::Truncated);
        assert_eq!(reason(&[0x30, 0x80, 0, 0, 0]), Asn1Reason::Trailing);
        assert_eq!(reason(&[0x04, 0x80, 0, 0]), Asn1Reason::Malformed);
        assert_eq!(reason(&[0x24, 2, 5, 0]), Asn1Reason::UnexpectedTag(5));
        assert_eq!(reason(&[0x30, 2, 4, 1, 9]), Asn1Reason::Truncated);
    }

    #[test]
    fn depth_at_the_limit_and_one_past_it() {
        let nested = |depth: usize| {
            let mut ber = [0x30, 0x80].repeat(depth);
            ber.extend([5, 0]);
            ber.extend([0, 0].repeat(depth));
            ber
        };
        assert!(normalise(&nested(limits::ASN1_DEPTH)).is_ok());
        assert_eq!(reason(&nested(limits::ASN1_DEPTH + 1)), Asn1Reason::TooDeep);
        assert_eq!(reason(&[0x30, 0x80].repeat(100_000)), Asn1Reason::TooDeep);
    }
}
