//! Words of the JSON, and reasons, as people read them.

pub(crate) mod departures;
mod findings;
mod reasons;

pub use findings::{contradiction, deadline, finding};
pub use reasons::{distrust, doubt, reason};

use pec_dossier::dossier::Severity;
use pec_dossier::{Progress, Verdict};

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

/// A group of a summary: a kind of message, or a verdict, as they are in JSON; in Italian in words.
#[must_use]
pub fn group(group: &'static str, lang: Lang) -> &'static str {
    if lang == Lang::En {
        return group;
    }
    match group {
        "valid" => "validi",
        "valid-legacy" => "validi con algoritmi superati",
        "invalid" => "non validi",
        "indeterminate" => "non determinabili",
        "failed" => "non letti",
        kind_of_message => kind(kind_of_message, lang),
    }
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

/// Who says at which instant something is judged.
#[must_use]
pub fn time_source(source: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match source {
        "now" => ("the clock", "l'orologio"),
        "caller" => ("whoever asks", "chi chiede"),
        "timestamp" => ("a time stamp", "una marca temporale"),
        "claimed" => ("the signer alone", "il solo firmatario"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// How it is known that the signer is a provider.
#[must_use]
pub fn origin(origin: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match origin {
        "directory" => ("the providers' directory", "l'indice dei gestori"),
        "pinned" => ("a certificate given with --pin", "un certificato dato con --pin"),
        "accredited-ca" => ("an accredited authority", "un'autorità accreditata"),
        "none" => ("nothing", "nulla"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// How much a finding about a dossier weighs.
#[must_use]
pub const fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Note => lang.say("note", "nota"),
        Severity::Doubt => lang.say("doubt", "dubbio"),
        Severity::Fault => lang.say("FAULT", "DIFETTO"),
    }
}

/// What became of a part of an original.
#[must_use]
pub fn part(verdict: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match verdict {
        "equal" => ("equal", "uguale"),
        "equal-hash" => ("equal hash", "impronta uguale"),
        "different" => ("DIFFERENT", "DIVERSA"),
        "missing" => ("MISSING", "MANCANTE"),
        "added" => ("ADDED", "AGGIUNTA"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// How far a transmission is.
#[must_use]
pub fn progress(progress: Progress, lang: Lang) -> &'static str {
    let (english, italian) = match progress {
        Progress::Pending => ("waiting for receipts", "in attesa di ricevute"),
        Progress::Overdue => ("an answer is overdue", "risposta in ritardo"),
        Progress::Refused => ("refused", "non accettato"),
        Progress::Delivered => ("delivered", "consegnato"),
        Progress::Incomplete => ("not delivered to everybody", "non consegnato a tutti"),
        Progress::Uncertified => ("sent as ordinary mail", "inviato come posta ordinaria"),
        _ => ("?", "?"),
    };
    lang.say(english, italian)
}

/// What became of a message for one recipient: the words of
/// [`RecipientState::as_str`](pec_dossier::RecipientState::as_str).
#[must_use]
pub fn state(state: &'static str, lang: Lang) -> &'static str {
    let (english, italian) = match state {
        "unanswered" => ("nothing yet", "ancora nulla"),
        "no-answer" => ("no answer", "nessuna risposta"),
        "refused" => ("refused", "non accettato"),
        "accepted" => ("accepted", "accettato"),
        "sent-uncertified" => ("sent as ordinary mail", "inviato come posta ordinaria"),
        "taken-in-charge" => ("taken in charge", "preso in carico"),
        "warned" => ("no confirmation in 12 hours", "nessuna conferma in 12 ore"),
        "expired" => ("no delivery in 24 hours", "non consegnato in 24 ore"),
        "delivered" => ("delivered", "consegnato"),
        "failed" => ("not delivered", "non consegnato"),
        other => (other, other),
    };
    lang.say(english, italian)
}

/// The verdict on a dossier.
#[must_use]
pub fn dossier(verdict: Verdict, lang: Lang) -> &'static str {
    let (english, italian) = match verdict {
        Verdict::Sound => ("SOUND", "INTEGRO E PROVATO"),
        Verdict::Doubtful => ("NOT ALL OF IT IS PROVED", "NON TUTTO È PROVATO"),
        Verdict::Broken => ("BROKEN", "NON INTEGRO"),
    };
    lang.say(english, italian)
}
