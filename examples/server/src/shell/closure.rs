//! The daily closure of the log: all heads of its chains, signed (norms 72).

use chrono::{DateTime, TimeDelta, Utc};
use pec_smime::sign::{SigningOptions, sign_detached};

use super::{Gestore, ShellError};

/// Closures are at most a day apart.
const PERIOD: TimeDelta = TimeDelta::hours(24);

impl Gestore {
    /// Closes the log when the last closure is a day old, and signs what is closed and unsigned.
    pub(super) async fn close_log_daily(&self, now: DateTime<Utc>) -> Result<(), ShellError> {
        let store = &self.0.store;
        let last = store.read(|view| view.closures(0, u32::MAX)).await?;
        let is_due = |at: DateTime<Utc>| now.signed_duration_since(at) >= PERIOD;
        if last.last().is_none_or(|last| is_due(last.closure.at)) {
            store.close_log(now).await?;
        }
        let unsigned = store.read(|view| view.closures(0, u32::MAX)).await?;
        for closed in unsigned.into_iter().filter(|closed| closed.signature.is_none()) {
            let world = self.world();
            let number = closed.closure.number;
            let signed = self
                .compute(usize::MAX, move |inner| {
                    let options = SigningOptions::new(now);
                    let octets = closed.closure.to_octets();
                    let signer = world.keys.at(now).map_err(|error| error.to_string())?;
                    sign_detached(&[&octets], signer, &options, &inner.crypto)
                        .map_err(|error| error.to_string())
                })
                .await?;
            match signed {
                Ok(signature) => drop(store.sign_closure(number, signature).await?),
                Err(error) => tracing::error!(%error, "the log's closure cannot be signed"),
            }
        }
        Ok(())
    }
}
