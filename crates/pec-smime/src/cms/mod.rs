//! CMS `SignedData` (RFC 5652 §5), read without losing an octet.
//!
//! The views borrow from the structure, so that what is hashed is what was received. Certificates
//! stay closed until somebody asks for one: a single odd certificate in the bag does not make the
//! message unreadable.

mod attributes;
mod ess;
mod signer;

pub use attributes::{Attribute, Attributes};
pub use signer::{SignerIdentifier, SignerInfo};

pub(crate) use ess::{CertificateReference, signing_certificate_v2};

use der::asn1::ObjectIdentifier;
use thiserror::Error;

use crate::asn1::{Asn1Error, Asn1Reason, Reader, Value, tag};
use crate::{limits, oid};

/// A view of one `SignedData`.
///
/// ```
/// use pec_smime::{asn1, cms::{CmsError, SignedData}};
///
/// let received = [0x30, 0x80, 0, 0]; // an empty SEQUENCE in BER
/// let der = asn1::normalise(&received).unwrap();
/// assert!(matches!(SignedData::from_der(&der), Err(CmsError::Asn1(_))));
/// ```
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    content_type: ObjectIdentifier,
    content: Option<&'a [u8]>,
    certificates: Vec<CertificateChoice<'a>>,
    crls: Vec<&'a [u8]>,
    signers: Vec<SignerInfo<'a>>,
}

impl<'a> SignedData<'a> {
    /// Reads a `ContentInfo` that holds `SignedData`. BER goes through
    /// [`normalise`](crate::asn1::normalise) first.
    ///
    /// # Errors
    /// [`CmsError`] when it is another kind of CMS, is malformed, or is past a limit of
    /// [`limits`].
    pub fn from_der(der: &'a [u8]) -> Result<Self, CmsError> {
        let mut info = Reader::single(der, tag::SEQUENCE)?.reader();
        let kind = object_identifier(&info.expect(tag::OID)?)?;
        if kind != oid::SIGNED_DATA {
            return Err(CmsError::NotSignedData);
        }
        let mut explicit = info.expect(tag::CONTEXT_0)?.reader();
        info.finish()?;
        let mut fields = explicit.expect(tag::SEQUENCE)?.reader();
        explicit.finish()?;

        fields.expect(tag::INTEGER)?;
        // The digest algorithms are repeated by each signer, which is where they count.
        fields.expect(tag::SET)?;
        let (content_type, content) = encapsulated(&fields.expect(tag::SEQUENCE)?)?;
        let certificates = match fields.optional(tag::CONTEXT_0)? {
            Some(bag) => elements(&bag, limits::CMS_CERTIFICATES, CmsError::TooManyCertificates)?
                .iter()
                .map(CertificateChoice::new)
                .collect(),
            None => Vec::new(),
        };
        let crls = match fields.optional(tag::CONTEXT_1)? {
            Some(bag) => elements(&bag, limits::CMS_CERTIFICATES, CmsError::TooManyCrls)?
                .iter()
                .map(|crl| crl.raw)
                .collect(),
            None => Vec::new(),
        };
        let set = fields.expect(tag::SET)?;
        fields.finish()?;
        let signers = elements(&set, limits::CMS_SIGNERS, CmsError::TooManySigners)?
            .iter()
            .map(SignerInfo::read)
            .collect::<Result<_, _>>()?;
        Ok(Self { content_type, content, certificates, crls, signers })
    }

    /// The dotted content type, `1.2.840.113549.1.7.1` (id-data) for mail.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.content_type.to_string()
    }

    /// The content, when it is inside (opaque signing); `None` for a detached signature.
    #[must_use]
    pub const fn content(&self) -> Option<&'a [u8]> {
        self.content
    }

    /// What the sender put into the bag of certificates, in the order received.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateChoice<'a>] {
        &self.certificates
    }

    /// The DER of the revocation lists in the structure.
    #[must_use]
    pub fn crls(&self) -> &[&'a [u8]] {
        &self.crls
    }

    /// The signers, in the order received. There may be none: such a structure only carries
    /// certificates.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo<'a>] {
        &self.signers
    }

    pub(crate) const fn content_type_oid(&self) -> ObjectIdentifier {
        self.content_type
    }
}

/// One element of the bag of certificates (RFC 5652 §10.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateChoice<'a> {
    /// An X.509 certificate, presumably: its DER, unopened.
    Certificate(&'a [u8]),
    /// An attribute certificate or something of another format. Not used.
    Other(&'a [u8]),
}

impl<'a> CertificateChoice<'a> {
    const fn new(value: &Value<'a>) -> Self {
        if value.tag == tag::SEQUENCE {
            Self::Certificate(value.raw)
        } else {
            Self::Other(value.raw)
        }
    }
}

/// Why a CMS structure is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CmsError {
    /// Malformed ASN.1.
    #[error("malformed CMS: {0}")]
    Asn1(#[from] Asn1Error),
    /// CMS, but not `SignedData`.
    #[error("the CMS structure is no SignedData")]
    NotSignedData,
    /// More octets than the limit allows.
    #[error("the CMS structure has {0} octets, more than the limit")]
    TooLong(usize),
    /// More than [`limits::CMS_CERTIFICATES`].
    #[error("too many certificates")]
    TooManyCertificates,
    /// As many revocation lists as certificates are read.
    #[error("too many revocation lists")]
    TooManyCrls,
    /// More than [`limits::CMS_SIGNERS`].
    #[error("too many signers")]
    TooManySigners,
    /// More than [`limits::CMS_ATTRIBUTES`].
    #[error("too many attributes")]
    TooManyAttributes,
    /// The same signed attribute twice (RFC 5652 §5.3).
    #[error("a signed attribute occurs twice")]
    DuplicateAttribute,
    /// An attribute has no value or several where one is demanded (RFC 5652 §11).
    #[error("a signed attribute has not exactly one value")]
    AttributeValueCount,
    /// Signed attributes without contentType (RFC 5652 §5.3).
    #[error("the signed attributes lack contentType")]
    MissingContentType,
    /// Signed attributes without messageDigest (RFC 5652 §5.3).
    #[error("the signed attributes lack messageDigest")]
    MissingMessageDigest,
}

fn encapsulated<'a>(info: &Value<'a>) -> Result<(ObjectIdentifier, Option<&'a [u8]>), CmsError> {
    let mut fields = info.reader();
    let content_type = object_identifier(&fields.expect(tag::OID)?)?;
    let content = match fields.optional(tag::CONTEXT_0)? {
        Some(explicit) => {
            let mut explicit = explicit.reader();
            let octets = explicit.expect(tag::OCTET_STRING)?;
            explicit.finish()?;
            Some(octets.content)
        }
        None => None,
    };
    fields.finish()?;
    Ok((content_type, content))
}

/// The elements of a SET or SEQUENCE OF, at most `limit`.
fn elements<'a>(
    set: &Value<'a>,
    limit: usize,
    too_many: CmsError,
) -> Result<Vec<Value<'a>>, CmsError> {
    let mut reader = set.reader();
    let mut elements = Vec::new();
    while !reader.is_empty() {
        if elements.len() == limit {
            return Err(too_many);
        }
        elements.push(reader.any()?);
    }
    Ok(elements)
}

fn object_identifier(value: &Value<'_>) -> Result<ObjectIdentifier, Asn1Error> {
    ObjectIdentifier::from_bytes(value.content).map_err(|_| value.error(Asn1Reason::Content))
}
