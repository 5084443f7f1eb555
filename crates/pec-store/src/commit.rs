//! A plan on its way into the store, and what comes back.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{Effect, EffectId, Plan, Reply};

use crate::{Body, Worker};

/// A plan and what goes into the same transaction.
#[derive(Debug)]
#[must_use = "a plan that is not committed did not happen"]
pub struct Commit {
    pub(crate) plan: Plan,
    pub(crate) now: DateTime<Utc>,
    pub(crate) bodies: Vec<Body>,
    pub(crate) lease: Option<(Worker, DateTime<Utc>)>,
    pub(crate) put_off: Vec<PutOff>,
}

impl Commit {
    /// The plan alone. `now` is the instant that it was planned for.
    pub const fn new(plan: Plan, now: DateTime<Utc>) -> Self {
        Self { plan, now, bodies: Vec::new(), lease: None, put_off: Vec::new() }
    }

    /// The plan names this body: it becomes durable with it.
    pub fn with_body(mut self, body: Body) -> Self {
        self.bodies.push(body);
        self
    }

    /// The effects are this worker's until then; otherwise whoever leases first gets them.
    pub fn leased_to(mut self, worker: Worker, until: DateTime<Utc>) -> Self {
        self.lease = Some((worker, until));
        self
    }

    /// An effect is tried again later: the plan is about the recipients that were answered.
    pub fn put_off(mut self, put_off: PutOff) -> Self {
        self.put_off.push(put_off);
        self
    }
}

/// What a committed plan gives: only now may the client hear the reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// What the SMTP client is told.
    pub reply: Option<Reply>,
    /// What is to be done, in order. Effects whose names were known are not here.
    pub effects: Vec<Effect>,
    /// The version of the state now, if there is one.
    pub version: Option<u64>,
}

/// An effect that is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOff {
    /// Which.
    pub effect: EffectId,
    /// Who had it. Nothing happens when its lease went to another worker meanwhile.
    pub worker: Worker,
    /// When to try again.
    pub due: DateTime<Utc>,
    /// The recipients of a relay that are left; `None`: all of them.
    pub remaining: Option<Vec<Address>>,
}
