//! Message identifiers: the PEC msgid of a transmission and the msgid that the client had given.

use std::{fmt, str::FromStr};

use crate::{address::is_atext, limits::MAX_IDENTIFIER_BYTES};

/// Why a string is no message identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// A PEC msgid is `string@domain` without angle brackets.
    #[error("a PEC msgid has the form `string@domain`")]
    Shape,
    /// A msgid stands between `<` and `>` and is not empty.
    #[error("a msgid stands between angle brackets")]
    Brackets,
    /// A character that cannot stand at this byte.
    #[error("character {character:?} at byte {at} cannot stand in a message identifier")]
    Character {
        /// Position in bytes from the start of the string.
        at: usize,
        /// The character.
        character: char,
    },
    /// Longer than [`MAX_IDENTIFIER_BYTES`].
    #[error("longer than {MAX_IDENTIFIER_BYTES} octets")]
    TooLong,
}

/// The identifier that the PEC system gives to a message, `string@domain` without angle brackets:
/// element `identificativo`, and `Message-ID` of the transport envelope (RFC 6109 §2.2.1).
///
/// The same value stands in every receipt of the transmission. Providers use dots and hyphens
/// besides letters and digits (norms §1.3), so both parts are a dot-atom of RFC 5322 §3.2.3.
///
/// ```
/// use pec_daticert::PecMsgid;
/// let id: PecMsgid = "opec1.20261121101500.12345.01.1.2@pec.example.it".parse()?;
/// assert_eq!(id.to_message_id(), "<opec1.20261121101500.12345.01.1.2@pec.example.it>");
/// assert!("<x@example.it>".parse::<PecMsgid>().is_err());
/// # Ok::<(), pec_daticert::IdentifierError>(())
/// ```
#[doc(alias = "identificativo")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PecMsgid(String);

impl PecMsgid {
    /// The identifier, without angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier as the value of a `Message-ID` header field, with angle brackets.
    #[must_use]
    pub fn to_message_id(&self) -> String {
        format!("<{}>", self.0)
    }
}

/// The identifier that the sender's mail program had given, with its angle brackets: element
/// `msgid`, header `X-Riferimento-Message-ID` (RFC 6109 §2.2.1).
///
/// Mail programs write all sorts of things between the brackets, so anything without blanks,
/// control characters and further brackets is taken.
///
/// ```
/// use pec_daticert::Msgid;
/// let msgid: Msgid = "<1415985992.182905912399292@host.example>".parse()?;
/// assert_eq!(msgid.without_brackets(), "1415985992.182905912399292@host.example");
/// assert!("<a>\r\nBcc: <b>".parse::<Msgid>().is_err());
/// # Ok::<(), pec_daticert::IdentifierError>(())
/// ```
#[doc(alias = "msgid")]
#[doc(alias = "X-Riferimento-Message-ID")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Msgid(String);

impl Msgid {
    /// The identifier, with its angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between the angle brackets.
    #[must_use]
    pub fn without_brackets(&self) -> &str {
        let inner = self.0.strip_prefix('<').unwrap_or(&self.0);
        inner.strip_suffix('>').unwrap_or(inner)
    }
}

impl TryFrom<String> for PecMsgid {
    type Error = IdentifierError;

    // rfc6109 §2.2.1, norms 13
    fn try_from(text: String) -> Result<Self, IdentifierError> {
        check_length(&text)?;
        refuse(&text, |c| matches!(c, '@' | '.') || c.is_ascii() && is_atext(c))?;
        let (left, right) = text.split_once('@').ok_or(IdentifierError::Shape)?;
        let is_dot_atom = |part: &str| part.split('.').all(|atom| !atom.is_empty());
        if is_dot_atom(left) && is_dot_atom(right) && !right.contains('@') {
            Ok(Self(text))
        } else {
            Err(IdentifierError::Shape)
        }
    }
}

impl TryFrom<String> for Msgid {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, IdentifierError> {
        check_length(&text)?;
        let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        let inner = inner.filter(|inner| !inner.is_empty()).ok_or(IdentifierError::Brackets)?;
        refuse(inner, |c| !matches!(c, '<' | '>') && !c.is_control() && !c.is_whitespace())
            .map_err(|error| error.shifted(1))?;
        Ok(Self(text))
    }
}

impl IdentifierError {
    fn shifted(self, by: usize) -> Self {
        match self {
            Self::Character { at, character } => {
                Self::Character { at: at.saturating_add(by), character }
            }
            other => other,
        }
    }
}

/// What else nearly every identifier is made of; legal in both kinds.
const PLAIN: [u8; 5] = *b".@-_$";

fn check_length(text: &str) -> Result<(), IdentifierError> {
    if text.len() > MAX_IDENTIFIER_BYTES { Err(IdentifierError::TooLong) } else { Ok(()) }
}

/// Refuses the first character that is not `legal`, or that XML 1.0 forbids.
fn refuse(text: &str, legal: impl Fn(char) -> bool) -> Result<(), IdentifierError> {
    // Letters and digits are legal in every identifier; bytes are quicker to look at.
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte)) {
        return Ok(());
    }
    match text.char_indices().find(|&(_, c)| !legal(c) || !crate::text::is_xml_char(c)) {
        Some((at, character)) => Err(IdentifierError::Character { at, character }),
        None => Ok(()),
    }
}

macro_rules! identifier_traits {
    ($name:ident) => {
        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                text.to_owned().try_into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }

        #[cfg(feature = "serde")]
        crate::json::string_value!($name);
    };
}

identifier_traits!(PecMsgid);
identifier_traits!(Msgid);

#[cfg(test)]
mod tests {
    use super::*;

    /// norms §1.3: the forms seen in the wild.
    #[test]
    fn takes_the_identifiers_that_providers_write() {
        for id in [
            "opec288.20181113163926.01838.310.1.63@pec.example.it",
            "20061229164514.672075@dominio",
            "E82D9D8F.000073B6.E8F90950.8520A581.posta-certificata@example.it",
        ] {
            assert_eq!(id.parse::<PecMsgid>().unwrap().to_string(), id);
        }
    }

    #[test]
    fn refuses_what_is_no_pec_msgid() {
        use IdentifierError::{Character, Shape};
        for (id, error) in [
            ("", Shape),
            ("abc", Shape),
            ("@b.it", Shape),
            ("a@", Shape),
            ("a@b@c", Shape),
            ("a..b@c.it", Shape),
            ("<a@b.it>", Character { at: 0, character: '<' }),
            ("a@b.it\r\n", Character { at: 6, character: '\r' }),
            ("a b@c.it", Character { at: 1, character: ' ' }),
            ("à@b.it", Character { at: 0, character: 'à' }),
        ] {
            assert_eq!(id.parse::<PecMsgid>(), Err(error), "{id:?}");
        }
    }

    #[test]
    fn takes_any_msgid_of_a_client_but_nothing_that_breaks_a_header() {
        for id in ["<a@b>", "<SN05IE$951DEC16C1CF@fakepec.example>", "<no-at-sign>", "<é@b>"] {
            assert_eq!(id.parse::<Msgid>().unwrap().to_string(), id);
        }
        use IdentifierError::{Brackets, Character};
        for (id, error) in [
            ("", Brackets),
            ("<>", Brackets),
            ("a@b", Brackets),
            ("<a@b", Brackets),
            ("<a><b>", Character { at: 2, character: '>' }),
            ("<a b>", Character { at: 2, character: ' ' }),
            ("<a\nb>", Character { at: 2, character: '\n' }),
            ("<\u{ffff}>", Character { at: 1, character: '\u{ffff}' }),
        ] {
            assert_eq!(id.parse::<Msgid>(), Err(error), "{id:?}");
        }
    }

    #[test]
    fn the_length_is_limited() {
        let msgid = |n: usize| format!("<{}>", "a".repeat(n - 2)).parse::<Msgid>();
        assert!(msgid(MAX_IDENTIFIER_BYTES).is_ok());
        assert_eq!(msgid(MAX_IDENTIFIER_BYTES + 1), Err(IdentifierError::TooLong));
        let id = |n: usize| format!("{}@b", "a".repeat(n - 2)).parse::<PecMsgid>();
        assert!(id(MAX_IDENTIFIER_BYTES).is_ok());
        assert_eq!(id(MAX_IDENTIFIER_BYTES + 1), Err(IdentifierError::TooLong));
    }
}
