//! The parts of a PEC message before it is signed (RFC 6109 §4.3).
//!
//! mail-builder is not used: it wants the whole message in one tree that it copies from, chooses
//! boundaries and headers by itself, and cannot leave an original where it is. What remains to be
//! written is this fixed frame; encodify, which mail-builder encodes with, does the encoding.

use std::borrow::Cow;

use encodify::{base64, qp};
use pec_daticert::PecMsgid;
use pec_smime::multipart::{Boundary, DraftError};

use super::latin1::to_latin1;

/// The boundaries of one message, each different from the others.
#[derive(Clone, Debug)]
pub(super) struct Boundaries {
    pub(super) signed: Boundary,
    pub(super) mixed: Boundary,
    alternative: Boundary,
}

/// Octets of an identifier that go into a boundary.
const ID_OCTETS: usize = 46;

impl Boundaries {
    /// Made from the identifier of the message, whose random part stands at the end of what
    /// precedes the `@` (see [`IdGenerator`](crate::identifier::IdGenerator)).
    pub(super) fn new(id: &PecMsgid) -> Result<Self, DraftError> {
        let local = id.as_str().split('@').next().unwrap_or_default();
        let plain = local.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' });
        let plain: String = plain.collect();
        let tail = plain.get(plain.len().saturating_sub(ID_OCTETS)..).unwrap_or(&plain);
        let boundary = |letter: char| Boundary::from_id(&format!("{letter}-{tail:0>8}"));
        Ok(Self { signed: boundary('s')?, mixed: boundary('m')?, alternative: boundary('a')? })
    }
}

/// What a message encloses beside text and certification data.
pub(super) struct Enclosed<'a> {
    pub(super) pieces: Vec<Cow<'a, [u8]>>,
    pub(super) is_8bit: bool,
}

/// What a message says: for people, for programs, and what its provider adds.
pub(super) struct Words<'w> {
    pub(super) text: &'w str,
    pub(super) daticert: Option<&'w str>,
    /// A part that the provider adds for people (RFC 6109 §3.1.2).
    pub(super) remark: Option<&'w str>,
}

/// The `multipart/mixed` as a sequence of slices: text, certification data, remark, original.
// rfc6109 §4.3.1, norms 2, norms 4
pub(super) fn content<'a>(
    words: &Words<'_>,
    enclosed: Option<Enclosed<'a>>,
    boundaries: &Boundaries,
) -> Result<Vec<Cow<'a, [u8]>>, DraftError> {
    let mixed = boundaries.mixed.as_str();
    // A multipart is labelled as the widest of its parts (RFC 2045 §6.4).
    let label = match &enclosed {
        Some(enclosed) if enclosed.is_8bit => "Content-Transfer-Encoding: 8bit\r\n",
        _ => "",
    };
    let mut head = format!(
        "Content-Type: multipart/mixed;\r\n boundary=\"{mixed}\"\r\n{label}\r\n--{mixed}\r\n"
    );
    push_text(&mut head, words.text, &boundaries.alternative);
    if let Some(xml) = words.daticert {
        push_daticert(&mut head, xml, mixed);
    }
    if let Some(remark) = words.remark {
        head.push_str(&format!("\r\n--{mixed}\r\n"));
        push_text_part(&mut head, "plain", &to_latin1(remark));
    }
    let mut pieces = Vec::new();
    if let Some(enclosed) = enclosed {
        check_boundary(&enclosed.pieces, mixed)?;
        push_original_header(&mut head, enclosed.is_8bit, mixed);
        pieces.push(Cow::Owned(head.into_bytes()));
        pieces.extend(enclosed.pieces);
        head = String::new();
    }
    head.push_str(&format!("\r\n--{mixed}--\r\n"));
    pieces.push(Cow::Owned(head.into_bytes()));
    Ok(pieces)
}

/// Text and the HTML that says the same, in ISO-8859-1.
// rfc6109 §4.3.1#1, norms 3, norms 17
fn push_text(out: &mut String, text: &str, boundary: &Boundary) {
    let boundary = boundary.as_str();
    let text = to_latin1(text);
    let html = html(&text);
    out.push_str(&format!(
        "Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n"
    ));
    for (subtype, content) in [("plain", &text), ("html", &html)] {
        out.push_str(&format!("--{boundary}\r\n"));
        push_text_part(out, subtype, content);
    }
    out.push_str(&format!("--{boundary}--\r\n"));
}

/// One text part, header and body, after its boundary line.
fn push_text_part(out: &mut String, subtype: &str, content: &[u8]) {
    out.push_str(&format!(
        "Content-Type: text/{subtype}; charset=\"iso-8859-1\"\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\
         Content-Disposition: inline\r\n\r\n"
    ));
    qp::BODY.encode_append(content, out);
    out.push_str("\r\n");
}

/// The text as HTML: its first line is the title, and the lines are those of the text. It refers
/// to nothing and does nothing.
// rfc6109 §4.3.1#2, §4.3.1#3, §4.3.1#4, norms 5
fn html(text: &[u8]) -> Vec<u8> {
    let mut lines = text.trim_ascii_end().split(|octet| *octet == b'\n').map(escape);
    let title = lines.next().unwrap_or_default();
    let body: Vec<Vec<u8>> = lines.collect();
    [
        b"<!DOCTYPE html>\n<html lang=\"it\">\n<head><title>",
        title.as_slice(),
        b"</title></head>\n<body>\n<h3>",
        title.as_slice(),
        b"</h3>\n<p>",
        body.join(&b"<br>\n"[..]).as_slice(),
        b"</p>\n</body>\n</html>\n",
    ]
    .concat()
}

fn escape(line: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(line.len());
    for octet in line {
        match octet {
            b'&' => escaped.extend_from_slice(b"&amp;"),
            b'<' => escaped.extend_from_slice(b"&lt;"),
            b'>' => escaped.extend_from_slice(b"&gt;"),
            b'"' => escaped.extend_from_slice(b"&quot;"),
            b'\'' => escaped.extend_from_slice(b"&#39;"),
            other => escaped.push(*other),
        }
    }
    escaped
}

// erratum 1
fn push_daticert(out: &mut String, xml: &str, mixed: &str) {
    out.push_str(&format!(
        "\r\n--{mixed}\r\n\
         Content-Type: application/xml; name=\"daticert.xml\"\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: inline; filename=\"daticert.xml\"\r\n\r\n"
    ));
    out.push_str(base64::MIME.encode(xml).trim_end());
    out.push_str("\r\n");
}

/// A `message/rfc822` takes no transfer encoding (RFC 2046 §5.2.1), so it is only labelled.
fn push_original_header(out: &mut String, is_8bit: bool, mixed: &str) {
    let encoding = if is_8bit { "8bit" } else { "7bit" };
    out.push_str(&format!(
        "\r\n--{mixed}\r\n\
         Content-Type: message/rfc822; name=\"postacert.eml\"\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\
         Content-Disposition: inline; filename=\"postacert.eml\"\r\n\r\n"
    ));
}

/// pec-smime looks for the outer boundary; this one could be forged in an original as well. Pieces
/// meet at line breaks or inside field names, where no boundary can be.
fn check_boundary(pieces: &[Cow<'_, [u8]>], boundary: &str) -> Result<(), DraftError> {
    let finder = memchr::memmem::Finder::new(boundary);
    if pieces.iter().any(|piece| finder.find(piece).is_some()) {
        return Err(DraftError::BoundaryInContent);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_differ_and_follow_from_the_identifier() {
        for id in ["a@b", "node.20261121.1.abab@x.it", &format!("{}@x", "a!b".repeat(90))] {
            let id: PecMsgid = id.parse().unwrap();
            let all = |b: &Boundaries| {
                [&b.signed, &b.mixed, &b.alternative].map(|b| b.as_str().to_owned())
            };
            let boundaries = all(&Boundaries::new(&id).unwrap());
            assert_eq!(boundaries, all(&Boundaries::new(&id).unwrap()));
            for (index, boundary) in boundaries.iter().enumerate() {
                assert!(boundary.len() <= 70, "{boundary}");
                let others = boundaries.iter().enumerate().filter(|(other, _)| *other != index);
                assert!(others.into_iter().all(|(_, other)| !other.contains(boundary.as_str())));
            }
        }
    }

    /// rfc6109 §4.3.1#2, norms §6.2
    #[test]
    fn html_says_what_the_text_says() {
        let html = html(b"Titolo\n<script>alert('x')</script> & \"y\"\nfine\n");
        let html = String::from_utf8(html).unwrap();
        assert!(
            html.contains("<h3>Titolo</h3>\n<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;")
        );
        assert!(html.contains(" &amp; &quot;y&quot;<br>\nfine</p>"));
    }
}
