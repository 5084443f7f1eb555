//! Attributes of a signer.

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use super::{CertificateReference, CmsError, elements, ess, object_identifier};
use crate::asn1::{Asn1Reason, Value, generalized_or_utc_time, tag};
use crate::{limits, oid};

/// A set of attributes, signed or unsigned (RFC 5652 §5.3, §11).
#[derive(Clone, Debug, Default)]
pub struct Attributes<'a> {
    all: Vec<Attribute<'a>>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    kind: ObjectIdentifier,
    values: Vec<Value<'a>>,
}

impl<'a> Attribute<'a> {
    /// The dotted type.
    #[must_use]
    pub fn kind(&self) -> String {
        self.kind.to_string()
    }

    /// The DER of the values.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> {
        self.values.iter().map(|value| value.raw)
    }
}

impl<'a> Attributes<'a> {
    /// All attributes in the order received.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute<'a>> {
        self.all.iter()
    }

    /// Reads any set of attributes.
    pub(super) fn read(set: &Value<'a>) -> Result<Self, CmsError> {
        let mut all = Vec::new();
        for element in elements(set, limits::CMS_ATTRIBUTES, CmsError::TooManyAttributes)? {
            if element.tag != tag::SEQUENCE {
                return Err(element.error(Asn1Reason::UnexpectedTag(element.tag)).into());
            }
            let mut fields = element.reader();
            let kind = object_identifier(&fields.expect(tag::OID)?)?;
            let values = fields.expect(tag::SET)?;
            fields.finish()?;
            let values = elements(&values, limits::CMS_ATTRIBUTES, CmsError::TooManyAttributes)?;
            all.push(Attribute { kind, values });
        }
        Ok(Self { all })
    }

    /// Reads signed attributes, which have more rules.
    pub(super) fn signed(set: &Value<'a>) -> Result<Self, CmsError> {
        let attributes = Self::read(set)?;
        for (position, attribute) in attributes.all.iter().enumerate() {
            let before = attributes.all.get(..position).unwrap_or_default();
            if before.iter().any(|other| other.kind == attribute.kind) {
                return Err(CmsError::DuplicateAttribute);
            }
        }
        attributes.content_type()?;
        attributes.message_digest()?;
        Ok(attributes)
    }

    pub(crate) fn content_type(&self) -> Result<ObjectIdentifier, CmsError> {
        let value = self.one(oid::CONTENT_TYPE)?.ok_or(CmsError::MissingContentType)?;
        Ok(object_identifier(&tagged(&value, tag::OID)?)?)
    }

    /// The messageDigest (RFC 5652 §11.2).
    ///
    /// # Errors
    /// [`CmsError`] when it is missing or malformed, which signed attributes never are.
    pub fn message_digest(&self) -> Result<&'a [u8], CmsError> {
        let value = self.one(oid::MESSAGE_DIGEST)?.ok_or(CmsError::MissingMessageDigest)?;
        Ok(tagged(&value, tag::OCTET_STRING)?.content)
    }

    /// The signingTime, a claim of the signer (RFC 5652 §11.3).
    ///
    /// # Errors
    /// [`CmsError`] when it is malformed.
    pub fn signing_time(&self) -> Result<Option<DateTime<Utc>>, CmsError> {
        let value = self.one(oid::SIGNING_TIME)?;
        Ok(value.map(|value| generalized_or_utc_time(&value)).transpose()?)
    }

    /// The RFC 3161 stamps over the signature, among the unsigned attributes.
    pub(crate) fn time_stamps(&self) -> impl Iterator<Item = &'a [u8]> {
        self.all
            .iter()
            .filter(|attribute| attribute.kind == oid::TIME_STAMP_TOKEN)
            .flat_map(Attribute::values)
    }

    /// The certificate that signingCertificate or signingCertificateV2 names (RFC 5035 §3, §4).
    /// Both may be present, for readers old and new.
    pub(crate) fn certificate_references(&self) -> Result<Vec<CertificateReference<'a>>, CmsError> {
        let mut references = Vec::new();
        if let Some(value) = self.one(oid::SIGNING_CERTIFICATE)? {
            references.push(ess::signing_certificate(&value, ess::Version::V1)?);
        }
        if let Some(value) = self.one(oid::SIGNING_CERTIFICATE_V2)? {
            references.push(ess::signing_certificate(&value, ess::Version::V2)?);
        }
        Ok(references)
    }

    /// `CMSAlgorithmProtection`: the DER of its digest and signature algorithms (RFC 6211 §2).
    pub(crate) fn algorithm_protection(&self) -> Result<Option<ProtectedAlgorithms<'a>>, CmsError> {
        let Some(value) = self.one(oid::CMS_ALGORITHM_PROTECTION)? else {
            return Ok(None);
        };
        let mut fields = tagged(&value, tag::SEQUENCE)?.reader();
        let digest = fields.expect(tag::SEQUENCE)?.raw;
        let signature = fields.optional(tag::CONTEXT_1)?.map(|value| value.content);
        Ok(Some(ProtectedAlgorithms { digest, signature }))
    }

    fn one(&self, kind: ObjectIdentifier) -> Result<Option<Value<'a>>, CmsError> {
        match self.all.iter().find(|attribute| attribute.kind == kind) {
            None => Ok(None),
            Some(Attribute { values, .. }) => match values.as_slice() {
                [value] => Ok(Some(*value)),
                _ => Err(CmsError::AttributeValueCount),
            },
        }
    }
}

/// What `CMSAlgorithmProtection` repeats.
pub(crate) struct ProtectedAlgorithms<'a> {
    /// The DER `DigestAlgorithmIdentifier`.
    pub(crate) digest: &'a [u8],
    /// The content of the `[1]`-tagged `SignatureAlgorithmIdentifier`.
    pub(crate) signature: Option<&'a [u8]>,
}

fn tagged<'a>(value: &Value<'a>, tag: u8) -> Result<Value<'a>, CmsError> {
    if value.tag == tag {
        Ok(*value)
    } else {
        Err(value.error(Asn1Reason::UnexpectedTag(value.tag)).into())
    }
}
