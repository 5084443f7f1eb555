//! Addresses as written on the SMTP paths.

use std::{fmt, str::FromStr};

use crate::{
    limits::{MAX_DOMAIN_BYTES, MAX_LABEL_BYTES, MAX_LOCAL_PART_BYTES},
    text::is_xml_char,
};

/// A mailbox address, `local-part@domain`, kept as it was written.
///
/// The grammar is `Mailbox` of RFC 5321 §4.1.2 with the extensions of RFC 6531 (non-ASCII letters):
/// no comments, no folding, no angle brackets, no display name. It cannot hold a control character
/// or a line break, not even inside a quoted local part, so it is safe in a header field and in
/// an SMTP command. The local part has at most 64 octets, the domain 255, a label 63.
///
/// Two addresses are equal when they are written alike; [`Address::is_same_mailbox`] compares the
/// way the norm does.
///
/// ```
/// use pec_daticert::Address;
/// let address: Address = "Mario.Rossi@PEC.example.it".parse()?;
/// assert_eq!(address.domain(), "PEC.example.it");
/// assert!(address.is_same_mailbox(&"mario.rossi@pec.example.it".parse()?));
/// assert!("a@b.it>\r\nRCPT TO:<c@d.it".parse::<Address>().is_err());
/// # Ok::<(), pec_daticert::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    text: String,
    at_sign: usize,
}

/// Why a string is no [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// There is no `@` between two parts.
    #[error("no `@` between a local part and a domain")]
    NoAtSign,
    /// The local part is empty, has an empty atom, or an unfinished quoted string.
    #[error("the local part is malformed")]
    LocalPart,
    /// The domain is empty, has an empty label, a label that begins or ends with `-`, or an
    /// unfinished literal.
    #[error("the domain is malformed")]
    Domain,
    /// A character that cannot stand at this byte.
    #[error("character {character:?} at byte {at} cannot stand in an address")]
    Character {
        /// Position in bytes from the start of the string.
        at: usize,
        /// The character.
        character: char,
    },
    /// The local part, the domain or a label is too long.
    #[error("a part is longer than {limit} octets")]
    TooLong {
        /// The limit, in octets.
        limit: usize,
    },
}

impl Address {
    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`, quotes included.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.text.get(..self.at_sign).unwrap_or_default()
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at_sign.saturating_add(1)..).unwrap_or_default()
    }

    /// Whether both address the same mailbox: ASCII letters compare without regard to case in
    /// both parts, as PEC providers do (norms §2.2, first audit invariant).
    #[must_use]
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        check(text).map(|at_sign| Self { text: text.to_owned(), at_sign })
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        check(&text).map(|at_sign| Self { text, at_sign })
    }
}

/// Checks the whole address and gives the position of its `@`.
fn check(text: &str) -> Result<usize, AddressError> {
    match plain(text) {
        Some(at_sign) => Ok(at_sign),
        None => check_in_full(text),
    }
}

/// The shape of nearly every address, letters, digits, dots and hyphens, in one pass over the
/// bytes. `None` says only that it is another one; what it is, [`check_in_full`] tells.
fn plain(text: &str) -> Option<usize> {
    let at_sign = memchr::memchr(b'@', text.as_bytes())?;
    let (local, domain) = text.split_at_checked(at_sign)?;
    let domain = domain.get(1..)?;
    // A domain of this size has no label that is too long.
    let sizes_fit = local.len() <= MAX_LOCAL_PART_BYTES && domain.len() <= MAX_LABEL_BYTES;
    (sizes_fit && is_plain(local) && is_plain(domain)).then_some(at_sign)
}

/// Whether the part has letters and digits at both ends and at either side of every dot and
/// hyphen. Folds without early exit compile to vector instructions.
fn is_plain(part: &str) -> bool {
    let bytes = part.as_bytes();
    let is_mark = |byte: u8| !byte.is_ascii_alphanumeric();
    let (Some(first), Some(last), Some(rest)) = (bytes.first(), bytes.last(), bytes.get(1..))
    else {
        return false;
    };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'.') | (byte == b'-');
    let illegal = bytes.iter().fold(false, |found, byte| found | !legal(*byte));
    let pairs = bytes.iter().zip(rest);
    let adjacent = pairs.fold(false, |found, (a, b)| found | (is_mark(*a) & is_mark(*b)));
    !(illegal | adjacent | is_mark(*first) | is_mark(*last))
}

fn check_in_full(text: &str) -> Result<usize, AddressError> {
    // Any control or blank is refused first, wherever it stands: the error that a reader of the
    // message wants to see, and the guarantee that the type gives.
    let breaks = |c: char| c.is_control() || c.is_whitespace() && c != ' ' || !is_xml_char(c);
    if let Some((at, character)) = text.char_indices().find(|&(_, c)| breaks(c)) {
        return Err(AddressError::Character { at, character });
    }
    let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAtSign)?;
    check_local_part(local)?;
    check_domain(domain, local.len().saturating_add(1))?;
    Ok(local.len())
}

fn check_local_part(local: &str) -> Result<(), AddressError> {
    if local.len() > MAX_LOCAL_PART_BYTES {
        return Err(AddressError::TooLong { limit: MAX_LOCAL_PART_BYTES });
    }
    if let Some(rest) = local.strip_prefix('"') {
        return check_quoted(rest.strip_suffix('"').ok_or(AddressError::LocalPart)?);
    }
    if local.split('.').any(str::is_empty) {
        return Err(AddressError::LocalPart);
    }
    match local.char_indices().find(|&(_, c)| c != '.' && !is_atext(c)) {
        Some((at, character)) => Err(AddressError::Character { at, character }),
        None => Ok(()),
    }
}

/// Checks what stands between the quotes: printable characters, `"` and `\` only after `\`.
fn check_quoted(content: &str) -> Result<(), AddressError> {
    let mut escaped = false;
    for character in content.chars() {
        match (escaped, character) {
            (false, '\\') => escaped = true,
            (false, '"') => return Err(AddressError::LocalPart),
            _ => escaped = false,
        }
    }
    if escaped { Err(AddressError::LocalPart) } else { Ok(()) }
}

fn check_domain(domain: &str, offset: usize) -> Result<(), AddressError> {
    if domain.len() > MAX_DOMAIN_BYTES {
        return Err(AddressError::TooLong { limit: MAX_DOMAIN_BYTES });
    }
    if let Some(rest) = domain.strip_prefix('[') {
        let literal = rest.strip_suffix(']').ok_or(AddressError::Domain)?;
        // Narrower than the grammar, whose `>` and `,` would end the address for lax readers.
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-');
        return if !literal.is_empty() && literal.chars().all(legal) {
            Ok(())
        } else {
            Err(AddressError::Domain)
        };
    }
    for label in domain.split('.') {
        if label.is_empty() || label.starts_with('-') || label.ends_with('-') {
            return Err(AddressError::Domain);
        }
        if label.len() > MAX_LABEL_BYTES {
            return Err(AddressError::TooLong { limit: MAX_LABEL_BYTES });
        }
    }
    let illegal = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.');
    match domain.char_indices().find(|&(_, c)| illegal(c)) {
        Some((at, character)) => {
            Err(AddressError::Character { at: at.saturating_add(offset), character })
        }
        None => Ok(()),
    }
}

/// `atext` of RFC 5322 §3.2.3, with the non-ASCII characters of RFC 6532 §3.2.
pub(crate) fn is_atext(character: char) -> bool {
    !character.is_ascii()
        || character.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.text
    }
}

#[cfg(feature = "serde")]
crate::json::string_value!(Address);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, AddressError> {
        text.parse()
    }

    #[test]
    fn takes_what_smtp_takes_and_keeps_it_as_written() {
        for text in [
            "a@b.it",
            "Mario.Rossi@PEC.Example.IT",
            "posta-certificata@pec.example.it",
            "o'neill+tag=x@example.it",
            "\"a b\\\"@c\"@example.it",
            "perché@città.example",
            "a@[192.0.2.1]",
            "a@[IPv6:2001:db8::1]",
            "a@localhost",
        ] {
            let address = parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(format!("{}@{}", address.local_part(), address.domain()), text);
        }
    }

    #[test]
    fn refuses_a_malformed_part() {
        use AddressError::{Domain, LocalPart, NoAtSign};
        for (text, error) in [
            ("", NoAtSign),
            ("example.it", NoAtSign),
            ("@example.it", LocalPart),
            ("a..b@example.it", LocalPart),
            (".a@example.it", LocalPart),
            ("\"a@example.it", LocalPart),
            ("\"a\"b\"@example.it", LocalPart),
            ("\"a\\\"@example.it", LocalPart),
            ("a@", Domain),
            ("a@b..it", Domain),
            ("a@-b.it", Domain),
            ("a@b-.it", Domain),
            ("a@[]", Domain),
            ("a@[1.2.3.4", Domain),
            ("a@[x>,<evil]", Domain),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    /// norms §6.2: injection of header fields and of SMTP commands.
    #[test]
    fn refuses_a_character_that_cannot_stand() {
        for (text, at, character) in [
            ("a b@example.it", 1, ' '),
            ("<a@example.it>", 0, '<'),
            ("a@exa_mple.it", 5, '_'),
            ("a@example.it>", 12, '>'),
            ("\"a\r\nRCPT TO:<x>\"@b.it", 2, '\r'),
            ("a@b.it\0", 6, '\0'),
            ("a\u{2028}@b.it", 1, '\u{2028}'),
            ("a\u{fffe}@b.it", 1, '\u{fffe}'),
        ] {
            assert_eq!(parse(text), Err(AddressError::Character { at, character }), "{text:?}");
        }
    }

    #[test]
    fn limits_hold_at_the_limit_and_one_past_it() {
        let local = |n| format!("{}@b.it", "a".repeat(n));
        assert!(parse(&local(64)).is_ok());
        assert_eq!(parse(&local(65)), Err(AddressError::TooLong { limit: 64 }));
        let label = |n| format!("a@{}.it", "b".repeat(n));
        assert!(parse(&label(63)).is_ok());
        assert_eq!(parse(&label(64)), Err(AddressError::TooLong { limit: 63 }));
        let domain = |n| format!("a@{}{}", "b.".repeat(100), "c".repeat(n));
        assert!(parse(&domain(55)).is_ok());
        assert_eq!(parse(&domain(56)), Err(AddressError::TooLong { limit: 255 }));
    }

    #[test]
    fn same_mailbox_ignores_case() {
        let address = parse("A.B@Example.IT").unwrap();
        assert!(address.is_same_mailbox(&parse("a.b@example.it").unwrap()));
        assert!(!address.is_same_mailbox(&parse("a.c@example.it").unwrap()));
        assert_ne!(address, parse("a.b@example.it").unwrap());
    }
}
