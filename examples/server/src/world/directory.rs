//! The signed file of the directory.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pec_directory::{Contents, Directory, PinnedSigners, SignedFile};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::Policy;
use pec_smime::x509::Certificate;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::DirectorySection;

/// A directory whose signature was checked.
#[derive(Clone, Debug)]
pub struct DirectoryFile {
    /// The file as it is.
    pub octets: Vec<u8>,
    contents: Contents,
    signed_at: Option<DateTime<Utc>>,
}

/// Why a directory is not taken.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", file.display())]
pub struct DirectoryFault {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub reason: String,
}

/// Reads the directory of a configuration.
///
/// # Errors
///
/// When it cannot be read, is not signed by a signer of the configuration, or is malformed.
pub fn read_directory(
    folder: &Path,
    section: &DirectorySection,
    now: DateTime<Utc>,
    crypto: &CryptoProvider,
) -> Result<DirectoryFile, DirectoryFault> {
    DirectoryFile::read(&folder.join(&section.file), folder, section, now, crypto)
}

impl DirectoryFile {
    /// Reads a file as the directory of a configuration.
    ///
    /// # Errors
    ///
    /// As [`read_directory`].
    // rfc6109 §4.5#2, norms 49
    pub fn read(
        file: &Path,
        folder: &Path,
        section: &DirectorySection,
        now: DateTime<Utc>,
        crypto: &CryptoProvider,
    ) -> Result<Self, DirectoryFault> {
        let octets = std::fs::read(file).map_err(|error| fault(file, &error))?;
        Self::of(octets, file, folder, section, now, crypto)
    }

    /// Takes octets as the directory of a configuration; `name` is what errors say of them.
    ///
    /// # Errors
    ///
    /// As [`read_directory`].
    pub fn of(
        octets: Vec<u8>,
        name: &Path,
        folder: &Path,
        section: &DirectorySection,
        now: DateTime<Utc>,
        crypto: &CryptoProvider,
    ) -> Result<Self, DirectoryFault> {
        let mut signers = Vec::new();
        for path in &section.signers {
            let path = folder.join(path);
            let pem = std::fs::read(&path).map_err(|error| fault(&path, &error))?;
            let der = CertificateDer::from_pem_slice(&pem).map_err(|error| fault(&path, &error))?;
            signers.push(Certificate::from_der(&der).map_err(|error| fault(&path, &error))?);
        }
        let pins = PinnedSigners::from_iter(signers);
        let signed = SignedFile::verify(&octets, &pins, Policy::interoperable(), now, crypto)
            .map_err(|error| fault(name, &error))?;
        let signed_at = signed.claimed_signing_time();
        let (contents, deviations) =
            signed.contents(crypto).map_err(|error| fault(name, &error))?;
        if !deviations.is_empty() {
            let (file, count) = (name.display(), deviations.len());
            tracing::warn!(%file, count, "the directory deviates");
        }
        Ok(Self { octets, contents, signed_at })
    }

    /// The directory, as obtained at an instant.
    #[must_use]
    pub fn directory(&self, obtained_at: DateTime<Utc>) -> Directory {
        Directory::new(self.contents.clone(), obtained_at).with_signed_at(self.signed_at)
    }

    /// What it says.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// When its signer says that it was signed.
    #[must_use]
    pub const fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.signed_at
    }

    /// Puts it into the place of the directory of a configuration, in one step: who reads there
    /// finds the old one whole, or this one.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the old one stays.
    pub fn put(&self, folder: &Path, section: &DirectorySection) -> Result<(), DirectoryFault> {
        let place = folder.join(&section.file);
        let beside = place.with_extension(format!("new-{}", std::process::id()));
        let put = || {
            let mut file = std::fs::File::create(&beside)?;
            file.write_all(&self.octets)?;
            file.sync_all()?;
            std::fs::rename(&beside, &place)
        };
        put().map_err(|error| {
            let _ = std::fs::remove_file(&beside);
            fault(&place, &error)
        })
    }
}

fn fault(file: &Path, reason: &dyn std::fmt::Display) -> DirectoryFault {
    DirectoryFault { file: file.to_owned(), reason: reason.to_string() }
}
