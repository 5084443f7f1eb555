//! Writes DER for the tests of this module: elements, names, certificates and CRLs.

use super::tlv::tag;
use crate::asn1::encode;

/// One element.
pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    encode::tlv(tag, &[value])
}

/// A SEQUENCE of elements.
pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &elements.concat())
}

/// A string of some type.
pub(crate) fn string(tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(tag, value)
}

/// One attribute of a name.
pub(crate) fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[tlv(tag::OID, oid), tlv(tag, value)])
}

/// A name of RDNs, each of encoded attributes.
pub(crate) fn name_of(rdns: &[Vec<Vec<u8>>]) -> Vec<u8> {
    sequence(&rdns.iter().map(|rdn| tlv(tag::SET, &rdn.concat())).collect::<Vec<_>>())
}
