//! One signer of a `SignedData`.

use std::borrow::Cow;

use super::{Attributes, CmsError, elements};
use crate::asn1::{Asn1Reason, Value, encode, tag};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, SignatureError};
use crate::limits;

/// A view of one `SignerInfo` (RFC 5652 §5.3).
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    identifier: SignerIdentifier<'a>,
    digest_algorithm: &'a [u8],
    signed_attributes: Option<Value<'a>>,
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    unsigned_attributes: Option<Value<'a>>,
}

/// How a signer names its certificate (RFC 5652 §5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerIdentifier<'a> {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The DER `Name` of the issuer.
        issuer: &'a [u8],
        /// The content octets of the serial number.
        serial: &'a [u8],
    },
    /// By the subjectKeyIdentifier extension.
    SubjectKeyId(Cow<'a, [u8]>),
}

impl<'a> SignerInfo<'a> {
    pub(super) fn read(value: &Value<'a>) -> Result<Self, CmsError> {
        if value.tag != tag::SEQUENCE {
            return Err(value.error(Asn1Reason::UnexpectedTag(value.tag)).into());
        }
        let mut fields = value.reader();
        fields.expect(tag::INTEGER)?;
        let identifier = SignerIdentifier::read(&fields.any()?)?;
        let digest_algorithm = fields.expect(tag::SEQUENCE)?.raw;
        let signed_attributes = fields.optional(tag::CONTEXT_0)?;
        let signature_algorithm = fields.expect(tag::SEQUENCE)?.raw;
        let signature = fields.expect(tag::OCTET_STRING)?.content;
        let unsigned_attributes = fields.optional(tag::CONTEXT_1)?;
        fields.finish()?;
        Ok(Self {
            identifier,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
        })
    }

    /// How the signer names its certificate.
    #[must_use]
    pub const fn identifier(&self) -> &SignerIdentifier<'a> {
        &self.identifier
    }

    /// The digest algorithm.
    ///
    /// # Errors
    /// [`SignatureError`] when it is malformed or unknown.
    pub fn digest_algorithm(&self) -> Result<DigestAlgorithm, SignatureError> {
        DigestAlgorithm::from_der(self.digest_algorithm)
    }

    /// The signature algorithm, whether it is given as such or as the kind of the key.
    ///
    /// # Errors
    /// [`SignatureError`] when it is malformed, unknown, or contradicts the digest algorithm.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, SignatureError> {
        SignatureAlgorithm::from_cms(self.signature_algorithm, self.digest_algorithm()?)
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// The signed attributes, `None` when the signature covers the content itself.
    ///
    /// # Errors
    /// [`CmsError`] when they break RFC 5652 §5.3: one twice, contentType or messageDigest
    /// missing, several values.
    pub fn signed_attributes(&self) -> Result<Option<Attributes<'a>>, CmsError> {
        self.signed_attributes.map(|set| Attributes::signed(&set)).transpose()
    }

    /// The unsigned attributes.
    ///
    /// # Errors
    /// [`CmsError`] when they are malformed.
    pub fn unsigned_attributes(&self) -> Result<Attributes<'a>, CmsError> {
        self.unsigned_attributes
            .map_or_else(|| Ok(Attributes::default()), |set| Attributes::read(&set))
    }

    /// What the signature over attributes covers: the received octets with the tag of a SET in
    /// place of `[0]` (RFC 5652 §5.4).
    pub(crate) fn attributes_as_received(&self) -> Option<[&'a [u8]; 2]> {
        let (_, after_tag) = self.signed_attributes?.raw.split_first()?;
        Some([&[tag::SET], after_tag])
    }

    /// The same in the order of DER. Senders exist that sign one order and send another.
    pub(crate) fn attributes_sorted(&self) -> Result<Option<Vec<u8>>, CmsError> {
        let Some(set) = self.signed_attributes else {
            return Ok(None);
        };
        let elements = elements(&set, limits::CMS_ATTRIBUTES, CmsError::TooManyAttributes)?;
        let elements = elements.iter().map(|element| element.raw.to_vec()).collect();
        Ok(Some(encode::set_of(tag::SET, elements)))
    }
}

impl<'a> SignerIdentifier<'a> {
    fn read(value: &Value<'a>) -> Result<Self, CmsError> {
        let mut fields = value.reader();
        match value.tag {
            tag::SEQUENCE => {
                let issuer = fields.expect(tag::SEQUENCE)?.raw;
                let serial = fields.expect(tag::INTEGER)?.content;
                fields.finish()?;
                Ok(Self::IssuerAndSerial { issuer, serial })
            }
            tag::CONTEXT_0_PRIMITIVE => Ok(Self::SubjectKeyId(Cow::Borrowed(value.content))),
            // The implicit tag hides from the normaliser that this is an OCTET STRING in pieces.
            tag::CONTEXT_0 => {
                let mut joined = Vec::new();
                while !fields.is_empty() {
                    joined.extend_from_slice(fields.expect(tag::OCTET_STRING)?.content);
                }
                Ok(Self::SubjectKeyId(Cow::Owned(joined)))
            }
            other => Err(value.error(Asn1Reason::UnexpectedTag(other)).into()),
        }
    }
}
