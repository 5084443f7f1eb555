//! Writing a `multipart/signed`.

use std::io;

use encodify::base64;
use memchr::memmem;
use thiserror::Error;

use crate::crypto::DigestAlgorithm;

/// The boundary between the parts of a new message.
///
/// It is made from the message's own random id, so that rendering the same draft again gives the
/// same octets. It must not be made from anything that the author of the content can know before,
/// who could otherwise write delimiters into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// Makes a boundary from an id of 8 to 50 letters, digits, dots, dashes and underscores.
    ///
    /// # Errors
    /// [`DraftError::Boundary`] when the id is of another form.
    pub fn from_id(id: &str) -> Result<Self, DraftError> {
        let fits = (8..=50).contains(&id.len());
        let plain =
            id.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"._-".contains(&octet));
        // `=_` can stand in neither base64 nor quoted-printable.
        if fits && plain { Ok(Self(format!("----=_{id}"))) } else { Err(DraftError::Boundary) }
    }

    /// The boundary itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a message cannot be signed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DraftError {
    /// The id does not make a boundary.
    #[error("the id for the boundary is not 8 to 50 letters, digits, dots, dashes, underscores")]
    Boundary,
    /// The boundary occurs in the content.
    #[error("the boundary occurs in the content")]
    BoundaryInContent,
    /// A line of the content ends in a bare CR or LF. Transport would change it and break the
    /// signature (RFC 8551 §3.1.1).
    #[error("a bare CR or LF in the content")]
    ContentLineBreak,
    /// The outer header is not whole fields in CRLF, has MIME fields of its own, or more or longer
    /// fields than [`limits::HEADER_FIELDS`](crate::limits::HEADER_FIELDS) and
    /// [`limits::HEADER_FIELD_OCTETS`](crate::limits::HEADER_FIELD_OCTETS): nobody would read them.
    #[error("the outer header is not a sequence of fields without MIME fields")]
    Header,
}

/// A finished signed message as a sequence of slices; the content is the caller's own.
///
/// ```no_run
/// # fn sealed() -> pec_smime::multipart::SignedMessage<'static> { unimplemented!() }
/// let sealed = sealed();
/// let mut file = Vec::new();
/// sealed.write_to(&mut file)?;
/// assert_eq!(file.len(), sealed.octets());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignedMessage<'a> {
    head: Vec<u8>,
    content: Vec<&'a [u8]>,
    tail: Vec<u8>,
}

impl<'a> SignedMessage<'a> {
    /// Puts the message together round `cms`; `is_ascii` says whether the content is.
    pub(crate) fn assemble(
        header: &[u8],
        (content, is_ascii): (&[&'a [u8]], bool),
        boundary: &Boundary,
        digest: DigestAlgorithm,
        cms: &[u8],
    ) -> Self {
        let (boundary, micalg) = (boundary.as_str(), digest.micalg());
        // A multipart is labelled as the widest of its parts (RFC 2045 §6.4).
        let eight_bit = if is_ascii { "" } else { "Content-Transfer-Encoding: 8bit\r\n" };
        let structure = format!(
            "MIME-Version: 1.0\r\n\
             Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n \
             micalg={micalg}; boundary=\"{boundary}\"\r\n{eight_bit}\r\n\
             This is a message signed with S/MIME.\r\n\r\n--{boundary}\r\n"
        );
        let encoded = base64::MIME.encode(cms);
        let tail = format!(
            "\r\n--{boundary}\r\n\
             Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n\
             {}\r\n--{boundary}--\r\n",
            encoded.trim_end()
        );
        let head = [header, structure.as_bytes()].concat();
        Self { head, content: content.to_vec(), tail: tail.into_bytes() }
    }

    /// The slices in order.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        let content = self.content.iter().copied();
        std::iter::once(self.head.as_slice()).chain(content).chain([self.tail.as_slice()])
    }

    /// Length of the message in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.slices().fold(0, |sum, slice| sum.saturating_add(slice.len()))
    }

    /// Writes the message.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl io::Write) -> io::Result<()> {
        self.slices().try_for_each(|slice| out.write_all(slice))
    }

    /// The message in one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut message = Vec::with_capacity(self.octets());
        self.slices().for_each(|slice| message.extend_from_slice(slice));
        message
    }
}

/// Checks that `header` can stand before the MIME fields: whole fields, CRLF throughout.
pub(crate) fn check_header(header: &[u8]) -> Result<(), DraftError> {
    let whole = header.is_empty() || header.ends_with(b"\r\n");
    let entity = crate::entity::Entity::scan(header);
    let damage = entity.damage();
    // A header without its empty line is what is asked for here.
    let sound = damage.unterminated_header != header.is_empty()
        && !damage.malformed_line
        && !damage.control_characters
        && !damage.mailbox_separator
        // What is past the limits is not among the fields that are looked at.
        && !damage.too_many_fields
        && !damage.field_too_long;
    let mime = entity.fields().iter().any(|field| {
        let name = field.name().to_ascii_lowercase();
        name == b"mime-version" || name.starts_with(b"content-")
    });
    if whole && sound && !mime && has_sound_line_ends(header) {
        Ok(())
    } else {
        Err(DraftError::Header)
    }
}

fn has_sound_line_ends(header: &[u8]) -> bool {
    let ends = memchr::memchr_iter(b'\n', header);
    ends.into_iter().all(|at| at.checked_sub(1).and_then(|at| header.get(at)) == Some(&b'\r'))
}

/// Looks at content piece by piece, as it is hashed: while a piece is in the cache, that costs next
/// to nothing.
pub(crate) struct ContentCheck {
    boundary: memmem::Finder<'static>,
    /// The end of what came before, with the start of the next piece.
    seam: Vec<u8>,
    has_boundary: bool,
    after_cr: bool,
    has_bare_line_end: bool,
    is_ascii: bool,
}

impl ContentCheck {
    pub(crate) fn new(boundary: &Boundary) -> Self {
        Self {
            boundary: memmem::Finder::new(boundary.as_str()).into_owned(),
            seam: Vec::new(),
            has_boundary: false,
            after_cr: false,
            has_bare_line_end: false,
            is_ascii: true,
        }
    }

    pub(crate) fn take(&mut self, piece: &[u8]) {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { return };
        // A CR stands before each LF and nowhere else. Folds without early exit compile to vector
        // instructions.
        let pairs = piece.iter().zip(piece.get(1..).unwrap_or_default());
        let (unpaired, union) = pairs.fold((0, *first), |(unpaired, union), (a, b)| {
            (unpaired | (u8::from(*a == b'\r') ^ u8::from(*b == b'\n')), union | b)
        });
        self.has_bare_line_end |= unpaired != 0 || self.after_cr != (*first == b'\n');
        self.after_cr = *last == b'\r';
        self.is_ascii &= union.is_ascii();
        self.look_for_boundary(piece);
    }

    fn look_for_boundary(&mut self, piece: &[u8]) {
        let overlap = self.boundary.needle().len().saturating_sub(1);
        self.seam.extend_from_slice(piece.get(..overlap).unwrap_or(piece));
        let is_found = |octets: &[u8]| self.boundary.find(octets).is_some();
        self.has_boundary |= is_found(&self.seam) || is_found(piece);
        if let Some(end) = piece.len().checked_sub(overlap) {
            self.seam.clear();
            self.seam.extend_from_slice(piece.get(end..).unwrap_or_default());
        } else {
            self.seam.drain(..self.seam.len().saturating_sub(overlap));
        }
    }

    /// Whether all of the content is US-ASCII, when it can be signed at all: every line ends in
    /// CRLF, and the boundary does not occur, also across the ends of pieces.
    pub(crate) fn finish(self) -> Result<bool, DraftError> {
        if self.has_bare_line_end || self.after_cr {
            Err(DraftError::ContentLineBreak)
        } else if self.has_boundary {
            Err(DraftError::BoundaryInContent)
        } else {
            Ok(self.is_ascii)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_made_from_plain_ids() {
        assert_eq!(Boundary::from_id("opec2.A-b_9").unwrap().as_str(), "----=_opec2.A-b_9");
        assert!(Boundary::from_id(&"x".repeat(50)).is_ok());
        for id in ["short7.", "with blank", "quote\"quote", "line\r\nbreak", &"x".repeat(51)] {
            assert_eq!(Boundary::from_id(id), Err(DraftError::Boundary), "{id}");
        }
    }

    fn check(content: &[&[u8]]) -> Result<bool, DraftError> {
        check_for(content, &Boundary::from_id("12345678").unwrap())
    }

    fn check_for(content: &[&[u8]], boundary: &Boundary) -> Result<bool, DraftError> {
        let mut check = ContentCheck::new(boundary);
        content.iter().for_each(|piece| check.take(piece));
        check.finish()
    }

    #[test]
    fn line_breaks_across_slices() {
        assert_eq!(check(&[b"a\r\n", b"", b"b\r", b"", b"\nc"]), Ok(true));
        assert_eq!(check(&[b"a\xe8\r\n"]), Ok(false));
        for bad in
            [&[&b"a\n"[..]][..], &[b"a\rb"], &[b"a\r", b"b"], &[b"a", b"\nb"], &[b"\n"], &[b"a\r"]]
        {
            assert_eq!(check(bad), Err(DraftError::ContentLineBreak), "{bad:?}");
        }
    }

    #[test]
    fn boundary_across_slices() {
        let boundary = Boundary::from_id("12345678").unwrap();
        let text = b"aa ----=_12345678 bb";
        for pieces in 1..=text.len() {
            let content: Vec<&[u8]> = text.chunks(pieces).collect();
            assert_eq!(check_for(&content, &boundary), Err(DraftError::BoundaryInContent));
        }
        assert!(check_for(&[b"----=_1234567", b"9"], &boundary).is_ok());
    }

    #[test]
    fn headers_are_whole_fields() {
        assert!(check_header(b"").is_ok());
        assert!(check_header(b"From: a@b\r\nSubject: c\r\n d\r\n").is_ok());
        for header in [
            &b"From: a@b"[..],
            b"From: a@b\n",
            b"From: a@b\r\n\r\n",
            b"no field\r\n",
            b"MIME-Version: 1.0\r\n",
            b"content-type: text/plain\r\n",
        ] {
            assert_eq!(check_header(header), Err(DraftError::Header));
        }
    }

    /// Past the limits a field would not be looked at, a MIME field for one.
    #[test]
    fn headers_past_the_limits_are_refused() {
        use crate::limits::{HEADER_FIELD_OCTETS, HEADER_FIELDS};
        let fields = |count: usize| b"X: y\r\n".repeat(count);
        assert!(check_header(&fields(HEADER_FIELDS)).is_ok());
        let hidden = [fields(HEADER_FIELDS), b"Content-Type: text/html\r\n".to_vec()].concat();
        assert_eq!(check_header(&hidden), Err(DraftError::Header));
        assert_eq!(check_header(&fields(HEADER_FIELDS + 1)), Err(DraftError::Header));
        let long = |octets: usize| format!("Content-X: {}\r\n", "y".repeat(octets)).into_bytes();
        assert_eq!(check_header(&long(HEADER_FIELD_OCTETS)), Err(DraftError::Header));
    }

    #[test]
    fn the_whole_is_the_sum_of_its_slices() {
        let boundary = Boundary::from_id("12345678").unwrap();
        let content: [&[u8]; 2] = [b"A: 1\r\n\r\n", b"text"];
        let sealed = SignedMessage::assemble(
            b"Subject: x\r\n",
            (&content, true),
            &boundary,
            DigestAlgorithm::Sha256,
            &[7; 100],
        );
        let whole = sealed.to_vec();
        assert_eq!(whole.len(), sealed.octets());
        let found = super::super::SignedMultipart::locate(&whole).unwrap();
        assert_eq!((found.content(), found.cms()), (&b"A: 1\r\n\r\ntext"[..], &[7; 100][..]));
        assert_eq!((found.micalg(), found.remarks()), (Some("sha-256"), &[][..]));
        let entity = crate::entity::Entity::scan(&whole);
        assert_eq!(entity.transfer_encoding(), "7bit");
    }
}
