//! `pec send`: a message submitted as it is, but for what a PEC message must have.

use std::path::PathBuf;

use pec_daticert::{Msgid, ReceiptType};
use pec_message::header::X_TIPO_RICEVUTA;
use pec_message::original::{Original, OriginalError, normalise};
use pec_message::{Mailbox, read};
use pec_smime::crypto::CryptoProvider;
use serde::Serialize;

use crate::account::{Account, ConfigError};
use crate::kept::Kept;
use crate::smtp::{self, SmtpError, Submission};
use crate::wire::{Tls, WireError};

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/send/1";

/// A message that can be sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// The message.
    pub octets: Vec<u8>,
    /// Its identifier, with angle brackets.
    pub msgid: String,
    /// The delivery receipt that it asks for.
    pub receipt_type: ReceiptType,
    /// Its recipients: those of To and Cc, each once.
    pub recipients: Vec<String>,
    /// Line breaks that became CRLF.
    pub line_breaks: usize,
}

/// Why a message is not sent: its provider would refuse it (RFC 6109 §3.1.1).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// It cannot travel as it is.
    #[error(transparent)]
    Original(#[from] OriginalError),
    /// From does not hold the account's address and nothing else.
    #[error("From must hold {0} and nothing else")]
    From(String),
    /// There is no recipient, or one without an address.
    #[error("To and Cc must hold the recipients' addresses")]
    Recipients,
    /// Blind copies are not allowed in PEC.
    #[error("Bcc is not allowed in certified mail")]
    Bcc,
    /// A field that may stand once stands more than once.
    #[error("{0} stands more than once")]
    Repeated(&'static str),
    /// The Message-ID cannot stand in certification data.
    #[error("the Message-ID is malformed")]
    Msgid,
    /// There is no header.
    #[error("the message has no header")]
    NoHeader,
    /// No random bytes for an identifier.
    #[error("no random bytes for an identifier")]
    Random,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The account cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The message cannot be sent.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The connection fails.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The server does not take it.
    #[error(transparent)]
    Smtp(SmtpError),
    /// It may have been taken: the copy says so.
    #[error("{error}; the copy is {copy}")]
    Unconfirmed {
        /// What happened.
        error: SmtpError,
        /// The copy.
        copy: PathBuf,
    },
    /// The copy cannot be kept. Before sending, so nothing was sent.
    #[error("the copy cannot be kept: {0}")]
    Copy(std::io::Error),
    /// The message was sent, but its copy could not be given its name.
    #[error("sent as {msgid}, but its copy could not be named: {error}")]
    CopyName {
        /// The identifier.
        msgid: String,
        /// What the system says.
        error: std::io::Error,
    },
}

/// A message that was sent. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Sent {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The identifier that the receipts will refer to, with angle brackets.
    pub msgid: String,
    /// The delivery receipt that was asked for.
    pub receipt_type: &'static str,
    /// The recipients.
    pub recipients: Vec<String>,
    /// The copy that is kept.
    pub copy: String,
    /// Line breaks that became CRLF.
    pub line_breaks: usize,
    /// What the server said.
    pub reply: String,
}

/// Makes a message fit to be sent from `address`. It gets a Message-ID and an `X-TipoRicevuta` if
/// it has none; one that differs from `receipt` is replaced. Everything else stays, but for line
/// breaks that are not CRLF.
///
/// ```
/// use pec_client::send::prepare;
///
/// let message = b"From: a@alfa.example\nTo: b@beta.example\nSubject: x\n\nCiao\n";
/// let crypto = pec_crypto_aws_lc::provider();
/// let prepared = prepare(message, "a@alfa.example", None, &crypto)?;
/// assert!(prepared.octets.ends_with(b"Subject: x\r\n\r\nCiao\r\n"));
/// assert!(prepared.msgid.ends_with("@alfa.example>"));
/// # Ok::<(), pec_client::send::PrepareError>(())
/// ```
///
/// # Errors
/// [`PrepareError`]
pub fn prepare(
    message: &[u8],
    address: &str,
    receipt: Option<ReceiptType>,
    crypto: &CryptoProvider,
) -> Result<Prepared, PrepareError> {
    let normalised = normalise(message);
    let original = Original::new(&normalised.message)?;
    let fields = original.entity().fields();
    let start = fields.first().map(|field| field.range().start).ok_or(PrepareError::NoHeader)?;
    let recipients = checked_parties(original.octets(), address)?;
    let mut added = String::new();
    let msgid = match (original.entity().field("Message-ID"), original.msgid()) {
        (None, _) => {
            let msgid = new_msgid(address, crypto)?;
            added.push_str(&format!("Message-ID: {msgid}\r\n"));
            msgid
        }
        (Some(_), Some(msgid)) => msgid.to_string(),
        (Some(_), None) => return Err(PrepareError::Msgid),
    };
    let asked = original.entity().field(X_TIPO_RICEVUTA).map(|_| original.requested_receipt());
    let receipt_type = receipt.or(asked).unwrap_or(ReceiptType::Complete);
    let mut octets = Vec::with_capacity(original.octets().len().saturating_add(256));
    let mut rest = start;
    if asked != Some(receipt_type) {
        added.push_str(&format!("{X_TIPO_RICEVUTA}: {}\r\n", receipt_type.as_str()));
    }
    octets.extend_from_slice(added.as_bytes());
    if asked.is_some_and(|asked| asked != receipt_type) {
        for field in original.entity().fields_named(X_TIPO_RICEVUTA) {
            octets.extend_from_slice(
                original.octets().get(rest..field.range().start).unwrap_or_default(),
            );
            rest = field.range().end;
        }
    }
    octets.extend_from_slice(original.octets().get(rest..).unwrap_or_default());
    let line_breaks = normalised.line_breaks;
    Ok(Prepared { octets, msgid, receipt_type, recipients, line_breaks })
}

/// rfc6109 §3.1.1#1: one sender, who is the account; recipients in To and Cc; no Bcc.
fn checked_parties(message: &[u8], address: &str) -> Result<Vec<String>, PrepareError> {
    let mail = read(message);
    let claimed = mail.claimed();
    let once = ["From", "Sender", "To", "Cc", "Message-ID", X_TIPO_RICEVUTA];
    if let Some(repeated) = claimed.repeated.iter().find(|field| once.contains(field)) {
        return Err(PrepareError::Repeated(repeated));
    }
    match claimed.from.as_slice() {
        [from] if from.address.eq_ignore_ascii_case(address) => {}
        _ => return Err(PrepareError::From(address.to_owned())),
    }
    if mail.message().part().entity().field("Bcc").is_some() {
        return Err(PrepareError::Bcc);
    }
    let mut recipients: Vec<String> = Vec::new();
    for Mailbox { address, .. } in claimed.to.iter().chain(&claimed.cc) {
        if !address.contains('@') {
            return Err(PrepareError::Recipients);
        }
        if !recipients.iter().any(|known| known == address) {
            recipients.push(address.clone());
        }
    }
    if recipients.is_empty() { Err(PrepareError::Recipients) } else { Ok(recipients) }
}

/// An identifier of 128 random bits at the domain of the sender.
pub(crate) fn new_msgid(address: &str, crypto: &CryptoProvider) -> Result<String, PrepareError> {
    let mut random = [0; 16];
    crypto.random.fill(&mut random).map_err(|_| PrepareError::Random)?;
    let domain = address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let msgid = format!("<{:032x}@{domain}>", u128::from_be_bytes(random));
    msgid.parse::<Msgid>().map(|msgid| msgid.to_string()).map_err(|_| PrepareError::Msgid)
}

/// Sends a message from an account and keeps a copy.
///
/// The copy is kept before anything is sent. It loses its mark `.unconfirmed` when the server took
/// the message, and goes if the server refused it.
///
/// # Errors
/// [`SendError`]
pub async fn send(
    account: &Account,
    password: &str,
    message: &Prepared,
) -> Result<Sent, SendError> {
    let server = account.endpoint("smtp")?;
    let tls = Tls::new(account.ca.as_deref())?;
    let kept = Kept::open(&account.folder).map_err(SendError::Copy)?;
    let wire = tls.connect(server, smtp::PORT).await?;
    let copy = kept.about_to_send(&message.msgid, &message.octets).map_err(SendError::Copy)?;
    let submission = Submission {
        client: "[127.0.0.1]",
        user: account.user(),
        from: &account.address,
        recipients: &message.recipients,
        octets: &message.octets,
    };
    let reply = match smtp::send(wire, &submission, password).await {
        Ok(reply) => reply,
        Err(error) if error.is_unconfirmed() => {
            return Err(SendError::Unconfirmed { error, copy: copy.path().to_owned() });
        }
        Err(error) => {
            copy.refused().map_err(SendError::Copy)?;
            return Err(SendError::Smtp(error));
        }
    };
    let msgid = message.msgid.clone();
    let copy = copy.taken().map_err(|error| SendError::CopyName { msgid, error })?;
    Ok(Sent {
        schema: SCHEMA,
        msgid: message.msgid.clone(),
        receipt_type: message.receipt_type.as_str(),
        recipients: message.recipients.clone(),
        copy: copy.display().to_string(),
        line_breaks: message.line_breaks,
        reply,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "a@alfa.example";

    fn prepared(header: &str, receipt: Option<ReceiptType>) -> Result<Prepared, PrepareError> {
        let message = format!("{header}\r\n\r\n.punto\r\n");
        prepare(message.as_bytes(), ADDRESS, receipt, &CryptoProvider::rustcrypto())
    }

    const PARTIES: &str =
        "From: A <A@alfa.example>\r\nTo: b@beta.example, c@c.example\r\nCc: b@beta.example";

    #[test]
    fn identifier_and_receipt_are_set_once() {
        let found = prepared(PARTIES, None).unwrap();
        let text = String::from_utf8(found.octets.clone()).unwrap();
        let expected = format!(
            "Message-ID: {}\r\nX-TipoRicevuta: completa\r\n{PARTIES}\r\n\r\n.punto\r\n",
            found.msgid
        );
        assert_eq!(text, expected);
        assert_eq!(found.recipients, ["b@beta.example", "c@c.example"]);
        assert_ne!(found.msgid, prepared(PARTIES, None).unwrap().msgid);

        let own = format!("Message-ID: <m.1@pc>\r\nX-TipoRicevuta: breve\r\n{PARTIES}");
        let kept = prepared(&own, None).unwrap();
        assert_eq!(kept.octets, format!("{own}\r\n\r\n.punto\r\n").into_bytes());
        assert_eq!((kept.msgid.as_str(), kept.receipt_type), ("<m.1@pc>", ReceiptType::Brief));
        let other = prepared(&own, Some(ReceiptType::Concise)).unwrap();
        let expected = format!(
            "X-TipoRicevuta: sintetica\r\nMessage-ID: <m.1@pc>\r\n{PARTIES}\r\n\r\n.punto\r\n"
        );
        assert_eq!(String::from_utf8(other.octets).unwrap(), expected);
    }

    #[test]
    fn what_the_provider_would_refuse_is_not_sent() {
        let error = |header: &str| prepared(header, None).err().map(|error| error.to_string());
        for (header, told) in [
            ("From: b@beta.example\r\nTo: c@c.example", "From must hold a@alfa.example"),
            ("From: a@alfa.example, b@b.example\r\nTo: c@c.example", "From must hold"),
            ("From: a@alfa.example\r\nSubject: x", "To and Cc must hold"),
            ("From: a@alfa.example\r\nTo: nobody", "To and Cc must hold"),
            ("From: a@alfa.example\r\nTo: c@c.example\r\nBcc: d@d.example", "Bcc is not allowed"),
            ("From: a@alfa.example\r\nTo: c@c.example\r\nTo: d@d.example", "To stands more than"),
            ("From: a@alfa.example\r\nTo: c@c.example\r\nMessage-ID: x y", "the Message-ID is"),
        ] {
            let found = error(header).unwrap_or_default();
            assert!(found.starts_with(told), "{header}: {found}");
        }
    }
}
