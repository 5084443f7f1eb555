//! The original message: its octets as they came, checked and never changed but for the
//! identifier (RFC 6109 §2.2.1).

mod canonical;
mod identify;

use std::borrow::Cow;

use encodify::rfc2047;
use pec_daticert::{Msgid, ReceiptType, Text};
use pec_smime::entity::{Entity, Field};

pub use canonical::{Fault, Normalised, NotCanonical, normalise};
pub use identify::{Identified, NoHeader};

use crate::header::X_TIPO_RICEVUTA;

/// A message that can travel inside another one: an original as submitted, or any message as
/// received. It is a view; the octets stay the caller's.
///
/// ```
/// use pec_message::original::Original;
///
/// let message = b"From: a@alfa.example\r\nSubject: =?utf-8?Q?Citt=C3=A0?=\r\n\r\nCiao\r\n";
/// let original = Original::new(message)?;
/// assert_eq!(original.subject().unwrap().as_str(), "Città");
/// assert_eq!(original.msgid(), None);
/// assert!(Original::new(b"From: a@alfa.example\n\nbare LF\n").is_err());
/// # Ok::<(), pec_message::original::OriginalError>(())
/// ```
#[doc(alias = "messaggio originale")]
#[doc(alias = "postacert.eml")]
#[derive(Clone, Debug)]
pub struct Original<'a> {
    entity: Entity<'a>,
    is_ascii: bool,
}

/// Why a message cannot travel inside another one as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginalError {
    /// Transport would change it; see [`normalise`].
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// More fields, or a longer one, than are looked at
    /// ([`pec_smime::limits::HEADER_FIELDS`], [`pec_smime::limits::HEADER_FIELD_OCTETS`]): fields
    /// that must be inherited might be missed.
    #[error("the header has too many fields, or one that is too long")]
    HeaderTooLarge,
}

impl<'a> Original<'a> {
    /// Takes `message` when every line ends in CRLF and has at most
    /// [`LINE_OCTETS`](crate::limits::LINE_OCTETS) octets, and no octet is NUL.
    ///
    /// # Errors
    /// [`OriginalError`] says what is in the way, and where.
    // norms 66
    pub fn new(message: &'a [u8]) -> Result<Self, OriginalError> {
        let is_ascii = canonical::check(message)?;
        let entity = Entity::scan(message);
        let damage = entity.damage();
        if damage.too_many_fields || damage.field_too_long {
            return Err(OriginalError::HeaderTooLarge);
        }
        Ok(Self { is_ascii, entity })
    }

    /// The message.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.entity.message()
    }

    /// The message, scanned.
    #[must_use]
    pub const fn entity(&self) -> &Entity<'a> {
        &self.entity
    }

    /// Whether an octet is outside US-ASCII. Then the message that carries this one needs
    /// 8BITMIME on every hop: a `message/rfc822` cannot be encoded (RFC 2046 §5.2.1).
    #[must_use]
    pub const fn is_8bit(&self) -> bool {
        !self.is_ascii
    }

    /// The identifier that the client gave, the value of the first `Message-ID`; `None` when
    /// there is none, or one that cannot stand in certification data.
    #[must_use]
    pub fn msgid(&self) -> Option<Msgid> {
        self.entity.field("Message-ID")?.text().parse().ok()
    }

    /// The subject in readable form: encoded words are decoded, raw 8-bit text is read as UTF-8
    /// or else as windows-1252, and what cannot stand in one line of text becomes U+FFFD.
    #[must_use]
    pub fn subject(&self) -> Option<Text> {
        self.entity.field("Subject").map(readable)
    }

    /// What the certification data call `risposte`: the value of `Reply-To`, else that of `From`,
    /// in readable form.
    // rfc6109 §2.1#6, norms 15
    #[must_use]
    pub fn reply_to(&self) -> Text {
        let field = self.entity.field("Reply-To").or_else(|| self.entity.field("From"));
        field.map(readable).unwrap_or_default()
    }

    /// The delivery receipt that the sender asks for with `X-TipoRicevuta`: complete when the
    /// field is missing or says something else (RFC 6109 §3.3.2.1).
    // norms 26
    #[must_use]
    pub fn requested_receipt(&self) -> ReceiptType {
        let value = self.entity.field(X_TIPO_RICEVUTA).map(Field::text).unwrap_or_default();
        value.trim().to_ascii_lowercase().parse().unwrap_or(ReceiptType::Complete)
    }
}

/// The value of an unstructured field as one line of text.
fn readable(field: &Field<'_>) -> Text {
    line_of_text(&decode_words(&field.text()))
}

/// Decodes encoded words (RFC 2047). encodify joins words of one charset before it converts them,
/// which real mail needs where a character was split; mail-parser converts word by word.
pub(crate) fn decode_words(text: &str) -> Cow<'_, str> {
    rfc2047::decode_text(text.as_bytes(), |charset, octets, out| {
        let encoding = encoding_rs::Encoding::for_label(charset);
        let encoding = encoding.unwrap_or(encoding_rs::WINDOWS_1252);
        out.push_str(&encoding.decode_without_bom_handling(octets).0);
    })
}

/// `text` with what cannot stand in one line replaced.
pub(crate) fn line_of_text(text: &str) -> Text {
    Text::new(text).unwrap_or_else(|_| {
        let is_legal = |c: char| Text::new(c).is_ok();
        let legal = text.chars().map(|c| if is_legal(c) { c } else { char::REPLACEMENT_CHARACTER });
        Text::new(legal.collect::<String>()).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(field: &[u8]) -> String {
        let message = [b"Subject: ", field, b"\r\n\r\n"].concat();
        Original::new(&message).unwrap().subject().unwrap().into_string()
    }

    #[test]
    fn subjects_are_decoded() {
        for (field, text) in [
            (&b"Contratto  n. 12"[..], "Contratto  n. 12"),
            (b"folded\r\n once", "folded once"),
            (b"=?ISO-8859-1?Q?Citt=E0?=", "Citt\u{e0}"),
            (b"=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=", "\u{1f600}"),
            (b"raw \xe8 8-bit", "raw \u{e8} 8-bit"),
            ("raw è UTF-8".as_bytes(), "raw è UTF-8"),
            (b"=?x-unknown?Q?=E8?=", "\u{e8}"),
            (b"=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
            (b"", ""),
        ] {
            assert_eq!(subject(field), text);
        }
    }

    /// norms §6.2: line breaks through encoded words.
    #[test]
    fn decoded_subjects_have_one_line() {
        let text = subject(b"=?utf-8?Q?a=0D=0ABcc:_b@c.it=00?=");
        assert_eq!(text, "a\u{fffd}\u{fffd}Bcc: b@c.it\u{fffd}");
    }

    #[test]
    fn identifiers_and_reply_addresses_are_found() {
        let read = |header: &str| {
            let message = format!("{header}\r\n\r\n");
            let original = Original::new(message.as_bytes()).unwrap();
            (original.msgid().map(String::from), original.reply_to().into_string())
        };
        assert_eq!(read("message-id:\r\n <a@b>"), (Some("<a@b>".into()), String::new()));
        assert_eq!(read("Message-ID: <a b>\r\nFrom: x@y.it"), (None, "x@y.it".into()));
        assert_eq!(read("From: x@y.it\r\nReply-To: z@y.it"), (None, "z@y.it".into()));
    }

    /// norms 26, rfc6109 §3.3.2.1
    #[test]
    fn the_requested_receipt_defaults_to_complete() {
        for (field, receipt) in [
            ("X-TipoRicevuta: breve", ReceiptType::Brief),
            ("x-tiporicevuta: Sintetica ", ReceiptType::Concise),
            ("X-TipoRicevuta: completa", ReceiptType::Complete),
            ("X-TipoRicevuta: altro", ReceiptType::Complete),
            ("Subject: x", ReceiptType::Complete),
        ] {
            let message = format!("{field}\r\n\r\n");
            let original = Original::new(message.as_bytes()).unwrap();
            assert_eq!(original.requested_receipt(), receipt, "{field}");
        }
    }

    #[test]
    fn headers_that_are_only_partly_scanned_are_refused() {
        use pec_smime::limits::{HEADER_FIELD_OCTETS, HEADER_FIELDS};
        let fields = |count: usize| [b"A: 1\r\n".repeat(count), b"\r\n".to_vec()].concat();
        assert!(Original::new(&fields(HEADER_FIELDS)).is_ok());
        let past = fields(HEADER_FIELDS + 1);
        assert_eq!(Original::new(&past).err(), Some(OriginalError::HeaderTooLarge));
        let long = [b"A: 1\r\n".to_vec(), b" folded\r\n".repeat(HEADER_FIELD_OCTETS / 9)].concat();
        assert_eq!(Original::new(&long).err(), Some(OriginalError::HeaderTooLarge));
    }
}
