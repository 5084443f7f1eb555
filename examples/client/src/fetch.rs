//! `pec fetch`: what is new in a mailbox, kept byte for byte. Nothing is marked or deleted.

use std::collections::HashSet;
use std::io;

use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use serde::Serialize;

use crate::account::{Account, ConfigError};
use crate::facts::Facts;
use crate::imap::{self, ImapError};
use crate::kept::Kept;
use crate::pop3::{self, Pop3Error};
use crate::wire::{Tls, WireError};

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/fetch/1";

/// A message that was fetched. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Fetched {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Its identifier in the mailbox.
    pub uid: String,
    /// Where it is kept.
    pub file: String,
    /// Its size in octets.
    pub size: usize,
    /// The kind that it claims to be, see [`Facts::kind`].
    pub kind: &'static str,
    /// The identifier that it refers to, see [`Facts::msgid`].
    pub msgid: Option<String>,
    /// The subject.
    pub subject: Option<String>,
}

/// Why fetching stopped. What was fetched before is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The account cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The connection fails.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// POP3.
    #[error(transparent)]
    Pop3(#[from] Pop3Error),
    /// IMAP.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// A message cannot be kept.
    #[error("cannot keep: {0}")]
    Keep(#[from] io::Error),
}

/// How to read a mailbox. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// POP3 over TLS.
    Pop3,
    /// IMAP over TLS.
    Imap,
}

/// Fetches what is new, and tells of each message once it is safely kept. Without a protocol, the
/// one that the account has; IMAP if it has both.
///
/// Gives what was passed over, with the reasons: one message that cannot be had does not stop the
/// others.
///
/// # Errors
/// [`FetchError`]
pub async fn fetch(
    account: &Account,
    password: &str,
    protocol: Option<Protocol>,
    told: impl FnMut(Fetched) -> io::Result<()>,
) -> Result<Vec<String>, FetchError> {
    let usual = if account.imap.is_some() { Protocol::Imap } else { Protocol::Pop3 };
    match protocol.unwrap_or(usual) {
        Protocol::Pop3 => by_pop3(account, password, told).await,
        Protocol::Imap => by_imap(account, password, told).await,
    }
}

async fn by_pop3(
    account: &Account,
    password: &str,
    mut told: impl FnMut(Fetched) -> io::Result<()>,
) -> Result<Vec<String>, FetchError> {
    let server = account.endpoint("pop3")?;
    let kept = Kept::open(&account.folder)?;
    let crypto = pec_crypto_aws_lc::provider();
    let wire = Tls::new(account.ca.as_deref())?.connect(server, pop3::PORT).await?;
    let mut mailbox = pop3::Mailbox::open(wire, account.user(), password).await?;
    let listed = mailbox.list().await?;
    let seen = kept.seen()?;
    let mut passed_over = Vec::new();
    for message in listed.iter().filter(|message| !seen.contains(&message.uid)) {
        let octets = match mailbox.message(message.number).await {
            Ok(octets) => octets,
            Err(error @ (Pop3Error::TooLarge(_) | Pop3Error::Refused { .. })) => {
                passed_over.push(format!("{}: {error}", message.uid));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        keep(&kept, &pop3_name(&message.uid, &crypto), &message.uid, &octets, &mut told)?;
        kept.see(&message.uid)?;
    }
    kept.forget_but(&listed.iter().map(|message| message.uid.as_str()).collect::<HashSet<_>>())?;
    mailbox.close().await;
    Ok(passed_over)
}

async fn by_imap(
    account: &Account,
    password: &str,
    mut told: impl FnMut(Fetched) -> io::Result<()>,
) -> Result<Vec<String>, FetchError> {
    let server = account.endpoint("imap")?;
    let kept = Kept::open(&account.folder)?;
    let wire = Tls::new(account.ca.as_deref())?.connect(server, imap::PORT).await?;
    let folder = account.imap_folder.as_deref().unwrap_or("INBOX");
    let mut mailbox = imap::Mailbox::open(wire, account.user(), password, folder).await?;
    let validity = mailbox.validity();
    let known = kept.cursor()?.filter(|(known, _)| *known == validity);
    let last = known.map_or(0, |(_, last)| last);
    let mut passed_over = Vec::new();
    for uid in mailbox.list_after(last).await? {
        let octets = match mailbox.message(uid).await {
            Ok(octets) => octets,
            Err(error @ ImapError::Gone(_)) => {
                passed_over.push(error.to_string());
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        keep(&kept, &format!("{validity}-{uid}.eml"), &uid.to_string(), &octets, &mut told)?;
        kept.set_cursor(validity, uid)?;
    }
    mailbox.close().await;
    Ok(passed_over)
}

/// Keeps a message and tells of it, unless it was kept before: then an earlier run was ended
/// between the two.
fn keep(
    kept: &Kept,
    name: &str,
    uid: &str,
    octets: &[u8],
    told: &mut impl FnMut(Fetched) -> io::Result<()>,
) -> io::Result<()> {
    let Some(path) = kept.receive(name, octets)? else { return Ok(()) };
    let mail = pec_message::read(octets);
    let (facts, _) = Facts::of(mail.message());
    told(Fetched {
        schema: SCHEMA,
        uid: uid.to_owned(),
        file: path.display().to_string(),
        size: octets.len(),
        kind: facts.kind,
        msgid: facts.msgid,
        subject: facts.subject,
    })
}

/// The identifiers of POP3 hold any visible character: the file bears a hash.
fn pop3_name(uid: &str, crypto: &CryptoProvider) -> String {
    let digest = crypto.digest(DigestAlgorithm::Sha256, uid.as_bytes());
    let octets = digest.as_ref().map(|digest| digest.as_bytes()).unwrap_or_default();
    let hex: String = octets.iter().take(12).map(|octet| format!("{octet:02x}")).collect();
    format!("{hex}.eml")
}
