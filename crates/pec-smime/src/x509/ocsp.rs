//! OCSP responses as received (RFC 6960 §4.2).
//!
//! No kept crate reads them with der 0.8, and the few fields needed here are a page of code.

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::certificate::Certificate;
use super::crl::RevocationReason;
use super::extension::RawExtension;
use super::name::{Name, NameKey};
use super::oid::known;
use super::signed::Signed;
use super::time::time_of;
use super::tlv::{DerError, Reader, tag};
use crate::limits;

/// A successful OCSP response of the basic type; clones share the received octets.
///
/// A nonce in it is ignored: it proves freshness to whoever asked, and here the instants do that.
///
/// # Example
/// ```
/// use pec_smime::x509::OcspResponse;
/// # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/leaf.ors"));
/// let response = OcspResponse::from_der(der)?;
/// assert_eq!(response.produced_at().to_rfc3339(), "2026-11-21T21:45:20+00:00");
/// # Ok::<(), pec_smime::x509::OcspError>(())
/// ```
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    tbs: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
    responder: Responder,
    produced_at: DateTime<Utc>,
    answers: Vec<Answer>,
    certificates: Vec<Certificate>,
}

/// Who signed.
pub(crate) enum Responder {
    Name(NameKey),
    /// SHA-1 of the content of the key's BIT STRING.
    KeyHash(Box<[u8]>),
}

/// The status of one certificate.
pub(crate) struct Answer {
    /// The `AlgorithmIdentifier` of the two hashes.
    pub(crate) hash_algorithm: Box<[u8]>,
    pub(crate) issuer_name_hash: Box<[u8]>,
    pub(crate) issuer_key_hash: Box<[u8]>,
    pub(crate) serial: Box<[u8]>,
    pub(crate) status: AnswerStatus,
    pub(crate) this_update: DateTime<Utc>,
    pub(crate) next_update: Option<DateTime<Utc>>,
    /// Whether an extension is critical that is not processed here.
    pub(crate) has_obstacle: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerStatus {
    Good,
    Revoked { at: DateTime<Utc>, reason: RevocationReason },
    Unknown,
}

/// Why octets are not an OCSP response that says something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspError {
    /// The structure is not that of RFC 6960 §4.2.1.
    #[error("malformed OCSP response: {0}")]
    Der(#[from] DerError),
    /// The responder answered with an error status and nothing else.
    #[error("the OCSP responder answered with status {0}")]
    NotSuccessful(u8),
    /// The response is of another type than id-pkix-ocsp-basic.
    #[error("the OCSP response is not of the basic type")]
    NotBasic,
}

impl OcspResponse {
    /// Reads one `OCSPResponse`; octets after it are refused.
    ///
    /// # Errors
    /// [`OcspError`] says whether the structure, the status or the type is at fault.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        read_response(der).map(|inner| Self(Arc::new(inner)))
    }

    /// The octets as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// When the responder signed.
    #[must_use]
    pub fn produced_at(&self) -> DateTime<Utc> {
        self.0.produced_at
    }

    pub(crate) fn responder(&self) -> &Responder {
        &self.0.responder
    }

    pub(crate) fn answers(&self) -> &[Answer] {
        &self.0.answers
    }

    /// The certificates sent along, among them that of a delegated responder.
    pub(crate) fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    pub(crate) fn signed(&self) -> Signed<'_> {
        let part = |range: &Range<usize>| self.0.der.get(range.clone()).unwrap_or_default();
        Signed {
            identity: Arc::as_ptr(&self.0).addr(),
            tbs: part(&self.0.tbs),
            algorithm: part(&self.0.algorithm),
            // A basic response names its algorithm once.
            algorithms_agree: true,
            signature: part(&self.0.signature),
        }
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for OcspResponse {}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcspResponse")
            .field("produced_at", &self.produced_at())
            .field("answers", &self.0.answers.len())
            .finish_non_exhaustive()
    }
}

fn read_response(der: &[u8]) -> Result<Inner, OcspError> {
    let mut fields = Reader::single(der, tag::SEQUENCE)?.contents();
    let status = fields.expect(tag::ENUMERATED)?;
    match status.value() {
        [0] => {}
        [status] => return Err(OcspError::NotSuccessful(*status)),
        _ => return Err(status.bad_value().into()),
    }
    let mut explicit = fields.expect(tag::constructed(0))?.contents();
    fields.finish()?;
    let mut response = explicit.expect(tag::SEQUENCE)?.contents();
    explicit.finish()?;
    if response.expect(tag::OID)?.value() != known::OCSP_BASIC {
        return Err(OcspError::NotBasic);
    }
    let mut octets = response.expect(tag::OCTET_STRING)?.contents();
    response.finish()?;
    let mut basic = octets.expect(tag::SEQUENCE)?.contents();
    octets.finish()?;

    let tbs = basic.expect(tag::SEQUENCE)?;
    let algorithm = basic.expect(tag::SEQUENCE)?.range();
    let signature = basic.expect(tag::BIT_STRING)?;
    signature.bit_string()?;
    let signature = signature.value_range();
    let certificates = match basic.optional(tag::constructed(0))? {
        Some(outer) => read_certificates(outer.contents())?,
        None => Vec::new(),
    };
    basic.finish()?;

    let mut fields = tbs.contents();
    fields.optional(tag::constructed(0))?;
    let responder = read_responder(&mut fields)?;
    let produced_at = time_of(fields.expect(tag::GENERALIZED_TIME)?)?;
    let mut list = fields.expect(tag::SEQUENCE)?.contents();
    let mut answers = Vec::new();
    while !list.is_empty() {
        answers.push(read_answer(&mut list)?);
    }
    let has_obstacle = read_has_obstacle(&mut fields, 1)?;
    fields.finish()?;
    for answer in &mut answers {
        answer.has_obstacle |= has_obstacle;
    }

    Ok(Inner {
        tbs: tbs.range(),
        algorithm,
        signature: signature.start.saturating_add(1)..signature.end,
        responder,
        produced_at,
        answers,
        certificates,
        der: der.into(),
    })
}

/// One unreadable certificate does not spoil the response: it is only not a candidate.
fn read_certificates(mut outer: Reader<'_>) -> Result<Vec<Certificate>, DerError> {
    let mut list = outer.expect(tag::SEQUENCE)?.contents();
    outer.finish()?;
    let mut certificates = Vec::new();
    while !list.is_empty() && certificates.len() < limits::CMS_CERTIFICATES {
        certificates.extend(Certificate::from_der(list.next()?.encoded()));
    }
    Ok(certificates)
}

fn read_responder(fields: &mut Reader<'_>) -> Result<Responder, DerError> {
    let choice = fields.next()?;
    let mut contents = choice.contents();
    let responder = if choice.tag == tag::constructed(1) {
        Responder::Name(Name::read(&mut contents)?.key().clone())
    } else if choice.tag == tag::constructed(2) {
        Responder::KeyHash(contents.expect(tag::OCTET_STRING)?.value().into())
    } else {
        return Err(choice.unexpected());
    };
    contents.finish()?;
    Ok(responder)
}

fn read_answer(list: &mut Reader<'_>) -> Result<Answer, DerError> {
    let mut fields = list.expect(tag::SEQUENCE)?.contents();
    let mut id = fields.expect(tag::SEQUENCE)?.contents();
    let hash_algorithm = id.expect(tag::SEQUENCE)?.encoded().into();
    let issuer_name_hash = id.expect(tag::OCTET_STRING)?.value().into();
    let issuer_key_hash = id.expect(tag::OCTET_STRING)?.value().into();
    let serial = id.expect(tag::INTEGER)?.value().into();
    id.finish()?;
    let status = read_status(&mut fields)?;
    let this_update = time_of(fields.expect(tag::GENERALIZED_TIME)?)?;
    let next_update = match fields.optional(tag::constructed(0))? {
        Some(outer) => {
            let mut contents = outer.contents();
            let time = time_of(contents.next()?)?;
            contents.finish()?;
            Some(time)
        }
        None => None,
    };
    let has_obstacle = read_has_obstacle(&mut fields, 1)?;
    fields.finish()?;
    Ok(Answer {
        hash_algorithm,
        issuer_name_hash,
        issuer_key_hash,
        serial,
        status,
        this_update,
        next_update,
        has_obstacle,
    })
}

fn read_status(fields: &mut Reader<'_>) -> Result<AnswerStatus, DerError> {
    let choice = fields.next()?;
    if choice.tag == tag::context(0) {
        return Ok(AnswerStatus::Good);
    }
    if choice.tag == tag::context(2) {
        return Ok(AnswerStatus::Unknown);
    }
    if choice.tag != tag::constructed(1) {
        return Err(choice.unexpected());
    }
    let mut contents = choice.contents();
    let at = time_of(contents.expect(tag::GENERALIZED_TIME)?)?;
    let reason = match contents.optional(tag::constructed(0))? {
        Some(outer) => {
            let mut inner = outer.contents();
            RevocationReason::read(&inner.expect(tag::ENUMERATED)?)?
        }
        None => RevocationReason::Unspecified,
    };
    contents.finish()?;
    Ok(AnswerStatus::Revoked { at, reason })
}

/// Reads `[number] EXPLICIT Extensions OPTIONAL`. None of them changes what an answer means, so
/// only a critical one matters.
fn read_has_obstacle(fields: &mut Reader<'_>, number: u8) -> Result<bool, DerError> {
    let Some(outer) = fields.optional(tag::constructed(number))? else {
        return Ok(false);
    };
    let mut contents = outer.contents();
    let mut list = contents.expect(tag::SEQUENCE)?.contents();
    contents.finish()?;
    let mut found = false;
    while !list.is_empty() {
        found |= RawExtension::read(&mut list)?.critical;
    }
    Ok(found)
}
