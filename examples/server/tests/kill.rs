//! The real program, killed at random moments under load: what was acknowledged is delivered
//! exactly once, each message with its receipts.
//!
//! `cargo test -p pec-server --test kill -- --ignored --nocapture` plays `KILL_ROUNDS` rounds (30);
//! `KILL_SEED` repeats the moments of an earlier run as far as the machine lets it.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "a fault stops the test")]

mod process;
mod world;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use process::{Answer, Provider, judge, number, providers, settled};
use tokio::time::{sleep, timeout};

/// Those who send at once.
const SENDERS: u32 = 4;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: kills processes again and again"]
async fn nothing_acknowledged_is_lost_or_doubled() {
    let rounds = number("KILL_ROUNDS", 30);
    let mut dice = Dice(number("KILL_SEED", u64::from(std::process::id())).max(1));
    let seed = dice.0;
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    let (alfa, beta) = (Arc::new(alfa), Arc::new(beta));
    for provider in [&alfa, &beta] {
        provider.start();
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let next = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (alfa, is_over) = (Arc::clone(&alfa), Arc::clone(&is_over));
            let (acknowledged, next) = (Arc::clone(&acknowledged), Arc::clone(&next));
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    let subject = format!("k{:06}x", next.fetch_add(1, Ordering::SeqCst));
                    match timeout(Duration::from_secs(5), alfa.submit(&subject, 7)).await {
                        Ok(Answer::Acknowledged) => acknowledged.lock().unwrap().push(subject),
                        _ => sleep(Duration::from_millis(20)).await,
                    }
                }
            })
        })
        .collect();
    play(rounds, &mut dice, [&alfa, &beta]).await;
    is_over.store(true, Ordering::SeqCst);
    for sender in senders {
        sender.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    let count = u64::try_from(acknowledged.len()).unwrap();
    let others = next.load(Ordering::SeqCst) - count;
    println!("seed {seed}: {rounds} rounds, {count} acknowledged, {others} not");
    assert!(count > rounds, "there was no load");
    let patience = Duration::from_secs(number("KILL_PATIENCE", 120));
    let mail = settled([&alfa, &beta], &acknowledged, patience).await;
    let besides = judge(&mail, &acknowledged, &format!("seed {seed}"));
    println!(
        "after {rounds} rounds each of the {count} was delivered once, with its acceptance and its \
         delivery receipt; so were {besides} that had no answer"
    );
    for provider in [&alfa, &beta] {
        assert!(provider.terminate().success());
        provider.check();
    }
}

async fn play(rounds: u64, dice: &mut Dice, [alfa, beta]: [&Provider; 2]) {
    for _ in 0..rounds {
        sleep(Duration::from_millis(100 + dice.next() % 500)).await;
        let victims: &[&Provider] = match dice.next() % 3 {
            0 => &[alfa],
            1 => &[beta],
            _ => &[alfa, beta],
        };
        for victim in victims {
            victim.kill();
        }
        sleep(Duration::from_millis(dice.next() % 100)).await;
        for victim in victims {
            victim.start();
        }
    }
    sleep(Duration::from_millis(500)).await;
}

/// The same moments from the same seed (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
