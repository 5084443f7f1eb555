//! From the command line to what is done.

mod composed;
mod followed;
mod online;

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use pec_message::PinnedProvider;
use pec_smime::crypto::CryptoProvider;

use crate::cli::{Command, ExtractArgs, HashCheckArgs, TrustArgs};
use crate::console::{BAD, Console, plain};
use crate::exit::Exit;
use crate::extract::{Wanted, extract};
use crate::hash_check::hash_check;
use crate::inspect::{self, Inspection};
use crate::papers;
use crate::report::each;
use crate::source::{Sources, read_one};
use crate::trust::{TrustError, certificates, directory, store};
use crate::verify::{self, At, Judge, PolicyName, Revocation};

/// Does what a command says. `now` is the one clock.
///
/// # Errors
/// Those of the console's streams; everything else is told there and in the [`Exit`].
pub fn run(command: Command, console: &mut Console<'_>, now: DateTime<Utc>) -> io::Result<Exit> {
    let done = match command {
        Command::Inspect(args) => {
            let sources = Sources::new(&args.files);
            return each(console, sources, inspect::SCHEMA, |input| {
                Inspection::of(&input.name, &input.octets)
            });
        }
        Command::Verify(args) => match judge(&args.trust, args.nested, now) {
            Ok(judge) => {
                let sources = Sources::new(&args.files);
                return each(console, sources, verify::SCHEMA, |input| {
                    judge.report(&input.name, &input.octets)
                });
            }
            Err(error) => Err(error.into()),
        },
        Command::Extract(args) => run_extract(args, console),
        Command::HashCheck(args) => run_hash_check(&args, console),
        Command::Follow(args) => followed::follow(&args, console, now),
        Command::Dossier(command) => followed::run_dossier(&command, console, now),
        Command::Watch(args) => followed::run_watch(&args, console),
        Command::Completions { shell } => {
            papers::completions(shell, console.out).map(|()| Exit::Done).map_err(Into::into)
        }
        Command::Man { folder } => run_man(&folder, console),
        Command::Compose(args) => composed::compose(&args, console, now),
        Command::Send(args) => online::send(&args, console),
        Command::Fetch(args) => online::fetch(&args, console),
    };
    done.or_else(|error| fail(console, &*error))
}

/// Any error that ends a command.
type Failure = Box<dyn std::error::Error>;

fn fail(console: &mut Console<'_>, error: &dyn std::error::Error) -> io::Result<Exit> {
    console.note(&format!("{BAD}pec:{BAD:#} {}", plain(&error.to_string())))?;
    Ok(Exit::Failed)
}

/// What `pec verify` judges by.
///
/// # Errors
/// [`TrustError`]
pub fn judge(args: &TrustArgs, nested: bool, now: DateTime<Utc>) -> Result<Judge, TrustError> {
    let crypto: CryptoProvider = pec_crypto_aws_lc::provider();
    let (anchors, others) = (certificates(&args.trust)?, certificates(&args.certs)?);
    let lists = match args.revocation {
        Revocation::Off => &[][..],
        _ => &args.crls,
    };
    let store = store(&anchors, &others, lists)?;
    let at = args.at.unwrap_or(match args.policy {
        PolicyName::Archive => At::SigningTime,
        _ => At::Now,
    });
    let instant = match at {
        At::Instant(instant) => instant,
        _ => now,
    };
    let signers = certificates(&args.directory_signer)?;
    let read_directory = |path| directory(path, &signers, &store, instant, &crypto);
    let directory = args.directory.as_deref().map(read_directory).transpose()?;
    let pinned = certificates(&args.pin)?.into_iter().map(PinnedProvider::new).collect();
    let accredited = certificates(&args.accredited)?;
    let (policy, revocation) = (args.policy, args.revocation);
    Ok(Judge { store, crypto, policy, revocation, at, now, directory, pinned, accredited, nested })
}

fn run_man(folder: &Path, console: &mut Console<'_>) -> Result<Exit, Failure> {
    for page in papers::man(folder)? {
        console.line(&plain(&page.display().to_string()))?;
    }
    Ok(Exit::Done)
}

fn run_extract(args: ExtractArgs, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let input = read_one(&args.file)?;
    let wanted = match args.part {
        Some(path) => Wanted::Part(path),
        None if args.original => Wanted::Original,
        None if args.daticert => Wanted::Daticert,
        None if args.attachments => Wanted::Attachments,
        None => Wanted::All,
    };
    let extraction = extract(&input.name, &input.octets, &wanted, &args.output)?;
    if console.json {
        console.document(&extraction)?;
    } else {
        extraction.write(console.out, console.lang)?;
    }
    Ok(extraction.exit())
}

fn run_hash_check(args: &HashCheckArgs, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let (receipt, original) = (read_one(&args.receipt)?, read_one(&args.original)?);
    let crypto = pec_crypto_aws_lc::provider();
    let check =
        hash_check((&receipt.name, &receipt.octets), (&original.name, &original.octets), &crypto)?;
    if console.json {
        console.document(&check)?;
    } else {
        check.write(console.out, console.lang)?;
    }
    Ok(check.exit())
}
