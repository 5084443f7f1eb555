//! `pec` beside what one would use instead, on the same messages, one core each: Python's `email`
//! with `ElementTree` for looking, one `openssl cms -verify` a message for verifying.
//!
//! `cargo bench -p pec-client --bench side_by_side` prints a table; `PEC_MESSAGES` says how many
//! messages (2000), `PEC_SAMPLES_ONLY` a folder of `.eml` to use instead of made ones.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "a benchmark ends by panicking, and prints"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::World;

const PYTHON: &str = include_str!("look.py");

fn main() {
    // Under `cargo test --benches` there is nothing to measure.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let count = std::env::var("PEC_MESSAGES").ok().and_then(|text| text.parse().ok());
    let count: usize = count.unwrap_or(2000);
    let world = World::new();
    let octets = furnish(&world, count);
    let average = octets as f64 / count as f64 / 1e3;
    println!("{count} messages, {average:.1} KB each on average, one core\n");
    let script = world.write("look.py", PYTHON.as_bytes());
    let files: Vec<PathBuf> = (0..count).map(|number| world.path(&file(number))).collect();

    let inspect = best(3, || run(world.command(&["--json", "inspect", "posta"])));
    let mut python = Command::new("taskset");
    python.args(["-c", "0", "python3"]).arg(script).arg("posta");
    let python = best(2, || run_in(&world, &mut python));

    let trust = ["--trust", "ca.pem", "--crls", "crl", "--directory", "gestori.ldif"];
    let verify =
        best(3, || run(world.command(&[&["--json", "verify", "posta"][..], &trust].concat())));
    let some = files.len().min(200);
    let openssl = each(&files[..some], |path| {
        let mut openssl = Command::new("openssl");
        openssl.args(["cms", "-verify", "-purpose", "any", "-CAfile", "ca.pem", "-in"]).arg(path);
        openssl.args(["-out", "/dev/null"]);
        run_in(&world, &mut openssl);
    });
    let alone = each(&files[..some], |path| {
        let path = path.to_str().unwrap();
        run(world.command(&[&["--json", "verify", path][..], &trust].concat()));
    });

    let per = |time: Duration, messages: usize| time.as_secs_f64() * 1e6 / messages as f64;
    let (inspect, python) = (per(inspect, count), per(python, count));
    let (verify, openssl, alone) = (per(verify, count), per(openssl, some), per(alone, some));
    let row = |what: &str, ours: f64, peer: &str, theirs: f64| {
        let ratio = theirs / ours;
        println!("| {what} | {ours:.0} | {ratio:.1} times as fast | {peer} ({theirs:.0} µs) |");
    };
    println!("| what | µs a message | ratio | to |");
    println!("|---|---|---|---|");
    row("`pec inspect --json` of a folder", inspect, "Python `email` + `ElementTree`", python);
    let openssl_each = "one `openssl cms -verify` a message";
    row("`pec verify --json` of a folder", verify, openssl_each, openssl);
    row("one `pec verify --json` a message", alone, openssl_each, openssl);
}

fn file(number: usize) -> String {
    format!("posta/{number:05}.eml")
}

/// Receipts, envelopes, and every fourth message a delivery with a PDF of 30 KB.
fn furnish(world: &World, count: usize) -> usize {
    let kinds = ["ricevuta.eml", "busta.eml", "presa.eml", "consegna.eml"];
    let messages: Vec<Vec<u8>> = match std::env::var_os("PEC_SAMPLES_ONLY") {
        None => kinds.iter().map(|name| world.read(name)).collect(),
        Some(folder) => {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let mut paths: Vec<_> = entries.collect();
            paths.sort();
            paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
        }
    };
    (0..count)
        .map(|number| {
            let message = &messages[number % messages.len()];
            world.write(&file(number), message);
            message.len()
        })
        .sum()
}

fn best(rounds: usize, mut run: impl FnMut() -> Duration) -> Duration {
    (0..rounds).map(|_| run()).min().unwrap()
}

fn each(files: &[PathBuf], mut run: impl FnMut(&PathBuf)) -> Duration {
    let start = Instant::now();
    files.iter().for_each(&mut run);
    start.elapsed()
}

fn run(mut command: Command) -> Duration {
    timed(command.stdin(Stdio::null()))
}

fn run_in(world: &World, command: &mut Command) -> Duration {
    timed(command.current_dir(world.folder.path()))
}

fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let time = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 1 | 3)), "{command:?}");
    time
}
