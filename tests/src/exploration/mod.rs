//! Every order of events that one transmission can see, explored to a fixpoint.
//!
//! A sender's gestore and one or two recipients: everything that may come from outside, at every
//! interesting instant, in every order, however often. Beside the state of the library runs an
//! [oracle](oracle) that was written from RFC 6109 §3.1.6 and the audit of norms §2.2 alone. Pairs
//! of state and oracle that were met before are not explored again, so the search ends, and stands
//! for all sequences.

pub mod oracle;
mod scene;
mod search;

pub use oracle::{Oracle, Outcome, RelayState};
pub use scene::{Happening, Scene};
pub use search::{Explored, explore};
