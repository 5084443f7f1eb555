//! The shell of a gestore: the one loop that every embedding program has. Load, plan, commit, and
//! only then answer and act; what was done is reported, and a report is an input like any other.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{Address, Kind, PecMsgid};
use pec_gestore::{
    Action, Effect, EffectId, Input, Key, MailboxFailure, MailboxState, Mailboxes, MessageFacts,
    MessageRef, Outcome, Report, Role, Route, Sealer, SealingError, SmtpEnvelope, Snapshot, State,
    Submission, Unsigned, plan,
};
use pec_smime::sign::SoftwareSigner;

use super::network::{Origin, Verdict};
use super::store::{Octets, Transaction};
use super::user::{Correspondents, Letter};
use super::world::{Event, World};
use super::{Fault, node, user};

impl World {
    /// Plans an input and makes it durable. `None`: the gestore crashed, before or after that.
    pub(super) fn decide(&mut self, node: usize, input: &Input) -> Option<Transaction> {
        if self.crash_point(node) {
            return None;
        }
        let now = self.nodes[node].time(self.clock.now());
        let key = input.key(self.nodes[node].provider.name.as_str());
        let transaction = loop {
            let before = self.nodes[node].store.load(&key);
            let random = self.nodes[node].randomness();
            let own = &mut self.nodes[node];
            let planned = plan(before.as_ref(), input, &own.context(now, random));
            let is_raced = before.is_some() && !planned.is_empty();
            if is_raced && self.faults.happens(Fault::StalePlan, &mut self.random) {
                self.race(node, before.as_ref(), input, now);
            }
            match self.nodes[node].store.commit(&planned) {
                Ok(transaction) => break transaction,
                Err(_) if before.is_none() && self.nodes[node].store.load(&key).is_none() => {
                    let what = format!("{key}: no state, and yet the plan is stale");
                    self.breach("a plan made from the current state is not stale", what);
                    return None;
                }
                Err(_) => {}
            }
        };
        self.committed(node, input, &transaction, now);
        self.check_repeat(node, input, &transaction, now);
        if self.crash_point(node) {
            return None;
        }
        Some(transaction)
    }

    /// Another machine of the same gestore gets the same, and is faster.
    fn race(&mut self, node: usize, before: Option<&Snapshot>, input: &Input, now: DateTime<Utc>) {
        let own = &mut self.nodes[node];
        let mut input = input.clone();
        if let Input::Arrival(arrival) = &mut input {
            arrival.id = own.fresh_id(now);
        }
        let random = own.randomness();
        let planned = plan(before, &input, &own.context(now, random));
        if let Ok(transaction) = own.store.commit(&planned) {
            self.ledger.count("stale plans");
            self.committed(node, &input, &transaction, now);
        }
    }

    /// Looks at what was committed, and plans what follows.
    fn committed(&mut self, node: usize, input: &Input, done: &Transaction, now: DateTime<Utc>) {
        self.ledger.count("plans");
        self.check_restore(node, &done.key, done.state.as_ref());
        self.observe(node, input, done, now);
        let epoch = self.nodes[node].epoch;
        if done.state.is_some() && done.based_on.is_none() {
            let key = done.key.clone();
            self.old_keys.push_back((self.clock.now(), node, key));
        }
        for effect in &done.effects {
            let effect = effect.id.clone();
            let soon = self.random.between(TimeDelta::zero(), TimeDelta::seconds(3));
            self.clock.after(soon, Event::Run { node, epoch, effect });
        }
        self.set_timer(node, &done.key);
    }

    fn set_timer(&mut self, node: usize, key: &Key) {
        let Some(deadline) = self.nodes[node].store.deadline(key) else { return };
        let epoch = self.nodes[node].epoch;
        let is_late = self.faults.happens(Fault::LateTimer, &mut self.random);
        let late = if is_late { self.random.between(TimeDelta::zero(), LATE) } else { PROMPT };
        let at = deadline - self.nodes[node].offset + late;
        self.clock.at(at, Event::Wake { node, epoch, key: key.clone() });
    }

    /// What was planned and committed is planned once: given again, it changes nothing. An arrival
    /// that is no state's business may ask again for the effects that it has asked for.
    fn check_repeat(&mut self, node: usize, input: &Input, done: &Transaction, now: DateTime<Utc>) {
        let key = &done.key;
        let is_fresh = matches!(input, Input::Submission(_)) || key.role == Role::Other;
        if is_fresh && input.is_transaction() {
            return; // The identifier is this transaction's own: the shell never repeats it.
        }
        let random = self.nodes[node].randomness();
        let own = &mut self.nodes[node];
        let Some(snapshot) = own.store.load(key) else { return };
        let again = plan(Some(&snapshot), input, &own.context(now, random));
        let is_known = |effect: &Effect| done.effects.iter().any(|known| known.id == effect.id);
        // To forget an effect again is no change: the outbox does not know it any more. What is
        // refused is logged at every try.
        let is_refused = again.reply().is_some_and(|reply| reply.code >= 400);
        let is_same = again.changes().is_empty()
            && again.deposits().is_empty()
            && again.effects().iter().all(is_known)
            && (again.log().is_empty() || is_refused || !again.effects().is_empty());
        if !is_same {
            let changes = again.changes();
            let what = format!("{key}: {changes:?}, {:?} after {input:?}", again.effects());
            self.breach("what is repeated changes nothing", what);
        }
    }

    fn check_restore(&mut self, node: usize, key: &Key, live: Option<&State>) {
        let changes = self.nodes[node].store.changes(key);
        let Some(live) = live else {
            if !changes.is_empty() {
                self.breach("restore equals live", format!("{key}: changes without a state"));
            }
            return;
        };
        match State::restore(&changes) {
            Ok(restored) if restored == *live => {}
            other => {
                let what = format!("{key}: {other:?} instead of {live:?}");
                self.breach("restore equals live", what);
            }
        }
    }

    /// A user hands in a message, and tries again until it gets an answer.
    pub(super) fn submit(&mut self, node: usize, letter: Box<Letter>, attempt: u32) {
        let again = |world: &mut Self, letter, minutes| {
            let delay = TimeDelta::minutes(minutes) * (attempt.min(20).cast_signed() + 1);
            world.clock.after(delay, Event::Submit { node, letter, attempt: attempt + 1 });
        };
        if !self.nodes[node].is_up {
            return again(self, letter, 5);
        }
        let now = self.nodes[node].time(self.clock.now());
        let id = self.nodes[node].fresh_id(now);
        let scan = self.scan(node, &letter.octets);
        let message = self.keep(node, &letter.octets);
        let input = Input::Submission(Submission {
            id: id.clone(),
            account: letter.account.clone(),
            envelope: letter.envelope.clone(),
            message,
            facts: MessageFacts::of(&letter.octets),
            scan: scan.clone(),
        });
        let is_active = self.nodes[node]
            .boxes
            .facts(&letter.account)
            .is_some_and(|facts| facts.state == MailboxState::Active);
        let Some(done) = self.decide(node, &input) else { return again(self, letter, 2) };
        self.judge_submission(node, &letter, &scan, is_active, &done);
        match done.reply.as_ref().map(|reply| reply.code) {
            Some(400..=499) => again(self, letter, 30),
            Some(_) => {
                // The reply may be lost; then the client sends the message again.
                if self.faults.happens(Fault::LoseReply, &mut self.random) {
                    again(self, letter, 3);
                }
            }
            None => self.breach("a transaction is answered", format!("submission {id}")),
        }
    }

    /// What the scanner of a gestore says. It misses the same viruses every time.
    pub(super) fn scan(&self, node: usize, octets: &[u8]) -> pec_gestore::Scan {
        let rate = self.faults.rate(Fault::ScannerMisses);
        let seed = self.options.seed;
        self.nodes[node].scan(octets, |virus| {
            let known = virus.bytes().fold(seed ^ node as u64, |sum, octet| {
                sum.wrapping_mul(31).wrapping_add(u64::from(octet))
            });
            super::Random::new(known).chance(rate)
        })
    }

    /// Keeps a message that came from outside.
    pub(super) fn keep(&mut self, node: usize, octets: &Octets) -> pec_gestore::BodyRef {
        let body = self.nodes[node].store.put_body(octets.clone());
        self.old_bodies.push_back((self.clock.now(), node, body));
        body
    }

    /// A deadline is reached, or the timer rang early since another took its place.
    pub(super) fn wake(&mut self, node: usize, key: &Key) {
        let own = &self.nodes[node];
        let now = own.time(self.clock.now());
        let Some(deadline) = own.store.deadline(key) else { return };
        if deadline > now {
            return self.set_timer(node, key);
        }
        if self.decide(node, &Input::Deadline(key.clone())).is_none() {
            return;
        }
        if self.nodes[node].store.deadline(key).is_some_and(|deadline| deadline <= now) {
            self.breach("a deadline that is reached goes", format!("{key}: {deadline}"));
        }
    }

    /// A gestore starts again: it does what its outbox holds, and sets its timers.
    pub(super) fn restart(&mut self, node: usize) {
        self.nodes[node].is_up = true;
        self.nodes[node].started = self.clock.now();
        let epoch = self.nodes[node].epoch;
        for (_, effect) in self.nodes[node].store.outbox() {
            let soon = self.random.between(TimeDelta::zero(), TimeDelta::seconds(30));
            self.clock.after(soon, Event::Run { node, epoch, effect: effect.id });
        }
        for (_, key) in self.nodes[node].store.deadlines() {
            self.set_timer(node, &key);
        }
    }

    /// Does one effect, and reports it.
    pub(super) fn run_effect(&mut self, node: usize, effect: &EffectId) {
        let Some((key, Effect { action, .. })) = self.nodes[node].store.wanted(effect) else {
            return; // Done or withdrawn meanwhile.
        };
        let outcome = match action {
            Action::Seal(unsigned) => self.seal(node, effect, &unsigned),
            Action::Relay { message, envelope, route, until } => {
                self.relay(node, effect, &message, &envelope, &route, until)
            }
            Action::Deposit { mailbox, message } => {
                let length = self.octets(node, &message).map(|octets| octets.len());
                length.map(|length| self.look(node, &mailbox, length))
            }
            Action::Alarm(alarm) => {
                self.ledger.alarm(&alarm);
                Some(Outcome::Done)
            }
            _ => Some(Outcome::Done),
        };
        let Some(outcome) = outcome else { return self.later(node, effect, TimeDelta::minutes(5)) };
        if matches!(outcome, Outcome::Relayed(ref results) if results.is_empty()) {
            return; // Under way: the answer will come.
        }
        self.report(node, &key, effect, outcome);
    }

    /// Reports what became of an effect.
    pub(super) fn report(&mut self, node: usize, key: &Key, effect: &EffectId, outcome: Outcome) {
        if self.crash_point(node) {
            return; // Between effect and report.
        }
        let is_relay = matches!(outcome, Outcome::Relayed(_));
        let report = Report { key: key.clone(), effect: effect.clone(), outcome };
        let done = self.decide(node, &Input::Report(report));
        if done.is_some() && !is_relay && self.nodes[node].store.wanted(effect).is_some() {
            self.breach("an effect that is done is forgotten", effect.to_string());
        }
    }

    pub(super) fn later(&mut self, node: usize, effect: &EffectId, delay: TimeDelta) {
        let epoch = self.nodes[node].epoch;
        self.clock.after(delay, Event::Run { node, epoch, effect: effect.clone() });
    }

    /// Signs, and keeps the octets.
    fn seal(&mut self, node: usize, effect: &EffectId, unsigned: &Unsigned) -> Option<Outcome> {
        let signer = self.signer_of(self.nodes[node].listed);
        let own = &self.nodes[node];
        let system = &own.provider.system;
        let sealer = Sealer { system, signer: &*signer, crypto: &self.crypto };
        let body = unsigned.body().map(|body| own.store.body(body));
        if matches!(body, Some(None)) {
            self.breach("a body that is needed is there", effect.to_string());
            return None;
        }
        match unsigned.seal(body.flatten().as_deref(), &sealer) {
            Ok(sealed) => {
                self.ledger.count("messages signed");
                let octets: Octets = sealed.octets.into();
                let before = self.nodes[node].store.sealed(effect);
                let kept = self.nodes[node].store.seal(effect, octets);
                if before.is_some_and(|before| before != kept) {
                    self.breach("a message is sealed once", effect.to_string());
                }
                Some(Outcome::Sealed(kept))
            }
            Err(SealingError::Seal(_)) => {
                // The certificate has expired: another one will come.
                self.ledger.count("signatures put off");
                None
            }
            Err(error) => {
                self.breach("what is planned can be signed", format!("{effect}: {error}"));
                None
            }
        }
    }

    /// The signer with the certificate that a provider uses now.
    pub(super) fn signer_of(&mut self, listed: usize) -> Arc<SoftwareSigner> {
        let identity = self.authority.identity_of(listed, self.clock.now());
        let make = || Arc::new(identity.signer(&self.crypto));
        let der = identity.certificate().der().to_vec();
        Arc::clone(self.signers.entry(der).or_insert_with(make))
    }

    /// Looks whether a mailbox can take a message.
    fn look(&self, node: usize, mailbox: &Address, length: usize) -> Outcome {
        use MailboxFailure::{Full, Suspended, Unknown};
        let Some(facts) = self.nodes[node].boxes.facts(mailbox) else {
            return Outcome::NotDepositable(Unknown);
        };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        if facts.state == MailboxState::Suspended {
            Outcome::NotDepositable(Suspended)
        } else if facts.quota_left.is_some_and(|left| left < length) {
            Outcome::NotDepositable(Full)
        } else {
            Outcome::Depositable
        }
    }

    /// The octets of a message, if they are there yet.
    pub(super) fn octets(&self, node: usize, message: &MessageRef) -> Option<Octets> {
        let store = &self.nodes[node].store;
        let body = match message {
            MessageRef::Body(body) => *body,
            MessageRef::Sealed(effect) => store.sealed(effect)?,
        };
        store.body(&body)
    }

    /// Sends a message to those who have not got it. Nobody answered yet: an empty outcome.
    fn relay(
        &mut self,
        node: usize,
        effect: &EffectId,
        message: &MessageRef,
        envelope: &SmtpEnvelope,
        route: &Route,
        until: DateTime<Utc>,
    ) -> Option<Outcome> {
        let octets = self.octets(node, message)?;
        let under_way = &mut self.nodes[node].under_way;
        let open = || envelope.forward_paths.clone();
        let open = under_way.entry(effect.clone()).or_insert_with(open).clone();
        if self.nodes[node].time(self.clock.now()) >= until {
            self.ledger.count("relays expired");
            let expired = open.into_iter().map(|to| (to, pec_gestore::RelayResult::Expired));
            return Some(Outcome::Relayed(expired.collect()));
        }
        let envelope =
            SmtpEnvelope { reverse_path: envelope.reverse_path.clone(), forward_paths: open };
        let domain = match route {
            Route::Provider(domain) | Route::Ordinary(domain) => domain.clone(),
        };
        let from = Origin::Node { node, epoch: self.nodes[node].epoch, effect: effect.clone() };
        let about = self.envelope_of(node, message);
        self.send(from, envelope, &domain, octets, about);
        Some(Outcome::Relayed(Vec::new()))
    }

    /// The transmission, if a message is its transport envelope.
    fn envelope_of(&self, node: usize, message: &MessageRef) -> Option<PecMsgid> {
        let MessageRef::Sealed(effect) = message else { return None };
        let made = self.ledger.made.get(&(node, effect.clone()))?;
        let data = made.data.as_ref()?;
        (data.kind() == Kind::TransportEnvelope).then(|| data.pec_msgid.clone())
    }

    /// The replies for a relay are here.
    pub(super) fn answered(
        &mut self,
        node: usize,
        effect: &EffectId,
        results: Vec<(Address, Verdict)>,
    ) {
        let Some((key, wanted)) = self.nodes[node].store.wanted(effect) else { return };
        let settled: Vec<_> = results
            .into_iter()
            .filter_map(|(to, verdict)| Some((to, verdict.settled()?)))
            .collect();
        let open = self.nodes[node].under_way.get_mut(effect);
        let still_open = open.is_some_and(|open| {
            open.retain(|to| settled.iter().all(|(done, _)| done != to));
            !open.is_empty()
        });
        let bounces = settled.clone();
        if !settled.is_empty() {
            self.report(node, &key, effect, Outcome::Relayed(settled));
            self.bounce(node, &wanted.action, &bounces);
        }
        if !self.nodes[node].is_up {
            return;
        }
        if still_open {
            let pause = self.random.between(TimeDelta::minutes(10), TimeDelta::minutes(90));
            self.later(node, effect, pause);
        } else if self.nodes[node].store.wanted(effect).is_some() {
            self.breach("an effect that is done is forgotten", effect.to_string());
        }
    }

    /// What a mail server does when ordinary mail of a user does not go out.
    fn bounce(
        &mut self,
        node: usize,
        action: &Action,
        results: &[(Address, pec_gestore::RelayResult)],
    ) {
        use pec_gestore::RelayResult::{Expired, Refused};
        let Action::Relay { envelope, route: Route::Ordinary(_), .. } = action else { return };
        let Some(sender) = &envelope.reverse_path else { return };
        let failed = results.iter().filter(|(_, result)| matches!(result, Refused(..) | Expired));
        let domain = self.nodes[node].domain().to_owned();
        for (about, _) in failed {
            self.letters += 1;
            let octets = user::bounce(self.letters, about, sender, &domain);
            let envelope = SmtpEnvelope { reverse_path: None, forward_paths: vec![sender.clone()] };
            self.send(Origin::Nobody, envelope, sender.domain(), octets, None);
        }
    }

    /// Draws all messages of all users.
    pub(super) fn plan_letters(&mut self) {
        let mut random = self.random.fork("letters");
        for node in 0..self.nodes.len() {
            for _ in 0..self.options.letters_each(self.nodes.len(), &mut random) {
                let account = format!("{}@", random.pick(&node::USERS));
                let account = super::world::address(&account, self.nodes[node].domain());
                let to = Correspondents {
                    certified: &self.certified,
                    unknown: &self.unknown,
                    ordinary: &self.ordinary,
                };
                self.letters += 1;
                let number = self.letters;
                let letter = Letter::write(number, &account, &to, &self.faults, &mut random);
                let busy = self.end - self.start;
                let at = self.start + random.between(TimeDelta::zero(), busy);
                let letter = Box::new(letter);
                self.clock.at(at, Event::Submit { node, letter, attempt: 0 });
            }
        }
    }

    pub(super) fn breach(&mut self, rule: &'static str, what: String) {
        self.ledger.breach(self.clock.now(), rule, what);
    }
}

/// How late a timer may ring.
pub(super) const LATE: TimeDelta = TimeDelta::minutes(50);
const PROMPT: TimeDelta = TimeDelta::milliseconds(500);
