//! Delivery receipts (*ricevute di avvenuta consegna*).

use pec_daticert::{Kind, ReceiptType};
use pec_gestore::log::LogEvent;
use pec_gestore::testkit::Network;

use crate::world::*;

/// Mario's message with these fields goes to Anna and Luca; the types of their receipts.
fn receipts(fields: &str) -> Vec<(String, ReceiptType)> {
    let mut network = network();
    network.submit(MARIO, &[ANNA, LUCA], &message(fields)).unwrap();
    network.run();
    types(&network)
}

fn types(network: &Network) -> Vec<(String, ReceiptType)> {
    let delivered = of_kind(network, MARIO, Kind::Delivery);
    let mut types: Vec<_> = delivered
        .iter()
        .map(|data| {
            let to = data.event.delivered_to().unwrap().to_string();
            (to, data.event.receipt_type().unwrap())
        })
        .collect();
    types.sort();
    types
}

fn both(anna: ReceiptType, luca: ReceiptType) -> Vec<(String, ReceiptType)> {
    vec![(ANNA.to_owned(), anna), (LUCA.to_owned(), luca)]
}

/// rfc6109 §3.3.2.1#3, norms 39: for every recipient its own, by type and by To and Cc.
#[test]
fn the_receipt_is_the_one_asked_for_and_concise_for_copies() {
    use ReceiptType::{Brief, Complete, Concise};
    let addressed = "To: anna@beta.example\r\nCc: luca@beta.example\r\n";
    for (wanted, anna, luca) in [
        ("", Complete, Concise),
        ("X-TipoRicevuta: completa\r\n", Complete, Concise),
        ("X-TipoRicevuta: breve\r\n", Brief, Concise),
        ("X-TipoRicevuta: sintetica\r\n", Concise, Concise),
    ] {
        let fields = format!("{addressed}{wanted}");
        assert_eq!(receipts(&fields), both(anna, luca), "{wanted}");
    }
    let all = "To: anna@beta.example, luca@beta.example\r\n";
    assert_eq!(receipts(all), both(Complete, Complete));
}

/// rfc6109 §3.3.2.1#1: who stands in both fields is a primary recipient.
#[test]
fn in_doubt_the_receipt_is_complete() {
    use ReceiptType::Complete;
    let doubtful = "To: anna@beta.example, Luca <LUCA@beta.example>\r\n\
                    Cc: luca@beta.example, anna@beta.example\r\n";
    assert_eq!(receipts(doubtful), both(Complete, Complete));
}

/// norms 37: at the instant of the deposit, whose row is in the same plan.
#[test]
fn the_receipt_bears_the_instant_of_the_deposit() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &[ANNA]);
    network.run();
    network.unreachable.clear();
    network.advance_to(hours(3));
    network.run();
    let delivered = of_kind(&network, MARIO, Kind::Delivery);
    assert_eq!(delivered[0].time.to_utc(), hours(3));
    let deposits = made(&network, BETA, LogEvent::Deposito);
    assert_eq!(deposits.iter().map(|record| record.time).collect::<Vec<_>>(), [hours(3)]);
}

/// rfc6109 §3.3.2#1, norms 38: also where no receipt follows, as for receipts themselves.
#[test]
fn receipts_are_delivered_unchanged() {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    for message in network.mailbox(MARIO) {
        // The signature of the provider that made it holds over what lies in the mailbox.
        assert!(matches!(network.judge(message), pec_gestore::Judgement::Certified(_)));
    }
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance, Kind::Delivery]);
}
