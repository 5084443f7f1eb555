//! From bytes to text: byte order mark, declared encoding, characters that XML forbids.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use super::{
    attribute::next_attribute,
    findings::{Findings, Positions},
    is_blank,
};
use crate::{
    DeviationKind, ReadError,
    text::{has_suspicious_byte, is_xml_char},
};

/// The document as text.
#[derive(Debug)]
pub(super) struct Decoded<'d> {
    text: Cow<'d, str>,
    /// Bytes of the document before the text.
    start: usize,
    /// Bytes of the text before the body: blanks and the XML declaration.
    prolog: usize,
    single_bytes: bool,
}

impl Decoded<'_> {
    /// The text and where in it the body begins, after the XML declaration.
    pub(super) fn body(&self) -> (&str, usize) {
        (&self.text, self.prolog)
    }

    pub(super) fn positions(&self) -> Positions<'_> {
        Positions { start: self.start, single_bytes: self.single_bytes.then_some(&*self.text) }
    }
}

enum Encoding {
    Utf8,
    Latin1,
    Windows1252,
}

/// Decodes the document as its declaration says (erratum-free deployments say UTF-8).
// norms 3
pub(super) fn decode<'d>(
    document: &'d [u8],
    findings: &mut Findings,
) -> Result<Decoded<'d>, ReadError> {
    let (bytes, start) = strip_byte_order_mark(document, findings)?;
    let blanks = bytes.iter().take_while(|byte| is_blank(**byte)).count();
    let declaration = Declaration::find(bytes.get(blanks..).unwrap_or_default());
    let mut encoding = Encoding::Utf8;
    let mut prolog = 0;
    if let Some(declaration) = declaration {
        if blanks > 0 {
            findings.add(0, None, DeviationKind::BlanksBeforeDeclaration);
        }
        if !declaration.is_well_formed() {
            findings.add(blanks, None, DeviationKind::MalformedDeclaration);
        }
        if let Some(label) = declaration.encoding() {
            encoding = encoding_of(label, blanks, findings)?;
        }
        prolog = blanks.saturating_add(declaration.length);
    }
    let (text, single_bytes) = match encoding {
        Encoding::Utf8 => decode_utf8(bytes, findings),
        Encoding::Latin1 => (encoding_rs::mem::decode_latin1(bytes), true),
        Encoding::Windows1252 => (WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
    };
    note_illegal_characters(&text, findings);
    Ok(Decoded { text, start, prolog, single_bytes })
}

fn strip_byte_order_mark<'d>(
    document: &'d [u8],
    findings: &mut Findings,
) -> Result<(&'d [u8], usize), ReadError> {
    match document {
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            findings.add(0, None, DeviationKind::ByteOrderMark);
            Ok((rest, 3))
        }
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, b'<', ..] | [b'<', 0, ..] => {
            Err(ReadError::UnsupportedEncoding { label: "UTF-16".to_owned() })
        }
        _ => Ok((document, 0)),
    }
}

/// Maps the declared label; anything but UTF-8 is a deviation.
fn encoding_of(label: &str, at: usize, findings: &mut Findings) -> Result<Encoding, ReadError> {
    if label.eq_ignore_ascii_case("UTF-8") {
        return Ok(Encoding::Utf8);
    }
    let (encoding, name) = match label.to_ascii_lowercase().as_str() {
        "utf8" => (Encoding::Utf8, "UTF8"),
        "us-ascii" | "ascii" => (Encoding::Utf8, "US-ASCII"),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" => (Encoding::Latin1, "ISO-8859-1"),
        "windows-1252" | "cp1252" => (Encoding::Windows1252, "Windows-1252"),
        _ => {
            return Err(ReadError::UnsupportedEncoding { label: label.to_owned() });
        }
    };
    findings.add(at, None, DeviationKind::DeclaredEncoding(name));
    Ok(encoding)
}

/// UTF-8, or else what a mislabelled document most probably is; the deviation says so.
fn decode_utf8<'d>(bytes: &'d [u8], findings: &mut Findings) -> (Cow<'d, str>, bool) {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return (Cow::Borrowed(text), false),
        Err(error) => error,
    };
    let (valid, _) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((bytes, &[]));
    if error.error_len().is_none() {
        // Cut in the middle of the last character: what is before it is sound.
        findings.add(valid.len(), None, DeviationKind::InvalidUtf8);
        return (String::from_utf8_lossy(valid), false);
    }
    // The position must count in the decoded text, where each byte before became a character.
    let (before, _) = WINDOWS_1252.decode_without_bom_handling(valid);
    findings.add(before.len(), None, DeviationKind::InvalidUtf8);
    (WINDOWS_1252.decode_without_bom_handling(bytes).0, true)
}

fn note_illegal_characters(text: &str, findings: &mut Findings) {
    if !has_suspicious_byte(text, is_blank) {
        return;
    }
    for (at, character) in text.char_indices().filter(|(_, character)| !is_xml_char(*character)) {
        findings.add(at, None, DeviationKind::IllegalCharacter(character));
    }
}

/// The XML declaration, from `<?xml` to `?>`.
struct Declaration<'d> {
    /// What stands between, when it is ASCII text.
    content: Option<&'d str>,
    length: usize,
}

impl<'d> Declaration<'d> {
    fn find(bytes: &'d [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"<?xml")?;
        if !rest.first().is_some_and(|byte| is_blank(*byte) || *byte == b'?') {
            return None; // another instruction, such as xml-stylesheet
        }
        let end = memchr::memmem::find(rest, b"?>")?;
        let content = std::str::from_utf8(rest.get(..end)?).ok().filter(|text| text.is_ascii());
        Some(Self { content, length: end.saturating_add(b"<?xml?>".len()) })
    }

    /// Whether it is `version="1.0"`, then perhaps `encoding`, then perhaps `standalone`.
    fn is_well_formed(&self) -> bool {
        let Some(mut rest) = self.content else {
            return false;
        };
        let mut names = ["version", "encoding", "standalone"].into_iter();
        let mut first = true;
        while let Some((name, value, after)) = next_attribute(rest) {
            if !names.any(|expected| expected == name) {
                return false;
            }
            let legal = match name {
                "version" => value == "1.0",
                "standalone" => matches!(value, "yes" | "no"),
                _ => is_encoding_name(value),
            };
            if !legal || first && name != "version" {
                return false;
            }
            first = false;
            rest = after;
        }
        !first && rest.bytes().all(is_blank)
    }

    /// The declared encoding, wherever in the declaration it stands.
    fn encoding(&self) -> Option<&'d str> {
        let mut rest = self.content?;
        while let Some((name, value, after)) = next_attribute(rest) {
            if name == "encoding" {
                return Some(value);
            }
            rest = after;
        }
        None
    }
}

/// Production 81, `EncName`.
fn is_encoding_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
