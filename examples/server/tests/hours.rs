//! The real program, its clock moved by libfaketime: the notices of 12 and 24 hours come once each,
//! also when it did not run while they became due, and nothing is doubled when the other provider
//! comes back.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod process;
mod world;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use process::{Answer, LUIGI, MARIO, Provider, Subjects, providers};
use tokio::time::sleep;

const NOTICE: &str = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO";

/// The library for programs with threads; Debian's folder bears the name of the architecture.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let mut files = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    files.find(|file| file.exists()).expect("libfaketime: run tests/judges/install.sh")
}

/// Starts it so many hours later. What it waits for and measures stays true, only the date moves.
async fn start_after(provider: &Provider, hours: u32) {
    provider.start_with(&[
        ("LD_PRELOAD", library().to_str().unwrap()),
        ("FAKETIME", &format!("+{hours}h")),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ]);
    assert!(provider.is_up().await, "{}", provider.complaints());
}

async fn stop(provider: &Provider) {
    assert!(provider.terminate().success(), "{}", provider.complaints());
}

/// Waits until a subject is so often in a mailbox, then a while for what should not come.
async fn wait_for(provider: &Provider, user: &str, subject: &str, count: u32) -> Subjects {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let subjects = provider.subjects(user).await.unwrap_or_default();
        if subjects.get(subject).copied().unwrap_or(0) >= count {
            break;
        }
        let complaints = provider.complaints();
        assert!(Instant::now() < until, "{subject}: {count}, {subjects:?}: {complaints}");
        sleep(Duration::from_millis(100)).await;
    }
    sleep(Duration::from_secs(2)).await;
    provider.subjects(user).await.unwrap()
}

/// Exactly these, so often each.
fn exactly(subjects: &Subjects, expected: &[(String, u32)]) {
    let found: Vec<(String, u32)> = subjects.iter().map(|(s, n)| (s.clone(), *n)).collect();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(found, expected);
}

fn of(what: &str, subject: &str) -> String {
    format!("{what}: {subject}")
}

/// A message accepted for a provider that does not run; alfa was stopped, too.
async fn accepted(alfa: &Provider, subject: &str) {
    start_after(alfa, 0).await;
    assert_eq!(alfa.submit(subject, 70).await, Answer::Acknowledged);
    let receipt = of("ACCETTAZIONE", subject);
    exactly(&wait_for(alfa, MARIO, &receipt, 1).await, &[(receipt, 1)]);
    stop(alfa).await;
}

#[tokio::test]
#[ignore = "judge: libfaketime"]
async fn both_notices_come_once_and_the_envelope_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    accepted(&alfa, "silenzio").await;
    let (acceptance, notice) = (of("ACCETTAZIONE", "silenzio"), of(NOTICE, "silenzio"));
    // Twice each, since a restart must not say again what was said.
    for (hours, notices) in [(13, 1), (13, 1), (25, 2), (25, 2)] {
        start_after(&alfa, hours).await;
        let mail = wait_for(&alfa, MARIO, &notice, notices).await;
        exactly(&mail, &[(acceptance.clone(), 1), (notice.clone(), notices)]);
        stop(&alfa).await;
    }
    start_after(&alfa, 25).await;
    start_after(&beta, 25).await;
    sleep(Duration::from_secs(5)).await;
    exactly(&beta.subjects(LUIGI).await.unwrap(), &[]);
    exactly(&alfa.subjects(MARIO).await.unwrap(), &[(acceptance, 1), (notice.clone(), 2)]);
    // RFC 6109 §3.1.6: the second says that it is final.
    let mailbox = alfa.mailbox(MARIO).await.unwrap();
    let is_final = mailbox.iter().filter(|message| message.contains(&notice)).map(|message| {
        let mail = pec_message::read(message.as_bytes());
        let data = mail.daticert().unwrap().read_strictly().unwrap();
        data.event.error_detail().unwrap().as_str().starts_with("5.4.1")
    });
    assert_eq!(is_final.collect::<Vec<_>>(), [false, true]);
    for provider in [&alfa, &beta] {
        stop(provider).await;
        provider.check();
    }
}

#[tokio::test]
#[ignore = "judge: libfaketime"]
async fn a_provider_that_comes_back_in_time_delivers_once_and_spares_the_last_notice() {
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    accepted(&alfa, "ritardo").await;
    let (acceptance, notice) = (of("ACCETTAZIONE", "ritardo"), of(NOTICE, "ritardo"));
    start_after(&alfa, 13).await;
    wait_for(&alfa, MARIO, &notice, 1).await;
    start_after(&beta, 13).await;
    let (delivery, envelope) = (of("CONSEGNA", "ritardo"), of("POSTA CERTIFICATA", "ritardo"));
    wait_for(&alfa, MARIO, &delivery, 1).await;
    for provider in [&alfa, &beta] {
        stop(provider).await;
        start_after(provider, 25).await;
    }
    sleep(Duration::from_secs(3)).await;
    exactly(&beta.subjects(LUIGI).await.unwrap(), &[(envelope, 1)]);
    let expected = [(acceptance, 1), (notice, 1), (delivery, 1)];
    exactly(&alfa.subjects(MARIO).await.unwrap(), &expected);
    for provider in [&alfa, &beta] {
        stop(provider).await;
        provider.check();
    }
}
