//! Snapshots by their instants.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::Directory;

/// Dated snapshots of the directory: which one was in force when a message was signed?
///
/// Today's directory lacks the certificates of yesterday, so old messages are judged by the
/// snapshot of their time.
///
/// ```
/// use pec_directory::{Contents, Directory, DirectoryHistory};
///
/// let mut history = DirectoryHistory::new();
/// for day in ["2026-11-20T06:00:00Z", "2026-11-21T06:00:00Z"] {
///     history.insert(Directory::new(Contents::default(), day.parse()?));
/// }
/// let in_force = history.in_force_at("2026-11-20T23:00:00Z".parse()?);
/// assert_eq!(in_force.map(Directory::obtained_at), Some("2026-11-20T06:00:00Z".parse()?));
/// assert!(history.in_force_at("2026-11-19T00:00:00Z".parse()?).is_none());
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DirectoryHistory(BTreeMap<DateTime<Utc>, Directory>);

impl DirectoryHistory {
    /// No snapshots.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a snapshot, in any order; gives back the one of the same instant that it replaces.
    pub fn insert(&mut self, directory: Directory) -> Option<Directory> {
        self.0.insert(directory.obtained_at(), directory)
    }

    /// The snapshot that was in force: the last one that was obtained at or before the instant. It
    /// may have been old by then, which its [freshness](Directory::freshness) tells.
    #[must_use]
    pub fn in_force_at(&self, instant: DateTime<Utc>) -> Option<&Directory> {
        self.0.range(..=instant).next_back().map(|(_, directory)| directory)
    }

    /// The newest snapshot.
    #[must_use]
    pub fn latest(&self) -> Option<&Directory> {
        self.0.last_key_value().map(|(_, directory)| directory)
    }

    /// All snapshots, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Directory> {
        self.0.values()
    }

    /// Forgets the snapshots that are not needed to judge anything at or after the instant.
    pub fn forget_before(&mut self, instant: DateTime<Utc>) {
        if let Some(first) = self.in_force_at(instant).map(Directory::obtained_at) {
            self.0 = self.0.split_off(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contents;

    fn day(day: u32) -> DateTime<Utc> {
        format!("2026-11-{day:02}T06:00:00Z").parse().unwrap()
    }

    fn history(days: &[u32]) -> DirectoryHistory {
        let mut history = DirectoryHistory::new();
        for instant in days {
            assert!(history.insert(Directory::new(Contents::default(), day(*instant))).is_none());
        }
        history
    }

    fn days(history: &DirectoryHistory) -> Vec<DateTime<Utc>> {
        history.iter().map(Directory::obtained_at).collect()
    }

    #[test]
    fn a_snapshot_is_in_force_until_the_next() {
        let history = history(&[12, 10, 20]);
        let at = |instant| history.in_force_at(instant).map(Directory::obtained_at);
        assert_eq!(at(day(9)), None);
        assert_eq!(at(day(10)), Some(day(10)));
        assert_eq!(at(day(11)), Some(day(10)));
        assert_eq!(at(day(12)), Some(day(12)));
        assert_eq!(at(day(30)), Some(day(20)));
        assert_eq!(history.latest().map(Directory::obtained_at), Some(day(20)));
        assert_eq!(days(&history), [day(10), day(12), day(20)]);
    }

    #[test]
    fn what_may_still_be_asked_for_is_kept() {
        let mut kept = history(&[10, 12, 20]);
        kept.forget_before(day(9));
        assert_eq!(days(&kept).len(), 3);
        kept.forget_before(day(15));
        assert_eq!(days(&kept), [day(12), day(20)]);
        kept.forget_before(day(30));
        assert_eq!(days(&kept), [day(20)]);
        let replaced = kept.insert(Directory::new(Contents::default(), day(20)));
        assert_eq!(replaced.map(|d| d.obtained_at()), Some(day(20)));
    }
}
