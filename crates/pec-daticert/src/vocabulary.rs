//! The closed vocabularies of the DTD: `tipo`, `errore`, type of recipient, type of receipt.

use std::{fmt, str::FromStr};

/// A word that the DTD does not list at this place. The word is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a value of `{attribute}`")]
pub struct UnknownWord {
    /// The attribute, as the DTD names it.
    pub attribute: &'static str,
    /// The word that was found.
    pub word: String,
}

/// Defines an enum whose variants are words of the DTD, with both directions of the mapping.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        $name:ident, $attribute:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the DTD.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word of the DTD.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        /// Exact, as XML is: `Completa` is not `completa`.
        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { attribute: $attribute, word: word.to_owned() }),
                }
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<str>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

vocabulary! {
    /// What a PEC message certifies: attribute `tipo` of `postacert` (RFC 6109 §4.4).
    ///
    /// The set is closed by the DTD. Names in English, words on the wire in Italian:
    ///
    /// ```
    /// use pec_daticert::Kind;
    /// assert_eq!(Kind::Delivery.as_str(), "avvenuta-consegna");
    /// assert_eq!("presa-in-carico".parse(), Ok(Kind::TakeInCharge));
    /// assert!("mancata-consegna".parse::<Kind>().is_err());
    /// ```
    #[doc(alias = "tipo")]
    Kind, "tipo" {
        /// Server-user acceptance: the sender's provider took the message
        /// (*ricevuta di accettazione*, RFC 6109 §3.1.4).
        #[doc(alias = "ricevuta di accettazione")]
        Acceptance = "accettazione",
        /// The sender's provider refused the message
        /// (*avviso di non accettazione*, RFC 6109 §3.1.2, §3.1.3).
        #[doc(alias = "avviso di non accettazione")]
        NonAcceptance = "non-accettazione",
        /// Server-server acceptance: the recipient's provider took the envelope
        /// (*ricevuta di presa in carico*, RFC 6109 §3.2.1).
        #[doc(alias = "ricevuta di presa in carico")]
        TakeInCharge = "presa-in-carico",
        /// The message was put into the recipient's mailbox
        /// (*ricevuta di avvenuta consegna*, RFC 6109 §3.3.2).
        #[doc(alias = "ricevuta di avvenuta consegna")]
        Delivery = "avvenuta-consegna",
        /// The envelope that carries the original message
        /// (*busta di trasporto*, RFC 6109 §3.1.5).
        #[doc(alias = "busta di trasporto")]
        TransportEnvelope = "posta-certificata",
        /// The message could not be delivered
        /// (*avviso di mancata consegna*, RFC 6109 §3.3.3, §3.2.4).
        #[doc(alias = "avviso di mancata consegna")]
        DeliveryError = "errore-consegna",
        /// No confirmation within 12 or within 24 hours
        /// (*avviso di mancata consegna per superamento dei tempi massimi*, RFC 6109 §3.1.6).
        #[doc(alias = "preavviso di mancata consegna")]
        #[doc(alias = "avviso di mancata consegna per superamento dei tempi massimi")]
        DeliveryNotice = "preavviso-errore-consegna",
        /// The recipient's provider found a virus in the envelope
        /// (*avviso di rilevazione virus*, RFC 6109 §3.2.3).
        #[doc(alias = "avviso di rilevazione virus")]
        VirusDetection = "rilevazione-virus",
    }
}

vocabulary! {
    /// Attribute `errore` of `postacert` (RFC 6109 §4.4). The set is closed by the DTD.
    #[doc(alias = "errore")]
    ErrorCode, "errore" {
        /// No error; also the default of the DTD when the attribute is left out.
        None = "nessuno",
        /// Wrong recipient.
        NoRecipient = "no-dest",
        /// Wrong domain.
        NoDomain = "no-dominio",
        /// A virus.
        Virus = "virus",
        /// Any other error.
        Other = "altro",
    }
}

vocabulary! {
    /// Whether a recipient's domain belongs to the PEC network: attribute `tipo` of `destinatari`.
    /// The set is closed by the DTD.
    #[doc(alias = "destinatari tipo")]
    RecipientType, "destinatari tipo" {
        /// A mailbox of a PEC domain; also the default of the DTD when the attribute is left out.
        Certified = "certificato",
        /// An ordinary mailbox outside the PEC network.
        External = "esterno",
    }
}

vocabulary! {
    /// The delivery receipt that the sender asked for: attribute `tipo` of `ricevuta`, header
    /// `X-TipoRicevuta` (RFC 6109 §3.3.2). The set is closed by the DTD.
    #[doc(alias = "X-TipoRicevuta")]
    #[doc(alias = "tipo ricevuta")]
    ReceiptType, "ricevuta tipo" {
        /// With a whole copy of the original for those in `To` (RFC 6109 §3.3.2.1).
        #[doc(alias = "ricevuta completa")]
        Complete = "completa",
        /// With digests in place of the attachments (RFC 6109 §3.3.2.2).
        #[doc(alias = "ricevuta breve")]
        Brief = "breve",
        /// Without the original (RFC 6109 §3.3.2.3).
        #[doc(alias = "ricevuta sintetica")]
        Concise = "sintetica",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// rfc6109 §4.4: the words of the DTD, in its order.
    #[test]
    fn words_are_those_of_the_dtd() {
        let words: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(
            words.join(" "),
            "accettazione non-accettazione presa-in-carico avvenuta-consegna posta-certificata \
             errore-consegna preavviso-errore-consegna rilevazione-virus"
        );
        let words: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.join(" "), "nessuno no-dest no-dominio virus altro");
        assert_eq!("certificato".parse(), Ok(RecipientType::Certified));
        assert_eq!("esterno".parse(), Ok(RecipientType::External));
        let words: Vec<_> = ReceiptType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.join(" "), "completa breve sintetica");
    }

    #[test]
    fn every_word_parses_back_and_nothing_else_does() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert!(kind.as_str().to_uppercase().parse::<Kind>().is_err());
            assert!(format!("{kind} ").parse::<Kind>().is_err());
        }
        let unknown = "mancata-consegna".parse::<Kind>().unwrap_err();
        assert_eq!(unknown.to_string(), "\"mancata-consegna\" is not a value of `tipo`");
    }
}
