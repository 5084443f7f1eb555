//! The virtual clock: what happens next is what is due first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::{DateTime, TimeDelta, Utc};

/// Events in the order of their instants; those of one instant in the order in which they were
/// planned, so that a seed has one history.
#[derive(Debug)]
pub struct Clock<E> {
    now: DateTime<Utc>,
    planned: u64,
    queue: BinaryHeap<Reverse<Planned<E>>>,
}

#[derive(Debug)]
struct Planned<E> {
    at: DateTime<Utc>,
    number: u64,
    event: E,
}

impl<E> Clock<E> {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn starting(now: DateTime<Utc>) -> Self {
        Self { now, planned: 0, queue: BinaryHeap::new() }
    }

    /// The instant of the event that happens.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Plans an event.
    pub fn after(&mut self, delay: TimeDelta, event: E) {
        self.at(self.now + delay, event);
    }

    /// Plans an event; one of the past happens now.
    pub fn at(&mut self, at: DateTime<Utc>, event: E) {
        self.planned += 1;
        let at = at.max(self.now);
        self.queue.push(Reverse(Planned { at, number: self.planned, event }));
    }

    /// Goes to the next event, unless it is later than `end`.
    pub fn next(&mut self, end: DateTime<Utc>) -> Option<E> {
        if self.queue.peek()?.0.at > end {
            return None;
        }
        let Reverse(planned) = self.queue.pop()?;
        self.now = planned.at;
        Some(planned.event)
    }

    /// How many events are planned.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.len()
    }
}

impl<E> Planned<E> {
    fn order(&self) -> (DateTime<Utc>, u64) {
        (self.at, self.number)
    }
}

impl<E> PartialEq for Planned<E> {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl<E> Eq for Planned<E> {}

impl<E> PartialOrd for Planned<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Planned<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_happen_in_order() {
        let start = DateTime::UNIX_EPOCH;
        let mut clock = Clock::starting(start);
        clock.after(TimeDelta::hours(2), "second");
        clock.after(TimeDelta::hours(1), "first");
        clock.after(TimeDelta::hours(2), "third");
        clock.after(TimeDelta::hours(9), "too late");
        let end = start + TimeDelta::hours(8);
        let mut seen = Vec::new();
        while let Some(event) = clock.next(end) {
            seen.push(event);
        }
        assert_eq!(seen, ["first", "second", "third"]);
        assert_eq!(clock.now(), start + TimeDelta::hours(2));
        clock.at(start, "at once");
        assert_eq!((clock.next(end), clock.pending()), (Some("at once"), 1));
    }
}
