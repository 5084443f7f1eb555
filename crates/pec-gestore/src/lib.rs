//! The gestore of Posta Elettronica Certificata as a pure state machine: access, incoming and
//! delivery points, tracking, timers, log and audit.

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
