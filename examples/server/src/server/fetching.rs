//! Fetches the directory time and again; upkeep notices the new file.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::listen::Stop;
use crate::shell::Gestore;
use crate::world::Fetcher;

/// How often it is looked whether a fetch is due.
const LOOK: Duration = Duration::from_secs(2);

/// Fetches until the stop. A restart does not fetch again what is fresh.
pub(super) async fn run(fetcher: Fetcher, gestore: Gestore, mut stop: Stop) {
    let obtained_at = gestore.world().directory.obtained_at();
    let mut due = fetcher.next_after(obtained_at, true);
    let fetcher = Arc::new(fetcher);
    while !stop.is_given() {
        let now = gestore.now();
        if now >= due {
            let has_succeeded = fetch(Arc::clone(&fetcher), now).await;
            due = fetcher.next_after(now, has_succeeded);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.wait() => {}
        }
    }
}

async fn fetch(fetcher: Arc<Fetcher>, now: DateTime<Utc>) -> bool {
    let reason = match tokio::task::spawn_blocking(move || fetcher.fetch()).await {
        Ok(Ok(())) => {
            tracing::info!(%now, "the directory was fetched");
            return true;
        }
        Ok(Err(fault)) => fault.to_string(),
        Err(error) => error.to_string(),
    };
    metrics::counter!("pec_directory_fetch_failures_total").increment(1);
    tracing::error!(reason, "ALARM: the directory could not be fetched; the old one serves");
    false
}
