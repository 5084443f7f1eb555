//! Deposits: whether a mailbox of ours can take a message.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::{
    BodyRef, EffectId, Input, Key, MailboxFailure, MailboxState, Mailboxes as _, MessageRef,
    Outcome, Report,
};
use pec_store::{Committed, StoreError, View};

use super::{Gestore, ShellError};

impl Gestore {
    /// Reports whether the mailbox can take the message; the plan for that report holds the row,
    /// so looking and putting are one transaction.
    // rfc6109 §3.3.2
    pub(super) async fn deposit(
        &self,
        key: Key,
        effect: EffectId,
        mailbox: Address,
        message: MessageRef,
    ) -> Result<Committed, ShellError> {
        let input = move |view: &dyn View, now: DateTime<Utc>| {
            let outcome = outcome(view, now, &mailbox, &message)?;
            let (key, effect) = (key.clone(), effect.clone());
            Ok(Input::Report(Report { key, effect, outcome }))
        };
        self.handle(input, None).await
    }
}

fn outcome(
    view: &dyn View,
    now: DateTime<Utc>,
    mailbox: &Address,
    message: &MessageRef,
) -> Result<Outcome, StoreError> {
    let octets = resolve(view, message)?.octets;
    let mailboxes = view.lookup(now);
    let facts = mailboxes.facts(mailbox);
    mailboxes.finish()?;
    Ok(match facts {
        None => Outcome::NotDepositable(MailboxFailure::Unknown),
        Some(facts) if facts.state == MailboxState::Suspended => {
            Outcome::NotDepositable(MailboxFailure::Suspended)
        }
        Some(facts) if facts.quota_left.is_some_and(|left| left < octets) => {
            Outcome::NotDepositable(MailboxFailure::Full)
        }
        Some(_) => Outcome::Depositable,
    })
}

/// The body that a message is.
pub(super) fn resolve(view: &dyn View, message: &MessageRef) -> Result<BodyRef, StoreError> {
    match message {
        MessageRef::Body(body) => Ok(*body),
        MessageRef::Sealed(effect) => {
            view.sealed(effect)?.ok_or_else(|| StoreError::UnknownSealed(effect.clone()))
        }
    }
}
