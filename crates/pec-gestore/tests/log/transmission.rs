//! Records of whole transmissions, as each of both providers logs them.

use pec_daticert::{CertificationData, DeliveryErrorCause, Event, ReceiptType};
use pec_gestore::Role;
use pec_gestore::log::{LogEvent, Record};

use crate::sample::{ALFA, ANNA, BETA, BRUNO, address, at, data, id};

pub(crate) fn taken(people: &[&str]) -> Event {
    let received_for: Vec<_> = people.iter().map(|person| address(person)).collect();
    Event::TakeInCharge { received_for: received_for.try_into().unwrap() }
}

pub(crate) fn delivered(person: &str) -> Event {
    Event::Delivery { receipt_type: ReceiptType::Complete, delivered_to: address(person) }
}

pub(crate) fn failed(person: &str, cause: DeliveryErrorCause) -> Event {
    Event::DeliveryError {
        cause,
        delivered_to: address(person),
        receipt_type: Some(ReceiptType::Complete),
        error_detail: "5.1.1 - casella inesistente".parse().unwrap(),
    }
}

pub(crate) fn notice(person: &str, detail: &str) -> Event {
    Event::DeliveryNotice { delivered_to: address(person), error_detail: detail.parse().unwrap() }
}

pub(crate) fn virus(person: &str) -> Event {
    Event::VirusDetection { delivered_to: address(person), error_detail: "Eicar".parse().unwrap() }
}

pub(crate) fn envelope() -> Event {
    Event::TransportEnvelope { receipt_type: ReceiptType::Complete }
}

/// A message that the provider of `role` made.
pub(crate) fn made(transmission: &str, role: Role, minutes: i64, event: Event) -> Record {
    let provider = if role == Role::Sender { ALFA } else { BETA };
    record(Record::made, transmission, provider, role, minutes, event).sent_by(ALFA)
}

fn record(
    make: fn(
        &CertificationData,
        Role,
        chrono::DateTime<chrono::Utc>,
        &pec_daticert::PecMsgid,
    ) -> Record,
    transmission: &str,
    provider: &str,
    role: Role,
    minutes: i64,
    event: Event,
) -> Record {
    let data = data(transmission, provider, minutes, event);
    // Every message has an identifier of its own, an envelope that of its transmission.
    let own = match data.event {
        Event::TransportEnvelope { .. } => transmission.to_owned(),
        _ => format!("{minutes}.{}", fingerprint(&data)),
    };
    make(&data, role, at(minutes), &id(&own))
}

fn fingerprint(data: &CertificationData) -> String {
    let kind = data.kind().as_str();
    let to = data.event.delivered_to().map_or("-", |to| to.local_part());
    format!("{kind}.{to}.{}", data.pec_msgid.as_str())
}

/// A message that the provider of `role` received from the other one.
pub(crate) fn received(transmission: &str, role: Role, minutes: i64, event: Event) -> Record {
    let provider = if role == Role::Sender { BETA } else { ALFA };
    let made = record(Record::made, transmission, provider, role, minutes, event);
    let message_id = made.generated[0].to_message_id().parse().unwrap();
    Record { is_received: true, generated: vec![], message_id: Some(message_id), ..made }
        .sent_by(ALFA)
}

/// What alfa logs of a message that anna and bruno got.
pub(crate) fn sent(transmission: &str) -> Vec<Record> {
    let from_beta = |minutes, event| received(transmission, Role::Sender, minutes, event);
    vec![
        made(transmission, Role::Sender, 0, Event::Acceptance),
        made(transmission, Role::Sender, 0, envelope()),
        from_beta(2, taken(&["ANNA@beta.example", BRUNO])),
        from_beta(3, delivered("Anna@beta.example")),
        from_beta(4, delivered(BRUNO)),
    ]
}

/// What beta logs of it.
pub(crate) fn taken_in(transmission: &str) -> Vec<Record> {
    let own = |minutes, event| made(transmission, Role::Receiver, minutes, event);
    let people = [address(ANNA), address(BRUNO)];
    vec![
        received(transmission, Role::Receiver, 1, envelope()).for_recipients(&people),
        own(1, taken(&[ANNA, "bruno@BETA.example"])),
        deposit(transmission, ANNA),
        own(2, delivered(ANNA)),
        deposit(transmission, BRUNO),
        own(3, delivered(BRUNO)),
    ]
}

pub(crate) fn deposit(transmission: &str, person: &str) -> Record {
    let data = data(transmission, ALFA, 0, envelope());
    Record::about(&data, LogEvent::Deposito, Role::Receiver, at(2))
        .sent_by(ALFA)
        .to(&address(person))
}
