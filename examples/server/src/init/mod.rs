//! `gestore init`: a folder with a working configuration and a development PKI.

mod pki;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pec_directory::{Contents, Environment, Provider, ProviderCertificate};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::{SigningOptions, SoftwareSigner, load_private_key};
use pec_smime::x509::Certificate;
use pec_store::mailbox::{NewMailbox, Settings};
use pec_store::{Options, Store};

use crate::config;
pub use pki::{Issued, Pki};

/// What to make.
#[derive(Clone, Debug)]
pub struct Init {
    /// The folder; it must not hold a configuration yet.
    pub folder: PathBuf,
    /// The domain.
    pub domain: String,
    /// The name of the provider.
    pub name: String,
    /// The folder of the development PKI; several providers that share one know each other.
    pub pki: PathBuf,
}

/// Why nothing was made, or not all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is one already.
    #[error("{}: there is a configuration already; choose another folder", .0.display())]
    Exists(PathBuf),
    /// The domain or the name cannot be used.
    #[error("{what}: {reason}")]
    Value {
        /// Which.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A certificate or a signature cannot be made.
    #[error("the development PKI: {0}")]
    Pki(String),
    /// The store cannot be made.
    #[error(transparent)]
    Store(#[from] pec_store::OpenError),
    /// The service mailbox cannot be made.
    #[error(transparent)]
    Mailbox(#[from] pec_store::StoreError),
}

/// The folder of the store within that of a gestore.
pub const STORE: &str = "store";
/// The signed directory within the folder of a PKI.
const DIRECTORY: &str = "directory.ldif.p7m";

/// Makes the folder.
///
/// # Errors
///
/// [`InitError`]; what was made so far stays.
pub fn init(init: &Init, now: DateTime<Utc>) -> Result<(), InitError> {
    let folder = &init.folder;
    if folder.join(config::FILE).exists() {
        return Err(InitError::Exists(folder.clone()));
    }
    let mailbox = format!("ricevute@{}", init.domain);
    let value = |what, reason: String| InitError::Value { what, reason };
    let mailbox = mailbox.parse().map_err(|error| value("--domain", format!("{error}")))?;
    let name = init.name.parse().map_err(|error| value("--name", format!("{error}")))?;
    private_folder(folder)?;
    let pki = Pki::open(&init.pki, now)?;
    let signing = pki.provider(&init.name, &init.domain, now)?;
    signing.write(&folder.join("signing"), "provider")?;
    pki.server(&init.domain, now)?.write(&folder.join("tls"), "server")?;
    write(&folder.join("trust/anchors/development.pem"), pki.authority_pem().as_bytes())?;
    write(&folder.join("trust/tls-authorities.pem"), pki.authority_pem().as_bytes())?;
    write(&folder.join("trust/crls/development.crl"), &pki.revocation_list(now)?)?;
    write(&folder.join("directory/centre.pem"), pki.centre_pem().as_bytes())?;

    let crypto = pec_crypto_aws_lc::provider();
    let certificate = ProviderCertificate::new(&signing.der, &crypto)
        .map_err(|error| InitError::Pki(error.to_string()))?;
    let environment = Environment {
        certificates: vec![certificate],
        mail_receipt: Some(
            format!("ricevute@{}", init.domain)
                .parse()
                .map_err(|error| value("--domain", format!("{error}")))?,
        ),
        domains: vec![init.domain.parse().map_err(|error| value("--domain", format!("{error}")))?],
        descriptions: Vec::new(),
    };
    let provider = Provider::new(name, environment);
    let signed = enter(&init.pki, &pki, &init.domain, provider, &crypto, now)?;
    write(&folder.join("directory").join(DIRECTORY), &signed)?;

    let store = Store::open(Options::new(folder.join(STORE), "n1"))?;
    let settings = Settings { is_service: true, ..Settings::default() };
    store.create_mailbox(NewMailbox { address: mailbox, settings, now }).wait()?;
    write(&folder.join(config::FILE), config::template(&init.domain, &init.name).as_bytes())
}

/// A folder that nobody but its owner can enter: mailboxes, keys and directory lie in it.
// rfc6109 §7#1
fn private_folder(folder: &Path) -> Result<(), InitError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    let failed = |error: std::io::Error| InitError::File {
        file: folder.to_owned(),
        reason: error.to_string(),
    };
    builder.create(folder).map_err(failed)
}

/// Adds a provider to the directory of a development PKI and signs it anew.
fn enter(
    folder: &Path,
    pki: &Pki,
    domain: &str,
    provider: Provider,
    crypto: &CryptoProvider,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, InitError> {
    let failed = |error: &dyn std::fmt::Display| InitError::Pki(error.to_string());
    let contents = Contents { base: None, providers: vec![provider] };
    let ldif = contents.to_ldif().map_err(|error| failed(&error))?;
    write(&folder.join("providers").join(format!("{domain}.ldif")), ldif.as_bytes())?;
    let mut all = Contents::default();
    let entries = list(&folder.join("providers"))?;
    for file in entries {
        let text = read(&file)?;
        let (contents, _) = Contents::from_ldif(&text, crypto).map_err(|error| failed(&error))?;
        all.providers.extend(contents.providers);
    }
    let key = load_private_key(pki.centre_key().as_bytes(), None, crypto);
    let certificate = Certificate::from_der(pki.centre_der());
    let certificate = certificate.map_err(|error| failed(&error))?;
    let signer = SoftwareSigner::new(key.map_err(|error| failed(&error))?, &[certificate], crypto);
    let signer = signer.map_err(|error| failed(&error))?;
    // The centre is no provider, so its certificate need not fit the providers' profile.
    let options = SigningOptions::new(now).allow_profile_breaches();
    let signed = all.to_p7m(&signer, &options, crypto).map_err(|error| failed(&error))?;
    write(&folder.join(DIRECTORY), &signed)?;
    Ok(signed)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, InitError> {
    let failed = |error: std::io::Error| InitError::File {
        file: folder.to_owned(),
        reason: error.to_string(),
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let files: Result<Vec<PathBuf>, _> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = files.map_err(failed)?;
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<u8>, InitError> {
    fs::read(file)
        .map_err(|error| InitError::File { file: file.to_owned(), reason: error.to_string() })
}

/// Writes a file and the folders above it. Keys are for their owner alone.
fn write(file: &Path, octets: &[u8]) -> Result<(), InitError> {
    let failed = |error: std::io::Error| InitError::File {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if file.extension().is_some_and(|extension| extension == "key") {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut open = options.open(file).map_err(failed)?;
    std::io::Write::write_all(&mut open, octets).map_err(failed)
}
