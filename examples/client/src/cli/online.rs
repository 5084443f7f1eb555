//! The commands that use an account.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pec_daticert::ReceiptType;

use crate::fetch::Protocol;

/// Which account.
#[derive(Clone, Debug, Args)]
pub struct AccountArgs {
    /// The account in the configuration file; needed if there are several
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,

    /// The configuration file; by default `$PEC_CONFIG`, else `~/.config/pec/config.toml`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The delivery receipt to ask for. The list is closed by the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReceiptArg {
    /// With the whole original.
    Completa,
    /// With hashes in place of attachments.
    Breve,
    /// Without the original.
    Sintetica,
}

impl From<ReceiptArg> for ReceiptType {
    fn from(receipt: ReceiptArg) -> Self {
        match receipt {
            ReceiptArg::Completa => Self::Complete,
            ReceiptArg::Breve => Self::Brief,
            ReceiptArg::Sintetica => Self::Concise,
        }
    }
}

/// What `pec send` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
The message is sent as it is. It gets a Message-ID and an X-TipoRicevuta if it has none. \
Recipients are those of To and Cc. The copy is kept in the account's folder, under sent/.

Examples:
  pec send inviato.eml --account studio --config config.toml
  pec send inviato.eml --account studio --config config.toml --receipt breve --json")]
pub struct SendArgs {
    /// The message, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The account
    #[command(flatten)]
    pub account: AccountArgs,

    /// The delivery receipt to ask for; by default what the message says, else completa
    #[arg(long, value_name = "TYPE")]
    pub receipt: Option<ReceiptArg>,
}

/// What `pec fetch` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Messages are kept byte for byte in the account's folder, under received/. Nothing is marked as \
read, nothing is deleted.

Examples:
  pec fetch --account studio --config config.toml
  pec fetch --account studio --config config.toml --protocol pop3 --json")]
pub struct FetchArgs {
    /// The account
    #[command(flatten)]
    pub account: AccountArgs,

    /// How to read the mailbox; by default as the account says, by IMAP if it says both
    #[arg(long, value_name = "PROTOCOL")]
    pub protocol: Option<Protocol>,
}
