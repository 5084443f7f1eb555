//! The elements of `daticert.xml`, their place and their order.

use std::fmt;

/// An element of the DTD of RFC 6109 §4.4. The set is closed by the DTD; the order is the order
/// of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// `postacert`, the root.
    Postacert,
    /// `intestazione`: what the original message said.
    Intestazione,
    /// `mittente`: the sender.
    Mittente,
    /// `destinatari`: one recipient; repeated.
    Destinatari,
    /// `risposte`: where replies go.
    Risposte,
    /// `oggetto`: the subject.
    Oggetto,
    /// `dati`: the certified event.
    Dati,
    /// `gestore-emittente`: the provider that certifies.
    GestoreEmittente,
    /// `data`: the time, with its offset in `zona`.
    Data,
    /// `giorno`: the date.
    Giorno,
    /// `ora`: the time of day.
    Ora,
    /// `identificativo`: the PEC msgid.
    Identificativo,
    /// `msgid`: the identifier that the client had given.
    Msgid,
    /// `ricevuta`: the type of delivery receipt.
    Ricevuta,
    /// `consegna`: the recipient of a delivery, done or tried.
    Consegna,
    /// `ricezione`: one recipient that was taken in charge; repeated.
    Ricezione,
    /// `errore-esteso`: the description of the error.
    ErroreEsteso,
}

use Element::{
    Consegna, Data, Dati, Destinatari, ErroreEsteso, GestoreEmittente, Giorno, Identificativo,
    Intestazione, Mittente, Msgid, Oggetto, Ora, Postacert, Ricevuta, Ricezione, Risposte,
};

/// What may stand inside an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Other elements, blanks and comments.
    Elements,
    /// Text.
    Text,
    /// Nothing at all.
    Nothing,
}

impl Element {
    /// Every element, in the order of a document.
    pub const ALL: &'static [Self] = &[
        Postacert,
        Intestazione,
        Mittente,
        Destinatari,
        Risposte,
        Oggetto,
        Dati,
        GestoreEmittente,
        Data,
        Giorno,
        Ora,
        Identificativo,
        Msgid,
        Ricevuta,
        Consegna,
        Ricezione,
        ErroreEsteso,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Postacert => "postacert",
            Intestazione => "intestazione",
            Mittente => "mittente",
            Destinatari => "destinatari",
            Risposte => "risposte",
            Oggetto => "oggetto",
            Dati => "dati",
            GestoreEmittente => "gestore-emittente",
            Data => "data",
            Giorno => "giorno",
            Ora => "ora",
            Identificativo => "identificativo",
            Msgid => "msgid",
            Ricevuta => "ricevuta",
            Consegna => "consegna",
            Ricezione => "ricezione",
            ErroreEsteso => "errore-esteso",
        }
    }

    /// The element of that name, exactly as written.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "postacert" => Postacert,
            "intestazione" => Intestazione,
            "mittente" => Mittente,
            "destinatari" => Destinatari,
            "risposte" => Risposte,
            "oggetto" => Oggetto,
            "dati" => Dati,
            "gestore-emittente" => GestoreEmittente,
            "data" => Data,
            "giorno" => Giorno,
            "ora" => Ora,
            "identificativo" => Identificativo,
            "msgid" => Msgid,
            "ricevuta" => Ricevuta,
            "consegna" => Consegna,
            "ricezione" => Ricezione,
            "errore-esteso" => ErroreEsteso,
            _ => return None,
        })
    }

    /// The element that holds this one; none for the root.
    pub(crate) const fn parent(self) -> Option<Self> {
        match self {
            Postacert => None,
            Intestazione | Dati => Some(Postacert),
            Mittente | Destinatari | Risposte | Oggetto => Some(Intestazione),
            Giorno | Ora => Some(Data),
            GestoreEmittente | Data | Identificativo | Msgid | Ricevuta | Consegna | Ricezione
            | ErroreEsteso => Some(Dati),
        }
    }

    pub(crate) const fn content(self) -> Content {
        match self {
            Postacert | Intestazione | Dati | Data => Content::Elements,
            Ricevuta => Content::Nothing,
            _ => Content::Text,
        }
    }

    /// The attributes that the DTD gives the element.
    pub(crate) const fn attributes(self) -> &'static [&'static str] {
        match self {
            Postacert => &["tipo", "errore"],
            Destinatari | Ricevuta => &["tipo"],
            Data => &["zona"],
            _ => &[],
        }
    }

    /// Whether the DTD lets the element occur more than once.
    pub(crate) const fn repeats(self) -> bool {
        matches!(self, Destinatari | Ricezione)
    }

    /// Whether the DTD demands the element whatever the kind of the message is.
    pub(crate) const fn is_required(self) -> bool {
        !matches!(self, Oggetto | Msgid | Ricevuta | Consegna | Ricezione | ErroreEsteso)
    }

    /// One bit, so that sets of elements are numbers.
    pub(crate) const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_agree_with_each_other() {
        for (index, element) in Element::ALL.iter().enumerate() {
            assert_eq!(*element as usize, index);
            assert_eq!(Element::from_name(element.name()), Some(*element));
            assert!(element.parent().is_none_or(|parent| parent < *element));
        }
        assert_eq!(Element::from_name("Postacert"), None);
    }
}
