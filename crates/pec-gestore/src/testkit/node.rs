//! One gestore in memory.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid};
use pec_directory::Directory;
use pec_message::identifier::{IdGenerator, NodeIds};
use pec_message::write::SystemAddress;
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::SoftwareSigner;

use crate::log::Record;
use crate::{
    Alarm, BodyRef, Context, Correspondents, Digest, Effect, EffectId, Ids, Input, Key, Limits,
    MailboxFacts, MailboxState, Mailboxes, MessageRef, OrdinaryPolicy, Plan, Provider, Reply,
    Sealer, Snapshot, plan,
};

/// A mailbox.
#[derive(Clone, Debug)]
pub struct User {
    /// What the gestore knows of it.
    pub facts: MailboxFacts,
    /// What is in it.
    pub messages: Vec<Vec<u8>>,
}

/// What a gestore stores: everything that must survive.
#[derive(Debug, Default)]
pub struct Stored {
    /// The states.
    pub states: BTreeMap<Key, Snapshot>,
    /// When they want to be looked at.
    pub deadlines: BTreeMap<Key, DateTime<Utc>>,
    /// The log.
    pub log: Vec<Record>,
    /// What was kept apart, and until when.
    pub quarantine: Vec<(BodyRef, DateTime<Utc>)>,
    /// What the operator was told.
    pub alarms: Vec<Alarm>,
    /// What is to be done.
    pub outbox: VecDeque<(Key, Effect)>,
    bodies: BTreeMap<Digest, Vec<u8>>,
    sealed: BTreeMap<EffectId, BodyRef>,
}

/// One gestore in memory.
#[derive(Debug)]
pub struct Node {
    /// Who it is.
    pub provider: Provider,
    /// Its mailboxes, by address in lower case.
    pub users: BTreeMap<String, User>,
    /// What it stores.
    pub stored: Stored,
    signer: SoftwareSigner,
    ids: NodeIds,
    planned: u128,
}

impl Mailboxes for BTreeMap<String, User> {
    fn facts(&self, address: &Address) -> Option<MailboxFacts> {
        self.get(&address.as_str().to_ascii_lowercase()).map(|user| user.facts.clone())
    }
}

impl Node {
    pub(super) fn new(name: &str, domain: &str, users: &[String], signer: SoftwareSigner) -> Self {
        let service = format!("ricevute@{domain}");
        let facts = MailboxFacts {
            state: MailboxState::Active,
            quota_left: None,
            rate_left: None,
            ordinary: OrdinaryPolicy::Envelope,
            correspondents: Correspondents::All,
        };
        let user =
            |name: &String| (name.clone(), User { facts: facts.clone(), messages: Vec::new() });
        Self {
            provider: Provider {
                name: name.parse().expect("a name"),
                system: SystemAddress::at(domain).expect("a domain"),
                service_mailbox: service.parse().expect("an address"),
                domains: vec![domain.to_owned()],
                limits: Limits::default(),
            },
            users: users.iter().chain([&service]).map(user).collect(),
            stored: Stored::default(),
            signer,
            ids: NodeIds::new("mem1", domain).expect("a domain"),
            planned: 0,
        }
    }

    /// Whether this gestore manages the domain.
    #[must_use]
    pub fn manages(&self, domain: &str) -> bool {
        self.provider.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// The mailbox of this address.
    #[must_use]
    pub fn user(&self, address: &str) -> Option<&User> {
        self.users.get(&address.to_ascii_lowercase())
    }

    /// A fresh identifier, as a shell gives one to each transaction.
    pub fn fresh_id(&mut self, now: DateTime<Utc>) -> PecMsgid {
        self.planned = self.planned.wrapping_add(1);
        self.ids.next_id(now, self.planned.to_be_bytes())
    }

    /// Stores octets by their content.
    pub fn keep(&mut self, octets: &[u8], crypto: &CryptoProvider) -> BodyRef {
        let body = BodyRef::of(octets, crypto).expect("a digest");
        self.stored.bodies.entry(body.sha256).or_insert_with(|| octets.to_vec());
        body
    }

    /// Plans an input on what is stored, and stores the plan.
    pub fn handle(
        &mut self,
        input: &Input,
        now: DateTime<Utc>,
        directory: &Directory,
    ) -> Option<Reply> {
        let plan = self.plan(input, now, directory);
        self.commit(&plan);
        plan.reply().cloned()
    }

    /// Plans an input on what is stored.
    pub fn plan(&mut self, input: &Input, now: DateTime<Utc>, directory: &Directory) -> Plan {
        self.planned = self.planned.wrapping_add(1);
        let current = self.stored.states.get(&input.key(&self.provider.name));
        let ctx = Context {
            now,
            ids: Ids::new(&self.ids, now, self.planned.to_be_bytes()),
            provider: &self.provider,
            directory,
            mailboxes: &self.users,
        };
        plan(current, input, &ctx)
    }

    /// Stores all that a plan says, at once.
    pub fn commit(&mut self, plan: &Plan) {
        let version = self.stored.states.get(plan.key()).map(|snapshot| snapshot.version);
        assert_eq!(version, plan.based_on(), "a stale plan");
        if plan.is_empty() {
            return;
        }
        if let Some(state) = plan.state() {
            let version = version.unwrap_or(0).saturating_add(1);
            let snapshot = Snapshot { version, state: state.clone() };
            self.stored.states.insert(plan.key().clone(), snapshot);
        }
        match plan.deadline() {
            Some(at) => self.stored.deadlines.insert(plan.key().clone(), at),
            None => self.stored.deadlines.remove(plan.key()),
        };
        self.stored.log.extend_from_slice(plan.log());
        for deposit in plan.deposits() {
            let octets = self.octets(&deposit.message).expect("sealed before").to_vec();
            let mailbox = deposit.mailbox.as_str().to_ascii_lowercase();
            self.users.get_mut(&mailbox).expect("it was looked at").messages.push(octets);
        }
        self.stored.outbox.retain(|(_, effect)| !plan.finished().contains(&effect.id));
        let effects = plan.effects().iter().cloned();
        self.stored.outbox.extend(effects.map(|effect| (plan.key().clone(), effect)));
    }

    /// The states whose deadline is reached.
    pub(super) fn due(&self, now: DateTime<Utc>) -> Vec<Key> {
        let due = self.stored.deadlines.iter().filter(|(_, at)| **at <= now);
        due.map(|(key, _)| key.clone()).collect()
    }

    /// The octets of a message.
    #[must_use]
    pub fn octets(&self, message: &MessageRef) -> Option<&[u8]> {
        let body = match message {
            MessageRef::Body(body) => body,
            MessageRef::Sealed(effect) => self.stored.sealed.get(effect)?,
        };
        self.stored.bodies.get(&body.sha256).map(Vec::as_slice)
    }

    /// What it signs with.
    #[must_use]
    pub fn sealer<'a>(&'a self, crypto: &'a CryptoProvider) -> Sealer<'a> {
        Sealer { system: &self.provider.system, signer: &self.signer, crypto }
    }

    /// Signs a message under the name of an effect, unless it was signed before.
    pub(super) fn seal(
        &mut self,
        effect: &EffectId,
        unsigned: &crate::Unsigned,
        crypto: &CryptoProvider,
    ) -> BodyRef {
        if let Some(sealed) = self.stored.sealed.get(effect) {
            return *sealed;
        }
        let body = unsigned.body().and_then(|body| self.stored.bodies.get(&body.sha256));
        let sealer = self.sealer(crypto);
        let sealed = unsigned.seal(body.map(Vec::as_slice), &sealer).expect("it can be signed");
        let body = self.keep(&sealed.octets, crypto);
        self.stored.sealed.insert(effect.clone(), body);
        body
    }
}
