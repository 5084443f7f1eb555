//! One transmission.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use pec_daticert::{Address, Event, EventTime, Msgid, PecMsgid};
use serde::{Deserialize, Serialize};

use super::deadline::{CLOCKS, later};
use super::recipient::{self, RecipientStatus};
use super::sent::mailbox;
use super::{Contradiction, Deadline, Progress, Receipt, RecipientState, Sent};

/// One transmission as its sender sees it.
///
/// It is the set of its receipts; states, deadlines and contradictions are derived from it. So the
/// receipts may come in any order, late and repeatedly, and what is kept of it
/// (`serde::Serialize`) is only what was certified.
///
/// ```
/// use pec_dossier::{Follow, Progress, Receipt, Sent};
/// use pec_message::{Authentication, Origin, authenticate, read};
/// # use pec_smime::crypto::CryptoProvider;
/// # use pec_smime::verify::{Policy, Verifier};
/// # use pec_smime::x509::{Certificate, TrustStore};
///
/// # let (store, accredited): (TrustStore, Vec<Certificate>) = Default::default();
/// # let now = chrono::DateTime::UNIX_EPOCH;
/// # let octets = b"Subject: x\r\n\r\n";
/// let kept = read(b"Message-ID: <m1@pc.example>\r\nTo: anna@beta.example\r\n\r\nciao\r\n");
/// let mut follow = Follow::new(Sent::from_claimed(&kept.claimed())?);
///
/// # let crypto = CryptoProvider::rustcrypto();
/// # let verifier = Verifier::new(&store, &crypto, Policy::interoperable());
/// # let verification = verifier.message(octets, now);
/// let mail = read(octets);
/// let judged = authenticate(&mail, &verification, &Origin::AccreditedCa(&accredited));
/// if let Authentication::Certified(certified) = judged {
///     follow.take(Receipt::new(&certified, "INBOX/42")?.claiming(&mail.claimed()));
/// }
/// for recipient in follow.recipients(now) {
///     println!("{}: {:?}", recipient.address, recipient.state);
/// }
/// assert_eq!(follow.progress(now), Progress::Pending);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// norms 80
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Sent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pec_msgid: Option<PecMsgid>,
    /// Sorted by what they certify, each once.
    receipts: Vec<Receipt>,
}

/// By what a receipt is known to be about a transmission, weakest first. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Correlation {
    /// By `X-Riferimento-Message-ID` of the header, which nobody signed.
    Header,
    /// By the certified `msgid`.
    Msgid,
    /// By the certified `identificativo`.
    PecMsgid,
}

/// What became of a receipt that was given to a transmission. The cases are all there are (closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Taken {
    /// It says something new.
    New,
    /// It was there already.
    Known,
    /// It is about another transmission, and was not taken.
    NotOurs,
}

impl Follow {
    /// The transmission of a message that was sent. Its `identificativo` is learnt from the first
    /// receipt that fits.
    ///
    /// Who sends one message twice with the same `Message-ID` has two transmissions, which
    /// [`Follows`](super::Follows) tells apart; here the first one to be answered counts.
    #[must_use]
    pub const fn new(sent: Sent) -> Self {
        Self { sent: Some(sent), pec_msgid: None, receipts: Vec::new() }
    }

    /// The transmission with an `identificativo`, whoever sent it.
    #[must_use]
    pub const fn of(pec_msgid: PecMsgid) -> Self {
        Self { sent: None, pec_msgid: Some(pec_msgid), receipts: Vec::new() }
    }

    /// The transmission of a message that was sent, with its `identificativo`.
    #[must_use]
    pub const fn about(sent: Sent, pec_msgid: PecMsgid) -> Self {
        Self { sent: Some(sent), pec_msgid: Some(pec_msgid), receipts: Vec::new() }
    }

    /// By what a receipt is known to be about this transmission, if it is.
    // norms 79
    #[must_use]
    pub fn correlation(&self, receipt: &Receipt) -> Option<Correlation> {
        if let Some(pec_msgid) = &self.pec_msgid {
            return (pec_msgid == receipt.pec_msgid()).then_some(Correlation::PecMsgid);
        }
        self.sent.as_ref().and_then(|sent| correlation(sent, receipt))
    }

    /// Takes a receipt, if it is about this transmission.
    pub fn take(&mut self, receipt: Receipt) -> Taken {
        if self.correlation(&receipt).is_none() {
            return Taken::NotOurs;
        }
        self.pec_msgid.get_or_insert_with(|| receipt.pec_msgid().clone());
        match self.receipts.binary_search_by(|known| known.data().cmp(receipt.data())) {
            Ok(place) => {
                self.receipts.get_mut(place).into_iter().for_each(|known| {
                    known.join(receipt.clone());
                });
                Taken::Known
            }
            Err(place) => {
                self.receipts.insert(place, receipt);
                Taken::New
            }
        }
    }

    /// What was sent, where it is known.
    #[must_use]
    pub const fn sent(&self) -> Option<&Sent> {
        self.sent.as_ref()
    }

    /// The identifier of the transmission, once a receipt has told it.
    #[doc(alias = "identificativo")]
    #[must_use]
    pub const fn pec_msgid(&self) -> Option<&PecMsgid> {
        self.pec_msgid.as_ref()
    }

    /// The identifier that the sender's program gave.
    #[must_use]
    pub fn msgid(&self) -> Option<&Msgid> {
        let sent = self.sent.as_ref().map(|sent| &sent.msgid);
        sent.or_else(|| self.own().find_map(|receipt| receipt.data().msgid.as_ref()))
    }

    /// The subject that is certified. It identifies nothing.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.own().find_map(|receipt| receipt.data().header.subject.as_deref())
    }

    /// The sender.
    #[must_use]
    pub fn sender(&self) -> Option<&Address> {
        let sent = self.sent.as_ref().and_then(|sent| sent.sender.as_ref());
        let certified = |event: fn(&Event) -> bool| {
            let answers = self.receipts.iter().filter(move |receipt| event(receipt.event()));
            answers.map(|receipt| &receipt.data().header.sender).min()
        };
        sent.or_else(|| certified(is_answer)).or_else(|| certified(|_| true))
    }

    /// The receipts in the order of their times, those that count for nothing included.
    #[must_use]
    pub fn receipts(&self) -> Vec<&Receipt> {
        let mut receipts: Vec<&Receipt> = self.receipts.iter().collect();
        receipts.sort_by_key(|receipt| (receipt.at(), receipt.data()));
        receipts
    }

    /// When the sender's provider accepted the message.
    #[must_use]
    pub fn accepted(&self) -> Option<EventTime> {
        let is_acceptance = |receipt: &&Receipt| *receipt.event() == Event::Acceptance;
        self.own().filter(is_acceptance).map(Receipt::at).min()
    }

    /// What became of the message for each recipient, as of `now`; the order is that of their
    /// addresses.
    ///
    /// Of what contradicts itself the first of these counts: delivered, failed, refused, no
    /// delivery in 24 hours, warning after 12 hours, taken in charge, accepted. So a late delivery
    /// supersedes a final notice ([`RecipientStatus::superseded`]). `now` matters only for whether
    /// an answer is overdue.
    ///
    /// A notice (`preavviso-errore-consegna`) is the last one when its description begins with
    /// `5.4.1`, when it was issued 22 hours or more after the acceptance, or, where there is no
    /// acceptance, 6 hours or more after another one (norms §6.1, RFC 6109 §3.1.6).
    #[must_use]
    pub fn recipients(&self, now: DateTime<Utc>) -> Vec<RecipientStatus<'_>> {
        recipient::all(self, now)
    }

    /// The next instant after `now` at which something is due.
    #[must_use]
    pub fn next_deadline(&self, now: DateTime<Utc>) -> Option<Deadline> {
        let recipients = self.recipients(now);
        recipients.iter().flat_map(|it| it.deadlines.iter().copied()).filter(|it| it.at > now).min()
    }

    /// How far the transmission is, all recipients together.
    #[must_use]
    pub fn progress(&self, now: DateTime<Utc>) -> Progress {
        let recipients = self.recipients(now);
        let has = |test: fn(&RecipientState) -> bool| recipients.iter().any(|it| test(&it.state));
        if has(|state| matches!(state, RecipientState::NoAnswer { .. })) {
            Progress::Overdue
        } else if recipients.is_empty() || has(|state| !state.is_settled()) {
            Progress::Pending
        } else if has(|state| matches!(state, RecipientState::Refused { .. })) {
            Progress::Refused
        } else if has(|state| {
            matches!(state, RecipientState::Failed { .. } | RecipientState::Expired { .. })
        }) {
            Progress::Incomplete
        } else if has(RecipientState::is_delivered) {
            Progress::Delivered
        } else {
            Progress::Uncertified
        }
    }

    /// What does not fit together among the receipts, and with what was sent.
    // norms 76: the audit invariants, as far as a sender sees them
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = self.foreign_senders();
        let times = self.own().filter(|receipt| is_answer(receipt.event())).count();
        let accepted = self.accepted();
        let refused =
            self.own().any(|receipt| matches!(receipt.event(), Event::NonAcceptance { .. }));
        if times > 1 {
            found.push(match (accepted, refused) {
                (Some(_), true) => Contradiction::AcceptedAndRefused,
                _ => Contradiction::SeveralAnswers { times },
            });
        }
        let lists: BTreeSet<BTreeSet<String>> = self.own().map(listed).collect();
        if lists.len() > 1 {
            found.push(Contradiction::RecipientsDiffer);
        }
        let msgids = self.own().filter_map(|receipt| receipt.data().msgid.as_ref());
        let sent = self.sent.as_ref().map(|sent| &sent.msgid);
        if msgids.chain(sent).collect::<BTreeSet<_>>().len() > 1 {
            found.push(Contradiction::MsgidsDiffer);
        }
        let early = accepted.and_then(|accepted| {
            let is_early = |at: &EventTime| later(at.to_utc(), CLOCKS) < accepted.to_utc();
            self.own().map(Receipt::at).filter(is_early).min()
        });
        found.extend(early.map(|at| Contradiction::BeforeAcceptance { at }));
        found.extend(recipient::contradictions(self));
        found
    }

    /// The receipts that are about a message of its sender.
    pub(super) fn own(&self) -> impl Iterator<Item = &Receipt> {
        let sender = self.sender();
        self.receipts.iter().filter(move |receipt| {
            sender.is_none_or(|sender| sender.is_same_mailbox(&receipt.data().header.sender))
        })
    }

    /// The receipts as they are kept.
    pub(super) fn all(&self) -> &[Receipt] {
        &self.receipts
    }

    fn foreign_senders(&self) -> Vec<Contradiction> {
        let Some(own) = self.sender() else {
            return Vec::new();
        };
        let senders = self.receipts.iter().map(|receipt| &receipt.data().header.sender);
        let others: BTreeSet<&Address> =
            senders.filter(|sender| !own.is_same_mailbox(sender)).collect();
        let tell = |sender: &Address| Contradiction::OtherSender { sender: sender.clone() };
        others.into_iter().map(tell).collect()
    }
}

/// By what a receipt is known to be about a sent message, if it is.
pub(super) fn correlation(sent: &Sent, receipt: &Receipt) -> Option<Correlation> {
    if !sent.is_of(&receipt.data().header.sender) {
        return None;
    }
    let (_, is_certified) = receipt.msgids().find(|(msgid, _)| **msgid == sent.msgid)?;
    Some(if is_certified { Correlation::Msgid } else { Correlation::Header })
}

/// Whether the sender's provider answers the submission by it.
pub(super) const fn is_answer(event: &Event) -> bool {
    matches!(event, Event::Acceptance | Event::NonAcceptance { .. })
}

fn listed(receipt: &Receipt) -> BTreeSet<String> {
    receipt.data().header.recipients.iter().map(|recipient| mailbox(&recipient.address)).collect()
}
