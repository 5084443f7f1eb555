//! A lost notification, made again: what stays and what is new.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{data, delivery, issue};
use pec_daticert::{CertificationData, Event, EventTime, Kind, ReceiptType};
use pec_message::read;
use pec_message::write::{Draft, WriteError};

fn later() -> EventTime {
    "2026-11-22T09:30:00+01:00".parse().unwrap()
}

fn reissued(data: &CertificationData) -> Vec<u8> {
    let mut message = Vec::new();
    let draft = Draft::reissue(data, &issue("beta"), &later()).unwrap();
    draft.write_unsigned(&mut message).unwrap();
    message
}

/// norms 73: the certification data are those of then; date and identifier are new; a text part of
/// its own says so, and the readable text stays the first part.
#[test]
fn the_data_stay_and_the_message_is_new() {
    for data in [data(Event::Acceptance), delivery(ReceiptType::Concise)] {
        let message = reissued(&data);
        let mail = read(&message);
        assert_eq!(mail.daticert().unwrap().read_strictly().unwrap(), data);
        let claimed = mail.claimed();
        assert_eq!(claimed.date.unwrap(), later().to_datetime());
        assert_eq!(claimed.message_id.unwrap(), issue("beta").message_id.to_message_id());
        assert_eq!(claimed.kind.pec(), Some(data.kind().into()));
        let texts: Vec<String> = mail
            .parts()
            .filter(|part| part.media_type() == "text/plain")
            .map(|part| String::from_utf8_lossy(&part.decode().into_octets()).into_owned())
            .collect();
        let [text, remark] = texts.as_slice() else { panic!("{texts:?}") };
        assert!(text.contains("Il giorno 01/07/2026 alle ore 10:15:00 (+0200) il messaggio"));
        assert!(remark.starts_with("Messaggio emesso nuovamente"), "{remark}");
        assert!(remark.contains("il giorno 01/07/2026 alle ore 10:15:00 (+0200)"), "{remark}");
        assert!(remark.contains("di nuovo il giorno 22/11/2026"), "{remark}");
        assert!(remark.contains(data.pec_msgid.as_str()), "{remark}");
        assert!(mail.oddities().is_empty(), "{:?}", mail.oddities());
    }
}

/// What holds an original, and what goes to providers, is not made from data alone.
#[test]
fn only_notifications_are_made_again() {
    let envelope = data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
    let taken = common::address("anna@beta.example");
    for (data, kind) in [
        (envelope, Kind::TransportEnvelope),
        (delivery(ReceiptType::Complete), Kind::Delivery),
        (delivery(ReceiptType::Brief), Kind::Delivery),
        (data(Event::TakeInCharge { received_for: taken.into() }), Kind::TakeInCharge),
    ] {
        let refused = Draft::reissue(&data, &issue("beta"), &later()).err();
        assert_eq!(refused, Some(WriteError::OtherKind { kind: kind.into() }));
    }
}
