//! The states, one for each side of a transmission, and what may happen to them.

#[cfg(test)]
mod diagram;
mod ledger;
mod passing;
mod placement;
mod received;
mod sent;
mod stage;
mod stored;
#[cfg(test)]
mod tests;
mod timer;

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use serde::{Deserialize, Serialize};

pub use ledger::{Cargo, Task};
pub use passing::Passing;
pub use placement::{Placement, PlacementEvent};
pub use received::{Addressee, Arrived, Received};
pub use sent::{Accepted, Sent, Tracked};
pub use stage::{Stage, StageEvent};
pub use stored::{FORMAT, StoredError};
pub use timer::Timer;

use crate::{About, Digest, EffectId};
use ledger::Ledger;

/// A state as it is stored, with the number of plans that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Counts the committed plans, from 1.
    pub version: u64,
    /// The state.
    pub state: State,
}

/// What a provider knows of one transmission, on one side of it. Closed: a provider has these two
/// roles, and mail that belongs to no transmission passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The sender's side.
    Sent(Sent),
    /// The receiver's side.
    Received(Received),
    /// Mail of no transmission of ours: what was refused, ordinary mail, anomalies, receipts for
    /// transmissions that are not known.
    Passing(Passing),
}

/// What happens to a state. The first one begins it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// A submission was accepted: the sender's side begins.
    Accepted(Box<Accepted>),
    /// A transport envelope arrived: the receiver's side begins.
    Arrived(Box<Arrived>),
    /// Something that belongs to no transmission is handled.
    Passed {
        /// What it is about.
        about: Box<About>,
        /// When.
        at: DateTime<Utc>,
    },
    /// The shell is asked for something that it answers.
    Asked {
        /// The effect.
        effect: EffectId,
        /// What is waited for.
        task: Task,
    },
    /// The shell answered for one recipient of a relay.
    Answered {
        /// The relay.
        effect: EffectId,
        /// The recipient.
        recipient: Address,
    },
    /// The effect is done, or no longer wanted.
    Settled {
        /// The effect.
        effect: EffectId,
    },
    /// A receipt was read: the same octets are not read again.
    Read {
        /// SHA-256 of its signed octets.
        content: Digest,
        /// When.
        at: DateTime<Utc>,
    },
    /// Something is known of a recipient of ours that we sent to.
    Tracked {
        /// The recipient.
        recipient: Address,
        /// What.
        event: StageEvent,
        /// When.
        at: DateTime<Utc>,
    },
    /// Mailboxes of ours were taken in charge.
    Taken {
        /// The recipients of one SMTP transaction that no earlier one had.
        recipients: Vec<Addressee>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Something became of the message for a mailbox of ours.
    Placed {
        /// The mailbox.
        recipient: Address,
        /// What.
        event: PlacementEvent,
        /// When.
        at: DateTime<Utc>,
    },
}

/// Why a change cannot happen to a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Illegal {
    /// There is no state yet, and this does not begin one.
    #[error("the state has not begun")]
    NotBegun,
    /// The state has begun before.
    #[error("the state has begun before")]
    BegunBefore,
    /// It happens to states of another role.
    #[error("this happens to states of another role")]
    OtherRole,
    /// The message is not for this address.
    #[error("{0} is no recipient")]
    NoRecipient(Address),
    /// The address is a recipient already.
    #[error("{0} is a recipient already")]
    KnownRecipient(Address),
    /// The recipient is past that: the transition table has no such row.
    #[error("{event} does not follow {from}")]
    NoTransition {
        /// Where the recipient is.
        from: &'static str,
        /// What cannot happen there.
        event: &'static str,
    },
    /// Nothing of this name is waited for.
    #[error("{0} is not waited for")]
    NotAsked(EffectId),
    /// This was asked for before and is still waited for.
    #[error("{0} is waited for already")]
    AskedBefore(EffectId),
    /// These octets were read before.
    #[error("this receipt was read before")]
    ReadBefore,
}

/// Why a list of changes makes no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("change {at}: {why}")]
pub struct RestoreError {
    /// Which change, from 0.
    pub at: usize,
    /// Why it cannot happen.
    pub why: Illegal,
}

impl State {
    /// The state that these changes make: the same as the live one that they were planned on.
    ///
    /// # Errors
    /// [`RestoreError`] names the first change that cannot happen; an empty list begins nothing.
    pub fn restore(changes: &[Change]) -> Result<Self, RestoreError> {
        let mut state = None;
        for (at, change) in changes.iter().enumerate() {
            Self::apply(&mut state, change).map_err(|why| RestoreError { at, why })?;
        }
        state.ok_or(RestoreError { at: 0, why: Illegal::NotBegun })
    }

    /// Makes one change; nothing changes when it is illegal.
    ///
    /// # Errors
    /// [`Illegal`] says why it cannot happen.
    pub fn apply(state: &mut Option<Self>, change: &Change) -> Result<(), Illegal> {
        match (state.as_mut(), change) {
            (None, Change::Accepted(accepted)) => {
                *state = Some(Self::Sent(Sent::new(accepted.as_ref().clone())));
                Ok(())
            }
            (None, Change::Arrived(arrived)) => {
                *state = Some(Self::Received(Received::new(arrived.as_ref().clone())));
                Ok(())
            }
            (None, Change::Passed { about, at }) => {
                *state = Some(Self::Passing(Passing::new(about.as_ref().clone(), *at)));
                Ok(())
            }
            (None, _) => Err(Illegal::NotBegun),
            (Some(state), change) => state.follow(change),
        }
    }

    fn follow(&mut self, change: &Change) -> Result<(), Illegal> {
        match (self, change) {
            (_, Change::Accepted(_) | Change::Arrived(_) | Change::Passed { .. }) => {
                Err(Illegal::BegunBefore)
            }
            (Self::Sent(sent), Change::Tracked { recipient, event, at }) => {
                sent.track(recipient, *event, *at)
            }
            (Self::Received(received), Change::Taken { recipients, at }) => {
                received.take(recipients, *at)
            }
            (Self::Received(received), Change::Placed { recipient, event, at }) => {
                received.place(recipient, *event, *at)
            }
            (state, Change::Asked { effect, task }) => state.ledger_mut().ask(effect, task),
            (state, Change::Answered { effect, recipient }) => {
                state.ledger_mut().answer(effect, recipient)
            }
            (state, Change::Settled { effect }) => state.ledger_mut().settle(effect),
            (state, Change::Read { content, at }) => state.ledger_mut().read(*content, *at),
            (_, Change::Tracked { .. } | Change::Taken { .. } | Change::Placed { .. }) => {
                Err(Illegal::OtherRole)
            }
        }
    }

    /// When the state wants to be looked at again.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Sent(sent) => sent.next_timer().map(|(_, due)| due),
            Self::Received(_) | Self::Passing(_) => None,
        }
    }

    /// Whether nothing more is waited for: once it has rested for longer than any host tries again
    /// (days, not hours), the state can go to the archive. A repeat would not be known as one then;
    /// a late receipt finds no state, and is delivered all the same.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let nothing_open = self.ledger().outstanding().next().is_none();
        nothing_open
            && match self {
                Self::Sent(sent) => sent.recipients().iter().all(|one| one.stage().is_final()),
                Self::Received(_) | Self::Passing(_) => true,
            }
    }

    /// The latest instant that the state has seen: what happens next is not before it, whatever
    /// the clock says.
    #[must_use]
    pub fn seen_at(&self) -> DateTime<Utc> {
        self.ledger().seen_at()
    }

    /// What the shell has not answered yet.
    pub fn outstanding(&self) -> impl Iterator<Item = (&EffectId, &Task)> {
        self.ledger().outstanding()
    }

    /// What is waited for under this name.
    #[must_use]
    pub fn task(&self, effect: &EffectId) -> Option<&Task> {
        self.ledger().task(effect)
    }

    /// Whether a receipt of these octets was read.
    #[must_use]
    pub fn has_read(&self, content: &Digest) -> bool {
        self.ledger().has_read(content)
    }

    /// How many receipts were read.
    #[must_use]
    pub fn receipts_read(&self) -> usize {
        self.ledger().receipts_read()
    }

    fn ledger(&self) -> &Ledger {
        match self {
            Self::Sent(sent) => &sent.ledger,
            Self::Received(received) => &received.ledger,
            Self::Passing(passing) => &passing.ledger,
        }
    }

    fn ledger_mut(&mut self) -> &mut Ledger {
        match self {
            Self::Sent(sent) => &mut sent.ledger,
            Self::Received(received) => &mut received.ledger,
            Self::Passing(passing) => &mut passing.ledger,
        }
    }
}
