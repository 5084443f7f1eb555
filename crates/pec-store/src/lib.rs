#![doc = include_str!("../README.md")]

mod backup;
mod body;
pub mod chain;
mod commit;
mod durable;
mod encoded;
pub mod engine;
mod error;
mod gate;
pub mod mailbox;
mod options;
mod outbox;
mod pending;
mod sqlite;
mod store;
#[cfg(feature = "testkit")]
#[doc(hidden)]
pub mod testkit;
mod threads;
pub mod upkeep;
mod view;

pub use backup::restore;
pub use body::{Body, BodyRanges, BodyReader, BodyWriter, Fragment, Pieces, reference_of};
pub use commit::{Commit, Committed, PutOff};
pub use error::{CommitError, OpenError, Stale, StoreError};
pub use options::{INLINE_OCTETS_MAX, Options};
pub use outbox::{Lease, LeaseRequest, RetrySchedule, Worker};
pub use pending::Pending;
pub use sqlite::{SCHEMA_VERSION, SqliteEngine};
pub use store::Store;
pub use upkeep::{Fault, PurgePolicy, Purged};
pub use view::{DirectoryFile, Quarantined, View};
