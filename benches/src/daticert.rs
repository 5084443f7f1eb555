//! Certification data of the usual size.

use pec_daticert::{CertificationData, Event, ReceiptType, Recipient, fuzzing};

/// A delivery receipt for a message with six recipients; its document has about 1.8 KB.
///
/// # Panics
/// Never: the values are constants that are legal.
#[must_use]
pub fn usual() -> CertificationData {
    let address = |n: usize| format!("ufficio.protocollo.{n}@comune-di-esempio.example");
    let recipient = |n| Recipient::certified(address(n).parse().expect("a legal address"));
    let mut data = fuzzing::example();
    data.header.recipients =
        (1..=6).map(recipient).collect::<Vec<_>>().try_into().expect("six recipients");
    let subject = "Trasmissione dell'istanza n. 12345/2026 & allegati: richiesta di accesso agli \
                   atti del procedimento <REP_PROV> — integrazione della documentazione";
    data.header.subject = Some(subject.parse().expect("a legal subject"));
    data.event = Event::Delivery {
        receipt_type: ReceiptType::Complete,
        delivered_to: address(1).parse().expect("a legal address"),
    };
    data
}
