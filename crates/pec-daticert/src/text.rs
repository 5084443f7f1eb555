//! One line of text: what can stand in XML 1.0 and in a header field.

use std::{fmt, ops::Deref, str::FromStr};

/// One line of Unicode text, possibly empty: subject, name of a provider, description of an error.
///
/// It holds no CR, no LF and nothing that XML 1.0 forbids (NUL and the other control characters
/// but TAB, U+FFFE, U+FFFF), so it can neither break a header field nor a document. Blanks are
/// kept as they are.
///
/// ```
/// use pec_daticert::Text;
/// let subject: Text = "Invio fattura n. 12 — perché no?".parse()?;
/// assert_eq!(subject.as_str(), "Invio fattura n. 12 — perché no?");
/// assert!("Oggetto\r\nBcc: spia@example.com".parse::<Text>().is_err());
/// # Ok::<(), pec_daticert::TextError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(String);

/// Why a string is no [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {character:?} at byte {at} cannot stand in one line of XML text")]
pub struct TextError {
    /// Position of the character, in bytes from the start of the string.
    pub at: usize,
    /// The character.
    pub character: char,
}

impl Text {
    /// Takes `text` when it is one line of legal characters.
    ///
    /// # Errors
    /// [`TextError`] names the first character that cannot stand and its position.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        match first_illegal(&text) {
            None => Ok(Self(text)),
            Some(error) => Err(error),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, given up by value.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether XML 1.0 allows the character (production 2, `Char`).
pub(crate) fn is_xml_char(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    }
}

/// Whether a byte may belong to a character that XML forbids: a control other than those that are
/// `allowed`, or 0xEF, with which U+FFFE and U+FFFF begin.
///
/// Nearly every text is clean, and a fold without early exit compiles to vector instructions.
pub(crate) fn has_suspicious_byte(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let suspicious = |byte: u8| (byte < b' ' && !allowed(byte)) | (byte == 0xef);
    text.bytes().fold(false, |found, byte| found | suspicious(byte))
}

fn first_illegal(text: &str) -> Option<TextError> {
    if !has_suspicious_byte(text, |byte| byte == b'\t') {
        return None;
    }
    text.char_indices()
        .find(|&(_, character)| matches!(character, '\r' | '\n') || !is_xml_char(character))
        .map(|(at, character)| TextError { at, character })
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(feature = "serde")]
crate::json::string_value!(Text);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_xml_and_headers_can_hold() {
        for text in ["", " blanks kept ", "tab\there", "\u{7f}\u{85}", "😀 €", "ﷺ\u{fffd}"] {
            assert_eq!(Text::new(text).as_deref(), Ok(text));
        }
    }

    /// norms §6.2: header injection through a subject.
    #[test]
    fn refuses_line_breaks_and_what_xml_forbids() {
        for (text, at, character) in [
            ("a\rb", 1, '\r'),
            ("è\nb", 2, '\n'),
            ("\0", 0, '\0'),
            ("ok\u{1f}", 2, '\u{1f}'),
            ("ﷺ\u{fffe}", 3, '\u{fffe}'),
            ("\u{ffff}", 0, '\u{ffff}'),
        ] {
            assert_eq!(Text::new(text), Err(TextError { at, character }));
        }
    }
}
