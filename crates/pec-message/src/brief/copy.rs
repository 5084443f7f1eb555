//! Making the copy of an original that a brief receipt holds.

use std::borrow::Cow;
use std::ops::Range;

use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, SignatureError};
use pec_smime::entity::{Entity, ParameterizedValue};

use crate::limits::{ATTACHMENT_NAME_CHARS, BRIEF_DEPTH, BRIEF_PARTS};
use crate::original::{Original, decode_words};
use crate::write::field::push_parameter;

/// What an attached message without a name is called, before `.hash` is added.
pub const UNNAMED_MESSAGE: &str = "messaggio.eml";

/// An original in which hashes stand in place of what is attached, as a sequence of slices.
///
/// Every part with a name (`name` of Content-Type, `filename` of Content-Disposition) and every
/// `message/rfc822` is replaced by a `text/plain` part called *name*`.hash`, whose body is 40
/// hexadecimal digits: the SHA-1 of the part's body as it is encoded. Multiparts are not replaced
/// but looked into, so the structure stays. Of an original that is itself `multipart/signed` the
/// signature part stays; one that is itself `application/pkcs7-mime` stays whole. All other octets
/// are the original's.
///
/// ```
/// use pec_message::{brief::BriefCopy, original::Original};
/// use pec_smime::crypto::CryptoProvider;
///
/// let original = Original::new(
///     b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\
///       --b\r\n\r\nEcco il contratto.\r\n\
///       --b\r\nContent-Type: application/pdf; name=\"c.pdf\"\r\n\r\nabc\r\n--b--\r\n",
/// )?;
/// let copy = BriefCopy::new(&original, &CryptoProvider::rustcrypto())?;
/// assert_eq!(copy.hashed()[0].name, "c.pdf.hash");
/// assert_eq!(copy.hashed()[0].sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
/// let text = String::from_utf8(copy.to_vec())?;
/// assert!(text.contains("Ecco il contratto.\r\n--b\r\nContent-Type: text/plain;"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// rfc6109 §3.3.2.2#1, §3.3.2.2#6, §3.3.2.2#7, §3.3.2.2#8, norms 40
#[doc(alias = "ricevuta breve")]
#[derive(Clone, Debug)]
pub struct BriefCopy<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
    hashed: Vec<HashedPart>,
}

/// A part that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedPart {
    /// What the part is called now.
    pub name: String,
    /// SHA-1 of the part's body as it is encoded, 40 lower-case hexadecimal digits.
    pub sha1: String,
    /// Where that body is in the original.
    pub body: Range<usize>,
}

/// Why no copy with hashes is made of an original. A complete receipt remains possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BriefError {
    /// Multiparts are nested deeper than [`BRIEF_DEPTH`].
    #[error("multiparts are nested deeper than {BRIEF_DEPTH}")]
    TooDeep,
    /// More parts than [`BRIEF_PARTS`].
    #[error("more than {BRIEF_PARTS} parts")]
    TooManyParts,
    /// The provider of cryptography failed.
    #[error(transparent)]
    Digest(#[from] SignatureError),
}

impl<'a> BriefCopy<'a> {
    /// Makes the copy.
    ///
    /// # Errors
    /// [`BriefError`]: past a limit, or SHA-1 is not to be had from `crypto`.
    pub fn new(original: &Original<'a>, crypto: &CryptoProvider) -> Result<Self, BriefError> {
        let mut walk = Walk { crypto, parts: 0, edits: Vec::new(), hashed: Vec::new() };
        walk.message(original.entity())?;
        Ok(Self { pieces: splice(original.octets(), walk.edits), hashed: walk.hashed })
    }

    /// The parts that were replaced, in order.
    #[must_use]
    pub fn hashed(&self) -> &[HashedPart] {
        &self.hashed
    }

    /// Whether an octet of the copy is outside US-ASCII.
    #[must_use]
    pub fn is_8bit(&self) -> bool {
        !self.pieces.iter().all(|piece| piece.is_ascii())
    }

    /// The slices in order.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(AsRef::as_ref)
    }

    /// The copy in one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    pub(crate) fn pieces(&self) -> &[Cow<'a, [u8]>] {
        &self.pieces
    }
}

/// A range of the original and what stands there instead.
struct Edit {
    range: Range<usize>,
    text: String,
}

fn splice(message: &[u8], edits: Vec<Edit>) -> Vec<Cow<'_, [u8]>> {
    let mut pieces = Vec::new();
    let mut position = 0;
    for edit in edits {
        let kept = message.get(position..edit.range.start).unwrap_or_default();
        pieces.push(Cow::Borrowed(kept));
        pieces.push(Cow::Owned(edit.text.into_bytes()));
        position = edit.range.end;
    }
    pieces.push(Cow::Borrowed(message.get(position..).unwrap_or_default()));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

struct Walk<'c> {
    crypto: &'c CryptoProvider,
    parts: usize,
    edits: Vec<Edit>,
    hashed: Vec<HashedPart>,
}

impl Walk<'_> {
    /// The original itself, whose type decides whether it is an S/MIME message.
    fn message(&mut self, entity: &Entity<'_>) -> Result<(), BriefError> {
        let content_type = entity.content_type().unwrap_or_default();
        match content_type.value() {
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => Ok(()),
            "multipart/signed" => match entity.child(0) {
                Some(signed) => self.part(&signed, false, 1),
                None => Ok(()),
            },
            _ => match self.children(entity, &content_type, 0)? {
                Some(()) => Ok(()),
                None => self.single_part_message(entity, &content_type),
            },
        }
    }

    /// A part at any depth; `in_digest` says that it is a message unless it says otherwise
    /// (RFC 2046 §5.1.5).
    fn part(
        &mut self,
        entity: &Entity<'_>,
        in_digest: bool,
        depth: usize,
    ) -> Result<(), BriefError> {
        self.parts = self.parts.saturating_add(1);
        if self.parts > BRIEF_PARTS {
            return Err(BriefError::TooManyParts);
        }
        let content_type = entity.content_type();
        let is_message = content_type.is_none() && in_digest;
        let content_type = content_type.unwrap_or_default();
        if self.children(entity, &content_type, depth)?.is_some() {
            return Ok(());
        }
        let Some(name) = hash_name(entity, &content_type, is_message) else {
            return Ok(());
        };
        let header = part_header(&name);
        let sha1 = self.hash(entity, name)?;
        let text = format!("{header}\r\n{sha1}");
        self.edits.push(Edit { range: entity.range(), text });
        Ok(())
    }

    /// Goes through the parts of a multipart; `None` when this is none.
    fn children(
        &mut self,
        entity: &Entity<'_>,
        content_type: &ParameterizedValue,
        depth: usize,
    ) -> Result<Option<()>, BriefError> {
        let Some(multipart) = entity.multipart() else { return Ok(None) };
        if depth >= BRIEF_DEPTH {
            return Err(BriefError::TooDeep);
        }
        if multipart.damage().too_many_parts {
            return Err(BriefError::TooManyParts);
        }
        let in_digest = content_type.value() == "multipart/digest";
        for index in 0..multipart.ranges().len() {
            if let Some(part) = multipart.part(index) {
                self.part(&part, in_digest, depth.saturating_add(1))?;
            }
        }
        Ok(Some(()))
    }

    /// A message whose whole body is one attachment: its other header fields stay.
    fn single_part_message(
        &mut self,
        entity: &Entity<'_>,
        content_type: &ParameterizedValue,
    ) -> Result<(), BriefError> {
        let Some(name) = hash_name(entity, content_type, false) else { return Ok(()) };
        let mut header = part_header(&name);
        let sha1 = self.hash(entity, name)?;
        for field in entity.fields() {
            let described = ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"];
            if described.iter().any(|name| field.is_named(name)) {
                let text = std::mem::take(&mut header);
                self.edits.push(Edit { range: field.range(), text });
            }
        }
        let is_open = entity.damage().unterminated_header;
        let text = if is_open { format!("\r\n{sha1}") } else { sha1 };
        self.edits.push(Edit { range: entity.body_range(), text });
        Ok(())
    }

    fn hash(&mut self, entity: &Entity<'_>, name: String) -> Result<String, BriefError> {
        let digest = self.crypto.digest(DigestAlgorithm::Sha1, entity.body())?;
        let sha1: String = digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
        self.hashed.push(HashedPart { name, sha1: sha1.clone(), body: entity.body_range() });
        Ok(sha1)
    }
}

/// What the part is to be called, or `None` when it stays.
fn hash_name(
    entity: &Entity<'_>,
    content_type: &ParameterizedValue,
    is_message: bool,
) -> Option<String> {
    let disposition = entity.content_disposition().unwrap_or_default();
    let given = disposition.parameter("filename").or_else(|| content_type.parameter("name"));
    let is_message = is_message || content_type.value() == "message/rfc822";
    let name = match given {
        Some(parameter) => readable_name(&parameter.text()),
        None if is_message => UNNAMED_MESSAGE.to_owned(),
        None => return None,
    };
    let plain = |c: char| if c.is_control() { '_' } else { c };
    let name: String = name.chars().take(ATTACHMENT_NAME_CHARS).map(plain).collect();
    Some(format!("{name}.hash"))
}

/// Quoted encoded words are against RFC 2047 §5, and common.
fn readable_name(name: &str) -> String {
    if name.contains("=?") { decode_words(name).into_owned() } else { name.to_owned() }
}

fn part_header(name: &str) -> String {
    let mut header = "Content-Type: text/plain".to_owned();
    push_parameter(&mut header, "name", name);
    header.push_str("\r\nContent-Transfer-Encoding: 7bit\r\nContent-Disposition: attachment");
    push_parameter(&mut header, "filename", name);
    header.push_str("\r\n");
    header
}
