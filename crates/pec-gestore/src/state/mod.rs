//! The states, one for each side of a transmission, and what may happen to them.

mod received;
mod sent;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use received::Received;

pub use sent::{Accepted, Sent};

/// A state as it is stored, with the number of plans that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Counts the committed plans, from 1.
    pub version: u64,
    /// The state.
    pub state: State,
}

/// One side of a transmission. Closed: a provider has these two roles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The sender's side.
    Sent(Sent),
    /// The receiver's side.
    Received(Received),
}

/// What happens to a state: transitions are one table (`Sent::apply`, `Received::apply`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// A submission was accepted: the state begins.
    Accepted(Box<Accepted>),
}

impl State {
    /// When the state wants to be looked at again.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        None
    }
}
