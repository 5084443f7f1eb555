//! RFC 6109 §3.1.5: the transport envelope.

use chrono::TimeDelta;
use pec_daticert::{Event, ReceiptType};
use pec_gestore::{Action, Judgement, Plan, Route, SmtpEnvelope};
use pec_message::{MessageKind, read};

use crate::access::{certified, submit};
use crate::letter::Letter;
use crate::world::{ANNA, LUCA, MARIO, network};

/// Domain, paths and instant of withdrawal of each relay.
fn relays(plan: &Plan) -> Vec<(&Route, &SmtpEnvelope, chrono::DateTime<chrono::Utc>)> {
    let relay = |action| match action {
        &Action::Relay { ref route, ref envelope, until, .. } => Some((route, envelope, until)),
        _ => None,
    };
    plan.effects().iter().filter_map(|effect| relay(&effect.action)).collect()
}

/// norms 23: the paths are the submission's, one relay for each domain, each recipient once.
#[test]
fn paths_are_those_of_the_submission() {
    let names = [ANNA, "x@posta.example", LUCA, "luca@alfa.example", "ANNA@BETA.example"];
    let plan = submit(&Letter::to(&names), &names);
    let relays = relays(&plan);
    let routes: Vec<&Route> = relays.iter().map(|(route, ..)| *route).collect();
    let provider = |domain: &str| Route::Provider(domain.to_owned());
    let ordinary = Route::Ordinary("posta.example".to_owned());
    assert_eq!(routes, [&provider("beta.example"), &ordinary, &provider("alfa.example")]);
    let paths: Vec<Vec<&str>> = relays
        .iter()
        .map(|(_, envelope, _)| envelope.forward_paths.iter().map(|one| one.as_str()).collect())
        .collect();
    assert_eq!(paths, [vec![ANNA, LUCA], vec!["x@posta.example"], vec!["luca@alfa.example"]]);
    let accepted_at = network().now();
    for (_, envelope, until) in relays {
        assert_eq!(envelope.reverse_path.as_ref().unwrap().as_str(), MARIO);
        assert_eq!(until, accepted_at + TimeDelta::hours(24));
    }
}

/// norms 23: what arrives is signed, and the original inside is the submission but for the
/// identifier.
#[test]
fn the_envelope_carries_the_original() {
    let mut network = network();
    let letter = Letter::to(&[ANNA]).and("Received", "from pc.example by alfa.example");
    network.submit(MARIO, &[ANNA], &letter.octets()).unwrap();
    network.run();
    let envelope = network
        .mailbox(ANNA)
        .find(|message| read(message).claimed().kind.pec() == Some(MessageKind::TransportEnvelope))
        .unwrap();
    let Judgement::Certified(mail) = network.judge(envelope) else { panic!("not certified") };
    let id = mail.data().pec_msgid.to_message_id();
    let expected = String::from_utf8(letter.octets()).unwrap().replace(
        "Message-ID: <m1@pc.example>",
        &format!("Message-ID: {id}\r\nX-Riferimento-Message-ID: <m1@pc.example>"),
    );
    let envelope = read(envelope);
    let carried = envelope.original().unwrap().octets();
    assert_eq!(String::from_utf8_lossy(&carried), expected);
    let claimed = envelope.claimed();
    assert_eq!(claimed.message_id.unwrap(), id);
    assert_eq!(claimed.to[0].address, ANNA);
    assert_eq!(claimed.reply_to[0].address, MARIO);
}

/// norms 26: what the sender asks for stands in the envelope, complete where it asks for nothing.
#[test]
fn the_requested_receipt_is_passed_on() {
    for (asked, expected) in [
        (None, ReceiptType::Complete),
        (Some("breve"), ReceiptType::Brief),
        (Some("SINTETICA"), ReceiptType::Concise),
        (Some("altra"), ReceiptType::Complete),
    ] {
        let letter = Letter::to(&[ANNA]);
        let letter = match asked {
            Some(word) => letter.and("X-TipoRicevuta", word),
            None => letter,
        };
        let plan = submit(&letter, &[ANNA]);
        let receipt_types: Vec<ReceiptType> =
            certified(&plan).iter().filter_map(|data| data.event.receipt_type()).collect();
        assert_eq!(receipt_types, [expected], "{asked:?}");
        let is_envelope = |data: &&_| matches!(data, Event::TransportEnvelope { .. });
        assert_eq!(certified(&plan).iter().map(|data| &data.event).filter(is_envelope).count(), 1);
    }
}

/// Effects stand in an order in which they can run: signed before sent.
#[test]
fn the_envelope_is_signed_before_it_is_sent() {
    let plan = submit(&Letter::to(&[ANNA, LUCA]), &[ANNA, LUCA]);
    let mut sealed = Vec::new();
    for effect in plan.effects() {
        match &effect.action {
            Action::Seal(_) => sealed.push(&effect.id),
            Action::Relay { message, .. } | Action::Deposit { message, .. } => match message {
                pec_gestore::MessageRef::Sealed(id) => assert!(sealed.contains(&id), "{id}"),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sealed.len(), 2);
}
