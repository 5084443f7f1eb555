//! Writing of `SignedData` (RFC 5652 §5).

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use super::Signer;
use crate::asn1::{encode as write, tag};
use crate::cms::signing_certificate_v2;
use crate::crypto::{CryptoProvider, Digest, SignatureError};
use crate::oid;

/// What goes into one `SignedData`.
pub(crate) struct SignedDataParts<'a> {
    pub(crate) content_type: ObjectIdentifier,
    /// The content, when it goes inside.
    pub(crate) content: Option<&'a [&'a [u8]]>,
    pub(crate) content_digest: Digest,
    pub(crate) signing_time: DateTime<Utc>,
}

/// Signs and writes the DER `ContentInfo`.
pub(crate) fn encode(
    parts: &SignedDataParts<'_>,
    signer: &dyn Signer,
    crypto: &CryptoProvider,
) -> Result<Vec<u8>, SignatureError> {
    let digest_algorithm = parts.content_digest.algorithm();
    let algorithm = signer.algorithm(digest_algorithm);
    let certificate_digest = crypto.digest(digest_algorithm, signer.certificate().der())?;
    let attributes = signed_attributes(parts, &certificate_digest);
    let signature = signer.sign(&algorithm, &write::set_of(tag::SET, attributes.clone()))?;

    let version_one = write::tlv(tag::INTEGER, &[&[1]]);
    let digest_identifier = digest_algorithm.to_der();
    let signer_info = write::sequence(&[
        &version_one,
        &issuer_and_serial(signer),
        &digest_identifier,
        &write::set_of(tag::CONTEXT_0, attributes),
        &algorithm.to_cms_der()?,
        &write::tlv(tag::OCTET_STRING, &[&signature]),
    ]);
    // RFC 5652 §5.1: 3 when the content is anything else than id-data.
    let is_data = parts.content_type == oid::DATA;
    let version = if is_data { version_one } else { write::tlv(tag::INTEGER, &[&[3]]) };
    let certificates: Vec<&[u8]> = std::iter::once(signer.certificate())
        .chain(signer.issuers())
        .map(|certificate| certificate.der())
        .collect();
    let signed_data = write::sequence(&[
        &version,
        &write::tlv(tag::SET, &[&digest_identifier]),
        &encapsulated(parts),
        &write::tlv(tag::CONTEXT_0, &certificates),
        &write::tlv(tag::SET, &[&signer_info]),
    ]);
    let explicit = write::tlv(tag::CONTEXT_0, &[&signed_data]);
    Ok(write::sequence(&[&write::oid(oid::SIGNED_DATA), &explicit]))
}

/// contentType, signingTime, messageDigest and signingCertificateV2.
fn signed_attributes(parts: &SignedDataParts<'_>, certificate_digest: &Digest) -> Vec<Vec<u8>> {
    let attribute =
        |kind, value: &[u8]| write::sequence(&[&write::oid(kind), &write::tlv(tag::SET, &[value])]);
    let digest = write::tlv(tag::OCTET_STRING, &[parts.content_digest.as_bytes()]);
    vec![
        attribute(oid::CONTENT_TYPE, &write::oid(parts.content_type)),
        attribute(oid::SIGNING_TIME, &write::time(parts.signing_time)),
        attribute(oid::MESSAGE_DIGEST, &digest),
        attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate_v2(certificate_digest)),
    ]
}

fn issuer_and_serial(signer: &dyn Signer) -> Vec<u8> {
    let certificate = signer.certificate();
    let serial = write::tlv(tag::INTEGER, &[certificate.serial()]);
    write::sequence(&[certificate.issuer_der(), &serial])
}

fn encapsulated(parts: &SignedDataParts<'_>) -> Vec<u8> {
    let content_type = write::oid(parts.content_type);
    match parts.content {
        None => write::sequence(&[&content_type]),
        Some(content) => {
            let octets = write::tlv(tag::OCTET_STRING, content);
            write::sequence(&[&content_type, &write::tlv(tag::CONTEXT_0, &[&octets])])
        }
    }
}
