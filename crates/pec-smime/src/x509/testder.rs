//! Writes DER for the tests of this module: elements, names, certificates and CRLs.

use super::tlv::tag;

/// One element.
pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = value.len();
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|o| *o == 0).collect();
        out.push(0x80 | u8::try_from(octets.len()).unwrap());
        out.extend_from_slice(&octets);
    }
    out.extend_from_slice(value);
    out
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
