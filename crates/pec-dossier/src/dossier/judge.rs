//! Judging a kept message at its own time.

use chrono::{DateTime, Utc};
use pec_daticert::CertificationData;
use pec_message::{Authentication, Certified, Doubt, Origin, SignedMessage, authenticate, read};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, SignerVerification, StampVerification, Verification, Verifier};
use pec_smime::x509::{Certificate, PathVerdict, TrustStore};

use super::judgement::{Instant, Judgement, JudgementVerdict, TimeSource};

/// What somebody who judges a dossier trusts and knows.
///
/// Nothing that comes with the dossier is trusted: its certificates, revocation lists and OCSP
/// responses only help to find a path to the anchors of `store`.
#[derive(Clone, Debug)]
pub struct Judge<'j> {
    pub(super) store: &'j TrustStore,
    pub(super) crypto: &'j CryptoProvider,
    pub(super) origin: Origin<'j>,
    pub(super) instant: Option<DateTime<Utc>>,
    pub(super) allows_unknown_revocation: bool,
}

impl<'j> Judge<'j> {
    /// A judge who trusts the anchors of `store`, and takes `origin` as evidence of who is a
    /// provider.
    #[must_use]
    pub const fn new(
        store: &'j TrustStore,
        crypto: &'j CryptoProvider,
        origin: Origin<'j>,
    ) -> Self {
        Self { store, crypto, origin, instant: None, allows_unknown_revocation: false }
    }

    /// Judges as of `instant`: the caller vouches that all of it existed by then.
    #[must_use]
    pub const fn at(mut self, instant: DateTime<Utc>) -> Self {
        self.instant = Some(instant);
        self
    }

    /// Messages may count as genuine although it is not known whether their certificates were
    /// revoked.
    #[must_use]
    pub const fn allow_unknown_revocation(mut self) -> Self {
        self.allows_unknown_revocation = true;
        self
    }

    /// What one message comes to at `now`, as [`Dossier::make`](super::Dossier::make) judges it.
    #[must_use]
    pub fn judge(&self, octets: &[u8], now: DateTime<Utc>) -> Judgement {
        self.message(octets, None, now).judgement
    }

    /// The same judge with what a dossier brings along.
    pub(super) fn with<'s>(&self, store: &'s TrustStore) -> Judge<'s>
    where
        'j: 's,
    {
        Judge { store, ..self.clone() }
    }

    fn policy(&self, instant: DateTime<Utc>) -> Policy {
        let policy = Policy::archive(instant);
        if self.allows_unknown_revocation { policy.allow_unknown_revocation() } else { policy }
    }

    /// Verifies a time stamp over some octets.
    pub(super) fn stamp(
        &self,
        token: &[u8],
        octets: &[u8],
        now: DateTime<Utc>,
    ) -> StampVerification {
        Verifier::new(self.store, self.crypto, self.policy(now)).time_stamp(token, octets)
    }

    /// Judges a message. `stamped` is an instant by which it existed, as a verified time stamp
    /// says.
    ///
    /// Instants are tried in the order of what they are worth: the caller's alone, else that of a
    /// stamp, the present, and the signing time that the signer claims. Where only the last one
    /// helps, the message is genuine if its signer did not lie about the time.
    pub(super) fn message<'a>(
        &self,
        octets: &'a [u8],
        stamped: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Judged<'a> {
        let mail = read(octets);
        let probe = Policy::interoperable().accept_time_stamps();
        let probe = Verifier::new(self.store, self.crypto, probe).message(octets, now);
        let mut first: Option<(Instant, Verification<'a>, Authentication<'a>)> = None;
        let mut undecided = None;
        for instant in self.instants(&probe, stamped, now) {
            let verifier = Verifier::new(self.store, self.crypto, self.policy(instant.at));
            let verification = verifier.message(octets, now);
            let judged = authenticate(&mail, &verification, &self.origin);
            match judged {
                Authentication::Certified(certified) => {
                    let verdict = match instant.source {
                        TimeSource::Claimed => JudgementVerdict::GenuineAtClaimedTime,
                        _ => JudgementVerdict::Genuine,
                    };
                    let judgement = Judgement::new(verdict, instant, verification.signer())
                        .with_evidence(&certified);
                    return Judged::new(judgement, &verification, Some(*certified), None);
                }
                Authentication::Undecided { why } if undecided.is_none() => {
                    undecided = Some((instant, verification, why));
                }
                other => first = first.or(Some((instant, verification, other))),
            }
        }
        let claimed = mail.daticert().and_then(|daticert| daticert.read().ok());
        let claimed = claimed.and_then(|(reading, _)| CertificationData::try_from(reading).ok());
        if let Some((instant, verification, why)) = undecided {
            let verdict = JudgementVerdict::Undecided { why };
            let judgement = Judgement::new(verdict, instant, verification.signer());
            return Judged::new(judgement, &verification, None, claimed);
        }
        let (instant, verification, why) = match first {
            Some((instant, verification, why)) => (instant, verification, why),
            None => return Judged::nothing(now, claimed),
        };
        let verdict = JudgementVerdict::refused(&why);
        let judgement = Judgement::new(verdict, instant, verification.signer());
        Judged::new(judgement, &verification, None, claimed)
    }

    fn instants(
        &self,
        probe: &Verification<'_>,
        stamped: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Vec<Instant> {
        if let Some(at) = self.instant {
            return vec![Instant { at, source: TimeSource::Caller }];
        }
        let signer = probe.signer();
        let stamps = signer.map(SignerVerification::time_stamps).unwrap_or_default();
        let inside = stamps.iter().filter(|stamp| stamp.outcome().is_passed());
        let stamped = stamped.into_iter().chain(inside.filter_map(StampVerification::time));
        let stamped = stamped.filter(|at| *at <= now).min();
        let claimed = signer.and_then(SignerVerification::claimed_signing_time);
        let claimed = claimed.filter(|at| *at <= now);
        let from = |at: Option<DateTime<Utc>>, source| at.map(|at| Instant { at, source });
        let stamped = from(stamped, TimeSource::TimeStamp);
        let present = Some(Instant { at: now, source: TimeSource::Now });
        let claimed = from(claimed, TimeSource::Claimed);
        [stamped, present, claimed].into_iter().flatten().collect()
    }
}

/// A message with what judging it came to, and what it rests on.
pub(super) struct Judged<'a> {
    pub(super) judgement: Judgement,
    /// Present when the message is genuine at the instant.
    pub(super) certified: Option<Certified<SignedMessage<'a>>>,
    /// What is certified, or what an undecided message claims.
    pub(super) data: Option<CertificationData>,
    /// The path, as far as it was built.
    pub(super) chain: Vec<Certificate>,
    pub(super) anchor: Option<Certificate>,
}

impl<'a> Judged<'a> {
    fn new(
        judgement: Judgement,
        verification: &Verification<'a>,
        certified: Option<Certified<SignedMessage<'a>>>,
        claimed: Option<CertificationData>,
    ) -> Self {
        let path = verification.signer().and_then(SignerVerification::path);
        let data = certified.as_ref().map(|certified| certified.value().data().clone());
        let (chain, anchor) = path.map(path_certificates).unwrap_or_default();
        Self { judgement, data: data.or(claimed), certified, chain, anchor }
    }

    /// Cannot be: there is always an instant to judge at.
    fn nothing(now: DateTime<Utc>, data: Option<CertificationData>) -> Self {
        let instant = Instant { at: now, source: TimeSource::Now };
        let verdict = JudgementVerdict::Undecided { why: Doubt::UnknownIssuer };
        let judgement = Judgement::new(verdict, instant, None);
        Self { judgement, certified: None, data, chain: Vec::new(), anchor: None }
    }
}

/// The certificates of a path from the leaf up, and its anchor.
pub(super) fn path_certificates(path: &PathVerdict) -> (Vec<Certificate>, Option<Certificate>) {
    let anchor = path.valid().map(|path| path.anchor.certificate().clone());
    (path.chain().to_vec(), anchor)
}
