//! A network of gestori, simulated: everything that goes wrong, from one seed.
//!
//! In a debug build a few seeds run; `SEEDS=200 cargo test --release -p pec-tests --test
//! simulation` runs what CI runs, and `cargo run --release -p pec-tests -- simulate --seeds 200`
//! the same with more to read.

mod durable;
mod sabotage;

use pec_tests::simulation::{Campaign, Fault, Mode, Options, simulate};

/// How many seeds run: `$SEEDS`, else few or many by the build.
fn seeds(debug: u64, release: u64) -> u64 {
    let usual = if cfg!(debug_assertions) { debug } else { release };
    std::env::var("SEEDS").map_or(usual, |seeds| seeds.parse().expect("SEEDS is a number"))
}

#[test]
fn seeds_keep_the_rules() {
    let hours = if cfg!(debug_assertions) { 30 } else { 72 };
    let campaign = Campaign::seeds(0..seeds(8, 60), hours);
    println!("{campaign}");
    campaign.demand();
    // A world in which nothing happens would keep every rule.
    assert!(campaign.counts["transmissions"] >= campaign.runs);
    assert!(campaign.counts["deposits"] > 2 * campaign.counts["transmissions"]);
    assert!(campaign.counts["crashes"] > 0);
}

#[test]
fn a_seed_is_one_history() {
    let run = || simulate(&Options { hours: 24, real: Some(false), ..Options::of(3, Mode::Swarm) });
    let (one, other) = (run(), run());
    assert_eq!(one.counts, other.counts);
    assert_eq!(one.crash_points, other.crash_points);
}

/// With real signatures, whatever the share of the seeds is.
#[test]
fn real_signatures_keep_the_rules() {
    let options = Options { hours: 8, gestori: Some(2), ..Options::of(5, Mode::Swarm) };
    let report = simulate(&Options { real: Some(true), letters_a_day: Some(12), ..options });
    report.demand();
    assert!(report.is_real && report.count("messages signed") > 0, "{report}");
}

/// In a sound world everything is delivered and nobody gets a notice.
#[test]
fn a_sound_world_delivers_everything() {
    let report = simulate(&Options { hours: 24, ..Options::of(11, Mode::CrashAt(0)) });
    report.demand();
    assert!(report.count("transmissions") > 0, "{report}");
    assert_eq!(report.count("told: first notice") + report.count("told: final notice"), 0);
    assert_eq!(report.count("told: failed"), 0, "{report}");
    let recipients = report.count("recipients: certified");
    assert_eq!(report.count("told: delivered"), recipients, "{report}");
}

/// One crash, at each point of a small world in turn.
#[test]
fn a_crash_anywhere_changes_nothing() {
    let campaign = Campaign::crash_everywhere(if cfg!(debug_assertions) { 1 } else { 2 });
    println!("a crash at each of {} points: {campaign}", campaign.runs - 1);
    campaign.demand();
    assert_eq!(campaign.counts["crashes"], campaign.runs - 1);
}

/// Every fault alone, so that none hides behind another.
#[test]
fn every_fault_alone_keeps_the_rules() {
    let faults = Fault::ALL.len() as u64;
    let each = if cfg!(debug_assertions) { 1 } else { 3 };
    let campaign = Campaign::run(0..faults * each, |number| {
        let fault = Fault::ALL[usize::try_from(number % faults).unwrap()].0;
        let options = Options::of(number, Mode::Swarm);
        Options { hours: 30, faults: Some(vec![fault]), real: Some(false), ..options }
    });
    println!("{faults} faults alone: {campaign}");
    campaign.demand();
}

/// As long as the log is kept (RFC 6109 §2.3).
#[test]
#[ignore = "long: 30 months of three gestori; `pec-tests simulate --months 30` in .ci/run"]
fn thirty_months_with_ten_messages_a_day() {
    let report = simulate(&Options::months(30, 30));
    println!("{report}");
    report.demand();
    assert!(report.count("transmissions") > 20_000);
}
