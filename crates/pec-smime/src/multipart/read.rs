//! Finding a `multipart/signed`.

use std::ops::Range;

use encodify::base64;
use thiserror::Error;

use crate::entity::{Entity, Multipart, ParameterizedValue};
use crate::limits;

/// A `multipart/signed` of S/MIME: which octets are signed, and the signature.
///
/// Nothing is verified yet.
///
/// ```
/// use pec_smime::multipart::{SignedMultipart, StructureError};
///
/// let ordinary = b"Content-Type: text/plain\r\n\r\nciao\r\n";
/// let error = SignedMultipart::locate(ordinary).unwrap_err();
/// assert_eq!(error, StructureError::NotMultipartSigned { found: "text/plain".into() });
/// ```
#[derive(Clone, Debug)]
pub struct SignedMultipart<'a> {
    message: &'a [u8],
    content: Range<usize>,
    cms: Vec<u8>,
    micalg: Option<String>,
    remarks: Vec<StructureRemark>,
}

impl<'a> SignedMultipart<'a> {
    /// Takes the message itself as the `multipart/signed`. What is nested in other parts does not
    /// count: a genuine signed message inside a forged one signs nothing of it (norms 59).
    ///
    /// # Errors
    /// [`StructureError`] when the message is none, or leaves open which octets are signed.
    pub fn locate(message: &'a [u8]) -> Result<Self, StructureError> {
        Self::from_entity(&Entity::scan(message))
    }

    /// Takes a nested part as the `multipart/signed`: `path` are the numbers of the parts from the
    /// outside in, counted from 0. Mailing lists wrap messages so.
    ///
    /// Whoever calls this must not let the outer parts pass for signed.
    ///
    /// # Errors
    /// [`StructureError::NoSuchPart`], and as for [`SignedMultipart::locate`].
    pub fn locate_at_nested_path(
        message: &'a [u8],
        path: &[usize],
    ) -> Result<Self, StructureError> {
        let entity = Entity::scan(message).descendant(path).ok_or(StructureError::NoSuchPart)?;
        Self::from_entity(&entity)
    }

    fn from_entity(entity: &Entity<'a>) -> Result<Self, StructureError> {
        let content_type = content_type_of(entity)?;
        let mut remarks = Vec::new();
        if !entity.damage().is_sound() || content_type.is_malformed() {
            remarks.push(StructureRemark::DamagedHeader);
        }
        check_protocol(&content_type, &mut remarks)?;
        let micalg = content_type.parameter("micalg").map(|micalg| micalg.text());
        if micalg.is_none() {
            remarks.push(StructureRemark::MissingMicalg);
        }
        let multipart = entity.multipart().ok_or(StructureError::MissingBoundary)?;
        let (content, signature) = two_parts(&multipart, &mut remarks)?;
        let cms = signature_octets(&signature, &mut remarks)?;
        Ok(Self { message: entity.message(), content, cms, micalg, remarks })
    }

    /// The octets that the signature is said to cover: the first part with its header, without
    /// the line break before the next delimiter (RFC 1847 §2.1).
    #[must_use]
    pub fn content(&self) -> &'a [u8] {
        self.message.get(self.content.clone()).unwrap_or_default()
    }

    /// Where they are in the message.
    #[must_use]
    pub fn content_range(&self) -> Range<usize> {
        self.content.clone()
    }

    /// The signature part, its transfer encoding removed: CMS in DER or BER.
    #[must_use]
    pub fn cms(&self) -> &[u8] {
        &self.cms
    }

    /// The `micalg` parameter as written. It only helps one-pass readers and decides nothing here.
    #[must_use]
    pub fn micalg(&self) -> Option<&str> {
        self.micalg.as_deref()
    }

    /// What is unusual and does not matter to the signature.
    #[must_use]
    pub fn remarks(&self) -> &[StructureRemark] {
        &self.remarks
    }
}

/// Why a message has no signature of the form that RFC 6109 §2.1 demands.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StructureError {
    /// The entity is of another type.
    #[error("not multipart/signed but {found}")]
    NotMultipartSigned {
        /// The type found, `text/plain` if none is given.
        found: String,
    },
    /// Opaque signing, which RFC 6109 §2.1 does not allow for system messages.
    #[error("opaquely signed (application/pkcs7-mime)")]
    Opaque,
    /// Content-Type, or a parameter of it, occurs twice: programs would differ.
    #[error("Content-Type or one of its parameters occurs twice")]
    AmbiguousContentType,
    /// No usable boundary parameter.
    #[error("no usable boundary")]
    MissingBoundary,
    /// Not exactly two parts.
    #[error("{0} parts instead of two")]
    PartCount(usize),
    /// The `protocol` parameter names another kind of signature, such as OpenPGP.
    #[error("signature protocol {0}")]
    Protocol(String),
    /// The second part is of another type than a signature.
    #[error("the second part is {0}, no S/MIME signature")]
    SignatureType(String),
    /// The signature part has a transfer encoding that is not accepted.
    #[error("the signature part is in transfer encoding {0}")]
    TransferEncoding(String),
    /// The signature part is not base64.
    #[error("the signature part is not base64")]
    Base64,
    /// The signature part is longer than [`limits::CMS_OCTETS`].
    #[error("the signature part is too long")]
    TooLong,
    /// A path names a part that does not exist.
    #[error("no part at that path")]
    NoSuchPart,
}

/// What is unusual in a `multipart/signed`, without consequence for the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StructureRemark {
    /// `application/x-pkcs7-signature` as protocol or type of the part, the older spelling.
    OlderSpelling,
    /// The `protocol` parameter is missing.
    MissingProtocol,
    /// The `protocol` parameter and the type of the part are spelled differently.
    ProtocolDiffers,
    /// The `micalg` parameter is missing.
    MissingMicalg,
    /// The closing delimiter is missing.
    Unterminated,
    /// Something follows the closing delimiter. It is not signed.
    Epilogue,
    /// The header of the entity is damaged, see [`Entity::damage`].
    DamagedHeader,
}

const SIGNATURE: &str = "application/pkcs7-signature";
const SIGNATURE_OLDER: &str = "application/x-pkcs7-signature";

fn content_type_of(entity: &Entity<'_>) -> Result<ParameterizedValue, StructureError> {
    if entity.is_repeated("content-type") {
        return Err(StructureError::AmbiguousContentType);
    }
    let content_type = entity
        .content_type()
        .ok_or_else(|| StructureError::NotMultipartSigned { found: "text/plain".to_owned() })?;
    match content_type.value() {
        "multipart/signed" if content_type.is_repeated() => {
            Err(StructureError::AmbiguousContentType)
        }
        "multipart/signed" => Ok(content_type),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => Err(StructureError::Opaque),
        other => Err(StructureError::NotMultipartSigned { found: other.to_owned() }),
    }
}

fn check_protocol(
    content_type: &ParameterizedValue,
    remarks: &mut Vec<StructureRemark>,
) -> Result<(), StructureError> {
    let protocol =
        content_type.parameter("protocol").map(|value| value.text().to_ascii_lowercase());
    match protocol.as_deref().map(str::trim) {
        Some(SIGNATURE) => {}
        Some(SIGNATURE_OLDER) => remarks.push(StructureRemark::OlderSpelling),
        None => remarks.push(StructureRemark::MissingProtocol),
        Some(other) => return Err(StructureError::Protocol(other.to_owned())),
    }
    Ok(())
}

fn two_parts<'a>(
    multipart: &Multipart<'a>,
    remarks: &mut Vec<StructureRemark>,
) -> Result<(Range<usize>, Entity<'a>), StructureError> {
    let count = multipart.ranges().len();
    let ([content, _], Some(signature)) = (multipart.ranges(), multipart.part(1)) else {
        return Err(StructureError::PartCount(count));
    };
    if multipart.damage().unterminated {
        remarks.push(StructureRemark::Unterminated);
    }
    if !multipart.epilogue().trim_ascii().is_empty() {
        remarks.push(StructureRemark::Epilogue);
    }
    Ok((content.clone(), signature))
}

fn signature_octets(
    part: &Entity<'_>,
    remarks: &mut Vec<StructureRemark>,
) -> Result<Vec<u8>, StructureError> {
    let content_type = part.content_type().unwrap_or_default();
    let is_older = match content_type.value() {
        SIGNATURE => false,
        SIGNATURE_OLDER => true,
        other => return Err(StructureError::SignatureType(other.to_owned())),
    };
    let declared_older = remarks.contains(&StructureRemark::OlderSpelling);
    let is_declared = !remarks.contains(&StructureRemark::MissingProtocol);
    if is_declared && is_older != declared_older {
        remarks.push(StructureRemark::ProtocolDiffers);
    } else if is_older && !declared_older {
        remarks.push(StructureRemark::OlderSpelling);
    }
    // Base64 with a line break after every symbol is the longest honest form.
    if part.body().len() > limits::CMS_OCTETS.saturating_mul(4) {
        return Err(StructureError::TooLong);
    }
    let octets = match part.transfer_encoding().as_str() {
        "base64" => decode_base64(part.body()).ok_or(StructureError::Base64)?,
        "7bit" | "8bit" | "binary" => part.body().to_vec(),
        other => return Err(StructureError::TransferEncoding(other.to_owned())),
    };
    if octets.len() > limits::CMS_OCTETS { Err(StructureError::TooLong) } else { Ok(octets) }
}

/// Base64 in lines of any length. Blanks and line breaks are skipped, nothing else is: no other
/// octet, no missing padding, nothing after the padding. What the decoder of another program makes
/// of such input would be anybody's guess.
pub(crate) fn decode_base64(body: &[u8]) -> Option<Vec<u8>> {
    let symbols: Vec<u8> =
        body.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    base64::STANDARD.decode(&symbols).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(top: &str, second: &str, body: &str) -> Vec<u8> {
        format!(
            "Content-Type: multipart/signed; {top}; boundary=b\r\n\r\n--b\r\nA: 1\r\n\r\nsigned\r\n\
             --b\r\nContent-Type: {second}\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             {body}\r\n--b--\r\n"
        )
        .into_bytes()
    }

    const PROTOCOL: &str = "protocol=\"application/pkcs7-signature\"; micalg=sha-256";

    #[test]
    fn content_and_signature_are_found() {
        let message = message(PROTOCOL, SIGNATURE, "Y\r\nW\r\n Jj\t\r\n\r\nZA\r\n==");
        let signed = SignedMultipart::locate(&message).unwrap();
        assert_eq!(signed.content(), b"A: 1\r\n\r\nsigned");
        assert_eq!(&message[signed.content_range()], signed.content());
        assert_eq!(signed.cms(), b"abcd");
        assert_eq!((signed.micalg(), signed.remarks()), (Some("sha-256"), &[][..]));
    }

    #[test]
    fn older_spellings_are_remarked() {
        let older = "protocol=application/x-pkcs7-signature; micalg=\"sha1\"";
        let message = message(older, "Application/X-PKCS7-Signature; name=smime.p7s", "YQ==");
        let signed = SignedMultipart::locate(&message).unwrap();
        assert_eq!(signed.remarks(), [StructureRemark::OlderSpelling]);
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for garbage in ["YW", "YW-_", "YQ==YQ==", "Y=Q=", "YQ==\r\nhello", "YR=="] {
            let message = message(PROTOCOL, SIGNATURE, garbage);
            let error = SignedMultipart::locate(&message).unwrap_err();
            assert_eq!(error, StructureError::Base64, "{garbage}");
        }
    }

    #[test]
    fn other_signatures_and_types_are_refused() {
        let pgp = message("protocol=application/pgp-signature", "application/pgp-signature", "");
        assert!(matches!(SignedMultipart::locate(&pgp), Err(StructureError::Protocol(_))));
        let text = message(PROTOCOL, "text/plain", "YQ==");
        assert!(matches!(SignedMultipart::locate(&text), Err(StructureError::SignatureType(_))));
        let opaque = b"Content-Type: application/pkcs7-mime\r\n\r\n";
        assert_eq!(SignedMultipart::locate(opaque).unwrap_err(), StructureError::Opaque);
    }

    #[test]
    fn long_signatures_at_the_limit_and_one_past_it() {
        for (octets, ok) in [(limits::CMS_OCTETS, true), (limits::CMS_OCTETS + 1, false)] {
            let message = message(PROTOCOL, SIGNATURE, &base64::STANDARD.encode(vec![0; octets]));
            assert_eq!(SignedMultipart::locate(&message).is_ok(), ok);
        }
    }
}
