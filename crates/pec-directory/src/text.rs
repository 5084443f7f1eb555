//! Names, descriptions, locations and service mailboxes: the texts of a record.

use std::{fmt, hash, str::FromStr};

use crate::{
    Domain, DomainError,
    limits::{MAX_LOCAL_PART_BYTES, MAX_TEXT_BYTES},
};

/// A Directory String: a provider's name, the name of an environment, a description.
///
/// It is not empty, has no control characters, no blanks around it and at most
/// [`MAX_TEXT_BYTES`]. Names are compared by [`Text::key`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

/// Why a text cannot stand in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing there.
    #[error("empty")]
    Empty,
    /// Blanks at the beginning or the end.
    #[error("blanks around the text")]
    SurroundingBlanks,
    /// A control character, such as a line break.
    #[error("a control character")]
    Control,
    /// Longer than [`MAX_TEXT_BYTES`].
    #[error("{0} octets, more than {MAX_TEXT_BYTES}")]
    TooLong(usize),
}

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared (`caseIgnoreMatch`): lower case, single blanks.
    #[must_use]
    pub fn key(&self) -> String {
        let words: Vec<&str> = self.0.split_whitespace().collect();
        words.join(" ").to_lowercase()
    }
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > MAX_TEXT_BYTES {
            return Err(TextError::TooLong(text.len()));
        }
        if text.trim().len() != text.len() {
            return Err(TextError::SurroundingBlanks);
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where a signed LDIF file is found (`LDIFLocationURL`): an `https` URL (rfc6109 §4.5.6).
#[doc(alias = "LDIFLocationURL")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location(Box<str>);

/// Why a text is no location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// It does not begin with `https://`.
    #[error("no https URL")]
    NotHttps,
    /// No host, or characters that no URL has (RFC 3986 §2).
    #[error("malformed URL")]
    Malformed,
}

impl Location {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a URL as [`from_str`](Self::from_str) does, but takes `http` for the `https` that it
    /// should be, and says so. The second example of the RFC has such URLs (erratum 10).
    pub(crate) fn read(text: &str) -> Result<(Self, bool), LocationError> {
        match after_scheme(text, "http") {
            Some(rest) => format!("https://{rest}").parse().map(|location| (location, true)),
            None => text.parse().map(|location| (location, false)),
        }
    }
}

fn after_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, rest) = text.split_once("://")?;
    found.eq_ignore_ascii_case(scheme).then_some(rest)
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        let rest = after_scheme(text, "https").ok_or(LocationError::NotHttps)?;
        let is_legal = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
        let has_host = !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']);
        if !has_host || text.len() > MAX_TEXT_BYTES || !text.bytes().all(is_legal) {
            return Err(LocationError::Malformed);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A provider's service mailbox (`mailReceipt`), where take-in-charge receipts and virus notices
/// of other providers go: dot-atoms on both sides of the `@` (rfc6109 §4.5.4).
///
/// Compared without regard to case (`caseIgnoreIA5Match`).
///
/// ```
/// use pec_directory::ServiceMailbox;
///
/// let mailbox: ServiceMailbox = "Ricevute@PEC.alfa.example".parse()?;
/// assert_eq!(mailbox.to_string(), "Ricevute@pec.alfa.example");
/// assert_eq!(mailbox, "ricevute@pec.alfa.example".parse()?);
/// # Ok::<(), pec_directory::MailboxError>(())
/// ```
#[doc(alias = "mailReceipt")]
#[derive(Clone, Debug)]
pub struct ServiceMailbox {
    local_part: Box<str>,
    domain: Domain,
}

/// Why a text is no service mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MailboxError {
    /// There is no `@`.
    #[error("no @")]
    NoAt,
    /// What is before the `@` is no dot-atom (RFC 5322 §3.2.3) or too long.
    #[error("the local part is no dot-atom")]
    LocalPart,
    /// What is after the `@` is no domain.
    #[error("the domain is bad: {0}")]
    Domain(#[from] DomainError),
}

impl ServiceMailbox {
    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }

    /// What stands after the `@`.
    #[must_use]
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }
}

impl FromStr for ServiceMailbox {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        let (local_part, domain) = text.rsplit_once('@').ok_or(MailboxError::NoAt)?;
        let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atext);
        if local_part.len() > MAX_LOCAL_PART_BYTES || !local_part.split('.').all(is_atom) {
            return Err(MailboxError::LocalPart);
        }
        Ok(Self { local_part: local_part.into(), domain: domain.parse()? })
    }
}

impl PartialEq for ServiceMailbox {
    fn eq(&self, other: &Self) -> bool {
        self.domain == other.domain && self.local_part.eq_ignore_ascii_case(&other.local_part)
    }
}

impl Eq for ServiceMailbox {}

impl hash::Hash for ServiceMailbox {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.local_part.to_ascii_lowercase().hash(state);
        self.domain.hash(state);
    }
}

impl fmt::Display for ServiceMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local_part, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_checked() {
        let text = |text: &str| text.parse::<Text>();
        assert_eq!(text("Società  PEC S.p.A.").map(|t| t.key()), Ok("società pec s.p.a.".into()));
        assert_eq!(text(""), Err(TextError::Empty));
        assert_eq!(text(" a"), Err(TextError::SurroundingBlanks));
        assert_eq!(text("a\nb"), Err(TextError::Control));
        assert!(text(&"a".repeat(MAX_TEXT_BYTES)).is_ok());
        let past = MAX_TEXT_BYTES + 1;
        assert_eq!(text(&"a".repeat(past)), Err(TextError::TooLong(past)));
    }

    #[test]
    fn locations_are_https() {
        assert!("https://alfa.example/alfa.ldif.p7m".parse::<Location>().is_ok());
        assert!("HTTPS://alfa.example".parse::<Location>().is_ok());
        for text in ["https://", "https:///a", "https://a b", "https://a\u{e8}"] {
            assert_eq!(text.parse::<Location>(), Err(LocationError::Malformed), "{text}");
        }
        for text in ["", "http://a.example/", "ftp://a", "https:/a", "a"] {
            assert_eq!(text.parse::<Location>(), Err(LocationError::NotHttps), "{text}");
        }
        let (location, was_http) = Location::read("HTTP://a.example/x").unwrap();
        assert_eq!((location.as_str(), was_http), ("https://a.example/x", true));
        let tail = "a".repeat(MAX_TEXT_BYTES - "https://".len());
        assert!(format!("https://{tail}").parse::<Location>().is_ok());
        assert!(format!("https://{tail}a").parse::<Location>().is_err());
    }

    #[test]
    fn mailboxes_are_dot_atoms() {
        let mailbox = |text: &str| text.parse::<ServiceMailbox>().map(|m| m.to_string());
        assert_eq!(mailbox("a.b+c@Alfa.example"), Ok("a.b+c@alfa.example".into()));
        assert_eq!(mailbox("alfa.example"), Err(MailboxError::NoAt));
        for text in ["@a", "\"a\"@a", ".a@a", "a..b@a", "a b@a", "a@b@c", "\u{e8}@a"] {
            assert_eq!(mailbox(text), Err(MailboxError::LocalPart), "{text}");
        }
        assert_eq!(mailbox("a@"), Err(MailboxError::Domain(DomainError::Empty)));
        let local = "a".repeat(MAX_LOCAL_PART_BYTES);
        assert!(mailbox(&format!("{local}@a")).is_ok());
        assert_eq!(mailbox(&format!("{local}a@a")), Err(MailboxError::LocalPart));
    }
}
