//! What a gestore believes and signs with, as it stands now: directory, authorities, revocation
//! lists, keys. Files are read again when they change, so nothing of it needs a restart.

mod crls;
mod directory;
mod keys;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use pec_directory::{Directory, DirectoryHistory, FreshnessLimits};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::SoftwareSigner;
use pec_smime::x509::{CertificateUse, TrustStore};

use crate::config::Config;
pub use crls::{fetch_crls, next_update};
pub use directory::{DirectoryFault, DirectoryFile, read_directory};
pub use keys::{KeyFault, Keys};

/// What a gestore believes and signs with at one moment; it never changes.
#[derive(Debug)]
pub struct World {
    /// The directory in force.
    pub directory: Directory,
    /// The same and those before.
    pub history: DirectoryHistory,
    /// How old a directory may be.
    pub limits: FreshnessLimits,
    /// Authorities and revocation lists.
    pub trust: TrustStore,
    /// What signs.
    pub keys: Keys,
}

/// Why the world cannot be loaded.
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

/// Where the world is read from, and what it is now.
#[derive(Debug)]
pub struct Globe {
    folder: PathBuf,
    config: Arc<Config>,
    crypto: CryptoProvider,
    now: RwLock<Arc<World>>,
    stamps: RwLock<Vec<Option<SystemTime>>>,
}

impl Globe {
    /// Reads the world. `known` is when the store first saw the directory file, by its octets.
    ///
    /// # Errors
    ///
    /// [`WorldError`], which names the file.
    pub fn load(
        folder: &Path,
        config: Arc<Config>,
        crypto: CryptoProvider,
        file: &DirectoryFile,
        obtained_at: DateTime<Utc>,
    ) -> Result<Self, WorldError> {
        let directory = file.directory(obtained_at);
        let mut history = DirectoryHistory::new();
        history.insert(directory.clone());
        let world = read(folder, &config, &crypto, directory, history)?;
        Ok(Self {
            stamps: RwLock::new(stamps(folder, &config)),
            folder: folder.to_owned(),
            config,
            crypto,
            now: RwLock::new(Arc::new(world)),
        })
    }

    /// The world now.
    #[must_use]
    pub fn now(&self) -> Arc<World> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a file has changed since the last look.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        let found = stamps(&self.folder, &self.config);
        found != *self.stamps.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads everything again. On an error the old world stays (norms 53).
    ///
    /// # Errors
    ///
    /// [`WorldError`].
    pub fn reload(&self, at: DateTime<Utc>) -> Result<Option<DirectoryFile>, WorldError> {
        *self.stamps.write().unwrap_or_else(PoisonError::into_inner) =
            stamps(&self.folder, &self.config);
        let old = self.now();
        let file = read_directory(&self.folder, &self.config.directory, at, &self.crypto)?;
        let directory = file.directory(at);
        let is_new = directory.contents() != old.directory.contents();
        let mut history = old.history.clone();
        history.insert(directory.clone());
        let world = read(&self.folder, &self.config, &self.crypto, directory, history)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
        Ok(is_new.then_some(file))
    }
}

fn read(
    folder: &Path,
    config: &Config,
    crypto: &CryptoProvider,
    directory: Directory,
    history: DirectoryHistory,
) -> Result<World, WorldError> {
    let mut trust = TrustStore::new();
    for (path, usage) in [
        (&config.trust.anchors, CertificateUse::Anchor),
        (&config.trust.crls, CertificateUse::Intermediate),
    ] {
        let path = folder.join(path);
        trust.add_folder(&path, usage).map_err(|error| WorldError::Trust {
            folder: path.clone(),
            reason: error.to_string(),
        })?;
    }
    let hours = |hours: u32| chrono::TimeDelta::hours(i64::from(hours));
    let limits = FreshnessLimits {
        current: hours(config.directory.current_hours),
        usable: hours(config.directory.usable_hours),
    };
    let keys = Keys::read(folder, &config.signing, crypto)?;
    Ok(World { directory, history, limits, trust, keys })
}

/// When each of the files was changed last.
fn stamps(folder: &Path, config: &Config) -> Vec<Option<SystemTime>> {
    let keys = config.signing.keys.iter().flat_map(|files| [&files.certificate, &files.key]);
    let single = [&config.directory.file, &config.trust.anchors, &config.trust.crls];
    let paths = config.directory.signers.iter().chain(single).chain(keys);
    let modified =
        |path: &PathBuf| std::fs::metadata(folder.join(path)).and_then(|data| data.modified()).ok();
    paths.map(modified).collect()
}

impl World {
    /// What signs now: the first key whose certificate is valid.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn signer(&self, now: DateTime<Utc>) -> Result<&SoftwareSigner, KeyFault> {
        self.keys.at(now)
    }
}
