//! What OCSP responses say, and whether their signer may say it (RFC 6960 §3.2 and §4.2.2.2).

use core::iter;

use super::certificate::Certificate;
use super::ocsp::{Answer, AnswerStatus, OcspResponse, Responder};
use super::options::RevocationMode;
use super::revocation::{Force, Subject};
use super::rules::{self, Usage};
use super::search::Judge;
use super::verdict::{RevocationEvidence, RevocationSource, RevocationStatus, RevocationUnknown};
use crate::crypto::DigestAlgorithm;

impl Judge<'_> {
    /// The status by the responses at hand; the first that is entitled and in force decides.
    pub(crate) fn ocsp_status(&mut self, subject: Subject<'_>) -> RevocationStatus {
        let mut why = RevocationUnknown::NoData;
        for response in self.store.ocsp_about(subject.certificate.serial()) {
            for answer in response.answers() {
                if !self.is_about(answer, subject) {
                    continue;
                }
                match self.weigh(subject, response, answer) {
                    Ok(status) => return status,
                    Err(unknown) => why = unknown,
                }
            }
        }
        RevocationStatus::Unknown(why)
    }

    /// §3.2 (1): the answer is about this certificate of this issuer.
    fn is_about(&self, answer: &Answer, subject: Subject<'_>) -> bool {
        let hashes_to = |octets: &[u8], expected: &[u8]| {
            DigestAlgorithm::from_der(&answer.hash_algorithm)
                .and_then(|algorithm| self.crypto.digest(algorithm, octets))
                .is_ok_and(|digest| digest.as_bytes() == expected)
        };
        answer.serial.as_ref() == subject.certificate.serial()
            && hashes_to(subject.certificate.issuer_der(), &answer.issuer_name_hash)
            && hashes_to(subject.issuer().key_octets(), &answer.issuer_key_hash)
    }

    /// §3.2 (2) to (6).
    fn weigh(
        &mut self,
        subject: Subject<'_>,
        response: &OcspResponse,
        answer: &Answer,
    ) -> Result<RevocationStatus, RevocationUnknown> {
        let force = self.force(subject.certificate, answer.this_update, answer.next_update);
        if force == Force::No || answer.has_obstacle {
            return Err(RevocationUnknown::Stale);
        }
        if !self.is_strong(response.signed()) {
            return Err(RevocationUnknown::WeakAlgorithm);
        }
        self.check_responder(subject, response)?;
        match answer.status {
            AnswerStatus::Unknown => Err(RevocationUnknown::NotKnownToResponder),
            AnswerStatus::Revoked { at, reason } if self.had_happened(answer.this_update, at) => {
                Ok(RevocationStatus::Revoked { at, reason })
            }
            // A responder may drop expired certificates as a CA drops them from its CRLs.
            AnswerStatus::Good if force == Force::EntriesOnly => Err(RevocationUnknown::Stale),
            AnswerStatus::Good | AnswerStatus::Revoked { .. } => {
                Ok(RevocationStatus::Good(RevocationEvidence {
                    source: RevocationSource::Ocsp,
                    this_update: answer.this_update,
                    next_update: answer.next_update,
                }))
            }
        }
    }

    /// §4.2.2.2: the issuer itself, or whom it certified for this purpose with the same key.
    fn check_responder(
        &mut self,
        subject: Subject<'_>,
        response: &OcspResponse,
    ) -> Result<(), RevocationUnknown> {
        let issuer = subject.issuer();
        if self.is_responder(issuer, response)
            && self.signature(response.signed(), issuer.public_key()).is_ok()
        {
            return Ok(());
        }
        for delegate in response.certificates() {
            if delegate.issuer_name().key() == issuer.subject_name().key()
                && self.is_responder(delegate, response)
                && self.signature(response.signed(), delegate.public_key()).is_ok()
                && self.signature(delegate.signed(), issuer.public_key()).is_ok()
                && self.is_entitled(delegate, subject)
            {
                return Ok(());
            }
        }
        Err(RevocationUnknown::Signer)
    }

    fn is_responder(&self, holder: &Certificate, response: &OcspResponse) -> bool {
        match response.responder() {
            Responder::Name(name) => name == holder.subject_name().key(),
            Responder::KeyHash(hash) => self
                .crypto
                .digest(DigestAlgorithm::Sha1, holder.key_octets())
                .is_ok_and(|digest| digest.as_bytes() == hash.as_ref()),
        }
    }

    /// The delegate's own path and status; id-pkix-ocsp-nocheck vouches for the latter
    /// (§4.2.2.2.1).
    fn is_entitled(&mut self, delegate: &Certificate, subject: Subject<'_>) -> bool {
        let path: Vec<_> = iter::once(delegate).chain(subject.above).cloned().collect();
        let usage = Usage::OcspSigner;
        let options = self.options;
        if rules::check(&path, subject.anchor, options, usage, self.comparisons()).is_err() {
            return false;
        }
        if delegate.extensions().ocsp_no_check {
            return true;
        }
        match self.status_of(Subject { certificate: delegate, ..subject }) {
            RevocationStatus::Good(_) => true,
            RevocationStatus::Unknown(_) => options.revocation != RevocationMode::Require,
            RevocationStatus::NotChecked | RevocationStatus::Revoked { .. } => false,
        }
    }
}
