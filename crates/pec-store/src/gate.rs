//! Whether the store still works.

use std::sync::{Arc, OnceLock};

use crate::StoreError;

/// Closed for good by a failure after which only recovery from disk tells what is durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<OnceLock<StoreError>>);

impl Gate {
    /// Whether work may go on.
    pub(crate) fn pass(&self) -> Result<(), StoreError> {
        if self.0.get().is_some() { Err(StoreError::Refusing) } else { Ok(()) }
    }

    /// Closes if the failure is such; the first one is remembered.
    pub(crate) fn close_on(&self, failure: &StoreError) {
        if failure.is_fatal() {
            self.0.get_or_init(|| failure.clone());
        }
    }

    /// What closed it.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.0.get().cloned()
    }
}
