//! What is renewed while the gestore runs: directory, authorities, revocation lists, keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_directory::FreshnessGrade;
use pec_smime::crypto::CryptoProvider;

use crate::config::Config;
use crate::listen::Stop;
use crate::shell::Gestore;
use crate::world::{World, fetch_crls, next_update};

/// Renews what a gestore believes and signs with.
pub(super) struct Upkeep {
    folder: PathBuf,
    config: Arc<Config>,
    gestore: Gestore,
    world: World,
    crypto: CryptoProvider,
    /// When the next look at dates is due, by the gestore's clock.
    dates_due: DateTime<Utc>,
}

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often dates are looked at.
const DATES: TimeDelta = TimeDelta::minutes(10);

impl Upkeep {
    pub(super) fn new(
        folder: &Path,
        config: Config,
        gestore: Gestore,
        world: World,
        crypto: CryptoProvider,
    ) -> Self {
        let dates_due = gestore.now();
        let (folder, config) = (folder.to_owned(), Arc::new(config));
        Self { folder, config, gestore, world, crypto, dates_due }
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
            if self.world.has_changed(&self.folder, &self.config) {
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
        let (folder, config) = (self.folder.clone(), Arc::clone(&self.config));
        let fetching =
            tokio::task::spawn_blocking(move || fetch_crls(&folder, &config.trust, now));
        match fetching.await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "revocation lists were fetched"),
            Err(error) => tracing::error!(%error, "revocation lists cannot be fetched"),
        }
    }

    /// Reads the files again. What cannot be read stays as it was (norms 53).
    async fn reload(&mut self, now: DateTime<Utc>) {
        let world = match World::read(&self.folder, &self.config, now, &self.crypto) {
            Ok(world) => world,
            Err(error) => {
                metrics::counter!("pec_reload_failures_total").increment(1);
                tracing::error!(%error, "ALARM: a changed file cannot be used; the old one serves");
                // Looked at again only when it changes again.
                self.world.look_again(&self.folder, &self.config);
                return;
            }
        };
        self.gestore.set_trust(world.trust.clone());
        self.gestore.set_signers(world.signers.clone());
        if world.is_directory_renewed(&self.world) {
            self.renew_directory(&world, now).await;
        }
        self.world = world;
        self.tell_dates(now);
        tracing::info!("changed files were read");
    }

    async fn renew_directory(&self, world: &World, now: DateTime<Utc>) {
        let mut history = (*self.gestore.directories()).clone();
        history.insert(world.directory.directory(now));
        self.gestore.set_directories(history);
        if world.directory.octets == self.world.directory.octets {
            return;
        }
        let store = self.gestore.store();
        let kept = match store.body(world.directory.octets.clone()).await {
            Ok(body) => store.add_directory(body, now).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "the directory's history misses an edition");
        }
    }

    /// Metrics and alarms of what runs out.
    fn tell_dates(&self, now: DateTime<Utc>) {
        let seconds = |until: DateTime<Utc>| {
            #[expect(clippy::cast_precision_loss, reason = "seconds until a date")]
            let seconds = until.signed_duration_since(now).num_seconds() as f64;
            seconds
        };
        if let Some(next) = next_update(&self.folder, &self.config.trust) {
            metrics::gauge!("pec_crl_seconds_left").set(seconds(next));
            if next <= now {
                tracing::error!(%next, "ALARM: a revocation list is out of date: mail waits");
            }
        }
        let ends = self.world.signers.iter().map(|signer| signer.certificate().not_after());
        if let Some(end) = ends.max() {
            metrics::gauge!("pec_signing_seconds_left").set(seconds(end));
            if seconds(end) < 30.0 * 86_400.0 {
                tracing::warn!(%end, "the signing certificate ends soon");
            }
        }
        let directories = self.gestore.directories();
        let Some(latest) = directories.latest() else { return };
        let freshness = latest.freshness(now, self.world.trust.freshness);
        #[expect(clippy::cast_precision_loss, reason = "an age in seconds")]
        metrics::gauge!("pec_directory_age_seconds").set(freshness.age.num_seconds() as f64);
        if freshness.grade != FreshnessGrade::Current {
            let (age, grade) = (freshness.age.num_hours(), freshness.grade);
            tracing::error!(age, ?grade, "ALARM: the directory should have been renewed");
        }
    }
}
