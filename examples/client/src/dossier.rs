//! `pec dossier`: evidence of a transmission as a folder or a ZIP archive.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pec_dossier::{
    Dossier, DossierError, FileError, Files, Finding, Judge, MakeError, Manifest, ManifestError,
    Parts, StampError, Verdict,
};
use pec_message::read;
use pec_smime::crypto::SignatureError;
use serde::Serialize;

use crate::console::{BAD, BOLD, GOOD, OPEN, field, plain};
use crate::exit::Exit;
use crate::facts::Facts;
use crate::follow::TransmissionFact;
use crate::lang::Lang;
use crate::source::{SourceError, Sources, read_one};
use crate::trust::TrustError;
use crate::verify::{self, At, Revocation};
use crate::words;

/// The name of the JSON schema of `pec dossier make` and `stamp`.
pub const MAKE_SCHEMA: &str = "postacert/dossier-make/1";
/// The name of the JSON schema of `pec dossier verify`.
pub const VERIFY_SCHEMA: &str = "postacert/dossier-verify/1";
/// The name of the JSON schema of `pec dossier show`.
pub const SHOW_SCHEMA: &str = "postacert/dossier-show/1";

/// Why a command on a dossier ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// What is trusted cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A message cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The sent message has no `Message-ID`.
    #[error("{0}: the message has no Message-ID: no receipt can be told to be about it")]
    NoMessageId(String),
    /// No dossier is made.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// A time stamp is not taken.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// It is no dossier.
    #[error("{path}: {error}")]
    Dossier {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        error: DossierError,
    },
    /// A file of it cannot be taken.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: FileError,
    },
    /// The system says why.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Cryptography lacks a digest.
    #[error(transparent)]
    Digest(#[from] SignatureError),
}

/// A dossier that was made. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Made {
    /// [`MAKE_SCHEMA`].
    pub schema: &'static str,
    /// Where it is.
    pub path: String,
    /// The transmission.
    pub identificativo: String,
    /// How many receipts are in it.
    pub receipts: usize,
    /// How many messages were left out, since they are no receipts of this message.
    pub left_out: usize,
}

/// What verifying a dossier found. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// [`VERIFY_SCHEMA`].
    pub schema: &'static str,
    /// Where it is.
    pub path: String,
    /// `sound`, `doubtful` or `broken`.
    pub verdict: Verdict,
    /// What was found, with how much it weighs.
    pub findings: Vec<FindingFact>,
    /// By when all of it existed, as a time stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
    /// Each receipt.
    pub receipts: Vec<pec_dossier::dossier::ExaminedReceipt>,
    /// Each time stamp.
    pub stamps: Vec<pec_dossier::dossier::ExaminedStamp>,
    /// What became of the message, by the receipts that are genuine.
    pub transmission: TransmissionFact,
}

/// Something that was found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FindingFact {
    /// `note`, `doubt` or `fault`.
    pub severity: pec_dossier::dossier::Severity,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
    /// The same in English.
    pub text: String,
}

/// What a dossier says that it holds; nothing of it is verified. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Shown {
    /// [`SHOW_SCHEMA`].
    pub schema: &'static str,
    /// Where it is.
    pub path: String,
    /// The manifest.
    pub manifest: Manifest,
    /// The files of the time stamps.
    pub stamps: Vec<String>,
}

/// The judge of dossiers that a command line describes.
///
/// # Errors
/// [`TrustError::NoEvidence`]
pub fn judge(by: &verify::Judge) -> Result<Judge<'_>, TrustError> {
    let origin = by.evidence().into_iter().next().ok_or(TrustError::NoEvidence)?;
    let judge = Judge::new(&by.store, &by.crypto, origin);
    let judge = match by.at {
        At::Instant(instant) => judge.at(instant),
        _ => judge,
    };
    Ok(if by.revocation == Revocation::Require { judge } else { judge.allow_unknown_revocation() })
}

/// Makes a dossier of a sent message and of those among `receipts` that are about it.
///
/// # Errors
/// [`KeptError`]
pub fn make(
    sent: &Path,
    receipts: Sources,
    by: &verify::Judge,
    output: &Path,
) -> Result<Made, KeptError> {
    let sent = read_one(sent)?;
    let msgid = read(&sent.octets).claimed().message_id;
    let msgid = msgid.ok_or_else(|| KeptError::NoMessageId(sent.name.clone()))?;
    let (mut ours, mut left_out) = (Vec::new(), 0_usize);
    for input in receipts {
        let input = input?;
        let (facts, _) = Facts::of(read(&input.octets).message());
        let is_receipt = !matches!(facts.kind, "ordinary" | "transport-envelope" | "unknown");
        if is_receipt && facts.msgid.as_deref() == Some(&msgid) {
            ours.push(input.octets);
        } else {
            left_out = left_out.saturating_add(1);
        }
    }
    let receipts = ours.iter().map(Vec::as_slice).collect();
    let parts = Parts { sent: Some(&sent.octets), receipts };
    let dossier = Dossier::make(&parts, &judge(by)?, by.now)?;
    write(&dossier, output)?;
    Ok(made(&dossier, output, left_out))
}

/// Adds a time stamp (RFC 3161) over the manifest of a dossier, and writes the result elsewhere.
///
/// # Errors
/// [`KeptError`]
pub fn stamp(
    path: &Path,
    token: &Path,
    by: &verify::Judge,
    output: &Path,
) -> Result<Made, KeptError> {
    let mut dossier = open(path)?;
    let token = fs::read(token).map_err(failed(token))?;
    dossier.add_stamp(&token, &judge(by)?, by.now)?;
    write(&dossier, output)?;
    Ok(made(&dossier, output, 0))
}

fn made(dossier: &Dossier, path: &Path, left_out: usize) -> Made {
    Made {
        schema: MAKE_SCHEMA,
        path: path.display().to_string(),
        identificativo: dossier.manifest().pec_msgid.to_string(),
        receipts: dossier.manifest().of_role(pec_dossier::dossier::Role::Receipt).count(),
        left_out,
    }
}

/// Verifies a dossier, at its own time.
///
/// # Errors
/// [`KeptError`]
pub fn verify(path: &Path, by: &verify::Judge) -> Result<Verified, KeptError> {
    let dossier = open(path)?;
    let examination = dossier.verify(&judge(by)?, by.now)?;
    let finding = |finding: &Finding| FindingFact {
        severity: finding.severity(),
        finding: finding.clone(),
        text: finding.to_string(),
    };
    Ok(Verified {
        schema: VERIFY_SCHEMA,
        path: path.display().to_string(),
        verdict: examination.verdict(),
        findings: examination.findings.iter().map(finding).collect(),
        stamped_at: examination.stamped_at(),
        transmission: TransmissionFact::of(&examination.follow, by.now),
        receipts: examination.receipts,
        stamps: examination.stamps,
    })
}

/// Shows what a dossier says that it holds.
///
/// # Errors
/// [`KeptError`]
pub fn show(path: &Path) -> Result<Shown, KeptError> {
    let dossier = open(path)?;
    Ok(Shown {
        schema: SHOW_SCHEMA,
        path: path.display().to_string(),
        manifest: dossier.manifest().clone(),
        stamps: dossier.stamps().map(|(name, _)| name.to_owned()).collect(),
    })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> KeptError {
    let path = path.to_owned();
    move |error| KeptError::Io { path, error }
}

/// Reads a folder or a ZIP archive.
fn open(path: &Path) -> Result<Dossier, KeptError> {
    let refused = |error: DossierError| KeptError::Dossier { path: path.to_owned(), error };
    if !path.is_dir() {
        let file = File::open(path).map_err(failed(path))?;
        return Dossier::read_zip(io::BufReader::new(file)).map_err(refused);
    }
    let mut files = Files::new();
    read_folder(path, "", &mut files)?;
    Dossier::from_files(files).map_err(|error: ManifestError| refused(error.into()))
}

/// Reads the files below a folder. Links are not followed: a dossier has none.
fn read_folder(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), KeptError> {
    let depth = prefix.matches('/').count();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(failed(&path))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let refused = |error| KeptError::File { path: path.clone(), error };
        if kind.is_dir() && depth < 4 {
            read_folder(&path, &format!("{name}/"), files)?;
        } else if kind.is_file() {
            let length = entry.metadata().map_err(failed(&path))?.len();
            if length > pec_dossier::limits::FILE_OCTETS {
                return Err(refused(FileError::TooLarge { name }));
            }
            let octets = fs::read(&path).map_err(failed(&path))?;
            files.insert(&name, octets).map_err(refused)?;
        }
    }
    Ok(())
}

/// Writes a ZIP archive if the name ends so, else a folder that was not there.
fn write(dossier: &Dossier, output: &Path) -> Result<(), KeptError> {
    let is_zip = output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    if is_zip {
        let file = OpenOptions::new().write(true).create_new(true).open(output);
        let writer = BufWriter::new(file.map_err(failed(output))?);
        let writer = dossier
            .write_zip(writer)
            .map_err(|error| KeptError::Dossier { path: output.to_owned(), error: error.into() })?;
        let file = writer.into_inner().map_err(|error| failed(output)(error.into_error()))?;
        return file.sync_all().map_err(failed(output));
    }
    fs::create_dir(output).map_err(failed(output))?;
    for (name, octets) in dossier.files().iter() {
        let path = output.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = file.map_err(failed(&path))?;
        file.write_all(octets).and_then(|()| file.sync_all()).map_err(failed(&path))?;
    }
    Ok(())
}

impl Made {
    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let receipts = lang.say("receipts", "ricevute");
        writeln!(out, "{}: {} {receipts}", plain(&self.path), self.receipts)?;
        if self.left_out > 0 {
            let text = self.left_out.to_string();
            field(out, lang.say("left out", "tralasciati"), Some(&text))?;
        }
        Ok(())
    }
}

impl Verified {
    /// How the command ends.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self.verdict {
            Verdict::Sound => Exit::Done,
            Verdict::Doubtful => Exit::Undecided,
            Verdict::Broken => Exit::No,
        }
    }

    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let style = match self.verdict {
            Verdict::Sound => GOOD,
            Verdict::Doubtful => OPEN,
            Verdict::Broken => BAD,
        };
        let verdict = words::dossier(self.verdict, lang);
        writeln!(out, "{BOLD}{}{BOLD:#}: {style}{verdict}{style:#}", plain(&self.path))?;
        for finding in &self.findings {
            field(out, "", Some(&finding.text))?;
        }
        let stamped = self.stamped_at.map(|at| at.to_rfc3339());
        field(out, lang.say("stamped at", "marcato il"), stamped.as_deref())?;
        self.transmission.write(out, lang)
    }
}

impl Shown {
    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let manifest = &self.manifest;
        writeln!(out, "{BOLD}{}{BOLD:#}", plain(&self.path))?;
        field(out, "identificativo", Some(manifest.pec_msgid.as_str()))?;
        field(out, "msgid", manifest.msgid.as_ref().map(AsRef::as_ref))?;
        let made = manifest.made_at.to_rfc3339();
        field(out, lang.say("made at", "creato il"), Some(&made))?;
        for file in &manifest.files {
            writeln!(out, "    {:>10}  {}", file.octets, plain(&file.name))?;
        }
        self.stamps.iter().try_for_each(|name| writeln!(out, "                {}", plain(name)))
    }
}
