//! The documented JSON shape, and what is refused as JSON.
#![allow(
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use pec_daticert::{CertificationData, Event, Reading, ReceiptType};
use serde_json::{Value, json};

fn delivery() -> Value {
    let event =
        Event::Delivery { receipt_type: ReceiptType::Complete, delivered_to: common::anna() };
    serde_json::to_value(common::sample(event)).unwrap()
}

#[test]
fn the_shape_is_flat_with_english_names_and_italian_values() {
    assert_eq!(
        delivery(),
        json!({
            "kind": "avvenuta-consegna",
            "error": "nessuno",
            "sender": "mario.rossi@alfa.example",
            "recipients": [
                { "address": "anna@beta.example", "type": "certificato" },
                { "address": "ufficio.protocollo@beta.example", "type": "certificato" },
                { "address": "o'neill@gamma.example", "type": "esterno" },
            ],
            "reply_to": "\"Rossi, Mario\" <mario.rossi@alfa.example>",
            "subject": "Perché \"no\"? Città & <società> 😀",
            "provider": "Alfa & Figli S.p.A.",
            "time": "2026-07-01T10:15:00+02:00",
            "pec_msgid": "a1.20260701101500.00042.01.1.2@pec.alfa.example",
            "msgid": "<m.42$7@host.example>",
            "receipt_type": "completa",
            "delivered_to": "anna@beta.example",
        })
    );
}

#[test]
fn every_sample_comes_back() {
    for (name, data) in common::samples() {
        let json = serde_json::to_string(&data).unwrap();
        assert_eq!(serde_json::from_str::<CertificationData>(&json).unwrap(), data, "{name}");
    }
}

#[test]
fn a_reading_comes_back_with_what_was_not_understood() {
    let (_, data) = common::samples().remove(0);
    let xml = data.to_xml().unwrap().replace("10:15:00", "dopo").replace("esterno", "altrove");
    let (reading, _) = Reading::from_xml(xml.as_bytes()).unwrap();
    let json = serde_json::to_value(&reading).unwrap();
    assert_eq!(json["time"], json!({ "day": "01/07/2026", "hour": "dopo", "zone": "+0200" }));
    assert_eq!(json["recipients"][2]["type"], "altrove");
    assert_eq!(serde_json::from_value::<Reading>(json).unwrap(), reading);
}

#[test]
fn what_the_model_cannot_hold_is_refused() {
    for (field, value, complaint) in [
        ("kind", json!("consegna"), "not a value of `tipo`"),
        ("kind", json!("accettazione"), "<ricevuta>: `accettazione` does not have this element"),
        ("error", json!("virus"), "does not have errore=\"virus\""),
        ("sender", json!("a b@c.it"), "cannot stand in an address"),
        ("recipients", json!([]), "the list is empty"),
        ("subject", json!("a\r\nBcc: b@c.it"), "cannot stand in one line"),
        ("time", json!("2026-07-01 10:15"), "RFC 3339"),
        ("pec_msgid", json!("<a@b.it>"), "cannot stand in a message identifier"),
        ("delivered_to", Value::Null, "<consegna>: missing"),
        ("error_detail", json!("x"), "does not have this element"),
    ] {
        let mut json = delivery();
        json[field] = value;
        let error = serde_json::from_value::<CertificationData>(json).unwrap_err().to_string();
        assert!(error.contains(complaint), "{field}: {error}");
    }
}
