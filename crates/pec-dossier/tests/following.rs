//! Following real, signed receipts, among mail that is none.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod common;

use common::*;
use pec_daticert::Event;
use pec_dossier::{Fed, Follows, Progress, Sent, UnmatchedReason};
use pec_message::original::Original;
use pec_message::write::{Draft, SystemAddress};
use pec_message::{Origin, authenticate, read};
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::TrustStore;

fn feed(follows: &mut Follows, world: &World, store: &TrustStore, name: &str, mail: &[u8]) -> Fed {
    let verification = Verifier::new(store, &world.crypto, Policy::strict()).message(mail, now());
    let mail = read(mail);
    let judged =
        authenticate(&mail, &verification, &Origin::directory(&world.directory, &world.crypto));
    follows.feed(name, &mail, &judged)
}

fn sent() -> Sent {
    Sent::from_claimed(&read(SENT.as_bytes()).claimed()).unwrap()
}

#[test]
fn a_mailbox_is_followed_to_the_end() {
    let world = World::new();
    let mut follows = Follows::new();
    follows.send(sent());
    for (number, mail) in world.receipts().iter().enumerate() {
        let fed = feed(&mut follows, &world, &world.store, &number.to_string(), mail);
        assert!(matches!(fed, Fed::New(_)), "{fed:?}");
    }
    let again = feed(&mut follows, &world, &world.store, "again", &world.accepted());
    assert!(matches!(again, Fed::Known(_)), "{again:?}");
    let follow = follows.by_msgid(&sent().msgid).next().unwrap();
    assert_eq!(follow.progress(now()), Progress::Delivered);
    assert_eq!(follow.contradictions(), []);
    assert_eq!(follow.receipts()[0].sources().collect::<Vec<_>>(), ["0", "again"]);
    assert_eq!(follows.unmatched().count(), 0);
}

/// What `pec extract --original` gives is as good as the kept copy.
#[test]
fn an_original_taken_out_of_a_receipt_is_followed() {
    let own = sent().msgid;
    let carried = SENT.replace(
        &format!("Message-ID: {own}"),
        &format!("Message-ID: <n1.2026.1@alfa.example>\r\nX-Riferimento-Message-ID: {own}"),
    );
    assert_ne!(carried, SENT);
    assert_eq!(Sent::from_claimed(&read(carried.as_bytes()).claimed()).unwrap(), sent());
}

/// norms 86: whatever lies in a mailbox, the rest goes on.
#[test]
fn nothing_stops_a_mailbox() {
    let world = World::new();
    let mut follows = Follows::new();
    follows.send(sent());
    let accepted = world.accepted();
    let forged = String::from_utf8(accepted.clone()).unwrap().replace("accettato", "rifiutato");
    let envelope = {
        let original = Original::new(SENT.as_bytes()).unwrap();
        let receipt_type = original.requested_receipt();
        let data = data(Event::TransportEnvelope { receipt_type }, 1);
        let from = SystemAddress::at("alfa.example").unwrap();
        let draft = Draft::transport_envelope(&data, &from, &original).unwrap();
        world.seal(&draft, &world.alfa)
    };
    let mails: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("octets", &[0xff; 300]),
        (
            "ordinary",
            b"From: x@y.example\r\nSubject: ACCETTAZIONE: Contratto n. 12\r\n\r\nciao\r\n",
        ),
        (
            "claiming",
            b"X-Ricevuta: accettazione\r\nX-Riferimento-Message-ID: <m1@pc.example>\r\n\r\n",
        ),
        ("forged", forged.as_bytes()),
        ("cut", &accepted[..accepted.len() / 2]),
        ("envelope", &envelope),
    ];
    for (name, mail) in mails {
        let fed = feed(&mut follows, &world, &world.store, name, mail);
        assert!(matches!(fed, Fed::Unmatched(_)), "{name}: {fed:?}");
    }
    let reason = |name: &str| {
        follows.unmatched().find(|unmatched| unmatched.source == name).unwrap().reason.clone()
    };
    assert_eq!(reason("ordinary"), UnmatchedReason::Ordinary);
    assert_eq!(reason("envelope"), UnmatchedReason::NotAReceipt);
    assert!(matches!(reason("forged"), UnmatchedReason::Untrusted { .. }));
    assert!(matches!(reason("claiming"), UnmatchedReason::Untrusted { .. }));
    let claiming = follows.unmatched().find(|unmatched| unmatched.source == "claiming").unwrap();
    assert_eq!(claiming.claimed_kind.as_deref(), Some("acceptance"));
    assert_eq!(claiming.claimed_reference.as_deref(), Some("<m1@pc.example>"));
    let forged = follows.unmatched().find(|unmatched| unmatched.source == "forged").unwrap();
    assert_eq!(forged.claimed_pec_msgid, Some(data(Event::Acceptance, 0).pec_msgid));
    assert_eq!(follows.iter().count(), 1, "nothing of it counts");
    let fed = feed(&mut follows, &world, &world.store, "genuine", &accepted);
    assert!(matches!(fed, Fed::New(_)));
    let json = serde_json::to_string(&follows).unwrap();
    assert_eq!(serde_json::from_str::<Follows>(&json).unwrap(), follows);
}

/// What cannot be told now is told when it is fed again.
#[test]
fn an_undecided_receipt_is_fed_again() {
    let world = World::new();
    let mut follows = Follows::new();
    follows.send(sent());
    let accepted = world.accepted();
    let fed = feed(&mut follows, &world, &world.anchor, "1", &accepted);
    assert!(matches!(fed, Fed::Unmatched(UnmatchedReason::Undecided { .. })), "{fed:?}");
    assert_eq!(follows.unmatched().count(), 1);
    assert!(matches!(feed(&mut follows, &world, &world.store, "1", &accepted), Fed::New(_)));
    assert_eq!(follows.unmatched().count(), 0);
}
