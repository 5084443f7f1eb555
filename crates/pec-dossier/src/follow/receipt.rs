//! A receipt, as far as following needs it.

use std::collections::BTreeSet;

use pec_daticert::{Address, CertificationData, Event, EventTime, Kind, Msgid, PecMsgid};
use pec_message::{Certified, Claimed, IssuerRule, MessageKind, OriginGrade, SignedMessage};
use serde::{Deserialize, Serialize};

/// What a provider certified about a transmission, and where the message is kept.
///
/// [`Receipt::new`] wants a [`Certified`] message. A receipt that was serialised and read back is
/// trusted as it is: keep such files where nobody else writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    data: CertificationData,
    #[serde(with = "OriginWord")]
    origin: OriginGrade,
    #[serde(default)]
    issuer_judged: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    claimed_msgids: BTreeSet<Msgid>,
    sources: BTreeSet<String>,
}

/// The message is no receipt: it is a transport envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} is no receipt")]
pub struct NotAReceipt {
    /// What it is.
    pub kind: MessageKind,
}

impl Receipt {
    /// A receipt. `source` is the caller's name for where its octets are kept, a file name or the
    /// number in a mailbox.
    ///
    /// # Errors
    /// [`NotAReceipt`] for a transport envelope.
    pub fn new(
        certified: &Certified<SignedMessage<'_>>,
        source: impl Into<String>,
    ) -> Result<Self, NotAReceipt> {
        let (message, evidence) = (certified.value(), certified.evidence());
        if message.kind() == MessageKind::TransportEnvelope {
            return Err(NotAReceipt { kind: message.kind() });
        }
        Ok(Self {
            data: message.data().clone(),
            origin: evidence.origin(),
            issuer_judged: evidence.issuer_rule() == IssuerRule::Kept,
            claimed_msgids: BTreeSet::new(),
            sources: BTreeSet::from([source.into()]),
        })
    }

    /// Adds `X-Riferimento-Message-ID` of the header, which nobody signed. It counts only where
    /// the certification data have no `msgid`.
    #[must_use]
    pub fn claiming(mut self, claimed: &Claimed) -> Self {
        let claimed = claimed.reference_message_id.as_deref().filter(|_| self.data.msgid.is_none());
        self.claimed_msgids.extend(claimed.and_then(|msgid| msgid.parse().ok()));
        self
    }

    /// What is certified.
    #[must_use]
    pub const fn data(&self) -> &CertificationData {
        &self.data
    }

    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> EventTime {
        self.data.time
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.data.kind()
    }

    /// How it is known that its signer is a provider.
    #[must_use]
    pub const fn origin(&self) -> OriginGrade {
        self.origin
    }

    /// Whether it was judged that its signer may certify about these domains (norms 61).
    #[must_use]
    pub const fn is_issuer_judged(&self) -> bool {
        self.issuer_judged
    }

    /// Where its octets are kept; several names when it came several times.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(String::as_str)
    }

    /// The `msgid`s by which the sent message is found, and whether they are certified. Copies of
    /// one receipt may claim different ones.
    pub(super) fn msgids(&self) -> impl Iterator<Item = (&Msgid, bool)> {
        let certified = self.data.msgid.iter().map(|msgid| (msgid, true));
        certified.chain(self.claimed_msgids.iter().map(|msgid| (msgid, false)))
    }

    pub(super) const fn pec_msgid(&self) -> &PecMsgid {
        &self.data.pec_msgid
    }

    pub(super) const fn event(&self) -> &Event {
        &self.data.event
    }

    /// The recipients that the event is about; empty when it is about all of them.
    pub(super) fn about(&self) -> impl Iterator<Item = &Address> {
        self.event().delivered_to().into_iter().chain(self.event().received_for())
    }

    /// Adds what a repeat of the same receipt tells. The order of the two makes no difference.
    pub(super) fn join(&mut self, other: Self) {
        self.origin = self.origin.max(other.origin);
        self.issuer_judged |= other.issuer_judged;
        self.claimed_msgids.extend(other.claimed_msgids);
        self.sources.extend(other.sources);
    }

    /// What a report says of a receipt that somebody else has judged.
    pub(crate) fn recorded(data: CertificationData, source: &str) -> Self {
        let sources = BTreeSet::from([source.to_owned()]);
        let (origin, claimed_msgids) = (OriginGrade::AccreditedCa, BTreeSet::new());
        Self { data, origin, issuer_judged: false, claimed_msgids, sources }
    }

    #[cfg(test)]
    pub(super) fn invented(data: CertificationData, source: &str) -> Self {
        let certified = Self::recorded(data, source);
        Self { origin: OriginGrade::Directory, issuer_judged: true, ..certified }
    }

    #[cfg(test)]
    pub(super) fn with_claimed_msgid(mut self, msgid: &str) -> Self {
        self.claimed_msgids.insert(msgid.parse().unwrap());
        self
    }
}

/// The words for a grade of origin.
#[derive(Serialize, Deserialize)]
#[serde(remote = "OriginGrade", rename_all = "kebab-case")]
enum OriginWord {
    AccreditedCa,
    Pinned,
    Directory,
}
