//! The six invariants, judged on one side of one transmission.

use chrono::{DateTime, TimeDelta, Utc};

use super::side::{Parties, Person, Side};
use super::tally::{Tally, contradictor, doer, lines};
use super::{Breach, BreachKind, Fault, Invariant, Pending, PendingReason, Window};
use crate::Role;

/// Twelve hours without an answer call for the first notice (RFC 6109 §3.1.6).
const FIRST_NOTICE: TimeDelta = TimeDelta::hours(12);
/// The final notice does not come before (RFC 6109 §3.1.6).
const FINAL_NOTICE: TimeDelta = TimeDelta::hours(22);
/// What a clock may be wrong (norms 75).
const CLOCK: TimeDelta = TimeDelta::minutes(1);

/// One side of one transmission before its judge.
pub(super) struct Case<'c> {
    pub(super) id: &'c str,
    pub(super) role: Role,
    pub(super) side: &'c Side,
    pub(super) window: &'c Window,
    pub(super) breaches: Vec<Breach>,
    pub(super) pending: Vec<Pending>,
}

impl<'c> Case<'c> {
    pub(super) const fn new(id: &'c str, role: Role, side: &'c Side, window: &'c Window) -> Self {
        Self { id, role, side, window, breaches: Vec::new(), pending: Vec::new() }
    }

    /// Judges all that both sides have in common, then each by its own rules.
    pub(super) fn judge(&mut self) {
        self.same_parties();
        if !self.side.overflow.is_empty() {
            let lines = [&self.side.overflow];
            self.breach(Invariant::OneOutcome, BreachKind::TooManyAddresses, None, &lines);
        }
        match self.role {
            Role::Receiver => self.judge_receiver(),
            _ => self.judge_sender(),
        }
        self.breaches.sort_unstable();
        self.pending.sort_unstable();
        self.pending.dedup();
    }

    /// Invariant 1.
    fn same_parties(&mut self) {
        let side = self.side;
        let others: Vec<&Tally> = side.other_parties().map(|variant| &variant.lines).collect();
        if !others.is_empty() {
            self.breach(Invariant::SameParties, BreachKind::OtherParties, None, &others);
        }
    }

    /// Somebody of whom the transmission says nothing.
    pub(super) fn stranger(&mut self, address: &str, person: &Person) {
        let kinds = [
            (Invariant::OneTakeInCharge, vec![&person.taken]),
            (
                Invariant::OneOutcome,
                vec![&person.delivered, &person.failed, &person.failed_for_virus],
            ),
            (Invariant::VirusTold, vec![&person.detected]),
            (Invariant::Notices, vec![&person.first_notice, &person.final_notice]),
        ];
        for (invariant, tallies) in kinds {
            if tallies.iter().any(|tally| !tally.is_empty()) {
                self.breach(invariant, BreachKind::Stranger, Some(address), &tallies);
            }
        }
    }

    /// At most one of each for a recipient, and not two that exclude each other.
    pub(super) fn at_most_once(&mut self, address: &str, person: &Person) {
        use BreachKind as Kind;
        let Person { taken, delivered, failed, failed_for_virus, detected, .. } = person;
        let errors = failed.count().saturating_add(failed_for_virus.count());
        let is_conflict = !delivered.is_empty() && errors > 0;
        let (three, four) = (Invariant::OneTakeInCharge, Invariant::OneOutcome);
        for (is_broken, invariant, kind, tallies) in [
            (taken.is_repeated(), three, Kind::TakeInChargeRepeated, vec![taken]),
            (delivered.is_repeated(), four, Kind::DeliveryRepeated, vec![delivered]),
            (errors > 1, four, Kind::ErrorRepeated, vec![failed, failed_for_virus]),
            (is_conflict, four, Kind::Conflict, vec![delivered, failed, failed_for_virus]),
            (detected.is_repeated(), Invariant::VirusTold, Kind::DetectionRepeated, vec![detected]),
        ] {
            if is_broken {
                self.contradiction(invariant, kind, address, &tallies);
            }
        }
    }

    pub(super) fn contradiction(
        &mut self,
        invariant: Invariant,
        kind: BreachKind,
        address: &str,
        tallies: &[&Tally],
    ) {
        let lines = lines(tallies.iter().copied());
        self.breach_by(invariant, kind, Some(address), lines, contradictor(tallies));
    }

    /// Something is missing that should have been there at `due`: a breach if the log was there
    /// from the beginning and is there at that time, else it is not known.
    pub(super) fn missing(
        &mut self,
        invariant: Invariant,
        kind: BreachKind,
        address: Option<&str>,
        due: Option<DateTime<Utc>>,
        tallies: &[&Tally],
    ) {
        let reason = if self.began_before() {
            PendingReason::BeganBefore
        } else if due.is_none_or(|due| self.window.end.is_none_or(|end| end < due)) {
            PendingReason::StillOpen
        } else {
            let fault = match kind {
                // Without any word of our own there was no message of ours.
                BreachKind::AcceptanceMissing
                | BreachKind::EnvelopeMissing
                | BreachKind::DetectionMissing => doer(tallies),
                BreachKind::TakeInChargeMissing if self.role == Role::Sender => Fault::Other,
                _ => Fault::Own,
            };
            let lines = lines(tallies.iter().copied());
            return self.breach_by(invariant, kind, address, lines, fault);
        };
        self.pending.push(Pending {
            id: self.id.to_owned(),
            role: self.role,
            kind,
            address: address.map(str::to_owned),
            reason,
        });
    }

    /// Something should not be there.
    pub(super) fn breach(
        &mut self,
        invariant: Invariant,
        kind: BreachKind,
        address: Option<&str>,
        tallies: &[&Tally],
    ) {
        let lines = lines(tallies.iter().copied());
        self.breach_by(invariant, kind, address, lines, doer(tallies));
    }

    fn breach_by(
        &mut self,
        invariant: Invariant,
        kind: BreachKind,
        address: Option<&str>,
        lines: Vec<u64>,
        fault: Fault,
    ) {
        self.breaches.push(Breach {
            id: self.id.to_owned(),
            role: self.role,
            invariant,
            kind,
            address: address.map(str::to_owned),
            lines,
            fault,
        });
    }

    /// Whether the log may have begun after the transmission did: its first lines are missing.
    fn began_before(&self) -> bool {
        let side = self.side;
        let is_whole = !side.envelopes.is_empty()
            && (self.role != Role::Sender || !side.accepted.is_empty())
            || !side.refused.is_empty();
        let Some(begin) = self.window.begin else { return false };
        // With the envelope there, its acceptance is missing only at the very edge.
        let reach = if side.envelopes.is_empty() && side.accepted.is_empty() {
            self.window.lateness
        } else {
            self.window.grace
        };
        let first = side.lines.first_time().and_then(|first| first.checked_sub_signed(reach));
        !is_whole && first.is_none_or(|first| first < begin)
    }

    pub(super) fn due(&self, after: TimeDelta) -> Option<DateTime<Utc>> {
        self.side.began()?.checked_add_signed(after)?.checked_add_signed(self.window.grace)
    }

    pub(super) fn parties(&self) -> Option<&'c Parties> {
        self.side.parties().map(|variant| &variant.parties)
    }

    fn judge_sender(&mut self) {
        let side = self.side;
        self.one_acceptance();
        // Of what was never sent, refused or made up by others, no receipt is owed.
        let is_unsent = side.accepted.is_empty() && side.envelopes.is_empty();
        if is_unsent && (!side.refused.is_empty() || !self.began_before()) {
            return;
        }
        let Some(parties) = self.parties() else { return };
        let certified = parties.certified();
        for (address, person) in &side.people {
            // A line may not tell whether a recipient is certified: then nothing is said of it.
            if !certified.contains(address.as_str()) && !parties.is_untold(address) {
                self.stranger(address, person);
            }
        }
        let nobody = Person::default();
        for address in certified {
            let person = side.people.get(address).unwrap_or(&nobody);
            self.at_most_once(address, person);
            self.answered(address, person);
            self.virus_told(address, person);
            self.notices(address, person);
        }
    }

    /// Invariant 2, of what was sent.
    fn one_acceptance(&mut self) {
        use BreachKind as Kind;
        let Side { accepted, refused, envelopes, lines, usurped, .. } = self.side;
        let two = Invariant::OneAcceptance;
        if !usurped.is_empty() {
            self.breach(two, Kind::Usurped, None, &[usurped]);
        }
        for (tally, kind) in [
            (accepted, Kind::AcceptanceRepeated),
            (envelopes, Kind::EnvelopeRepeated),
            (refused, Kind::RefusalRepeated),
        ] {
            if tally.is_repeated() {
                self.breach(two, kind, None, &[tally]);
            }
        }
        if !refused.is_empty() {
            if !accepted.is_empty() || !envelopes.is_empty() {
                let all = [refused, accepted, envelopes];
                self.breach(two, Kind::RefusedAndAccepted, None, &all);
            }
            return;
        }
        let due = self.due(TimeDelta::zero());
        if accepted.is_empty() {
            self.missing(two, Kind::AcceptanceMissing, None, due, &[lines]);
        }
        if envelopes.is_empty() {
            self.missing(two, Kind::EnvelopeMissing, None, due, &[lines]);
        }
    }

    /// Invariant 3: what other providers say of the message, they say after they took it. An
    /// error that the sender's own provider tells needs no such receipt.
    fn answered(&mut self, address: &str, person: &Person) {
        let Person { taken, delivered, failed, detected, .. } = person;
        let is_answered =
            [delivered, failed].iter().any(|tally| tally.is_by_other()) || !detected.is_empty();
        if taken.is_empty() && is_answered {
            let due = self.due(self.window.settling);
            let kind = BreachKind::TakeInChargeMissing;
            let lines = [delivered, failed, detected];
            self.missing(Invariant::OneTakeInCharge, kind, Some(address), due, &lines);
        }
    }

    /// Invariant 5.
    fn virus_told(&mut self, address: &str, person: &Person) {
        let Person { failed_for_virus, detected, .. } = person;
        let (five, to) = (Invariant::VirusTold, Some(address));
        match (detected.count(), failed_for_virus.count()) {
            (0, 0) => {}
            (0, _) => {
                let due = self.due(TimeDelta::zero());
                self.missing(five, BreachKind::DetectionMissing, to, due, &[failed_for_virus]);
            }
            (_, 0) => {
                let grace = self.window.grace;
                let due = detected.first_time().and_then(|time| time.checked_add_signed(grace));
                self.missing(five, BreachKind::VirusErrorMissing, to, due, &[detected]);
            }
            (found, told) if told > found => {
                let lines = [failed_for_virus, detected];
                self.breach(five, BreachKind::VirusErrorRepeated, to, &lines);
            }
            _ => {}
        }
    }

    /// Invariant 6, with the times of RFC 6109 §3.1.6.
    fn notices(&mut self, address: &str, person: &Person) {
        let Person { delivered, failed, failed_for_virus, first_notice, final_notice, .. } = person;
        let (six, to) = (Invariant::Notices, Some(address));
        let lines = [&self.side.accepted, &self.side.envelopes];
        for (tally, after) in [(first_notice, FIRST_NOTICE), (final_notice, FINAL_NOTICE)] {
            if tally.is_repeated() {
                self.breach(six, BreachKind::NoticeRepeated, to, &[tally]);
            }
            let earliest =
                self.side.accepted.first_time().and_then(|accepted| {
                    accepted.checked_add_signed(after)?.checked_sub_signed(CLOCK)
                });
            if let (Some(earliest), Some(time)) = (earliest, tally.first_time())
                && time < earliest
            {
                self.breach(six, BreachKind::NoticeEarly, to, &[tally]);
            }
        }
        let has_outcome =
            [delivered, failed, failed_for_virus].iter().any(|tally| !tally.is_empty());
        if !has_outcome && final_notice.is_empty() {
            let due = self.due(self.window.settling);
            self.missing(six, BreachKind::FinalNoticeMissing, to, due, &lines);
        }
        let due = self.due(FIRST_NOTICE);
        let is_silent = match (person.first_answer(), due) {
            (Some(answer), Some(due)) => answer > due,
            // Without its time, an answer is one in time.
            (Some(_), None) => false,
            (None, _) => person.answers().into_iter().all(Tally::is_empty),
        };
        if is_silent && first_notice.is_empty() {
            self.missing(six, BreachKind::FirstNoticeMissing, to, due, &lines);
        }
    }
}
