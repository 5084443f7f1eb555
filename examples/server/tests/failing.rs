//! The real program when its disk fails: it puts clients off, ends with an error, and goes on where
//! it was when it is started again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod process;
mod world;

use std::fs;
use std::process::Command;
use std::time::Duration;

use process::{Answer, judge, providers, settled, text};

/// So large that its octets are a file of their own.
const LARGE: usize = 100_000;

#[tokio::test]
async fn a_gestore_whose_store_fails_ends_and_can_be_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    for provider in [&alfa, &beta] {
        provider.start();
        assert!(provider.is_up().await, "{}", provider.complaints());
    }
    assert_eq!(alfa.submit("prima", LARGE).await, Answer::Acknowledged);

    // Large bodies come in here.
    let incoming = alfa.home.join("store/bodies/incoming");
    fs::rename(&incoming, alfa.home.join("aside")).unwrap();
    fs::write(&incoming, b"no folder").unwrap();
    let said = alfa.submit("durante", LARGE).await;
    assert!(matches!(&said, Answer::PutOff(reply) if reply.starts_with("451 4.3.0")), "{said:?}");
    for _ in 0..100 {
        if alfa.has_ended() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(alfa.has_ended(), "it goes on without a store: {}", alfa.complaints());
    assert_eq!(alfa.terminate().code(), Some(1));
    let complaints = alfa.complaints();
    assert!(complaints.contains("gestore: the store failed: input or output"), "{complaints}");

    fs::remove_file(&incoming).unwrap();
    fs::rename(alfa.home.join("aside"), &incoming).unwrap();
    alfa.start();
    assert!(alfa.is_up().await, "{}", alfa.complaints());
    assert_eq!(alfa.submit("dopo", LARGE).await, Answer::Acknowledged);
    let acknowledged = ["prima", "dopo"].map(str::to_owned);
    let mail = settled([&alfa, &beta], &acknowledged, Duration::from_secs(60)).await;
    assert_eq!(judge(&mail, &acknowledged, "after the failure"), 0);
    for provider in [&alfa, &beta] {
        assert!(provider.terminate().success());
        provider.check();
    }
}

/// Connections that do nothing take all descriptors: no body can be opened, but nothing is lost
/// that somebody was promised, so the store need not be opened again.
#[tokio::test]
async fn a_gestore_without_descriptors_puts_off_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    beta.start();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 60; exec \"$@\"", "sh"]);
    alfa.start_under(limited);
    for provider in [&alfa, &beta] {
        assert!(provider.is_up().await, "{}", provider.complaints());
    }
    let mut client = alfa.begin_submission().await.unwrap();
    let mut idle = Vec::new();
    while idle.len() < 60 {
        // The system takes connections that the gestore cannot.
        idle.push(alfa.knock().await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let reply = client.say(&text("durante", LARGE)).await;
    assert!(reply.starts_with("451 4.3.0"), "{reply}: {}", alfa.complaints());
    drop((client, idle));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!alfa.has_ended(), "{}", alfa.complaints());
    assert_eq!(alfa.submit("dopo", LARGE).await, Answer::Acknowledged);
    let acknowledged = ["dopo".to_owned()];
    let mail = settled([&alfa, &beta], &acknowledged, Duration::from_secs(60)).await;
    assert_eq!(judge(&mail, &acknowledged, "after the descriptors came back"), 0);
    for provider in [&alfa, &beta] {
        assert!(provider.terminate().success());
        provider.check();
    }
}
