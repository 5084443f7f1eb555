//! What departs from the norm, in Italian. The words of English are the libraries' own.

use pec_daticert::{DeviationKind, ReadError};
use pec_message::{MessageKind, OddityKind};

use crate::lang::Lang;

pub(super) fn kind(kind: MessageKind) -> &'static str {
    super::kind(kind.as_str(), Lang::It)
}

/// Header and certification data name different kinds.
pub(crate) fn kinds(claimed: MessageKind, certified: MessageKind) -> String {
    let (claimed, certified) = (kind(claimed), kind(certified));
    format!("l'intestazione indica {claimed}, i dati di certificazione {certified}")
}

/// Certification data that are not read.
pub(crate) fn refused(error: &ReadError) -> String {
    match error {
        ReadError::TooLarge { size } => format!("il documento ha {size} ottetti, troppi"),
        ReadError::TooDeep { at } => format!("ottetto {at}: elementi annidati troppo a fondo"),
        ReadError::Doctype { at } => {
            format!("ottetto {at}: una dichiarazione di tipo (DOCTYPE) non è ammessa")
        }
        ReadError::UnsupportedEncoding { label } => format!("codifica {label:?} non letta"),
        ReadError::NotCertificationData { at, found } => {
            let found = found.as_deref().unwrap_or("-");
            format!("ottetto {at}: l'elemento radice è <{found}>, non <postacert>")
        }
        other => other.to_string(),
    }
}

/// Certification data that depart from the norm, and where.
pub(crate) fn daticert(deviation: &pec_daticert::Deviation) -> String {
    let what = in_daticert(&deviation.kind);
    let element = deviation.element.map(|element| format!(", <{element}>")).unwrap_or_default();
    format!("ottetto {}{element}: {what}", deviation.at)
}

fn in_daticert(kind: &DeviationKind) -> String {
    let text = match kind {
        DeviationKind::DeclaredEncoding(encoding) => {
            return format!(
                "è dichiarata la codifica {encoding} invece di UTF-8; letto come dichiarato"
            );
        }
        DeviationKind::IllegalCharacter(c) => {
            return format!("il carattere U+{:04X} è vietato in XML; conservato", u32::from(*c));
        }
        DeviationKind::MissingAttribute(name) => return format!("manca l'attributo `{name}`"),
        DeviationKind::NotOfKind { kind } => {
            return format!("`{kind}` non ha questo elemento; tralasciato");
        }
        DeviationKind::ErrorNotOfKind { kind, found } => {
            return format!("`{kind}` non ha errore=\"{found}\"");
        }
        DeviationKind::UnknownWord(what) => {
            return format!("valore fuori dal vocabolario di `{what}`; tenuto come testo");
        }
        DeviationKind::ByteOrderMark => "contrassegno d'ordine dei byte; ignorato",
        DeviationKind::InvalidUtf8 => {
            "non UTF-8; letto come Windows-1252, o troncato prima di un ultimo carattere incompleto"
        }
        DeviationKind::BlanksBeforeDeclaration => "spazi prima della dichiarazione XML; ignorati",
        DeviationKind::MalformedDeclaration => {
            "dichiarazione XML malformata; ne è letta solo la codifica"
        }
        DeviationKind::TrailingBytes => "ottetti dopo l'elemento radice; non letti",
        DeviationKind::Truncated => "il documento si interrompe qui; quanto precede è letto",
        DeviationKind::MismatchedEndTag => "il tag di chiusura non è dell'elemento aperto",
        DeviationKind::UnescapedMarkup => "marcatura non protetta; presa come testo",
        DeviationKind::BareAmpersand => "`&` non protetta; conservata",
        DeviationKind::UnknownEntity => "riferimento a un'entità sconosciuta; tenuto com'è scritto",
        DeviationKind::BadCharacterReference => {
            "riferimento a un carattere inesistente; tenuto com'è scritto"
        }
        DeviationKind::CdataEnd => "`]]>` in un testo; conservato",
        DeviationKind::MalformedComment => "`--` in un commento; ignorato",
        DeviationKind::MalformedInstruction => "istruzione malformata; ignorata",
        DeviationKind::MalformedAttributes => {
            "attributi malformati; letti quelli prima del difetto"
        }
        DeviationKind::UnknownAttribute => "attributo sconosciuto; ignorato",
        DeviationKind::UnknownElement => "elemento sconosciuto; tenuto per nome",
        DeviationKind::Missing => "manca",
        DeviationKind::Repeated { same: true } => "ripetuto con lo stesso valore; vale il primo",
        DeviationKind::Repeated { same: false } => "ripetuto con un altro valore; vale il primo",
        DeviationKind::Misplaced => "si trova nell'elemento sbagliato; letto comunque",
        DeviationKind::OutOfOrder => "fuori ordine; letto comunque",
        DeviationKind::StrayText => "testo tra gli elementi; ignorato",
        DeviationKind::NotEmpty => "dev'essere vuoto; contenuto ignorato",
        DeviationKind::SurroundingBlanks => "spazi attorno al valore; tolti",
        DeviationKind::LineBreak => "a capo; ridotto a uno spazio",
        DeviationKind::BadAddress(_) => "non è un indirizzo; tenuto come testo",
        DeviationKind::BadIdentifier(_) => "non è un identificativo; tenuto come testo",
        DeviationKind::AngleBrackets => {
            "parentesi angolari fuori posto, o mancanti; il valore è inteso"
        }
        DeviationKind::BadText(_) => "non è una riga di testo; tenuto com'è",
        DeviationKind::TimeForm => "non nella forma prescritta; il valore è inteso",
        DeviationKind::BadTime(_) => "non è una data; tenuto come testo",
        DeviationKind::TooMany => "più difformità di quante se ne elenchino",
        other => return other.to_string(),
    };
    text.to_owned()
}

/// What is odd in the structure of a message.
pub(crate) fn oddity(kind: &OddityKind) -> String {
    let text = match kind {
        OddityKind::RepeatedField(field) => {
            return format!("{field} compare più volte; vale il primo");
        }
        OddityKind::UnknownTransferEncoding(encoding) => {
            return format!("la codifica di trasferimento {encoding:?} non è nota");
        }
        OddityKind::TooLarge { octets, limit } => {
            return format!("{octets} ottetti, più di {limit}; è letta solo l'intestazione");
        }
        OddityKind::DamagedHeader(_) => "l'intestazione è danneggiata",
        OddityKind::RepeatedParameter => {
            "un parametro di Content-Type compare più volte; vale il primo"
        }
        OddityKind::MalformedContentType => "Content-Type è malformato",
        OddityKind::MissingBoundary => "multipart senza delimitatore utilizzabile; preso intero",
        OddityKind::DamagedMultipart(_) => "i delimitatori del multipart sono danneggiati",
        OddityKind::EncodedContainer => {
            "multipart o messaggio in una codifica di trasferimento; preso intero"
        }
        OddityKind::TooDeep => "annidato troppo a fondo; non esaminato",
        OddityKind::TooManyParts => "troppe parti; le restanti sono tralasciate",
        OddityKind::DaticertByOtherThanName => {
            "dati di certificazione con un nome diverso da daticert.xml"
        }
        OddityKind::RepeatedDaticert => {
            "più parti potrebbero essere i dati di certificazione; vale la prima"
        }
        OddityKind::OriginalByOtherThanName => {
            "messaggio originale con un nome diverso da postacert.eml"
        }
        OddityKind::RepeatedOriginal => {
            "più parti potrebbero essere il messaggio originale; vale la prima"
        }
        OddityKind::MissingDaticert => {
            "un messaggio di questo tipo ha dati di certificazione, e qui mancano"
        }
        OddityKind::BothMarkers => "X-Trasporto e X-Ricevuta insieme; vale X-Trasporto",
        other => return other.to_string(),
    };
    text.to_owned()
}

/// Where the outer header disagrees with the certification data.
pub(crate) fn header(deviation: &pec_message::Deviation) -> String {
    use pec_message::Deviation;
    match deviation {
        Deviation::HeaderDiffers { field, header, certified } => {
            format!("{field} dice {header:?}, è certificato {certified:?}")
        }
        Deviation::HeaderMissing(field) => format!("{field} manca"),
        Deviation::BothMarkers => "X-Trasporto e X-Ricevuta insieme".to_owned(),
        Deviation::FieldNameCase(field) => format!("{field} con altre maiuscole e minuscole"),
        other => other.to_string(),
    }
}
