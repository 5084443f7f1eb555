//! `pec inspect`: what a message says, nothing of it proved.

use std::io::{self, Write};

use pec_message::{Mail, read};
use serde::Serialize;

use crate::console::{BOLD, field, plain};
use crate::exit::Exit;
use crate::facts::{DeviationFact, Facts, deviations};
use crate::lang::Lang;
use crate::parts::{AttachmentFact, PartFact, attachments};
use crate::report::Report;

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/inspect/1";

/// What one message says. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Where the message came from.
    pub file: String,
    /// What it says about itself.
    #[serde(flatten)]
    pub facts: Facts,
    /// What departs from the norm, or is told in two ways.
    pub deviations: Vec<DeviationFact>,
    /// The message that it carries.
    pub original: OriginalFact,
    /// The tree of parts: one element, the message itself, with the others in it.
    pub parts: Vec<PartFact>,
}

/// The message that a PEC message carries.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct OriginalFact {
    /// Whether there is one.
    pub present: bool,
    /// Its subject.
    pub subject: Option<String>,
    /// The files attached to it. In a brief delivery receipt hashes stand in their places.
    pub attachments: Vec<AttachmentFact>,
}

impl Inspection {
    /// Looks into a message.
    ///
    /// ```
    /// let message = b"X-Ricevuta: accettazione\r\nSubject: ACCETTAZIONE: prova\r\n\r\n";
    /// let inspection = pec_client::inspect::Inspection::of("a.eml", message);
    /// assert_eq!(inspection.facts.kind, "acceptance");
    /// assert!(!inspection.facts.signed);
    /// ```
    #[must_use]
    pub fn of(file: &str, message: &[u8]) -> Self {
        let mail = read(message);
        let (facts, departures) = Facts::of(mail.message());
        Self {
            schema: SCHEMA,
            file: file.to_owned(),
            facts,
            deviations: deviations(&mail, departures),
            original: OriginalFact::of(&mail),
            parts: vec![PartFact::of(mail.message().part())],
        }
    }
}

impl OriginalFact {
    fn of(mail: &Mail<'_>) -> Self {
        let Some(original) = mail.original() else { return Self::default() };
        match original.message() {
            Some(message) => Self::of_message(message),
            // In a transfer encoding, or of another type: a message of its own.
            None => Self::of_message(read(&original.octets()).message()),
        }
    }

    fn of_message(message: pec_message::Message<'_, '_>) -> Self {
        let subject = message.claimed().subject;
        Self { present: true, subject, attachments: attachments(message) }
    }
}

impl Report for Inspection {
    fn exit(&self) -> Exit {
        Exit::Done
    }

    fn group(&self) -> &'static str {
        self.facts.kind
    }

    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let (facts, say) = (&self.facts, |english, italian| lang.say(english, italian));
        let kind = crate::words::kind(facts.kind, lang);
        writeln!(out, "{BOLD}{}: {kind}{BOLD:#}", plain(&self.file))?;
        field(out, "tipo", facts.tipo.as_deref())?;
        field(out, "errore", facts.errore.as_deref().filter(|error| *error != "nessuno"))?;
        field(out, say("receipt", "ricevuta"), facts.receipt_type.as_deref())?;
        field(out, say("subject", "oggetto"), facts.subject.as_deref())?;
        field(out, say("sender", "mittente"), facts.sender.as_deref())?;
        for recipient in &facts.recipients {
            let remark = match recipient.certified {
                Some(false) => say(" (not certified)", " (non certificato)"),
                _ => "",
            };
            let text = format!("{}{remark}", recipient.address);
            field(out, say("recipient", "destinatario"), Some(&text))?;
        }
        field(out, say("delivered to", "consegna"), facts.delivered_to.as_deref())?;
        for address in &facts.received_for {
            field(out, say("received for", "ricezione"), Some(address))?;
        }
        field(out, say("time", "data"), facts.time.as_deref())?;
        field(out, say("provider", "gestore"), facts.provider.as_deref())?;
        field(out, "identificativo", facts.identificativo.as_deref())?;
        field(out, "msgid", facts.msgid.as_deref())?;
        field(out, say("error detail", "errore esteso"), facts.error_detail.as_deref())?;
        let signed = if facts.signed {
            say("yes, not verified (see pec verify)", "sì, non verificato (vedi pec verify)")
        } else {
            "no"
        };
        field(out, say("signed", "firmato"), Some(signed))?;
        self.write_original(out, lang)?;
        for deviation in &self.deviations {
            let (source, place) = (deviation.source, &deviation.place);
            let text = format!("{source} {place}: {}", deviation.text.words(lang));
            field(out, say("deviation", "difformità"), Some(&text))?;
        }
        writeln!(out, "  {}", say("parts", "parti"))?;
        self.parts.iter().try_for_each(|part| part.write(out, 0))
    }
}

impl Inspection {
    fn write_original(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let original = &self.original;
        let label = lang.say("original", "originale");
        if original.present {
            field(out, label, Some(original.subject.as_deref().unwrap_or("-")))?;
        }
        for attachment in &original.attachments {
            let name = attachment.name.as_deref().unwrap_or("-");
            let text = format!("{name} ({}, {} B)", attachment.media_type, attachment.size);
            field(out, lang.say("attachment", "allegato"), Some(&text))?;
        }
        Ok(())
    }
}
