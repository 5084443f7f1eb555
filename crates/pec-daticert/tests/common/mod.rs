//! What the tests of this crate share: one sample for each case of the model.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod strategies;

use pec_daticert::{
    CertificationData, DeliveryErrorCause, Event, Header, NonAcceptanceCause, OneOrMore,
    ReceiptType, Recipient,
};

pub(crate) fn anna() -> pec_daticert::Address {
    "anna@beta.example".parse().unwrap()
}

/// One document per kind and per cause: file name of the golden, value.
pub(crate) fn samples() -> Vec<(&'static str, CertificationData)> {
    let delivered_to = anna();
    let unknown = "5.1.1 - Beta PEC S.p.A. - indirizzo non valido".parse().unwrap();
    let late = "5.4.1 - Alfa PEC S.p.A. - il messaggio non è stato consegnato nelle ventiquattro \
                ore successive al suo invio";
    vec![
        ("accettazione", sample(Event::Acceptance)),
        (
            "non-accettazione",
            sample(Event::NonAcceptance {
                cause: NonAcceptanceCause::FormalException,
                error_detail: "5.7.1 - indirizzo <x> & \"altro\" non coincidono".parse().unwrap(),
            }),
        ),
        (
            "non-accettazione-virus",
            sample(Event::NonAcceptance {
                cause: NonAcceptanceCause::Virus,
                error_detail: "Eicar-Test-Signature".parse().unwrap(),
            }),
        ),
        ("presa-in-carico", sample(Event::TakeInCharge { received_for: both() })),
        ("avvenuta-consegna", delivery(ReceiptType::Complete)),
        ("avvenuta-consegna-breve", delivery(ReceiptType::Brief)),
        ("avvenuta-consegna-sintetica", delivery(ReceiptType::Concise)),
        (
            "posta-certificata",
            sample(Event::TransportEnvelope { receipt_type: ReceiptType::Complete }),
        ),
        (
            "errore-consegna",
            sample(Event::DeliveryError {
                cause: DeliveryErrorCause::NoRecipient,
                delivered_to: delivered_to.clone(),
                receipt_type: None,
                error_detail: unknown,
            }),
        ),
        (
            "errore-consegna-virus",
            sample(Event::DeliveryError {
                cause: DeliveryErrorCause::Virus,
                delivered_to: delivered_to.clone(),
                receipt_type: Some(ReceiptType::Complete),
                error_detail: "Eicar-Test-Signature".parse().unwrap(),
            }),
        ),
        (
            "preavviso-errore-consegna",
            sample(Event::DeliveryNotice {
                delivered_to: delivered_to.clone(),
                error_detail: late.parse().unwrap(),
            }),
        ),
        (
            "rilevazione-virus",
            sample(Event::VirusDetection {
                delivered_to,
                error_detail: "Eicar-Test-Signature".parse().unwrap(),
            }),
        ),
        ("senza-facoltativi", minimal()),
    ]
}

fn delivery(receipt_type: ReceiptType) -> CertificationData {
    sample(Event::Delivery { receipt_type, delivered_to: anna() })
}

fn both() -> OneOrMore<pec_daticert::Address> {
    vec![anna(), "ufficio.protocollo@beta.example".parse().unwrap()].try_into().unwrap()
}

/// Everything that may stand, with characters that must be escaped or are not ASCII.
pub(crate) fn sample(event: Event) -> CertificationData {
    let recipients = vec![
        Recipient::certified(anna()),
        Recipient::certified("ufficio.protocollo@beta.example".parse().unwrap()),
        Recipient::external("o'neill@gamma.example".parse().unwrap()),
    ];
    CertificationData {
        header: Header {
            sender: "mario.rossi@alfa.example".parse().unwrap(),
            recipients: recipients.try_into().unwrap(),
            reply_to: "\"Rossi, Mario\" <mario.rossi@alfa.example>".parse().unwrap(),
            subject: Some("Perché \"no\"? Città & <società> 😀".parse().unwrap()),
        },
        provider: "Alfa & Figli S.p.A.".parse().unwrap(),
        time: "2026-07-01T10:15:00+02:00".parse().unwrap(),
        pec_msgid: "a1.20260701101500.00042.01.1.2@pec.alfa.example".parse().unwrap(),
        msgid: Some("<m.42$7@host.example>".parse().unwrap()),
        event,
    }
}

/// Nothing that may be left out: no subject, no msgid, an empty reply address.
fn minimal() -> CertificationData {
    CertificationData {
        header: Header {
            sender: "mario.rossi@alfa.example".parse().unwrap(),
            recipients: Recipient::certified(anna()).into(),
            reply_to: "".parse().unwrap(),
            subject: None,
        },
        msgid: None,
        ..sample(Event::Acceptance)
    }
}
