//! Deterministic simulation of a network of gestori.
//!
//! Two to six gestori, each one a shell around [`pec_gestore::plan`], with users,
//! mailboxes, scanners and directories of their own, on one virtual clock. Links lose, delay,
//! overtake, double and damage; hosts refuse; viruses, full and suspended mailboxes, certificates
//! that expire and are revoked, directories that change or grow old, clocks that step, crashes at
//! every point between deciding, storing, telling and doing, and one gestore that lies. All of it
//! follows from one number:
//!
//! ```
//! use pec_tests::simulation::{Mode, Options, simulate};
//!
//! let report = simulate(&Options { hours: 3, ..Options::of(42, Mode::Lite) });
//! report.demand(); // fails with the seed, and the command that repeats it
//! ```
//!
//! After every step the rules are asked of what gestori did. Messages are really
//! built, signed, read and authenticated; in most runs with a [provider of
//! cryptography](cryptography) that is fast and fake, in some with the real one.

mod audit;
mod authority;
mod campaign;
mod clock;
pub mod cryptography;
mod fault;
#[doc(hidden)]
pub mod fuzzing;
mod hostile;
mod invariants;
mod ledger;
mod network;
mod node;
mod random;
mod report;
mod sabotage;
mod shell;
pub mod store;
mod user;
mod world;

use chrono::{DateTime, TimeDelta, Utc};

pub use authority::{Authority, Listed, Published};
pub use campaign::Campaign;
pub use clock::Clock;
pub use fault::{Fault, FaultPlan, Mode};
pub use ledger::{Breach, Ledger, Told, Tracked, Transmission};
pub use node::{Boxes, Node};
pub use random::Random;
pub use report::Report;
pub use sabotage::{Bug, Sabotaged};
pub use store::{MemoryStore, Octets, SimStore, Stale, Transaction};
pub use world::World;

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed that all follows from.
    pub seed: u64,
    /// How it is made imperfect.
    pub mode: Mode,
    /// Just these faults, at their usual rates, instead of those of the mode.
    pub faults: Option<Vec<Fault>>,
    /// For how many hours users write and things go wrong; then the world is calm for 60 more.
    pub hours: i64,
    /// How many honest gestori there are; else the seed says.
    pub gestori: Option<usize>,
    /// How many messages the users of a gestore write a day; else the seed says.
    pub letters_a_day: Option<usize>,
    /// Whether signatures are real; else the seed says.
    pub real: Option<bool>,
    /// When it starts; else the seed says.
    pub start: Option<DateTime<Utc>>,
}

impl Options {
    /// 72 hours of a mode.
    #[must_use]
    pub fn of(seed: u64, mode: Mode) -> Self {
        Self {
            seed,
            mode,
            faults: None,
            hours: 72,
            gestori: None,
            letters_a_day: None,
            real: None,
            start: None,
        }
    }

    /// As long as the log is kept (RFC 6109 §2.3), with ten messages a day at each of three
    /// gestori.
    #[must_use]
    pub fn months(seed: u64, months: i64) -> Self {
        Self {
            hours: months * 730,
            gestori: Some(3),
            letters_a_day: Some(10),
            real: Some(false),
            faults: Some(vec![
                Fault::Lose,
                Fault::LoseReply,
                Fault::Duplicate,
                Fault::Delay,
                Fault::RefuseForNow,
                Fault::Outage,
                Fault::FullMailbox,
                Fault::UnknownMailbox,
                Fault::Virus,
            ]),
            ..Self::of(seed, Mode::Swarm)
        }
    }

    /// How many messages the users of each of some gestori write in the whole run.
    fn letters_each(&self, gestori: usize, random: &mut Random) -> usize {
        let days = usize::try_from(self.hours).unwrap_or_default();
        match self.letters_a_day {
            Some(letters) => (letters * days).div_ceil(24),
            None => 1 + random.below(48 / gestori.max(1)),
        }
    }
}

/// For how long the world is calm after a run, in hours: all timers ring, all relays end.
const CALM: i64 = 60;

/// Runs the world of a seed, with stores in memory.
#[must_use]
pub fn simulate(options: &Options) -> Report {
    simulate_with(options, &mut || Box::new(MemoryStore::default()))
}

/// Runs the world of a seed, with stores of another kind, such as [`Sabotaged`].
#[must_use]
pub fn simulate_with(
    options: &Options,
    stores: &mut dyn FnMut() -> Box<dyn SimStore + Send>,
) -> Report {
    let mut world = World::new(options, stores);
    let faults = world.faults.clone();
    let end = world.end + TimeDelta::hours(CALM);
    world.run_until(end);
    if world.ledger.breaches.is_empty() {
        world.judge_ends();
        world.judge_logs();
    }
    Report {
        seed: options.seed,
        mode: options.mode,
        faults,
        is_real: world.crypto.name != "fake",
        hours: options.hours,
        gestori: world.nodes.len(),
        crash_points: world.crash_points,
        counts: world.ledger.counts,
        breaches: world.ledger.breaches,
    }
}
