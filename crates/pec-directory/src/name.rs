//! The names of records: distinguished names as far as the directory has them (RFC 4514).

use std::fmt::Write;

use crate::{Text, schema::Attribute};

/// Which record of the directory a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordName {
    /// `o=postacert`
    Base,
    /// `providerName=…,o=postacert`
    Main(Text),
    /// `providerUnit=…,providerName=…,o=postacert`
    Secondary {
        unit: Text,
        provider: Text,
        /// The name says `providerUnits` (erratum 9).
        plural: bool,
    },
}

/// Why a name stands for no record of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameError {
    Malformed,
    Foreign,
}

impl RecordName {
    pub(crate) fn parse(name: &str) -> Result<Self, NameError> {
        let parts = parts(name)?;
        let text = |value: &str| value.parse::<Text>().map_err(|_| NameError::Malformed);
        let is_provider = |key: &str| Attribute::from_name(key) == Some(Attribute::ProviderName);
        match parts.as_slice() {
            [base] if is_base(base) => Ok(Self::Base),
            [(key, provider), base] if is_base(base) && is_provider(key) => {
                Ok(Self::Main(text(provider)?))
            }
            [(unit_key, unit), (key, provider), base] if is_base(base) && is_provider(key) => {
                let plural = unit_key.eq_ignore_ascii_case("providerUnits");
                if !plural && Attribute::from_name(unit_key) != Some(Attribute::ProviderUnit) {
                    return Err(NameError::Foreign);
                }
                Ok(Self::Secondary { unit: text(unit)?, provider: text(provider)?, plural })
            }
            _ => Err(NameError::Foreign),
        }
    }
}

/// The name of the base root.
pub(crate) const BASE: &str = "o=postacert";

/// The name of a provider's record, or of one of its secondary environments.
pub(crate) fn record_name(provider: &Text, unit: Option<&Text>) -> String {
    let mut name = String::new();
    if let Some(unit) = unit {
        push(&mut name, Attribute::ProviderUnit, unit);
    }
    push(&mut name, Attribute::ProviderName, provider);
    name.push_str(BASE);
    name
}

fn push(name: &mut String, attribute: Attribute, value: &Text) {
    name.push_str(attribute.as_str());
    name.push('=');
    for (index, c) in value.as_str().chars().enumerate() {
        if ",+\"\\<>;=".contains(c) || c == '#' && index == 0 {
            name.push('\\');
        }
        name.push(c);
    }
    name.push(',');
}

fn is_base((key, value): &(String, String)) -> bool {
    ["o", "organizationName", "2.5.4.10"].iter().any(|name| name.eq_ignore_ascii_case(key))
        && value.eq_ignore_ascii_case("postacert")
}

/// The parts of a name, each with one attribute. Parts of several attributes and values in BER are
/// legal elsewhere; no record here has them.
fn parts(name: &str) -> Result<Vec<(String, String)>, NameError> {
    let mut parts = Vec::new();
    let mut rest = name;
    loop {
        let (key, tail) = rest.split_once('=').ok_or(NameError::Malformed)?;
        let key = key.trim_matches(' ');
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if key.is_empty() || !key.chars().all(is_key) {
            return Err(NameError::Malformed);
        }
        let (value, tail) = value(tail)?;
        parts.push((key.to_owned(), value));
        match tail {
            Some(tail) => rest = tail,
            None => return Ok(parts),
        }
    }
}

/// The value at the start, unescaped, and what follows its comma.
fn value(text: &str) -> Result<(String, Option<&str>), NameError> {
    let text = text.trim_start_matches(' ');
    if text.starts_with('#') {
        return Err(NameError::Malformed);
    }
    let mut octets = Vec::new();
    // Blanks at the end are none of the value, unless they are escaped.
    let mut kept = 0;
    let mut rest = text.chars();
    let mut tail = None;
    while let Some(c) = rest.next() {
        match c {
            ',' => {
                tail = Some(rest.as_str());
                break;
            }
            '"' | '+' | ';' | '<' | '>' => return Err(NameError::Malformed),
            '\\' => {
                let (octet, after) = escaped(rest.as_str()).ok_or(NameError::Malformed)?;
                octets.push(octet);
                rest = after.chars();
            }
            c => octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        if c != ' ' {
            kept = octets.len();
        }
    }
    octets.truncate(kept);
    let value = String::from_utf8(octets).map_err(|_| NameError::Malformed)?;
    Ok((value, tail))
}

/// What stands for itself after a backslash, or an octet in hexadecimal.
fn escaped(text: &str) -> Option<(u8, &str)> {
    if let Some((pair, rest)) = text.split_at_checked(2)
        && pair.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Some((u8::from_str_radix(pair, 16).ok()?, rest));
    }
    let (special, rest) = text.split_at_checked(1)?;
    let octet = *special.as_bytes().first()?;
    b" \"#+,;<=>\\".contains(&octet).then_some((octet, rest))
}

/// A record's name for people.
pub(crate) fn display(provider: &Text, unit: Option<&Text>) -> Box<str> {
    let mut name = provider.to_string();
    if let Some(unit) = unit {
        // Writing to a String cannot fail.
        let _ = write!(name, " ({unit})");
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_read() {
        let main = |name: &str| Ok(RecordName::Main(text(name)));
        for (name, expected) in [
            ("o=postacert", Ok(RecordName::Base)),
            ("O = PostaCert", Ok(RecordName::Base)),
            ("2.5.4.10=postacert", Ok(RecordName::Base)),
            ("providerName=Alfa S.p.A.,o=postacert", main("Alfa S.p.A.")),
            ("PROVIDERNAME= Alfa , o=postacert", main("Alfa")),
            ("1.3.6.1.4.1.16572.2.2.3=Alfa,o=postacert", main("Alfa")),
            (r"providerName=Alfa\, Beta \2B C\C3\A8,o=postacert", main("Alfa, Beta + Cè")),
            (r"providerName=\#1\\,o=postacert", main(r"#1\")),
            ("o=other", Err(NameError::Foreign)),
            ("providerName=a,o=b", Err(NameError::Foreign)),
            ("cn=a,providerName=a,o=postacert", Err(NameError::Foreign)),
            ("providerName=a,o=postacert,c=IT", Err(NameError::Foreign)),
            ("", Err(NameError::Malformed)),
            ("postacert", Err(NameError::Malformed)),
            ("=a", Err(NameError::Malformed)),
            ("providerName=,o=postacert", Err(NameError::Malformed)),
            ("providerName=\"a\",o=postacert", Err(NameError::Malformed)),
            ("providerName=a+cn=b,o=postacert", Err(NameError::Malformed)),
            ("providerName=#0403,o=postacert", Err(NameError::Malformed)),
            (r"providerName=\ a,o=postacert", Err(NameError::Malformed)),
            (r"providerName=a\,o=postacert", Err(NameError::Foreign)),
            (r"providerName=a\", Err(NameError::Malformed)),
            (r"providerName=\C3,o=postacert", Err(NameError::Malformed)),
            (r"providerName=\è,o=postacert", Err(NameError::Malformed)),
        ] {
            assert_eq!(RecordName::parse(name), expected, "{name}");
        }
    }

    // erratum 9
    #[test]
    fn the_plural_of_the_norm_is_understood() {
        for (attribute, plural) in [("providerUnit", false), ("providerUnits", true)] {
            let name = format!("{attribute}=Uno, providerName=Alfa,o=postacert");
            let expected =
                RecordName::Secondary { unit: text("Uno"), provider: text("Alfa"), plural };
            assert_eq!(RecordName::parse(&name), Ok(expected));
        }
    }

    #[test]
    fn names_are_written_as_they_are_read() {
        for provider in ["Alfa", "A, B+C \"D\" <E>;=\\", "#1", "è  \u{1f600}", "a#", "\\20", "C3"]
        {
            let provider = text(provider);
            let name = record_name(&provider, None);
            assert_eq!(RecordName::parse(&name), Ok(RecordName::Main(provider.clone())), "{name}");
            let name = record_name(&text("a"), Some(&provider));
            let secondary =
                RecordName::Secondary { unit: provider, provider: text("a"), plural: false };
            assert_eq!(RecordName::parse(&name), Ok(secondary), "{name}");
        }
    }
}
