//! strace makes the system calls of the real program on its disk fail, one after the other, while
//! it works: what it acknowledged is delivered exactly once, with its receipts, after it was
//! started again; where it cannot go on it says so and ends.
//!
//! `cargo test -p pec-server --test faults -- --ignored --nocapture` plays a sample;
//! `FAILURE_STEP=1` every call (`.ci/long`, some hours), `CALLS=rename` these alone. strace counts
//! the calls of each thread for itself.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault stops the test"
)]

mod process;
mod world;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use process::{Answer, Provider, judge, number, providers, settled};
use tokio::time::{sleep, timeout};

/// What fails, and whether it goes on failing from then on.
#[derive(Clone, Copy, Debug)]
struct Fault {
    call: &'static str,
    error: &'static str,
    is_lasting: bool,
    /// Of the sample: every so many calls.
    step: u64,
}

/// Either of the two; SQLite takes the first, as it is built.
const SYNC: &str = "fsync,fdatasync";

/// Bodies are written by `write`, the database and its log by `pwrite64`.
const FAULTS: [Fault; 10] = [
    fault(SYNC, "EIO", false, 13),
    fault(SYNC, "EIO", true, 23),
    fault("pwrite64", "EIO", false, 149),
    fault("pwrite64", "EIO", true, 401),
    fault("pwrite64", "ENOSPC", false, 149),
    fault("pwrite64", "ENOSPC", true, 401),
    fault("write", "EIO", false, 1),
    fault("write", "ENOSPC", true, 1),
    fault("rename", "EIO", false, 3),
    fault("rename", "ENOSPC", true, 4),
];

const fn fault(call: &'static str, error: &'static str, is_lasting: bool, step: u64) -> Fault {
    Fault { call, error, is_lasting, step }
}

/// The texts of a round's messages: large ones are files of their own.
const OCTETS: [usize; 5] = [700, 200_000, 70, 100_000, 7_000];
/// How long what was handed in may work while calls fail.
const WINDOW: Duration = Duration::from_millis(700);

/// What came of the rounds of one fault.
#[derive(Debug, Default)]
struct Tally {
    rounds: u64,
    acknowledged: Vec<String>,
    put_off: u64,
    unanswered: u64,
    /// Rounds in which the program ended by itself.
    ended: u64,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: needs strace, takes minutes"]
async fn nothing_acknowledged_is_lost_when_calls_fail() {
    let only = std::env::var("CALLS").ok();
    let step = std::env::var("FAILURE_STEP").ok().and_then(|step| step.parse().ok());
    for (number, fault) in FAULTS.into_iter().enumerate() {
        let is_wanted = |only: &String| {
            only.split(',').any(|one| fault.call.split(',').any(|call| call == one))
        };
        if !only.as_ref().is_none_or(is_wanted) {
            continue;
        }
        // A sample takes the two in turn: who sends, and who receives.
        for victim in 0..2 {
            if step.is_some() || number % 2 == victim || only.is_some() {
                let fault = Fault { step: step.unwrap_or(fault.step), ..fault };
                play(fault, victim).await;
            }
        }
    }
}

/// Nobody starts it again: what could not even be put off while the disk was full goes on soon.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: needs strace"]
async fn a_disk_that_is_full_for_a_while_delays_and_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    alfa.start();
    assert!(alfa.is_up().await, "{}", alfa.complaints());
    let acknowledged: Vec<String> = (0..5).map(|message| format!("pieno-{message}x")).collect();
    for subject in &acknowledged {
        assert_eq!(alfa.submit(subject, 7_000).await, Answer::Acknowledged);
    }
    // Beta does not run, so alfa tries again and again, and writes down when.
    let trace = alfa.home.with_extension("trace");
    let mut full = strace(fault("pwrite64", "ENOSPC", true, 1), "1+", &alfa.home, &trace);
    let mut full = full.args(["-p", &alfa.id().to_string()]).spawn().unwrap();
    sleep(Duration::from_secs(5)).await;
    let said = alfa.submit("troppo", 70).await;
    assert!(matches!(&said, Answer::PutOff(reply) if reply.starts_with("451")), "{said:?}");
    // Told to end, strace lets it go.
    let told = Command::new("kill").arg(full.id().to_string()).status().unwrap();
    assert!(told.success());
    full.wait().unwrap();
    let failed = memchr::memmem::find_iter(&fs::read(trace).unwrap(), b"(INJECTED)").count();
    println!("the disk was full {failed} times");
    assert!(failed > acknowledged.len(), "the disk was not full");
    beta.start();
    let started = Instant::now();
    let mail = settled([&alfa, &beta], &acknowledged, Duration::from_secs(60)).await;
    assert_eq!(judge(&mail, &acknowledged, &alfa.complaints()), 0);
    println!("all {} delivered {:?} later", acknowledged.len(), started.elapsed());
    for provider in [&alfa, &beta] {
        assert!(provider.terminate().success());
        provider.check();
    }
}

/// All rounds of a fault of one provider, and what came of them.
async fn play(fault: Fault, victim: usize) {
    let folder = tempfile::tempdir().unwrap();
    let pair = providers(folder.path());
    let [alfa, beta] = &pair;
    let (victim, other) = if victim == 0 { (alfa, beta) } else { (beta, alfa) };
    other.start();
    assert!(other.is_up().await, "{}", other.complaints());
    let mut tally = Tally::default();
    let mut nth = 1;
    while round(fault, nth, alfa, victim, &mut tally).await {
        tally.rounds += 1;
        nth += fault.step;
    }
    victim.start();
    assert!(victim.is_up().await, "{}", victim.complaints());
    let patience = Duration::from_secs(number("PATIENCE", 120));
    settled([alfa, beta], &tally.acknowledged, patience).await;
    // What would come twice is tried again within two seconds.
    sleep(Duration::from_secs(3)).await;
    let mail = settled([alfa, beta], &tally.acknowledged, patience).await;
    let how = format!("{fault:?} of {}", victim.domain);
    let besides = judge(&mail, &tally.acknowledged, &how);
    let Tally { rounds, acknowledged, put_off, unanswered, ended } = tally;
    println!(
        "{}: {} {}{}: {rounds} rounds, {ended} ended it; of {} messages {} acknowledged, \
         {put_off} put off, {unanswered} unanswered ({besides} of them there)",
        victim.domain,
        fault.call,
        fault.error,
        if fault.is_lasting { " from then on" } else { "" },
        acknowledged.len() as u64 + put_off + unanswered,
        acknowledged.len(),
    );
    assert!(rounds > 0 && !acknowledged.is_empty(), "{how}: nothing was tried");
    for provider in &pair {
        assert!(provider.terminate().success());
        provider.check();
    }
}

/// Works with the n-th call failing; whether there was one.
async fn round(
    fault: Fault,
    nth: u64,
    alfa: &Provider,
    victim: &Provider,
    tally: &mut Tally,
) -> bool {
    let trace = victim.home.with_extension("trace");
    let when = if fault.is_lasting { format!("{nth}+") } else { nth.to_string() };
    let mut strace = strace(fault, &when, &victim.home, &trace);
    strace.arg("--seccomp-bpf"); // only the calls that matter are slower
    victim.start_under(strace);
    let is_up = victim.is_up().await;
    if is_up || victim.domain != alfa.domain {
        for (message, octets) in OCTETS.into_iter().enumerate() {
            let subject = format!("{}-{nth}-{message}x", fault.error);
            match timeout(Duration::from_secs(10), alfa.submit(&subject, octets)).await {
                Ok(Answer::Acknowledged) => tally.acknowledged.push(subject),
                Ok(Answer::PutOff(reply)) => {
                    assert!(reply.starts_with('4'), "{subject}: {reply}");
                    tally.put_off += 1;
                }
                Ok(Answer::Silence) | Err(_) => tally.unanswered += 1,
            }
        }
        let until = Instant::now() + WINDOW;
        while !victim.has_ended() && Instant::now() < until {
            sleep(Duration::from_millis(50)).await;
        }
    }
    let has_ended = victim.has_ended();
    let status = victim.terminate();
    let complaints = victim.complaints();
    let how = format!("{fault:?}, call {nth} of {}: {status}: {complaints}", victim.domain);
    assert!(!complaints.contains("panicked"), "{how}");
    match status.code() {
        // Told to stop, and it did.
        Some(0) => assert!(!has_ended, "{how}"),
        Some(1) => {
            assert!(complaints.lines().any(|line| line.starts_with("gestore: ")), "{how}");
            tally.ended += 1;
        }
        _ => panic!("{how}"),
    }
    let trace = fs::read(trace).unwrap();
    memchr::memmem::find(&trace, b"(INJECTED)").is_some()
}

/// strace with its injection. Of `write` only what goes into bodies: sockets and pipes do not fail
/// with the disk.
fn strace(fault: Fault, when: &str, home: &Path, trace: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(trace);
    command.args(["-e", &format!("trace={}", fault.call)]);
    command.args(["-e", &format!("inject={}:error={}:when={when}", fault.call, fault.error)]);
    if fault.call == "write" {
        for number in 0..60 {
            // `object_store` writes to a name of its own first.
            let path = home.join(format!("store/bodies/incoming/{number}#1"));
            command.arg("-P").arg(path);
        }
    }
    command
}
