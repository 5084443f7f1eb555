//! How old a snapshot is, and what that means.

use chrono::{DateTime, TimeDelta, Utc};

use crate::Directory;

/// How old a [`Directory`] is at an instant.
///
/// The local copy is renewed daily (rfc6109 §4.5#4). One that could not be renewed goes on serving
/// for a while, with an alarm (norms 53); after that nothing should be refused or accepted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// What the age means.
    pub grade: FreshnessGrade,
    /// Time since the contents were obtained; negative if that lies in the future.
    pub age: TimeDelta,
    /// Time since the file claims to have been signed. A file that is obtained daily and was signed
    /// long ago is unchanged, or withheld by somebody.
    pub since_signing: Option<TimeDelta>,
}

/// What the age of a snapshot means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FreshnessGrade {
    /// Renewed as often as the norm asks.
    Current,
    /// It should have been renewed: an alarm, and the copy goes on serving.
    Overdue,
    /// Too old to decide by: what depends on it is undecided.
    Stale,
    /// Obtained after the instant: a clock is wrong, or the wrong snapshot was asked.
    FromTheFuture,
}

/// Where one grade of freshness ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshnessLimits {
    /// The last age at which a snapshot is current.
    pub current: TimeDelta,
    /// The last age at which a snapshot serves.
    pub usable: TimeDelta,
}

impl Default for FreshnessLimits {
    /// A day, which the norm asks for, with two hours for the renewal itself; then three days in
    /// all, over a weekend, which is our choice.
    fn default() -> Self {
        Self { current: TimeDelta::hours(26), usable: TimeDelta::hours(72) }
    }
}

impl Directory {
    /// How old the snapshot is at an instant.
    ///
    /// ```
    /// use pec_directory::{Contents, Directory, FreshnessGrade, FreshnessLimits};
    ///
    /// let directory = Directory::new(Contents::default(), "2026-11-20T06:00:00Z".parse()?);
    /// let at = |instant: &str| -> Result<_, chrono::ParseError> {
    ///     Ok(directory.freshness(instant.parse()?, FreshnessLimits::default()).grade)
    /// };
    /// assert_eq!(at("2026-11-21T07:00:00Z")?, FreshnessGrade::Current);
    /// assert_eq!(at("2026-11-22T07:00:00Z")?, FreshnessGrade::Overdue);
    /// assert_eq!(at("2026-11-24T07:00:00Z")?, FreshnessGrade::Stale);
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    // norms 49, 53
    #[must_use]
    pub fn freshness(&self, now: DateTime<Utc>, limits: FreshnessLimits) -> Freshness {
        let age = now.signed_duration_since(self.obtained_at());
        let grade = if age < TimeDelta::zero() {
            FreshnessGrade::FromTheFuture
        } else if age <= limits.current {
            FreshnessGrade::Current
        } else if age <= limits.usable {
            FreshnessGrade::Overdue
        } else {
            FreshnessGrade::Stale
        };
        let since_signing = self.signed_at().map(|signed| now.signed_duration_since(signed));
        Freshness { grade, age, since_signing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contents;

    #[test]
    fn grades_end_where_the_limits_are() {
        let obtained: DateTime<Utc> = "2026-11-20T06:00:00Z".parse().unwrap();
        let signed = obtained.checked_sub_signed(TimeDelta::days(9)).unwrap();
        let directory = Directory::new(Contents::default(), obtained).with_signed_at(Some(signed));
        for (hours, seconds, grade) in [
            (0, -1, FreshnessGrade::FromTheFuture),
            (0, 0, FreshnessGrade::Current),
            (26, 0, FreshnessGrade::Current),
            (26, 1, FreshnessGrade::Overdue),
            (72, 0, FreshnessGrade::Overdue),
            (72, 1, FreshnessGrade::Stale),
        ] {
            let age = TimeDelta::seconds(hours * 3600 + seconds);
            let now = obtained.checked_add_signed(age).unwrap();
            let freshness = directory.freshness(now, FreshnessLimits::default());
            assert_eq!((freshness.grade, freshness.age), (grade, age));
            assert_eq!(freshness.since_signing, age.checked_add(&TimeDelta::days(9)));
        }
        let later =
            directory.confirmed_at(obtained.checked_add_signed(TimeDelta::days(2)).unwrap());
        let now = later.obtained_at();
        assert_eq!(later.freshness(now, FreshnessLimits::default()).age, TimeDelta::zero());
    }
}
