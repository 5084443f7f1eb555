//! Planning: a pure function from state, input and context to everything that is to happen.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use serde::{Deserialize, Serialize};

use crate::log::Record;
use crate::{
    Change, Context, Effect, EffectId, Input, Key, MessageRef, Snapshot, State, access, incoming,
    tracking,
};

/// What an SMTP client is told (RFC 5321 §4.2, RFC 3463).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Reply code.
    pub code: u16,
    /// Enhanced status code, as `2.0.0`.
    pub enhanced: String,
    /// Text, one line.
    pub text: String,
}

/// A row of a mailbox, made in the transaction of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// The deposit effect that asked for it: a row is made once for each.
    pub effect: EffectId,
    /// The mailbox.
    pub mailbox: Address,
    /// What.
    pub message: MessageRef,
    /// The instant of the deposit, which the delivery receipt bears.
    pub at: DateTime<Utc>,
}

/// Everything that one input comes to. It is durable as a whole or not at all.
#[derive(Clone, Debug)]
#[must_use = "a plan that is not committed did not happen"]
pub struct Plan {
    pub(crate) key: Key,
    pub(crate) based_on: Option<u64>,
    pub(crate) changes: Vec<Change>,
    pub(crate) state: Option<State>,
    pub(crate) reply: Option<Reply>,
    pub(crate) log: Vec<Record>,
    pub(crate) deposits: Vec<Deposit>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) finished: Vec<EffectId>,
    pub(crate) deadline: Option<DateTime<Utc>>,
}

/// Plans what `input` comes to. `current` is the state of [`Input::key`], if there is one; the plan
/// can only be committed on exactly that.
pub fn plan(current: Option<&Snapshot>, input: &Input, ctx: &Context<'_>) -> Plan {
    match input {
        Input::Submission(submission) => access::submit(submission, ctx),
        Input::Arrival(arrival) => incoming::arrive(current, arrival, ctx),
        Input::Report(report) => tracking::report(current, report, ctx),
        Input::Deadline(key) => tracking::deadline(current, key, ctx),
    }
}

impl Plan {
    /// A plan on `current` that changes nothing yet.
    pub(crate) fn on(key: Key, current: Option<&Snapshot>) -> Self {
        Self {
            key,
            based_on: current.map(|snapshot| snapshot.version),
            changes: Vec::new(),
            state: current.map(|snapshot| snapshot.state.clone()),
            reply: None,
            log: Vec::new(),
            deposits: Vec::new(),
            effects: Vec::new(),
            finished: Vec::new(),
            deadline: None,
        }
    }

    /// The state that it is for.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The version of the state that it was made from; `None`: there must be no state yet.
    #[must_use]
    pub const fn based_on(&self) -> Option<u64> {
        self.based_on
    }

    /// What happens to the state, in order: [`State::restore`] makes the state from all of them.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The state afterwards; `None` when there is none to keep.
    #[must_use]
    pub const fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// What the SMTP client is told once the plan is durable.
    #[must_use]
    pub const fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// What is logged.
    #[must_use]
    pub fn log(&self) -> &[Record] {
        &self.log
    }

    /// The rows of mailboxes.
    #[must_use]
    pub fn deposits(&self) -> &[Deposit] {
        &self.deposits
    }

    /// What is to be done once the plan is durable.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Effects that are done or no longer wanted: the outbox forgets them.
    #[must_use]
    pub fn finished(&self) -> &[EffectId] {
        &self.finished
    }

    /// When the state wants [`Input::Deadline`]; it replaces the earlier one, `None` is never.
    #[must_use]
    pub const fn deadline(&self) -> Option<DateTime<Utc>> {
        self.deadline
    }

    /// Whether committing it would change nothing durable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.log.is_empty()
            && self.deposits.is_empty()
            && self.effects.is_empty()
            && self.finished.is_empty()
    }
}
