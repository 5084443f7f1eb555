//! Writing of DER.

use chrono::{DateTime, Datelike, Utc};
use der::asn1::ObjectIdentifier;

use super::tag;

/// One value: `tag`, the length, and `contents` one after the other.
pub(crate) fn tlv(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length = contents.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let mut out = Vec::with_capacity(length.saturating_add(6));
    out.push(tag);
    push_length(&mut out, length);
    contents.iter().for_each(|part| out.extend_from_slice(part));
    out
}

pub(crate) fn sequence(contents: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, contents)
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(tag::OID, &[oid.as_bytes()])
}

/// A SET OF, its elements in the order of DER (X.690 §11.6).
pub(crate) fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let slices: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(tag, &slices)
}

/// A `Time`: `UTCTime` for 1950 to 2049, else `GeneralizedTime` (RFC 5652 §11.3).
pub(crate) fn time(instant: DateTime<Utc>) -> Vec<u8> {
    if (1950..2050).contains(&instant.year()) {
        tlv(tag::UTC_TIME, &[instant.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        tlv(tag::GENERALIZED_TIME, &[instant.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
    }
}

/// Appends the shortest definite length.
pub(super) fn push_length(out: &mut Vec<u8>, length: usize) {
    let octets = length.to_be_bytes();
    let significant = octets.iter().skip_while(|octet| **octet == 0);
    if length >= 0x80 {
        // At most eight octets.
        out.push(0x80 | u8::try_from(significant.clone().count()).unwrap_or_default());
        out.extend(significant);
    } else {
        out.push(u8::try_from(length).unwrap_or_default());
    }
}

/// How many octets [`push_length`] writes.
pub(super) fn length_octets(length: usize) -> usize {
    let bits = usize::BITS.saturating_sub(length.leading_zeros());
    if length < 0x80 { 1 } else { usize::try_from(bits.div_ceil(8)).unwrap_or(8).saturating_add(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_at_their_borders() {
        for (length, expected) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[0x81, 128]),
            (255, &[0x81, 255]),
            (256, &[0x82, 1, 0]),
            (65_536, &[0x83, 1, 0, 0]),
        ] {
            let mut out = Vec::new();
            push_length(&mut out, length);
            assert_eq!(out, expected);
            assert_eq!(length_octets(length), expected.len());
        }
    }
}
