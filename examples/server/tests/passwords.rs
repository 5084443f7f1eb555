//! Holders change their passwords themselves.
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

use pec_server::accounts::add_user;
use pec_server::clock::Clock as _;
use pec_server::operate::{Order, send};
use pec_server::password::PasswordHasher;
use world::{PASSWORD, World};

const ANNA: &str = "anna@alfa.example";

/// What the server says to a login.
async fn login(world: &World, password: &str) -> String {
    let mut client = world.alfa.tls(world.alfa.running.ports().submission_tls, &world.clock).await;
    client.reply().await;
    client.say("EHLO client.example").await;
    let login = encodify::base64::STANDARD.encode(format!("\0{ANNA}\0{password}"));
    client.say(&format!("AUTH PLAIN {login}")).await
}

async fn change(world: &World, current: &str, password: &str) -> Result<String, String> {
    let order = Order::ChangePassword {
        address: ANNA.parse().unwrap(),
        current: current.to_owned(),
        password: password.to_owned(),
    };
    send(&world.alfa.folder, &order).await.map_err(|error| error.to_string())
}

// norms 93
#[tokio::test]
async fn a_first_password_is_changed_by_who_knows_it() {
    let world = World::start().await;
    let (store, hasher) = (world.alfa.running.gestore().store(), PasswordHasher::cheap_for_tests());
    let now = world.clock.now();
    add_user(store, &hasher, &ANNA.parse().unwrap(), PASSWORD, true, now).await.unwrap();
    assert!(login(&world, PASSWORD).await.starts_with("534"));

    let refused = change(&world, "quattro tigri 44", "cinque tigri 55").await.unwrap_err();
    assert_eq!(refused, "la password attuale non è corretta");
    for (weak, expected) in
        [("corta1", "almeno 8"), (PASSWORD, "diversa"), ("anna di 1999 righe", "indirizzo")]
    {
        let refused = change(&world, PASSWORD, weak).await.unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(login(&world, PASSWORD).await.starts_with("534"), "nothing has changed");

    change(&world, PASSWORD, "cinque tigri 55").await.unwrap();
    assert!(login(&world, "cinque tigri 55").await.starts_with("235"));
    assert!(login(&world, PASSWORD).await.starts_with("535"));
    change(&world, "cinque tigri 55", "sei tigri 66").await.unwrap();
    assert!(login(&world, "sei tigri 66").await.starts_with("235"));
    world.stop().await;
}

/// One who guesses at the order has guessed at the logins, and the other way round.
#[tokio::test]
async fn guesses_are_slowed_down() {
    let world = World::start().await;
    world::add(&world.alfa.running, ANNA, &world.clock).await;
    for _ in 0..6 {
        change(&world, "sbagliata 1", "cinque tigri 55").await.unwrap_err();
    }
    let later = change(&world, PASSWORD, "cinque tigri 55").await.unwrap_err();
    assert!(later.starts_with("troppi tentativi"), "{later}");
    assert!(login(&world, PASSWORD).await.starts_with("454"));
    world.clock.advance(chrono::TimeDelta::minutes(16));
    change(&world, PASSWORD, "cinque tigri 55").await.unwrap();
    world.stop().await;
}
