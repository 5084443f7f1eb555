//! Lost receipts, made again from the log.

use pec_daticert::{Address, CertificationData, Event, Kind, PecMsgid, ReceiptType};

use super::{LogEvent, NotCertified, Record};
use crate::instant::legal_time;
use crate::issue::step;
use crate::plan::Relay;
use crate::{
    About, BodyRef, Cargo, Change, Context, EffectId, Key, MessageRef, Plan, Role, Route,
    SmtpEnvelope, Timer, Unsigned,
};

/// A receipt that its holder has lost. What the log says of it has the same legal weight as the
/// receipt (norms 73).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostReceipt {
    /// Who asks for it: the sender of the transmission.
    pub holder: Address,
    /// The transmission.
    pub pec_msgid: PecMsgid,
    /// What is lost, by the event of making it.
    pub event: LogEvent,
    /// Of which recipient, for the kinds that are about one.
    pub recipient: Option<Address>,
}

/// Why a receipt is not made again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReissueError {
    /// The log has no such message.
    #[error("the log has no such message")]
    NotFound,
    /// There is one for each of several recipients: name one.
    #[error("the log has one for each of several recipients")]
    SeveralRecipients,
    /// Another provider made it, and can make it again; ours has not kept it.
    #[error("another provider made it")]
    OtherProvider,
    /// What holds the original, and what providers tell each other, is not made from data.
    #[error("a message of kind {0} is not made again from the log")]
    Kind(Kind),
    /// The record is about no certified message.
    #[error(transparent)]
    NotCertified(#[from] NotCertified),
}

impl LostReceipt {
    /// Finds the record of the receipt: the first one, or the one of making it where we also
    /// received it, of mail inside our domains.
    ///
    /// # Errors
    /// [`ReissueError::NotFound`], [`ReissueError::SeveralRecipients`].
    pub fn find<'r>(
        &self,
        log: impl IntoIterator<Item = &'r Record>,
    ) -> Result<&'r Record, ReissueError> {
        let mut found: Option<&Record> = None;
        for record in log.into_iter().filter(|record| self.is_of(record)) {
            match found {
                Some(first) if first.delivered_to != record.delivered_to => {
                    return Err(ReissueError::SeveralRecipients);
                }
                Some(first) if !first.is_received || record.is_received => {}
                _ => found = Some(record),
            }
        }
        found.ok_or(ReissueError::NotFound)
    }

    /// Whether the record is of this receipt. What belongs to another holder is not found.
    fn is_of(&self, record: &Record) -> bool {
        let is_same = |one: &Option<Address>, other: &Address| {
            one.as_ref().is_some_and(|one| one.is_same_mailbox(other))
        };
        record.event == self.event
            && record.pec_msgid.as_ref() == Some(&self.pec_msgid)
            && is_same(&record.sender, &self.holder)
            && self.recipient.as_ref().is_none_or(|to| is_same(&record.delivered_to, to))
            && record.certification_data().is_ok()
    }
}

/// What a store still has of a lost message. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// Its octets, under the name of [`Record::sealed_as`] for example.
    pub octets: Option<MessageRef>,
    /// The transport envelope whose delivery it certifies, which holds the original: in the state
    /// of [`Record::state_key`].
    pub envelope: Option<BodyRef>,
}

impl Record {
    /// The state of the transmission that this is a record of.
    #[must_use]
    pub fn state_key(&self) -> Option<Key> {
        Some(Key::new(self.role, self.sending_provider.clone()?, self.pec_msgid.as_ref()?))
    }

    /// Under which name the receipt or notice of this record was signed, if it was made here. The
    /// octets may still be there: a store keeps them for some time.
    #[must_use]
    pub fn sealed_as(&self) -> Option<EffectId> {
        let step = step(self.event, self.delivered_to.as_ref());
        self.state_key().filter(|_| !self.is_received).map(|key| key.effect(&step))
    }
}

/// Plans to send a lost receipt to its holder again.
///
/// If its octets remain, these very octets go into the mailbox of a user of ours. Another provider
/// takes the same octets once only, so its users get a message with a new identifier: a delivery
/// receipt that holds the original is signed anew while the envelope remains. What does not remain
/// is made from the record: the same certification data, a new date and identifier, and a text part
/// that says so. A delivery receipt that held the original, whole or with hashes, comes back
/// concise then: its certification data differ in `ricevuta` alone.
///
/// The holder need not be a user of ours: the recipients' provider can give the sender of a message
/// the delivery receipts that it had made.
///
/// # Errors
/// [`ReissueError`], if neither octets nor envelope can be used.
// rfc6109 §2.3, norms 73, norms §2.2
pub fn reissue(lost: &Record, remains: Remains, ctx: &Context<'_>) -> Result<Plan, ReissueError> {
    let certified = lost.certification_data()?;
    let own = ctx.provider.name.as_str();
    // A key of its own: the states of the transmission are over, and nothing happens to them.
    let mut plan = Plan::on(Key::new(Role::Other, own, &ctx.ids.next()), None, ctx.now);
    let provider = lost.sending_provider.as_deref().unwrap_or(own);
    let holder = certified.header.sender.clone();
    let about = Box::new(About::certified(&certified, provider));
    let at = plan.at();
    plan.change(Change::Passed { about, at });
    let record = |data: &CertificationData| {
        Record::about(data, LogEvent::Riemissione, Role::Other, at).sent_by(provider)
    };
    let message = match remains {
        Remains { octets: Some(octets), .. } if ctx.provider.serves(&holder) => {
            plan.record(record(&certified));
            octets
        }
        _ if lost.is_received => return Err(ReissueError::OtherProvider),
        Remains { envelope: Some(envelope), .. } if holds_original(&certified) => {
            let message_id = ctx.ids.next();
            plan.record(record(&certified).generating(&message_id));
            plan.seal("reissue", Unsigned::Delivery { data: certified, message_id, envelope })
        }
        _ => {
            let data = without_original(certified)?;
            let message_id = ctx.ids.next();
            plan.record(record(&data).generating(&message_id));
            plan.seal("reissue", Unsigned::Reissue { data, message_id, time: legal_time(at) })
        }
    };
    send(&mut plan, &holder, message, ctx);
    Ok(plan)
}

/// Whether the data are those of a delivery receipt with the original in it.
fn holds_original(data: &CertificationData) -> bool {
    matches!(
        data.event,
        Event::Delivery { receipt_type: ReceiptType::Complete | ReceiptType::Brief, .. }
    )
}

/// The data of a message that can do without the original.
fn without_original(mut data: CertificationData) -> Result<CertificationData, ReissueError> {
    match &mut data.event {
        Event::Acceptance
        | Event::NonAcceptance { .. }
        | Event::DeliveryError { .. }
        | Event::DeliveryNotice { .. } => {}
        Event::Delivery { receipt_type, .. } => *receipt_type = ReceiptType::Concise,
        Event::TakeInCharge { .. }
        | Event::TransportEnvelope { .. }
        | Event::VirusDetection { .. } => return Err(ReissueError::Kind(data.kind())),
    }
    Ok(data)
}

fn send(plan: &mut Plan, holder: &Address, message: MessageRef, ctx: &Context<'_>) {
    if ctx.provider.serves(holder) {
        plan.deposit("deposit:reissue", holder, message, Cargo::Receipt);
        return;
    }
    let envelope = SmtpEnvelope {
        reverse_path: Some(ctx.provider.system.address().clone()),
        forward_paths: vec![holder.clone()],
    };
    let until = Timer::TwentyFourHours.due(plan.at());
    let route = Route::to(holder, ctx.directory);
    let relay = Relay { cargo: Cargo::Receipt, message, envelope, route, until };
    plan.relay("relay:reissue", relay);
}
