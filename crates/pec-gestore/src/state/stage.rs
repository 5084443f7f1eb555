//! Where the sender's provider is with one recipient, and what may follow: RFC 6109 §3.1.6.

use serde::{Deserialize, Serialize};

/// Where the sender's provider is with one recipient. Closed by the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Sent; nothing was heard, and 12 hours are not over.
    Waiting,
    /// The recipient's provider took it within 12 hours.
    #[doc(alias = "presa in carico")]
    Taken,
    /// Nothing was heard in 12 hours, and the sender was told.
    #[doc(alias = "preavviso di mancata consegna")]
    Warned,
    /// As before, and then the recipient's provider took it.
    WarnedTaken,
    /// It is in the mailbox. Final.
    #[doc(alias = "avvenuta consegna")]
    Delivered,
    /// It could not be delivered, and the sender was told. Final.
    #[doc(alias = "mancata consegna")]
    Failed,
    /// 24 hours passed without either, and the sender was told. Final, but for a late receipt.
    Expired,
    /// After the final notice came a delivery, which supersedes it. Final.
    DeliveredLate,
    /// After the final notice came a failure. Final.
    FailedLate,
    /// Receipts say both that it was delivered and that it was not. Final.
    Contradicted,
    /// An ordinary mailbox: nothing is tracked. Final.
    Ordinary,
}

/// What happens to a recipient. Closed: receipts, refusals and the two timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageEvent {
    /// The recipient's provider took the envelope.
    TakeInCharge,
    /// A delivery receipt came.
    Delivery,
    /// A delivery error or a virus notice came.
    Failure,
    /// The next hop refused the envelope for good.
    Refusal,
    /// The 12 hours are over, and the sender is told.
    Warning,
    /// The 24 hours are over, and the sender is told.
    FinalNotice,
}

/// What follows what: every row that there is. What has no row does not happen.
// rfc6109 §3.1.6: the first case is Taken → Expired, the second Warned → Delivered, the third
// Waiting → Warned → Expired.
pub(super) const TRANSITIONS: &[(Stage, StageEvent, Stage)] = {
    use Stage::{
        Contradicted, Delivered, DeliveredLate, Expired, Failed, FailedLate, Taken, Waiting,
        Warned, WarnedTaken,
    };
    use StageEvent::{Delivery, Failure, FinalNotice, Refusal, TakeInCharge, Warning};
    &[
        (Waiting, TakeInCharge, Taken),
        (Waiting, Delivery, Delivered),
        (Waiting, Failure, Failed),
        (Waiting, Refusal, Failed),
        (Waiting, Warning, Warned),
        (Taken, Delivery, Delivered),
        (Taken, Failure, Failed),
        (Taken, FinalNotice, Expired),
        (Warned, TakeInCharge, WarnedTaken),
        (Warned, Delivery, Delivered),
        (Warned, Failure, Failed),
        (Warned, Refusal, Failed),
        (Warned, FinalNotice, Expired),
        (WarnedTaken, Delivery, Delivered),
        (WarnedTaken, Failure, Failed),
        (WarnedTaken, FinalNotice, Expired),
        (Delivered, Failure, Contradicted),
        (Failed, Delivery, Contradicted),
        (Expired, Delivery, DeliveredLate),
        (Expired, Failure, FailedLate),
        (DeliveredLate, Failure, Contradicted),
        (FailedLate, Delivery, Contradicted),
    ]
};

impl Stage {
    /// Every stage, in the order of a transmission.
    pub const ALL: &'static [Self] = &[
        Self::Waiting,
        Self::Taken,
        Self::Warned,
        Self::WarnedTaken,
        Self::Delivered,
        Self::Failed,
        Self::Expired,
        Self::DeliveredLate,
        Self::FailedLate,
        Self::Contradicted,
        Self::Ordinary,
    ];

    /// Where the event leads; `None` where it does not happen or changes nothing.
    #[must_use]
    pub fn after(self, event: StageEvent) -> Option<Self> {
        let row = TRANSITIONS.iter().find(|(from, what, _)| (*from, *what) == (self, event));
        row.map(|(_, _, to)| *to)
    }

    /// Whether the sender has been told an outcome, or none is tracked.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Taken | Self::Warned | Self::WarnedTaken)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Warned => "warned",
            Self::WarnedTaken => "warned-taken",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::DeliveredLate => "delivered-late",
            Self::FailedLate => "failed-late",
            Self::Contradicted => "contradicted",
            Self::Ordinary => "ordinary",
        }
    }
}

impl StageEvent {
    /// Every event.
    pub const ALL: &'static [Self] = &[
        Self::TakeInCharge,
        Self::Delivery,
        Self::Failure,
        Self::Refusal,
        Self::Warning,
        Self::FinalNotice,
    ];

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TakeInCharge => "take-in-charge",
            Self::Delivery => "delivery",
            Self::Failure => "failure",
            Self::Refusal => "refusal",
            Self::Warning => "warning",
            Self::FinalNotice => "final-notice",
        }
    }
}
