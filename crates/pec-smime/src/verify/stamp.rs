//! RFC 3161 time stamps over a signature.

use chrono::{DateTime, Utc};

use super::Verifier;
use super::content::Content;
use super::outcome::{Outcome, Reason};
use super::signature::{Findings, judge, readable_certificates};
use super::trust::{path_outcome, revocation_outcome};
use crate::asn1::{self, Asn1Error, Reader, generalized_or_utc_time, tag};
use crate::cms::{CmsError, SignedData};
use crate::crypto::DigestAlgorithm;
use crate::oid;
use crate::x509::{Certificate, LeafUsage, PathVerdict};

/// What came of one time stamp.
#[derive(Clone, Debug)]
pub struct StampVerification {
    time: Option<DateTime<Utc>>,
    authority: Option<Certificate>,
    path: Option<PathVerdict>,
    outcome: Outcome,
}

impl StampVerification {
    /// The time in the stamp; it counts only if the stamp [passed](StampVerification::outcome).
    #[must_use]
    pub const fn time(&self) -> Option<DateTime<Utc>> {
        self.time
    }

    /// The certificate of the time-stamp authority.
    #[must_use]
    pub const fn authority(&self) -> Option<&Certificate> {
        self.authority.as_ref()
    }

    /// The path from the authority's certificate to the anchor, if it came to judging that.
    #[must_use]
    pub const fn path(&self) -> Option<&PathVerdict> {
        self.path.as_ref()
    }

    /// Whether the stamp is over these octets, is well signed, and by an authority that the
    /// trust store leads to.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    const fn refused(reason: Reason) -> Self {
        Self { time: None, authority: None, path: None, outcome: Outcome::Failed(reason) }
    }
}

impl Verifier<'_> {
    /// Verifies a `TimeStampToken` over `octets` (RFC 3161 §2.4.2): over a signature (Appendix A)
    /// or over anything else that was stamped. The authority's certificate is judged at the time
    /// in the stamp.
    #[must_use]
    pub fn time_stamp(&self, token: &[u8], octets: &[u8]) -> StampVerification {
        match self.read_stamp(token, octets) {
            Ok(stamp) => stamp,
            Err(reason) => StampVerification::refused(reason),
        }
    }

    fn read_stamp(&self, token: &[u8], stamped: &[u8]) -> Result<StampVerification, Reason> {
        let der = asn1::normalise(token).map_err(CmsError::from)?;
        let signed = SignedData::from_der(&der)?;
        let octets = signed.content().ok_or(Reason::NoContent)?;
        if signed.content_type_oid() != oid::TIME_STAMP_INFO {
            return Err(Reason::ContentTypeDiffers);
        }
        let info = StampInfo::read(octets).map_err(CmsError::from)?;
        let algorithm = DigestAlgorithm::from_der(info.algorithm)?;
        if !self.policy.accepts_digest(algorithm, info.time) {
            return Err(Reason::WeakDigest(algorithm));
        }
        let digest = self.crypto.digest(algorithm, stamped)?;
        if digest.as_bytes() != info.digest {
            return Err(Reason::DigestDiffers);
        }
        // RFC 3161 §2.4.2: the authority's signature and no other.
        let [signer] = signed.signers() else {
            return Err(Reason::NoSigner);
        };
        let bag = readable_certificates(&signed);
        let mut content = Content::of_octets(octets.into());
        let findings = judge(&signed, signer, &mut content, &bag, self.crypto);
        let (outcome, path) = self.judge_stamp(&findings, &bag, info.time);
        let (time, authority) = (Some(info.time), findings.certificate);
        Ok(StampVerification { time, authority, path, outcome })
    }

    fn judge_stamp(
        &self,
        findings: &Findings,
        bag: &[Certificate],
        time: DateTime<Utc>,
    ) -> (Outcome, Option<PathVerdict>) {
        let cryptographic = [&findings.content, &findings.signature, &findings.signer];
        if let Some(broken) = cryptographic.into_iter().find(|outcome| !outcome.is_passed()) {
            return (broken.clone(), None);
        }
        let Some(leaf) = &findings.certificate else {
            return (Outcome::Failed(Reason::NoCertificate), None);
        };
        let path = self.path(leaf, bag, time, LeafUsage::TimeStamping);
        let (algorithms, _) = self.algorithms(findings.algorithm, leaf, &path, time);
        let outcomes = [path_outcome(&path), algorithms];
        if let Some(broken) = outcomes.into_iter().find(|outcome| !outcome.is_passed()) {
            return (broken, Some(path));
        }
        let outcome = match revocation_outcome(&path) {
            Outcome::Indeterminate(_) if self.policy.allows_unknown_revocation() => Outcome::Passed,
            outcome => outcome,
        };
        (outcome, Some(path))
    }
}

/// What is used of a `TSTInfo` (RFC 3161 §2.4.2).
struct StampInfo<'a> {
    algorithm: &'a [u8],
    digest: &'a [u8],
    time: DateTime<Utc>,
}

impl<'a> StampInfo<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut fields = Reader::single(der, tag::SEQUENCE)?.reader();
        fields.expect(tag::INTEGER)?;
        fields.expect(tag::OID)?;
        let mut imprint = fields.expect(tag::SEQUENCE)?.reader();
        let algorithm = imprint.expect(tag::SEQUENCE)?.raw;
        let digest = imprint.expect(tag::OCTET_STRING)?.content;
        imprint.finish()?;
        fields.expect(tag::INTEGER)?;
        let time = generalized_or_utc_time(&fields.expect(tag::GENERALIZED_TIME)?)?;
        Ok(Self { algorithm, digest, time })
    }
}
