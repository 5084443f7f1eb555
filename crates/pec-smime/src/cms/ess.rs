//! signingCertificate and signingCertificateV2: which certificate the signer meant (RFC 5035).

use super::CmsError;
use crate::asn1::{Value, encode, tag};
use crate::crypto::{Digest, DigestAlgorithm, SignatureError};

/// The signer's certificate by its digest.
#[derive(Clone, Debug)]
pub(crate) struct CertificateReference<'a> {
    /// An algorithm that is unknown here makes the reference uncheckable, not the message.
    pub(crate) algorithm: Result<DigestAlgorithm, SignatureError>,
    pub(crate) digest: &'a [u8],
    /// The serial number, if it is repeated.
    pub(crate) serial: Option<&'a [u8]>,
}

#[derive(Clone, Copy)]
pub(super) enum Version {
    /// `SigningCertificate`: SHA-1 alone.
    V1,
    /// `SigningCertificateV2`: any digest, SHA-256 by default.
    V2,
}

/// Reads the first `ESSCertID` or `ESSCertIDv2`, which names the signer's own certificate.
pub(super) fn signing_certificate<'a>(
    value: &Value<'a>,
    version: Version,
) -> Result<CertificateReference<'a>, CmsError> {
    let mut identifiers = value.reader().expect(tag::SEQUENCE)?.reader();
    let mut fields = identifiers.expect(tag::SEQUENCE)?.reader();
    let algorithm = match (version, fields.peek_tag()) {
        (Version::V1, _) => Ok(DigestAlgorithm::Sha1),
        (Version::V2, Some(tag::SEQUENCE)) => DigestAlgorithm::from_der(fields.any()?.raw),
        (Version::V2, _) => Ok(DigestAlgorithm::Sha256),
    };
    let digest = fields.expect(tag::OCTET_STRING)?.content;
    let serial = match fields.optional(tag::SEQUENCE)? {
        Some(issuer_serial) => {
            let mut fields = issuer_serial.reader();
            fields.expect(tag::SEQUENCE)?;
            Some(fields.expect(tag::INTEGER)?.content)
        }
        None => None,
    };
    fields.finish()?;
    Ok(CertificateReference { algorithm, digest, serial })
}

/// Writes a signingCertificateV2 attribute value that names a certificate by `digest`.
pub(crate) fn signing_certificate_v2(digest: &Digest) -> Vec<u8> {
    let hash = encode::tlv(tag::OCTET_STRING, &[digest.as_bytes()]);
    // DER leaves out what equals the DEFAULT.
    let algorithm = match digest.algorithm() {
        DigestAlgorithm::Sha256 => Vec::new(),
        other => other.to_der(),
    };
    let identifier = encode::sequence(&[&algorithm, &hash]);
    encode::sequence(&[&encode::sequence(&[&identifier])])
}
