//! What a run came to.

use std::collections::BTreeMap;
use std::fmt;

use super::ledger::Breach;
use super::{FaultPlan, Mode};

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// How it was made imperfect.
    pub mode: Mode,
    /// The faults that were on.
    pub faults: FaultPlan,
    /// Whether the signatures were real.
    pub is_real: bool,
    /// How long it was, without the calm at its end, in hours.
    pub hours: i64,
    /// How many honest gestori there were.
    pub gestori: usize,
    /// At how many points a gestore could have crashed.
    pub crash_points: u64,
    /// What was counted.
    pub counts: BTreeMap<&'static str, u64>,
    /// The rules that were broken; the run ends with the first.
    pub breaches: Vec<Breach>,
}

impl Report {
    /// How often something was counted.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    /// Fails when a rule was broken, and says how to see it again.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn demand(&self) {
        assert!(self.breaches.is_empty(), "{self}\n  again: {}\n", self.command());
    }

    /// The command that repeats the run, of those that have no options of their own.
    #[must_use]
    pub fn command(&self) -> String {
        let mode = match self.mode {
            Mode::Lite => "lite".to_owned(),
            Mode::Swarm => "swarm".to_owned(),
            Mode::CrashAt(point) => format!("crash-at-{point}"),
        };
        format!(
            "cargo run --release -p pec-tests -- simulate --seed {} --mode {mode} --hours {}",
            self.seed, self.hours
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cryptography = if self.is_real { "real" } else { "fake" };
        writeln!(
            f,
            "seed {}: {:?}, {} gestori, {} hours, {cryptography} cryptography; {}",
            self.seed, self.mode, self.gestori, self.hours, self.faults
        )?;
        let counts: Vec<_> = self.counts.iter().map(|(what, n)| format!("{what} {n}")).collect();
        write!(f, "  {}; crash points {}", counts.join(", "), self.crash_points)?;
        for breach in &self.breaches {
            write!(f, "\n  {} BROKEN: {}: {}", breach.at, breach.rule, breach.what)?;
        }
        Ok(())
    }
}
