//! The network: messages are lost, delayed, overtaken, doubled, damaged, refused.

use chrono::TimeDelta;
use pec_daticert::{Address, PecMsgid};
use pec_gestore::{Arrival, EffectId, Input, Judgement, MessageFacts, RelayResult, SmtpEnvelope};
use pec_message::{authenticate, read};
use pec_smime::verify::{Policy, Verifier};

use super::ledger::Certified;
use super::store::Octets;
use super::world::{Event, OUTSIDE, World, address};
use super::{Fault, user};

/// One attempt to hand a message over.
#[derive(Clone, Debug)]
pub(super) struct Dialogue {
    pub(super) from: Origin,
    pub(super) envelope: SmtpEnvelope,
    pub(super) domain: String,
    pub(super) octets: Octets,
    /// The transmission, if the message is the transport envelope of an honest gestore.
    pub(super) about: Option<PecMsgid>,
}

/// Who hands a message over, and waits for the replies.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The relay of a gestore.
    Node { node: usize, epoch: u64, effect: EffectId },
    /// Somebody who does not care.
    Nobody,
}

/// What a host says of one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    NotNow,
    Never(u16),
}

impl Verdict {
    /// What is reported; what was put off is not.
    pub(super) fn settled(self) -> Option<RelayResult> {
        match self {
            Self::Taken => Some(RelayResult::Accepted),
            Self::NotNow => None,
            Self::Never(code) => Some(RelayResult::Refused(code, "5.7.1 no".to_owned())),
        }
    }
}

impl World {
    /// Lets a message travel.
    pub(super) fn send(
        &mut self,
        from: Origin,
        envelope: SmtpEnvelope,
        domain: &str,
        octets: Octets,
        about: Option<PecMsgid>,
    ) {
        let random = &mut self.random;
        let is_late = self.faults.happens(Fault::Delay, random);
        let most = if is_late { TimeDelta::hours(11) } else { TimeDelta::seconds(20) };
        let travel = random.between(TimeDelta::milliseconds(20), most);
        let dialogue = Dialogue { from, envelope, domain: domain.to_owned(), octets, about };
        if self.faults.happens(Fault::Lose, random) {
            return self.nothing_taken(&dialogue, travel);
        }
        if self.faults.happens(Fault::Duplicate, random) {
            let copy = Dialogue { from: Origin::Nobody, ..dialogue.clone() };
            let later = random.between(travel, TimeDelta::hours(3));
            self.clock.after(later, Event::Arrive(Box::new(copy)));
        }
        self.clock.after(travel, Event::Arrive(Box::new(dialogue)));
    }

    fn nothing_taken(&mut self, dialogue: &Dialogue, delay: TimeDelta) {
        let all = dialogue.envelope.forward_paths.iter();
        let results = all.map(|to| (to.clone(), Verdict::NotNow)).collect();
        self.answer(&dialogue.from, results, delay);
    }

    fn answer(&mut self, to: &Origin, results: Vec<(Address, Verdict)>, delay: TimeDelta) {
        if let Origin::Node { node, epoch, effect } = to {
            let (node, epoch, effect) = (*node, *epoch, effect.clone());
            self.clock.after(delay, Event::Answer { node, epoch, effect, results });
        }
    }

    /// A message reaches the host of its domain.
    pub(super) fn arrive(&mut self, mut dialogue: Dialogue) {
        let back = self.random.between(TimeDelta::milliseconds(10), TimeDelta::seconds(10));
        if self.faults.happens(Fault::Corrupt, &mut self.random) {
            dialogue.octets = self.damage(&dialogue.octets);
        }
        let results = match self.node_of(&dialogue.domain) {
            Some(node) => self.arrive_at(node, &dialogue),
            None => self.arrive_outside(&dialogue),
        };
        if self.faults.happens(Fault::LoseReply, &mut self.random) {
            // Whoever sent it waits in vain, and does not know what was taken.
            return self.nothing_taken(&dialogue, TimeDelta::minutes(5));
        }
        self.answer(&dialogue.from, results, back);
    }

    fn damage(&mut self, octets: &[u8]) -> Octets {
        let mut damaged = octets.to_vec();
        if !damaged.is_empty() {
            let place = self.random.below(damaged.len());
            damaged[place] ^= 1 << self.random.below(7);
        }
        damaged.into()
    }

    /// A gestore's front door, then its incoming point.
    fn arrive_at(&mut self, node: usize, dialogue: &Dialogue) -> Vec<(Address, Verdict)> {
        let all = &dialogue.envelope.forward_paths;
        let same = |verdict| all.iter().map(|to| (to.clone(), verdict)).collect();
        let random = &mut self.random;
        if !self.nodes[node].is_up || self.faults.happens(Fault::RefuseForNow, random) {
            return same(Verdict::NotNow);
        }
        let is_refused = self.faults.happens(Fault::RefuseForGood, random);
        let splits = self.faults.happens(Fault::SplitRecipients, random);
        let (now, later): (Vec<Address>, Vec<Address>) =
            all.iter().cloned().partition(|_| !splits || self.random.chance(500));
        if now.is_empty() {
            return same(Verdict::NotNow);
        }
        let verdict = if is_refused {
            self.note_verdict(dialogue, &now, Verdict::Never(550));
            Verdict::Never(550)
        } else {
            match self.hand_in(node, dialogue, now.clone()) {
                Some(verdict) => verdict,
                None => return same(Verdict::NotNow), // It crashed.
            }
        };
        let now = now.into_iter().map(|to| (to, verdict));
        now.chain(later.into_iter().map(|to| (to, Verdict::NotNow))).collect()
    }

    fn hand_in(
        &mut self,
        node: usize,
        dialogue: &Dialogue,
        recipients: Vec<Address>,
    ) -> Option<Verdict> {
        let octets = &dialogue.octets;
        let now = self.nodes[node].time(self.clock.now());
        let judgement = self.judge(node, octets);
        let message = self.keep(node, octets);
        if let Judgement::Certified(mail) = &judgement {
            let signer = self.listed_as(mail.provider());
            let certified = Certified { data: mail.data().clone(), signer };
            self.ledger.arrived.insert((node, message), certified);
        }
        let scan = self.scan(node, octets);
        let envelope = SmtpEnvelope {
            reverse_path: dialogue.envelope.reverse_path.clone(),
            forward_paths: recipients.clone(),
        };
        let input = Input::Arrival(Arrival {
            id: self.nodes[node].fresh_id(now),
            peer: "mx.peer.example [192.0.2.1]".to_owned(),
            over_tls: true,
            envelope,
            message,
            facts: MessageFacts::of(octets),
            judgement,
            scan,
        });
        let done = self.decide(node, &input)?;
        let Some(reply) = done.reply else {
            self.breach("a transaction is answered", format!("{input:?}"));
            return None;
        };
        let verdict = match reply.code {
            200..=299 => Verdict::Taken,
            400..=499 => Verdict::NotNow,
            code => Verdict::Never(code),
        };
        self.note_verdict(dialogue, &recipients, verdict);
        Some(verdict)
    }

    /// What a gestore makes of the signature of a message.
    pub(super) fn judge(&self, node: usize, octets: &[u8]) -> Judgement {
        let own = &self.nodes[node];
        let now = own.time(self.clock.now());
        let verifier = Verifier::new(&own.trust, &self.crypto, Policy::strict());
        let verification = verifier.message(octets, now);
        let origin = pec_message::Origin::directory(&own.directories, &self.crypto);
        Judgement::of(authenticate(&read(octets), &verification, &origin), &self.crypto)
    }

    /// Writes down who took an envelope and who refused it for good.
    fn note_verdict(&mut self, dialogue: &Dialogue, recipients: &[Address], verdict: Verdict) {
        let Some(id) = &dialogue.about else { return };
        for to in recipients {
            match verdict {
                Verdict::Taken => self.ledger.took(id, to),
                Verdict::Never(_) => self.ledger.turned_away(id, to),
                Verdict::NotNow => {}
            }
        }
    }

    /// The place in the directory of a provider's name.
    pub(super) fn listed_as(&self, name: &str) -> Option<usize> {
        self.authority.listed.iter().position(|listed| listed.name == name)
    }

    /// Hosts that are no honest gestori: the hostile one, and the rest of the world.
    fn arrive_outside(&mut self, dialogue: &Dialogue) -> Vec<(Address, Verdict)> {
        let all = &dialogue.envelope.forward_paths;
        let is_hostile =
            self.hostile.as_ref().is_some_and(|hostile| hostile.domain == dialogue.domain);
        if is_hostile {
            return self.hostile_takes(dialogue);
        }
        let verdict = match self.random.below(10) {
            0 => Verdict::Never(550),
            1 => Verdict::NotNow,
            _ => Verdict::Taken,
        };
        all.iter().map(|to| (to.clone(), verdict)).collect()
    }

    /// Ordinary mail comes from outside.
    pub(super) fn stranger(&mut self) {
        self.letters += 1;
        let to = self.random.pick(&self.certified).clone();
        let from = address("mario@", OUTSIDE);
        let is_bounce = self.random.chance(200);
        let octets = if is_bounce {
            user::bounce(self.letters, &from, &to, OUTSIDE)
        } else {
            user::ordinary(self.letters, &from, &to)
        };
        let reverse_path = (!is_bounce).then_some(from);
        let domain = to.domain().to_owned();
        let envelope = SmtpEnvelope { reverse_path, forward_paths: vec![to] };
        self.send(Origin::Nobody, envelope, &domain, octets, None);
    }
}
