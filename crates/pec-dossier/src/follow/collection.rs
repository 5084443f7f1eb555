//! The transmissions of a mailbox.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use pec_daticert::{Msgid, PecMsgid};
use pec_message::{Authentication, ClaimedKind, Mail, Step};
use serde::{Deserialize, Serialize};

use super::transmission::correlation;
use super::{Correlation, Deadline, Follow, Receipt, Sent, Taken};

/// The transmissions of a mailbox, and the messages that belong to none.
///
/// Every `identificativo` that a receipt names has a [`Follow`], whether what was sent is known or
/// not; every message that was sent has one too, whether a receipt has come or not. What was sent
/// and what came may be told in any order. To keep it, serialise it.
///
/// ```
/// use pec_dossier::{Follows, Sent};
/// use pec_message::{Origin, authenticate, read};
/// # use pec_smime::crypto::CryptoProvider;
/// # use pec_smime::verify::{Policy, Verifier};
/// # use pec_smime::x509::{Certificate, TrustStore};
///
/// # let (store, accredited): (TrustStore, Vec<Certificate>) = Default::default();
/// # let now = chrono::DateTime::UNIX_EPOCH;
/// # let mailbox = [("INBOX/1", b"Subject: x\r\n\r\n")];
/// let kept = read(b"Message-ID: <m1@pc.example>\r\nTo: anna@beta.example\r\n\r\nciao\r\n");
/// let mut follows = Follows::new();
/// follows.send(Sent::from_claimed(&kept.claimed())?);
///
/// # let crypto = CryptoProvider::rustcrypto();
/// # let verifier = Verifier::new(&store, &crypto, Policy::interoperable());
/// for (name, octets) in mailbox {
///     let mail = read(octets);
///     let verification = verifier.message(octets, now);
///     let judged = authenticate(&mail, &verification, &Origin::AccreditedCa(&accredited));
///     follows.feed(name, &mail, &judged);
/// }
/// for follow in follows.iter() {
///     println!("{:?}: {:?}", follow.msgid(), follow.progress(now));
/// }
/// for unmatched in follows.unmatched() {
///     println!("{}: {:?}", unmatched.source, unmatched.reason);
/// }
/// let kept = serde_json::to_string(&follows)?;
/// assert_eq!(serde_json::from_str::<Follows>(&kept)?, follows);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// norms 79, norms 80, norms 86
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Follows {
    sent: BTreeMap<Msgid, Sent>,
    transmissions: BTreeMap<PecMsgid, Follow>,
    /// Of what was sent and no receipt has answered.
    waiting: BTreeMap<Msgid, Follow>,
    unmatched: BTreeMap<String, Unmatched>,
    /// The transmissions in whose receipts a `msgid` stands.
    by_msgid: BTreeMap<Msgid, BTreeSet<PecMsgid>>,
}

/// What is written of [`Follows`]; the rest follows from it.
#[derive(Serialize, Deserialize)]
struct Kept {
    sent: Vec<Sent>,
    receipts: Vec<Receipt>,
    unmatched: Vec<Unmatched>,
}

/// A message that belongs to no transmission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unmatched {
    /// The caller's name for where its octets are kept.
    pub source: String,
    /// Why it belongs to none.
    #[serde(flatten)]
    pub reason: UnmatchedReason,
    /// The kind that its header claims, if it is one of the PEC system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_kind: Option<String>,
    /// The `identificativo` that it claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_pec_msgid: Option<PecMsgid>,
    /// The message of the sender's that its header claims to refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_reference: Option<String>,
}

/// Why a message belongs to no transmission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnmatchedReason {
    /// Certified, but no receipt: mail that somebody sent to this mailbox.
    NotAReceipt,
    /// Neither certified nor claiming to be of the PEC system.
    Ordinary,
    /// It claims to be of the PEC system, and is not trusted.
    Untrusted {
        /// The test that it fails.
        step: String,
        /// Why.
        why: String,
    },
    /// It cannot be told now whether it is to be trusted. Feed it again when more is known.
    Undecided {
        /// What is missing.
        why: String,
    },
}

/// What became of a message that was fed. The cases are all there are (closed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fed {
    /// A receipt of the transmission, which says something new.
    New(PecMsgid),
    /// A receipt that was there already.
    Known(PecMsgid),
    /// It belongs to no transmission and stands in [`Follows::unmatched`].
    Unmatched(UnmatchedReason),
}

impl Follows {
    /// Without any transmission.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message that was sent. Another copy of the same message adds what it tells.
    pub fn send(&mut self, sent: Sent) {
        let msgid = sent.msgid.clone();
        match self.sent.get_mut(&msgid) {
            Some(known) => known.join(sent),
            None => {
                self.sent.insert(msgid.clone(), sent.sorted());
            }
        }
        for pec_msgid in self.by_msgid.get(&msgid).cloned().unwrap_or_default() {
            self.correlate(&pec_msgid);
        }
        self.await_answers(&msgid);
    }

    /// Takes any message of the mailbox as it was judged. `source` is the caller's name for where
    /// its octets are kept. A message that was unmatched before and is fed again under the same
    /// name is judged anew.
    pub fn feed(&mut self, source: &str, mail: &Mail<'_>, judged: &Authentication<'_>) -> Fed {
        self.unmatched.remove(source);
        let claimed = mail.claimed();
        let reason = match judged {
            Authentication::Certified(certified) => match Receipt::new(certified, source) {
                Ok(receipt) => return self.take(receipt.claiming(&claimed)),
                Err(_) => UnmatchedReason::NotAReceipt,
            },
            Authentication::Untrusted { step, .. }
                if *step == Step::SignatureExistence && claimed.kind == ClaimedKind::Ordinary =>
            {
                UnmatchedReason::Ordinary
            }
            Authentication::Untrusted { step, why } => {
                UnmatchedReason::Untrusted { step: step.to_string(), why: why.to_string() }
            }
            Authentication::Undecided { why } => {
                UnmatchedReason::Undecided { why: why.to_string() }
            }
            _ => UnmatchedReason::Undecided { why: String::new() },
        };
        let reading = mail.daticert().and_then(|daticert| daticert.read().ok());
        let pec_msgid = reading.and_then(|(reading, _)| reading.pec_msgid?.into_known());
        let unmatched = Unmatched {
            source: source.to_owned(),
            reason: reason.clone(),
            claimed_kind: claimed.kind.pec().map(|kind| kind.to_string()),
            claimed_pec_msgid: pec_msgid,
            claimed_reference: claimed.reference_message_id,
        };
        self.unmatched.insert(source.to_owned(), unmatched);
        Fed::Unmatched(reason)
    }

    /// Takes a receipt.
    pub fn take(&mut self, receipt: Receipt) -> Fed {
        let pec_msgid = receipt.pec_msgid().clone();
        let msgids: Vec<Msgid> = receipt.msgids().map(|(msgid, _)| msgid.clone()).collect();
        let new = || Follow::of(pec_msgid.clone());
        let taken = self.transmissions.entry(pec_msgid.clone()).or_insert_with(new).take(receipt);
        for msgid in msgids {
            self.by_msgid.entry(msgid).or_default().insert(pec_msgid.clone());
        }
        self.correlate(&pec_msgid);
        if taken == Taken::New { Fed::New(pec_msgid) } else { Fed::Known(pec_msgid) }
    }

    /// Every transmission: those with receipts in the order of their `identificativo`, then those
    /// that no receipt has answered.
    pub fn iter(&self) -> impl Iterator<Item = &Follow> {
        self.transmissions.values().chain(self.waiting.values())
    }

    /// The transmission with an `identificativo`.
    #[must_use]
    pub fn by_pec_msgid(&self, pec_msgid: &PecMsgid) -> Option<&Follow> {
        self.transmissions.get(pec_msgid)
    }

    /// The transmissions of the message with a `msgid`: usually one, several where it was sent
    /// several times under the same.
    pub fn by_msgid(&self, msgid: &Msgid) -> impl Iterator<Item = &Follow> {
        let named = self.by_msgid.get(msgid).into_iter().flatten();
        let named = named.filter_map(|pec_msgid| self.transmissions.get(pec_msgid));
        named.chain(self.waiting.get(msgid))
    }

    /// The messages that belong to no transmission, in the order of their names.
    pub fn unmatched(&self) -> impl Iterator<Item = &Unmatched> {
        self.unmatched.values()
    }

    /// Forgets an unmatched message.
    pub fn forget(&mut self, source: &str) -> Option<Unmatched> {
        self.unmatched.remove(source)
    }

    /// The next instant after `now` at which something is due for any of them.
    #[must_use]
    pub fn next_deadline(&self, now: DateTime<Utc>) -> Option<Deadline> {
        self.iter().filter_map(|follow| follow.next_deadline(now)).min()
    }

    /// Finds what was sent for a transmission: certified evidence goes before the header's word.
    fn correlate(&mut self, pec_msgid: &PecMsgid) {
        let Some(follow) = self.transmissions.get_mut(pec_msgid) else {
            return;
        };
        let named = follow
            .all()
            .iter()
            .flat_map(|receipt| receipt.msgids().map(move |(msgid, _)| (receipt, msgid)));
        let candidates = named.filter_map(|(receipt, msgid)| {
            let sent = self.sent.get(msgid)?;
            Some((correlation(sent, receipt)?, &sent.msgid))
        });
        let best = candidates.max_by(|(by, msgid), (other_by, other)| {
            // Of several equally good ones the least, whatever came first.
            by.cmp(other_by).then_with(|| other.cmp(msgid))
        });
        let found = best.map(|(_, msgid): (Correlation, &Msgid)| msgid.clone());
        let before = follow.sent.take().map(|sent| sent.msgid);
        follow.sent = found.as_ref().and_then(|msgid| self.sent.get(msgid)).cloned();
        for msgid in before.into_iter().chain(found) {
            self.await_answers(&msgid);
        }
    }

    /// A message that was sent waits for as long as no transmission is its own.
    fn await_answers(&mut self, msgid: &Msgid) {
        let named = self.by_msgid.get(msgid).into_iter().flatten();
        let mut named = named.filter_map(|pec_msgid| self.transmissions.get(pec_msgid));
        let is_answered =
            named.any(|follow| follow.sent().is_some_and(|sent| sent.msgid == *msgid));
        match self.sent.get(msgid).filter(|_| !is_answered) {
            Some(sent) => {
                self.waiting.insert(msgid.clone(), Follow::new(sent.clone()));
            }
            None => {
                self.waiting.remove(msgid);
            }
        }
    }
}

impl From<Follows> for Kept {
    fn from(follows: Follows) -> Self {
        let receipts = follows.transmissions.values().flat_map(Follow::all).cloned();
        Self {
            receipts: receipts.collect(),
            sent: follows.sent.into_values().collect(),
            unmatched: follows.unmatched.into_values().collect(),
        }
    }
}

impl From<Kept> for Follows {
    fn from(kept: Kept) -> Self {
        let mut follows = Self::new();
        kept.sent.into_iter().for_each(|sent| follows.send(sent));
        for receipt in kept.receipts {
            follows.take(receipt);
        }
        let named = kept.unmatched.into_iter();
        follows.unmatched = named.map(|it| (it.source.clone(), it)).collect();
        follows
    }
}
