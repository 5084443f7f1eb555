//! Every order of events that one transmission can see, explored to a fixpoint.
//!
//! A sender's gestore and one or two recipients: everything that may come from outside, at every
//! interesting instant, in every order, however often. Beside the state of the library runs an
//! [oracle] that was written from RFC 6109 §3.1.6 and the audit of norms §2.2 alone. Pairs
//! of state and oracle that were met before are not explored again, so the search ends, and stands
//! for all sequences.

pub mod oracle;
mod scene;
mod search;

pub use oracle::{Oracle, Outcome, RelayState};
pub use scene::{Happening, Scene};
pub use search::{Explored, explore, walk};

use chrono::TimeDelta;

/// The ages of a transmission at which something is due or just not due yet, for the scene of one
/// recipient and for that of two.
#[must_use]
pub fn ages(recipients: usize) -> Vec<TimeDelta> {
    let all = [(1, 0), (12, -1), (12, 0), (22, -1), (24, -1), (24, 0), (30, 0)];
    let few = [(1, 0), (12, 0), (24, 0)];
    let chosen: &[(i64, i64)] = if recipients == 1 { &all } else { &few };
    let age =
        |(hours, seconds): &(i64, i64)| TimeDelta::hours(*hours) + TimeDelta::seconds(*seconds);
    chosen.iter().map(age).collect()
}
