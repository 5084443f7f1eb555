//! How often something happened, and in which lines, in little room.

use chrono::{DateTime, Utc};

use super::{Fault, MAX_EVIDENCE};

/// One line that says that something happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Witness {
    pub(super) line: u64,
    pub(super) time: Option<DateTime<Utc>>,
    pub(super) fault: Fault,
    /// Tells one received message from another: a repeat of the same one is no second message.
    pub(super) message: Option<u64>,
}

/// The first lines that say that something happened, in the order of the log, whatever the order
/// in which they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Vec<Witness>);

impl Tally {
    pub(super) fn add(&mut self, witness: Witness) {
        let is_same =
            |known: &&mut Witness| witness.message.is_some() && known.message == witness.message;
        if let Some(known) = self.0.iter_mut().find(is_same) {
            if witness < *known {
                *known = witness;
            }
        } else {
            self.0.push(witness);
        }
        self.0.sort_unstable();
        self.0.truncate(MAX_EVIDENCE);
    }

    /// How often, as far as it is counted.
    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn is_repeated(&self) -> bool {
        self.0.len() > 1
    }

    pub(super) fn first_time(&self) -> Option<DateTime<Utc>> {
        self.0.iter().filter_map(|witness| witness.time).min()
    }

    pub(super) fn witnesses(&self) -> impl Iterator<Item = &Witness> {
        self.0.iter()
    }

    /// Whether another provider did it, at least once.
    pub(super) fn is_by_other(&self) -> bool {
        self.0.iter().any(|witness| witness.fault == Fault::Other)
    }
}

/// The lines of several tallies, in order.
pub(super) fn lines<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Vec<u64> {
    let witnesses = tallies.into_iter().flat_map(Tally::witnesses);
    let mut lines: Vec<u64> = witnesses.map(|witness| witness.line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.truncate(MAX_EVIDENCE);
    lines
}

/// Who did what should not be at all: another provider, if all of it was received.
pub(super) fn doer(tallies: &[&Tally]) -> Fault {
    let mut witnesses = tallies.iter().flat_map(|tally| tally.witnesses()).peekable();
    let is_any = witnesses.peek().is_some();
    if is_any && witnesses.all(|witness| witness.fault == Fault::Other) {
        Fault::Other
    } else {
        Fault::Own
    }
}

/// Who contradicts what was said before: the provider itself, if it said so twice or after what it
/// had received.
pub(super) fn contradictor(tallies: &[&Tally]) -> Fault {
    let said_by = |fault| {
        let witnesses = tallies.iter().flat_map(|tally| tally.witnesses());
        witnesses.filter(move |witness| witness.fault == fault)
    };
    let received = said_by(Fault::Other).map(|witness| (witness.time, witness.line)).min();
    let said = said_by(Fault::Own).map(|witness| (witness.time, witness.line)).max();
    let is_late = said.zip(received).is_none_or(|(said, received)| said > received);
    if said_by(Fault::Own).count() > 1 || said.is_some() && is_late {
        Fault::Own
    } else {
        Fault::Other
    }
}
