//! The cryptographic part for one signer: content, signature, and which certificate was meant.

use super::content::{Content, ContentForm};
use super::outcome::{Outcome, Reason};
use crate::asn1::{Reader, tag};
use crate::cms::{
    Attributes, CertificateChoice, CertificateReference, SignedData, SignerIdentifier, SignerInfo,
};
use crate::crypto::{CryptoProvider, Digest, DigestAlgorithm, SignatureAlgorithm, SignatureError};
use crate::x509::Certificate;
use crate::{asn1::encode, oid};

/// In which order the signed attributes carry the signature. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeOrder {
    /// As received, which for a sound sender is the order of DER.
    AsReceived,
    /// In the order of DER (RFC 5652 §5.4), though they were sent in another.
    DerSorted,
}

/// What cryptography has to say about one signer.
pub(super) struct Findings {
    pub(super) certificate: Option<Certificate>,
    pub(super) digest: Option<DigestAlgorithm>,
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) signing_time: Option<chrono::DateTime<chrono::Utc>>,
    pub(super) form: Option<ContentForm>,
    pub(super) order: Option<AttributeOrder>,
    pub(super) content: Outcome,
    pub(super) signature: Outcome,
    pub(super) signer: Outcome,
}

/// The certificates of the bag that can be read. An odd one is passed over.
pub(super) fn readable_certificates(signed: &SignedData<'_>) -> Vec<Certificate> {
    signed
        .certificates()
        .iter()
        .filter_map(|choice| match choice {
            CertificateChoice::Certificate(der) => Certificate::from_der(der).ok(),
            CertificateChoice::Other(_) => None,
        })
        .collect()
}

/// Judges one signer.
pub(super) fn judge(
    signed: &SignedData<'_>,
    info: &SignerInfo<'_>,
    content: &mut Content<'_>,
    bag: &[Certificate],
    crypto: &CryptoProvider,
) -> Findings {
    let mut findings = Findings {
        certificate: None,
        digest: info.digest_algorithm().ok(),
        algorithm: info.signature_algorithm().ok(),
        signing_time: None,
        form: None,
        order: None,
        content: Outcome::Indeterminate(Reason::NotReached),
        signature: Outcome::Indeterminate(Reason::NotReached),
        signer: Outcome::Indeterminate(Reason::NotReached),
    };
    let attributes = match info.signed_attributes() {
        Ok(attributes) => attributes,
        Err(error) => {
            findings.signature = Outcome::Failed(Reason::Cms(error));
            return findings;
        }
    };
    let judged = Judge { signed, info, attributes: attributes.as_ref(), crypto };
    findings.signing_time =
        attributes.as_ref().and_then(|attributes| attributes.signing_time().ok().flatten());
    let candidates = judged.candidates(bag);
    match &attributes {
        Some(attributes) => {
            judged.with_attributes(attributes, content, &candidates, &mut findings);
        }
        None => judged.without_attributes(content, &candidates, &mut findings),
    }
    findings
}

struct Judge<'j, 'a> {
    signed: &'j SignedData<'a>,
    info: &'j SignerInfo<'a>,
    attributes: Option<&'j Attributes<'a>>,
    crypto: &'j CryptoProvider,
}

impl Judge<'_, '_> {
    /// The certificates that the signer's identifier fits, those first that signingCertificate
    /// names. Two certificates may share issuer and serial number, if somebody wants them to.
    fn candidates<'c>(&self, bag: &'c [Certificate]) -> Vec<&'c Certificate> {
        let mut candidates: Vec<&Certificate> = bag
            .iter()
            .filter(|certificate| match self.info.identifier() {
                SignerIdentifier::IssuerAndSerial { issuer, serial } => {
                    certificate.serial() == *serial && certificate.has_issuer(issuer)
                }
                SignerIdentifier::SubjectKeyId(id) => {
                    certificate.subject_key_id() == Some(id.as_ref())
                }
            })
            .collect();
        candidates.sort_by_key(|certificate| !self.names(certificate).is_passed());
        candidates
    }

    fn with_attributes(
        &self,
        attributes: &Attributes<'_>,
        content: &mut Content<'_>,
        candidates: &[&Certificate],
        findings: &mut Findings,
    ) {
        (findings.content, findings.form) = self.content(attributes, content);
        let received = self.info.attributes_as_received().map(|slices| slices.concat());
        let received = received.unwrap_or_default();
        let sorted = self.info.attributes_sorted().ok().flatten();
        let sorted = sorted.filter(|sorted| *sorted != received);
        let mut orders = vec![(AttributeOrder::AsReceived, received)];
        orders.extend(sorted.map(|sorted| (AttributeOrder::DerSorted, sorted)));
        let inputs = orders.iter().filter_map(|(order, octets)| {
            let digest = self.crypto.digest(findings.digest?, octets).ok()?;
            Some((*order, digest))
        });
        let (outcome, certificate, order) = self.signature(inputs, candidates);
        findings.signature = outcome;
        findings.order = order;
        self.settle_signer(certificate, candidates, findings);
    }

    /// The signature covers the content itself, so there is no digest to compare.
    fn without_attributes(
        &self,
        content: &mut Content<'_>,
        candidates: &[&Certificate],
        findings: &mut Findings,
    ) {
        if self.signed.content_type_oid() != oid::DATA {
            findings.content = Outcome::Failed(Reason::AttributesDemanded);
            return;
        }
        if Reader::single(content.octets(), tag::SET).is_ok() {
            findings.content = Outcome::Failed(Reason::ContentIsAttributes);
            return;
        }
        let digests: Vec<(ContentForm, Digest)> = content
            .forms()
            .filter_map(|form| {
                Some((form, content.digest(findings.digest?, form, self.crypto).ok()?))
            })
            .collect();
        let (outcome, certificate, form) = self.signature(digests, candidates);
        findings.content = outcome.clone();
        findings.signature = outcome;
        findings.form = form;
        self.settle_signer(certificate, candidates, findings);
    }

    /// contentType and messageDigest against the content (RFC 5652 §5.6).
    fn content(
        &self,
        attributes: &Attributes<'_>,
        content: &mut Content<'_>,
    ) -> (Outcome, Option<ContentForm>) {
        if attributes.content_type().ok() != Some(self.signed.content_type_oid()) {
            return (Outcome::Failed(Reason::ContentTypeDiffers), None);
        }
        let algorithm = match self.info.digest_algorithm() {
            Ok(algorithm) => algorithm,
            Err(error) => return (Outcome::from_signature_error(error), None),
        };
        let signed_digest = attributes.message_digest().unwrap_or_default();
        for form in content.forms() {
            match content.digest(algorithm, form, self.crypto) {
                Ok(digest) if digest.as_bytes() == signed_digest => {
                    return (Outcome::Passed, Some(form));
                }
                Ok(_) => {}
                Err(error) => return (Outcome::from_signature_error(error), None),
            }
        }
        (Outcome::Failed(Reason::DigestDiffers), None)
    }

    /// Tries what may be signed with the keys that may have signed.
    fn signature<T: Copy>(
        &self,
        inputs: impl IntoIterator<Item = (T, Digest)>,
        candidates: &[&Certificate],
    ) -> (Outcome, Option<Certificate>, Option<T>) {
        let algorithm = match self.info.signature_algorithm() {
            Ok(algorithm) => algorithm,
            Err(error) => return (Outcome::from_signature_error(error), None, None),
        };
        let mut worst = SignatureError::UnsupportedAlgorithm;
        for (input, digest) in inputs {
            for certificate in candidates {
                let signature = self.info.signature();
                let spki = certificate.spki_der();
                match self.crypto.verifier.verify(&algorithm, spki, &digest, signature) {
                    Ok(()) => {
                        return (Outcome::Passed, Some((*certificate).clone()), Some(input));
                    }
                    Err(error) => worst = error,
                }
            }
        }
        if candidates.is_empty() {
            return (Outcome::Indeterminate(Reason::NoCertificate), None, None);
        }
        (Outcome::from_signature_error(worst), None, None)
    }

    fn settle_signer(
        &self,
        verified: Option<Certificate>,
        candidates: &[&Certificate],
        findings: &mut Findings,
    ) {
        findings.certificate =
            verified.or_else(|| candidates.first().map(|certificate| (*certificate).clone()));
        findings.signer = match &findings.certificate {
            None => Outcome::Failed(Reason::NoCertificate),
            Some(certificate) => match self.names(certificate) {
                Outcome::Passed => self.algorithm_protection(),
                other => other,
            },
        };
    }

    /// Whether signingCertificate and signingCertificateV2, if present, name this certificate.
    fn names(&self, certificate: &Certificate) -> Outcome {
        let references = self.attributes.map(Attributes::certificate_references).transpose();
        let references = match references {
            Ok(references) => references.unwrap_or_default(),
            Err(error) => return Outcome::Failed(Reason::Cms(error)),
        };
        for reference in &references {
            match self.is_named(reference, certificate) {
                Ok(true) => {}
                Ok(false) => return Outcome::Failed(Reason::SigningCertificateDiffers),
                Err(error) => return Outcome::from_signature_error(error),
            }
        }
        Outcome::Passed
    }

    fn is_named(
        &self,
        reference: &CertificateReference<'_>,
        certificate: &Certificate,
    ) -> Result<bool, SignatureError> {
        let digest = self.crypto.digest(reference.algorithm?, certificate.der())?;
        let is_serial = reference.serial.is_none_or(|serial| serial == certificate.serial());
        Ok(is_serial && digest.as_bytes() == reference.digest)
    }

    /// `CMSAlgorithmProtection` must repeat the algorithms outside (RFC 6211 §3).
    fn algorithm_protection(&self) -> Outcome {
        let protected = match self.attributes.map(Attributes::algorithm_protection).transpose() {
            Ok(protected) => protected.flatten(),
            Err(error) => return Outcome::Failed(Reason::Cms(error)),
        };
        let Some(protected) = protected else {
            return Outcome::Passed;
        };
        let digest = self.info.digest_algorithm();
        let is_digest = DigestAlgorithm::from_der(protected.digest) == digest;
        let is_signature = protected.signature.is_none_or(|content| {
            // The implicit [1] stands for the SEQUENCE tag.
            let identifier = encode::sequence(&[content]);
            let algorithm = digest.and_then(|d| SignatureAlgorithm::from_cms(&identifier, d));
            algorithm == self.info.signature_algorithm()
        });
        if is_digest && is_signature {
            Outcome::Passed
        } else {
            Outcome::Failed(Reason::AlgorithmProtectionDiffers)
        }
    }
}
