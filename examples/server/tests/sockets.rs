//! What only shows over real sockets: limits of time and number, TLS, hostile clients and servers.
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

use std::sync::Arc;
use std::time::Duration;

use pec_server::clock::{Clock, ManualClock};
use pec_server::tls::{Trust, connector};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use world::{Client, World, message};

type PlainClient = Client<TcpStream>;

async fn incoming(world: &World) -> PlainClient {
    let port = world.beta.running.ports().incoming.unwrap();
    let mut client = Client::new(TcpStream::connect(port).await.unwrap());
    assert!(client.reply().await.starts_with("220 "));
    client
}

/// From MAIL to the end of data; the last reply.
async fn deliver(client: &mut PlainClient, from: &str, to: &[&str], text: &str) -> String {
    client.say("EHLO mx.gamma.example").await;
    let said = client.say(&format!("MAIL FROM:<{from}>")).await;
    assert!(said.starts_with("250"), "{said}");
    let mut replies = Vec::new();
    for recipient in to {
        replies.push(client.say(&format!("RCPT TO:<{recipient}>")).await);
    }
    let said = client.say("DATA").await;
    if !said.starts_with("354") {
        return format!("{}{said}", replies.concat());
    }
    client.say(&format!("{text}\r\n.")).await
}

#[tokio::test]
async fn ordinary_mail_comes_in_an_anomaly_envelope() {
    let world = World::start().await;
    let mut client = incoming(&world).await;
    let text = message("a@gamma.example", "luigi@beta.example", "saluti");
    let said = deliver(&mut client, "a@gamma.example", &["luigi@beta.example"], &text).await;
    assert!(said.starts_with("250"), "{said}");
    let expected = ["ANOMALIA MESSAGGIO: saluti"];
    let got = world.beta.wait_for("luigi@beta.example", &expected, &world.clock).await;
    assert!(got[0].contains("Received: from mx.gamma.example ([127.0.0.1])"));
    // The port relays for nobody, and takes no logins.
    let said = client.say("MAIL FROM:<a@gamma.example>").await;
    assert!(said.starts_with("250"), "{said}");
    let said = client.say("RCPT TO:<b@delta.example>").await;
    assert!(said.starts_with("554 5.7.1"), "{said}");
    let said = client.say("AUTH PLAIN AGEAYg==").await;
    assert!(said.starts_with("502"), "{said}");
    world.stop().await;
}

#[tokio::test]
async fn a_certified_message_in_the_clear_is_refused() {
    let world = World::start().await;
    let user = "mario@alfa.example";
    let text = message(user, "luigi@beta.example", "chiaro");
    world.alfa.submit(user, &["luigi@beta.example"], &text, &world.clock).await;
    let expected = ["POSTA CERTIFICATA: chiaro"];
    let got = world.beta.wait_for("luigi@beta.example", &expected, &world.clock).await;
    let mut client = incoming(&world).await;
    let envelope = got[0].trim_end().replace("\r\n.", "\r\n..");
    let said = deliver(&mut client, user, &["luigi@beta.example"], &envelope).await;
    assert!(said.starts_with("554 5.7.0"), "{said}");
    world.stop().await;
}

#[tokio::test]
async fn recipients_of_ordinary_mail_that_differ_come_alone() {
    let world = World::start().await;
    let mut client = incoming(&world).await;
    let to = ["luigi@beta.example", "nessuno@beta.example"];
    client.say("EHLO mx.gamma.example").await;
    client.say("MAIL FROM:<a@gamma.example>").await;
    assert!(client.say(&format!("RCPT TO:<{}>", to[0])).await.starts_with("250"));
    assert!(client.say(&format!("RCPT TO:<{}>", to[1])).await.starts_with("452 4.5.3"));
    // A path of the PEC network is not split: who is unknown is told by a receipt.
    client.say("RSET").await;
    client.say("MAIL FROM:<mario@alfa.example>").await;
    for recipient in to {
        assert!(client.say(&format!("RCPT TO:<{recipient}>")).await.starts_with("250"));
    }
    world.stop().await;
}

#[tokio::test]
async fn nobody_writes_in_the_name_of_another() {
    let world = World::start().await;
    let mut client = world.alfa.tls(world.alfa.running.ports().submission_tls, &world.clock).await;
    client.reply().await;
    client.say("EHLO client.example").await;
    let login = format!("\0mario@alfa.example\0{}", world::PASSWORD);
    let login = encodify::base64::STANDARD.encode(login);
    assert!(client.say(&format!("AUTH PLAIN {login}")).await.starts_with("235"));
    let said = client.say("MAIL FROM:<anna@alfa.example>").await;
    assert!(said.starts_with("553 5.7.1"), "{said}");
    assert!(client.say("MAIL FROM:<>").await.starts_with("553 5.7.1"));
    assert!(client.say("MAIL FROM:<Mario@ALFA.example>").await.starts_with("250"));
    world.stop().await;
}

#[tokio::test]
async fn a_silent_client_and_a_slow_one_are_let_go() {
    let world = World::start_with(|config| {
        config.limits.idle_seconds = 1;
        config.limits.message_seconds = 2;
    })
    .await;
    let mut silent = incoming(&world).await;
    assert!(silent.rest().await.starts_with("421 4.4.2"));
    let mut slow = incoming(&world).await;
    slow.say("EHLO a").await;
    slow.say("MAIL FROM:<a@gamma.example>").await;
    slow.say("RCPT TO:<luigi@beta.example>").await;
    slow.say("DATA").await;
    // Never silent for long, and never at an end: slow loris.
    let mut said = String::new();
    for _ in 0..20 {
        slow.put("x").await;
        let answer = tokio::time::timeout(Duration::from_millis(300), slow.reply()).await;
        if let Ok(answer) = answer {
            said = answer;
            break;
        }
    }
    assert!(said.starts_with("421 4.4.2"), "{said}");
    world.stop().await;
}

#[tokio::test]
async fn a_command_that_never_ends_is_not_waited_for() {
    let world = World::start_with(|config| config.limits.idle_seconds = 1).await;
    let ports = world.alfa.running.ports();
    for (port, expected) in [(ports.submission, "421 4.4.2"), (ports.pop3, "-ERR [SYS/TEMP]")] {
        let mut stream = TcpStream::connect(port.unwrap()).await.unwrap();
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer).await.unwrap();
        // A command that ends in time gives as much time for the next one.
        stream.write_all(b"NOOP\r\nN").await.unwrap();
        let _ = stream.read(&mut buffer).await.unwrap();
        let mut said = String::new();
        let start = std::time::Instant::now();
        for _ in 0..20 {
            let _ = stream.write_all(b"O").await;
            let read = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut buffer));
            if let Ok(Ok(count)) = read.await {
                said = String::from_utf8_lossy(&buffer[..count]).into_owned();
                break;
            }
        }
        assert!(said.starts_with(expected), "{said}");
        assert!(start.elapsed() < Duration::from_secs(3));
    }
    world.stop().await;
}

#[tokio::test]
async fn connections_are_counted() {
    let world = World::start_with(|config| config.limits.connections_per_peer = 3).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(incoming(&world).await);
    }
    let port = world.beta.running.ports().incoming.unwrap();
    let mut one_more = Client::new(TcpStream::connect(port).await.unwrap());
    assert_eq!(one_more.rest().await, "", "closed without a word");
    drop(clients.pop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(incoming(&world).await);
    world.stop().await;
}

#[tokio::test]
async fn broken_tls_and_broken_messages_leave_nothing_behind() {
    let world = World::start().await;
    // A handshake that breaks off, and one that is none.
    let port = world.alfa.running.ports().submission_tls.unwrap();
    for octets in [b"\x16\x03\x01\x02\x00\x01".as_slice(), b"EHLO client.example\r\n"] {
        let mut stream = TcpStream::connect(port).await.unwrap();
        stream.write_all(octets).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"220"), "a dialogue without TLS");
    }
    // A client that goes away in the middle of a message.
    let mut client = incoming(&world).await;
    client.say("EHLO a").await;
    client.say("MAIL FROM:<a@gamma.example>").await;
    client.say("RCPT TO:<luigi@beta.example>").await;
    client.say("DATA").await;
    client.put("Subject: mezzo\r\n\r\nmezz").await;
    drop(client);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(world.beta.mailbox("luigi@beta.example", &world.clock).await.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn starttls_and_stls_lead_to_the_same_places() {
    let world = World::start().await;
    let trust = Trust::Anybody;
    let connector = connector(&trust, Arc::new(world.clock.clone())).unwrap();
    for (port, ask) in [
        (world.alfa.running.ports().submission, "STARTTLS"),
        (world.alfa.running.ports().pop3, "STLS"),
    ] {
        let mut stream = TcpStream::connect(port.unwrap()).await.unwrap();
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer).await.unwrap();
        stream.write_all(format!("{ask}\r\n").as_bytes()).await.unwrap();
        let count = stream.read(&mut buffer).await.unwrap();
        let said = String::from_utf8_lossy(&buffer[..count]).into_owned();
        assert!(said.starts_with("220") || said.starts_with("+OK"), "{said}");
        let name = ServerName::try_from("alfa.example").unwrap();
        let mut client = Client::new(connector.connect(name, stream).await.unwrap());
        client.put(if ask == "STLS" { "CAPA" } else { "EHLO a" }).await;
        let said = client.line().await;
        assert!(said.starts_with("+OK") || said.starts_with("250"), "{said}");
    }
    world.stop().await;
}

#[tokio::test]
async fn an_expired_certificate_is_seen_by_our_clock() {
    let world = World::start().await;
    let later = ManualClock::at(world.clock.now() + chrono::TimeDelta::days(800));
    let pem = std::fs::read(world.alfa.folder.join("trust/tls-authorities.pem")).unwrap();
    let trust = Trust::Authorities(pec_server::tls::certificates(&pem).unwrap());
    let connect = async |clock: &ManualClock| {
        let connector = connector(&trust, Arc::new(clock.clone())).unwrap();
        let port = world.alfa.running.ports().submission_tls.unwrap();
        let stream = TcpStream::connect(port).await.unwrap();
        let name = ServerName::try_from("alfa.example").unwrap();
        connector.connect(name, stream).await.map(|_| ())
    };
    assert!(connect(&world.clock).await.is_ok());
    assert!(connect(&later).await.is_err());
    world.stop().await;
}

#[tokio::test]
async fn a_next_hop_without_tls_gets_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mx.beta.example\r\n").await.unwrap();
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer).await.unwrap();
        stream.write_all(b"250-mx.beta.example\r\n250 PIPELINING\r\n").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        String::from_utf8_lossy(&rest).into_owned()
    });
    let world = World::start_with(|config| {
        if let Some(route) = config.relay.routes.get_mut("beta.example") {
            route.connect = Some(address.to_string());
        }
    })
    .await;
    let user = "mario@alfa.example";
    let text = message(user, "luigi@beta.example", "segreto");
    world.alfa.submit(user, &["luigi@beta.example"], &text, &world.clock).await;
    let heard = heard.await.unwrap();
    assert!(!heard.contains("MAIL"), "{heard}");
    world.stop().await;
}

#[tokio::test]
async fn health_and_metrics_are_told() {
    let world = World::start().await;
    let port = world.alfa.running.ports().metrics.unwrap();
    for (path, expected) in [("/health", "ok\n"), ("/metrics", "pec_"), ("/x", "404")] {
        let mut client = Client::new(TcpStream::connect(port).await.unwrap());
        client.put(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n")).await;
        let said = client.rest().await;
        assert!(said.contains(expected), "{path}: {said}");
    }
    world.stop().await;
}
