//! The lists of hashes that `sha256sum -c` and `sha512sum -c` read.

use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, SignatureError};

use super::make::MakeError;
use super::manifest::hex;
use super::{FileError, Files};

/// The lists, which hold every file but themselves.
pub(super) const SUMS: [(&str, DigestAlgorithm); 2] =
    [("SHA256SUMS", DigestAlgorithm::Sha256), ("SHA512SUMS", DigestAlgorithm::Sha512)];

/// Writes the lists anew.
pub(super) fn put(files: &mut Files, crypto: &CryptoProvider) -> Result<(), MakeError> {
    for (name, algorithm) in SUMS {
        files.remove(name);
        let list = list(files, algorithm, crypto)?;
        insert(files, name, list)?;
    }
    Ok(())
}

fn insert(files: &mut Files, name: &str, list: String) -> Result<(), FileError> {
    files.insert(name, list.into_bytes())
}

/// The list as it must be.
pub(super) fn list(
    files: &Files,
    algorithm: DigestAlgorithm,
    crypto: &CryptoProvider,
) -> Result<String, SignatureError> {
    let mut list = String::new();
    for (name, octets) in files.iter() {
        if SUMS.iter().all(|(sums, _)| *sums != name) {
            list.push_str(&format!("{}  {name}\n", hex(crypto, algorithm, octets)?));
        }
    }
    Ok(list)
}
