//! What the report says, in Italian and in English.

use chrono::{DateTime, Utc};
use pec_daticert::{EventTime, Kind, ReceiptType, RecipientType};
use pec_message::brief::PartVerdict;

use super::judgement::{TimeSource, Word};
use crate::{Contradiction, Failure, Progress, RecipientState};

/// A language of the report. The list is closed: these are what it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Italian,
    English,
}

/// How a word of the report is coloured. Colour never says anything alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Open,
    Bad,
}

impl Tone {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Open => "open",
            Self::Bad => "bad",
        }
    }

    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Open => "…",
            Self::Bad => "✗",
        }
    }
}

impl Language {
    pub(super) const fn tag(self) -> &'static str {
        self.of("it", "en")
    }

    pub(super) const fn of<'t>(self, italian: &'t str, english: &'t str) -> &'t str {
        match self {
            Self::Italian => italian,
            Self::English => english,
        }
    }

    /// As certification data write it, or in the order of ISO 8601.
    pub(super) fn event_time(self, at: EventTime) -> String {
        match self {
            Self::Italian => format!("{} {} ({})", at.day(), at.hour(), at.zone()),
            Self::English => at.to_datetime().format("%Y-%m-%d %H:%M:%S %:z").to_string(),
        }
    }

    pub(super) fn instant(self, at: DateTime<Utc>) -> String {
        let form = self.of("%d/%m/%Y %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S UTC");
        at.format(form).to_string()
    }

    pub(super) const fn kind(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Acceptance => self.of("ricevuta di accettazione", "acceptance"),
            Kind::NonAcceptance => self.of("avviso di non accettazione", "non-acceptance"),
            Kind::TakeInCharge => self.of("ricevuta di presa in carico", "take in charge"),
            Kind::Delivery => self.of("ricevuta di avvenuta consegna", "delivery receipt"),
            Kind::TransportEnvelope => self.of("busta di trasporto", "transport envelope"),
            Kind::DeliveryError => self.of("avviso di mancata consegna", "delivery error"),
            Kind::DeliveryNotice => self.of(
                "avviso di mancata consegna per superamento dei tempi massimi",
                "notice of delay",
            ),
            Kind::VirusDetection => self.of("avviso di rilevazione virus", "virus detection"),
        }
    }

    pub(super) const fn receipt_type(self, receipt_type: ReceiptType) -> &'static str {
        match receipt_type {
            ReceiptType::Complete => self.of("completa", "complete"),
            ReceiptType::Brief => self.of("breve", "brief"),
            ReceiptType::Concise => self.of("sintetica", "concise"),
        }
    }

    pub(super) const fn recipient_type(
        self,
        recipient_type: Option<RecipientType>,
    ) -> &'static str {
        match recipient_type {
            Some(RecipientType::Certified) => self.of("posta certificata", "certified"),
            Some(RecipientType::External) => self.of("posta ordinaria", "ordinary"),
            None => self.of("non noto", "not known"),
        }
    }

    /// The state of a recipient, and since when.
    pub(super) fn state(self, state: &RecipientState) -> (Tone, String, String) {
        let at = |at: &EventTime| self.event_time(*at);
        let (tone, word, since) = match state {
            RecipientState::Unanswered => {
                (Tone::Open, self.of("nessuna ricevuta", "no receipt"), String::new())
            }
            RecipientState::NoAnswer { since } => {
                let word = self.of("nessuna risposta nei termini", "no answer in time");
                (Tone::Bad, word, self.instant(*since))
            }
            RecipientState::Refused { at: time, virus, .. } => {
                let virus_word = self.of("non accettato per virus", "refused: virus");
                let word = self.of("non accettato", "refused");
                (Tone::Bad, if *virus { virus_word } else { word }, at(time))
            }
            RecipientState::Accepted { at: time } => {
                (Tone::Open, self.of("accettato, non consegnato", "accepted only"), at(time))
            }
            RecipientState::SentUncertified { at: time } => {
                let word = self.of("inviato come posta ordinaria", "sent as ordinary mail");
                (Tone::Open, word, at(time))
            }
            RecipientState::TakenInCharge { at: time } => {
                (Tone::Open, self.of("preso in carico", "taken in charge"), at(time))
            }
            RecipientState::Warned { at: time } => {
                let word = self.of("non consegnato in 12 ore", "not delivered in 12 hours");
                (Tone::Open, word, at(time))
            }
            RecipientState::Expired { at: time } => {
                let word = self.of("non consegnato in 24 ore", "not delivered in 24 hours");
                (Tone::Bad, word, at(time))
            }
            RecipientState::Delivered { at: time, .. } => {
                (Tone::Good, self.of("consegnato", "delivered"), at(time))
            }
            RecipientState::Failed { at: time, failure, .. } => {
                (Tone::Bad, self.failure(*failure), at(time))
            }
        };
        (tone, word.to_owned(), since)
    }

    const fn failure(self, failure: Failure) -> &'static str {
        match failure {
            Failure::NoMailbox => self.of("casella inesistente", "no such mailbox"),
            Failure::NoDomain => self.of("dominio inesistente", "no such domain"),
            Failure::MailboxDisabled => self.of("casella non attiva", "mailbox disabled"),
            Failure::MailboxFull => self.of("casella piena", "mailbox full"),
            Failure::TooLarge => self.of("messaggio troppo grande", "message too large"),
            Failure::Virus => self.of("virus", "virus"),
            Failure::Other => self.of("non consegnato", "not delivered"),
        }
    }

    pub(super) const fn progress(self, progress: Progress) -> (Tone, &'static str) {
        match progress {
            Progress::Pending => (Tone::Open, self.of("In corso", "Pending")),
            Progress::Overdue => {
                (Tone::Bad, self.of("Manca una risposta dovuta", "An answer is overdue"))
            }
            Progress::Refused => {
                (Tone::Bad, self.of("Non accettato dal gestore", "Refused by the provider"))
            }
            Progress::Delivered => (
                Tone::Good,
                self.of(
                    "Consegnato a tutti i destinatari certificati",
                    "Delivered to every certified recipient",
                ),
            ),
            Progress::Incomplete => (
                Tone::Bad,
                self.of("Non consegnato a tutti i destinatari", "Not delivered to every recipient"),
            ),
            Progress::Uncertified => {
                (Tone::Open, self.of("Nessun destinatario certificato", "No certified recipient"))
            }
        }
    }

    pub(super) const fn verdict(self, word: Word) -> (Tone, &'static str) {
        match word {
            Word::Genuine => (Tone::Good, self.of("autentico", "genuine")),
            Word::GenuineAtClaimedTime => (
                Tone::Open,
                self.of(
                    "autentico alla data che la firma dichiara",
                    "genuine at the time that the signature claims",
                ),
            ),
            Word::Undecided => (Tone::Open, self.of("non accertabile", "undecided")),
            Word::NotGenuine => (Tone::Bad, self.of("non autentico", "not genuine")),
        }
    }

    pub(super) const fn time_source(self, source: TimeSource) -> &'static str {
        match source {
            TimeSource::Now => self.of("data del dossier", "when the dossier was made"),
            TimeSource::Caller => self.of("data indicata da chi verifica", "the caller's word"),
            TimeSource::TimeStamp => self.of("marca temporale", "time stamp"),
            TimeSource::Claimed => self.of("data dichiarata nella firma", "the signer's claim"),
        }
    }

    pub(super) const fn origin(self, origin: Option<&str>) -> &'static str {
        let Some(origin) = origin else {
            return self.of("non accertata", "not established");
        };
        match origin.as_bytes() {
            b"directory" => self.of("indice dei gestori", "the providers' directory"),
            b"pinned" => self.of("certificato noto a chi verifica", "certificate known beforehand"),
            b"accredited-ca" => self.of("autorità accreditata", "an accredited authority"),
            _ => self.of("non nota", "unknown"),
        }
    }

    pub(super) const fn part(self, verdict: PartVerdict) -> (Tone, &'static str) {
        match verdict {
            PartVerdict::Equal => (Tone::Good, self.of("identica", "the same")),
            PartVerdict::EqualHash { .. } => {
                (Tone::Good, self.of("impronta SHA-1 identica", "the same SHA-1 hash"))
            }
            PartVerdict::Different => (Tone::Bad, self.of("diversa", "different")),
            PartVerdict::Missing => (Tone::Bad, self.of("mancante", "missing")),
            PartVerdict::Added => (Tone::Bad, self.of("aggiunta", "added")),
        }
    }

    pub(super) fn contradiction(self, contradiction: &Contradiction) -> String {
        match self {
            Self::Italian => contradiction.italian(),
            Self::English => contradiction.to_string(),
        }
    }
}
