//! The net, tried: every seeded bug is caught.

use pec_tests::simulation::{Bug, Fault, Mode, Options, Report, Sabotaged, simulate_with};

/// Faults that bring out bugs, without those that hide them.
const FAULTS: [Fault; 11] = [
    Fault::Lose,
    Fault::LoseReply,
    Fault::Duplicate,
    Fault::RefuseForNow,
    Fault::RefuseForGood,
    Fault::UnknownMailbox,
    Fault::FullMailbox,
    Fault::Outage,
    Fault::Crash,
    Fault::StalePlan,
    Fault::Virus,
];

fn hunt(bug: Bug) -> Option<Report> {
    (0..12).find_map(|seed| {
        let options = Options {
            hours: 14,
            gestori: Some(2),
            letters_a_day: Some(20),
            real: Some(false),
            // The first world is sound: there, everything must be delivered.
            faults: Some(if seed == 0 { Vec::new() } else { FAULTS.to_vec() }),
            ..Options::of(seed, Mode::Swarm)
        };
        let report = simulate_with(&options, &mut || Box::new(Sabotaged::new(bug)));
        (!report.breaches.is_empty()).then_some(report)
    })
}

#[test]
fn every_seeded_bug_is_caught() {
    let mut survivors = Vec::new();
    println!("{:<20} {:>4}  rule that caught it", "bug", "seed");
    for bug in Bug::ALL {
        match hunt(bug) {
            Some(report) => {
                let name = format!("{bug:?}");
                println!("{name:<20} {:>4}  {}", report.seed, report.breaches[0].rule);
            }
            None => survivors.push(bug),
        }
    }
    println!("{} seeded bugs, {} survivors", Bug::ALL.len(), survivors.len());
    assert_eq!(survivors, [], "these bugs were not caught");
}
