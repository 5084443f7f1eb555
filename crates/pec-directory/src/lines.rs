//! The lines of LDIF (RFC 2849): continuations joined, comments left out, values decoded.

use std::borrow::Cow;

use encodify::base64;
use memchr::{memchr, memchr2};

use crate::{
    error::{LineError, LineFault},
    limits::MAX_LINE_BYTES,
};

/// What stands in a file, line by line.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    /// Number of the line at which `rest` begins.
    line: usize,
}

/// One line with its continuations.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    Empty(usize),
    Value(Value<'a>),
}

/// An attribute with its value.
#[derive(Debug)]
pub(crate) struct Value<'a> {
    /// The first line of it.
    pub(crate) line: usize,
    /// The lines as they stand.
    raw: &'a [u8],
    text: Cow<'a, [u8]>,
    colon: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// As it stands, from here.
    Plain(usize),
    Decoded(Vec<u8>),
    /// Base64 that is none.
    Malformed,
}

impl<'a> Lines<'a> {
    pub(crate) const fn new(file: &'a [u8]) -> Self {
        Self { rest: file, line: 1 }
    }

    /// The next line that is no comment.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'a>>, LineError> {
        while !self.rest.is_empty() {
            let line = self.line;
            let error = |fault| LineError { line, attribute: None, fault };
            let start = self.rest;
            let first = self.physical();
            if first.is_empty() {
                return Ok(Some(Line::Empty(line)));
            }
            if first.starts_with(b" ") {
                return Err(error(LineFault::NothingToContinue));
            }
            let mut text = Cow::Borrowed(first);
            while self.rest.starts_with(b" ") && text.len() <= MAX_LINE_BYTES {
                let continuation = self.physical().get(1..).unwrap_or_default();
                text.to_mut().extend_from_slice(continuation);
            }
            if text.len() > MAX_LINE_BYTES {
                return Err(error(LineFault::TooLong));
            }
            if text.starts_with(b"#") {
                continue;
            }
            let length = start.len().saturating_sub(self.rest.len());
            let raw = start.get(..length).unwrap_or_default();
            return Value::new(line, raw, text).map(|value| Some(Line::Value(value)));
        }
        Ok(None)
    }

    /// Takes one line of the file, without its end.
    fn physical(&mut self) -> &'a [u8] {
        self.line = self.line.saturating_add(1);
        let Some((line, rest)) =
            memchr(b'\n', self.rest).and_then(|end| self.rest.split_at_checked(end))
        else {
            return std::mem::take(&mut self.rest);
        };
        self.rest = rest.get(1..).unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

impl<'a> Value<'a> {
    fn new(line: usize, raw: &'a [u8], text: Cow<'a, [u8]>) -> Result<Self, LineError> {
        let mut attribute = None;
        Self::read(line, raw, text, &mut attribute).map_err(|fault| LineError {
            line,
            attribute,
            fault,
        })
    }

    fn read(
        line: usize,
        raw: &'a [u8],
        text: Cow<'a, [u8]>,
        attribute: &mut Option<Box<str>>,
    ) -> Result<Self, LineFault> {
        let colon = memchr(b':', &text).ok_or(LineFault::NoColon)?;
        let description = text.get(..colon).unwrap_or_default();
        if !is_description(description) {
            return Err(LineFault::BadAttribute);
        }
        *attribute = std::str::from_utf8(description).ok().map(Into::into);
        match memchr2(b'\r', 0, &text).and_then(|at| text.get(at)) {
            Some(b'\r') => return Err(LineFault::BareReturn),
            Some(_) => return Err(LineFault::Nul),
            None => {}
        }
        let start = colon.saturating_add(1);
        let content = match text.get(start) {
            Some(b'<') => return Err(LineFault::Url),
            Some(b':') => {
                let encoded = text.get(fill(&text, start.saturating_add(1))..).unwrap_or_default();
                base64::STANDARD.decode(encoded).map_or(Content::Malformed, Content::Decoded)
            }
            _ => Content::Plain(fill(&text, start)),
        };
        Ok(Self { line, raw, text, colon, content })
    }

    /// The attribute description: type and options.
    pub(crate) fn description(&self) -> &str {
        // It is ASCII by its grammar.
        std::str::from_utf8(self.text.get(..self.colon).unwrap_or_default()).unwrap_or_default()
    }

    /// Type and options of the attribute, taken apart.
    pub(crate) fn attribute(&self) -> (&str, &str) {
        let description = self.description();
        description.split_once(';').unwrap_or((description, ""))
    }

    /// The value, decoded; nothing when it is [malformed](Self::is_malformed).
    pub(crate) fn octets(&self) -> &[u8] {
        match &self.content {
            Content::Plain(start) => self.text.get(*start..).unwrap_or_default(),
            Content::Decoded(octets) => octets,
            Content::Malformed => &[],
        }
    }

    /// Whether the value is said to be base64 and is not.
    pub(crate) const fn is_malformed(&self) -> bool {
        matches!(self.content, Content::Malformed)
    }

    /// Whether the value may stand as it does: base64, or a SAFE-STRING of RFC 2849.
    pub(crate) fn is_safe(&self) -> bool {
        let Content::Plain(_) = self.content else {
            return true;
        };
        let octets = self.octets();
        !matches!(octets.first(), Some(b':' | b'<')) && octets.is_ascii()
    }

    /// The value as if each fold stood for a blank; `None` when there is no fold.
    pub(crate) fn with_blanks_at_folds(&self) -> Option<String> {
        let (Content::Plain(_), Cow::Owned(_)) = (&self.content, &self.text) else {
            return None;
        };
        let raw = std::str::from_utf8(self.raw).ok()?;
        let (_, value) = raw.split_once(':')?;
        Some(value.lines().map(str::trim).collect::<Vec<_>>().join(" "))
    }
}

/// Past the blanks that may stand before a value.
fn fill(text: &[u8], start: usize) -> usize {
    let blanks = text.iter().skip(start).take_while(|byte| **byte == b' ').count();
    start.saturating_add(blanks)
}

/// `AttributeType *(";" option)`: a name or an object identifier, then options (RFC 2849).
fn is_description(description: &[u8]) -> bool {
    let is_word = |word: &[u8]| {
        !word.is_empty() && word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    let mut parts = description.split(|byte| *byte == b';');
    let is_type = parts.next().is_some_and(|name| {
        is_word(name) && name.first().is_some_and(u8::is_ascii_alphabetic) || is_oid(name)
    });
    is_type && parts.all(is_word)
}

fn is_oid(name: &[u8]) -> bool {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    name.split(|byte| *byte == b'.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &str) -> Result<Vec<String>, LineError> {
        let mut lines = Lines::new(file.as_bytes());
        let mut found = Vec::new();
        while let Some(line) = lines.next()? {
            found.push(match line {
                Line::Empty(line) => format!("{line}"),
                Line::Value(value) => format!(
                    "{} {}={}",
                    value.line,
                    value.description(),
                    String::from_utf8_lossy(value.octets())
                ),
            });
        }
        Ok(found)
    }

    fn fault(file: &str) -> (usize, LineFault) {
        let error = lines(file).expect_err(file);
        (error.line, error.fault)
    }

    #[test]
    fn lines_are_joined_and_comments_left_out() {
        for end in ["\n", "\r\n"] {
            let file =
                "# a\n b\ncn: x\n  y\n\n#\nou;lang-it:z\n2.5.4.13::  w6g=\nl:\nst:: \no:  q \n z";
            let found = lines(&file.replace('\n', end)).unwrap();
            let expected =
                ["3 cn=x y", "5", "7 ou;lang-it=z", "8 2.5.4.13=è", "9 l=", "10 st=", "11 o=q z"];
            assert_eq!(found, expected);
        }
        assert_eq!(lines("").unwrap(), [""; 0]);
        assert_eq!(lines("c\n n\n :\n  \n x").unwrap(), ["1 cn=x"]);
    }

    #[test]
    fn faults_are_told_with_their_line() {
        for (file, line, expected) in [
            ("a: b\n\nc", 3, LineFault::NoColon),
            ("-", 1, LineFault::NoColon),
            (" a: b", 1, LineFault::NothingToContinue),
            ("\n a: b", 2, LineFault::NothingToContinue),
            ("\u{e8}: b", 1, LineFault::BadAttribute),
            (": b", 1, LineFault::BadAttribute),
            ("a;: b", 1, LineFault::BadAttribute),
            ("1.: b", 1, LineFault::BadAttribute),
            ("\ta: b", 1, LineFault::BadAttribute),
            ("a b: c", 1, LineFault::BadAttribute),
            ("a: b\rc", 1, LineFault::BareReturn),
            ("a: b\r", 1, LineFault::BareReturn),
            ("a: b\r\n\r\n\r", 3, LineFault::NoColon),
            ("a: \0", 1, LineFault::Nul),
            ("a:< file:///etc/passwd", 1, LineFault::Url),
        ] {
            assert_eq!(fault(file), (line, expected), "{file:?}");
        }
        let error = lines("\ncn;x:< u").unwrap_err();
        assert_eq!(error.to_string(), "line 2, cn;x: a value by URL is not fetched");
    }

    #[test]
    fn lines_end_where_the_limit_is() {
        let line = format!("a: {}", "b".repeat(MAX_LINE_BYTES - 3));
        assert!(lines(&line).is_ok());
        assert_eq!(fault(&format!("{line}b")), (1, LineFault::TooLong));
        assert_eq!(fault(&format!("x: y\n{line}\n b")), (2, LineFault::TooLong));
        assert_eq!(fault(&format!("#{line}")), (1, LineFault::TooLong));
    }

    #[test]
    fn safe_strings_are_told_from_others() {
        let is_safe = |file: &'static str| match Lines::new(file.as_bytes()).next() {
            Ok(Some(Line::Value(value))) => value.is_safe(),
            other => panic!("{other:?}"),
        };
        assert!(is_safe("a: b") && is_safe("a:: w6g=") && is_safe("a:"));
        assert!(!is_safe("a: :b") && !is_safe("a: <b") && !is_safe("a: \u{e8}"));
    }

    #[test]
    fn base64_is_told_from_what_is_none() {
        let is_malformed = |file: &'static str| match Lines::new(file.as_bytes()).next() {
            Ok(Some(Line::Value(value))) => value.is_malformed(),
            other => panic!("{other:?}"),
        };
        assert!(!is_malformed("a:: w6g=") && !is_malformed("a::") && !is_malformed("a: !"));
        for file in ["a:: w6g", "a:: w6g= ", "a:: w6h=", "a:: !", "a:: w6g=w6g="] {
            assert!(is_malformed(file), "{file}");
        }
    }

    #[test]
    fn folds_may_stand_for_blanks() {
        let folded = |file: &'static str| match Lines::new(file.as_bytes()).next() {
            Ok(Some(Line::Value(value))) => value.with_blanks_at_folds(),
            other => panic!("{other:?}"),
        };
        assert_eq!(folded("dn: a=b\r\n c\n").as_deref(), Some("a=b c"));
        assert_eq!(folded("dn: a=b"), None);
        assert_eq!(folded("dn:: w6g\n ="), None);
    }
}
