//! Names and values of the header fields of PEC messages (RFC 6109 §8.1, norms §1.3).
//!
//! Names compare without regard to case, values exactly. `X-TipoRicevuta` has the words of
//! [`pec_daticert::ReceiptType`].

use pec_daticert::{DeliveryErrorCause, Event, Kind, NonAcceptanceCause};

use crate::MessageKind;

/// Tells receipts and notices apart; its values are the words of [`pec_daticert::Kind`].
pub const X_RICEVUTA: &str = "X-Ricevuta";

/// Marks an envelope: [`CERTIFIED`] or [`ERROR`].
pub const X_TRASPORTO: &str = "X-Trasporto";

/// The delivery receipt that the sender asks for.
pub const X_TIPO_RICEVUTA: &str = "X-TipoRicevuta";

/// [`ERROR`] where a virus is the reason.
pub const X_VERIFICA_SICUREZZA: &str = "X-VerificaSicurezza";

/// The identifier that the sender's mail program had given.
pub const X_RIFERIMENTO_MESSAGE_ID: &str = "X-Riferimento-Message-ID";

/// The original sender, in the virus detection notice.
pub const X_MITTENTE: &str = "X-Mittente";

/// Value of [`X_TRASPORTO`] in the transport envelope.
pub const CERTIFIED: &str = "posta-certificata";

/// Value of [`X_TRASPORTO`] in the anomaly envelope, and of [`X_VERIFICA_SICUREZZA`].
pub const ERROR: &str = "errore";

/// Local part of every system address.
pub const SYSTEM_LOCAL_PART: &str = "posta-certificata";

/// What the display name of an envelope's `From` begins with.
pub const ON_BEHALF_OF: &str = "Per conto di: ";

/// What the subject of a message begins with (norms §1.3).
///
/// ```
/// use pec_daticert::Event;
/// assert_eq!(pec_message::header::subject_prefix(&Event::Acceptance), "ACCETTAZIONE: ");
/// ```
// norms 9, erratum 4, erratum 13
#[must_use]
pub const fn subject_prefix(event: &Event) -> &'static str {
    match event {
        Event::Acceptance => "ACCETTAZIONE: ",
        Event::NonAcceptance { cause: NonAcceptanceCause::FormalException, .. } => {
            "AVVISO DI NON ACCETTAZIONE: "
        }
        Event::NonAcceptance { cause: NonAcceptanceCause::Virus, .. } => {
            "AVVISO DI NON ACCETTAZIONE PER VIRUS: "
        }
        Event::TransportEnvelope { .. } => "POSTA CERTIFICATA: ",
        Event::TakeInCharge { .. } => "PRESA IN CARICO: ",
        Event::Delivery { .. } => "CONSEGNA: ",
        Event::DeliveryError { cause: DeliveryErrorCause::Virus, .. } => {
            "AVVISO DI MANCATA CONSEGNA PER VIRUS: "
        }
        Event::DeliveryError { .. } => "AVVISO DI MANCATA CONSEGNA: ",
        Event::DeliveryNotice { .. } => "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ",
        Event::VirusDetection { .. } => "PROBLEMA DI SICUREZZA: ",
    }
}

/// Whether [`X_VERIFICA_SICUREZZA`] is set (RFC 6109 §3.1.3, §3.2.4; not §3.2.3).
pub(crate) const fn is_for_virus(event: &Event) -> bool {
    matches!(
        event,
        Event::NonAcceptance { cause: NonAcceptanceCause::Virus, .. }
            | Event::DeliveryError { cause: DeliveryErrorCause::Virus, .. }
    )
}

impl MessageKind {
    /// The field that marks this kind, and its value.
    ///
    /// ```
    /// use pec_message::MessageKind;
    /// assert_eq!(MessageKind::AnomalyEnvelope.marker(), ("X-Trasporto", "errore"));
    /// assert_eq!(MessageKind::TakeInCharge.marker(), ("X-Ricevuta", "presa-in-carico"));
    /// ```
    // norms 9
    #[must_use]
    pub const fn marker(self) -> (&'static str, &'static str) {
        match self {
            Self::TransportEnvelope => (X_TRASPORTO, CERTIFIED),
            Self::AnomalyEnvelope => (X_TRASPORTO, ERROR),
            Self::Acceptance => (X_RICEVUTA, Kind::Acceptance.as_str()),
            Self::NonAcceptance => (X_RICEVUTA, Kind::NonAcceptance.as_str()),
            Self::TakeInCharge => (X_RICEVUTA, Kind::TakeInCharge.as_str()),
            Self::Delivery => (X_RICEVUTA, Kind::Delivery.as_str()),
            Self::DeliveryError => (X_RICEVUTA, Kind::DeliveryError.as_str()),
            Self::DeliveryNotice => (X_RICEVUTA, Kind::DeliveryNotice.as_str()),
            Self::VirusDetection => (X_RICEVUTA, Kind::VirusDetection.as_str()),
        }
    }
}
