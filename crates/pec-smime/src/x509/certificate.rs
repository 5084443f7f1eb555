//! A certificate as received (RFC 5280 §4.1).

use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Oid;
use super::extension::{Extensions, ExtensionsError};
use super::general_name::GeneralName;
use super::key::{KeyKind, PublicKeyInfo};
use super::name::Name;
use super::oid::known;
use super::time::read_time;
use super::tlv::{DerError, Reader, tag};
use crate::crypto::{CryptoProvider, Digest, DigestAlgorithm, SignatureError};

/// An X.509 certificate; clones share the received octets.
///
/// The octets stay as they came, since signatures and fingerprints are over them. Reading is
/// lenient where deployed and test certificates need it (dates before 1970, serial numbers of any
/// length and sign, extensions that cannot be decoded) and judges nothing: that is the work of
/// [`validate`](super::validate) and [`profile`](super::profile).
///
/// # Example
/// ```
/// use pec_smime::x509::Certificate;
/// # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/leaf.cer"));
/// let certificate = Certificate::from_der(der)?;
/// assert_eq!(certificate.subject(), "CN=Posta Certificata,O=AcmePEC S.p.A.,C=IT");
/// assert_eq!(certificate.rfc822_names(), ["posta-certificata@pec.acme.it"]);
/// # Ok::<(), pec_smime::x509::CertificateError>(())
/// ```
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    tbs: Range<usize>,
    version: u8,
    serial: Range<usize>,
    issuer: Name,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    subject: Name,
    spki: Range<usize>,
    key: KeyKind,
    key_octets: Range<usize>,
    extensions: Extensions,
    rfc822_names: Vec<String>,
    /// `signatureAlgorithm` and the `signature` field inside; RFC 5280 §4.1.1.2 wants them equal.
    algorithm: Range<usize>,
    inner_algorithm: Range<usize>,
    signature: Range<usize>,
}

/// Why octets are not a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The structure is not that of RFC 5280 §4.1.
    #[error("malformed certificate: {0}")]
    Der(#[from] DerError),
    /// The same extension stands twice (RFC 5280 §4.2).
    #[error("extension {0} stands twice")]
    DuplicateExtension(Oid),
}

impl From<ExtensionsError> for CertificateError {
    fn from(error: ExtensionsError) -> Self {
        match error {
            ExtensionsError::Der(error) => Self::Der(error),
            ExtensionsError::Duplicate(oid) => Self::DuplicateExtension(oid),
        }
    }
}

impl Certificate {
    /// Reads one certificate; octets after it are refused.
    ///
    /// # Errors
    /// [`CertificateError::Der`] with the offset of the element that RFC 5280 §4.1 does not allow,
    /// [`CertificateError::DuplicateExtension`] for an extension that stands twice.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        read_certificate(der).map(|inner| Self(Arc::new(inner)))
    }

    /// The octets as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The subject's `Name` as encoded in the certificate.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.0.subject.der()
    }

    /// The issuer's `Name` as encoded in the certificate.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.0.issuer.der()
    }

    /// The subject in the manner of RFC 4514.
    #[must_use]
    pub fn subject(&self) -> String {
        self.0.subject.to_text()
    }

    /// The issuer in the manner of RFC 4514.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.0.issuer.to_text()
    }

    /// Whether the issuer is this name, compared by RFC 5280 §7.1.
    ///
    /// CMS names a certificate by issuer and serial number, and writers differ in string types.
    /// Octets that are no `Name` are equal to none.
    #[must_use]
    pub fn has_issuer(&self, name_der: &[u8]) -> bool {
        name_der == self.issuer_der()
            || Name::read(&mut Reader::new(name_der))
                .is_ok_and(|name| name.key() == self.0.issuer.key())
    }

    /// The content octets of the serial number, as they stand.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.part(&self.0.serial)
    }

    /// The subject's public key as a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        self.part(&self.0.spki)
    }

    /// Kind and size of the subject's key.
    #[must_use]
    pub fn key(&self) -> &KeyKind {
        &self.0.key
    }

    /// First instant of validity.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        self.0.not_before
    }

    /// Last instant of validity, itself included.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.0.not_after
    }

    /// 1, 2 or 3; what stands there otherwise.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The subjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_id.as_deref()
    }

    /// The keyIdentifier of the authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_id.as_ref()?.key_id.as_deref()
    }

    /// The e-mail addresses of the subjectAltName: for a provider the one that signs (norms 14).
    #[must_use]
    pub fn rfc822_names(&self) -> &[String] {
        &self.0.rfc822_names
    }

    /// The organizationName attributes of the subject, one place for the providerName
    /// (rfc6109 §5.5.1).
    #[must_use]
    pub fn organization_names(&self) -> Vec<String> {
        self.0.subject.values(known::ORGANIZATION)
    }

    /// The commonName attributes of the subject, the other place for the providerName
    /// (rfc6109 §5.5.1).
    #[must_use]
    pub fn common_names(&self) -> Vec<String> {
        self.0.subject.values(known::COMMON_NAME)
    }

    /// The countryName attributes of the subject.
    #[must_use]
    pub fn countries(&self) -> Vec<String> {
        self.0.subject.values(known::COUNTRY)
    }

    /// The emailAddress attributes of the subject, where RFC 6109 §5.5.1 does not want them.
    #[must_use]
    pub fn email_addresses(&self) -> Vec<String> {
        self.0.subject.values(known::EMAIL_ADDRESS)
    }

    /// The certificate policies, as they stand.
    ///
    /// AgID CA 1 writes 1.3.76.16.3.1.1 into the certificates of providers and the shorter
    /// 1.3.76.16.3.1 into its own, so by RFC 5280 §6.1 no path is valid for the former: who looks
    /// for it (norms 58) looks here.
    #[must_use]
    pub fn policies(&self) -> &[Oid] {
        self.0.extensions.policies.as_deref().unwrap_or_default()
    }

    /// Whether subject and issuer are the same name (RFC 5280 §6.1, "self-issued").
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject.key() == self.0.issuer.key()
    }

    /// Whether basicConstraints says that this is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.0.extensions.is_ca()
    }

    /// SHA-1 of the certificate: the directory's `providerCertificateHash` (rfc6109 §4.5.1).
    ///
    /// # Errors
    /// What the provider of cryptography reports, for example that it has no SHA-1.
    pub fn sha1(&self, crypto: &CryptoProvider) -> Result<Digest, SignatureError> {
        crypto.digest(DigestAlgorithm::Sha1, self.der())
    }

    /// SHA-256 of the certificate.
    ///
    /// # Errors
    /// What the provider of cryptography reports.
    pub fn sha256(&self, crypto: &CryptoProvider) -> Result<Digest, SignatureError> {
        crypto.digest(DigestAlgorithm::Sha256, self.der())
    }

    pub(crate) fn subject_name(&self) -> &Name {
        &self.0.subject
    }

    pub(crate) fn issuer_name(&self) -> &Name {
        &self.0.issuer
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    pub(crate) fn tbs(&self) -> &[u8] {
        self.part(&self.0.tbs)
    }

    pub(crate) fn algorithm_der(&self) -> &[u8] {
        self.part(&self.0.algorithm)
    }

    /// Whether the algorithm is the same inside and outside the signature.
    pub(crate) fn algorithms_agree(&self) -> bool {
        self.part(&self.0.algorithm) == self.part(&self.0.inner_algorithm)
    }

    pub(crate) fn signature(&self) -> &[u8] {
        self.part(&self.0.signature)
    }

    pub(crate) fn key_octets(&self) -> &[u8] {
        self.part(&self.0.key_octets)
    }

    /// Names this clone's octets in memory; equal for clones of one certificate.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der().hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("serial", &format_args!("{:02x?}", self.serial()))
            .field("not_before", &self.not_before())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}

fn read_certificate(der: &[u8]) -> Result<Inner, CertificateError> {
    let mut outer = Reader::single(der, tag::SEQUENCE)?.contents();
    let tbs = outer.expect(tag::SEQUENCE)?;
    let algorithm = outer.expect(tag::SEQUENCE)?;
    let signature = outer.expect(tag::BIT_STRING)?;
    outer.finish()?;
    // Checks the count of unused bits; the octets after it are the signature.
    signature.bit_string()?;
    let signature = signature.value_range();

    let mut fields = tbs.contents();
    let version = read_version(&mut fields)?;
    let serial = fields.expect(tag::INTEGER)?;
    if serial.value().is_empty() {
        return Err(serial.bad_value().into());
    }
    let inner_algorithm = fields.expect(tag::SEQUENCE)?.range();
    let issuer = Name::read(&mut fields)?;
    let mut validity = fields.expect(tag::SEQUENCE)?.contents();
    let not_before = read_time(&mut validity)?;
    let not_after = read_time(&mut validity)?;
    validity.finish()?;
    let subject = Name::read(&mut fields)?;
    let spki = fields.expect(tag::SEQUENCE)?;
    let key = PublicKeyInfo::read(spki.contents())?;
    // issuerUniqueID and subjectUniqueID: no meaning is left for them (RFC 5280 §4.1.2.8).
    fields.optional(tag::context(1))?;
    fields.optional(tag::context(2))?;
    let extensions = read_extensions(&mut fields)?;
    fields.finish()?;

    Ok(Inner {
        tbs: tbs.range(),
        version,
        serial: serial.value_range(),
        issuer,
        not_before,
        not_after,
        subject,
        spki: spki.range(),
        key: key.kind,
        key_octets: key.key_octets,
        rfc822_names: rfc822_names(&extensions),
        extensions,
        algorithm: algorithm.range(),
        inner_algorithm,
        signature: signature.start.saturating_add(1)..signature.end,
        der: der.into(),
    })
}

/// `[0] EXPLICIT INTEGER DEFAULT v1`.
fn read_version(fields: &mut Reader<'_>) -> Result<u8, DerError> {
    let Some(outer) = fields.optional(tag::constructed(0))? else {
        return Ok(1);
    };
    let mut contents = outer.contents();
    let number = contents.expect(tag::INTEGER)?;
    contents.finish()?;
    u8::try_from(number.small_unsigned()?.saturating_add(1)).map_err(|_| number.bad_value())
}

/// `[3] EXPLICIT Extensions OPTIONAL`.
fn read_extensions(fields: &mut Reader<'_>) -> Result<Extensions, ExtensionsError> {
    let Some(outer) = fields.optional(tag::constructed(3))? else {
        return Ok(Extensions::default());
    };
    let mut contents = outer.contents();
    let list = contents.expect(tag::SEQUENCE)?;
    contents.finish()?;
    Extensions::read(list.contents())
}

fn rfc822_names(extensions: &Extensions) -> Vec<String> {
    let names = extensions.subject_alt_name.iter().flatten();
    names
        .filter_map(|name| match name {
            GeneralName::Rfc822(address) => Some(address.clone()),
            _ => None,
        })
        .collect()
}
