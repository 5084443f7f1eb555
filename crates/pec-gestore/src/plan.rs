//! Planning: a pure function from state, input and context to everything that is to happen.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, Text};
use serde::{Deserialize, Serialize};

use crate::limits::QUARANTINE;
use crate::log::{LogEvent, Record};
use crate::{
    Action, Alarm, BodyRef, Cargo, Change, Context, Effect, EffectId, Input, Key, MessageRef,
    Route, SmtpEnvelope, Snapshot, State, Task, Unsigned, access, incoming, tracking,
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

impl Reply {
    pub(crate) fn new(code: u16, enhanced: &str, text: &str) -> Self {
        Self { code, enhanced: enhanced.to_owned(), text: one_line(text).into_string() }
    }
}

/// One line of text, whatever other hosts put into it.
pub(crate) fn one_line(text: &str) -> Text {
    let legal = |c: char| if Text::new(c).is_ok() { c } else { ' ' };
    Text::new(text.chars().map(legal).collect::<String>()).unwrap_or_default()
}

/// A row of a mailbox, made in the transaction of the plan.
#[doc(alias = "punto di consegna")]
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

/// A message to be sent by SMTP.
pub(crate) struct Relay {
    /// What it is, as far as its outcome is concerned.
    pub cargo: Cargo,
    /// Its octets.
    pub message: MessageRef,
    /// The paths.
    pub envelope: SmtpEnvelope,
    /// To whom.
    pub route: Route,
    /// When to give up.
    pub until: DateTime<Utc>,
}

/// Everything that one input comes to. It is durable as a whole or not at all.
#[derive(Clone, Debug)]
#[must_use = "a plan that is not committed did not happen"]
pub struct Plan {
    key: Key,
    at: DateTime<Utc>,
    based_on: Option<u64>,
    changes: Vec<Change>,
    state: Option<State>,
    reply: Option<Reply>,
    log: Vec<Record>,
    deposits: Vec<Deposit>,
    effects: Vec<Effect>,
    finished: Vec<EffectId>,
    deadline: Option<DateTime<Utc>>,
}

/// Plans what `input` comes to. `current` is the state of [`Input::key`], if there is one; the plan
/// can only be committed on exactly that.
pub fn plan(current: Option<&Snapshot>, input: &Input, ctx: &Context<'_>) -> Plan {
    match input {
        Input::Submission(submission) => access::submit(current, submission, ctx),
        Input::Arrival(arrival) => incoming::arrive(current, arrival, ctx),
        Input::Report(report) => tracking::report(current, report, ctx),
        Input::Deadline(key) => tracking::deadline(current, key, ctx),
    }
}

/// Making plans.
impl Plan {
    /// A plan on `current` that changes nothing yet.
    pub(crate) fn on(key: Key, current: Option<&Snapshot>, now: DateTime<Utc>) -> Self {
        let state = current.map(|snapshot| snapshot.state.clone());
        Self {
            key,
            // A clock that steps back does not reverse the order of events (norms 12).
            at: state.as_ref().map_or(now, |state| state.seen_at().max(now)),
            based_on: current.map(|snapshot| snapshot.version),
            changes: Vec::new(),
            deadline: state.as_ref().and_then(State::next_deadline),
            state,
            reply: None,
            log: Vec::new(),
            deposits: Vec::new(),
            effects: Vec::new(),
            finished: Vec::new(),
        }
    }

    /// The one instant of the step (RFC 6109 §4.1).
    pub(crate) const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Makes a change, if the state allows it; says whether it did.
    pub(crate) fn change(&mut self, change: Change) -> bool {
        let is_legal = State::apply(&mut self.state, &change).is_ok();
        if is_legal {
            self.deadline = self.state.as_ref().and_then(State::next_deadline);
            self.changes.push(change);
        }
        is_legal
    }

    /// Asks for a message to be signed, and gives the reference to its octets.
    pub(crate) fn seal(&mut self, step: &str, unsigned: Unsigned) -> MessageRef {
        MessageRef::Sealed(self.effect(step, Action::Seal(Box::new(unsigned))))
    }

    /// Asks for a message to be sent by SMTP.
    pub(crate) fn relay(&mut self, step: &str, relay: Relay) -> EffectId {
        let Relay { cargo, message, envelope, route, until } = relay;
        let task = Task::Relay { cargo, recipients: envelope.forward_paths.clone() };
        self.ask(step, task, Action::Relay { message, envelope, route, until })
    }

    /// Asks whether a mailbox of ours can take a message. A system message, which needs no
    /// receipt, and one that does differ by their cargo.
    pub(crate) fn deposit(
        &mut self,
        step: &str,
        mailbox: &Address,
        message: MessageRef,
        cargo: Cargo,
    ) -> EffectId {
        let mailbox = mailbox.clone();
        let task = Task::Deposit { cargo, mailbox: mailbox.clone(), message: message.clone() };
        self.ask(step, task, Action::Deposit { mailbox, message })
    }

    /// Asks for something whose outcome changes nothing.
    pub(crate) fn effect(&mut self, step: &str, action: Action) -> EffectId {
        let id = self.key.effect(step);
        self.effects.push(Effect { id: id.clone(), action });
        id
    }

    /// Asks for something that is waited for; once, however often it is asked for.
    fn ask(&mut self, step: &str, task: Task, action: Action) -> EffectId {
        let effect = self.key.effect(step);
        if self.change(Change::Asked { effect: effect.clone(), task }) {
            self.effect(step, action);
        }
        effect
    }

    /// Asks for an infected message to be kept apart (RFC 6109 §2.2.4).
    pub(crate) fn quarantine(&mut self, message: BodyRef) {
        let until = self.at.checked_add_months(QUARANTINE).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let step = format!("quarantine:{}", String::from(message.sha256));
        self.effect(&step, Action::Quarantine { message, until });
    }

    /// Tells the operator, and the log.
    pub(crate) fn alarm(&mut self, step: &str, alarm: Alarm, note: &str) {
        let record = self.happening(LogEvent::Allarme);
        let nothing = Record::new(LogEvent::Allarme, self.key.role, self.at);
        self.alarm_with(step, alarm, record.unwrap_or(nothing), note);
    }

    /// As [`alarm`](Self::alarm), where the state does not say what it is about.
    pub(crate) fn alarm_with(&mut self, step: &str, alarm: Alarm, record: Record, note: &str) {
        self.effect(&format!("alarm:{step}"), Action::Alarm(alarm));
        self.record(record.with_note(one_line(note)));
    }

    /// A record of something that happens to what the state is about.
    pub(crate) fn happening(&self, event: LogEvent) -> Option<Record> {
        let (Key { role, provider, .. }, at) = (&self.key, self.at);
        let about = |data| Record::about(data, event, *role, at).sent_by(provider);
        Some(match self.state.as_ref()? {
            State::Sent(sent) => about(&sent.accepted().data),
            State::Received(received) => about(&received.arrived().data),
            State::Passing(passing) => passing.about().record(event, *role, at),
        })
    }

    /// The effect is done or no longer wanted.
    pub(crate) fn finish(&mut self, effect: &EffectId) {
        self.finished.push(effect.clone());
    }

    /// Puts a row into a mailbox, in the transaction of the plan.
    pub(crate) fn put(&mut self, effect: &EffectId, mailbox: &Address, message: MessageRef) {
        let (effect, mailbox, at) = (effect.clone(), mailbox.clone(), self.at);
        self.deposits.push(Deposit { effect, mailbox, message, at });
    }

    pub(crate) fn record(&mut self, record: Record) {
        self.log.push(record);
    }

    /// Answers the SMTP client.
    pub(crate) fn answer(&mut self, reply: Reply) {
        self.reply = Some(reply);
    }
}

/// What is done with a plan.
impl Plan {
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
