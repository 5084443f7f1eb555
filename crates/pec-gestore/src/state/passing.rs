//! Mail that belongs to no transmission of ours, for as long as something is to be done with it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use crate::About;

/// Mail that belongs to no transmission of ours: submissions that were not accepted, ordinary mail,
/// anomalies, and receipts for transmissions that are not known or archived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passing {
    about: About,
    pub(super) ledger: Ledger,
}

impl Passing {
    pub(super) const fn new(about: About, at: DateTime<Utc>) -> Self {
        Self { about, ledger: Ledger::new(at) }
    }

    /// What the mail is about.
    #[must_use]
    pub const fn about(&self) -> &About {
        &self.about
    }
}
