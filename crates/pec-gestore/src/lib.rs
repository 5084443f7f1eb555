//! The gestore of Posta Elettronica Certificata as a pure state machine: access, incoming and
//! delivery points, tracking, timers, log and audit.
//!
//! The crate decides and somebody else does. It knows no clock, chance, file, socket, thread or
//! key: instant, identifiers, directory and mailboxes stand in the [`Context`], and what is to be
//! done comes out as effects. Whoever stores a plan before it answers and acts has a provider that
//! loses nothing of what it acknowledged.
//!
//! # Four families of calls
//!
//! | family | calls | when |
//! |---|---|---|
//! | find out | [`MessageFacts::of`], [`Judgement::of`], [`BodyRef::of`] | the octets are at hand |
//! | decide | [`plan`] | the state of [`Input::key`] is loaded |
//! | keep | accessors of [`Plan`], [`State::restore`] | in one transaction |
//! | carry out | [`Effect`], [`Unsigned::seal`], [`Report`] | after the transaction |
//!
//! Beside them [`log`] reads, writes, checks and counts what was logged.
//!
//! # The loop
//!
//! Everything that happens is an [`Input`]: a submission, an arrival, the report of an effect, a
//! deadline. Each is planned on the state of its key, and the plan is stored as a whole; only then
//! is there a reply, and are there effects. Here Mario of Alfa writes to Luca of the same
//! provider; maps stand for the store, and every effect succeeds at once.
//!
//! ```
//! use std::collections::{BTreeMap, VecDeque};
//! use pec_gestore::*;
//! # use pec_gestore::testkit::Network;
//! # use pec_message::identifier::NodeIds;
//! # let now = "2026-11-21T09:00:00Z".parse()?;
//! # let mut network = Network::new(now);
//! # let crypto = network.crypto().clone();
//! # let ids = NodeIds::new("a1", "alfa.example")?;
//! # let message = b"Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: mario@alfa.example\r\n\
//! #                 To: luca@alfa.example\r\nSubject: Contratto\r\n\r\nEcco.\r\n";
//! # let node = &network.nodes[0];
//! # let (directory, mut draws) = (network.directory(), 0_u8);
//! let mut states: BTreeMap<Key, Snapshot> = BTreeMap::new();
//! let mut octets: BTreeMap<String, Vec<u8>> = BTreeMap::new();
//! let mut mailboxes: BTreeMap<String, Vec<EffectId>> = BTreeMap::new();
//!
//! let body = BodyRef::of(message, &crypto)?;
//! octets.insert(body.sha256.into(), message.to_vec());
//! let mut inputs = VecDeque::from([Input::Submission(Submission {
//!     id: "a1.1@alfa.example".parse()?, // fresh for each transaction
//!     account: "mario@alfa.example".parse()?,
//!     envelope: SmtpEnvelope {
//!         reverse_path: Some("mario@alfa.example".parse()?),
//!         forward_paths: vec!["luca@alfa.example".parse()?],
//!     },
//!     message: body,
//!     facts: MessageFacts::of(message),
//!     scan: Scan::Clean,
//! })]);
//! while let Some(input) = inputs.pop_front() {
//!     // Load and decide. The random octets are fresh each time.
//!     # draws += 1;
//!     let ids = Ids::new(&ids, now, [draws; 16]);
//!     let ctx =
//!         Context { now, ids, provider: &node.provider, directory, mailboxes: &node.users };
//!     let current = states.get(&input.key(&ctx.provider.name));
//!     let plan = plan(current, &input, &ctx);
//!
//!     // Keep all of it at once, unless the state has changed meanwhile: then plan again.
//!     let version = current.map(|snapshot| snapshot.version);
//!     assert_eq!(plan.based_on(), version);
//!     if let Some(state) = plan.state() {
//!         let version = version.unwrap_or(0) + 1;
//!         states.insert(plan.key().clone(), Snapshot { version, state: state.clone() });
//!     }
//!     for row in plan.deposits() {
//!         mailboxes.entry(row.mailbox.to_string()).or_default().push(row.effect.clone());
//!     }
//!
//!     // Now it is true: answer, act, report.
//!     if let Some(reply) = plan.reply() {
//!         println!("{} {} {}", reply.code, reply.enhanced, reply.text);
//!     }
//!     for Effect { id, action } in plan.effects() {
//!         let outcome = match action {
//!             Action::Seal(unsigned) => {
//!                 let name = unsigned.body().map(|body| String::from(body.sha256));
//!                 let body = name.and_then(|name| octets.get(&name)).map(Vec::as_slice);
//!                 let sealed = unsigned.seal(body, &node.sealer(&crypto))?;
//!                 let body = BodyRef::of(&sealed.octets, &crypto)?;
//!                 octets.insert(body.sha256.into(), sealed.octets);
//!                 Outcome::Sealed(body)
//!             }
//!             Action::Deposit { .. } => Outcome::Depositable,
//!             Action::Relay { envelope, .. } => {
//!                 let accepted = |path: &_| (Clone::clone(path), RelayResult::Accepted);
//!                 Outcome::Relayed(envelope.forward_paths.iter().map(accepted).collect())
//!             }
//!             _ => Outcome::Done,
//!         };
//!         let report = Report { key: plan.key().clone(), effect: id.clone(), outcome };
//!         inputs.push_back(Input::Report(report));
//!     }
//! }
//! // The acceptance is in Mario's mailbox; the envelope went out to our own incoming point.
//! assert_eq!(mailboxes["mario@alfa.example"].len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `testkit` has this loop with two gestori, signatures and judgements; `pec-store` keeps plans
//! in earnest.
//!
//! # What holds
//!
//! - A plan on a stale state cannot be committed: [`Plan::based_on`] names the version. It is
//!   planned again.
//! - Effects have names that follow from the state. Whatever is planned twice, run twice or
//!   reported twice happens once; a repeat plans nothing.
//! - Messages are [`Unsigned`] in a plan, identifier and instant fixed. They are signed once and
//!   the octets kept: another signature would differ.
//! - Only what [`pec_message::authenticate`] certifies by the directory is certified here;
//!   [`CertifiedMail`] has no other maker. *Undecided* is a temporary refusal, never ordinary mail.
//! - [`State::restore`] of all changes is the live state.

mod about;
mod access;
mod context;
mod delivery;
mod effect;
mod facts;
mod incoming;
mod input;
mod instant;
mod issue;
mod judgement;
mod key;
pub mod limits;
pub mod log;
mod plan;
mod sealing;
mod state;
#[cfg(feature = "testkit")]
pub mod testkit;
mod tracking;
mod unsigned;

pub use about::About;
pub use access::{FormalFault, SubmissionRefusal};
pub use context::{
    Context, Correspondents, Ids, Limits, MailboxFacts, MailboxState, Mailboxes, OrdinaryPolicy,
    Provider,
};
pub use effect::{Action, Alarm, Effect, MessageRef, Route};
pub use facts::{HeaderFault, MessageFacts};
pub use incoming::ArrivalRefusal;
pub use input::{
    Arrival, BodyRef, Digest, Input, MailboxFailure, Outcome, RelayResult, Report, Scan,
    SmtpEnvelope, Submission,
};
pub use judgement::{CertifiedMail, Judgement};
pub use key::{EffectId, Key, Role};
pub use plan::{Deposit, Plan, Reply, plan};
pub use sealing::{SealedMessage, Sealer, SealingError};
pub use state::{
    Accepted, Addressee, Arrived, Cargo, Change, FORMAT, Illegal, Passing, Placement,
    PlacementEvent, Received, RestoreError, Sent, Snapshot, Stage, StageEvent, State, StoredError,
    Task, Timer, Tracked,
};
pub use unsigned::Unsigned;
