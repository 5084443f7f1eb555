//! What is found about transmissions and dossiers, in Italian. The words of English are the
//! library's own.

use pec_dossier::{Contradiction, DeadlineKind, Finding};

use super::reasons::{distrust, doubt, reason};
use crate::lang::Lang;

/// Receipts that contradict each other.
#[must_use]
pub fn contradiction(contradiction: &Contradiction, lang: Lang) -> String {
    if lang == Lang::En {
        return contradiction.to_string();
    }
    contradiction.italian()
}

/// What was found in a dossier.
#[must_use]
pub fn finding(finding: &Finding, lang: Lang) -> String {
    if lang == Lang::En {
        return finding.to_string();
    }
    match finding {
        Finding::Missing { name } => format!("{name} manca"),
        Finding::Unlisted { name } => format!("{name} non è in elenco"),
        Finding::Differs { name } => format!("{name} non è quello che il manifesto dice"),
        Finding::ListedTwice { name } => format!("{name} è elencato due volte"),
        Finding::Misnamed { name } => format!("{name} ha il nome di qualcos'altro"),
        Finding::SumsDiffer { name } => format!("{name} non è l'elenco di questi file"),
        Finding::Unreadable { name } => format!("{name} non è leggibile"),
        Finding::ReportDiffers { name } => format!("{name} non è il rapporto su queste prove"),
        Finding::ScriptDiffers => "lo script non è quello di questa versione".to_owned(),
        Finding::OtherGenerator { generator } => {
            format!("composto da {generator}: rapporti e script non sono confrontati")
        }
        Finding::NoReceipt => "non vi è alcuna ricevuta".to_owned(),
        Finding::NotGenuine { name, step, why } => {
            let step = super::check(step.as_str(), lang);
            format!("{name} non è autentico: {step}: {}", distrust(why, lang))
        }
        Finding::Undecided { name, why } => format!("{name}: {}", doubt(why, lang)),
        Finding::ClaimedTime { name } => {
            format!("{name} è autentico alla data che il firmatario dichiara; nulla la prova")
        }
        Finding::OtherTransmission { name } => format!("{name} riguarda un'altra trasmissione"),
        Finding::OtherMessage { name } => {
            format!("{name} riguarda un messaggio diverso da quello inviato")
        }
        Finding::CopyDiffers { name } => {
            format!("{name} contiene un messaggio diverso da quello inviato")
        }
        Finding::RecordDiffers { name } => {
            format!("il manifesto dice altro su chi ha firmato {name}")
        }
        Finding::Contradiction { contradiction: found } => contradiction(found, lang),
        Finding::MadeInFuture => "composto nel futuro".to_owned(),
        Finding::StampFailed { name, why } | Finding::StampUndecided { name, why } => {
            format!("{name}: {}", reason(why, lang))
        }
        Finding::StampTooOld { name } => format!("{name} è anteriore al dossier"),
        other => other.to_string(),
    }
}

/// What is due next.
#[must_use]
pub const fn deadline(kind: DeadlineKind, lang: Lang) -> &'static str {
    match kind {
        DeadlineKind::FirstNotice => lang.say("first notice", "primo avviso"),
        DeadlineKind::LastNotice => lang.say("last notice", "ultimo avviso"),
        DeadlineKind::Overdue => lang.say("any answer", "una risposta qualsiasi"),
    }
}
