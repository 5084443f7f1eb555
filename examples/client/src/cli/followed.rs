//! The commands about what was sent.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AccountArgs, TrustArgs};
use crate::fetch::Protocol;

/// What `pec follow` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Receipts count only if a provider certifies them: say who is a provider with --directory, --pin or \
--accredited. Exit code 0: delivered to every certified recipient; 1: refused, or not delivered to \
everybody; 3: waiting for receipts.

Examples:
  pec follow inviato.eml ricevuta.eml --trust ca.pem --crls crl --directory gestori.ldif
  pec follow inviato.eml posta/ --trust ca.pem --accredited ca.pem --revocation if-available")]
pub struct FollowArgs {
    /// The message that was sent, or a folder of such
    #[arg(value_name = "SENT")]
    pub sent: PathBuf,

    /// What was received: files, folders, Maildirs, mbox files; others than receipts do no harm
    #[arg(required = true, value_name = "RECEIPTS")]
    pub receipts: Vec<PathBuf>,

    /// What is trusted, and how strictly
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// What `pec dossier` does.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum DossierCommand {
    /// Make a dossier of a sent message and its receipts
    Make(DossierMakeArgs),
    /// Verify a dossier, at its own time
    Verify(DossierVerifyArgs),
    /// Show what a dossier says that it holds; nothing of it is verified
    Show(DossierShowArgs),
    /// Add a time stamp (RFC 3161) over manifest.json
    Stamp(DossierStampArgs),
}

/// What `pec dossier make` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pec dossier make inviato.eml ricevuta.eml consegna.eml -o fascicolo.zip --trust ca.pem \
--crls crl \
--directory gestori.ldif
  pec dossier make inviato.eml posta/ -o fascicolo --trust ca.pem --crls crl --accredited ca.pem")]
pub struct DossierMakeArgs {
    /// The message that was sent
    #[arg(value_name = "SENT")]
    pub sent: PathBuf,

    /// What was received; other messages than its receipts are left out
    #[arg(required = true, value_name = "RECEIPTS")]
    pub receipts: Vec<PathBuf>,

    /// The dossier: a ZIP archive if the name ends in .zip, else a folder; it must not exist
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,

    /// What is trusted, and how strictly
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// What `pec dossier verify` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0: all of it is proved; 1: something is wrong; 3: something is not proved.

Examples:
  pec dossier verify fascicolo.zip --trust ca.pem --crls crl --directory gestori.ldif")]
pub struct DossierVerifyArgs {
    /// The dossier, a folder or a ZIP archive
    #[arg(value_name = "PATH")]
    pub path: PathBuf,

    /// What is trusted, and how strictly
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// What `pec dossier show` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pec dossier show fascicolo.zip")]
pub struct DossierShowArgs {
    /// The dossier, a folder or a ZIP archive
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
}

/// What `pec dossier stamp` takes.
#[derive(Debug, Args)]
pub struct DossierStampArgs {
    /// The dossier, a folder or a ZIP archive
    #[arg(value_name = "PATH")]
    pub path: PathBuf,

    /// The time stamp token, DER
    #[arg(value_name = "TOKEN")]
    pub token: PathBuf,

    /// The new dossier: a ZIP archive if the name ends in .zip, else a folder; it must not exist
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,

    /// What is trusted, and how strictly
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// What `pec watch` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Everything under sent/ in the account's folder is followed through everything under received/. \
What was told once is not told again.

Examples:
  pec watch --once --account studio --config config.toml --trust ca.pem --crls crl --directory \
gestori.ldif")]
pub struct WatchArgs {
    /// The account
    #[command(flatten)]
    pub account: AccountArgs,

    /// How to read the mailbox; by default as the account says, by IMAP if it says both
    #[arg(long, value_name = "PROTOCOL")]
    pub protocol: Option<Protocol>,

    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u64).range(10..))]
    pub interval: u64,

    /// Look once and end
    #[arg(long)]
    pub once: bool,

    /// What is trusted, and how strictly
    #[command(flatten)]
    pub trust: TrustArgs,
}
