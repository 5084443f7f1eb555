//! The commands that work on files.

use std::path::PathBuf;

use clap::Args;

use crate::extract::PartPath;
use crate::verify::{At, PolicyName, Revocation};

/// What `pec inspect` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pec inspect ricevuta.eml
  pec inspect --json posta/ archivio.mbox
  pec inspect --lang it - < ricevuta.eml")]
pub struct InspectArgs {
    /// Messages: files, folders, Maildirs, mbox files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What `pec verify` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Each PATH is a file in PEM or DER, a bundle, or a folder of them; options with PATH may be repeated.

Who is a PEC provider is told by --directory, --pin or --accredited. Without them the origin of a \
PEC message is indeterminate, and so is the verdict. Mail that is signed and no PEC is judged by \
cryptography alone.

A verdict at a time that only the signer claims (--at signing-time without time stamp) is \
indeterminate where it depends on that time.

Examples:
  pec verify ricevuta.eml --trust ca.pem
  pec verify ricevuta.eml --trust ca.pem --crls crl/ --directory gestori.ldif --json
  pec verify posta/ --trust ca.pem --accredited ca.pem --revocation if-available
  pec verify vecchia.eml --trust ca.pem --pin gestore.pem --policy archive --revocation off")]
pub struct VerifyArgs {
    /// Messages: files, folders, Maildirs, mbox files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// What is trusted, and how strictly
    #[command(flatten)]
    pub trust: TrustArgs,

    /// Judge signed parts inside messages too
    #[arg(long)]
    pub nested: bool,
}

/// What is trusted, and how strictly messages are judged.
#[derive(Clone, Debug, Args)]
pub struct TrustArgs {
    /// Certificates of authorities that are trusted
    #[arg(long, required = true, value_name = "PATH")]
    pub trust: Vec<PathBuf>,

    /// Further certificates of authorities, which are trusted only if the trusted ones certify them
    #[arg(long, value_name = "PATH")]
    pub certs: Vec<PathBuf>,

    /// Certificate revocation lists and OCSP responses
    #[arg(long, value_name = "PATH")]
    pub crls: Vec<PathBuf>,

    /// Whether it must be known that nothing was revoked
    #[arg(long, value_name = "WHEN", default_value = "require")]
    pub revocation: Revocation,

    /// The providers' directory as it was at the time, LDIF or signed (.p7m)
    #[arg(long, value_name = "LDIF|P7M")]
    pub directory: Option<PathBuf>,

    /// Who may sign the directory; by default whoever the trusted authorities certify
    #[arg(long, value_name = "PATH", requires = "directory")]
    pub directory_signer: Vec<PathBuf>,

    /// Certificates of providers that you vouch for
    #[arg(long, value_name = "PATH")]
    pub pin: Vec<PathBuf>,

    /// Authorities that certify PEC providers and nobody else by that profile
    #[arg(long, value_name = "PATH")]
    pub accredited: Vec<PathBuf>,

    /// How strict: archive accepts the algorithms of the message's time
    #[arg(long, value_name = "POLICY", default_value = "strict")]
    pub policy: PolicyName,

    /// At which time certificates are judged: a time (RFC 3339), signing-time or now; by default
    /// now, with --policy archive signing-time
    #[arg(long, value_name = "TIME")]
    pub at: Option<At>,
}

/// What `pec extract` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a choice: certification data, original and its attachments. Names come from the message, \
made safe; a file that exists is never replaced, the new one gets a number.

Examples:
  pec extract ricevuta.eml -o estratti
  pec extract ricevuta.eml --original -o estratti
  pec extract ricevuta.eml --part 0.1 -o estratti")]
pub struct ExtractArgs {
    /// The message, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The original message, byte for byte
    #[arg(long, group = "wanted")]
    pub original: bool,

    /// The certification data
    #[arg(long, group = "wanted")]
    pub daticert: bool,

    /// The files attached to the original message
    #[arg(long, group = "wanted")]
    pub attachments: bool,

    /// One part by its path, as inspect shows it
    #[arg(long, group = "wanted", value_name = "PATH")]
    pub part: Option<PartPath>,

    /// The folder to write to; it is made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,
}

/// What `pec hash-check` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pec hash-check consegna.eml inviato.eml")]
pub struct HashCheckArgs {
    /// The delivery receipt
    #[arg(value_name = "RECEIPT")]
    pub receipt: PathBuf,

    /// The message as it was kept
    #[arg(value_name = "ORIGINAL")]
    pub original: PathBuf,
}
