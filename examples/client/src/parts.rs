//! The tree of parts, with the PEC messages nested in it.

use std::io::{self, Write};
use std::ops::Range;

use pec_message::{Message, Part, PartKind};
use serde::Serialize;

use crate::console::plain;
use crate::facts::{Facts, path_text};

/// One part of a message.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PartFact {
    /// Its path, as `pec extract --part` takes it: numbers from 0 joined by dots; empty for the
    /// message itself.
    pub path: String,
    /// What it is: `message`, `multipart`, `daticert`, `original`, `signature`, `attachment` or
    /// `text`.
    pub role: &'static str,
    /// The media type, in lower case.
    pub media_type: String,
    /// The file name; it may hold anything.
    pub name: Option<String>,
    /// Its size in octets without the transfer encoding; of a container, as it stands.
    pub size: usize,
    /// Of a nested message: what it says about itself.
    pub message: Option<Box<Facts>>,
    /// The parts in it.
    pub parts: Vec<PartFact>,
}

/// An attached file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AttachmentFact {
    /// The file name; it may hold anything.
    pub name: Option<String>,
    /// The media type, in lower case.
    pub media_type: String,
    /// Its size in octets without the transfer encoding.
    pub size: usize,
    /// Its path in the message that it is attached to.
    pub path: String,
}

impl PartFact {
    /// A part and all below it.
    pub(crate) fn of(part: Part<'_, '_>) -> Self {
        Self::in_message(part, &Special::of(part.message()))
    }

    fn in_message(part: Part<'_, '_>, special: &Special) -> Self {
        let is_nested = part.is_message_root() && part.parent().is_some();
        let facts = is_nested.then(|| Box::new(Facts::of(part.message()).0));
        let inside = |child: Part<'_, '_>| match child.is_message_root() {
            true => Self::of(child),
            false => Self::in_message(child, special),
        };
        Self {
            path: path_text(&part.path()),
            role: special.role(part),
            media_type: part.media_type().to_owned(),
            name: part.name().map(str::to_owned),
            size: size(part),
            message: facts,
            parts: part.children().map(inside).collect(),
        }
    }

    /// One line for each part, indented by depth.
    pub(crate) fn write(&self, out: &mut dyn Write, depth: usize) -> io::Result<()> {
        let indent = depth.saturating_mul(2).saturating_add(4);
        let name = self.name.as_deref().map(plain).unwrap_or_default();
        let kind = self.message.as_ref().map_or("", |facts| facts.kind);
        let media_type = plain(&self.media_type);
        let (path, role, size) = (&self.path, self.role, self.size);
        let line = format!("{:indent$}{path:<8} {role} {media_type} {size} {name} {kind}", "");
        writeln!(out, "{}", line.trim_end())?;
        self.parts.iter().try_for_each(|part| part.write(out, depth.saturating_add(1)))
    }
}

/// The files attached to a message, what the PEC system adds left out.
pub(crate) fn attachments(message: Message<'_, '_>) -> Vec<AttachmentFact> {
    let depth = message.part().path().len();
    let fact = |part: Part<'_, '_>| AttachmentFact {
        name: part.name().map(str::to_owned),
        media_type: part.media_type().to_owned(),
        size: size(part),
        path: path_text(part.path().get(depth..).unwrap_or_default()),
    };
    message.attachments().map(fact).collect()
}

/// Where what the PEC system adds stands in a message.
struct Special {
    daticert: Option<Range<usize>>,
    original: Option<Range<usize>>,
}

impl Special {
    fn of(message: Message<'_, '_>) -> Self {
        Self {
            daticert: message.daticert().map(|found| found.part().range()),
            original: message.original().map(|found| found.part().range()),
        }
    }

    fn role(&self, part: Part<'_, '_>) -> &'static str {
        let is = |place: &Option<Range<usize>>| *place == Some(part.range());
        match part.kind() {
            PartKind::Leaf if is(&self.daticert) => "daticert",
            PartKind::Leaf | PartKind::Message if is(&self.original) => "original",
            _ if part.is_signature() => "signature",
            PartKind::Multipart => "multipart",
            _ if part.is_message_root() => "message",
            _ if part.name().is_some() || part.has_attachment_disposition() => "attachment",
            _ if part.media_type().starts_with("text/") => "text",
            _ => "attachment",
        }
    }
}

/// The size of the body without its transfer encoding. Large ones are counted, not decoded: a
/// message is in memory once.
fn size(part: Part<'_, '_>) -> usize {
    let body = part.body();
    let is_large = body.len() > COUNTED;
    if part.kind() == PartKind::Leaf && is_large {
        match part.entity().transfer_encoding().as_str() {
            "base64" => return base64_size(body),
            "quoted-printable" => return quoted_printable_size(body),
            _ => {}
        }
    }
    match part.kind() {
        PartKind::Leaf => part.decode().octets().len(),
        _ => body.len(),
    }
}

/// From this size on.
const COUNTED: usize = 65_536;

fn base64_size(body: &[u8]) -> usize {
    let is_symbol = |octet: &&u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
    body.iter().filter(is_symbol).count().saturating_mul(3) / 4
}

fn quoted_printable_size(body: &[u8]) -> usize {
    let mut size = body.len();
    for at in memchr::memchr_iter(b'=', body) {
        let after = body.get(at.saturating_add(1)..).unwrap_or_default();
        let lost = match after {
            [b'\r', b'\n', ..] => 3,
            [b'\n', ..] => 2,
            [one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => 2,
            _ => 0,
        };
        size = size.saturating_sub(lost);
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted is what decoding gives.
    #[test]
    fn large_bodies_are_counted() {
        for length in [0_usize, 1, 2, 3, 4, 100] {
            let content = vec![b'x'; COUNTED + length];
            let base64 = encodify_like_mail(&content);
            let lines = content.len() / 40;
            let soft: String = "=E8bc=\r\n".repeat(lines) + &"a".repeat(length);
            for (encoding, body) in [("base64", base64), ("quoted-printable", soft)] {
                let message =
                    format!("Content-Transfer-Encoding: {encoding}\r\n\r\n{body}").into_bytes();
                let mail = pec_message::read(&message);
                let part = mail.message().part();
                assert!(part.body().len() > COUNTED / 10);
                let counted = match encoding {
                    "base64" => base64_size(part.body()),
                    _ => quoted_printable_size(part.body()),
                };
                assert_eq!(counted, part.decode().octets().len(), "{encoding} {length}");
            }
        }
    }

    fn encodify_like_mail(content: &[u8]) -> String {
        let mut text = String::new();
        for (number, group) in content.chunks(3).enumerate() {
            assert!(group.iter().all(|octet| *octet == b'x'));
            text.push_str(["", "eA==", "eHg=", "eHh4"][group.len()]);
            if number % 19 == 18 {
                text.push_str("\r\n");
            }
        }
        text
    }
}
