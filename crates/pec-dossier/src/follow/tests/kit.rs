//! Receipts of one transmission: from Mario to Anna and Ugo, and to Otto, who has no PEC.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, EventTime, Header, NonAcceptanceCause,
    ReceiptType, Recipient,
};

use crate::{Follow, Receipt, RecipientState, Sent};

pub(super) const ANNA: &str = "anna@beta.example";
pub(super) const UGO: &str = "ugo@beta.example";
pub(super) const OTTO: &str = "otto@elsewhere.example";
pub(super) const MSGID: &str = "<m1@pc.example>";

pub(super) fn start() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub(super) fn hours(hours: i64) -> DateTime<Utc> {
    start() + TimeDelta::hours(hours)
}

pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(super) fn sent() -> Sent {
    Sent {
        msgid: MSGID.parse().unwrap(),
        sender: Some(address("mario@alfa.example")),
        recipients: [ANNA, UGO, OTTO].map(address).to_vec(),
        at: Some(start()),
        receipt_type: None,
    }
}

/// What is certified of an event some minutes after the start.
pub(super) fn data(event: Event, minutes: i64) -> CertificationData {
    let recipients = vec![
        Recipient::certified(address(ANNA)),
        Recipient::certified(address(UGO)),
        Recipient::external(address(OTTO)),
    ];
    CertificationData {
        header: Header {
            sender: address("mario@alfa.example"),
            recipients: recipients.try_into().unwrap(),
            reply_to: "mario@alfa.example".parse().unwrap(),
            subject: Some("Contratto".parse().unwrap()),
        },
        provider: "Alfa PEC S.p.A.".parse().unwrap(),
        time: EventTime::legal(start() + TimeDelta::minutes(minutes)).unwrap(),
        pec_msgid: "t1@alfa.example".parse().unwrap(),
        msgid: Some(MSGID.parse().unwrap()),
        event,
    }
}

pub(super) fn receipt(event: Event, minutes: i64) -> Receipt {
    let source = format!("{}-{minutes}", event.kind());
    Receipt::invented(data(event, minutes), &source)
}

/// The same with other data.
pub(super) fn edited(
    event: Event,
    minutes: i64,
    edit: impl FnOnce(&mut CertificationData),
) -> Receipt {
    let mut data = data(event, minutes);
    edit(&mut data);
    Receipt::invented(data, "edited")
}

pub(super) fn accepted() -> Receipt {
    receipt(Event::Acceptance, 1)
}

pub(super) fn refused() -> Receipt {
    let error_detail = "Bcc non vuoto".parse().unwrap();
    receipt(Event::NonAcceptance { cause: NonAcceptanceCause::FormalException, error_detail }, 1)
}

pub(super) fn taken(to: &str) -> Receipt {
    receipt(Event::TakeInCharge { received_for: address(to).into() }, 2)
}

pub(super) fn delivered(to: &str, minutes: i64) -> Receipt {
    let (receipt_type, delivered_to) = (ReceiptType::Complete, address(to));
    receipt(Event::Delivery { receipt_type, delivered_to }, minutes)
}

pub(super) fn failed(to: &str, detail: &str) -> Receipt {
    let event = Event::DeliveryError {
        cause: DeliveryErrorCause::Other,
        delivered_to: address(to),
        receipt_type: None,
        error_detail: detail.parse().unwrap(),
    };
    receipt(event, 4)
}

pub(super) fn notice(to: &str, detail: &str, minutes: i64) -> Receipt {
    let (delivered_to, error_detail) = (address(to), detail.parse().unwrap());
    receipt(Event::DeliveryNotice { delivered_to, error_detail }, minutes)
}

pub(super) fn follow(receipts: impl IntoIterator<Item = Receipt>) -> Follow {
    let mut follow = Follow::new(sent());
    receipts.into_iter().for_each(|receipt| {
        follow.take(receipt);
    });
    follow
}

/// The state of a recipient after so many hours.
pub(super) fn state(follow: &Follow, of: &str, after: i64) -> RecipientState {
    let recipients = follow.recipients(hours(after));
    let found = recipients.into_iter().find(|it| it.address.is_same_mailbox(&address(of)));
    found.unwrap().state
}

pub(super) fn word(follow: &Follow, of: &str, after: i64) -> &'static str {
    state(follow, of, after).as_str()
}
