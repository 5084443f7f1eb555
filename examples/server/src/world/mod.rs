//! What a gestore believes and signs with, as it stands now: directory, authorities, revocation
//! lists, keys. Files are read again when they change, so nothing of it needs a restart.

mod crls;
mod directory;
mod fetch;
mod https;
mod keys;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use pec_directory::{Directory, DirectoryHistory, FreshnessLimits};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::SoftwareSigner;
use pec_smime::x509::{CertificateUse, TrustStore};

use crate::config::Config;
pub use crls::{fetch_crls, next_update};
pub use directory::{DirectoryFault, DirectoryFile, read_directory};
pub use fetch::{FetchFault, Fetcher};
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

/// The folder that the world is read from.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    config: Arc<Config>,
    crypto: CryptoProvider,
    /// When each of the files was changed last, the directory first.
    stamps: Vec<Option<SystemTime>>,
    /// The last reading came to nothing.
    is_put_off: bool,
    /// The file of the directory has changed, and that has not been taken over yet.
    is_directory_due: bool,
}

impl Folder {
    /// A folder with its configuration.
    #[must_use]
    pub fn new(path: &Path, config: Arc<Config>, crypto: CryptoProvider) -> Self {
        let (path, stamps) = (path.to_owned(), Vec::new());
        Self { path, config, crypto, stamps, is_put_off: false, is_directory_due: false }
    }

    /// The directory as it lies there.
    ///
    /// # Errors
    ///
    /// [`DirectoryFault`], which names the file.
    pub fn directory(&self, now: DateTime<Utc>) -> Result<DirectoryFile, DirectoryFault> {
        read_directory(&self.path, &self.config.directory, now, &self.crypto)
    }

    /// When the file of the directory was put where it lies.
    #[must_use]
    pub fn directory_put_at(&self) -> Option<DateTime<Utc>> {
        modified(&self.path.join(&self.config.directory.file)).map(DateTime::from)
    }

    /// Reads the world, with a directory that was obtained at an instant.
    ///
    /// # Errors
    ///
    /// [`WorldError`], which names the file.
    pub fn read(
        &mut self,
        file: &DirectoryFile,
        obtained_at: DateTime<Utc>,
    ) -> Result<World, WorldError> {
        // Before the reading, so that a change during it is seen at the next look.
        self.stamps = self.stamps_now();
        let directory = file.directory(obtained_at);
        let mut history = DirectoryHistory::new();
        history.insert(directory.clone());
        read(&self.path, &self.config, &self.crypto, directory, history)
    }

    /// Whether a file has changed since the last reading.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.stamps_now() != self.stamps
    }

    /// Whether the last reading came to nothing, and another one may come to more: a directory
    /// whose signature is of later than now by a slow clock, a file that was half written.
    #[must_use]
    pub const fn is_put_off(&self) -> bool {
        self.is_put_off
    }

    /// Reads everything again, and the directory if its file was written since: also one that says
    /// the same is obtained again then. The file is given back where it says something new.
    ///
    /// # Errors
    ///
    /// [`WorldError`]: the old world serves on (norms 53).
    pub fn read_again(
        &mut self,
        old: &World,
        at: DateTime<Utc>,
    ) -> Result<(World, Option<DirectoryFile>), WorldError> {
        let stamps = self.stamps_now();
        self.is_directory_due |= stamps.first() != self.stamps.first();
        self.stamps = stamps;
        let read = self.take_over(old, at);
        self.is_put_off = read.is_err();
        self.is_directory_due &= self.is_put_off;
        read
    }

    fn take_over(
        &self,
        old: &World,
        at: DateTime<Utc>,
    ) -> Result<(World, Option<DirectoryFile>), WorldError> {
        let (mut directory, mut history) = (old.directory.clone(), old.history.clone());
        let mut news = None;
        if self.is_directory_due {
            let file = self.directory(at)?;
            directory = file.directory(at);
            news = (directory.contents() != old.directory.contents()).then_some(file);
            history.insert(directory.clone());
        }
        let world = read(&self.path, &self.config, &self.crypto, directory, history)?;
        Ok((world, news))
    }

    fn stamps_now(&self) -> Vec<Option<SystemTime>> {
        stamps(&self.path, &self.config)
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
    let first = [&config.directory.file, &config.trust.anchors, &config.trust.crls];
    let paths = first.into_iter().chain(&config.directory.signers).chain(keys);
    paths.map(|path| modified(&folder.join(path))).collect()
}

/// When a file was changed last, or the youngest in a folder.
pub(crate) fn modified(path: &Path) -> Option<SystemTime> {
    let own = std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let Ok(entries) = std::fs::read_dir(path) else { return own };
    let of_entries = entries.filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok());
    own.max(of_entries.max())
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
