//! What is renewed while a gestore runs: directory, keys, revocation lists.
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

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_server::config::{KeyFiles, Signing, TrustSection};
use pec_server::init::Pki;
use pec_server::server::Server;
use pec_server::world::{Keys, fetch_crls, next_update};
use pec_smime::sign::Signer as _;
use world::World;

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_newer_directory_is_taken_and_a_damaged_one_is_not() {
    let world = World::start().await;
    let running = &world.alfa.running;
    let knows = |domain: &str| running.gestore().world().directory.manager(domain).is_some();
    assert!(knows("beta.example") && !knows("gamma.example"));
    let file = world.alfa.folder.join("directory/directory.ldif.p7m");
    let obtained = running.gestore().world().directory.obtained_at();

    std::fs::write(&file, b"no directory at all").unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(knows("beta.example"), "the old one serves on");
    assert_eq!(running.gestore().world().directory.obtained_at(), obtained);

    let order = pec_server::init::Init {
        folder: world.folder.path().join("gamma"),
        domain: "gamma.example".to_owned(),
        name: "Gamma".to_owned(),
        pki: world.folder.path().join("pki"),
    };
    pec_server::init::init(&order, now()).unwrap();
    world.clock.advance(TimeDelta::hours(1));
    std::fs::copy(world.folder.path().join("pki/directory.ldif.p7m"), &file).unwrap();
    for _ in 0..100 {
        if knows("gamma.example") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(knows("gamma.example"));
    assert_eq!(running.gestore().world().directory.obtained_at(), obtained + TimeDelta::hours(1));
    let later = now() + TimeDelta::hours(2);
    let kept = running.gestore().store().read(move |view| view.directories(now(), later)).await;
    assert_eq!(kept.unwrap().len(), 2, "both editions are kept");

    // Who looks after it is told who signs now, and that an old edition comes again.
    let told = async |alarm: &str| {
        let name = format!("pec_directory_alarms_total{{alarm=\"{alarm}\"}}");
        world.alfa.metric(&name).await
    };
    assert!(told("NewSigner").await >= 1.0);
    let beta = world.beta.folder.join("directory/directory.ldif.p7m");
    std::fs::copy(beta, &file).unwrap();
    for _ in 0..100 {
        if !knows("gamma.example") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!knows("gamma.example"), "an operator may go back");
    assert!(told("Shrinking").await >= 1.0);
    world.stop().await;
}

/// A key that is exchanged in two steps makes no directory go unseen meanwhile.
#[tokio::test]
async fn a_directory_that_comes_with_a_broken_file_is_taken_when_that_is_mended() {
    let world = World::start().await;
    let running = &world.alfa.running;
    let obtained = || running.gestore().world().directory.obtained_at();
    let before = obtained();
    let key = world.alfa.folder.join("signing/provider.key");
    let mended = std::fs::read(&key).unwrap();
    let directory = world.alfa.folder.join("directory/directory.ldif.p7m");
    let octets = std::fs::read(&directory).unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    std::fs::write(&key, b"half a key").unwrap();
    std::fs::write(&directory, octets).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(obtained(), before);
    std::fs::write(&key, mended).unwrap();
    for _ in 0..100 {
        if obtained() > before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(obtained(), before + TimeDelta::minutes(1));
    world.stop().await;
}

/// The same directory again is in force again, for a gestore that starts anew too.
#[tokio::test]
async fn a_restart_makes_a_directory_neither_younger_nor_older() {
    let World { folder, clock, alfa, beta } = World::start_now(|_| {}).await;
    let (home, first) = (alfa.folder, alfa.running.gestore().world().directory.obtained_at());
    alfa.running.stop().await;
    beta.running.stop().await;
    let obtained = async || {
        let config = world::local(&home, world::free_port());
        let running = Server::start(&home, config, Arc::new(clock.clone())).await.unwrap();
        let at = running.gestore().world().directory.obtained_at();
        running.stop().await;
        at
    };
    // The file was put there later than our clock shows; the store keeps microseconds.
    assert!((first - obtained().await).abs() < TimeDelta::milliseconds(1));
    clock.advance(TimeDelta::hours(30));
    let put = obtained().await;
    assert!(first < put && put < first + TimeDelta::hours(1), "{put}");
    let file = home.join("directory/directory.ldif.p7m");
    let octets = std::fs::read(&file).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    std::fs::write(&file, octets).unwrap();
    assert!(obtained().await > put);
    folder.close().unwrap();
}

#[tokio::test]
async fn another_certificate_is_shown_to_new_connections_and_a_broken_one_to_none() {
    let world = World::start().await;
    let (alfa, clock) = (&world.alfa, &world.clock);
    let port = alfa.running.ports().submission_tls;
    let pki = Pki::open(&world.folder.path().join("pki"), now()).unwrap();
    let shown = async || alfa.tls(port, clock).await.certificate();
    let first = shown().await;
    let mut old = alfa.tls(port, clock).await;
    old.reply().await;
    let put = |issued: &pec_server::init::Issued| issued.write(&alfa.folder.join("tls"), "server");

    // What cannot be used leaves everything as it is: octets of no certificate, another's key, a
    // certificate that is not valid yet.
    std::fs::write(alfa.folder.join("tls/server.pem"), b"no certificate").unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shown().await, first);
    let second = pki.server("alfa.example", now()).unwrap();
    std::fs::write(alfa.folder.join("tls/server.pem"), &second.pem).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shown().await, first);
    let early = pki.server("alfa.example", now() + TimeDelta::days(3)).unwrap();
    put(&early).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shown().await, first);
    // It is put off, not forgotten: when it has become valid it is shown.
    clock.advance(TimeDelta::days(2) + TimeDelta::minutes(1));
    let until = async |expected: &[u8]| {
        for _ in 0..100 {
            if shown().await == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the certificate is not shown");
    };
    until(&early.der).await;
    put(&second).unwrap();
    until(&second.der).await;

    // A connection from before goes on.
    assert!(old.say("EHLO client.example").await.starts_with("250"));
    let failures = async || alfa.metric("pec_reload_failures_total").await;
    assert!(failures().await >= 3.0);
    assert!(alfa.metric("pec_tls_seconds_left").await > 0.0);
    world.stop().await;
}

#[test]
fn of_two_keys_the_first_that_is_valid_signs() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::open(&folder.path().join("pki"), now()).unwrap();
    let crypto = pec_crypto_aws_lc::provider();
    let mut keys = Vec::new();
    // Certificates are for two years: the old one ends in a month.
    for (name, made) in [("old", now() - TimeDelta::days(700)), ("new", now())] {
        let issued = pki.provider("Alfa", "alfa.example", made).unwrap();
        issued.write(folder.path(), name).unwrap();
        let file = |ending: &str| Path::new(&format!("{name}.{ending}")).to_owned();
        keys.push((KeyFiles { certificate: file("pem"), key: file("key") }, issued.der));
    }
    let signing = Signing { keys: keys.iter().map(|(files, _)| files.clone()).collect() };
    let read = Keys::read(folder.path(), &signing, &crypto).unwrap();
    let signer = |at: DateTime<Utc>| read.at(at).map(|signer| signer.certificate().der().to_vec());
    assert_eq!(signer(now()).unwrap(), keys[0].1);
    assert_eq!(signer(now() + TimeDelta::days(31)).unwrap(), keys[1].1);
    assert!(signer(now() + TimeDelta::days(800)).is_err());

    let exchanged =
        Signing { keys: vec![KeyFiles { certificate: "old.pem".into(), key: "new.key".into() }] };
    let error = Keys::read(folder.path(), &exchanged, &crypto).unwrap_err().to_string();
    assert!(error.contains("new.key"), "{error}");
}

#[test]
fn revocation_lists_are_fetched_before_they_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("crls")).unwrap();
    let pki = Pki::open(&folder.path().join("pki"), now()).unwrap();
    let list = pki.revocation_list(now()).unwrap();
    let newer = pki.revocation_list(now() + TimeDelta::days(364)).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/list.crl", server.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        for list in [&list, &newer, &b"no list".to_vec()] {
            let (mut stream, _) = server.accept().unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", list.len());
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(list).unwrap();
        }
    });
    let section = TrustSection {
        anchors: "anchors".into(),
        crls: "crls".into(),
        crl_urls: vec![url],
        crl_refresh_hours: 6,
    };
    let fetch = |at| fetch_crls(folder.path(), &section, at);
    assert_eq!(fetch(now()), 1);
    assert_eq!(fetch(now() + TimeDelta::days(300)), 0, "it is fresh: nobody is asked");
    let end = next_update(folder.path(), &section).unwrap();
    assert_eq!(end, now() + TimeDelta::days(365));
    assert_eq!(fetch(end - TimeDelta::hours(5)), 1);
    let renewed = next_update(folder.path(), &section).unwrap();
    assert!(renewed > end);
    assert_eq!(fetch(renewed), 0, "what is no list is not kept");
    assert_eq!(next_update(folder.path(), &section), Some(renewed));
    serving.join().unwrap();
}
