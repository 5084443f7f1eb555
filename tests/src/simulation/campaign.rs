//! Many runs at once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use super::{Mode, Options, Report, simulate};

/// What many runs came to.
#[derive(Debug)]
pub struct Campaign {
    /// How many runs there were.
    pub runs: u64,
    /// How many of them had real signatures.
    pub real: u64,
    /// How long they took together.
    pub elapsed: Duration,
    /// The sums of what was counted.
    pub counts: BTreeMap<&'static str, u64>,
    /// The runs in which a rule was broken, the lowest number first.
    pub broken: Vec<Report>,
}

impl Campaign {
    /// Runs these worlds on all processors, until one breaks a rule.
    pub fn run(worlds: Range<u64>, world: impl Fn(u64) -> Options + Sync) -> Self {
        let started = Instant::now();
        let (next, end) = (AtomicU64::new(worlds.start), worlds.end);
        let sum = Mutex::new(Self {
            runs: 0,
            real: 0,
            elapsed: Duration::ZERO,
            counts: BTreeMap::new(),
            broken: Vec::new(),
        });
        let work = || {
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && number < end
            {
                let report = simulate(&world(number));
                if !report.breaches.is_empty() {
                    next.store(end, Ordering::Relaxed);
                }
                sum.lock().expect("no run panics with it").add(report);
            }
        };
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| (0..workers).for_each(|_| _ = scope.spawn(work)));
        let mut campaign = sum.into_inner().expect("all runs are over");
        campaign.elapsed = started.elapsed();
        campaign.broken.sort_by_key(|report| report.seed);
        campaign
    }

    /// Runs the seeds, nine in ten in swarm mode, each for so many hours.
    #[must_use]
    pub fn seeds(seeds: Range<u64>, hours: i64) -> Self {
        let mode = |seed| if seed % 10 == 0 { Mode::Lite } else { Mode::Swarm };
        Self::run(seeds, |seed| Options { hours, ..Options::of(seed, mode(seed)) })
    }

    /// Runs one small world again and again, with one crash: at each of its points in turn.
    #[must_use]
    pub fn crash_everywhere(seed: u64) -> Self {
        let small = |point| Options {
            hours: 3,
            gestori: Some(2),
            letters_a_day: Some(16),
            real: Some(false),
            ..Options::of(seed, Mode::CrashAt(point))
        };
        let points = simulate(&small(0)).crash_points;
        Self::run(0..points + 1, small)
    }

    fn add(&mut self, report: Report) {
        self.runs += 1;
        self.real += u64::from(report.is_real);
        for (what, count) in &report.counts {
            *self.counts.entry(what).or_default() += count;
        }
        if !report.breaches.is_empty() {
            self.broken.push(report);
        }
    }

    /// Fails when a rule was broken, and says how to see it again.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn demand(&self) {
        if let Some(report) = self.broken.first() {
            report.demand();
        }
    }
}

impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64().max(0.001);
        let runs = u32::try_from(self.runs).map_or(f64::NAN, f64::from);
        write!(
            f,
            "{} seeds in {seconds:.1} s, {:.0} seeds per minute, {} with real signatures, \
             {} broken",
            self.runs,
            runs * 60.0 / seconds,
            self.real,
            self.broken.len()
        )?;
        let counts: Vec<_> = self.counts.iter().map(|(what, n)| format!("{what} {n}")).collect();
        write!(f, "\n  {}", counts.join(", "))
    }
}
