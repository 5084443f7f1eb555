//! Revocation, RFC 5280 §6.3: which CRLs speak about a certificate, who may sign them, what they
//! say; OCSP responses before them (RFC 6960).

use core::iter;

use chrono::{DateTime, Utc};

use super::certificate::Certificate;
use super::crl::{Crl, Entry, RevocationReason};
use super::distribution::{DistributionPoint, IssuingPoint, PointName, Reasons};
use super::extension::KeyUsage;
use super::general_name::GeneralName;
use super::name::NameKey;
use super::options::AlgorithmFloor;
use super::rules::Usage;
use super::search::{Goal, Judge};
use super::signed::Signed;
use super::store::TrustAnchor;
use super::verdict::{
    IndeterminateReason, PathVerdict, RevocationEvidence, RevocationSource, RevocationStatus,
    RevocationUnknown,
};
use crate::crypto::SignatureAlgorithm;
use crate::limits;

/// The certificate whose status is asked for, in its path.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'p> {
    pub(crate) certificate: &'p Certificate,
    /// The certificates above it, its issuer first; they are known good.
    pub(crate) above: &'p [Certificate],
    pub(crate) anchor: &'p TrustAnchor,
}

impl<'p> Subject<'p> {
    pub(crate) fn issuer(&self) -> &'p Certificate {
        self.above.first().unwrap_or(self.anchor.certificate())
    }
}

/// What a CRL says about a certificate.
enum Finding {
    NotRevoked(RevocationEvidence),
    Revoked { at: DateTime<Utc>, reason: RevocationReason },
}

/// How far data of a period count at the instant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Force {
    /// They were in force.
    Full,
    /// They are later ones that may have dropped the certificate: only an entry counts.
    EntriesOnly,
    No,
}

impl Judge<'_> {
    /// The status of `path[index]`; everything above it must be known good.
    pub(crate) fn revocation_status(
        &mut self,
        path: &[Certificate],
        index: usize,
        anchor: &TrustAnchor,
    ) -> RevocationStatus {
        let Some((certificate, above)) = path.get(index..).and_then(<[_]>::split_first) else {
            return RevocationStatus::NotChecked;
        };
        self.status_of(Subject { certificate, above, anchor })
    }

    pub(crate) fn status_of(&mut self, subject: Subject<'_>) -> RevocationStatus {
        if self.judging.len() >= limits::REVOCATION_DEPTH
            || self.judging.contains(subject.certificate)
        {
            return RevocationStatus::Unknown(RevocationUnknown::Circular);
        }
        self.judging.push(subject.certificate.clone());
        let mut status = self.ocsp_status(subject);
        if let RevocationStatus::Unknown(why) = status {
            status = match self.crl_status(subject) {
                RevocationStatus::Unknown(RevocationUnknown::NoData) => {
                    RevocationStatus::Unknown(why)
                }
                by_crl => by_crl,
            };
        }
        self.judging.pop();
        status
    }

    /// How far data issued at `this_update` count for a certificate at the instant.
    pub(crate) fn force(
        &self,
        certificate: &Certificate,
        this_update: DateTime<Utc>,
        next_update: Option<DateTime<Utc>>,
    ) -> Force {
        let instant = self.options.instant;
        if this_update <= instant {
            let is_fresh = next_update.is_some_and(|next| instant <= next);
            if is_fresh { Force::Full } else { Force::No }
        } else if !self.options.later_revocation_data {
            Force::No
        } else if this_update <= certificate.not_after() {
            Force::Full
        } else {
            Force::EntriesOnly
        }
    }

    /// Whether a revocation that later data report had happened at the instant. A key that was
    /// invalid before it was revoked counts from the earlier date.
    pub(crate) fn had_happened(&self, data_issued: DateTime<Utc>, since: DateTime<Utc>) -> bool {
        data_issued <= self.options.instant || since <= self.options.instant
    }

    /// Whether the signature's algorithm reaches the floor of the options.
    pub(crate) fn is_strong(&self, signed: Signed<'_>) -> bool {
        let floor: AlgorithmFloor = self.options.algorithms;
        SignatureAlgorithm::from_der(signed.algorithm)
            .is_ok_and(|algorithm| floor.accepts_signature(&algorithm))
    }

    /// §6.3.3: goes through the distribution points, then (last paragraph) through whatever the
    /// issuer published for all its certificates, until all reasons are covered.
    fn crl_status(&mut self, subject: Subject<'_>) -> RevocationStatus {
        let certificate = subject.certificate;
        let issuer = certificate.issuer_name().key();
        let default_point = DistributionPoint {
            name: Some(PointName::Full(vec![GeneralName::Directory(issuer.clone())])),
            ..DistributionPoint::default()
        };
        let points = certificate.extensions().distribution_points.iter().flatten();
        let mut covered = Reasons::NONE;
        let mut why = RevocationUnknown::NoData;
        for point in points.chain(iter::once(&default_point)) {
            for crl in self.lists_at(point, issuer) {
                let Some(reasons) = scope(certificate, point, &crl) else {
                    note(&mut why, RevocationUnknown::OutOfScope);
                    continue;
                };
                // (e)
                if !reasons.adds_to(covered) {
                    continue;
                }
                match self.consult(subject, &crl) {
                    Ok(Finding::Revoked { at, reason }) => {
                        return RevocationStatus::Revoked { at, reason };
                    }
                    Ok(Finding::NotRevoked(evidence)) => {
                        // (l)
                        covered = covered.or(reasons);
                        if !Reasons::ALL.adds_to(covered) {
                            return RevocationStatus::Good(evidence);
                        }
                        why = RevocationUnknown::ReasonsNotCovered;
                    }
                    Err(unknown) => note(&mut why, unknown),
                }
            }
        }
        RevocationStatus::Unknown(why)
    }

    /// The complete lists of those who publish at a distribution point, the newest first.
    fn lists_at(&self, point: &DistributionPoint, issuer: &NameKey) -> Vec<Crl> {
        let store = self.store;
        let lists: Vec<_> = if point.crl_issuer.is_empty() {
            store.crls_of(issuer).iter().collect()
        } else {
            point.crl_issuers().flat_map(|name| store.crls_of(name)).collect()
        };
        lists.into_iter().filter(|crl| !crl.is_delta()).cloned().collect()
    }

    /// §6.3.3 (a), (c), (f) to (k) for one complete list in whose scope the certificate is.
    fn consult(&mut self, subject: Subject<'_>, crl: &Crl) -> Result<Finding, RevocationUnknown> {
        if let Some(oid) = &crl.extensions().obstacle {
            return Err(RevocationUnknown::UnknownCriticalExtension(oid.clone()));
        }
        let certificate = subject.certificate;
        let mut force = self.force(certificate, crl.this_update(), crl.next_update());
        // An expired complete list still serves as the base of a delta in force.
        let deltas = self.deltas_of(certificate, crl);
        if force == Force::No && (deltas.is_empty() || crl.this_update() > self.options.instant) {
            return Err(RevocationUnknown::Stale);
        }
        if !self.is_strong(crl.signed()) {
            return Err(RevocationUnknown::WeakAlgorithm);
        }
        let signer = self.crl_signer(subject, crl)?;
        let mut newest = crl;
        // (h): a delta counts if the same key signed it.
        let delta = deltas.iter().find(|delta| {
            self.is_strong(delta.signed())
                && self.signature(delta.signed(), signer.public_key()).is_ok()
        });
        if let Some(delta) = delta {
            newest = delta;
            force = Force::Full;
            // (i), (k)
            if let Some(entry) = find(delta, certificate) {
                if entry.reason == RevocationReason::RemoveFromCrl {
                    return Ok(Finding::NotRevoked(evidence(newest)));
                }
                return Ok(revoked(entry));
            }
        } else if force == Force::No {
            return Err(RevocationUnknown::Stale);
        }
        // (j)
        if let Some(entry) = find(crl, certificate) {
            let since =
                entry.invalid_since.map_or(entry.revoked_at, |date| date.min(entry.revoked_at));
            if self.had_happened(crl.this_update(), since) {
                return Ok(revoked(entry));
            }
            return Ok(Finding::NotRevoked(evidence(newest)));
        }
        match force {
            Force::Full => Ok(Finding::NotRevoked(evidence(newest))),
            Force::EntriesOnly | Force::No => Err(RevocationUnknown::Stale),
        }
    }

    /// §6.3.3 (c) and §5.2.4: the deltas in force that may be combined with a complete list, the
    /// newest first.
    fn deltas_of(&self, certificate: &Certificate, base: &Crl) -> Vec<Crl> {
        let wanted = base.extensions();
        let key_id = |crl: &Crl| {
            let id = crl.extensions().authority_key_id.as_ref();
            id.and_then(|id| id.key_id.clone())
        };
        let mut deltas: Vec<Crl> = self
            .store
            .crls_of(base.issuer_key())
            .iter()
            .filter(|delta| {
                let found = delta.extensions();
                let follows = found.delta_base <= wanted.number && found.number > wanted.number;
                delta.is_delta()
                    && wanted.number.is_some()
                    && follows
                    && found.obstacle.is_none()
                    && found.issuing_point == wanted.issuing_point
                    && key_id(delta) == key_id(base)
                    && delta.this_update() <= self.options.instant
                    && self.force(certificate, delta.this_update(), delta.next_update())
                        == Force::Full
            })
            .cloned()
            .collect();
        deltas.sort_by(|a, b| b.extensions().number.cmp(&a.extensions().number));
        deltas
    }

    /// §6.3.3 (f), (g): who signed the list, and may.
    ///
    /// Certificates above the subject are known good. Any other with the issuer's name (a separate
    /// key for CRLs, a key before or after a roll-over) must have its own valid path to the same
    /// anchor, not revoked either.
    fn crl_signer(
        &mut self,
        subject: Subject<'_>,
        crl: &Crl,
    ) -> Result<Certificate, RevocationUnknown> {
        let is_named = |holder: &&Certificate| holder.subject_name().key() == crl.issuer_key();
        let above = subject.above.iter().chain(iter::once(subject.anchor.certificate()));
        for holder in above.filter(is_named) {
            if may_sign_crls(holder) && self.signature(crl.signed(), holder.public_key()).is_ok() {
                return Ok(holder.clone());
            }
        }
        let mut why = RevocationUnknown::Signer;
        let hint = crl.extensions().authority_key_id.as_ref();
        for holder in self.candidates(crl.issuer_key(), hint) {
            if subject.above.contains(&holder)
                || self.signature(crl.signed(), holder.public_key()).is_err()
            {
                continue;
            }
            let goal = Goal { anchor: Some(subject.anchor), usage: Usage::CrlSigner };
            match self.find_path(&holder, goal) {
                PathVerdict::Valid(_) => return Ok(holder),
                PathVerdict::Indeterminate(path)
                    if path.reason
                        == IndeterminateReason::Revocation(RevocationUnknown::Circular) =>
                {
                    why = RevocationUnknown::Circular;
                }
                PathVerdict::Invalid(_) | PathVerdict::Indeterminate(_) => {}
            }
        }
        Err(why)
    }
}

/// §6.3.3 (b), (d): the reasons for which the list covers the certificate by way of this
/// distribution point; nothing if it is not in the list's scope.
fn scope(certificate: &Certificate, point: &DistributionPoint, crl: &Crl) -> Option<Reasons> {
    let issuer = certificate.issuer_name().key();
    let issuing = crl.extensions().issuing_point.as_ref();
    // (b)(1)
    let is_from_issuer = if point.crl_issuer.is_empty() {
        crl.issuer_key() == issuer
    } else {
        issuing.is_some_and(|issuing| issuing.indirect)
            && point.crl_issuers().any(|name| name == crl.issuer_key())
    };
    if !is_from_issuer {
        return None;
    }
    let mut reasons = point.reasons.unwrap_or(Reasons::ALL);
    if let Some(issuing) = issuing {
        // (b)(2)
        let is_ca = certificate.is_ca();
        if !has_point_name(issuing, point, crl, issuer)
            || (issuing.only_user_certificates && is_ca)
            || (issuing.only_ca_certificates && !is_ca)
            || issuing.only_attribute_certificates
        {
            return None;
        }
        // (d)
        reasons = reasons.and(issuing.only_some_reasons.unwrap_or(Reasons::ALL));
    }
    Some(reasons)
}

/// §6.3.3 (b)(2)(i).
fn has_point_name(
    issuing: &IssuingPoint,
    point: &DistributionPoint,
    crl: &Crl,
    issuer: &NameKey,
) -> bool {
    let Some(published) = &issuing.name else {
        return true;
    };
    let published = published.resolve(crl.issuer_key());
    let wanted = match &point.name {
        Some(name) => name.resolve(point.crl_issuers().next().unwrap_or(issuer)),
        None => point.crl_issuer.clone(),
    };
    published.iter().any(|name| wanted.contains(name))
}

/// §6.3.3 (f): "if a key usage extension is present, verify that the cRLSign bit is set".
fn may_sign_crls(holder: &Certificate) -> bool {
    holder.extensions().key_usage.is_none_or(|usage| usage.has(KeyUsage::CRL_SIGN))
}

fn find<'c>(crl: &'c Crl, certificate: &Certificate) -> Option<&'c Entry> {
    crl.find(certificate.serial(), certificate.issuer_name().key())
}

fn revoked(entry: &Entry) -> Finding {
    Finding::Revoked { at: entry.revoked_at, reason: entry.reason }
}

fn evidence(crl: &Crl) -> RevocationEvidence {
    let source = if crl.is_delta() { RevocationSource::DeltaCrl } else { RevocationSource::Crl };
    RevocationEvidence { source, this_update: crl.this_update(), next_update: crl.next_update() }
}

/// Keeps what tells most: that nothing fits is said only if nothing else is known.
fn note(why: &mut RevocationUnknown, unknown: RevocationUnknown) {
    let is_vague = |reason: &RevocationUnknown| {
        matches!(reason, RevocationUnknown::NoData | RevocationUnknown::OutOfScope)
    };
    if is_vague(why) || !is_vague(&unknown) {
        *why = unknown;
    }
}
