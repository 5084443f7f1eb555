//! What the header of a message claims. Nobody signed it.

use chrono::{DateTime, FixedOffset, NaiveDate};
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};
use pec_daticert::{ReceiptType, Value};
use pec_smime::entity::{Entity, Field};

use crate::MessageKind;
use crate::header::{
    ERROR, X_MITTENTE, X_RICEVUTA, X_RIFERIMENTO_MESSAGE_ID, X_TIPO_RICEVUTA, X_TRASPORTO,
    X_VERIFICA_SICUREZZA,
};
use crate::original::decode_words;

/// What the header of a message claims to be, by whom and to whom. **Nothing of it is proved**:
/// header fields are outside of the signature (norms §6.2).
///
/// Names compare without regard to case, values by equality and never by part of them. Of a field
/// that stands more than once the first one counts, and its name is in
/// [`repeated`](Claimed::repeated).
///
/// ```
/// use pec_message::{ClaimedKind, MessageKind, read};
///
/// let mail = read(
///     b"X-Trasporto: posta-certificata\r\nX-Riferimento-Message-ID: <m1@host.example>\r\n\
///       From: \"Per conto di: a@alfa.example\" <posta-certificata@alfa.example>\r\n\r\n",
/// );
/// let claimed = mail.claimed();
/// assert_eq!(claimed.kind, ClaimedKind::Pec(MessageKind::TransportEnvelope));
/// assert_eq!(claimed.from[0].address, "posta-certificata@alfa.example");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Claimed {
    /// The kind of message.
    pub kind: ClaimedKind,
    /// `X-VerificaSicurezza: errore`: a virus is the reason.
    pub is_security_error: bool,
    /// The delivery receipt that is asked for (`X-TipoRicevuta`).
    #[doc(alias = "X-TipoRicevuta")]
    pub receipt_type: Option<Value<ReceiptType>>,
    /// `Message-ID` as it stands, with its angle brackets.
    pub message_id: Option<String>,
    /// `X-Riferimento-Message-ID` as it stands: the identifier that the sender's program gave.
    #[doc(alias = "X-Riferimento-Message-ID")]
    pub reference_message_id: Option<String>,
    /// `X-Mittente` of a virus detection notice: the original sender.
    #[doc(alias = "X-Mittente")]
    pub original_sender: Option<String>,
    /// `Subject`, decoded.
    pub subject: Option<String>,
    /// `From`.
    pub from: Vec<Mailbox>,
    /// `Sender`.
    pub sender: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Date`.
    pub date: Option<DateTime<FixedOffset>>,
    /// Those of the fields above that stand more than once.
    pub repeated: Vec<&'static str>,
}

/// The kind of message that a header claims.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimedKind {
    /// No marker: ordinary mail.
    Ordinary,
    /// A kind of the PEC system.
    Pec(MessageKind),
    /// A marker with a value that the norm does not know, such as `mancata-consegna` (norms §6.1).
    Unknown {
        /// The field: `X-Trasporto` or `X-Ricevuta`.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// A marker that stands more than once, with different values.
    Contradictory {
        /// The field.
        field: &'static str,
    },
}

/// A mailbox of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mailbox {
    /// The display name, decoded.
    pub name: Option<String>,
    /// The address as it stands; it need not be well-formed.
    pub address: String,
}

impl Claimed {
    pub(crate) fn of(header: &Entity<'_>) -> Self {
        let text = |name: &str| header.field(name).map(Field::text).filter(|text| !text.is_empty());
        let mailboxes = |name: &str| header.field(name).map(Mailbox::list).unwrap_or_default();
        let receipt_type = text(X_TIPO_RICEVUTA);
        let repeated = REPORTED.into_iter().filter(|name| header.is_repeated(name)).collect();
        Self {
            kind: ClaimedKind::of(header),
            is_security_error: text(X_VERIFICA_SICUREZZA).as_deref() == Some(ERROR),
            receipt_type: receipt_type.as_deref().map(Value::from),
            message_id: text("Message-ID"),
            reference_message_id: text(X_RIFERIMENTO_MESSAGE_ID),
            original_sender: text(X_MITTENTE),
            subject: header.field("Subject").map(|field| decode_words(&field.text()).into_owned()),
            from: mailboxes("From"),
            sender: mailboxes("Sender"),
            reply_to: mailboxes("Reply-To"),
            to: mailboxes("To"),
            cc: mailboxes("Cc"),
            date: header.field("Date").and_then(date),
            repeated,
        }
    }
}

/// The fields of [`Claimed`] that may stand once.
const REPORTED: [&str; 13] = [
    X_TRASPORTO,
    X_RICEVUTA,
    X_VERIFICA_SICUREZZA,
    X_TIPO_RICEVUTA,
    "Message-ID",
    X_RIFERIMENTO_MESSAGE_ID,
    "Subject",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Date",
];

impl ClaimedKind {
    /// `X-Trasporto` excludes a receipt: real envelopes carry other fields of receipts too.
    // norms 79
    pub(crate) fn of(header: &Entity<'_>) -> Self {
        [X_TRASPORTO, X_RICEVUTA]
            .into_iter()
            .find_map(|field| Self::marked_by(header, field))
            .unwrap_or(Self::Ordinary)
    }

    fn marked_by(header: &Entity<'_>, field: &'static str) -> Option<Self> {
        let mut values = header.fields_named(field).map(Field::text);
        let value = values.next()?;
        if values.any(|other| other != value) {
            return Some(Self::Contradictory { field });
        }
        let kind = MessageKind::ALL.iter().find(|kind| kind.marker() == (field, value.as_str()));
        Some(kind.map_or(Self::Unknown { field, value }, |kind| Self::Pec(*kind)))
    }

    /// The kind, when it is one of the PEC system.
    #[must_use]
    pub const fn pec(&self) -> Option<MessageKind> {
        match self {
            Self::Pec(kind) => Some(*kind),
            _ => None,
        }
    }
}

impl Mailbox {
    /// The mailboxes of an address field, those of groups included, in order.
    ///
    /// ```
    /// use pec_message::Mailbox;
    /// use pec_smime::entity::Entity;
    ///
    /// let to = b"To: Anna <anna@beta.example>, staff: luca@beta.example;\r\n\r\n";
    /// let header = Entity::scan(to);
    /// let to = Mailbox::list(&header.fields()[0]);
    /// assert_eq!(to[0].name.as_deref(), Some("Anna"));
    /// assert_eq!(to[1].address, "luca@beta.example");
    /// ```
    #[must_use]
    pub fn list(field: &Field<'_>) -> Vec<Self> {
        // What is not UTF-8 is read as Windows-1252 before, as everywhere.
        let value = format!("{}\r\n", field.text());
        let HeaderValue::Address(addresses) = MessageStream::new(value.as_bytes()).parse_address()
        else {
            return Vec::new();
        };
        let list = match addresses {
            Address::List(list) => list,
            Address::Group(groups) => {
                groups.into_iter().flat_map(|group| group.addresses).collect()
            }
        };
        list.into_iter().map(mailbox).collect()
    }
}

fn mailbox(found: Addr<'_>) -> Mailbox {
    Mailbox {
        name: found.name.map(|name| decode_words(&name).into_owned()),
        address: found.address.map(Into::into).unwrap_or_default(),
    }
}

fn date(field: &Field<'_>) -> Option<DateTime<FixedOffset>> {
    let value = format!("{}\r\n", field.text());
    let HeaderValue::DateTime(found) = MessageStream::new(value.as_bytes()).parse_date() else {
        return None;
    };
    let day = NaiveDate::from_ymd_opt(i32::from(found.year), found.month.into(), found.day.into())?;
    // A leap second is the one before.
    let second = found.second.min(59);
    let time = day.and_hms_opt(found.hour.into(), found.minute.into(), second.into())?;
    let minutes =
        i32::from(found.tz_hour).saturating_mul(60).saturating_add(found.tz_minute.into());
    let seconds = minutes.saturating_mul(60);
    let offset = match found.tz_before_gmt {
        true => FixedOffset::west_opt(seconds),
        false => FixedOffset::east_opt(seconds),
    }?;
    time.and_local_timezone(offset).single()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    fn kind(header: &str) -> ClaimedKind {
        read(format!("{header}\r\n\r\n").as_bytes()).claimed().kind
    }

    /// Every kind by its marker, and by nothing that only resembles it.
    #[test]
    fn kinds_are_told_by_equality() {
        for expected in MessageKind::ALL {
            let (field, value) = expected.marker();
            for name in [field.to_owned(), field.to_lowercase(), field.to_uppercase()] {
                let found = kind(&format!("{name}:  {value} "));
                assert_eq!(found, ClaimedKind::Pec(*expected));
                assert_eq!(found.pec(), Some(*expected));
                for other in [format!("x{value}"), format!("{value}x"), value.to_uppercase()] {
                    let unknown = ClaimedKind::Unknown { field, value: other.clone() };
                    assert_eq!(kind(&format!("{name}: {other}")), unknown);
                }
            }
        }
        assert_eq!(kind("Subject: ACCETTAZIONE: x"), ClaimedKind::Ordinary);
    }

    /// A peer takes AVVISO DI NON ACCETTAZIONE for an acceptance, since one holds the other.
    #[test]
    fn a_non_acceptance_is_no_acceptance() {
        let claimed =
            kind("Subject: AVVISO DI NON ACCETTAZIONE: x\r\nX-Ricevuta: non-accettazione");
        assert_eq!(claimed, ClaimedKind::Pec(MessageKind::NonAcceptance));
    }

    #[test]
    fn an_envelope_is_no_receipt() {
        for header in [
            "X-Trasporto: posta-certificata\r\nX-Riferimento-Message-ID: <a@b>",
            "X-Ricevuta: accettazione\r\nX-Trasporto: posta-certificata",
        ] {
            assert_eq!(kind(header), ClaimedKind::Pec(MessageKind::TransportEnvelope));
        }
        let unknown = ClaimedKind::Unknown { field: X_TRASPORTO, value: "x".into() };
        assert_eq!(kind("X-Trasporto: x\r\nX-Ricevuta: accettazione"), unknown);
        let empty = ClaimedKind::Unknown { field: X_RICEVUTA, value: String::new() };
        assert_eq!(kind("X-Ricevuta:"), empty);
    }

    #[test]
    fn repeated_markers_contradict_or_not() {
        let twice = |other: &str| kind(&format!("X-Ricevuta: accettazione\r\nX-RICEVUTA: {other}"));
        assert_eq!(twice("accettazione"), ClaimedKind::Pec(MessageKind::Acceptance));
        assert_eq!(twice("non-accettazione"), ClaimedKind::Contradictory { field: X_RICEVUTA });
    }

    #[test]
    fn the_other_claims() {
        let mail = read(
            b"x-tiporicevuta: breve\nX-VerificaSicurezza: errore\nMessage-Id: <i@alfa.example>\n\
              X-Mittente: a@alfa.example\nSubject: =?iso-8859-1?Q?perch=E9?=\n =?utf-8?q?_no?=\n\
              From: \"Per conto di: a@alfa.example\" <posta-certificata@alfa.example>\n\
              To: Anna <anna@beta.example>, x@beta.example (comment)\n\
              Cc: a: b@c.example, d@c.example;\n\
              Date: Sat, 21 Nov 2026 10:15:00 +0100\nDate: x\n\n",
        );
        let claimed = mail.claimed();
        assert_eq!(claimed.receipt_type, Some(Value::Known(ReceiptType::Brief)));
        assert!(claimed.is_security_error);
        assert_eq!(claimed.message_id.as_deref(), Some("<i@alfa.example>"));
        assert_eq!(claimed.original_sender.as_deref(), Some("a@alfa.example"));
        assert_eq!(claimed.subject.as_deref(), Some("perch\u{e9} no"));
        assert_eq!(claimed.from[0].name.as_deref(), Some("Per conto di: a@alfa.example"));
        assert_eq!(claimed.from[0].address, "posta-certificata@alfa.example");
        let addresses = |list: &[Mailbox]| {
            list.iter().map(|mailbox| mailbox.address.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(addresses(&claimed.to), "anna@beta.example x@beta.example");
        assert_eq!(addresses(&claimed.cc), "b@c.example d@c.example");
        assert_eq!(claimed.date.unwrap().to_rfc3339(), "2026-11-21T10:15:00+01:00");
        assert_eq!(claimed.repeated, ["Date"]);
        assert_eq!(claimed.reference_message_id, None);
    }
}
