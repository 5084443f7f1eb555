//! `pec extract`: parts of a message as files, byte for byte.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use pec_message::{Mail, Message, Part, PartKind, read};
use serde::Serialize;

use crate::console::{field, plain};
use crate::exit::Exit;
use crate::facts::path_text;
use crate::file_name;
use crate::lang::Lang;

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/extract/1";

/// What to extract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// Certification data, original message and the files attached to it, as far as they are there.
    All,
    /// The original message.
    Original,
    /// The certification data.
    Daticert,
    /// The files attached to the original message, or to the message itself if it carries none.
    Attachments,
    /// One part.
    Part(PartPath),
}

/// A path of parts: numbers from 0 joined by dots. The message itself is the empty path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartPath(pub Vec<usize>);

/// Not a path of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path of parts is numbers from 0, joined by dots, such as 0.2")]
pub struct NoPath;

impl FromStr for PartPath {
    type Err = NoPath;

    fn from_str(text: &str) -> Result<Self, NoPath> {
        let numbers = text.split('.').filter(|_| !text.is_empty());
        numbers.map(|number| number.parse().map_err(|_| NoPath)).collect::<Result<_, _>>().map(Self)
    }
}

/// What was written. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Extraction {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The message.
    pub file: String,
    /// The files.
    pub written: Vec<WrittenFile>,
    /// What was asked for and is not in the message: `original`, `daticert`, `attachments`, `part`.
    pub missing: Vec<&'static str>,
}

/// A file that was written.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WrittenFile {
    /// Where.
    pub path: String,
    /// `original`, `daticert`, `attachment` or `part`.
    pub role: &'static str,
    /// The path of the part in its message; of an attachment, in the message that it is attached
    /// to.
    pub part: String,
    /// The size in octets.
    pub size: usize,
}

/// One part with the name that its file is to have.
struct Piece<'p> {
    role: &'static str,
    name: String,
    part: String,
    octets: Cow<'p, [u8]>,
}

/// Extracts from a message into a folder, which is made if it is not there.
///
/// # Errors
/// Those of the file system.
pub fn extract(
    file: &str,
    message: &[u8],
    wanted: &Wanted,
    folder: &Path,
) -> io::Result<Extraction> {
    let mail = read(message);
    std::fs::create_dir_all(folder)?;
    let mut extraction =
        Extraction { schema: SCHEMA, file: file.to_owned(), written: vec![], missing: vec![] };
    let is_all = *wanted == Wanted::All;
    if is_all || *wanted == Wanted::Daticert {
        extraction.take("daticert", daticert(&mail).into_iter(), folder)?;
    }
    if is_all || *wanted == Wanted::Original {
        extraction.take("original", original(&mail).into_iter(), folder)?;
    }
    if is_all || *wanted == Wanted::Attachments {
        extraction.attachments(&mail, folder)?;
    }
    if let Wanted::Part(path) = wanted {
        let part = mail.part(&path.0).map(|part| piece("part", part, &path_text(&path.0)));
        extraction.take("part", part.into_iter(), folder)?;
    }
    if is_all && !extraction.written.is_empty() {
        // What a message of this kind does not have, nobody misses.
        extraction.missing.clear();
    }
    Ok(extraction)
}

impl Extraction {
    fn take<'p>(
        &mut self,
        what: &'static str,
        pieces: impl Iterator<Item = Piece<'p>>,
        folder: &Path,
    ) -> io::Result<()> {
        let before = self.written.len();
        for piece in pieces {
            let path = file_name::write_new(folder, &piece.name, &piece.octets)?;
            self.written.push(WrittenFile {
                path: path.display().to_string(),
                role: piece.role,
                part: piece.part,
                size: piece.octets.len(),
            });
        }
        if self.written.len() == before {
            self.missing.push(what);
        }
        Ok(())
    }

    fn attachments(&mut self, mail: &Mail<'_>, folder: &Path) -> io::Result<()> {
        let Some(original) = mail.original() else {
            return self.take("attachments", attachments(mail.message()), folder);
        };
        match original.message() {
            Some(message) => self.take("attachments", attachments(message), folder),
            None => {
                let octets = original.octets();
                let inner = read(&octets);
                self.take("attachments", attachments(inner.message()), folder)
            }
        }
    }

    /// How the command ends: with a no if something was asked for and is not there.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.missing.is_empty() { Exit::Done } else { Exit::No }
    }

    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        for file in &self.written {
            writeln!(out, "{} ({} B)", plain(&file.path), file.size)?;
        }
        for what in &self.missing {
            field(out, lang.say("not there", "non presente"), Some(what))?;
        }
        Ok(())
    }
}

fn daticert<'p>(mail: &'p Mail<'_>) -> Option<Piece<'p>> {
    let found = mail.daticert()?;
    let (name, part) = ("daticert.xml".to_owned(), path_text(&found.part().path()));
    Some(Piece { role: "daticert", name, part, octets: found.xml() })
}

fn original<'p>(mail: &'p Mail<'_>) -> Option<Piece<'p>> {
    let found = mail.original()?;
    let (name, part) = ("postacert.eml".to_owned(), path_text(&found.part().path()));
    Some(Piece { role: "original", name, part, octets: found.octets() })
}

fn attachments<'p>(message: Message<'p, 'p>) -> impl Iterator<Item = Piece<'p>> {
    let depth = message.part().path().len();
    message.attachments().map(move |part| {
        let path = part.path();
        piece("attachment", part, &path_text(path.get(depth..).unwrap_or_default()))
    })
}

/// A part with a name: its own, or one made of its path and type.
fn piece<'p>(role: &'static str, part: Part<'_, 'p>, path: &str) -> Piece<'p> {
    let extension = match (part.kind(), part.media_type()) {
        (PartKind::Message, _) => "eml",
        (PartKind::Multipart, _) => "eml",
        (_, "text/plain") => "txt",
        (_, "text/html") => "html",
        (_, "application/xml" | "text/xml") => "xml",
        (_, "application/pdf") => "pdf",
        (_, "application/pkcs7-signature" | "application/x-pkcs7-signature") => "p7s",
        (_, "image/png") => "png",
        (_, "image/jpeg") => "jpg",
        _ => "bin",
    };
    let otherwise = match path {
        "" => format!("message.{extension}"),
        path => format!("part-{path}.{extension}"),
    };
    let name = part.name().map_or_else(|| otherwise.clone(), |n| file_name::safe(n, &otherwise));
    let octets = match part.kind() {
        PartKind::Leaf => part.decode().into_octets(),
        // What is in a message/rfc822 is the message; a multipart is nothing without its header.
        PartKind::Message => Cow::Borrowed(part.body()),
        PartKind::Multipart => Cow::Borrowed(part.octets()),
    };
    Piece { role, name, part: path.to_owned(), octets }
}
