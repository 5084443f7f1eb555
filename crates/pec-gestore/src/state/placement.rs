//! Where the recipient's provider is with one mailbox, and what may follow.

use serde::{Deserialize, Serialize};

/// Where the recipient's provider is with one mailbox of its own. Closed by the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Taken in charge, on its way into the mailbox.
    Taken,
    /// In the mailbox: the delivery receipt is made. Final.
    #[doc(alias = "avvenuta consegna")]
    Deposited,
    /// The mailbox cannot take it: the non-delivery notice is made. Final.
    #[doc(alias = "mancata consegna")]
    Refused,
    /// A virus was found: the virus notice is made, and nothing is deposited. Final.
    #[doc(alias = "rilevazione virus")]
    Infected,
}

/// What happens to a mailbox. Closed: it takes the message or not, and a virus is never offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementEvent {
    /// The message is put into it.
    Deposit,
    /// It cannot take the message.
    Refusal,
    /// The message has a virus.
    Virus,
}

/// What follows what: every row that there is.
pub(super) const TRANSITIONS: &[(Placement, PlacementEvent, Placement)] = &[
    (Placement::Taken, PlacementEvent::Deposit, Placement::Deposited),
    (Placement::Taken, PlacementEvent::Refusal, Placement::Refused),
    (Placement::Taken, PlacementEvent::Virus, Placement::Infected),
];

impl Placement {
    /// Every placement, in the order of a transmission.
    pub const ALL: &'static [Self] = &[Self::Taken, Self::Deposited, Self::Refused, Self::Infected];

    /// Where the event leads; `None` where it does not happen.
    #[must_use]
    pub fn after(self, event: PlacementEvent) -> Option<Self> {
        let row = TRANSITIONS.iter().find(|(from, what, _)| (*from, *what) == (self, event));
        row.map(|(_, _, to)| *to)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Deposited => "deposited",
            Self::Refused => "refused",
            Self::Infected => "infected",
        }
    }
}

impl PlacementEvent {
    /// Every event.
    pub const ALL: &'static [Self] = &[Self::Deposit, Self::Refusal, Self::Virus];

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Refusal => "refusal",
            Self::Virus => "virus",
        }
    }
}
