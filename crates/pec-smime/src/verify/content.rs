//! The content under a signature, hashed once for each digest and form.

use std::borrow::Cow;

use crate::crypto::{CryptoProvider, Digest, DigestAlgorithm, SignatureError};

/// In which form the content carries the signature. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentForm {
    /// Octet for octet as received.
    AsReceived,
    /// With CRLF for every bare LF: the message was stored with other line ends than it was sent
    /// with (RFC 8551 §3.1.1).
    CrlfCanonical,
}

/// Content with the digests that were asked for.
pub(super) struct Content<'a> {
    octets: Cow<'a, [u8]>,
    is_text: bool,
    digests: Vec<(DigestAlgorithm, ContentForm, Digest)>,
}

impl<'a> Content<'a> {
    /// A MIME entity, whose line ends transport may have changed.
    pub(super) fn of_mail(octets: &'a [u8]) -> Self {
        Self { octets: Cow::Borrowed(octets), is_text: true, digests: Vec::new() }
    }

    /// Octets that mean what they are.
    pub(super) const fn of_octets(octets: Cow<'a, [u8]>) -> Self {
        Self { octets, is_text: false, digests: Vec::new() }
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn into_octets(self) -> Cow<'a, [u8]> {
        self.octets
    }

    /// The forms to try, in order. The canonical one only if it differs.
    pub(super) fn forms(&self) -> impl Iterator<Item = ContentForm> + use<> {
        let forms = if self.is_text && has_bare_lf(&self.octets) { 2 } else { 1 };
        [ContentForm::AsReceived, ContentForm::CrlfCanonical].into_iter().take(forms)
    }

    /// The digest of one form.
    pub(super) fn digest(
        &mut self,
        algorithm: DigestAlgorithm,
        form: ContentForm,
        crypto: &CryptoProvider,
    ) -> Result<Digest, SignatureError> {
        let known = self.digests.iter().find(|(a, f, _)| (*a, *f) == (algorithm, form));
        if let Some((_, _, digest)) = known {
            return Ok(*digest);
        }
        let digest = match form {
            ContentForm::AsReceived => crypto.digest(algorithm, &self.octets)?,
            ContentForm::CrlfCanonical => {
                crypto.digest_slices(algorithm, canonical_slices(&self.octets))?
            }
        };
        self.digests.push((algorithm, form, digest));
        Ok(digest)
    }
}

fn has_bare_lf(octets: &[u8]) -> bool {
    bare_lfs(octets).next().is_some()
}

fn bare_lfs(octets: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'\n', octets)
        .filter(|at| at.checked_sub(1).and_then(|before| octets.get(before)) != Some(&b'\r'))
}

/// The octets with CRLF for every bare LF, without a copy.
fn canonical_slices(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let lines = bare_lfs(octets).flat_map(move |lf| {
        let line = octets.get(start..lf).unwrap_or_default();
        start = lf.saturating_add(1);
        [line, b"\r\n".as_slice()]
    });
    let rest = memchr::memrchr_iter(b'\n', octets)
        .find(|at| at.checked_sub(1).and_then(|before| octets.get(before)) != Some(&b'\r'))
        .map_or(octets, |lf| octets.get(lf.saturating_add(1)..).unwrap_or_default());
    lines.chain([rest])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_line_feeds_become_crlf() {
        for (raw, canonical) in [
            (&b"a\nb\r\n\nc"[..], &b"a\r\nb\r\n\r\nc"[..]),
            (b"\n", b"\r\n"),
            (b"a\r\nb", b"a\r\nb"),
            (b"", b""),
            (b"a\rb\n", b"a\rb\r\n"),
        ] {
            assert_eq!(canonical_slices(raw).collect::<Vec<_>>().concat(), canonical);
            let forms = Content::of_mail(raw).forms().count();
            assert_eq!(forms, if raw == canonical { 1 } else { 2 });
        }
    }
}
