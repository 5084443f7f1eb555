//! Running effects: what they ask for, done in memory, and the report.

use pec_daticert::Address;

use super::Network;
use crate::{
    Action, Arrival, Effect, Input, Key, MailboxFacts, MailboxFailure, MailboxState, MessageFacts,
    MessageRef, Outcome, RelayResult, Reply, Report, Route, SmtpEnvelope,
};

impl Network {
    /// Plans an input at one gestore and stores the plan.
    pub fn handle(&mut self, node: usize, input: &Input) -> Option<Reply> {
        let now = self.now;
        let directory = self.directory().clone();
        self.node(node).handle(input, now, &directory)
    }

    /// Runs effects, and those that follow from them, until only relays to unreachable domains
    /// are left.
    pub fn run(&mut self) {
        while let Some((node, key, effect)) = self.next() {
            let Some(outcome) = self.perform(node, &effect) else { continue };
            let report = Report { key, effect: effect.id, outcome };
            self.handle(node, &Input::Report(report));
        }
    }

    /// Takes the next effect that can be run from an outbox.
    fn next(&mut self) -> Option<(usize, Key, Effect)> {
        let unreachable = &self.unreachable;
        let is_ready = |effect: &Effect| match &effect.action {
            Action::Relay { route, .. } => !unreachable.iter().any(|one| one == route.domain()),
            _ => true,
        };
        self.nodes.iter_mut().enumerate().find_map(|(number, node)| {
            let outbox = &mut node.stored.outbox;
            let place = outbox.iter().position(|(_, effect)| is_ready(effect))?;
            outbox.remove(place).map(|(key, effect)| (number, key, effect))
        })
    }

    /// Does what an effect asks for; `None` where it was put off and waits again.
    fn perform(&mut self, node: usize, effect: &Effect) -> Option<Outcome> {
        let crypto = self.crypto.clone();
        Some(match &effect.action {
            Action::Seal(unsigned) => {
                Outcome::Sealed(self.node(node).seal(&effect.id, unsigned, &crypto))
            }
            Action::Relay { message, envelope, route, .. } => {
                self.relay(node, message, envelope, route)
            }
            Action::Deposit { mailbox, message } => self.deposit(node, mailbox, message),
            Action::Quarantine { message, until } => {
                self.node(node).stored.quarantine.push((*message, *until));
                Outcome::Done
            }
            Action::Withdraw(withdrawn) => {
                self.node(node).stored.outbox.retain(|(_, effect)| effect.id != *withdrawn);
                Outcome::Done
            }
            Action::Alarm(alarm) => {
                self.node(node).stored.alarms.push(alarm.clone());
                Outcome::Done
            }
        })
    }

    fn relay(
        &mut self,
        node: usize,
        message: &MessageRef,
        envelope: &SmtpEnvelope,
        route: &Route,
    ) -> Outcome {
        let octets = self.node(node).octets(message).expect("sealed before").to_vec();
        let peer = self.node(node).provider.name.to_string();
        let reply = match self.node_of(route.domain()) {
            Some(next) => self.arrive(next, peer, envelope.clone(), &octets),
            None => {
                self.outside.push((envelope.clone(), octets));
                Reply { code: 250, enhanced: "2.0.0".to_owned(), text: "Ok".to_owned() }
            }
        };
        let result = match reply.code {
            200..=299 => RelayResult::Accepted,
            _ => RelayResult::Refused(reply.code, format!("{} {}", reply.enhanced, reply.text)),
        };
        let paths = envelope.forward_paths.iter().cloned();
        Outcome::Relayed(paths.map(|path| (path, result.clone())).collect())
    }

    /// Hands a message to an incoming point.
    pub fn arrive(
        &mut self,
        node: usize,
        peer: String,
        envelope: SmtpEnvelope,
        message: &[u8],
    ) -> Reply {
        let arrival = self.arrival(node, peer, envelope, message);
        self.handle(node, &Input::Arrival(arrival)).expect("an arrival is answered")
    }

    /// The input that an arrival is.
    pub fn arrival(
        &mut self,
        node: usize,
        peer: String,
        envelope: SmtpEnvelope,
        message: &[u8],
    ) -> Arrival {
        let [_, scanner] = self.scanners;
        let judgement = self.judge(message);
        let (now, crypto) = (self.now, self.crypto.clone());
        let own = self.node(node);
        Arrival {
            id: own.fresh_id(now),
            peer,
            over_tls: true,
            envelope,
            message: own.keep(message, &crypto),
            facts: MessageFacts::of(message),
            judgement,
            scan: scanner(message),
        }
    }

    fn deposit(&mut self, node: usize, mailbox: &Address, message: &MessageRef) -> Outcome {
        let own = self.node(node);
        let octets = own.octets(message).map_or(0, <[u8]>::len);
        let facts = own.user(mailbox.as_str()).map(|user| &user.facts);
        let is_full = |facts: &MailboxFacts| {
            facts.quota_left.is_some_and(|left| left < u64::try_from(octets).unwrap_or(u64::MAX))
        };
        match facts {
            None => Outcome::NotDepositable(MailboxFailure::Unknown),
            Some(facts) if facts.state == MailboxState::Suspended => {
                Outcome::NotDepositable(MailboxFailure::Suspended)
            }
            Some(facts) if is_full(facts) => Outcome::NotDepositable(MailboxFailure::Full),
            Some(_) => Outcome::Depositable,
        }
    }
}
