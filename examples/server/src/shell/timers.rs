//! What happens by itself: deadlines, what was put off, the daily closure of the log.

use std::time::Duration;

use chrono::TimeDelta;
use pec_gestore::Input;
use pec_store::{LeaseRequest, StoreError};

use super::{Gestore, LEASE, ShellError};
use crate::listen::Stop;

/// Effects and deadlines that are taken at once.
const BATCH: u32 = 256;
/// The longest time between two looks: the clock may be moved, others may work on the store.
const LOOK: Duration = Duration::from_secs(1);
/// How long a stop waits for what is under way.
const GRACE: Duration = Duration::from_secs(30);

impl Gestore {
    /// Works through what is due until the stop, and then finishes what was begun.
    ///
    /// # Errors
    /// When the store failed so that it refuses all work: what is durable shows only when it is
    /// opened again.
    pub async fn run(&self, mut stop: Stop) -> Result<(), StoreError> {
        // What this node had when it died is its own again.
        if let Err(error) = self.0.store.release(&self.0.worker, self.now()).await {
            tracing::error!(%error, "the outbox cannot be taken over");
        }
        while !stop.is_given() {
            let wait = match self.look().await {
                Ok(wait) => wait,
                Err(ShellError::Store(error)) if error.is_fatal() => {
                    return Err(self.0.store.failure().unwrap_or(error));
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be looked through");
                    LOOK
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.0.wake.notified() => {}
                () = stop.wait() => {}
            }
        }
        let _ = tokio::time::timeout(GRACE, self.settle()).await;
        if let Err(error) = self.0.store.release(&self.0.worker, self.now()).await {
            tracing::warn!(%error, "the outbox cannot be given back; its leases run out");
        }
        Ok(())
    }

    /// Looks once at what is due; how long there is nothing to do.
    async fn look(&self) -> Result<Duration, ShellError> {
        let now = self.now();
        let due = self.0.store.read(move |view| view.due_deadlines(now, BATCH)).await?;
        let deadlines = due.len();
        for key in due {
            self.handle(move |_, _| Ok(Input::Deadline(key.clone())), None).await?;
        }
        let until = now.checked_add_signed(LEASE).unwrap_or(now);
        let worker = self.0.worker.clone();
        let leases = self.0.store.lease(LeaseRequest { worker, now, until, limit: BATCH }).await?;
        let full = usize::try_from(BATCH).unwrap_or(usize::MAX);
        let is_full = leases.len() >= full || deadlines >= full;
        for lease in leases {
            self.start_leased(lease);
        }
        self.close_log_daily(now).await?;
        if is_full {
            return Ok(Duration::ZERO);
        }
        let next = self.0.store.read(|view| view.next_wake()).await?;
        let wait = next.map_or(TimeDelta::MAX, |next| next.signed_duration_since(now));
        Ok(wait.to_std().unwrap_or(Duration::from_millis(10)).min(LOOK))
    }
}
