//! `cargo run -p pec-tests -- COMMAND`: how much of the norm is done, and simulations.

use std::io::Write;
use std::process::ExitCode;

use pec_tests::exploration::{Scene, ages, explore};
use pec_tests::simulation::{Campaign, Mode, Options, simulate};
use pec_tests::spec::{self, coverage::Coverage};
use pec_tests::{problem, workspace};

const USAGE: &str = "usage: cargo run -p pec-tests -- spec [--json]
       cargo run --release -p pec-tests -- simulate --seeds NUMBER [--from SEED] [--hours HOURS]
       cargo run --release -p pec-tests -- simulate --seed SEED
           [--mode lite|swarm|crash-at-POINT] [--hours HOURS]
       cargo run --release -p pec-tests -- simulate --months MONTHS
       cargo run --release -p pec-tests -- explore";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["spec"] => tell_spec(false),
        ["spec", "--json"] => tell_spec(true),
        ["explore"] => run_exploration(),
        ["simulate", ref options @ ..] => run_simulation(options).unwrap_or_else(usage),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

const NAMES: [&str; 6] = ["--seeds", "--from", "--hours", "--seed", "--mode", "--months"];

/// Every order of events of a transmission.
fn run_exploration() -> ExitCode {
    let bruno_and_carla = ["bruno@beta.example", "carla@beta.example"];
    for recipients in [&bruno_and_carla[..1], &bruno_and_carla[..]] {
        let explored = explore(&Scene::new(recipients), &ages(recipients.len()));
        tell(&explored.to_string());
        if !explored.differences.is_empty() {
            tell(&explored.differences.join("\n"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// `None` when the options are not understood.
fn run_simulation(options: &[&str]) -> Option<ExitCode> {
    let (pairs, rest) = options.as_chunks::<2>();
    let is_known = |name: &str| NAMES.contains(&name);
    if !rest.is_empty() || !pairs.iter().all(|[name, _]| is_known(name)) {
        return None;
    }
    let option = |wanted| pairs.iter().find(|[name, _]| *name == wanted).map(|[_, value]| *value);
    let hours = option("--hours").map_or(Some(72), |hours| hours.parse().ok())?;
    let is_sound = if let Some(months) = option("--months") {
        let report = simulate(&Options::months(30, months.parse().ok()?));
        tell(&report.to_string());
        report.breaches.is_empty()
    } else if let Some(seeds) = option("--seeds") {
        let from: u64 = option("--from").map_or(Some(0), |from| from.parse().ok())?;
        let seeds: u64 = seeds.parse().ok()?;
        let campaign = Campaign::seeds(from..from.checked_add(seeds)?, hours);
        tell(&campaign.to_string());
        for report in &campaign.broken {
            tell(&format!("{report}\n  again: {}", report.command()));
        }
        campaign.broken.is_empty()
    } else {
        let mode = match option("--mode") {
            None | Some("swarm") => Mode::Swarm,
            Some("lite") => Mode::Lite,
            Some(mode) => Mode::CrashAt(mode.strip_prefix("crash-at-")?.parse().ok()?),
        };
        let seed = option("--seed")?.parse().ok()?;
        let report = simulate(&Options { hours, ..Options::of(seed, mode) });
        tell(&report.to_string());
        report.breaches.is_empty()
    };
    Some(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reader that closes the pipe early has seen enough.
fn tell(text: &str) {
    let _seen = writeln!(std::io::stdout(), "{text}");
}

fn tell_spec(as_json: bool) -> ExitCode {
    match spec::read(workspace::root()) {
        Ok((table, problems)) => {
            let coverage = Coverage::of(&table);
            let text =
                if as_json { format!("{:#}", coverage.to_json()) } else { coverage.to_string() };
            tell(text.trim_end());
            if problems.is_empty() {
                return ExitCode::SUCCESS;
            }
            eprintln!("{}", problem::list(&problems));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", spec::TABLE);
            ExitCode::FAILURE
        }
    }
}
