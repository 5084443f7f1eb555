//! `GeneralName` (RFC 5280 §4.2.1.6).

use super::name::{Name, NameKey};
use super::tlv::{DerError, Reader, Tlv, tag};

/// One name of a subjectAltName, a name constraint or a distribution point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GeneralName {
    Rfc822(String),
    Dns(String),
    Directory(NameKey),
    Uri(String),
    /// Four or sixteen octets in a certificate; in a constraint followed by as many of mask.
    Ip(Box<[u8]>),
    /// otherName, x400Address, ediPartyName, registeredID: the whole element.
    Other {
        tag: u8,
        encoded: Box<[u8]>,
    },
}

impl GeneralName {
    pub(crate) fn from_tlv(element: Tlv<'_>) -> Result<Self, DerError> {
        const OTHER_NAME: u8 = tag::constructed(0);
        const RFC822: u8 = tag::context(1);
        const DNS: u8 = tag::context(2);
        const X400: u8 = tag::constructed(3);
        const DIRECTORY: u8 = tag::constructed(4);
        const EDI_PARTY: u8 = tag::constructed(5);
        const URI: u8 = tag::context(6);
        const IP: u8 = tag::context(7);
        const REGISTERED_ID: u8 = tag::context(8);
        Ok(match element.tag {
            RFC822 => Self::Rfc822(ia5(&element)?),
            DNS => Self::Dns(ia5(&element)?),
            URI => Self::Uri(ia5(&element)?),
            IP => Self::Ip(element.value().into()),
            DIRECTORY => {
                let mut contents = element.contents();
                let name = Name::read(&mut contents)?;
                contents.finish()?;
                Self::Directory(name.key().clone())
            }
            OTHER_NAME | X400 | EDI_PARTY | REGISTERED_ID => {
                Self::Other { tag: element.tag, encoded: element.encoded().into() }
            }
            _ => return Err(element.unexpected()),
        })
    }
}

/// Reads `GeneralNames` without their outer SEQUENCE.
pub(crate) fn read_names(mut contents: Reader<'_>) -> Result<Vec<GeneralName>, DerError> {
    let mut names = Vec::new();
    while !contents.is_empty() {
        names.push(GeneralName::from_tlv(contents.next()?)?);
    }
    Ok(names)
}

/// The keys of the directory names among `names`.
pub(crate) fn directory_names(names: &[GeneralName]) -> impl Iterator<Item = &NameKey> {
    names.iter().filter_map(|name| match name {
        GeneralName::Directory(key) => Some(key),
        _ => None,
    })
}

/// An implicit `IA5String` of visible ASCII.
///
/// Control characters have no place in an address, a host or a URI, and a null byte is how a name
/// was once made to look like another; so the value is malformed, not a name to be compared.
fn ia5(element: &Tlv<'_>) -> Result<String, DerError> {
    let text = core::str::from_utf8(element.value()).map_err(|_| element.bad_value())?;
    if text.bytes().all(|octet| (0x20..0x7f).contains(&octet)) {
        Ok(text.to_owned())
    } else {
        Err(element.bad_value())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testder::tlv;
    use super::*;

    #[test]
    fn an_address_with_a_null_byte_is_malformed() {
        for value in [&b"a@b.it\0.evil.it"[..], b"a@b.it\r\n", "à@b.it".as_bytes()] {
            for number in [1, 2, 6] {
                let der = tlv(tag::context(number), value);
                let element = Reader::new(&der).next().unwrap();
                assert!(GeneralName::from_tlv(element).is_err(), "{value:?}");
            }
        }
    }

    #[test]
    fn a_name_with_an_unknown_tag_is_refused() {
        let der = tlv(tag::context(9), b"x");
        assert!(GeneralName::from_tlv(Reader::new(&der).next().unwrap()).is_err());
    }
}
