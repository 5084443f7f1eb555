//! What the tests of this crate share: one draft for each row of norms §1.3, and their world.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::LazyLock;

use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, Header, NonAcceptanceCause, PecMsgid,
    ReceiptType, Recipient,
};
use pec_message::brief::BriefCopy;
use pec_message::original::Original;
use pec_message::write::{Anomaly, Draft, Issue, SystemAddress};
use pec_smime::crypto::CryptoProvider;

/// Submitted by Mario to Anna and others: text, a PDF, an attached message, an unnamed image.
pub(crate) const ORIGINAL: &str = include_str!("../../testdata/original.eml");

/// The same in 8-bit text, with a raw 8-bit subject and no identifier.
pub(crate) const EIGHT_BIT: &[u8] = include_bytes!("../../testdata/original-8bit.eml");

pub(crate) const TRANSMISSION: &str = "a1.20260701081500.42.4f2ac11d93e0b7a85561fe08d2c7439a";

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn original() -> Original<'static> {
    Original::new(ORIGINAL.as_bytes()).unwrap()
}

/// The original as it is delivered: with the identifier of its transmission.
pub(crate) fn delivered() -> Original<'static> {
    static DELIVERED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        original().identified(&data(Event::Acceptance).pec_msgid).unwrap().to_vec()
    });
    Original::new(&DELIVERED).unwrap()
}

/// The certification data of an event of the transmission of [`ORIGINAL`].
pub(crate) fn data(event: Event) -> CertificationData {
    let original = original();
    let recipients = vec![
        Recipient::certified(address("anna@beta.example")),
        Recipient::certified(address("ufficio.protocollo@beta.example")),
        Recipient::external(address("o'neill@gamma.example")),
    ];
    CertificationData {
        header: Header {
            sender: address("mario.rossi@alfa.example"),
            recipients: recipients.try_into().unwrap(),
            reply_to: original.reply_to(),
            subject: original.subject(),
        },
        provider: "Alfa & Figli S.p.A.".parse().unwrap(),
        time: "2026-07-01T10:15:00+02:00".parse().unwrap(),
        pec_msgid: format!("{TRANSMISSION}@pec.alfa.example").parse().unwrap(),
        msgid: original.msgid(),
        event,
    }
}

pub(crate) fn alfa() -> SystemAddress {
    SystemAddress::at("pec.alfa.example").unwrap()
}

/// The message as issued by Alfa, the sender's provider, or by Beta, the recipient's.
pub(crate) fn issue(provider: &str) -> Issue {
    let id = format!("{provider}1.20260701081500.7.c0ffee00c0ffee00c0ffee00c0ffee00");
    let message_id: PecMsgid = format!("{id}@pec.{provider}.example").parse().unwrap();
    Issue { from: SystemAddress::at(&format!("pec.{provider}.example")).unwrap(), message_id }
}

pub(crate) fn delivery(receipt_type: ReceiptType) -> CertificationData {
    data(Event::Delivery { receipt_type, delivered_to: address("anna@beta.example") })
}

pub(crate) fn envelope() -> Draft<'static> {
    let data = data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
    Draft::transport_envelope(&data, &alfa(), &original()).unwrap()
}

pub(crate) fn anomaly(original: &Original<'_>) -> Anomaly {
    Anomaly {
        sender: Some(address("mario.rossi@alfa.example")),
        recipients: address("anna@beta.example").into(),
        subject: original.subject(),
        reason: "la firma digitale del messaggio non risulta attendibile".parse().unwrap(),
        time: "2026-07-01T10:15:00+02:00".parse().unwrap(),
    }
}

/// Every row of norms §1.3, and variants: name of the golden, draft.
pub(crate) fn drafts() -> Vec<(&'static str, Draft<'static>)> {
    let mut drafts = notifications();
    drafts.extend(deliveries());
    drafts.extend(envelopes());
    drafts
}

fn notifications() -> Vec<(&'static str, Draft<'static>)> {
    let notification =
        |provider: &str, event| Draft::notification(&data(event), &issue(provider)).unwrap();
    let refused =
        |cause, detail: &str| Event::NonAcceptance { cause, error_detail: detail.parse().unwrap() };
    let error = |cause, detail: &str| Event::DeliveryError {
        cause,
        delivered_to: address("anna@beta.example"),
        receipt_type: None,
        error_detail: detail.parse().unwrap(),
    };
    let late = |detail: &str| Event::DeliveryNotice {
        delivered_to: address("anna@beta.example"),
        error_detail: detail.parse().unwrap(),
    };
    let unlike = "indirizzi <From> e MAIL FROM non coincidenti";
    let virus = "Eicar-Test-Signature";
    let unknown = "5.1.1 - Beta PEC S.p.A. - indirizzo non valido";
    let first = "4.4.7 - Alfa & Figli S.p.A. - nessuna conferma nelle prime dodici ore";
    let last = "5.4.1 - Alfa & Figli S.p.A. - il messaggio non è stato consegnato nelle \
                ventiquattro ore successive al suo invio";
    use NonAcceptanceCause::{FormalException, Virus};
    vec![
        ("accettazione", notification("alfa", Event::Acceptance)),
        ("non-accettazione", notification("alfa", refused(FormalException, unlike))),
        ("non-accettazione-virus", notification("alfa", refused(Virus, virus))),
        ("errore-consegna", notification("beta", error(DeliveryErrorCause::NoRecipient, unknown))),
        ("errore-consegna-virus", notification("alfa", error(DeliveryErrorCause::Virus, virus))),
        ("preavviso-12-ore", notification("alfa", late(first))),
        ("preavviso-24-ore", notification("alfa", late(last))),
        ("presa-in-carico", take_in_charge()),
        ("rilevazione-virus", virus_detection()),
    ]
}

pub(crate) fn take_in_charge() -> Draft<'static> {
    let taken = vec![address("anna@beta.example"), address("ufficio.protocollo@beta.example")];
    let data = data(Event::TakeInCharge { received_for: taken.try_into().unwrap() });
    Draft::take_in_charge(&data, &issue("beta"), &address("ricevute@pec.alfa.example")).unwrap()
}

fn virus_detection() -> Draft<'static> {
    let data = data(Event::VirusDetection {
        delivered_to: address("anna@beta.example"),
        error_detail: "Eicar-Test-Signature".parse().unwrap(),
    });
    let mailbox = address("ricevute@pec.alfa.example");
    Draft::virus_detection(&data, &issue("beta"), &mailbox).unwrap()
}

fn deliveries() -> Vec<(&'static str, Draft<'static>)> {
    let copy = BriefCopy::new(&delivered(), &CryptoProvider::rustcrypto()).unwrap();
    let complete = delivery(ReceiptType::Complete);
    let brief = delivery(ReceiptType::Brief);
    let concise = delivery(ReceiptType::Concise);
    let issue = issue("beta");
    vec![
        ("avvenuta-consegna", Draft::complete_delivery(&complete, &issue, &delivered()).unwrap()),
        ("avvenuta-consegna-breve", Draft::brief_delivery(&brief, &issue, &copy).unwrap()),
        ("avvenuta-consegna-sintetica", Draft::notification(&concise, &issue).unwrap()),
    ]
}

fn envelopes() -> Vec<(&'static str, Draft<'static>)> {
    let eight_bit = Original::new(EIGHT_BIT).unwrap();
    let asked = Event::TransportEnvelope { receipt_type: eight_bit.requested_receipt() };
    let mut data = data(asked);
    data.header.reply_to = eight_bit.reply_to();
    data.header.subject = eight_bit.subject();
    data.msgid = eight_bit.msgid();
    let from_nobody = Anomaly { sender: None, ..anomaly(&eight_bit) };
    let issue = issue("beta");
    vec![
        ("posta-certificata", envelope()),
        ("posta-certificata-8bit", Draft::transport_envelope(&data, &alfa(), &eight_bit).unwrap()),
        ("anomalia", Draft::anomaly_envelope(&anomaly(&original()), &issue, &original()).unwrap()),
        (
            "anomalia-senza-mittente",
            Draft::anomaly_envelope(&from_nobody, &issue, &eight_bit).unwrap(),
        ),
    ]
}
