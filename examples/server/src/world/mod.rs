//! What a gestore believes and signs with, read from its folder: directory, authorities, revocation
//! lists, keys. Files are read again when they change, so nothing of it needs a restart.

mod crls;
mod directory;
mod keys;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use pec_directory::FreshnessLimits;
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::Signer;
use pec_smime::verify::Policy;
use pec_smime::x509::{CertificateUse, TrustStore};

use crate::config::Config;
use crate::shell::Trust;
pub use crls::{fetch_crls, next_update};
pub use directory::{DirectoryFault, DirectoryFile, read_directory};
pub use keys::{KeyFault, read_keys};

/// Why the world cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryFault),
    /// The authorities or revocation lists.
    #[error("{}: {reason}", folder.display())]
    Trust {
        /// The folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyFault),
}

/// What was read from the folder of a gestore.
pub struct World {
    /// The directory.
    pub directory: DirectoryFile,
    /// Authorities and revocation lists, and what counts.
    pub trust: Trust,
    /// What signs.
    pub signers: Vec<Arc<dyn Signer>>,
    /// When each of the files was changed last.
    stamps: Vec<Option<SystemTime>>,
}

impl World {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`WorldError`], which names the file.
    pub fn read(
        folder: &Path,
        config: &Config,
        now: DateTime<Utc>,
        crypto: &CryptoProvider,
    ) -> Result<Self, WorldError> {
        // Before the reading, so that a change during it is seen at the next look.
        let stamps = stamps(folder, config);
        Ok(Self {
            directory: read_directory(folder, &config.directory, now, crypto)?,
            trust: trust(folder, config)?,
            signers: read_keys(folder, &config.signing, crypto)?,
            stamps,
        })
    }

    /// Whether a file has changed since it was read.
    #[must_use]
    pub fn has_changed(&self, folder: &Path, config: &Config) -> bool {
        stamps(folder, config) != self.stamps
    }

    /// Takes the files as they are now for read.
    pub fn look_again(&mut self, folder: &Path, config: &Config) {
        self.stamps = stamps(folder, config);
    }

    /// Whether the directory file has been written since it was read, even if nothing changed in
    /// it: it was fetched again.
    #[must_use]
    pub fn is_directory_renewed(&self, before: &Self) -> bool {
        self.stamps.first() != before.stamps.first()
    }
}

fn trust(folder: &Path, config: &Config) -> Result<Trust, WorldError> {
    let mut store = TrustStore::new();
    for (path, usage) in [
        (&config.trust.anchors, CertificateUse::Anchor),
        (&config.trust.crls, CertificateUse::Intermediate),
    ] {
        let path = folder.join(path);
        store.add_folder(&path, usage).map_err(|error| WorldError::Trust {
            folder: path.clone(),
            reason: error.to_string(),
        })?;
    }
    let hours = |hours: u32| TimeDelta::hours(i64::from(hours));
    let freshness = FreshnessLimits {
        current: hours(config.directory.current_hours),
        usable: hours(config.directory.usable_hours),
    };
    // Deployed providers still make SHA-1 digests (norms 67).
    Ok(Trust { store, policy: Policy::interoperable(), freshness })
}

/// When the files were changed last, the directory first.
fn stamps(folder: &Path, config: &Config) -> Vec<Option<SystemTime>> {
    let keys = config.signing.keys.iter().flat_map(|files| [&files.certificate, &files.key]);
    let first = [&config.directory.file, &config.trust.anchors, &config.trust.crls];
    let paths = first.into_iter().chain(&config.directory.signers).chain(keys);
    let modified = |path: &PathBuf| {
        std::fs::metadata(folder.join(path)).and_then(|data| data.modified()).ok()
    };
    paths.map(modified).collect()
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("signers", &self.signers.len()).finish_non_exhaustive()
    }
}
