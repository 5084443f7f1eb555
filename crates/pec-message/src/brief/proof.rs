//! Checking a brief receipt against the original that the sender kept.

use std::borrow::Cow;

use pec_smime::crypto::{CryptoProvider, Digest, DigestAlgorithm, SignatureError};

use crate::{Mail, Message, Part, PartKind, read};

/// What a brief receipt proves about an original that was kept: part by part, whether what was
/// delivered is what was kept.
///
/// It proves no more than the receipt does: take the message of a
/// [`Certified`](crate::Certified) receipt. Its hashes are SHA-1, which is weak evidence (norms
/// §5). Only bodies are compared. Header fields change on the way, identifiers for one.
///
/// ```
/// use pec_message::brief::BriefProof;
/// use pec_message::read;
/// use pec_smime::crypto::CryptoProvider;
///
/// fn check(receipt: &[u8], kept: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
///     let crypto = CryptoProvider::rustcrypto();
///     let proof = BriefProof::check(read(receipt).message(), kept, &crypto)?;
///     for part in proof.parts() {
///         println!("{:?} {:?}: {:?}", part.path, part.name, part.verdict);
///     }
///     println!("all of it was delivered: {}", proof.is_whole());
///     Ok(())
/// }
/// # assert!(check(b"\r\n", b"\r\n").is_err());
/// ```
// norms 82, rfc6109 §3.3.2.2
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefProof {
    parts: Vec<PartProof>,
}

/// What is proved about one part of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartProof {
    /// The path of the part in the original.
    pub path: Vec<usize>,
    /// Its file name.
    pub name: Option<String>,
    /// What the comparison came to.
    pub verdict: PartVerdict,
}

/// What the comparison of a part came to. The cases are all there are (closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartVerdict {
    /// The receipt holds the part itself, and it is the same.
    Equal,
    /// The receipt holds the part's hash, and it is the same.
    EqualHash {
        /// What the hash is over.
        over: HashedForm,
        /// How its digits are written.
        case: HexCase,
    },
    /// The receipt holds another part, or the hash of another.
    Different,
    /// The receipt holds something else in its place, or nothing.
    Missing,
    /// The receipt holds a part that the original does not have. The path is that in the receipt.
    Added,
}

impl PartVerdict {
    /// Whether the part was delivered as it was kept.
    #[must_use]
    pub const fn is_equal(self) -> bool {
        matches!(self, Self::Equal | Self::EqualHash { .. })
    }
}

/// What a hash is over. Providers differ (norms §5); the forms tried are these (closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashedForm {
    /// The body in its transfer encoding, as RFC 6109 §3.3.2.2 recommends.
    Encoded,
    /// The same with CRLF for every LF: the original was kept with other line ends than it was
    /// sent with.
    EncodedCrlf,
    /// The same with the line break before the next delimiter.
    EncodedWithLineBreak,
    /// The body without its transfer encoding.
    Decoded,
}

/// How hexadecimal digits are written. The cases are all there are (closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HexCase {
    /// Without letters, or with small ones.
    Lower,
    /// With capital ones.
    Upper,
    /// With both.
    Mixed,
}

/// Why nothing is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The receipt carries no copy of the original: it is a concise one, or no receipt.
    #[error("the receipt carries no copy of the original")]
    NoCopy,
    /// The provider of cryptography has no SHA-1.
    #[error(transparent)]
    Digest(#[from] SignatureError),
}

impl BriefProof {
    /// Compares the copy in a receipt with the original that was kept.
    ///
    /// # Errors
    /// [`ProofError`]
    pub fn check(
        receipt: Message<'_, '_>,
        original: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<Self, ProofError> {
        let copy = receipt.original().ok_or(ProofError::NoCopy)?.octets();
        let (copy, original) = (read(&copy), read(original));
        let mut comparison = Comparison { crypto, parts: Vec::new() };
        comparison.parts(root(&original), root(&copy))?;
        Ok(Self { parts: comparison.parts })
    }

    /// The leaves of the original in order, each followed by what the receipt adds beside it.
    #[must_use]
    pub fn parts(&self) -> &[PartProof] {
        &self.parts
    }

    /// Whether all of the original was delivered, and nothing else.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| part.verdict.is_equal())
    }
}

fn root<'m, 'a>(mail: &'m Mail<'a>) -> Part<'m, 'a> {
    mail.message().part()
}

struct Comparison<'c> {
    crypto: &'c CryptoProvider,
    parts: Vec<PartProof>,
}

impl Comparison<'_> {
    /// Compares a part with what stands in its place.
    fn parts(&mut self, kept: Part<'_, '_>, copy: Part<'_, '_>) -> Result<(), SignatureError> {
        if is_divided(kept) {
            // The structure stays (RFC 6109 §3.3.2.2); a multipart has no octets of its own.
            if is_divided(copy) && kept.media_type() == copy.media_type() {
                return self.children(kept, copy);
            }
            kept.children().for_each(|child| self.all(child, PartVerdict::Missing));
            return Ok(());
        }
        let verdict = if kept.decode().octets() == copy.decode().octets() {
            PartVerdict::Equal
        } else {
            self.hash(kept, copy)?
        };
        self.tell(kept, verdict);
        Ok(())
    }

    fn children(&mut self, kept: Part<'_, '_>, copy: Part<'_, '_>) -> Result<(), SignatureError> {
        let mut copies = copy.children();
        for child in kept.children() {
            match copies.next() {
                Some(copy) => self.parts(child, copy)?,
                None => self.all(child, PartVerdict::Missing),
            }
        }
        copies.for_each(|copy| self.all(copy, PartVerdict::Added));
        Ok(())
    }

    /// What the hash in the copy says about a part.
    fn hash(&self, kept: Part<'_, '_>, copy: Part<'_, '_>) -> Result<PartVerdict, SignatureError> {
        let Some((hash, case)) = hash_in(copy) else {
            let is_other_kind = kept.media_type() != copy.media_type();
            return Ok(if is_other_kind { PartVerdict::Missing } else { PartVerdict::Different });
        };
        let body = kept.body();
        let decoded = kept.decode();
        let forms: [(HashedForm, Vec<Cow<'_, [u8]>>); 4] = [
            (HashedForm::Encoded, vec![body.into()]),
            (HashedForm::EncodedCrlf, crlf_pieces(body)),
            (HashedForm::EncodedWithLineBreak, vec![body.into(), kept.line_break_after().into()]),
            (HashedForm::Decoded, vec![decoded.octets().into()]),
        ];
        for (over, pieces) in forms {
            let pieces = pieces.iter().map(|piece| &**piece);
            let digest = self.crypto.digest_slices(DigestAlgorithm::Sha1, pieces)?;
            if is_digest(&digest, &hash) {
                return Ok(PartVerdict::EqualHash { over, case });
            }
        }
        Ok(PartVerdict::Different)
    }

    /// The same verdict on every leaf below a part.
    fn all(&mut self, part: Part<'_, '_>, verdict: PartVerdict) {
        if is_divided(part) {
            part.children().for_each(|child| self.all(child, verdict));
        } else {
            self.tell(part, verdict);
        }
    }

    fn tell(&mut self, part: Part<'_, '_>, verdict: PartVerdict) {
        let name = part.name().map(str::to_owned);
        self.parts.push(PartProof { path: part.path(), name, verdict });
    }
}

/// Whether the part is a multipart in which there are parts. One whose delimiter never comes is
/// compared as a whole.
fn is_divided(part: Part<'_, '_>) -> bool {
    part.kind() == PartKind::Multipart && part.children().next().is_some()
}

/// The 40 digits that stand in place of a part.
fn hash_in(copy: Part<'_, '_>) -> Option<(String, HexCase)> {
    // Much longer than 40 digits with blanks: no hash, and not worth decoding.
    if copy.kind() != PartKind::Leaf || copy.body().len() > 1024 {
        return None;
    }
    let decoded = copy.decode();
    let digits = std::str::from_utf8(decoded.octets()).ok()?.trim();
    let is_hash = digits.len() == 40 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let has = |case: fn(&u8) -> bool| digits.bytes().any(|digit| case(&digit));
    let case = match (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase)) {
        (_, false) => HexCase::Lower,
        (false, true) => HexCase::Upper,
        (true, true) => HexCase::Mixed,
    };
    is_hash.then(|| (digits.to_ascii_lowercase(), case))
}

fn is_digest(digest: &Digest, hash: &str) -> bool {
    let digits: String = digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
    digits == hash
}

/// A body with CRLF for every LF, in pieces.
fn crlf_pieces(body: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let lines = body.split_inclusive(|octet| *octet == b'\n');
    let canonical = lines.flat_map(|line| match line.strip_suffix(b"\n") {
        None => [line, b""],
        Some(text) => [text.strip_suffix(b"\r").unwrap_or(text), b"\r\n"],
    });
    canonical.map(Cow::Borrowed).collect()
}
