//! A gestore on a store: real plans of real inputs, for tests, fuzzing and benchmarks. Only signing
//! is left out: what is sealed are made-up octets around the body.
#![expect(clippy::unwrap_used, reason = "made-up values are right, and a fault stops the test")]
#![expect(clippy::indexing_slicing, reason = "as above")]

mod model;
mod operations;

pub use operations::{operate, store_operations};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use pec_directory::{Contents, Directory, Environment, Provider as Listed};
use pec_gestore::{
    Action, Context, Effect, Ids, Input, Key, Limits, MessageFacts, Outcome, Plan, Provider,
    RelayResult, Report, Scan, SmtpEnvelope, Submission,
};
use pec_message::identifier::{IdGenerator, NodeIds};
use pec_message::write::SystemAddress;

use crate::mailbox::{NewMailbox, Settings};
use crate::{
    Body, Commit, CommitError, Committed, Lease, LeaseRequest, Pending, Store, StoreError, Worker,
};

/// When everything begins.
#[must_use]
pub fn start() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

/// An address.
#[must_use]
pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// What planning needs besides the store.
#[derive(Clone, Debug)]
pub struct Gestore {
    pub provider: Provider,
    pub directory: Arc<Directory>,
    ids: Arc<NodeIds>,
    planned: Arc<AtomicU64>,
}

impl Gestore {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "made up, not empty")]
    pub fn new() -> Self {
        let listed = ["alfa", "beta"].map(|name| {
            let domain = format!("{name}.example");
            let environment = Environment {
                mail_receipt: Some(format!("ricevute@{domain}").parse().unwrap()),
                domains: vec![domain.parse().unwrap()],
                ..Environment::default()
            };
            Listed::new(format!("{name} PEC").parse().unwrap(), environment)
        });
        let contents = Contents { base: None, providers: listed.into() };
        Self {
            provider: Provider {
                name: "alfa PEC".parse().unwrap(),
                system: SystemAddress::at("alfa.example").unwrap(),
                service_mailbox: address("ricevute@alfa.example"),
                domains: vec!["alfa.example".to_owned()],
                limits: Limits::default(),
            },
            directory: Arc::new(Directory::new(contents, start())),
            ids: Arc::new(NodeIds::new("a1", "alfa.example").unwrap()),
            planned: Arc::default(),
        }
    }

    fn random(&self) -> [u8; 16] {
        u128::from(self.planned.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }

    /// A store with the mailboxes of the first gestore.
    pub fn furnish(&self, store: &Store) -> Result<(), StoreError> {
        for user in ["mario", "anna", "luca", "ricevute"] {
            let new = NewMailbox {
                address: address(&format!("{user}@alfa.example")),
                settings: Settings { is_service: user == "ricevute", ..Settings::default() },
                now: start(),
            };
            store.create_mailbox(new).wait()?;
        }
        Ok(())
    }

    /// A message to some recipients, with `octets` of text.
    #[must_use]
    pub fn message(&self, to: &[&str], octets: usize) -> Vec<u8> {
        let mut message = format!(
            "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: mario@alfa.example\r\n\
             To: {}\r\nSubject: Contratto\r\n\r\n",
            to.join(", ")
        )
        .into_bytes();
        while message.len() < octets {
            message.extend_from_slice(format!("riga {}\r\n", message.len()).as_bytes());
        }
        message
    }

    #[must_use]
    pub fn submission(
        &self,
        body: &Body,
        message: &[u8],
        to: &[&str],
        now: DateTime<Utc>,
    ) -> Input {
        Input::Submission(Submission {
            id: self.ids.next_id(now, self.random()),
            account: address("mario@alfa.example"),
            envelope: SmtpEnvelope {
                reverse_path: Some(address("mario@alfa.example")),
                forward_paths: to.iter().map(|to| address(to)).collect(),
            },
            message: body.reference(),
            facts: MessageFacts::of(message),
            scan: Scan::Clean,
        })
    }

    /// Plans on the store as it is.
    pub fn plan(&self, store: &Store, input: Input, now: DateTime<Utc>) -> Pending<Plan> {
        let (gestore, random) = (self.clone(), self.random());
        store.read(move |view| {
            let current = view.state(&input.key(gestore.provider.name.as_str()))?;
            let boxes = view.lookup(now);
            let ctx = Context {
                now,
                ids: Ids::new(gestore.ids.as_ref(), now, random),
                provider: &gestore.provider,
                directory: &gestore.directory,
                mailboxes: &boxes,
            };
            let plan = pec_gestore::plan(current.as_ref(), &input, &ctx);
            boxes.finish()?;
            Ok(plan)
        })
    }

    pub fn submit(
        &self,
        store: &Store,
        to: &[&str],
        octets: usize,
        now: DateTime<Utc>,
    ) -> Result<(Key, Committed), CommitError> {
        let message = self.message(to, octets);
        let body = store.body(message.clone()).wait()?;
        let input = self.submission(&body, &message, to, now);
        let key = input.key(self.provider.name.as_str());
        let plan = self.plan(store, input, now).wait()?;
        Ok((key, store.commit(Commit::new(plan, now).with_body(body)).wait()?))
    }

    pub fn report(
        &self,
        store: &Store,
        key: &Key,
        effect: &Effect,
        outcome: Outcome,
        now: DateTime<Utc>,
    ) -> Result<Committed, CommitError> {
        let report = Report { key: key.clone(), effect: effect.id.clone(), outcome };
        let plan = self.plan(store, Input::Report(report), now).wait()?;
        store.commit(Commit::new(plan, now)).wait()
    }

    /// Runs what is due until nothing is: seals are made-up octets around the body, relays are
    /// taken, deposits are done.
    pub fn run(&self, store: &Store, now: DateTime<Utc>) -> Result<usize, CommitError> {
        let mut done = 0;
        loop {
            let leases = store.lease(lease("w1", now)).wait()?;
            if leases.is_empty() {
                return Ok(done);
            }
            for lease in leases {
                self.perform(store, &lease, now)?;
                done = usize::saturating_add(done, 1);
            }
        }
    }

    pub fn perform(
        &self,
        store: &Store,
        lease: &Lease,
        now: DateTime<Utc>,
    ) -> Result<Committed, CommitError> {
        let effect = &lease.effect;
        let outcome = match &effect.action {
            Action::Seal(unsigned) => {
                let mut octets = format!("X-Seal: {}\r\n\r\n", effect.id).into_bytes();
                let known = unsigned.body().copied();
                if let Some(body) = &known {
                    octets.extend(store.read_body(body).wait()?);
                }
                octets.extend_from_slice(b"firma");
                let known: Vec<_> = known.into_iter().collect();
                let body = store.body_within(octets, &known).wait()?;
                Outcome::Sealed(store.seal(effect.id.clone(), body, now).wait()?)
            }
            Action::Relay { envelope, .. } => {
                let accepted = |to: &Address| (to.clone(), RelayResult::Accepted);
                Outcome::Relayed(envelope.forward_paths.iter().map(accepted).collect())
            }
            Action::Deposit { .. } => Outcome::Depositable,
            Action::Quarantine { message, until } => {
                store.quarantine(effect.id.clone(), *message, now, *until).wait()?;
                Outcome::Done
            }
            _ => Outcome::Done,
        };
        self.report(store, &lease.key, effect, outcome, now)
    }
}

/// Work for five minutes.
#[must_use]
pub fn lease(worker: &str, now: DateTime<Utc>) -> LeaseRequest {
    let until = now.checked_add_signed(TimeDelta::minutes(5)).unwrap();
    LeaseRequest { worker: Worker::new(worker), now, until, limit: 100 }
}
