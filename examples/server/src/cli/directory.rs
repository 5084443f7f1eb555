//! `gestore directory`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use pec_directory::{Contents, Environment};

use super::{Failure, say};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::world::{DirectoryFile, read_directory};

#[derive(Debug, Subcommand)]
pub(super) enum DirectoryCommand {
    /// Take a newer signed file; a running gestore reads it by itself
    Import {
        /// The folder of the gestore
        folder: PathBuf,
        /// The signed file (.p7m)
        file: PathBuf,
    },
    /// Write the directory as plain LDIF
    Export {
        /// The folder of the gestore
        folder: PathBuf,
        /// The LDIF file
        file: PathBuf,
    },
    /// Show the providers, or who manages a domain
    Show {
        /// The folder of the gestore
        folder: PathBuf,
        /// A domain
        domain: Option<String>,
    },
}

impl DirectoryCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Import { folder, file } => import(&folder, &file),
            Self::Export { folder, file } => {
                std::fs::write(&file, read(&folder)?.contents().to_ldif()?)?;
                say(&format!("Written to {}.\n", file.display()))
            }
            Self::Show { folder, domain } => show(&folder, domain.as_deref()),
        }
    }
}

/// Only a file with the right signature takes the place of the old one, in one step.
fn import(folder: &Path, file: &Path) -> Result<(), Failure> {
    let (config, crypto) = (Config::read(folder)?, pec_crypto_aws_lc::provider());
    let now = SystemClock.now();
    let new = DirectoryFile::read(file, folder, &config.directory, now, &crypto)?;
    let before = read_directory(folder, &config.directory, now, &crypto);
    new.put(folder, &config.directory)?;
    let count = |contents: &Contents| contents.providers.len();
    let before = before.map_or(0, |before| count(before.contents()));
    let now = count(new.contents());
    let shrunk = if now < before { "WARNING: the directory has become smaller.\n" } else { "" };
    say(&format!("Taken: {now} providers, {before} before.\n{shrunk}"))
}

fn show(folder: &Path, domain: Option<&str>) -> Result<(), Failure> {
    let file = read(folder)?;
    let Some(domain) = domain else {
        let mut text = String::new();
        for provider in &file.contents().providers {
            text.push_str(&format!("{}\n", provider.name.as_str()));
            for (unit, environment) in provider.environments() {
                let unit = unit.map_or("main", |unit| unit.as_str());
                text.push_str(&format!("  {unit}: {}\n", describe(environment)));
            }
        }
        return say(&text);
    };
    let directory = file.directory(SystemClock.now());
    let Some(manager) = directory.manager(domain) else {
        return Err(format!("{domain} is no domain of a PEC provider").into());
    };
    let name = manager.provider().name.as_str();
    say(&format!("{domain}: {name}\n  {}\n", describe(manager.environment())))
}

fn describe(environment: &Environment) -> String {
    let receipts = environment.mail_receipt.as_ref().map(ToString::to_string);
    let domains = environment.domains.len();
    let shown: Vec<&str> = environment.domains.iter().take(10).map(|one| one.as_str()).collect();
    let more = if domains > shown.len() { ", …" } else { "" };
    format!(
        "{} certificates, receipts to {}, {domains} domains: {}{more}",
        environment.certificates.len(),
        receipts.as_deref().unwrap_or("nobody"),
        shown.join(", ")
    )
}

fn read(folder: &Path) -> Result<DirectoryFile, Failure> {
    let (config, crypto) = (Config::read(folder)?, pec_crypto_aws_lc::provider());
    Ok(read_directory(folder, &config.directory, SystemClock.now(), &crypto)?)
}
