//! The directory, fetched from the centre by who has a certificate that it knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pec_smime::crypto::CryptoProvider;

use super::https::get;
use super::{DirectoryFault, DirectoryFile, read_directory};
use crate::clock::Clock;
use crate::config::{DirectorySection, FetchSection};
use crate::tls::{Trust, certificates, identified};

/// Largest directory, in octets.
const DIRECTORY_OCTETS: u64 = 256 * 1024 * 1024;
/// After a failure it is tried again so much later.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Fetches the directory of a configuration.
#[derive(Debug)]
pub struct Fetcher {
    folder: PathBuf,
    directory: DirectorySection,
    section: FetchSection,
    clock: Arc<dyn Clock>,
    crypto: CryptoProvider,
}

/// Why the directory was not fetched. The old file stays in each case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchFault {
    /// A file of ours.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The server, or the way to it.
    #[error("{url}: {reason}")]
    Server {
        /// The address.
        url: String,
        /// Why.
        reason: String,
    },
    /// What the server gave is no directory that we believe, or cannot be put in its place.
    #[error(transparent)]
    Directory(#[from] DirectoryFault),
    /// What the server gave does not say when it was signed, and ours does: it may be an old one.
    #[error("{url}: it does not say when it was signed, ours was at {ours}")]
    Undated {
        /// The address.
        url: String,
        /// When ours was.
        ours: DateTime<Utc>,
    },
    /// What the server gave was signed before the one that we have: somebody gives us an old one.
    #[error("{url}: it was signed at {given}, ours at {ours}")]
    Older {
        /// The address.
        url: String,
        /// When the one that was given was signed.
        given: DateTime<Utc>,
        /// When ours was.
        ours: DateTime<Utc>,
    },
}

impl Fetcher {
    /// One for a folder, if the configuration says where to fetch from.
    #[must_use]
    pub fn new(
        folder: &Path,
        directory: &DirectorySection,
        clock: Arc<dyn Clock>,
        crypto: CryptoProvider,
    ) -> Option<Self> {
        let section = directory.fetch.clone()?;
        Some(Self {
            folder: folder.to_owned(),
            directory: directory.clone(),
            section,
            clock,
            crypto,
        })
    }

    /// When to fetch next, after a fetch at an instant that succeeded or not.
    #[must_use]
    pub fn next_after(&self, at: DateTime<Utc>, has_succeeded: bool) -> DateTime<Utc> {
        let regular = TimeDelta::hours(i64::from(self.section.hours));
        let wait = if has_succeeded { regular } else { AGAIN.min(regular) };
        at.checked_add_signed(wait).unwrap_or(at)
    }

    /// Fetches the directory and puts it in the place of the file, also when it says nothing new:
    /// that it is still in force is news too. It blocks for as long as the server takes.
    ///
    /// The files of the certificate are read each time, so that they can be renewed.
    ///
    /// # Errors
    ///
    /// [`FetchFault`].
    // rfc6109 §5.6#1, norms 49, norms 50, norms 53
    pub fn fetch(&self) -> Result<(), FetchFault> {
        let url = &self.section.url;
        let server = |reason: String| FetchFault::Server { url: url.clone(), reason };
        let authorities = self.folder.join(&self.section.authorities);
        let fault = |error: &dyn std::fmt::Display| FetchFault::File {
            file: authorities.clone(),
            reason: error.to_string(),
        };
        let trusted = certificates(&self.read(&self.section.authorities)?);
        let trust = Trust::Authorities(trusted.map_err(|error| fault(&error))?);
        let chain = self.read(&self.section.certificate)?;
        let key = zeroize::Zeroizing::new(self.read(&self.section.key)?);
        let tls = identified(&trust, &chain, &key, Arc::clone(&self.clock)).map_err(|error| {
            let file = self.folder.join(&self.section.certificate);
            FetchFault::File { file, reason: error.to_string() }
        })?;
        let octets = get(url, tls, DIRECTORY_OCTETS).map_err(server)?;
        let (now, name) = (self.clock.now(), Path::new(url));
        let given =
            DirectoryFile::of(octets, name, &self.folder, &self.directory, now, &self.crypto)?;
        // A file of ours that cannot be read is no reason to go without one.
        let ours = read_directory(&self.folder, &self.directory, now, &self.crypto).ok();
        let ours = ours.and_then(|ours| ours.signed_at());
        if let Some(ours) = ours {
            match given.signed_at() {
                None => return Err(FetchFault::Undated { url: url.clone(), ours }),
                Some(given) if given < ours => {
                    return Err(FetchFault::Older { url: url.clone(), given, ours });
                }
                Some(_) => {}
            }
        }
        Ok(given.put(&self.folder, &self.directory)?)
    }

    fn read(&self, file: &Path) -> Result<Vec<u8>, FetchFault> {
        let file = self.folder.join(file);
        std::fs::read(&file).map_err(|error| FetchFault::File { file, reason: error.to_string() })
    }
}
