//! What is renewed while the gestore runs: directory, authorities, revocation lists, keys, the
//! certificate for TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_directory::{Directory, FreshnessGrade, Thresholds};

use super::certificate::OwnCertificate;
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
    certificate: OwnCertificate,
    /// When the next look at dates is due, by the gestore's clock.
    dates_due: DateTime<Utc>,
}

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often dates are looked at.
const DATES: TimeDelta = TimeDelta::minutes(10);
/// Changes of the directory that are told one by one.
const TOLD: usize = 20;

impl Upkeep {
    pub(super) fn new(
        path: &Path,
        config: Arc<Config>,
        gestore: Gestore,
        files: Folder,
        certificate: OwnCertificate,
    ) -> Self {
        let dates_due = gestore.now();
        Self { path: path.to_owned(), config, gestore, files, certificate, dates_due }
    }

    /// Looks after things until the stop.
    pub(super) async fn run(mut self, mut stop: Stop) {
        while !stop.is_given() {
            let now = self.gestore.now();
            let looks_at_dates = now >= self.dates_due;
            if looks_at_dates {
                self.dates_due = now.checked_add_signed(DATES).unwrap_or(now);
                self.fetch(now).await;
                self.tell_dates(now);
            }
            // What could not be used may have become usable: it is tried again, but not every time.
            if self.files.has_changed() || looks_at_dates && self.files.is_put_off() {
                self.reload(now).await;
            }
            if self.certificate.has_changed() || looks_at_dates && self.certificate.is_put_off() {
                self.show(now);
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
        let old = self.gestore.world();
        let (world, news) = match self.files.read_again(&old, now) {
            Ok(read) => read,
            Err(error) => return not_used(&error.to_string()),
        };
        tell_changes(&old.directory, &world.directory);
        // Before it counts, so that what was judged by it can be judged again.
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
        self.gestore.set_world(Arc::new(world));
        self.tell_dates(now);
        tracing::info!("changed files were read");
    }

    /// Shows the certificate of the changed files to new connections.
    fn show(&mut self, now: DateTime<Utc>) {
        match self.certificate.renew(now) {
            Ok(()) => tracing::info!("another certificate is shown to new connections"),
            Err(reason) => not_used(&reason),
        }
        self.tell_dates(now);
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
        if let Some(end) = self.certificate.end() {
            metrics::gauge!("pec_tls_seconds_left").set(seconds(end));
            if seconds(end) < 14.0 * 86_400.0 {
                tracing::error!(%end, "ALARM: the certificate for TLS ends soon, or has ended");
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

fn not_used(reason: &str) {
    metrics::counter!("pec_reload_failures_total").increment(1);
    tracing::error!(reason, "ALARM: a changed file cannot be used; the old one serves");
}

/// What somebody should know of a new directory: it is taken all the same, for its signature is
/// right (norms 53).
fn tell_changes(old: &Directory, new: &Directory) {
    let changes = new.changes_since(old, Thresholds::default());
    let alarming = changes.iter().filter_map(|change| Some((change.alarm()?, change)));
    for (count, (alarm, change)) in alarming.enumerate() {
        metrics::counter!("pec_directory_alarms_total", "alarm" => format!("{alarm:?}"))
            .increment(1);
        if count < TOLD {
            tracing::error!(?alarm, ?change, "ALARM: look at what the directory says now");
        }
    }
}
