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

/// What `pec compose` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
The message has what certified mail asks for: one sender, recipients in To and Cc, a Message-ID \
and an X-TipoRicevuta. Send it with `pec send`, from the account whose address is the sender's.

Examples:
  pec compose --from mario@alfa.example --to anna@beta.example --subject Offerta \
--text lettera.txt --attach offerta.pdf --output offerta.eml
  pec compose --from mario@alfa.example --to anna@beta.example --subject Saluti \
--text lettera.txt | pec send - --account studio --config config.toml")]
pub struct ComposeArgs {
    /// The sender: the account's address, with or without a name
    #[arg(long, value_name = "ADDRESS")]
    pub from: String,

    /// A recipient: an address, or `Name <address>`; may be given again
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub to: Vec<String>,

    /// A recipient of a copy; may be given again
    #[arg(long, value_name = "ADDRESS")]
    pub cc: Vec<String>,

    /// The subject
    #[arg(long, value_name = "TEXT")]
    pub subject: String,

    /// A file with the text, in UTF-8; by default standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub text: PathBuf,

    /// A file that goes with it; may be given again
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,

    /// The delivery receipt to ask for
    #[arg(long, value_name = "TYPE", default_value = "completa")]
    pub receipt: ReceiptArg,

    /// Where the message goes, never over another file; by default standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
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
