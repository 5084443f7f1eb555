//! `pec compose`: a message with a text and attachments, fit to be sent by `pec send`.
//!
//! mail-builder writes it; what PEC asks of it on top is that of [`prepare`].

use chrono::{DateTime, Utc};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use pec_daticert::ReceiptType;
use pec_message::{Mailbox, read};
use pec_smime::crypto::CryptoProvider;

use crate::send::{PrepareError, Prepared, new_msgid, prepare};

/// What is written.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// The sender, the account's address, with or without a name.
    pub from: String,
    /// Recipients: each an address, with or without a name, or several with commas between.
    pub to: Vec<String>,
    /// Recipients of a copy.
    pub cc: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// The delivery receipt to ask for; the complete one if nothing is said.
    pub receipt: Option<ReceiptType>,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, without folders. Its extension tells the media type.
    pub name: String,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// Not an address, or no sender, or several.
    #[error(
        "{0:?} is not an address: write mario@alfa.example or \"Mario Rossi <mario@alfa.example>\""
    )]
    Address(String),
    /// A control character where one line is written.
    #[error("{0} holds a line break or a control character")]
    Control(&'static str),
    /// What is put together cannot be sent.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The octets cannot be written.
    #[error("the message cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Writes a message.
///
/// ```
/// use pec_client::compose::{Attachment, Letter, compose};
///
/// let letter = Letter {
///     from: "Mario Rossi <mario@alfa.example>".to_owned(),
///     to: vec!["anna@beta.example".to_owned()],
///     subject: "Offerta però".to_owned(),
///     text: "Buongiorno,\nin allegato.\n".to_owned(),
///     attachments: vec![Attachment { name: "offerta.pdf".to_owned(), octets: b"%PDF".into() }],
///     ..Letter::default()
/// };
/// let now = std::time::SystemTime::now().into();
/// let message = compose(&letter, now, &pec_crypto_aws_lc::provider())?;
/// assert!(message.octets.is_ascii());
/// assert_eq!(message.recipients, ["anna@beta.example"]);
/// # Ok::<(), pec_client::compose::ComposeError>(())
/// ```
///
/// # Errors
/// [`ComposeError`]
pub fn compose(
    letter: &Letter,
    now: DateTime<Utc>,
    crypto: &CryptoProvider,
) -> Result<Prepared, ComposeError> {
    one_line("the subject", &letter.subject)?;
    let from = parties(std::slice::from_ref(&letter.from))?;
    let [sender] = from.as_slice() else {
        return Err(ComposeError::Address(letter.from.clone()));
    };
    let mut message = MessageBuilder::new()
        .date(now.timestamp())
        .message_id(new_msgid(&sender.address, crypto)?.trim_matches(['<', '>']).to_owned())
        .from(list(&from));
    let (recipients, copies) = (parties(&letter.to)?, parties(&letter.cc)?);
    if !recipients.is_empty() {
        message = message.to(list(&recipients));
    }
    if !copies.is_empty() {
        message = message.cc(list(&copies));
    }
    message = message.subject(letter.subject.as_str()).text_body(letter.text.as_str());
    for Attachment { name, octets } in &letter.attachments {
        one_line("the name of an attachment", name)?;
        message = message.attachment(media_type(name), name.as_str(), octets.as_slice());
    }
    let octets = message.write_to_vec()?;
    Ok(prepare(&octets, &sender.address, letter.receipt, crypto)?)
}

/// What a file is, by its name. Messages and signed multiparts may not be base64 (RFC 2046 §5.2),
/// so they travel as octets.
fn media_type(name: &str) -> String {
    let guessed = mime_guess::from_path(name).first_or_octet_stream();
    match guessed.type_().as_str() {
        "message" | "multipart" => MEDIA_TYPE_OF_OCTETS.to_owned(),
        _ => guessed.essence_str().to_owned(),
    }
}

const MEDIA_TYPE_OF_OCTETS: &str = "application/octet-stream";

fn parties(written: &[String]) -> Result<Vec<Mailbox>, ComposeError> {
    let mut all = Vec::new();
    for party in written {
        one_line("an address", party)?;
        let field = format!("To: {party}\r\n\r\n");
        let found = read(field.as_bytes()).claimed().to;
        let is_address = |found: &Mailbox| found.address.parse::<pec_daticert::Address>().is_ok();
        if found.is_empty() || !found.iter().all(is_address) {
            return Err(ComposeError::Address(party.clone()));
        }
        all.extend(found);
    }
    Ok(all)
}

fn list(parties: &[Mailbox]) -> Address<'static> {
    let address = |party: &Mailbox| Address::new_address(party.name.clone(), party.address.clone());
    Address::new_list(parties.iter().map(address).collect())
}

fn one_line(what: &'static str, text: &str) -> Result<(), ComposeError> {
    if text.chars().any(char::is_control) { Err(ComposeError::Control(what)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use pec_message::Claimed;

    use super::*;

    fn letter() -> Letter {
        Letter {
            from: "Mario \"il Capo\" Rossi <mario@alfa.example>".to_owned(),
            to: vec!["anna@beta.example, Però Ù <peru@beta.example>".to_owned()],
            cc: vec!["mario@alfa.example".to_owned()],
            subject: "Perché no? È così — ".repeat(8).trim_end().to_owned(),
            text: "Buongiorno,\n.\nFrom qui: è già tardi.\r\n".to_owned(),
            attachments: vec![
                Attachment { name: "Offerta è «n. 1».pdf".to_owned(), octets: vec![0; 1000] },
                Attachment { name: "atto.pdf.p7m".to_owned(), octets: b"\r\n.\r\n".to_vec() },
                Attachment { name: "vecchia.eml".to_owned(), octets: b"A: b\n\nc\n".to_vec() },
            ],
            receipt: Some(ReceiptType::Brief),
        }
    }

    fn composed(letter: &Letter) -> Result<Prepared, ComposeError> {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
        compose(letter, now, &CryptoProvider::rustcrypto())
    }

    #[test]
    fn everything_comes_back_from_our_reader() {
        let letter = letter();
        let message = composed(&letter).unwrap();
        assert!(message.octets.is_ascii());
        assert_eq!(message.receipt_type, ReceiptType::Brief);
        let mail = read(&message.octets);
        let claimed: Claimed = mail.claimed();
        assert_eq!(claimed.subject.as_deref(), Some(letter.subject.as_str()));
        let addresses: Vec<_> = claimed.to.iter().map(|to| to.address.as_str()).collect();
        assert_eq!(addresses, ["anna@beta.example", "peru@beta.example"]);
        assert_eq!(claimed.to[1].name.as_deref(), Some("Però Ù"));
        assert!(claimed.repeated.is_empty());
        let parts: Vec<_> = mail.parts().collect();
        let attached =
            parts.iter().filter_map(|part| Some((part.name()?, part.decode().into_octets())));
        let attached: Vec<_> =
            attached.map(|(name, body)| (name.to_owned(), body.into_owned())).collect();
        let sent = letter.attachments.iter();
        let sent: Vec<_> = sent.map(|one| (one.name.clone(), one.octets.clone())).collect();
        assert_eq!(attached, sent);
    }

    #[test]
    fn what_cannot_stand_in_a_field_is_told() {
        let told = |change: fn(&mut Letter)| {
            let mut letter = letter();
            change(&mut letter);
            composed(&letter).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(told(|it| it.subject = "x\r\nBcc: d@d.example".into()).contains("line break"));
        assert!(told(|it| it.to = vec!["a@b.it\nBcc: d@d.it".into()]).contains("line break"));
        assert!(told(|it| it.to = vec!["nobody".into()]).contains("\"nobody\" is not an address"));
        assert!(told(|it| it.from = "a@b.it, c@d.it".into()).contains("is not an address"));
        assert!(told(|it| (it.to, it.cc) = (vec![], vec![])).contains("To and Cc"));
        assert!(told(|it| it.attachments[0].name = "a\u{0}".into()).contains("attachment"));
    }

    #[test]
    fn names_tell_the_media_type() {
        for (name, media_type_of_it) in [
            ("a.pdf", "application/pdf"),
            ("a.pdf.p7m", "application/pkcs7-mime"),
            ("fattura.XML", "text/xml"),
            ("old.eml", MEDIA_TYPE_OF_OCTETS),
            ("senza", MEDIA_TYPE_OF_OCTETS),
        ] {
            assert_eq!(media_type(name), media_type_of_it, "{name}");
        }
    }
}
