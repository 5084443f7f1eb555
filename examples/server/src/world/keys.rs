//! Keys that sign.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::{Signer as _, SoftwareSigner, load_private_key};
use pec_smime::x509::Certificate;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use crate::config::Signing;

/// The keys of a provider, several while one is being renewed (norms 51).
#[derive(Debug)]
pub struct Keys(Vec<SoftwareSigner>);

/// Why a key does not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// A file cannot be read or used.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// No certificate is valid now.
    #[error("no signing certificate is valid at {0}")]
    NoneValid(DateTime<Utc>),
}

impl Keys {
    /// These, best first.
    #[must_use]
    pub const fn new(signers: Vec<SoftwareSigner>) -> Self {
        Self(signers)
    }

    /// Reads the keys of a configuration.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or key and certificate do not go together.
    pub fn read(
        folder: &Path,
        signing: &Signing,
        crypto: &CryptoProvider,
    ) -> Result<Self, KeyFault> {
        let mut signers = Vec::new();
        for files in &signing.keys {
            let (certificate, key) = (folder.join(&files.certificate), folder.join(&files.key));
            let fault =
                |file: &Path, reason: String| KeyFault::File { file: file.to_owned(), reason };
            let pem = std::fs::read(&certificate)
                .map_err(|error| fault(&certificate, error.to_string()))?;
            let mut chain = Vec::new();
            for der in CertificateDer::pem_slice_iter(&pem) {
                let der = der.map_err(|error| fault(&certificate, error.to_string()))?;
                let read = Certificate::from_der(&der);
                chain.push(read.map_err(|error| fault(&certificate, error.to_string()))?);
            }
            let octets = std::fs::read(&key).map_err(|error| fault(&key, error.to_string()))?;
            let loaded = load_private_key(&Zeroizing::new(octets), None, crypto);
            let loaded = loaded.map_err(|error| fault(&key, error.to_string()))?;
            let signer = SoftwareSigner::new(loaded, &chain, crypto);
            signers.push(signer.map_err(|error| fault(&key, error.to_string()))?);
        }
        Ok(Self(signers))
    }

    /// The first whose certificate is valid.
    ///
    /// # Errors
    ///
    /// [`KeyFault::NoneValid`].
    pub fn at(&self, now: DateTime<Utc>) -> Result<&SoftwareSigner, KeyFault> {
        let is_valid = |signer: &&SoftwareSigner| {
            let certificate = signer.certificate();
            (certificate.not_before()..=certificate.not_after()).contains(&now)
        };
        self.0.iter().find(is_valid).ok_or(KeyFault::NoneValid(now))
    }

    /// When the last of the certificates ends.
    #[must_use]
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.0.iter().map(|signer| signer.certificate().not_after()).max()
    }
}
