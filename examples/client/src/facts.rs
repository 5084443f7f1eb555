//! What a message says about itself: certification data, else the header. Nothing of it is proved.

use chrono::SecondsFormat;
use pec_daticert::{CertificationData, ReadError, ReadRecipient, Reading, Value};
use pec_message::{
    Claimed, ClaimedKind, Mail, Mailbox, Message, MessageKind, OddityKind, disagreements,
};
use serde::{Serialize, Serializer};

use crate::lang::Lang;
use crate::words::departures;

/// What a message says about itself. The names of the fields are those of the JSON.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// The kind: one of [`MessageKind`]'s names, `ordinary`, or `unknown` where the header bears
    /// a marker that the norm does not know, or contradictory ones.
    pub kind: &'static str,
    /// Where the other facts come from: `daticert`, or `header` if there are no certification data
    /// that can be read.
    pub source: &'static str,
    /// `tipo` of the certification data, as written.
    pub tipo: Option<String>,
    /// `errore`, as written; `nessuno` where the DTD reads it so.
    pub errore: Option<String>,
    /// `ricevuta`, or what the header asks for: `completa`, `breve`, `sintetica`.
    pub receipt_type: Option<String>,
    /// `identificativo`, without angle brackets.
    pub identificativo: Option<String>,
    /// The identifier that the sender's program gave, with angle brackets.
    pub msgid: Option<String>,
    /// The sender of the original message.
    pub sender: Option<String>,
    /// Its recipients.
    pub recipients: Vec<RecipientFact>,
    /// `risposte`.
    pub reply_to: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// The time of the event, RFC 3339.
    pub time: Option<String>,
    /// The provider that issued the message.
    pub provider: Option<String>,
    /// `consegna`: the recipient that a receipt is about.
    pub delivered_to: Option<String>,
    /// `ricezione`: the recipients that a take-in-charge receipt is about.
    pub received_for: Vec<String>,
    /// `errore-esteso`.
    pub error_detail: Option<String>,
    /// Whether the message is itself a `multipart/signed` with a signature part. Whether that
    /// holds is another question.
    pub signed: bool,
}

/// A recipient.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RecipientFact {
    /// The address.
    pub address: String,
    /// Whether it is certified mail's; not known from a header.
    pub certified: Option<bool>,
}

/// Something that departs from the norm, or is told in two ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviationFact {
    /// What was looked at: `structure`, `daticert` or `header`.
    pub source: &'static str,
    /// The part, the element or the field.
    pub place: String,
    /// What departs, and what was made of it; in JSON in English.
    pub text: Departure,
}

/// What departs from the norm. In JSON and displayed it is its words in English.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Departure {
    /// The structure is odd.
    #[error(transparent)]
    Structure(OddityKind),
    /// The certification data depart from the norm.
    #[error("{0}")]
    Daticert(pec_daticert::Deviation),
    /// The certification data are not read.
    #[error("the certification data are refused: {0}")]
    Refused(ReadError),
    /// Header and certification data name different kinds.
    #[error("the header claims {claimed}, the certification data say {certified}")]
    Kind {
        /// What the header claims.
        claimed: MessageKind,
        /// What the certification data say.
        certified: MessageKind,
    },
    /// The header disagrees with the certification data.
    #[error("{0}")]
    Header(pec_message::Deviation),
}

impl Departure {
    /// The words in a language.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, _) => self.to_string(),
            (Lang::It, Self::Structure(kind)) => departures::oddity(kind),
            (Lang::It, Self::Daticert(deviation)) => departures::daticert(deviation),
            (Lang::It, Self::Refused(error)) => {
                format!("i dati di certificazione sono rifiutati: {}", departures::refused(error))
            }
            (Lang::It, Self::Kind { claimed, certified }) => {
                departures::kinds(*claimed, *certified)
            }
            (Lang::It, Self::Header(deviation)) => departures::header(deviation),
        }
    }
}

impl Serialize for Departure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Facts {
    /// What one message of a tree says, and where its certification data depart from the norm.
    pub(crate) fn of(message: Message<'_, '_>) -> (Self, Vec<DeviationFact>) {
        let claimed = message.claimed();
        let found = message.daticert();
        let read = found.map(pec_message::Daticert::read);
        let mut deviations = Vec::new();
        let mut facts = match &read {
            Some(Ok((reading, departures))) => {
                deviations.extend(departures.iter().map(|departure| DeviationFact {
                    source: "daticert",
                    place: departure.element.map_or_else(String::new, |e| e.name().to_owned()),
                    text: Departure::Daticert(departure.clone()),
                }));
                Self::from_reading(reading)
            }
            Some(Err(error)) => {
                deviations.push(refused(error));
                Self::from_header(&claimed)
            }
            None => Self::from_header(&claimed),
        };
        facts.signed = is_signed(message);
        let certified = read.as_ref().and_then(|read| read.as_ref().ok());
        let certified = certified.and_then(|(reading, _)| reading.kind.as_ref()?.known().copied());
        let certified = certified.map(MessageKind::from);
        facts.kind = match (&claimed.kind, certified) {
            (ClaimedKind::Pec(kind), _) => kind.as_str(),
            // Archives and programs that export mail lose header fields.
            (ClaimedKind::Ordinary, Some(kind)) if facts.signed => kind.as_str(),
            (ClaimedKind::Ordinary, _) => "ordinary",
            _ => "unknown",
        };
        if let (ClaimedKind::Pec(kind), Some(certified)) = (&claimed.kind, certified)
            && *kind != certified
        {
            let text = Departure::Kind { claimed: *kind, certified };
            let place = kind.marker().0.to_owned();
            deviations.push(DeviationFact { source: "header", place, text });
        }
        (facts, deviations)
    }

    fn from_reading(reading: &Reading) -> Self {
        let time = reading.time.event_time();
        let kind = reading.kind.as_ref().map(text);
        let errore = reading.error.as_ref().map_or_else(|| "nessuno".to_owned(), text);
        Self {
            source: "daticert",
            errore: kind.is_some().then_some(errore),
            tipo: kind,
            receipt_type: reading.receipt_type.as_ref().map(text),
            identificativo: reading.pec_msgid.as_ref().map(text),
            msgid: reading.msgid.as_ref().map(text),
            sender: reading.sender.as_ref().map(text),
            recipients: reading.recipients.iter().map(recipient).collect(),
            reply_to: reading.reply_to.as_ref().map(text),
            subject: reading.subject.as_ref().map(text),
            time: time.map(|time| time.to_datetime().to_rfc3339()),
            provider: reading.provider.as_ref().map(text),
            delivered_to: reading.delivered_to.as_ref().map(text),
            received_for: reading.received_for.iter().map(text).collect(),
            error_detail: reading.error_detail.as_ref().map(text),
            ..Self::default()
        }
    }

    fn from_header(claimed: &Claimed) -> Self {
        let to = claimed.to.iter().chain(&claimed.cc);
        let recipient =
            |mailbox: &Mailbox| RecipientFact { address: mailbox.address.clone(), certified: None };
        let is_pec = claimed.kind.pec().is_some();
        let reference = claimed.reference_message_id.clone();
        Self {
            source: "header",
            receipt_type: claimed.receipt_type.as_ref().map(text),
            msgid: if is_pec { reference } else { claimed.message_id.clone() },
            sender: claimed.from.first().map(|from| from.address.clone()),
            recipients: to.map(recipient).collect(),
            subject: claimed.subject.clone(),
            time: claimed.date.map(|date| date.to_rfc3339_opts(SecondsFormat::Secs, false)),
            ..Self::default()
        }
    }
}

fn text<T: AsRef<str>>(value: &Value<T>) -> String {
    value.as_str().to_owned()
}

fn recipient(read: &ReadRecipient) -> RecipientFact {
    let kind = read.recipient_type.as_ref();
    // The DTD reads a missing `tipo` as certificato.
    let certified = kind.is_none_or(|kind| kind.as_str() == "certificato");
    RecipientFact { address: text(&read.address), certified: Some(certified) }
}

fn refused(error: &ReadError) -> DeviationFact {
    let text = Departure::Refused(error.clone());
    DeviationFact { source: "daticert", place: String::new(), text }
}

/// Whether a message is a `multipart/signed` whose second part is a signature of S/MIME.
fn is_signed(message: Message<'_, '_>) -> bool {
    message.part().children().nth(1).is_some_and(pec_message::Part::is_signature)
}

/// What is odd about the whole of a message: its structure, its certification data, and its outer
/// header where that disagrees.
pub(crate) fn deviations(mail: &Mail<'_>, of_facts: Vec<DeviationFact>) -> Vec<DeviationFact> {
    let structure = mail.oddities().iter().map(|oddity| DeviationFact {
        source: "structure",
        place: path_text(&oddity.path),
        text: Departure::Structure(oddity.kind.clone()),
    });
    let mut all: Vec<DeviationFact> = structure.chain(of_facts).collect();
    all.extend(header_deviations(mail));
    all
}

/// Where the outer header disagrees with the certification data.
fn header_deviations(mail: &Mail<'_>) -> Vec<DeviationFact> {
    let is_pec = mail.claimed().kind.pec().is_some();
    let Some(data) = is_pec.then(|| certification_data(mail)).flatten() else { return Vec::new() };
    disagreements(mail, &data)
        .into_iter()
        .map(|deviation| {
            let place = crate::mismatch::field_of(&deviation).unwrap_or_default().to_owned();
            DeviationFact { source: "header", place, text: Departure::Header(deviation) }
        })
        .collect()
}

/// The certification data of the outermost message as far as they make a model. Unproved.
pub(crate) fn certification_data(mail: &Mail<'_>) -> Option<CertificationData> {
    let (reading, _) = mail.daticert()?.read().ok()?;
    CertificationData::try_from(reading).ok()
}

/// A path of parts as text: numbers from 0, joined by dots; empty for the message itself.
#[must_use]
pub fn path_text(path: &[usize]) -> String {
    path.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}
