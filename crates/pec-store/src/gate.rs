//! Whether the store still works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::StoreError;

/// Closed for good by a failure after which only recovery from disk tells what is durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<AtomicBool>);

impl Gate {
    /// Whether work may go on.
    pub(crate) fn pass(&self) -> Result<(), StoreError> {
        if self.0.load(Ordering::Acquire) { Err(StoreError::Refusing) } else { Ok(()) }
    }

    /// Closes if the failure is such.
    pub(crate) fn close_on(&self, failure: &StoreError) {
        if failure.is_fatal() {
            self.0.store(true, Ordering::Release);
        }
    }
}
