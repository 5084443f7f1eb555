//! Evidence of one transmission, kept so that it can be judged years later.
//!
//! A [`Dossier`] is a set of [`Files`]: the message as its sender kept it, every receipt octet for
//! octet, the certificates, revocation lists and OCSP responses that judging them rests on, a
//! manifest with the hashes of all of it, a report in Italian and in English, a script that checks
//! everything with `openssl` alone, and time stamps (RFC 3161) over the manifest.
//!
//! | file | what it is |
//! |---|---|
//! | `messaggi/inviato.eml` | the message that was sent |
//! | `messaggi/NNN-TIPO.eml` | the receipts, in the order of their times |
//! | `certificati/*.cer`, `certificati/ancore/*.cer` | certificates of paths, their anchors |
//! | `revoche/*.crl`, `revoche/*.ors` | revocation lists, OCSP responses |
//! | `marche/manifest-NNN.tst` | time stamps over `manifest.json`, with what judges them beside |
//! | `manifest.json` | [`Manifest`] |
//! | `SHA256SUMS`, `SHA512SUMS` | the hashes of every file, for `sha256sum -c` |
//! | `rapporto.html`, `report.html` | the report, self-contained |
//! | `verifica.sh` | the script, the same in every dossier of a version ([`SCRIPT_TEXT`]) |

mod archive;
mod copies;
mod examine;
mod files;
mod finding;
mod judge;
mod judgement;
mod make;
mod manifest;
mod material;
mod report;
mod sums;
mod words;

pub use archive::ArchiveError;
pub use copies::CopyProof;
pub use examine::{Examination, ExaminedReceipt, ExaminedStamp};
pub use files::{FileError, Files};
pub use finding::{Finding, Severity, Verdict};
pub use judge::Judge;
pub use judgement::{Instant, Judgement, JudgementVerdict, Record, TimeSource, Word};
pub use make::{MakeError, Parts};
pub use manifest::{FileRecord, Manifest, ManifestError, Role, SCHEMA};

use std::io::{Read, Seek, Write};

use chrono::{DateTime, Utc};
use pec_smime::verify::Outcome;

use crate::limits::STAMPS;
use judge::path_certificates;
use material::Material;

/// The script that every dossier of this version has.
pub const SCRIPT_TEXT: &str = include_str!("verifica.sh");

/// What stands as `generator` in the manifests of this version.
pub const GENERATOR: &str = concat!("pec-dossier ", env!("CARGO_PKG_VERSION"));

const MANIFEST: &str = "manifest.json";
const REPORT_IT: &str = "rapporto.html";
const REPORT_EN: &str = "report.html";
const SCRIPT: &str = "verifica.sh";

/// Evidence of one transmission.
///
/// ```no_run
/// use pec_dossier::{Dossier, Judge, Parts, Verdict};
/// # use pec_message::Origin;
/// # use pec_smime::crypto::CryptoProvider;
/// # use pec_smime::x509::{Certificate, TrustStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (sent, accepted, delivered): (Vec<u8>, Vec<u8>, Vec<u8>) = Default::default();
/// # let (store, accredited): (TrustStore, Vec<Certificate>) = Default::default();
/// # let (now, years_later) = (chrono::DateTime::UNIX_EPOCH, chrono::DateTime::UNIX_EPOCH);
/// # fn ask_a_time_stamp_authority(octets: &[u8]) -> Vec<u8> { octets.to_vec() }
/// let crypto = CryptoProvider::rustcrypto();
/// let judge = Judge::new(&store, &crypto, Origin::AccreditedCa(&accredited));
/// let parts = Parts { sent: Some(&sent), receipts: vec![&accepted, &delivered] };
/// let mut dossier = Dossier::make(&parts, &judge, now)?;
/// let token = ask_a_time_stamp_authority(dossier.manifest_octets());
/// dossier.add_stamp(&token, &judge, now)?;
/// dossier.write_zip(std::fs::File::create("dossier.zip")?)?;
///
/// let dossier = Dossier::read_zip(std::fs::File::open("dossier.zip")?)?;
/// let examination = dossier.verify(&judge, years_later)?;
/// assert_eq!(examination.verdict(), Verdict::Sound);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    files: Files,
    manifest: Manifest,
}

/// Why a dossier is not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DossierError {
    /// The archive is at fault.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The manifest is at fault.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Why a time stamp is not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// It is not over this manifest, not well signed, or by nobody who is trusted.
    #[error("the time stamp is not good: {0}")]
    NotGood(String),
    /// There are [`STAMPS`] already.
    #[error("more than {STAMPS} time stamps")]
    TooMany,
    /// What belongs to it is not taken.
    #[error(transparent)]
    Make(#[from] MakeError),
}

impl Dossier {
    /// A dossier from its files. Only the manifest is looked at; whether the rest is as it says,
    /// [`verify`](Dossier::verify) finds out.
    ///
    /// # Errors
    /// [`ManifestError`]
    pub fn from_files(files: Files) -> Result<Self, ManifestError> {
        let octets = files.get(MANIFEST).ok_or(ManifestError::Missing)?;
        let manifest = Manifest::from_json(octets)?;
        Ok(Self { files, manifest })
    }

    /// A dossier from a ZIP archive, which may come from anybody.
    ///
    /// # Errors
    /// [`DossierError`]
    pub fn read_zip(reader: impl Read + Seek) -> Result<Self, DossierError> {
        Ok(Self::from_files(Files::read_zip(reader)?)?)
    }

    /// Writes a ZIP archive: the same octets for the same dossier.
    ///
    /// # Errors
    /// [`ArchiveError::Io`]
    pub fn write_zip<W: Write + Seek>(&self, writer: W) -> Result<W, ArchiveError> {
        self.files.write_zip(writer)
    }

    /// The files, for who keeps them in a folder.
    #[must_use]
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// What the dossier says that it holds.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The octets of the manifest: what a time stamp is to be over. It holds the hashes of all
    /// evidence.
    #[must_use]
    pub fn manifest_octets(&self) -> &[u8] {
        self.files.get(MANIFEST).unwrap_or_default()
    }

    /// Adds a `TimeStampToken` (RFC 3161) over the [manifest](Dossier::manifest_octets), with the
    /// certificates and revocation data that it takes to judge it again.
    ///
    /// # Errors
    /// [`StampError`]; a token about which something is not known yet is taken.
    pub fn add_stamp(
        &mut self,
        token: &[u8],
        judge: &Judge<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StampError> {
        let stamp = judge.stamp(token, self.manifest_octets(), now);
        if let Outcome::Failed(why) = stamp.outcome() {
            return Err(StampError::NotGood(why.to_string()));
        }
        let number = self.stamps().count().saturating_add(1);
        if number > STAMPS {
            return Err(StampError::TooMany);
        }
        let name = format!("{}manifest-{number:03}.tst", material::STAMP_FOLDER);
        let mut files = self.files.clone();
        files.insert(&name, token.to_vec()).map_err(MakeError::from)?;
        let mut beside = Material::default();
        let (chain, anchor) = stamp.path().map(path_certificates).unwrap_or_default();
        let added = beside.add_path(&chain, anchor.as_ref(), judge.store, judge.crypto);
        added.map_err(MakeError::from)?;
        beside.beside_stamps(&mut files).map_err(MakeError::from)?;
        sums::put(&mut files, judge.crypto)?;
        self.files = files;
        Ok(())
    }

    /// The time stamps, by their names.
    pub fn stamps(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let is_stamp =
            |name: &str| name.starts_with(material::STAMP_FOLDER) && name.ends_with(".tst");
        self.files.iter().filter(move |(name, _)| is_stamp(name))
    }
}
