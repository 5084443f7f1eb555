#![doc = include_str!("../README.md")]

mod certificate;
mod comparison;
mod deviation;
mod directory;
mod domain;
mod error;
mod freshness;
#[doc(hidden)]
pub mod fuzzing;
mod history;
pub mod limits;
mod lines;
mod model;
mod name;
mod reader;
pub mod schema;
mod signed;
mod text;
mod writer;

pub use certificate::{CertificateHash, HashError, ProviderCertificate};
pub use comparison::{Alarm, Change, Place, Thresholds};
pub use deviation::{Deviation, DeviationKind};
pub use directory::{Directory, Entry};
pub use domain::{Domain, DomainError};
pub use error::{LineError, LineFault, ReadError, WriteError};
pub use freshness::{Freshness, FreshnessGrade, FreshnessLimits};
pub use history::DirectoryHistory;
pub use model::{BaseRoot, Contents, Environment, Provider, SecondaryEnvironment};
pub use signed::{MEDIA_TYPE, PinnedSigners, SealError, SignedFile, SignedFileError};
pub use text::{Location, LocationError, MailboxError, ServiceMailbox, Text, TextError};
