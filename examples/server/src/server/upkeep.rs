//! What is renewed while the gestore runs: directory, authorities, revocation lists, keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_directory::FreshnessGrade;

use crate::config::Config;
use crate::listen::Stop;
use crate::shell::Gestore;
use crate::world::{Folder, fetch_crls, next_update};

/// Renews what a gestore believes and signs with.
pub(super) struct Upkeep {
    path: PathBuf,
    config: Arc<Config>,
    gestore: Gestore,
    files: Folder,
    /// When the next look at dates is due, by the gestore's clock.
    dates_due: DateTime<Utc>,
}

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often dates are looked at.
const DATES: TimeDelta = TimeDelta::minutes(10);

impl Upkeep {
    pub(super) fn new(path: &Path, config: Arc<Config>, gestore: Gestore, files: Folder) -> Self {
        let dates_due = gestore.now();
        Self { path: path.to_owned(), config, gestore, files, dates_due }
    }

    /// Looks after things until the stop.
    pub(super) async fn run(mut self, mut stop: Stop) {
        while !stop.is_given() {
            let now = self.gestore.now();
            if now >= self.dates_due {
                self.dates_due = now.checked_add_signed(DATES).unwrap_or(now);
                self.fetch(now).await;
                self.tell_dates(now);
            }
            if self.files.has_changed() {
                self.reload(now).await;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stop.wait() => {}
            }
        }
    }

    async fn fetch(&self, now: DateTime<Utc>) {
        if self.config.trust.crl_urls.is_empty() {
            return;
        }
        let (folder, config) = (self.path.clone(), Arc::clone(&self.config));
        let fetching = tokio::task::spawn_blocking(move || fetch_crls(&folder, &config.trust, now));
        match fetching.await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "revocation lists were fetched"),
            Err(error) => tracing::error!(%error, "revocation lists cannot be fetched"),
        }
    }

    /// Reads the files again. What cannot be read stays as it was (norms 53).
    async fn reload(&mut self, now: DateTime<Utc>) {
        let (world, news) = match self.files.read_again(&self.gestore.world(), now) {
            Ok(read) => read,
            Err(error) => {
                metrics::counter!("pec_reload_failures_total").increment(1);
                tracing::error!(%error, "ALARM: a changed file cannot be used; the old one serves");
                return;
            }
        };
        self.gestore.set_world(Arc::new(world));
        if let Some(file) = news {
            let store = self.gestore.store();
            let kept = match store.body(file.octets).await {
                Ok(body) => store.add_directory(body, now).await,
                Err(error) => Err(error),
            };
            if let Err(error) = kept {
                tracing::error!(%error, "the directory's history misses an edition");
            }
        }
        self.tell_dates(now);
        tracing::info!("changed files were read");
    }

    /// Metrics and alarms of what runs out.
    fn tell_dates(&self, now: DateTime<Utc>) {
        let seconds = |until: DateTime<Utc>| {
            #[expect(clippy::cast_precision_loss, reason = "seconds until a date")]
            let seconds = until.signed_duration_since(now).num_seconds() as f64;
            seconds
        };
        if let Some(next) = next_update(&self.path, &self.config.trust) {
            metrics::gauge!("pec_crl_seconds_left").set(seconds(next));
            if next <= now {
                tracing::error!(%next, "ALARM: a revocation list is out of date: mail waits");
            }
        }
        let world = self.gestore.world();
        if let Some(end) = world.keys.end() {
            metrics::gauge!("pec_signing_seconds_left").set(seconds(end));
            if seconds(end) < 30.0 * 86_400.0 {
                tracing::warn!(%end, "the signing certificate ends soon");
            }
        }
        let freshness = world.directory.freshness(now, world.limits);
        #[expect(clippy::cast_precision_loss, reason = "an age in seconds")]
        metrics::gauge!("pec_directory_age_seconds").set(freshness.age.num_seconds() as f64);
        if freshness.grade != FreshnessGrade::Current {
            let (age, grade) = (freshness.age.num_hours(), freshness.grade);
            tracing::error!(age, ?grade, "ALARM: the directory should have been renewed");
        }
    }
}
