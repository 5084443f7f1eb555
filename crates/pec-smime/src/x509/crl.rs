//! Certificate revocation lists as received (RFC 5280 §5).

use core::fmt;
use core::ops::Range;
use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Oid;
use super::distribution::IssuingPoint;
use super::extension::{AuthorityKeyId, RawExtension};
use super::general_name::{directory_names, read_names};
use super::name::{Name, NameKey};
use super::oid::known;
use super::signed::Signed;
use super::time::{read_time, time_of};
use super::tlv::{DerError, Reader, Tlv, tag};

/// A certificate revocation list; clones share the received octets.
///
/// Complete, partitioned, indirect and delta lists are all read; which of them says something about
/// a certificate is decided by [`validate`](super::validate).
///
/// # Example
/// ```
/// use pec_smime::x509::Crl;
/// # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/root.crl"));
/// let crl = Crl::from_der(der)?;
/// assert_eq!(crl.issuer(), "CN=Example CA,O=Example,C=IT");
/// assert!(!crl.is_delta());
/// # Ok::<(), pec_smime::x509::CrlError>(())
/// ```
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    tbs: Range<usize>,
    algorithm: Range<usize>,
    inner_algorithm: Range<usize>,
    signature: Range<usize>,
    issuer: Name,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    /// Sorted by serial number, for searching.
    entries: Vec<Entry>,
    /// The issuers of the certificates of an indirect list; entries point into it.
    certificate_issuers: Vec<NameKey>,
    extensions: CrlExtensions,
}

/// One revoked certificate.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    serial: Box<[u8]>,
    /// Place in `certificate_issuers`; the CRL's own issuer if nothing stands here.
    issuer: Option<usize>,
    pub(crate) revoked_at: DateTime<Utc>,
    pub(crate) reason: RevocationReason,
    pub(crate) invalid_since: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
pub(crate) struct CrlExtensions {
    pub(crate) authority_key_id: Option<AuthorityKeyId>,
    pub(crate) delta_base: Option<CrlNumber>,
    pub(crate) issuing_point: Option<IssuingPoint>,
    pub(crate) number: Option<CrlNumber>,
    /// A critical extension of the list or of an entry that is not processed here. RFC 5280 §5.2
    /// and §5.3 forbid using such a list to tell the status of any certificate.
    pub(crate) obstacle: Option<Oid>,
}

/// A CRL number of up to twenty octets and more, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CrlNumber(Box<[u8]>);

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationReason {
    /// No reason given.
    Unspecified,
    /// The subject's key is known or feared to be in other hands.
    KeyCompromise,
    /// The CA's key is known or feared to be in other hands.
    CaCompromise,
    /// The subject's name or other data changed.
    AffiliationChanged,
    /// Replaced by another certificate.
    Superseded,
    /// No longer needed for its purpose.
    CessationOfOperation,
    /// Suspended.
    CertificateHold,
    /// Only in delta lists: no longer suspended, or expired.
    RemoveFromCrl,
    /// A privilege in the certificate was withdrawn.
    PrivilegeWithdrawn,
    /// The attribute authority was compromised.
    AaCompromise,
    /// A code that RFC 5280 does not have.
    Other(u8),
}

/// Why octets are not a CRL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The structure is not that of RFC 5280 §5.1.
    #[error("malformed CRL: {0}")]
    Der(#[from] DerError),
    /// The same extension stands twice.
    #[error("CRL extension {0} stands twice")]
    DuplicateExtension(Oid),
}

impl RevocationReason {
    pub(crate) fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            other => Self::Other(other),
        }
    }

    pub(crate) fn read(element: &Tlv<'_>) -> Result<Self, DerError> {
        match element.value() {
            [code] => Ok(Self::from_code(*code)),
            _ => Err(element.bad_value()),
        }
    }
}

impl Crl {
    /// Reads one CRL; octets after it are refused.
    ///
    /// # Errors
    /// [`CrlError::Der`] with the offset of the element that is not what RFC 5280 §5.1 says,
    /// [`CrlError::DuplicateExtension`] for an extension that stands twice.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        read_crl(der).map(|inner| Self(Arc::new(inner)))
    }

    /// The octets as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer in the manner of RFC 4514.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.0.issuer.to_text()
    }

    /// When the list was issued.
    #[must_use]
    pub fn this_update(&self) -> DateTime<Utc> {
        self.0.this_update
    }

    /// When the next one is due. RFC 5280 §5.1.2.5 demands it; a list without it is never fresh.
    #[must_use]
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        self.0.next_update
    }

    /// Whether this is a delta list, which says only what changed.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.0.extensions.delta_base.is_some()
    }

    pub(crate) fn issuer_key(&self) -> &NameKey {
        self.0.issuer.key()
    }

    pub(crate) fn extensions(&self) -> &CrlExtensions {
        &self.0.extensions
    }

    /// The entry of the certificate with this serial number and issuer.
    pub(crate) fn find(&self, serial: &[u8], issuer: &NameKey) -> Option<&Entry> {
        let entries = &self.0.entries;
        let start = entries.partition_point(|entry| entry.serial.as_ref() < serial);
        let same_serial =
            entries.iter().skip(start).take_while(|entry| entry.serial.as_ref() == serial);
        same_serial.into_iter().find(|entry| {
            let named = entry.issuer.and_then(|place| self.0.certificate_issuers.get(place));
            named.unwrap_or_else(|| self.issuer_key()) == issuer
        })
    }

    pub(crate) fn signed(&self) -> Signed<'_> {
        let part = |range: &Range<usize>| self.0.der.get(range.clone()).unwrap_or_default();
        Signed {
            identity: Arc::as_ptr(&self.0).addr(),
            tbs: part(&self.0.tbs),
            algorithm: part(&self.0.algorithm),
            algorithms_agree: part(&self.0.algorithm) == part(&self.0.inner_algorithm),
            signature: part(&self.0.signature),
        }
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.issuer())
            .field("this_update", &self.this_update())
            .field("next_update", &self.next_update())
            .field("entries", &self.0.entries.len())
            .finish_non_exhaustive()
    }
}

fn read_crl(der: &[u8]) -> Result<Inner, CrlError> {
    let mut outer = Reader::single(der, tag::SEQUENCE)?.contents();
    let tbs = outer.expect(tag::SEQUENCE)?;
    let algorithm = outer.expect(tag::SEQUENCE)?;
    let signature = outer.expect(tag::BIT_STRING)?;
    outer.finish()?;
    signature.bit_string()?;
    let signature = signature.value_range();

    let mut fields = tbs.contents();
    fields.optional(tag::INTEGER)?;
    let inner_algorithm = fields.expect(tag::SEQUENCE)?.range();
    let issuer = Name::read(&mut fields)?;
    let this_update = read_time(&mut fields)?;
    let next_update = match fields.optional(tag::UTC_TIME)? {
        Some(time) => Some(time_of(time)?),
        None => match fields.optional(tag::GENERALIZED_TIME)? {
            Some(time) => Some(time_of(time)?),
            None => None,
        },
    };
    let mut list = EntryList::default();
    if let Some(revoked) = fields.optional(tag::SEQUENCE)? {
        list.read(revoked.contents())?;
    }
    let mut extensions = match fields.optional(tag::constructed(0))? {
        Some(outer) => CrlExtensions::read(outer.contents())?,
        None => CrlExtensions::default(),
    };
    fields.finish()?;
    extensions.obstacle = extensions.obstacle.or(list.obstacle);
    // Stable, so entries of one serial number keep their order.
    list.entries.sort_by(|a, b| a.serial.cmp(&b.serial));

    Ok(Inner {
        tbs: tbs.range(),
        algorithm: algorithm.range(),
        inner_algorithm,
        signature: signature.start.saturating_add(1)..signature.end,
        issuer,
        this_update,
        next_update,
        entries: list.entries,
        certificate_issuers: list.certificate_issuers,
        extensions,
        der: der.into(),
    })
}

/// The entries while they are read.
#[derive(Default)]
struct EntryList {
    entries: Vec<Entry>,
    certificate_issuers: Vec<NameKey>,
    obstacle: Option<Oid>,
}

impl EntryList {
    fn read(&mut self, mut list: Reader<'_>) -> Result<(), CrlError> {
        while !list.is_empty() {
            let mut fields = list.expect(tag::SEQUENCE)?.contents();
            let mut entry = Entry {
                serial: fields.expect(tag::INTEGER)?.value().into(),
                issuer: None,
                revoked_at: read_time(&mut fields)?,
                reason: RevocationReason::Unspecified,
                invalid_since: None,
            };
            if let Some(extensions) = fields.optional(tag::SEQUENCE)? {
                self.read_extensions(&mut entry, extensions.contents())?;
            }
            fields.finish()?;
            // RFC 5280 §5.3.3: the certificate issuer holds until another one is named.
            entry.issuer = self.certificate_issuers.len().checked_sub(1);
            self.entries.push(entry);
        }
        Ok(())
    }

    fn read_extensions(&mut self, entry: &mut Entry, mut list: Reader<'_>) -> Result<(), CrlError> {
        let mut seen = HashSet::new();
        while !list.is_empty() {
            let raw = RawExtension::read(&mut list)?;
            if !seen.insert(raw.oid.value()) {
                return Err(CrlError::DuplicateExtension(Oid::from_tlv(raw.oid)?));
            }
            match raw.oid.value() {
                known::REASON_CODE => {
                    let code = Reader::single(raw.value.value(), tag::ENUMERATED)?;
                    entry.reason = RevocationReason::read(&code)?;
                }
                known::INVALIDITY_DATE => entry.invalid_since = Some(time_of(raw.content()?)?),
                known::CERTIFICATE_ISSUER => {
                    let names = read_names(raw.fields()?)?;
                    match directory_names(&names).next() {
                        Some(name) => self.certificate_issuers.push(name.clone()),
                        None => return Err(raw.value.bad_value().into()),
                    }
                }
                _ if raw.critical => self.obstacle = Some(Oid::from_tlv(raw.oid)?),
                _ => {}
            }
        }
        Ok(())
    }
}

impl CrlExtensions {
    fn read(mut outer: Reader<'_>) -> Result<Self, CrlError> {
        let mut list = outer.expect(tag::SEQUENCE)?.contents();
        outer.finish()?;
        let mut extensions = Self::default();
        let mut seen = HashSet::new();
        while !list.is_empty() {
            let raw = RawExtension::read(&mut list)?;
            if !seen.insert(raw.oid.value()) {
                return Err(CrlError::DuplicateExtension(Oid::from_tlv(raw.oid)?));
            }
            match raw.oid.value() {
                known::AUTHORITY_KEY_IDENTIFIER => {
                    extensions.authority_key_id = Some(AuthorityKeyId::read(raw.fields()?)?);
                }
                known::CRL_NUMBER => extensions.number = Some(CrlNumber::read(&raw)?),
                known::DELTA_CRL_INDICATOR => extensions.delta_base = Some(CrlNumber::read(&raw)?),
                known::ISSUING_DISTRIBUTION_POINT => {
                    extensions.issuing_point = Some(IssuingPoint::read(raw.fields()?)?);
                }
                _ if raw.critical => extensions.obstacle = Some(Oid::from_tlv(raw.oid)?),
                _ => {}
            }
        }
        Ok(extensions)
    }
}

impl CrlNumber {
    fn read(raw: &RawExtension<'_>) -> Result<Self, DerError> {
        let number = Reader::single(raw.value.value(), tag::INTEGER)?;
        let octets = number.value();
        if octets.first().is_none_or(|first| first & 0x80 != 0) {
            return Err(number.bad_value());
        }
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        Ok(Self(octets.get(zeros..).unwrap_or_default().into()))
    }
}
