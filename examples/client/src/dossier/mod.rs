//! `pec dossier`: evidence of a transmission as a folder or a ZIP archive.

mod files;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pec_dossier::dossier::JudgementVerdict;
use pec_dossier::{
    Dossier, DossierError, FileError, Finding, Judge, MakeError, Manifest, Parts, StampError,
    Verdict,
};
use pec_message::read;
use pec_smime::crypto::SignatureError;
use serde::Serialize;

use files::{failed, open, write};

use crate::console::{BAD, BOLD, GOOD, OPEN, field, plain};
use crate::exit::Exit;
use crate::facts::Facts;
use crate::follow::TransmissionFact;
use crate::lang::Lang;
use crate::source::{Input, SourceError, Sources, read_one};
use crate::trust::TrustError;
use crate::verify::{self, At, Cause, Revocation};
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
    /// No dossier is made. The receipts that the reason counts are `files`.
    #[error("{error}{}", numbered(files))]
    Make {
        /// Why.
        error: MakeError,
        /// The receipts.
        files: Vec<String>,
    },
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
    /// Something in the folder is neither a file nor a folder: a link would lead out of it.
    #[error("{0}: neither a file nor a folder of a dossier")]
    NotAFile(PathBuf),
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
    /// Receipts that claim to be about this message and are not genuine. They are left out too.
    pub refused: Vec<Refused>,
    /// Files that cannot be read: why.
    pub failures: Vec<String>,
}

/// A receipt that no provider certifies.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Refused {
    /// The file.
    pub file: String,
    /// Why; in JSON in English.
    pub why: Cause,
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

/// Makes a dossier of a sent message and of those among `receipts` that are about it. Others are
/// left out: anybody can send a receipt that is not genuine, and a file that cannot be read is no
/// reason to have no evidence.
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
    let judge = judge(by)?;
    let mut found = Found::default();
    for input in receipts {
        match input {
            Ok(input) => found.look_at(input, &msgid, &judge, by.now),
            Err(error) => found.failures.push(error.to_string()),
        }
    }
    let receipts = found.ours.iter().map(|input| input.octets.as_slice()).collect();
    let parts = Parts { sent: Some(&sent.octets), receipts };
    let dossier = Dossier::make(&parts, &judge, by.now).map_err(|error| KeptError::Make {
        error,
        files: found.ours.iter().map(|input| input.name.clone()).collect(),
    })?;
    write(&dossier, output)?;
    let Found { left_out, refused, failures, .. } = found;
    Ok(Made { left_out, refused, failures, ..made(&dossier, output) })
}

/// What of a mailbox goes into a dossier, and what does not.
#[derive(Default)]
struct Found {
    ours: Vec<Input>,
    left_out: usize,
    refused: Vec<Refused>,
    failures: Vec<String>,
}

impl Found {
    fn look_at(&mut self, input: Input, msgid: &str, judge: &Judge<'_>, now: DateTime<Utc>) {
        let (facts, _) = Facts::of(read(&input.octets).message());
        let is_receipt = !matches!(facts.kind, "ordinary" | "transport-envelope" | "unknown");
        if !is_receipt || facts.msgid.as_deref() != Some(msgid) {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        match judge.judge(&input.octets, now).verdict {
            JudgementVerdict::NotGenuine { why, .. } => {
                self.refused.push(Refused { file: input.name, why: Cause::Distrust(why) });
            }
            _ => self.ours.push(input),
        }
    }
}

/// The receipts by their numbers, for a reason that counts them.
fn numbered(files: &[String]) -> String {
    let lines = files.iter().enumerate().map(|(number, file)| format!("; {number}: {file}"));
    lines.collect()
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
    Ok(made(&dossier, output))
}

fn made(dossier: &Dossier, path: &Path) -> Made {
    Made {
        schema: MAKE_SCHEMA,
        path: path.display().to_string(),
        identificativo: dossier.manifest().pec_msgid.to_string(),
        receipts: dossier.manifest().of_role(pec_dossier::dossier::Role::Receipt).count(),
        left_out: 0,
        refused: Vec::new(),
        failures: Vec::new(),
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

impl Made {
    /// How the command ends: what cannot be read may have been a receipt.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.failures.is_empty() { Exit::Done } else { Exit::Failed }
    }

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
        for refused in &self.refused {
            let text = format!("{}: {}", refused.file, refused.why.text(lang));
            field(out, lang.say("not genuine", "non autentico"), Some(&text))?;
        }
        for failure in &self.failures {
            field(out, lang.say("failure", "errore"), Some(failure))?;
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
            let severity = words::severity(finding.severity, lang);
            field(out, severity, Some(&words::finding(&finding.finding, lang)))?;
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
