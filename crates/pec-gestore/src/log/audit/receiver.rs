//! The invariants on the side of the recipients' provider.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::judge::Case;
use super::side::{Parties, Person, Side};
use super::{BreachKind, Invariant};

impl Case<'_> {
    pub(super) fn judge_receiver(&mut self) {
        let side = self.side;
        let two = Invariant::OneAcceptance;
        if !side.accepted.is_empty() {
            self.breach(two, BreachKind::AcceptanceOfReceived, None, &[&side.accepted]);
        }
        if side.envelopes.is_empty() && !side.people.is_empty() {
            let due = self.due(TimeDelta::zero());
            self.missing(two, BreachKind::EnvelopeMissing, None, due, &[&side.lines]);
        }
        let Some(parties) = self.parties() else { return };
        let own = self.own_recipients(parties);
        for (address, person) in &side.people {
            if !own.contains(address.as_str()) && !parties.is_untold(address) {
                self.stranger(address, person);
            }
        }
        let nobody = Person::default();
        for address in own {
            let person = side.people.get(address).unwrap_or(&nobody);
            self.at_most_once(address, person);
            self.taken(address, person);
            self.one_outcome(address, person);
        }
    }

    /// The recipients of this provider: those that the envelopes were for, where the lines tell;
    /// else the certified ones of its domains; else those of whom it says anything. Whom the
    /// sender's provider took for an external one, because its directory was old, an envelope may
    /// be for all the same.
    fn own_recipients<'p>(&self, parties: &'p Parties) -> BTreeSet<&'p str> {
        let Side { expected, people, .. } = self.side;
        if !expected.is_empty() {
            let listed = parties.recipients.iter().map(|(address, _)| address.as_str());
            return listed.filter(|address| expected.contains(*address)).collect();
        }
        let mut own = parties.certified();
        own.retain(|address| {
            if self.window.domains.is_empty() {
                people.contains_key(*address)
            } else {
                self.window.is_own(address)
            }
        });
        own
    }

    /// Invariant 3.
    fn taken(&mut self, address: &str, person: &Person) {
        if person.taken.is_empty() {
            let due = self.due(TimeDelta::zero());
            let kind = BreachKind::TakeInChargeMissing;
            let lines = [&self.side.envelopes];
            self.missing(Invariant::OneTakeInCharge, kind, Some(address), due, &lines);
        }
    }

    /// Invariant 4: on this side a virus detection is an outcome, too.
    fn one_outcome(&mut self, address: &str, person: &Person) {
        let Person { taken, delivered, failed, failed_for_virus, detected, .. } = person;
        let to = Some(address);
        let others = [delivered, failed, failed_for_virus];
        let is_told = others.iter().any(|tally| !tally.is_empty());
        if is_told && !detected.is_empty() {
            let all = [delivered, failed, failed_for_virus, detected];
            self.contradiction(Invariant::OneOutcome, BreachKind::Conflict, address, &all);
        }
        if !taken.is_empty() && !is_told && detected.is_empty() {
            let due = self.due(self.window.settling);
            self.missing(Invariant::OneOutcome, BreachKind::OutcomeMissing, to, due, &[taken]);
        }
    }
}
