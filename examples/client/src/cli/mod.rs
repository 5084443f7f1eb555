//! The command line.

mod followed;
mod offline;
mod online;

use clap::{Parser, Subcommand, ValueEnum};

pub use followed::{
    DossierCommand, DossierMakeArgs, DossierShowArgs, DossierStampArgs, DossierVerifyArgs,
    FollowArgs, WatchArgs,
};
pub use offline::{ExtractArgs, HashCheckArgs, InspectArgs, TrustArgs, VerifyArgs};
pub use online::{AccountArgs, ComposeArgs, FetchArgs, ReceiptArg, SendArgs};

use crate::lang::Lang;

/// The command line of `pec`.
#[derive(Debug, Parser)]
#[command(name = "pec", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// Write results as JSON, one document a line
    #[arg(long, global = true)]
    pub json: bool,

    /// Language of what people read; by default that of the locale
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Lang>,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colours. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done; every answer is a yes
  1  done; some answer is a no (invalid signature, other hash, failed delivery)
  2  the command line is wrong
  3  done; some answer cannot be given (indeterminate)
  4  something could not be done (a file, the configuration, the network)";

/// What to do.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Show what messages say about themselves; nothing of it is proved
    Inspect(InspectArgs),
    /// Tell whether messages are genuine, and why
    Verify(Box<VerifyArgs>),
    /// Write parts of a message to files, never over other files
    Extract(ExtractArgs),
    /// Compare a delivery receipt with the original that was kept
    HashCheck(HashCheckArgs),
    /// Tell what became of messages that were sent
    Follow(Box<FollowArgs>),
    /// Keep the evidence of a transmission, and judge it
    #[command(subcommand)]
    Dossier(Box<DossierCommand>),
    /// Write a message with a text and attachments
    Compose(ComposeArgs),
    /// Send a message from an account, and keep a copy
    Send(SendArgs),
    /// Fetch what is new in the mailbox of an account
    Fetch(FetchArgs),
    /// Fetch again and again, and tell what becomes of messages that were sent
    Watch(Box<WatchArgs>),
    /// Write completions for a shell
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Write man pages into a folder
    Man {
        /// The folder; it is made if it is not there
        #[arg(value_name = "DIR")]
        folder: std::path::PathBuf,
    },
}
