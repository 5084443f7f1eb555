//! The timers of a transmission: all there are.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Stage, StageEvent};

/// A timer of the sender's provider, counted from the acceptance. Closed by RFC 6109 §3.1.6.
///
/// Both are instants of UTC: the change to summer time does not move them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// Neither take-in-charge nor delivery in 12 hours: the sender is warned (norms 42).
    TwelveHours,
    /// No outcome in 24 hours: the final notice, which is therefore not before 22 hours (norms 43).
    TwentyFourHours,
}

impl Timer {
    /// Both, in their order.
    pub const ALL: &'static [Self] = &[Self::TwelveHours, Self::TwentyFourHours];

    /// How long after the acceptance.
    #[must_use]
    pub const fn after(self) -> TimeDelta {
        match self {
            Self::TwelveHours => TimeDelta::hours(12),
            Self::TwentyFourHours => TimeDelta::hours(24),
        }
    }

    /// When it is due for a message that was accepted at this instant.
    #[must_use]
    pub fn due(self, accepted_at: DateTime<Utc>) -> DateTime<Utc> {
        accepted_at.checked_add_signed(self.after()).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// What it does to a recipient.
    #[must_use]
    pub const fn event(self) -> StageEvent {
        match self {
            Self::TwelveHours => StageEvent::Warning,
            Self::TwentyFourHours => StageEvent::FinalNotice,
        }
    }

    /// Whether a recipient at this stage is waiting for it.
    #[must_use]
    pub const fn is_awaited(self, stage: Stage) -> bool {
        match self {
            Self::TwelveHours => matches!(stage, Stage::Waiting),
            Self::TwentyFourHours => !stage.is_final(),
        }
    }
}
