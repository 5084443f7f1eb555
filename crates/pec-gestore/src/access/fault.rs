//! Why a submission is not accepted: the breaches of form that a notice tells its sender.

use pec_daticert::{Address, Text};
use pec_message::original::{Fault, NotCanonical};

use crate::HeaderFault;

/// A breach of form (*eccezione formale*, RFC 6109 §3.1.1) or of the provider's rules for its
/// users. Each makes a non-acceptance, while the SMTP client is told `250`: whoever refuses a
/// message twice lets its sender wonder which one counts.
///
/// ```
/// use pec_gestore::FormalFault;
/// assert_eq!(FormalFault::BccNotEmpty.section(), "rfc6109 §3.1.1");
/// assert_eq!(FormalFault::BccNotEmpty.describe(), "il campo Bcc non è vuoto");
/// ```
#[doc(alias = "eccezione formale")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormalFault {
    // RFC 5322
    /// The header is not one of RFC 5322.
    Header(HeaderFault),
    /// Transport would change the message: bare CR or LF, NUL, a line too long.
    NotCanonical(NotCanonical),

    // The listed checks
    /// `From` holds more than one address.
    SeveralFrom {
        /// How many.
        addresses: usize,
    },
    /// The reverse path is not the address in `From`.
    ReversePathDiffers {
        /// The reverse path.
        reverse_path: Address,
        /// The address in `From`.
        from: Address,
    },
    /// A recipient of the SMTP transaction stands neither in `To` nor in `Cc`.
    NotInHeader(Address),
    /// An address in `To` or `Cc` is no recipient of the SMTP transaction.
    NotInForwardPath(Address),
    /// `Bcc` holds something.
    BccNotEmpty,
    /// Size times number of recipients is over the limit.
    ProductTooLarge {
        /// Length of the message, in octets.
        octets: u64,
        /// Number of recipients.
        recipients: usize,
        /// The limit, in octets.
        limit: u64,
    },
    /// More recipients than the provider takes.
    TooManyRecipients {
        /// Number of recipients.
        recipients: usize,
        /// The limit.
        limit: usize,
    },

    // The provider's own rules
    /// An attachment that the provider's policy forbids, by its name.
    ForbiddenAttachment(Text),
    /// The mailbox may not write to this address (norms 96).
    ClosedCorrespondent(Address),
}

impl FormalFault {
    /// What asks for it.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::NotCanonical(_)
            | Self::Header(
                HeaderFault::TooLarge
                | HeaderFault::Malformed
                | HeaderFault::NotAscii
                | HeaderFault::Duplicate(_),
            ) => "norms 66",
            Self::Header(_)
            | Self::SeveralFrom { .. }
            | Self::ReversePathDiffers { .. }
            | Self::NotInHeader(_)
            | Self::NotInForwardPath(_)
            | Self::BccNotEmpty
            | Self::ProductTooLarge { .. } => "rfc6109 §3.1.1",
            Self::TooManyRecipients { .. } => "norms 24",
            Self::ForbiddenAttachment(_) => "norms 68",
            Self::ClosedCorrespondent(_) => "norms 96",
        }
    }

    /// The enhanced status code that `errore-esteso` begins with (RFC 3463, RFC 6531 §4.2).
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Header(HeaderFault::NotAscii) => "5.6.9",
            Self::Header(HeaderFault::BadAddresses(field)) => match field.as_bytes() {
                b"From" => "5.1.7",
                _ => "5.1.3",
            },
            Self::Header(_)
            | Self::NotCanonical(_)
            | Self::SeveralFrom { .. }
            | Self::BccNotEmpty => "5.6.0",
            Self::NotInHeader(_) | Self::NotInForwardPath(_) => "5.1.3",
            Self::ProductTooLarge { .. } => "5.3.4",
            Self::TooManyRecipients { .. } => "5.5.3",
            Self::ReversePathDiffers { .. }
            | Self::ForbiddenAttachment(_)
            | Self::ClosedCorrespondent(_) => "5.7.1",
        }
    }

    /// The description in Italian, for the notice and `errore-esteso`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Header(fault) => describe_header(*fault),
            Self::NotCanonical(NotCanonical { at, fault }) => {
                format!("all'ottetto {at} del messaggio {}", describe_octets(*fault))
            }
            Self::SeveralFrom { addresses } => {
                format!("il campo From contiene {addresses} indirizzi invece di uno")
            }
            Self::ReversePathDiffers { reverse_path, from } => format!(
                "il mittente {reverse_path} della trasmissione SMTP non coincide con l'indirizzo \
                 {from} del campo From"
            ),
            Self::NotInHeader(address) => format!(
                "il destinatario {address} della trasmissione SMTP non compare nei campi To e Cc"
            ),
            Self::NotInForwardPath(address) => format!(
                "il destinatario {address} dei campi To e Cc non compare nella trasmissione SMTP"
            ),
            Self::BccNotEmpty => "il campo Bcc non è vuoto".to_owned(),
            Self::ProductTooLarge { octets, recipients, limit } => format!(
                "la dimensione di {octets} ottetti per {recipients} destinatari supera il limite \
                 di {limit} ottetti"
            ),
            Self::TooManyRecipients { recipients, limit } => {
                format!("i destinatari sono {recipients} e il limite è di {limit}")
            }
            Self::ForbiddenAttachment(name) => {
                format!("l'allegato \"{name}\" è di un tipo non ammesso")
            }
            Self::ClosedCorrespondent(address) => {
                format!("la casella non è abilitata a scrivere a {address}")
            }
        }
    }
}

fn describe_header(fault: HeaderFault) -> String {
    match fault {
        HeaderFault::TooLarge => "l'intestazione è troppo grande".to_owned(),
        HeaderFault::Malformed => "una riga dell'intestazione non è un campo".to_owned(),
        HeaderFault::NotAscii => "l'intestazione contiene caratteri non ASCII".to_owned(),
        HeaderFault::Missing(field) => format!("manca il campo {field}"),
        HeaderFault::Duplicate(field) => format!("il campo {field} compare più di una volta"),
        HeaderFault::BadAddresses(field) => {
            format!("il campo {field} non contiene indirizzi validi")
        }
    }
}

const fn describe_octets(fault: Fault) -> &'static str {
    match fault {
        Fault::BareCr => "c'è un CR non seguito da LF",
        Fault::BareLf => "c'è un LF non preceduto da CR",
        Fault::Nul => "c'è un carattere NUL",
        Fault::LongLine => "comincia una riga di oltre 998 ottetti",
    }
}
