//! The names of events.

use std::{fmt, str::FromStr};

use pec_daticert::{ErrorCode, Event, Kind};
use serde::{Deserialize, Serialize};

/// The description of the notice after 24 hours begins with this, that of the one after 12 hours
/// does not.
// norms 46
const FINAL: &str = "5.4.1";

/// Defines the enum with both directions of the mapping to the names in the log.
macro_rules! events {
    ($($(#[$meta:meta])* $variant:ident,)+) => {
        /// What happened, by the names that providers' logs use (norms §2.2), and our own for what
        /// those do not log.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[non_exhaustive]
        pub enum LogEvent { $($(#[$meta])* $variant,)+ }

        impl LogEvent {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }
    };
}

events! {
    /// Server-user acceptance.
    Accettazione,
    /// Non-acceptance for formal reasons.
    NonAccettazione,
    /// Non-acceptance for a virus.
    NonAccettazioneVirus,
    /// Transport envelope: made, or received.
    BustaTrasporto,
    /// Server-server acceptance: made, or received.
    PresaInCarico,
    /// Delivery: made, or received.
    Consegna,
    /// Delivery error: made, or received.
    MancataConsegna,
    /// Delivery error for a virus: made, or received.
    MancataConsegnaVirus,
    /// The notice after 12 hours.
    MancataConsegna12h,
    /// The notice after 24 hours.
    MancataConsegna24h,
    /// Virus detection notice: made, or received.
    RilevazioneVirus,
    /// Anomaly envelope.
    BustaAnomalia,
    /// An SMTP transaction was refused. Ours, as all that follow.
    Rifiuto,
    /// A message was put into a mailbox.
    Deposito,
    /// A message went to a next hop, or the next hop refused it.
    Inoltro,
    /// A lost receipt was made again.
    Riemissione,
    /// Something that an operator must hear of.
    Allarme,
}

impl LogEvent {
    /// The event of making or receiving a message that certifies `event`.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        match (event.kind(), event.error()) {
            (Kind::Acceptance, _) => Self::Accettazione,
            (Kind::NonAcceptance, ErrorCode::Virus) => Self::NonAccettazioneVirus,
            (Kind::NonAcceptance, _) => Self::NonAccettazione,
            (Kind::TransportEnvelope, _) => Self::BustaTrasporto,
            (Kind::TakeInCharge, _) => Self::PresaInCarico,
            (Kind::Delivery, _) => Self::Consegna,
            (Kind::DeliveryError, ErrorCode::Virus) => Self::MancataConsegnaVirus,
            (Kind::DeliveryError, _) => Self::MancataConsegna,
            (Kind::DeliveryNotice, _) => {
                let detail = event.error_detail().map(AsRef::as_ref).unwrap_or_default();
                if str::starts_with(detail, FINAL) {
                    Self::MancataConsegna24h
                } else {
                    Self::MancataConsegna12h
                }
            }
            (Kind::VirusDetection, _) => Self::RilevazioneVirus,
        }
    }
}

impl fmt::Display for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that no event has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no event of the log")]
pub struct UnknownEvent(pub String);

impl FromStr for LogEvent {
    type Err = UnknownEvent;

    fn from_str(name: &str) -> Result<Self, UnknownEvent> {
        let event = Self::ALL.iter().find(|event| event.as_str() == name);
        event.copied().ok_or_else(|| UnknownEvent(name.to_owned()))
    }
}
