//! What ought to become of a transmission, in the words of the norm.
//!
//! > o the sending provider receives a server-server acceptance PEC notification during the first
//! > 12 hours following message dispatch, but does not receive a delivery PEC notification at all.
//! > In this case, it would be a 24-hour timeout PEC notification.
//! > o the sending provider does not receive a server-server acceptance PEC notification, but
//! > receives a delivery PEC notification after 12 hours and before the 24-hour timeout. In this
//! > case it would be a 12-hour timeout PEC notification.
//! > o the sending provider doesn't receive either a server-server acceptance or a delivery PEC
//! > notification. In this case, two timeout PEC notifications are generated.
//!
//! (RFC 6109 §3.1.6.) Nothing here calls the library.

use chrono::TimeDelta;

/// What is known of one recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Known {
    /// A take-in-charge came.
    pub taken: bool,
    /// What came first of delivery and failure, told by whomever.
    pub outcome: Option<Outcome>,
    /// The 12-hour notice was made.
    pub first_notice: bool,
    /// The 24-hour notice was made.
    pub final_notice: bool,
    /// What became of the relay of the envelope.
    pub relay: RelayState,
    /// A virus notice was answered with an error.
    pub virus_told: bool,
}

/// What came of a message. Closed: RFC 6109 knows no third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was delivered.
    Delivered,
    /// It was not.
    Failed,
}

/// Where the relay of an envelope is for one recipient. Closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RelayState {
    /// Nobody answered.
    #[default]
    Open,
    /// The next hop took it, refused it for good, or the time was up.
    Over,
}

/// Messages that a step owes, or must not make, about one recipient. Closed by RFC 6109 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// A 12-hour notice, made here.
    FirstNotice,
    /// A 24-hour notice, made here.
    FinalNotice,
    /// A delivery error, made here: the envelope was refused.
    Error,
    /// A delivery error for a virus, made here.
    VirusError,
    /// The receipt that came, into the sender's mailbox.
    Copy,
}

/// Whether a message is owed. Closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// It must be made.
    Must,
    /// It must not be made.
    MustNot,
    /// The norm does not say, as in a contradiction.
    May,
}

/// What comes from outside, about one recipient. Closed: it is all that §3.1.6 speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stimulus {
    /// A take-in-charge receipt.
    TakeInCharge,
    /// A delivery receipt.
    Delivery,
    /// A delivery error.
    Error,
    /// A virus notice.
    Virus,
    /// The next hop took the envelope.
    RelayAccepted,
    /// The next hop refused the envelope for good.
    RelayRefused,
    /// The time for the relay was up.
    RelayExpired,
}

/// The oracle of a transmission.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Oracle {
    /// The recipients.
    pub recipients: Vec<Known>,
}

/// RFC 6109 §3.1.6.
pub const FIRST: TimeDelta = TimeDelta::hours(12);
/// RFC 6109 §3.1.6, where we take the end of the window between 22 and 24 hours.
pub const FINAL: TimeDelta = TimeDelta::hours(24);

impl Oracle {
    /// Nothing is known of anybody.
    #[must_use]
    pub fn new(recipients: usize) -> Self {
        Self { recipients: vec![Known::default(); recipients] }
    }

    /// Something comes about one recipient; what is owed. `made` says which of the messages that
    /// may be made were.
    pub fn receive(
        &mut self,
        recipient: usize,
        stimulus: Stimulus,
        made: &dyn Fn(Message) -> bool,
    ) -> Vec<(Message, Duty)> {
        let known = &mut self.recipients[recipient];
        let mut duties = vec![
            (Message::FirstNotice, Duty::MustNot),
            (Message::FinalNotice, Duty::MustNot),
            (Message::Error, Duty::MustNot),
            (Message::VirusError, Duty::MustNot),
            (Message::Copy, Duty::MustNot),
        ];
        let mut owe = |message: Message, duty| {
            duties.iter_mut().filter(|(of, _)| *of == message).for_each(|(_, of)| *of = duty);
        };
        match stimulus {
            Stimulus::TakeInCharge => known.taken = true,
            Stimulus::Delivery | Stimulus::Error => {
                // Late or contradictory, a receipt reaches the user to whom it is addressed.
                owe(Message::Copy, Duty::Must);
                let outcome = if stimulus == Stimulus::Delivery {
                    Outcome::Delivered
                } else {
                    Outcome::Failed
                };
                known.outcome.get_or_insert(outcome);
            }
            Stimulus::Virus => {
                // One error for a virus; where something else is known already, it contradicts.
                let is_contradiction = known.outcome.is_some();
                let duty = match (known.virus_told, is_contradiction) {
                    (true, _) => Duty::MustNot,
                    (false, true) => Duty::May,
                    (false, false) => Duty::Must,
                };
                owe(Message::VirusError, duty);
                if duty == Duty::Must || made(Message::VirusError) {
                    known.virus_told = true;
                }
                known.outcome.get_or_insert(Outcome::Failed);
            }
            Stimulus::RelayAccepted | Stimulus::RelayExpired => known.relay = RelayState::Over,
            Stimulus::RelayRefused => {
                if known.relay == RelayState::Open {
                    let is_told = known.outcome.is_some() || known.final_notice;
                    let duty = match (is_told, known.taken) {
                        (true, _) => Duty::MustNot,
                        // Its gestore has it, and yet refuses it: two attempts, two answers.
                        (false, true) => Duty::May,
                        (false, false) => Duty::Must,
                    };
                    owe(Message::Error, duty);
                    if duty == Duty::Must || made(Message::Error) {
                        known.outcome = Some(Outcome::Failed);
                    }
                }
                known.relay = RelayState::Over;
            }
        }
        duties
    }

    /// The timer rings; what is owed to each recipient. `age` counts from the dispatch.
    pub fn ring(&mut self, age: TimeDelta) -> Vec<Vec<(Message, Duty)>> {
        let duty = |is: bool| if is { Duty::Must } else { Duty::MustNot };
        let of = |known: &mut Known| {
            let first = age >= FIRST
                && !known.taken
                && known.outcome.is_none()
                && !known.first_notice
                && !known.final_notice;
            let last = age >= FINAL && known.outcome.is_none() && !known.final_notice;
            known.first_notice |= first;
            known.final_notice |= last;
            if last {
                known.relay = RelayState::Over; // What is still queued is withdrawn.
            }
            vec![
                (Message::FirstNotice, duty(first)),
                (Message::FinalNotice, duty(last)),
                (Message::Error, Duty::MustNot),
                (Message::VirusError, Duty::MustNot),
                (Message::Copy, Duty::MustNot),
            ]
        };
        self.recipients.iter_mut().map(of).collect()
    }

    /// When the timer is to ring next, counted from the dispatch.
    #[must_use]
    pub fn next_timer(&self) -> Option<TimeDelta> {
        let of = |known: &Known| {
            if known.outcome.is_some() || known.final_notice {
                None
            } else if known.taken || known.first_notice {
                Some(FINAL)
            } else {
                Some(FIRST)
            }
        };
        self.recipients.iter().filter_map(of).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed(duties: &[(Message, Duty)]) -> Vec<Message> {
        duties.iter().filter(|(_, duty)| *duty == Duty::Must).map(|(of, _)| *of).collect()
    }

    /// The three scenarios of RFC 6109 §3.1.6, in its order.
    #[test]
    fn the_oracle_knows_the_norm() {
        let never = |_| false;
        let mut taken = Oracle::new(1);
        taken.receive(0, Stimulus::TakeInCharge, &never);
        assert_eq!(taken.next_timer(), Some(FINAL));
        assert_eq!(owed(&taken.ring(FIRST)[0]), []);
        assert_eq!(owed(&taken.ring(FINAL)[0]), [Message::FinalNotice]);
        assert_eq!(taken.next_timer(), None);

        let mut late = Oracle::new(1);
        assert_eq!(late.next_timer(), Some(FIRST));
        assert_eq!(owed(&late.ring(FIRST)[0]), [Message::FirstNotice]);
        assert_eq!(owed(&late.receive(0, Stimulus::Delivery, &never)), [Message::Copy]);
        assert_eq!((late.next_timer(), owed(&late.ring(FINAL)[0])), (None, vec![]));

        let mut silent = Oracle::new(1);
        assert_eq!(owed(&silent.ring(FIRST - TimeDelta::seconds(1))[0]), []);
        assert_eq!(owed(&silent.ring(FIRST)[0]), [Message::FirstNotice]);
        assert_eq!(owed(&silent.ring(FINAL)[0]), [Message::FinalNotice]);
        assert_eq!(owed(&silent.ring(FINAL)[0]), []);
    }
}
