//! Transfer encodings, charsets and encoded words.

use std::borrow::Cow;

use encodify::{base64, qp};
use encoding_rs::{Encoding, WINDOWS_1252};

/// A transfer encoding (RFC 2045 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    /// `7bit`, `8bit` or `binary`.
    Identity,
    Base64,
    QuotedPrintable,
    Unknown,
}

impl Transfer {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "" | "7bit" | "8bit" | "binary" => Self::Identity,
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::Unknown,
        }
    }
}

/// A body without its transfer encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    octets: Cow<'a, [u8]>,
    is_damaged: bool,
}

impl<'a> Decoded<'a> {
    /// The octets; what was no part of the encoding is left out.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The octets, given up by value.
    #[must_use]
    pub fn into_octets(self) -> Cow<'a, [u8]> {
        self.octets
    }

    /// Whether the body is not what its transfer encoding prescribes, or the encoding is not
    /// known. Programs differ in what they make of such a body.
    #[must_use]
    pub const fn is_damaged(&self) -> bool {
        self.is_damaged
    }
}

pub(super) fn decode(body: &[u8], transfer: Transfer) -> Decoded<'_> {
    match transfer {
        Transfer::Identity => Decoded { octets: Cow::Borrowed(body), is_damaged: false },
        Transfer::Unknown => Decoded { octets: Cow::Borrowed(body), is_damaged: true },
        Transfer::Base64 => decode_base64(body),
        Transfer::QuotedPrintable => {
            let is_damaged = qp::BODY.strict().decode(body).is_err();
            let octets = qp::BODY.decode(body).unwrap_or(Cow::Borrowed(body));
            Decoded { octets, is_damaged }
        }
    }
}

/// Strictly where that succeeds; otherwise every symbol counts and nothing else does.
fn decode_base64(body: &[u8]) -> Decoded<'static> {
    let mut symbols: Vec<u8> =
        body.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    if let Ok(octets) = base64::STANDARD.decode(&symbols) {
        return Decoded { octets: Cow::Owned(octets), is_damaged: false };
    }
    symbols.retain(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'='));
    let octets = base64::LENIENT.decode(&symbols).unwrap_or_default();
    Decoded { octets: Cow::Owned(octets), is_damaged: true }
}

/// Text in a charset; one that is not known or not given reads as UTF-8, else as Windows-1252.
pub(super) fn decode_text(octets: &[u8], charset: Option<&str>) -> String {
    match charset.and_then(|label| Encoding::for_label(label.trim().as_bytes())) {
        Some(encoding) => encoding.decode_without_bom_handling(octets).0.into_owned(),
        None => match std::str::from_utf8(octets) {
            Ok(text) => text.to_owned(),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(octets).0.into_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_said_and_survived() {
        for (body, octets, is_damaged) in [
            (&b"YWJj\r\nZGVm\r\n"[..], &b"abcdef"[..], false),
            (b"YWJjZGU=", b"abcde", false),
            (b"YWJjZGU", b"abcde", true),
            (b"YWJj!ZGVm", b"abcdef", true),
            (b"YQ==\r\nYg==", b"ab", true),
            (b"", b"", false),
        ] {
            let decoded = decode(body, Transfer::Base64);
            assert_eq!((decoded.octets(), decoded.is_damaged()), (octets, is_damaged));
        }
        let decoded = decode(b"perch=E8 =\r\nno=\n=ZZ", Transfer::QuotedPrintable);
        assert_eq!(decoded.octets(), b"perch\xe8 no=ZZ");
        assert!(decoded.is_damaged());
        assert!(!decode(b"perch=E8 =\r\nno", Transfer::QuotedPrintable).is_damaged());
        assert!(decode(b"x", Transfer::of("x-uuencode")).is_damaged());
    }
}
