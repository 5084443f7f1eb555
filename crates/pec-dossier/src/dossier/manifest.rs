//! The list of what a dossier holds.

use chrono::{DateTime, Utc};
use pec_daticert::{Msgid, PecMsgid};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, SignatureError};
use serde::{Deserialize, Serialize};

use super::judgement::Record;
use crate::limits::MANIFEST_OCTETS;

/// The value of `schema` in a manifest of this version.
pub const SCHEMA: &str = "postacert/dossier/1";

/// What a dossier holds, with the hashes of every file but the manifest itself, the lists of hashes
/// and the time stamps over the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The program that made the dossier.
    pub generator: String,
    /// When it was made, as the maker says.
    pub made_at: DateTime<Utc>,
    /// The transmission that it is about.
    #[doc(alias = "identificativo")]
    pub pec_msgid: PecMsgid,
    /// The identifier that the sender's program gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msgid: Option<Msgid>,
    /// The files in the order of their names.
    pub files: Vec<FileRecord>,
}

/// What a manifest says of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileRecord {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// How long it is.
    pub octets: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// SHA-512 in hexadecimal digits.
    pub sha512: String,
    /// For a receipt: what the maker's judgement came to. It is a claim; verification judges anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Record>,
}

/// What a file of a dossier is for. The list is closed by the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The message as its sender kept it.
    Sent,
    /// A receipt.
    Receipt,
    /// A certificate of a path.
    Certificate,
    /// The certificate in which a path ends. Being here makes nobody trust it.
    Anchor,
    /// A certificate revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
    /// What the dossier says, for people.
    Report,
    /// The script that checks it without us.
    Script,
}

impl Role {
    /// Whether the file is evidence, and not made from it.
    #[must_use]
    pub const fn is_evidence(self) -> bool {
        !matches!(self, Self::Report | Self::Script)
    }
}

/// Why a manifest is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is none.
    #[error("there is no manifest.json")]
    Missing,
    /// It is larger than [`MANIFEST_OCTETS`].
    #[error("a manifest of more than {MANIFEST_OCTETS} octets")]
    TooLarge,
    /// It is no JSON of this shape.
    #[error("manifest.json: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version, or of something else.
    #[error("manifest.json is of {0:?}, not of {SCHEMA:?}")]
    Schema(String),
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ManifestError`]
    pub fn from_json(octets: &[u8]) -> Result<Self, ManifestError> {
        if octets.len() > MANIFEST_OCTETS {
            return Err(ManifestError::TooLarge);
        }
        let manifest: Self = serde_json::from_slice(octets)?;
        if manifest.schema != SCHEMA {
            return Err(ManifestError::Schema(manifest.schema));
        }
        Ok(manifest)
    }

    /// The manifest as it is written.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Strings and numbers: there is nothing that JSON cannot hold.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// The record of a file.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The records of a role.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &FileRecord> {
        self.files.iter().filter(move |file| file.role == role)
    }
}

impl FileRecord {
    /// The record of some octets.
    ///
    /// # Errors
    /// The provider of cryptography lacks a hash.
    pub(super) fn new(
        name: &str,
        role: Role,
        octets: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<Self, SignatureError> {
        Ok(Self {
            name: name.to_owned(),
            role,
            octets: u64::try_from(octets.len()).unwrap_or(u64::MAX),
            sha256: hex(crypto, DigestAlgorithm::Sha256, octets)?,
            sha512: hex(crypto, DigestAlgorithm::Sha512, octets)?,
            judged: None,
        })
    }
}

/// A digest in hexadecimal digits.
pub(super) fn hex(
    crypto: &CryptoProvider,
    algorithm: DigestAlgorithm,
    octets: &[u8],
) -> Result<String, SignatureError> {
    let digest = crypto.digest(algorithm, octets)?;
    Ok(digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect())
}
