//! Words of the JSON as people read them.

use crate::lang::Lang;

/// A kind of message.
#[must_use]
pub fn kind(kind: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match kind {
        "transport-envelope" => ("transport envelope", "busta di trasporto"),
        "acceptance" => ("acceptance receipt", "ricevuta di accettazione"),
        "non-acceptance" => ("non-acceptance notice", "avviso di non accettazione"),
        "take-in-charge" => ("take-in-charge receipt", "ricevuta di presa in carico"),
        "delivery" => ("delivery receipt", "ricevuta di avvenuta consegna"),
        "delivery-error" => ("delivery error notice", "avviso di mancata consegna"),
        "delivery-notice" => (
            "notice of missing confirmation",
            "avviso di mancata consegna per superamento dei tempi massimi",
        ),
        "virus-detection" => ("virus detection notice", "avviso di rilevazione virus"),
        "anomaly-envelope" => ("anomaly envelope", "busta di anomalia"),
        "ordinary" => ("ordinary message", "messaggio ordinario"),
        "unknown" => ("message of unknown kind", "messaggio di tipo sconosciuto"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// A verdict.
#[must_use]
pub fn verdict(verdict: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match verdict {
        "valid" => ("VALID", "VALIDO"),
        "valid-legacy" => ("VALID, with old algorithms", "VALIDO, con algoritmi superati"),
        "invalid" => ("NOT VALID", "NON VALIDO"),
        "indeterminate" => ("NOT DECIDED", "NON DETERMINABILE"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// The outcome of a check.
#[must_use]
pub fn outcome(result: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match result {
        "passed" => ("passed", "superato"),
        "failed" => ("FAILED", "FALLITO"),
        "indeterminate" => ("undecided", "non determinabile"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// The name of a check.
#[must_use]
pub fn check(name: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match name {
        "signature-existence" => ("signature exists", "esistenza della firma"),
        "signature-origin" => ("signed by a PEC provider", "appartenenza della firma a un gestore"),
        "signature-validity" => ("signature valid", "validità della firma"),
        "formal-correctness" => ("form of the message", "correttezza formale"),
        "content" => ("content unaltered", "contenuto integro"),
        "signature" => ("made with this key", "fatta con questa chiave"),
        "signer" => ("certificate meant", "certificato dichiarato"),
        "algorithms" => ("algorithms", "algoritmi"),
        "path" => ("certification path", "catena dei certificati"),
        "revocation" => ("not revoked", "assenza di revoca"),
        "profile" => ("certificate profile", "profilo del certificato"),
        other => (other, other),
    };
    lang.say(english, italian)
}
