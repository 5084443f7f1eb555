//! What the user trusts and knows: anchors, certificates, revocation lists, the directory.

use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::{DateTime, TimeDelta, Utc};
use encodify::pem;
use pec_directory::{
    Contents, Directory, DirectoryHistory, FreshnessLimits, PinnedSigners, SignedFile,
    SignedFileError,
};
use pec_message::Origin;
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verdict, Verifier};
use pec_smime::x509::{
    Certificate, CertificateError, CertificateUse, StoreError, TrustAnchor, TrustStore,
};

/// Why something that is trusted could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A file or folder cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Nothing was given that tells who is a PEC provider.
    #[error("who is a PEC provider? give --directory, --pin or --accredited")]
    NoEvidence,
    /// A file or folder holds no certificate.
    #[error("{0}: no certificate, in PEM or DER")]
    NoCertificate(PathBuf),
    /// A certificate is malformed.
    #[error("{path}: {error}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: CertificateError,
    },
    /// The armour of a PEM file is broken.
    #[error("{0}: broken PEM")]
    Pem(PathBuf),
    /// Revocation lists or OCSP responses cannot be taken.
    #[error("{path}: {error}")]
    Revocation {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        error: StoreError,
    },
    /// The directory is no LDIF that can be read.
    #[error("{path}: {error}")]
    Directory {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: pec_directory::ReadError,
    },
    /// The signature on the directory does not hold, or is by somebody who is not trusted.
    #[error("{path}: {error}")]
    DirectorySignature {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: SignedFileError,
    },
    /// The signer of the directory is neither named nor certified by an anchor.
    #[error("{path}: the signer of the directory is not trusted ({reason})")]
    DirectorySigner {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// All certificates of a list of files (PEM, bundles of it, DER) and folders of them. Of a folder
/// those files count that end in `.pem`, `.crt`, `.cer` or `.der`.
///
/// # Errors
/// [`TrustError`]: the first file that cannot be read, or one that holds no certificate.
pub fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, TrustError> {
    let mut all = Vec::new();
    for path in paths {
        let before = all.len();
        if path.is_dir() {
            for file in certificate_files(path)? {
                read_certificates(&file, &mut all)?;
            }
        } else {
            read_certificates(path, &mut all)?;
        }
        if all.len() == before {
            return Err(TrustError::NoCertificate(path.clone()));
        }
    }
    Ok(all)
}

/// A store with these anchors and certificates, and the revocation lists and OCSP responses at
/// `revocation`: files in PEM or DER, or folders of them.
///
/// # Errors
/// [`TrustError::Revocation`]
pub fn store(
    anchors: &[Certificate],
    others: &[Certificate],
    revocation: &[PathBuf],
) -> Result<TrustStore, TrustError> {
    let mut store = TrustStore::new();
    for anchor in anchors {
        store.add_anchor(TrustAnchor::new(anchor.clone()));
    }
    for other in others {
        store.add_intermediate(other.clone());
    }
    for path in revocation {
        let failed = |error| TrustError::Revocation { path: path.clone(), error };
        if path.is_dir() {
            store.add_folder(path, CertificateUse::Intermediate).map_err(failed)?;
        } else {
            let bundle = read(path)?;
            store.add_bundle(&bundle, CertificateUse::Intermediate).map_err(failed)?;
        }
    }
    Ok(store)
}

/// The providers' directory, which the user gives as the one that was in force at any instant that
/// is asked for.
#[derive(Clone, Debug)]
pub struct GivenDirectory(DirectoryHistory);

impl GivenDirectory {
    fn new(contents: Contents, signed_at: Option<DateTime<Utc>>) -> Self {
        let directory = Directory::new(contents, DateTime::UNIX_EPOCH).with_signed_at(signed_at);
        let mut history = DirectoryHistory::new();
        history.insert(directory);
        Self(history)
    }

    /// The directory as evidence of origin.
    #[must_use]
    pub const fn origin<'d>(&'d self, crypto: &'d CryptoProvider) -> Origin<'d> {
        let limits = FreshnessLimits { current: TimeDelta::MAX, usable: TimeDelta::MAX };
        Origin::Directory { history: &self.0, limits, crypto }
    }
}

/// Reads the providers' directory, LDIF or a signed `.p7m`.
///
/// A plain LDIF file is believed, since the caller names it. A signed one must be signed by one of
/// `signers`, or, if there are none, by a certificate that the anchors of `store` lead to at
/// `instant`.
///
/// # Errors
/// [`TrustError`]
pub fn directory(
    path: &Path,
    signers: &[Certificate],
    store: &TrustStore,
    instant: DateTime<Utc>,
    crypto: &CryptoProvider,
) -> Result<GivenDirectory, TrustError> {
    let file = read(path)?;
    let unreadable = |error| TrustError::Directory { path: path.to_owned(), error };
    let is_signed = file.first() == Some(&0x30);
    if !is_signed {
        let (contents, _) = Contents::from_ldif(&file, crypto).map_err(unreadable)?;
        return Ok(GivenDirectory::new(contents, None));
    }
    let signer = if signers.is_empty() {
        vec![anchored(&file, path, store, instant, crypto)?]
    } else {
        vec![]
    };
    let pins = PinnedSigners::from_iter(signers.iter().cloned().chain(signer));
    let signed = SignedFile::verify(&file, &pins, Policy::interoperable(), instant, crypto)
        .map_err(|error| TrustError::DirectorySignature { path: path.to_owned(), error })?;
    let (contents, _) = signed.contents(crypto).map_err(unreadable)?;
    Ok(GivenDirectory::new(contents, signed.claimed_signing_time()))
}

/// The certificate that signed the directory, if the anchors lead to it.
fn anchored(
    file: &[u8],
    path: &Path,
    store: &TrustStore,
    instant: DateTime<Utc>,
    crypto: &CryptoProvider,
) -> Result<Certificate, TrustError> {
    let policy = Policy::interoperable().allow_any_usage().allow_unknown_revocation();
    let verification = Verifier::new(store, crypto, policy).opaque(file, instant);
    let refused = |reason: String| TrustError::DirectorySigner { path: path.to_owned(), reason };
    match verification.verdict() {
        Verdict::Valid => {}
        Verdict::Invalid { reason, .. } | Verdict::Undecided { reason, .. } => {
            return Err(refused(reason.to_string()));
        }
        other => return Err(refused(format!("{other:?}"))),
    }
    let signer = verification.signer().and_then(|signer| signer.certificate());
    signer.cloned().ok_or_else(|| refused("no certificate".to_owned()))
}

fn certificate_files(folder: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let failed = |error| TrustError::Io { path: folder.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().map(|found| found.to_string_lossy().to_ascii_lowercase());
        let is_known =
            extension.is_some_and(|found| matches!(found.as_str(), "pem" | "crt" | "cer" | "der"));
        if is_known && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_certificates(path: &Path, all: &mut Vec<Certificate>) -> Result<(), TrustError> {
    let bundle = read(path)?;
    let malformed = |error| TrustError::Certificate { path: path.to_owned(), error };
    if bundle.first() == Some(&0x30) {
        all.push(Certificate::from_der(&bundle).map_err(malformed)?);
        return Ok(());
    }
    for block in pem::STANDARD.blocks(&bundle) {
        let block = block.map_err(|_| TrustError::Pem(path.to_owned()))?;
        if matches!(block.label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") {
            all.push(Certificate::from_der(&block.contents).map_err(malformed)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, TrustError> {
    fs::read(path).map_err(|error| TrustError::Io { path: path.to_owned(), error })
}
