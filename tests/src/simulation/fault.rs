//! What goes wrong, and how often.

use std::collections::BTreeMap;
use std::fmt;

use super::Random;

/// One way in which the world is imperfect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// A connection does not come about.
    Lose,
    /// The receiver took a message, and its reply does not reach the sender.
    LoseReply,
    /// A message comes twice.
    Duplicate,
    /// An octet of a message changes on its way.
    Corrupt,
    /// A message takes hours, so that later ones overtake it.
    Delay,
    /// A receiver puts a message off.
    RefuseForNow,
    /// A receiver refuses a message for good.
    RefuseForGood,
    /// A receiver takes only some of the recipients and puts off the others.
    SplitRecipients,
    /// A user sends a virus.
    Virus,
    /// A scanner does not know a virus yet.
    ScannerMisses,
    /// A scanner does not answer for hours.
    ScannerDown,
    /// A message is written to a mailbox that does not exist.
    UnknownMailbox,
    /// A mailbox is full for hours.
    FullMailbox,
    /// A mailbox is suspended for hours.
    SuspendedMailbox,
    /// A user submits a message with a formal error.
    BadSubmission,
    /// A message goes to recipients outside the network, too.
    Ordinary,
    /// Ordinary mail comes in.
    OrdinaryIncoming,
    /// A gestore crashes at a point between deciding, storing, telling and doing.
    Crash,
    /// A gestore is down for hours, and its timers with it.
    Outage,
    /// Somebody else changed the state between loading and committing.
    StalePlan,
    /// A gestore's clock steps, backwards too.
    ClockStep,
    /// A timer rings late.
    LateTimer,
    /// A certificate expires; another takes its place late.
    Expiry,
    /// A certificate is revoked; another takes its place late.
    Revocation,
    /// A gestore cannot renew its directory and revocation lists for days.
    StaleTrust,
    /// A provider's domain leaves the directory and comes back.
    DirectoryChange,
    /// One gestore is hostile.
    Hostile,
}

impl Fault {
    /// All faults, with how often each happens, in thousandths of its occasions, where it is on.
    pub const ALL: [(Self, u32); 27] = [
        (Self::Lose, 80),
        (Self::LoseReply, 60),
        (Self::Duplicate, 60),
        (Self::Corrupt, 30),
        (Self::Delay, 40),
        (Self::RefuseForNow, 100),
        (Self::RefuseForGood, 30),
        (Self::SplitRecipients, 100),
        (Self::Virus, 60),
        (Self::ScannerMisses, 500),
        (Self::ScannerDown, 200),
        (Self::UnknownMailbox, 80),
        (Self::FullMailbox, 300),
        (Self::SuspendedMailbox, 300),
        (Self::BadSubmission, 100),
        (Self::Ordinary, 150),
        (Self::OrdinaryIncoming, 200),
        (Self::Crash, 4),
        (Self::Outage, 300),
        (Self::StalePlan, 30),
        (Self::ClockStep, 300),
        (Self::LateTimer, 200),
        (Self::Expiry, 400),
        (Self::Revocation, 300),
        (Self::StaleTrust, 300),
        (Self::DirectoryChange, 300),
        (Self::Hostile, 1000),
    ];
}

/// How a run is made imperfect. The list is closed: these are the modes that runs are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Crashes and lost replies, in an honest and sound world.
    Lite,
    /// A random subset of all faults, each more or less often.
    Swarm,
    /// One crash, at this point of a world that is sound otherwise; 0 is none.
    /// [`Campaign::crash_everywhere`](super::Campaign::crash_everywhere) takes each in turn.
    CrashAt(u64),
}

/// Which faults are on in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan(BTreeMap<Fault, u32>);

impl FaultPlan {
    /// The faults of a mode.
    pub fn of(mode: Mode, random: &mut Random) -> Self {
        match mode {
            Mode::Lite => Self([(Fault::Crash, 8), (Fault::LoseReply, 40)].into()),
            Mode::CrashAt(_) => Self::default(),
            Mode::Swarm => {
                let mut plan = BTreeMap::new();
                for (fault, usual) in Fault::ALL {
                    // Drawn for all faults alike, so that one more fault moves little.
                    let (is_on, factor) = (random.chance(500), random.below(8));
                    if is_on {
                        let factor = [1, 1, 2, 2, 2, 2, 4, 6][factor];
                        plan.insert(fault, (usual * factor / 2).clamp(1, 1000));
                    }
                }
                Self(plan)
            }
        }
    }

    /// A plan of these faults, at their usual rate.
    #[must_use]
    pub fn only(faults: &[Fault]) -> Self {
        let chosen = Fault::ALL.into_iter().filter(|(fault, _)| faults.contains(fault));
        Self(chosen.collect())
    }

    /// How often a fault happens, in thousandths of its occasions.
    #[must_use]
    pub fn rate(&self, fault: Fault) -> u32 {
        self.0.get(&fault).copied().unwrap_or_default()
    }

    /// Whether a fault happens now.
    pub fn happens(&self, fault: Fault, random: &mut Random) -> bool {
        random.chance(self.rate(fault))
    }

    /// Ends all faults: from now on the world is sound.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<_> =
            self.0.iter().map(|(fault, rate)| format!("{fault:?} {rate}\u{2030}")).collect();
        f.write_str(if faults.is_empty() { "no faults" } else { "" })?;
        f.write_str(&faults.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swarms_differ_and_repeat() {
        let plan = |seed| FaultPlan::of(Mode::Swarm, &mut Random::new(seed));
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        let mut seen: BTreeMap<Fault, u32> = BTreeMap::new();
        for seed in 0..100 {
            plan(seed).0.keys().for_each(|fault| *seen.entry(*fault).or_default() += 1);
        }
        assert_eq!(seen.len(), Fault::ALL.len());
        assert!(seen.values().all(|runs| (25..75).contains(runs)), "{seen:?}");
    }
}
