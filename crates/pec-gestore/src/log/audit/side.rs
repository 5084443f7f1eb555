//! What a log says of one side of one transmission.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use pec_daticert::RecipientType;

use super::tally::{Tally, Witness};
use super::{Fault, MAX_ADDRESSES, MAX_VARIANTS};
use crate::Role;
use crate::log::LogEvent;
use crate::log::text::Entry;

/// What a log says of one side of one transmission: its room is bounded by the recipients.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// Every line.
    pub(super) lines: Tally,
    /// What the lines say of sender and recipients: one, in a good log.
    variants: Vec<Variant>,
    pub(super) accepted: Tally,
    pub(super) refused: Tally,
    pub(super) envelopes: Tally,
    /// The recipients that received envelopes were for, where lines tell.
    pub(super) expected: BTreeSet<String>,
    /// What happened to whom, by address in lower case.
    pub(super) people: BTreeMap<String, Person>,
    /// What others said that only the sender's provider can say: it counts for nothing.
    pub(super) usurped: Tally,
    /// Lines about more people than are counted.
    pub(super) overflow: Tally,
}

/// Sender and recipients, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) sender: String,
    /// In the order of addresses.
    pub(super) recipients: Vec<(String, Option<RecipientType>)>,
}

/// One version of the parties, with the lines that have it.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) parties: Parties,
    pub(super) lines: Tally,
    has_envelope: bool,
}

/// What happened to one recipient.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) taken: Tally,
    pub(super) delivered: Tally,
    /// Errors but those for a virus.
    pub(super) failed: Tally,
    pub(super) failed_for_virus: Tally,
    pub(super) detected: Tally,
    pub(super) first_notice: Tally,
    pub(super) final_notice: Tally,
}

impl Side {
    pub(super) fn add(&mut self, entry: &Entry, event: LogEvent) {
        let witness = witness(entry, event);
        self.lines.add(Witness { message: None, ..witness.clone() });
        // Another provider cannot accept, send or give up a message in the place of its sender's.
        let is_usurped = witness.fault == Fault::Other && is_senders(event, entry.role);
        let is_envelope = event == LogEvent::BustaTrasporto && !is_usurped;
        self.add_parties(entry, is_envelope, &witness);
        match event {
            _ if is_usurped => self.usurped.add(witness),
            LogEvent::Accettazione => self.accepted.add(witness),
            LogEvent::NonAccettazione | LogEvent::NonAccettazioneVirus => self.refused.add(witness),
            LogEvent::BustaTrasporto => {
                self.envelopes.add(witness);
                for address in entry.received_for.iter().take(MAX_ADDRESSES) {
                    self.expected.insert(lower(address));
                }
            }
            LogEvent::PresaInCarico => {
                self.tell(&entry.received_for, &witness, |person| &mut person.taken);
            }
            LogEvent::Consegna => self.tell_recipient(entry, &witness, |p| &mut p.delivered),
            LogEvent::MancataConsegna => self.tell_recipient(entry, &witness, |p| &mut p.failed),
            LogEvent::MancataConsegnaVirus => {
                self.tell_recipient(entry, &witness, |p| &mut p.failed_for_virus);
            }
            LogEvent::RilevazioneVirus => {
                self.tell_recipient(entry, &witness, |p| &mut p.detected);
            }
            LogEvent::MancataConsegna12h => {
                self.tell_recipient(entry, &witness, |p| &mut p.first_notice);
            }
            LogEvent::MancataConsegna24h => {
                self.tell_recipient(entry, &witness, |p| &mut p.final_notice);
            }
            // The invariants do not speak of the others.
            _ => {}
        }
    }

    /// The parties that count: those of the envelope, else of the first line.
    pub(super) fn parties(&self) -> Option<&Variant> {
        let first = |variant: &&Variant| {
            let line = variant.lines.witnesses().next().map(|witness| witness.line);
            (!variant.has_envelope, line)
        };
        self.variants.iter().min_by_key(first)
    }

    /// The versions of the parties that differ from those.
    pub(super) fn other_parties(&self) -> impl Iterator<Item = &Variant> {
        let parties = self.parties().map(|variant| &variant.parties);
        self.variants.iter().filter(move |variant| Some(&variant.parties) != parties)
    }

    /// When the transmission began on this side, as far as the lines tell.
    pub(super) fn began(&self) -> Option<DateTime<Utc>> {
        let accepted = self.accepted.first_time();
        accepted.or_else(|| self.envelopes.first_time()).or_else(|| self.lines.first_time())
    }

    fn add_parties(&mut self, entry: &Entry, is_envelope: bool, witness: &Witness) {
        let parties = Parties::of(entry);
        let witness = Witness { message: None, ..witness.clone() };
        if let Some(known) = self.variants.iter_mut().find(|known| known.parties == parties) {
            known.lines.add(witness);
            known.has_envelope |= is_envelope;
        } else if self.variants.len() < MAX_VARIANTS {
            let mut lines = Tally::default();
            lines.add(witness);
            self.variants.push(Variant { parties, lines, has_envelope: is_envelope });
        }
    }

    /// `consegna`; older software has `ricezione` in virus detections (norms §2.2).
    fn tell_recipient(
        &mut self,
        entry: &Entry,
        witness: &Witness,
        tally: impl Fn(&mut Person) -> &mut Tally,
    ) {
        let addresses = match entry.delivered_to.as_slice() {
            [] => &entry.received_for,
            _ => &entry.delivered_to,
        };
        self.tell(addresses, witness, tally);
    }

    fn tell(
        &mut self,
        addresses: &[String],
        witness: &Witness,
        tally: impl Fn(&mut Person) -> &mut Tally,
    ) {
        for address in addresses {
            let address = lower(address);
            if self.people.len() < MAX_ADDRESSES || self.people.contains_key(&address) {
                tally(self.people.entry(address).or_default()).add(witness.clone());
            } else {
                self.overflow.add(Witness { message: None, ..witness.clone() });
            }
        }
    }
}

impl Parties {
    fn of(entry: &Entry) -> Self {
        let recipients = entry.recipients.iter();
        let mut recipients: Vec<_> = recipients
            .map(|recipient| (lower(&recipient.address), recipient.recipient_type))
            .collect();
        recipients.sort_unstable();
        Self { sender: lower(entry.sender.as_deref().unwrap_or_default()), recipients }
    }

    /// Whether the list has this address without saying whether its domain is certified.
    pub(super) fn is_untold(&self, address: &str) -> bool {
        let place = self.recipients.binary_search_by(|(known, _)| known.as_str().cmp(address));
        let found = place.ok().and_then(|place| self.recipients.get(place));
        found.is_some_and(|(_, recipient_type)| recipient_type.is_none())
    }

    /// The certified recipients, each once.
    pub(super) fn certified(&self) -> BTreeSet<&str> {
        let certified = |(_, kind): &&(String, _)| *kind == Some(RecipientType::Certified);
        self.recipients.iter().filter(certified).map(|(address, _)| address.as_str()).collect()
    }
}

impl Person {
    /// Everything that was told of somebody but notices.
    pub(super) fn answers(&self) -> [&Tally; 5] {
        [&self.taken, &self.delivered, &self.failed, &self.failed_for_virus, &self.detected]
    }

    pub(super) fn first_answer(&self) -> Option<DateTime<Utc>> {
        self.answers().into_iter().filter_map(Tally::first_time).min()
    }
}

/// Whether only the sender's provider says this of a message that it sent.
fn is_senders(event: LogEvent, role: Option<Role>) -> bool {
    role == Some(Role::Sender)
        && matches!(
            event,
            LogEvent::Accettazione
                | LogEvent::NonAccettazione
                | LogEvent::NonAccettazioneVirus
                | LogEvent::BustaTrasporto
                | LogEvent::MancataConsegna12h
                | LogEvent::MancataConsegna24h
        )
}

/// ASCII letters compare without regard to case, as PEC providers do (norms §2.2).
pub(super) fn lower(address: &str) -> String {
    address.to_ascii_lowercase()
}

fn witness(entry: &Entry, event: LogEvent) -> Witness {
    // Lines of others do not tell the direction: what comes from the recipients' providers is
    // what only they make for a message of ours.
    let is_theirs = |event| {
        matches!(
            event,
            LogEvent::PresaInCarico
                | LogEvent::Consegna
                | LogEvent::MancataConsegna
                | LogEvent::RilevazioneVirus
        )
    };
    let is_received = entry.is_received.unwrap_or(entry.role.is_none() && is_theirs(event));
    let is_repeatable = entry.is_received == Some(true) && entry.role != Some(Role::Other);
    let message = entry.message_ids.first().filter(|_| is_repeatable).map(|id| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish()
    });
    let fault = if is_received { Fault::Other } else { Fault::Own };
    Witness { line: entry.line, time: entry.time, fault, message }
}
