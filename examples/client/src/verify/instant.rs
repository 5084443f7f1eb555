//! At which instant certificates are judged, and who says so.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use pec_smime::verify::{Check, Outcome, Policy, Reason, Verification, Verifier};

use super::{Judge, Judged, PolicyName, source_word};

/// At which instant certificates are judged. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The present.
    Now,
    /// That of a time stamp over the signature if there is one, else the one that the signer
    /// claims.
    SigningTime,
    /// One that the caller vouches for.
    Instant(DateTime<Utc>),
}

/// Not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither `now`, `signing-time`, a date (2026-11-21) nor a time (2026-11-21T10:15:00+01:00)"
)]
pub struct NoInstant;

impl FromStr for At {
    type Err = NoInstant;

    /// ```
    /// use pec_client::verify::At;
    /// assert_eq!("signing-time".parse(), Ok(At::SigningTime));
    /// assert_eq!("2026-11-21".parse::<At>(), "2026-11-21T00:00:00Z".parse());
    /// ```
    fn from_str(text: &str) -> Result<Self, NoInstant> {
        match text {
            "now" => return Ok(Self::Now),
            "signing-time" => return Ok(Self::SigningTime),
            _ => {}
        }
        let day = text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
        let instant = day.or_else(|_| text.parse::<DateTime<Utc>>());
        instant.map(Self::Instant).map_err(|_| NoInstant)
    }
}

impl Judge {
    /// Verifies under the policy, as of the instant that was asked for.
    pub(super) fn judged<'a>(
        &self,
        is_pec: bool,
        verify: impl Fn(&Verifier<'_>, DateTime<Utc>) -> Verification<'a>,
    ) -> Judged<'a> {
        let run = |policy: Policy, now| verify(&self.verifier(policy), now);
        let (instant, source) = match self.at {
            At::Now => (self.now, "now"),
            At::Instant(instant) => (instant, "caller"),
            At::SigningTime if self.policy == PolicyName::Archive => {
                return self.archived(is_pec, &run);
            }
            At::SigningTime => {
                let policy = self.base_policy(self.now, is_pec);
                let policy = policy.accept_time_stamps().consider_claimed_time();
                let verification = run(policy, self.now);
                let (instant, source) = self.told(&verification);
                return Judged { verification, instant, source, doubt: None };
            }
        };
        let verification = run(self.base_policy(instant, is_pec), instant);
        Judged { verification, instant, source, doubt: None }
    }

    /// An old message at the time of its stamp or of its signature. The policy takes any instant
    /// for the caller's; here it may be merely claimed.
    fn archived<'a>(
        &self,
        is_pec: bool,
        run: &impl Fn(Policy, DateTime<Utc>) -> Verification<'a>,
    ) -> Judged<'a> {
        // Time stamps are judged by the algorithms of their own time too.
        let asking = Policy::interoperable().accept_time_stamps().consider_claimed_time();
        let (instant, source) = self.told(&run(asking, self.now));
        let verification = run(self.base_policy(instant, is_pec), self.now);
        let doubt = (source == "claimed" && verification.outcome(Check::Path).is_passed())
            .then(|| self.claimed_time_doubt(instant, is_pec, run))
            .flatten();
        Judged { verification, instant, source, doubt }
    }

    /// A time that only the signer claims counts if it makes no difference: if the path holds at
    /// present as well.
    fn claimed_time_doubt<'a>(
        &self,
        claimed: DateTime<Utc>,
        is_pec: bool,
        run: &impl Fn(Policy, DateTime<Utc>) -> Verification<'a>,
    ) -> Option<Outcome> {
        if claimed > self.now {
            return Some(Outcome::Failed(Reason::ClaimedTimeInFuture));
        }
        let present = run(self.base_policy(self.now, is_pec), self.now);
        let holds = [Check::Path, Check::Algorithms]
            .into_iter()
            .all(|check| present.outcome(check).is_passed());
        (!holds).then_some(Outcome::Indeterminate(Reason::ClaimedTime))
    }

    /// The instant that a verification chose.
    fn told(&self, verification: &Verification<'_>) -> (DateTime<Utc>, &'static str) {
        match verification.signer().map(|signer| signer.judged_at()) {
            Some(judged) => (judged.instant, source_word(judged.source, "now")),
            None => (self.now, "now"),
        }
    }
}
