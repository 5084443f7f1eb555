//! Two providers over real sockets with TLS: the whole transmission.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod world;

use pec_server::operate::{Order, send};
use world::{Provider, World, message};

#[tokio::test]
async fn a_message_goes_from_one_provider_to_the_other() {
    let world = World::start().await;
    let text = message("mario@alfa.example", "luigi@beta.example", "contratto");
    let said =
        world.alfa.submit("mario@alfa.example", &["luigi@beta.example"], &text, &world.clock).await;
    assert!(said.starts_with("250 "), "{said}");
    let got = world
        .beta
        .wait_for("luigi@beta.example", &["POSTA CERTIFICATA: contratto"], &world.clock)
        .await;
    assert_eq!(got.len(), 1);
    assert!(got[0].contains("\r\n\r\nPerché no?\r\n.punto"), "the original, unchanged");
    assert!(got[0].contains("X-Trasporto: posta-certificata"));
    let expected = ["ACCETTAZIONE: contratto", "CONSEGNA: contratto"];
    let receipts = world.alfa.wait_for("mario@alfa.example", &expected, &world.clock).await;
    assert_eq!(receipts.len(), 2);
    // The take-in-charge went to the provider, not to the user.
    assert!(!receipts.iter().any(|receipt| receipt.contains("PRESA IN CARICO")));
    world.stop().await;
}

/// The receipts of a subject, after those of an order.
async fn reissued(world: &World, from: &Provider, event: &str) -> Vec<String> {
    let before = world.alfa.mailbox("mario@alfa.example", &world.clock).await.len();
    let lost = from.running.gestore().store().read(|view| {
        let log = view.log("n1", 1, 100)?;
        Ok(log.into_iter().find_map(|entry| entry.record.pec_msgid))
    });
    let order = Order::Reissue {
        holder: "mario@alfa.example".parse().unwrap(),
        transmission: lost.await.unwrap().unwrap(),
        event: event.to_owned(),
        recipient: None,
    };
    let said = send(&from.folder, &order).await.unwrap();
    assert!(said.contains("again"), "{said}");
    for _ in 0..100 {
        if world.alfa.mailbox("mario@alfa.example", &world.clock).await.len() > before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    world.alfa.mailbox("mario@alfa.example", &world.clock).await.split_off(before)
}

#[tokio::test]
async fn lost_receipts_come_back_whole_while_the_store_has_them() {
    let world = World::start().await;
    let (mario, luigi) = ("mario@alfa.example", "luigi@beta.example");
    let text = message(mario, luigi, "contratto");
    world.alfa.submit(mario, &[luigi], &text, &world.clock).await;
    let expected = ["ACCETTAZIONE: contratto", "CONSEGNA: contratto"];
    let receipts = world.alfa.wait_for(mario, &expected, &world.clock).await;
    let of = |subject: &str| {
        let line = format!("\r\nSubject: {subject}");
        receipts.iter().find(|receipt| receipt.contains(&line)).unwrap()
    };
    // Our own user gets the very octets.
    let again = reissued(&world, &world.alfa, "Accettazione").await;
    assert_eq!(again, [of(expected[0]).clone()]);
    // Another provider's user gets the complete receipt with an identifier of its own.
    let again = reissued(&world, &world.beta, "Consegna").await;
    assert_eq!(again.len(), 1);
    assert!(again[0].contains("\r\nSubject: CONSEGNA: contratto"));
    assert!(again[0].contains("\r\n\r\nPerché no?\r\n.punto"), "the original is in it");
    assert_ne!(again[0], *of(expected[1]));
    // After a purge it is made from the log.
    world.clock.advance(chrono::TimeDelta::days(40));
    send(&world.alfa.folder, &Order::Purge).await.unwrap();
    let again = reissued(&world, &world.alfa, "Accettazione").await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0], *of(expected[0]));
    world.stop().await;
}

#[tokio::test]
async fn mail_inside_a_domain_goes_the_whole_way() {
    let world = World::start().await;
    world::add(&world.alfa.running, "anna@alfa.example", &world.clock).await;
    let text = message("mario@alfa.example", "anna@alfa.example", "dentro");
    let said =
        world.alfa.submit("mario@alfa.example", &["anna@alfa.example"], &text, &world.clock).await;
    assert!(said.starts_with("250 "), "{said}");
    world.alfa.wait_for("anna@alfa.example", &["POSTA CERTIFICATA: dentro"], &world.clock).await;
    let expected = ["ACCETTAZIONE: dentro", "CONSEGNA: dentro"];
    world.alfa.wait_for("mario@alfa.example", &expected, &world.clock).await;
    world.stop().await;
}

#[tokio::test]
async fn an_unknown_recipient_and_a_virus_come_back_as_notices() {
    let world = World::start().await;
    let (user, clock) = ("mario@alfa.example", &world.clock);
    let text = message(user, "nessuno@beta.example", "ignoto");
    let said = world.alfa.submit(user, &["nessuno@beta.example"], &text, clock).await;
    assert!(said.starts_with("250 "), "{said}");
    world.alfa.wait_for(user, &["AVVISO DI MANCATA CONSEGNA: ignoto"], clock).await;

    let eicar =
        concat!("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");
    let text = message(user, "luigi@beta.example", "virus") + "\r\n" + eicar;
    let said = world.alfa.submit(user, &["luigi@beta.example"], &text, clock).await;
    assert!(said.starts_with("250 "), "{said}");
    let expected = ["AVVISO DI NON ACCETTAZIONE PER VIRUS: virus"];
    world.alfa.wait_for(user, &expected, clock).await;
    world.stop().await;
}

#[tokio::test]
async fn without_an_answer_the_notices_come_in_time() {
    let world = World::start_with(|config| {
        // Alfa does not find beta.
        config.relay.routes.remove("beta.example");
    })
    .await;
    let (user, clock) = ("mario@alfa.example", &world.clock);
    let text = message(user, "luigi@beta.example", "silenzio");
    world.alfa.submit(user, &["luigi@beta.example"], &text, clock).await;
    world.alfa.wait_for(user, &["ACCETTAZIONE: silenzio"], clock).await;
    for (hours, count) in [(13, 2), (12, 3)] {
        clock.advance(chrono::TimeDelta::hours(hours));
        world.alfa.running.wake();
        let notice = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: silenzio";
        for _ in 0..100 {
            if world.alfa.mailbox(user, clock).await.len() == count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let messages = world.alfa.wait_for(user, &[notice], clock).await;
        assert_eq!(messages.len(), count, "after {hours} more hours");
    }
    world.stop().await;
}
