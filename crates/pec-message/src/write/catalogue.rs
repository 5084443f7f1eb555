//! The readable texts: the Italian models of norms §1.4, all in this one place.
//!
//! Those marked \[R\] are recollections of the Italian rules that no source at hand confirms; the
//! others are confirmed by real messages or by independent implementations. Programs read the
//! certification data and never these texts.
//!
//! | text | mark |
//! |---|---|
//! | acceptance, non-acceptance, transport envelope, take-in-charge | confirmed |
//! | complete delivery | confirmed |
//! | delivery error, notice after 24 hours, anomaly envelope | confirmed |
//! | non-acceptance for a virus | \[R\] |
//! | brief and concise delivery: their first line | \[R\] |
//! | notice after 12 hours | \[R\] |
//! | virus detection, delivery error for a virus | \[R\] |
//! | remark of a receipt that is made again | ours: the norm has none |

use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, EventTime, NonAcceptanceCause,
    OneOrMore, ReceiptType, RecipientType,
};

use super::Anomaly;

const ACCEPTANCE: &str = "Ricevuta di accettazione
Il giorno {giorno} alle ore {ora} ({zona}) il messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
ed indirizzato a:
{destinatari}
è stato accettato dal sistema ed inoltrato.
Identificativo messaggio: {identificativo}
";

const NON_ACCEPTANCE: &str = "Errore nell'accettazione del messaggio
Il giorno {giorno} alle ore {ora} ({zona}) nel messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
ed indirizzato a:
{destinatari}
è stato rilevato un problema che ne impedisce l'accettazione
a causa di {errore}.
Il messaggio non è stato accettato.
Identificativo messaggio: {identificativo}
";

/// \[R\]
const NON_ACCEPTANCE_FOR_VIRUS: &str = "\
Errore nell'accettazione del messaggio per presenza di virus
Il giorno {giorno} alle ore {ora} ({zona}) nel messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
ed indirizzato a:
{destinatari}
è stato rilevato un problema di sicurezza {errore}.
Il messaggio non è stato accettato.
Identificativo messaggio: {identificativo}
";

const TRANSPORT_ENVELOPE: &str = "Messaggio di posta certificata
Il giorno {giorno} alle ore {ora} ({zona}) il messaggio
\"{oggetto}\" è stato inviato da \"{mittente}\"
indirizzato a:
{destinatari}
Il messaggio originale è incluso in allegato.
Identificativo messaggio: {identificativo}
";

const TAKE_IN_CHARGE: &str = "Ricevuta di presa in carico
Il giorno {giorno} alle ore {ora} ({zona}) il messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
ed indirizzato a:
{destinatari}
è stato accettato dal sistema.
Identificativo messaggio: {identificativo}
";

/// The first line differs by the type of receipt; those of the brief and the concise one are \[R\].
const DELIVERY: &str = "{ricevuta}
Il giorno {giorno} alle ore {ora} ({zona}) il messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
ed indirizzato a \"{destinatario}\"
è stato consegnato nella casella di destinazione.
Identificativo messaggio: {identificativo}
";

const DELIVERY_ERROR: &str = "Avviso di mancata consegna
Il giorno {giorno} alle ore {ora} ({zona}) nel messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
e destinato all'utente \"{destinatario}\"
è stato rilevato un errore {errore}.
Il messaggio è stato rifiutato dal sistema.
Identificativo messaggio: {identificativo}
";

/// \[R\]
const DELIVERY_ERROR_FOR_VIRUS: &str = "Avviso di mancata consegna per virus
Il giorno {giorno} alle ore {ora} ({zona}) nel messaggio
\"{oggetto}\" destinato all'utente \"{destinatario}\"
è stato rilevato un problema di sicurezza {errore}.
Il messaggio non è stato consegnato.
Identificativo messaggio: {identificativo}
";

/// \[R\]
const NOTICE_AFTER_12_HOURS: &str = "Avviso di mancata consegna
Il giorno {giorno} alle ore {ora} ({zona}) il messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
e destinato all'utente \"{destinatario}\"
non è stato consegnato nelle prime dodici ore dal suo invio.
Non escludendo che questo possa avvenire in seguito, si ritiene utile considerare
che l'invio potrebbe non andare a buon fine.
Il sistema provvederà comunque ad inviare un ulteriore avviso di mancata consegna
se nelle prossime dodici ore non vi sarà la conferma della ricezione da parte del destinatario.
Identificativo messaggio: {identificativo}
";

const NOTICE_AFTER_24_HOURS: &str = "Avviso di mancata consegna
Il giorno {giorno} alle ore {ora} ({zona}) il messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
e destinato all'utente \"{destinatario}\"
non è stato consegnato nelle ventiquattro ore successive al suo invio.
Si ritiene che la spedizione debba considerarsi non andata a buon fine.
Identificativo messaggio: {identificativo}
";

/// \[R\]
const VIRUS_DETECTION: &str = "Avviso di rilevazione di virus informatico
Il giorno {giorno} alle ore {ora} ({zona}) nel messaggio
\"{oggetto}\" proveniente da \"{mittente}\"
e destinato all'utente \"{destinatario}\"
è stato rilevato un problema di sicurezza {errore}.
Identificativo messaggio: {identificativo}
";

const ANOMALY_ENVELOPE: &str = "Anomalia nel messaggio
Il giorno {giorno} alle ore {ora} ({zona}) è stato ricevuto
il messaggio \"{oggetto}\" proveniente da \"{mittente}\"
ed indirizzato a:
{destinatari}
Tali dati non sono stati certificati per il seguente errore:
{errore}
Il messaggio originale è incluso in allegato.
";

/// Ours.
const REISSUE: &str = "Messaggio emesso nuovamente
Questo messaggio sostituisce quello emesso il giorno {giorno} alle ore {ora} ({zona}),
che non è più disponibile. È stato prodotto di nuovo il giorno {nuovo giorno}
alle ore {nuova ora} ({nuova zona}) dai dati del registro del gestore.
I dati di certificazione sono quelli di allora; data, identificativo e firma
di questo messaggio sono nuovi.
Identificativo messaggio: {identificativo}
";

/// What the final notice's `errore-esteso` begins with, by which alone programs tell it from the
/// first one (norms §6.1).
// norms 46
pub(super) const FINAL_NOTICE: &str = "5.4.1";

/// The text for certification data. `reason` says what was found, where the data do not.
// norms 10, rfc6109 §3.2.3#7, §3.2.4#2
pub(super) fn certified_text(data: &CertificationData, reason: &str) -> String {
    let detail = data.event.error_detail().map_or(reason, |detail| detail.as_str());
    fill(model(&data.event), |name| match name {
        "oggetto" => data.header.subject.as_deref().unwrap_or_default().to_owned(),
        "mittente" => data.header.sender.to_string(),
        "destinatari" => recipients(data),
        "destinatario" => data.event.delivered_to().map(Address::to_string).unwrap_or_default(),
        "errore" => detail.to_owned(),
        "identificativo" => data.pec_msgid.to_string(),
        "ricevuta" => delivery_title(data.event.receipt_type()).to_owned(),
        _ => time(&data.time, name),
    })
}

/// The text of an anomaly envelope, which certifies nothing.
pub(super) fn anomaly_text(anomaly: &Anomaly) -> String {
    fill(ANOMALY_ENVELOPE, |name| match name {
        "oggetto" => anomaly.subject.as_deref().unwrap_or_default().to_owned(),
        "mittente" => anomaly.sender_text().to_owned(),
        "destinatari" => lines(&anomaly.recipients, Address::to_string),
        "errore" => anomaly.reason.to_string(),
        _ => time(&anomaly.time, name),
    })
}

/// What a receipt that is made again says of itself.
// norms 73, norms §2.2
pub(super) fn reissue_text(data: &CertificationData, at: &EventTime) -> String {
    fill(REISSUE, |name| match name {
        "nuovo giorno" => at.day(),
        "nuova ora" => at.hour(),
        "nuova zona" => at.zone(),
        "identificativo" => data.pec_msgid.to_string(),
        _ => time(&data.time, name),
    })
}

fn model(event: &Event) -> &'static str {
    match event {
        Event::Acceptance => ACCEPTANCE,
        Event::NonAcceptance { cause: NonAcceptanceCause::FormalException, .. } => NON_ACCEPTANCE,
        Event::NonAcceptance { cause: NonAcceptanceCause::Virus, .. } => NON_ACCEPTANCE_FOR_VIRUS,
        Event::TakeInCharge { .. } => TAKE_IN_CHARGE,
        Event::Delivery { .. } => DELIVERY,
        Event::TransportEnvelope { .. } => TRANSPORT_ENVELOPE,
        Event::DeliveryError { cause: DeliveryErrorCause::Virus, .. } => DELIVERY_ERROR_FOR_VIRUS,
        Event::DeliveryError { .. } => DELIVERY_ERROR,
        Event::DeliveryNotice { error_detail, .. } if is_final(error_detail) => {
            NOTICE_AFTER_24_HOURS
        }
        Event::DeliveryNotice { .. } => NOTICE_AFTER_12_HOURS,
        Event::VirusDetection { .. } => VIRUS_DETECTION,
    }
}

/// `5.4.1`, but not `5.4.10`.
fn is_final(detail: &str) -> bool {
    let rest = detail.strip_prefix(FINAL_NOTICE);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

const fn delivery_title(receipt_type: Option<ReceiptType>) -> &'static str {
    match receipt_type {
        Some(ReceiptType::Brief) => "Ricevuta breve di avvenuta consegna",
        Some(ReceiptType::Concise) => "Ricevuta sintetica di avvenuta consegna",
        Some(ReceiptType::Complete) | None => "Ricevuta di avvenuta consegna",
    }
}

/// One line for each recipient; the acceptance also says which of them are certified.
// norms 22
fn recipients(data: &CertificationData) -> String {
    let says_type = data.event == Event::Acceptance;
    lines(&data.header.recipients, |recipient| match (says_type, recipient.recipient_type) {
        (false, _) => recipient.address.to_string(),
        (true, RecipientType::Certified) => {
            format!("{} (\"posta certificata\")", recipient.address)
        }
        (true, RecipientType::External) => format!("{} (\"posta ordinaria\")", recipient.address),
    })
}

fn lines<T>(list: &OneOrMore<T>, line: impl Fn(&T) -> String) -> String {
    list.iter().map(line).collect::<Vec<_>>().join("\n")
}

// rfc6109 §4.2, norms 11, erratum 6
fn time(time: &EventTime, name: &str) -> String {
    match name {
        "giorno" => time.day(),
        "ora" => time.hour(),
        "zona" => time.zone(),
        _ => String::new(),
    }
}

/// The model with each `{name}` replaced. A value is never looked at for further names.
fn fill(model: &str, value: impl Fn(&str) -> String) -> String {
    let mut text = String::with_capacity(model.len().saturating_mul(2));
    let mut rest = model;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(&value(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_name_only_what_is_filled_in() {
        let known = [
            "giorno",
            "ora",
            "zona",
            "oggetto",
            "mittente",
            "destinatari",
            "destinatario",
            "errore",
            "identificativo",
            "ricevuta",
            "nuovo giorno",
            "nuova ora",
            "nuova zona",
        ];
        for model in [
            ACCEPTANCE,
            NON_ACCEPTANCE,
            NON_ACCEPTANCE_FOR_VIRUS,
            TRANSPORT_ENVELOPE,
            TAKE_IN_CHARGE,
            DELIVERY,
            DELIVERY_ERROR,
            DELIVERY_ERROR_FOR_VIRUS,
            NOTICE_AFTER_12_HOURS,
            NOTICE_AFTER_24_HOURS,
            VIRUS_DETECTION,
            ANOMALY_ENVELOPE,
            REISSUE,
        ] {
            let filled = fill(model, |name| {
                assert!(known.contains(&name), "{name}");
                String::new()
            });
            assert!(!filled.contains(['{', '}']) && filled.ends_with('\n'));
        }
    }

    #[test]
    fn values_are_not_models() {
        assert_eq!(fill("a {x} b {y}", |name| format!("{{y}}{name}")), "a {y}x b {y}y");
    }

    /// norms 46
    #[test]
    fn the_final_notice_is_told_by_its_code() {
        assert!(is_final("5.4.1 - Alfa - il messaggio") && is_final("5.4.1"));
        assert!(!is_final("5.4.10") && !is_final("4.4.7 5.4.1") && !is_final(""));
    }
}
