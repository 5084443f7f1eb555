//! The structure of one MIME entity, by offsets into the original octets.
//!
//! A signature covers octets, so nothing is decoded, re-serialised or mended here. An [`Entity`]
//! finds the header fields and the body; [`Entity::multipart`] splits the body; parts are
//! entities again. Scanning never fails and never panics: what is damaged is said in
//! [`EntityDamage`] and [`MultipartDamage`], and what to do about it is the caller's question.
//!
//! Lines end in CRLF or LF. Limits are in [`limits`].
//!
//! ```
//! use pec_smime::entity::Entity;
//!
//! let message = b"Subject: a\r\n b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
//!     --x\r\n\r\nfirst\r\n--x--\r\n";
//! let entity = Entity::scan(message);
//! assert_eq!(entity.field("subject").unwrap().unfolded(), &b"a b"[..]);
//! let multipart = entity.multipart().unwrap();
//! assert_eq!(multipart.part(0).unwrap().body(), b"first");
//! ```

mod content_type;
mod field;
mod multipart;

use std::ops::Range;

pub use content_type::{Parameter, ParameterizedValue};
pub use field::Field;
pub use multipart::{DashLines, Multipart, MultipartDamage};

use crate::limits;

/// One MIME entity: a whole message, or a part at any depth.
#[derive(Clone, Debug)]
pub struct Entity<'a> {
    message: &'a [u8],
    range: Range<usize>,
    body: Range<usize>,
    fields: Vec<Field<'a>>,
    damage: EntityDamage,
}

/// What is wrong with the header of an entity. All `false` for a sound one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntityDamage {
    /// No empty line: the entity ends inside its header.
    pub unterminated_header: bool,
    /// A line that is neither a field nor a continuation. Programs differ in what they make of it.
    pub malformed_line: bool,
    /// A CR without LF, or a NUL, in the header.
    pub control_characters: bool,
    /// More fields than [`limits::HEADER_FIELDS`]; the rest is not looked at.
    pub too_many_fields: bool,
    /// A field longer than [`limits::HEADER_FIELD_OCTETS`]; it is left out.
    pub field_too_long: bool,
    /// The first line is the separator of a Unix mailbox (`From …`), which was skipped.
    pub mailbox_separator: bool,
}

impl EntityDamage {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        *self == Self::default()
    }
}

impl<'a> Entity<'a> {
    /// Scans a whole message.
    #[must_use]
    pub fn scan(message: &'a [u8]) -> Self {
        Self::scan_range(message, 0..message.len())
    }

    /// Scans the entity that fills `range` of `message`. A range past the end is cut off.
    #[must_use]
    pub fn scan_range(message: &'a [u8], range: Range<usize>) -> Self {
        let end = range.end.min(message.len());
        let range = range.start.min(end)..end;
        field::scan_header(message, range)
    }

    /// The message that all offsets count in.
    #[must_use]
    pub const fn message(&self) -> &'a [u8] {
        self.message
    }

    /// Where the entity is in the message, header included.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The octets of the entity, header included: what a signature over this part covers.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        slice(self.message, &self.range)
    }

    /// Where the body is in the message.
    #[must_use]
    pub fn body_range(&self) -> Range<usize> {
        self.body.clone()
    }

    /// The body, still in its transfer encoding.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        slice(self.message, &self.body)
    }

    /// What is wrong with the header.
    #[must_use]
    pub const fn damage(&self) -> EntityDamage {
        self.damage
    }

    /// The header fields in order, duplicates included.
    #[must_use]
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// All fields of one name, compared without regard to case.
    pub fn fields_named<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Field<'a>> + 'e {
        self.fields.iter().filter(move |field| field.is_named(name))
    }

    /// The first field of one name, compared without regard to case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.is_named(name))
    }

    /// Whether a field that may stand once stands more than once. Programs differ in which
    /// of the two they believe.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.fields_named(name).nth(1).is_some()
    }

    /// The first Content-Type, or `None` when the field is missing (RFC 2045 §5.2: then it is
    /// `text/plain`).
    #[must_use]
    pub fn content_type(&self) -> Option<ParameterizedValue> {
        self.field("content-type").map(|field| ParameterizedValue::parse(&field.unfolded()))
    }

    /// The first Content-Disposition.
    #[must_use]
    pub fn content_disposition(&self) -> Option<ParameterizedValue> {
        self.field("content-disposition").map(|field| ParameterizedValue::parse(&field.unfolded()))
    }

    /// The Content-Transfer-Encoding in lower case, `7bit` when missing (RFC 2045 §6.1).
    #[must_use]
    pub fn transfer_encoding(&self) -> String {
        self.field("content-transfer-encoding").map_or_else(
            || "7bit".to_owned(),
            |field| ParameterizedValue::parse(&field.unfolded()).value().to_owned(),
        )
    }

    /// The body split at the boundary, or `None` when this is no `multipart/*` with a boundary.
    #[must_use]
    pub fn multipart(&self) -> Option<Multipart<'a>> {
        self.split(None)
    }

    /// As [`Entity::multipart`], with the lines of the whole message that may be delimiters.
    #[must_use]
    pub fn multipart_among(&self, lines: &DashLines) -> Option<Multipart<'a>> {
        self.split(lines.lines())
    }

    fn split(&self, lines: Option<&[usize]>) -> Option<Multipart<'a>> {
        let content_type = self.content_type()?;
        let boundary = content_type.parameter("boundary")?.octets();
        let fits = !boundary.is_empty() && boundary.len() <= limits::BOUNDARY_OCTETS;
        (content_type.is_of_type("multipart") && fits)
            .then(|| Multipart::split(self.message, self.body.clone(), boundary, lines))
    }

    /// The message inside a `message/rfc822`, or `None` when this is none or is encoded (which
    /// RFC 2046 §5.2.1 forbids).
    #[must_use]
    pub fn embedded_message(&self) -> Option<Self> {
        let is_message = self.content_type()?.value() == "message/rfc822";
        let is_plain = matches!(self.transfer_encoding().as_str(), "7bit" | "8bit" | "binary");
        (is_message && is_plain).then(|| Self::scan_range(self.message, self.body.clone()))
    }

    /// Child number `index`: a part of a multipart, or with 0 the message in a `message/rfc822`.
    #[must_use]
    pub fn child(&self, index: usize) -> Option<Self> {
        match self.multipart() {
            Some(multipart) => multipart.part(index),
            None if index == 0 => self.embedded_message(),
            None => None,
        }
    }

    /// The entity at the end of a path of children; an empty path is the entity itself.
    /// Paths longer than [`limits::MIME_DEPTH`] lead nowhere.
    #[must_use]
    pub fn descendant(&self, path: &[usize]) -> Option<Self> {
        if path.len() > limits::MIME_DEPTH {
            return None;
        }
        path.iter().try_fold(self.clone(), |entity, index| entity.child(*index))
    }
}

fn slice<'a>(message: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    message.get(range.clone()).unwrap_or_default()
}
