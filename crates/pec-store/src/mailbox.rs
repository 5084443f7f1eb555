//! Mailboxes and who may use them.

use std::cell::RefCell;
use std::ops::BitOr;

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{
    BodyRef, Correspondents, EffectId, MailboxFacts, MailboxState, Mailboxes, OrdinaryPolicy,
};
use serde::{Deserialize, Serialize};

use crate::{StoreError, View};

/// What a mailbox is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether it works.
    pub state: MailboxState,
    /// Octets that it may hold; `None` is no limit.
    pub quota: Option<u64>,
    /// Recipients that it may write to in 24 hours; `None` is no limit.
    pub recipients_per_day: Option<u64>,
    /// What to do with ordinary mail.
    pub ordinary: OrdinaryPolicy,
    /// Whom it writes to and hears from.
    pub correspondents: Correspondents,
    /// Whether it is the provider's own, for receipts between providers (RFC 6109 §2.2.5).
    #[doc(alias = "casella di servizio")]
    pub is_service: bool,
    /// Whether the user must choose a new password first (norms 93).
    pub must_change_password: bool,
}

impl Default for Settings {
    /// A mailbox that works, without limits, and takes ordinary mail in anomaly envelopes.
    fn default() -> Self {
        Self {
            state: MailboxState::Active,
            quota: None,
            recipients_per_day: None,
            ordinary: OrdinaryPolicy::Envelope,
            correspondents: Correspondents::All,
            is_service: false,
            must_change_password: false,
        }
    }
}

/// A mailbox to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMailbox {
    /// Its address; case does not matter for finding it.
    pub address: Address,
    /// What it is set to.
    pub settings: Settings,
    /// When it is made: from this its `UIDVALIDITY` comes.
    pub now: DateTime<Utc>,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its address.
    pub address: Address,
    /// What it is set to.
    pub settings: Settings,
    /// Differs from that of any earlier mailbox of the same name (RFC 3501 §2.3.1.1).
    pub uid_validity: u32,
    /// The UID of the next message.
    pub uid_next: u32,
    /// How many messages there are.
    pub messages: u64,
    /// How many octets they have.
    pub octets: u64,
}

/// A message in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number in the mailbox, never used again (RFC 3501 §2.3.1.1).
    pub uid: u32,
    /// Its octets.
    pub body: BodyRef,
    /// Its marks.
    pub flags: Flags,
    /// The instant of the deposit.
    pub at: DateTime<Utc>,
    /// The effect that deposited it.
    pub effect: EffectId,
}

/// Marks of a message (RFC 3501 §2.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags(u8);

impl Flags {
    /// `\Seen`
    pub const SEEN: Self = Self(1);
    /// `\Answered`
    pub const ANSWERED: Self = Self(2);
    /// `\Flagged`
    pub const FLAGGED: Self = Self(4);
    /// `\Deleted`
    pub const DELETED: Self = Self(8);
    /// `\Draft`
    pub const DRAFT: Self = Self(16);

    /// No mark.
    pub const NONE: Self = Self(0);

    /// Whether all marks of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The marks as bits, in the order of the constants.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The marks of these bits; others are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 31)
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How marks change. The list is closed: IMAP's three ways (RFC 3501 §6.4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagChange {
    /// These are set besides.
    Add(Flags),
    /// These are taken away.
    Remove(Flags),
    /// These and no others are set.
    Replace(Flags),
}

/// A secret of a mailbox: the store neither knows nor asks how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Which, as `password`.
    pub name: String,
    /// A hash or a sealed secret, as the caller wrote it.
    pub secret: String,
    /// When it was set.
    pub at: DateTime<Utc>,
}

/// The mailboxes as one reading of the store sees them.
///
/// [`Mailboxes`] cannot say that reading failed, so ask [`finish`](Self::finish) before the plan is
/// used: an error of the disk must not become "no such mailbox".
pub struct Lookup<'v> {
    view: &'v dyn View,
    now: DateTime<Utc>,
    error: RefCell<Option<StoreError>>,
}

impl<'v> Lookup<'v> {
    pub(crate) const fn new(view: &'v dyn View, now: DateTime<Utc>) -> Self {
        Self { view, now, error: RefCell::new(None) }
    }

    /// Whether every look succeeded.
    ///
    /// # Errors
    /// The first that did not.
    pub fn finish(self) -> Result<(), StoreError> {
        self.error.into_inner().map_or(Ok(()), Err)
    }

    fn look(&self, address: &Address) -> Result<Option<MailboxFacts>, StoreError> {
        let Some(mailbox) = self.view.mailbox(address)? else { return Ok(None) };
        let settings = mailbox.settings;
        let rate_left = match settings.recipients_per_day {
            Some(limit) => Some(limit.saturating_sub(self.view.recipients_since(
                address,
                self.now.checked_sub_signed(chrono::TimeDelta::days(1)).unwrap_or(self.now),
            )?)),
            None => None,
        };
        Ok(Some(MailboxFacts {
            state: settings.state,
            quota_left: settings.quota.map(|quota| quota.saturating_sub(mailbox.octets)),
            rate_left,
            ordinary: settings.ordinary,
            correspondents: settings.correspondents,
        }))
    }
}

impl Mailboxes for Lookup<'_> {
    fn facts(&self, address: &Address) -> Option<MailboxFacts> {
        self.look(address).unwrap_or_else(|error| {
            self.error.borrow_mut().get_or_insert(error);
            None
        })
    }
}

impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("now", &self.now).finish_non_exhaustive()
    }
}
