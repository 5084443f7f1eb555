//! Distinguished names: comparison by RFC 5280 §7.1, and text for people.

use core::fmt::Write as _;

use super::oid::known;
use super::tlv::{DerError, Reader, tag};

/// A distinguished name as received, with the form in which names are compared.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    der: Box<[u8]>,
    key: NameKey,
}

/// What RFC 5280 §7.1 compares: one prepared string per relative distinguished name.
///
/// Each holds the attributes of its RDN in sorted order, every value with its case folded, its
/// insignificant blanks gone and its string type forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NameKey(Vec<Box<[u8]>>);

/// One attribute of a name.
#[derive(Clone, Copy)]
pub(crate) struct Attribute<'a> {
    oid: &'a [u8],
    tag: u8,
    value: &'a [u8],
}

impl Name {
    /// Reads the `Name` that comes next.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let element = reader.expect(tag::SEQUENCE)?;
        let mut rdns = Vec::new();
        let mut contents = element.contents();
        while !contents.is_empty() {
            rdns.push(rdn_key(contents.expect(tag::SET)?.contents())?);
        }
        Ok(Self { der: element.encoded().into(), key: NameKey(rdns) })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn key(&self) -> &NameKey {
        &self.key
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.key.0.is_empty()
    }

    /// The text values of one attribute type, in order.
    pub(crate) fn values(&self, oid: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        // The bytes were read once by `read`, so a failure cannot come up here.
        let _ = self.each_rdn(|attributes| {
            let values = attributes.iter().filter(|attribute| attribute.oid == oid);
            found.extend(values.filter_map(|attribute| text(attribute.tag, attribute.value)));
        });
        found
    }

    /// The name in the manner of RFC 4514: last RDN first, special characters escaped.
    pub(crate) fn to_text(&self) -> String {
        let mut rdns = Vec::new();
        let _ = self.each_rdn(|attributes| {
            let mut rdn = String::new();
            for (position, attribute) in attributes.iter().enumerate() {
                if position > 0 {
                    rdn.push('+');
                }
                attribute.write_text(&mut rdn);
            }
            rdns.push(rdn);
        });
        rdns.reverse();
        rdns.join(",")
    }

    fn each_rdn(&self, mut visit: impl FnMut(&[Attribute<'_>])) -> Result<(), DerError> {
        let mut contents = Reader::single(&self.der, tag::SEQUENCE)?.contents();
        while !contents.is_empty() {
            visit(&read_attributes(contents.expect(tag::SET)?.contents())?);
        }
        Ok(())
    }
}

impl NameKey {
    /// Whether `self` is the other name or lies below it (RFC 5280 §4.2.1.10, directoryName).
    pub(crate) fn is_within(&self, subtree: &Self) -> bool {
        self.0.starts_with(&subtree.0)
    }

    /// The name one RDN further down (RFC 5280 §4.2.1.13, `nameRelativeToCRLIssuer`).
    pub(crate) fn child(&self, rdn: Box<[u8]>) -> Self {
        let mut rdns = self.0.clone();
        rdns.push(rdn);
        Self(rdns)
    }
}

impl Attribute<'_> {
    fn write_text(&self, out: &mut String) {
        match short_name(self.oid) {
            Some(name) => out.push_str(name),
            None => {
                let _ = write!(out, "{}", super::Oid::from_content(self.oid));
            }
        }
        out.push('=');
        match text(self.tag, self.value) {
            Some(value) => escape(&value, out),
            None => {
                // RFC 4514 §2.4: a value without a string form is shown in hexadecimal.
                let _ = write!(out, "#{:02x}", self.tag);
                for octet in self.value {
                    let _ = write!(out, "{octet:02x}");
                }
            }
        }
    }

    /// The attribute as it is compared, so encoded that no value can imitate a neighbour.
    fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.oid.len().saturating_add(self.value.len()));
        push_counted(&mut key, self.oid);
        match text(self.tag, self.value).and_then(|text| prepare(&text)) {
            Some(prepared) => {
                key.push(0);
                push_counted(&mut key, prepared.as_bytes());
            }
            None => {
                key.push(self.tag);
                push_counted(&mut key, self.value);
            }
        }
        key
    }
}

/// The comparison form of one relative distinguished name.
pub(crate) fn rdn_key(contents: Reader<'_>) -> Result<Box<[u8]>, DerError> {
    let mut keys: Vec<_> = read_attributes(contents)?.iter().map(Attribute::key).collect();
    // A SET has no order; sorting makes one of it.
    keys.sort_unstable();
    Ok(keys.concat().into())
}

/// Reads the attributes inside a SET.
fn read_attributes(mut contents: Reader<'_>) -> Result<Vec<Attribute<'_>>, DerError> {
    let mut attributes = Vec::new();
    while !contents.is_empty() {
        let mut pair = contents.expect(tag::SEQUENCE)?.contents();
        let oid = pair.expect(tag::OID)?.value();
        let value = pair.next()?;
        pair.finish()?;
        attributes.push(Attribute { oid, tag: value.tag, value: value.value() });
    }
    Ok(attributes)
}

/// The characters of an ASN.1 string; nothing for other types and broken strings.
fn text(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        tag::UTF8_STRING => core::str::from_utf8(value).ok().map(str::to_owned),
        // Only ASCII belongs in these, and T.61 is used as Latin-1 everywhere: so read all.
        tag::PRINTABLE_STRING
        | tag::IA5_STRING
        | tag::NUMERIC_STRING
        | tag::VISIBLE_STRING
        | tag::TELETEX_STRING => Some(value.iter().copied().map(char::from).collect()),
        tag::BMP_STRING if value.len().is_multiple_of(2) => {
            let (units, _) = value.as_chunks::<2>();
            char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                .collect::<Result<_, _>>()
                .ok()
        }
        tag::UNIVERSAL_STRING if value.len().is_multiple_of(4) => {
            let (units, _) = value.as_chunks::<4>();
            units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect()
        }
        _ => None,
    }
}

/// String preparation for a case-insensitive match (RFC 5280 §7.1, RFC 4518).
///
/// Nothing comes of a string with control characters: RFC 4518 §2.2 would drop them, and then a
/// name with a null byte in it would equal another one without. Such strings are compared raw.
fn prepare(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        // Folding takes composed letters apart; a second pass normalises what it left.
        let folded = stringprep::x520prep(text, true).ok()?;
        stringprep::x520prep(&folded, false).ok()?.into_owned()
    };
    // RFC 4518 §2.6.1: blanks at the ends go, inner runs count as one.
    Some(folded.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

fn push_counted(key: &mut Vec<u8>, octets: &[u8]) {
    // The count cannot exceed 32 bits, since a length of DER has at most four octets here.
    key.extend_from_slice(&u32::try_from(octets.len()).unwrap_or(u32::MAX).to_be_bytes());
    key.extend_from_slice(octets);
}

/// RFC 4514 §2.4.
fn escape(value: &str, out: &mut String) {
    let last = value.chars().count().saturating_sub(1);
    for (position, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            ' ' if position == 0 || position == last => out.push_str("\\ "),
            '#' if position == 0 => out.push_str("\\#"),
            control if control.is_control() => {
                let mut utf8 = [0; 4];
                for octet in control.encode_utf8(&mut utf8).bytes() {
                    let _ = write!(out, "\\{octet:02x}");
                }
            }
            other => out.push(other),
        }
    }
}

fn short_name(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        known::COMMON_NAME => "CN",
        known::SURNAME => "SN",
        known::SERIAL_NUMBER => "serialNumber",
        known::COUNTRY => "C",
        known::LOCALITY => "L",
        known::STATE => "ST",
        known::STREET => "STREET",
        known::ORGANIZATION => "O",
        known::ORGANIZATIONAL_UNIT => "OU",
        known::TITLE => "title",
        known::GIVEN_NAME => "givenName",
        known::DN_QUALIFIER => "dnQualifier",
        known::ORGANIZATION_IDENTIFIER => "organizationIdentifier",
        known::USER_ID => "UID",
        known::DOMAIN_COMPONENT => "DC",
        known::EMAIL_ADDRESS => "emailAddress",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testder::{self, string};
    use super::*;

    /// Type, string type and value of an attribute.
    type Pair<'a> = (&'a [u8], u8, &'a [u8]);

    fn name(rdns: &[&[Pair<'_>]]) -> Name {
        let rdns: Vec<Vec<Vec<u8>>> = rdns
            .iter()
            .map(|rdn| {
                rdn.iter().map(|(oid, tag, value)| testder::attribute(oid, *tag, value)).collect()
            })
            .collect();
        Name::read(&mut Reader::new(&testder::name_of(&rdns))).unwrap()
    }

    fn common(tag: u8, value: &[u8]) -> NameKey {
        name(&[&[(known::COMMON_NAME, tag, value)]]).key
    }

    fn printable(value: &str) -> NameKey {
        common(tag::PRINTABLE_STRING, value.as_bytes())
    }

    #[test]
    fn string_types_case_and_blanks_do_not_matter() {
        let expected = printable("posta certificata");
        assert_eq!(common(tag::UTF8_STRING, b"POSTA Certificata"), expected);
        assert_eq!(common(tag::TELETEX_STRING, b"  Posta   Certificata "), expected);
        let wide: Vec<u8> = "Posta Certificata".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(common(tag::BMP_STRING, &wide), expected);
        let wider: Vec<u8> =
            "POSTA CERTIFICATA".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        assert_eq!(common(tag::UNIVERSAL_STRING, &wider), expected);
        assert_ne!(printable("postacertificata"), expected);
    }

    #[test]
    fn letters_beyond_ascii_are_folded_and_normalised() {
        let composed = common(tag::UTF8_STRING, "Società È".as_bytes());
        assert_eq!(common(tag::UTF8_STRING, "SOCIETA\u{300} è".as_bytes()), composed);
        assert_eq!(common(tag::TELETEX_STRING, b"Societ\xe0 \xc8"), composed);
        assert_ne!(common(tag::UTF8_STRING, "Societa E".as_bytes()), composed);
    }

    #[test]
    fn a_null_byte_makes_another_name() {
        assert_ne!(common(tag::UTF8_STRING, b"Aruba\0PEC"), common(tag::UTF8_STRING, b"ArubaPEC"));
        assert_ne!(common(tag::UTF8_STRING, b"Aruba\0"), common(tag::UTF8_STRING, b"Aruba"));
        assert_ne!(common(tag::UTF8_STRING, b"Aruba\x7f"), common(tag::UTF8_STRING, b"Aruba"));
        // String preparation would drop it from a text beyond ASCII.
        let letters = |text: &str| common(tag::UTF8_STRING, text.as_bytes());
        assert_ne!(letters("Società\0"), letters("Società"));
    }

    #[test]
    fn structure_matters_but_not_the_order_in_a_set() {
        let (c, o) = ((known::COUNTRY, tag::PRINTABLE_STRING, &b"IT"[..]), known::ORGANIZATION);
        let acme = (o, tag::PRINTABLE_STRING, &b"Acme"[..]);
        assert_eq!(name(&[&[c, acme]]).key, name(&[&[acme, c]]).key);
        assert_ne!(name(&[&[c], &[acme]]).key, name(&[&[acme], &[c]]).key);
        assert_ne!(name(&[&[c], &[acme]]).key, name(&[&[c, acme]]).key);
        assert_ne!(name(&[&[c]]).key, name(&[&[(known::LOCALITY, c.1, c.2)]]).key);
    }

    #[test]
    fn a_subtree_is_a_prefix_of_whole_rdns() {
        let c = (known::COUNTRY, tag::PRINTABLE_STRING, &b"IT"[..]);
        let o = |value| (known::ORGANIZATION, tag::PRINTABLE_STRING, value);
        let acme = name(&[&[c], &[o(&b"Acme"[..])]]).key;
        assert!(acme.is_within(&name(&[&[c]]).key));
        assert!(acme.is_within(&acme));
        assert!(acme.is_within(&NameKey::default()));
        assert!(!acme.is_within(&name(&[&[c], &[o(&b"Acm"[..])]]).key));
        assert!(!name(&[&[c]]).key.is_within(&acme));
    }

    #[test]
    fn text_is_reversed_and_escaped() {
        let shown = name(&[
            &[(known::COUNTRY, tag::PRINTABLE_STRING, b"IT")],
            &[(known::ORGANIZATION, tag::UTF8_STRING, b" Acme, S.p.A.+\0")],
            &[(&[0x55, 4, 0x7f], tag::INTEGER, &[5])],
        ]);
        assert_eq!(shown.to_text(), "2.5.4.127=#0205,O=\\ Acme\\, S.p.A.\\+\\00,C=IT");
        assert_eq!(shown.values(known::COUNTRY), ["IT"]);
    }

    proptest! {
        #[test]
        fn folding_case_and_adding_blanks_keeps_a_name_equal(
            text in "[a-zA-Z0-9àèìòùÀÈÌÒÙßΣς'.-]{1,12}( [a-zA-Z0-9àèìòùÀÈÌÒÙ'.-]{1,12}){0,3}",
            before in " {0,3}", inner in " {1,3}",
        ) {
            let plain = common(tag::UTF8_STRING, text.as_bytes());
            let varied = format!("{before}{}{before}", text.to_uppercase().replace(' ', &inner));
            prop_assert_eq!(common(tag::UTF8_STRING, varied.as_bytes()), plain);
        }

        #[test]
        fn names_are_equal_only_if_their_folded_letters_are(
            a in "[a-zA-Z ]{0,8}", b in "[a-zA-Z ]{0,8}",
        ) {
            let words = |text: &str| {
                text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>()
            };
            prop_assert_eq!(printable(&a) == printable(&b), words(&a) == words(&b));
        }

        #[test]
        fn any_der_string_reads_without_panic(
            tag in 0_u8..0x1f, value in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let der = testder::name_of(&[vec![testder::tlv(0x30, &[
                testder::tlv(tag::OID, known::COMMON_NAME), string(tag, &value),
            ].concat())]]);
            if let Ok(name) = Name::read(&mut Reader::new(&der)) {
                let _ = name.to_text();
                let again = Name::read(&mut Reader::new(&der)).unwrap();
                prop_assert_eq!(name.key(), again.key());
            }
        }
    }
}
