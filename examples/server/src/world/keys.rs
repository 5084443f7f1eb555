//! Keys that sign.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::{Signer, SoftwareSigner, load_private_key};
use pec_smime::x509::Certificate;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use crate::config::{KeyFiles, Signing};

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", file.display())]
pub struct KeyFault {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub reason: String,
}

/// The keys of a configuration, in its order: several while one is being renewed (norms 51).
///
/// # Errors
///
/// When a file cannot be read, or key and certificate do not go together.
pub fn read_keys(
    folder: &Path,
    signing: &Signing,
    crypto: &CryptoProvider,
) -> Result<Vec<Arc<dyn Signer>>, KeyFault> {
    signing.keys.iter().map(|files| read_key(folder, files, crypto)).collect()
}

fn read_key(
    folder: &Path,
    files: &KeyFiles,
    crypto: &CryptoProvider,
) -> Result<Arc<dyn Signer>, KeyFault> {
    let (certificate, key) = (folder.join(&files.certificate), folder.join(&files.key));
    let fault = |file: &Path, reason: &dyn std::fmt::Display| KeyFault {
        file: file.to_owned(),
        reason: reason.to_string(),
    };
    let pem = std::fs::read(&certificate).map_err(|error| fault(&certificate, &error))?;
    let mut chain = Vec::new();
    for der in CertificateDer::pem_slice_iter(&pem) {
        let der = der.map_err(|error| fault(&certificate, &error))?;
        let read = Certificate::from_der(&der);
        chain.push(read.map_err(|error| fault(&certificate, &error))?);
    }
    let octets = std::fs::read(&key).map_err(|error| fault(&key, &error))?;
    let loaded = load_private_key(&Zeroizing::new(octets), None, crypto);
    let loaded = loaded.map_err(|error| fault(&key, &error))?;
    let signer = SoftwareSigner::new(loaded, &chain, crypto);
    Ok(Arc::new(signer.map_err(|error| fault(&key, &error))?))
}
