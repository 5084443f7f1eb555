//! Strategies for arbitrary values of the model, shared with the judge of `tests/judges`.

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, EventTime, Header, Msgid,
    NonAcceptanceCause, OneOrMore, PecMsgid, ReceiptType, Recipient, RecipientType, Text,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

fn text() -> impl Strategy<Value = Text> {
    let character = prop_oneof![
        any::<char>(),
        select(vec![
            '<', '>', '&', '"', '\'', ']', ';', '#', ' ', '\t', 'è', '\u{85}', '\u{2028}', '😀'
        ]),
    ];
    vec(character, 0..40).prop_map(|characters| {
        let legal = |c: &char| Text::new(*c).is_ok();
        Text::new(characters.into_iter().filter(legal).collect::<String>()).unwrap()
    })
}

fn address() -> impl Strategy<Value = Address> {
    let local = prop_oneof![
        "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\\.[a-z0-9]{1,8}){0,2}",
        "\"([ a-zA-Z0-9<>@,;:()&.]|\\\\[\"\\\\]){0,20}\"",
        "[àèìòùé]{1,10}",
    ];
    let domain = prop_oneof![
        "[a-zA-Z0-9]{1,12}(\\.[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?){0,3}",
        "\\[[0-9.:a-fA-F]{3,30}\\]"
    ];
    (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}").parse().unwrap())
}

fn time() -> impl Strategy<Value = EventTime> {
    let instant = (-62_135_596_800_i64..253_402_000_000, -1439..1440_i32);
    instant.prop_filter_map("year of four digits", |(seconds, minutes)| {
        let zone = chrono::FixedOffset::east_opt(minutes.checked_mul(60)?)?;
        EventTime::new(DateTime::<Utc>::from_timestamp(seconds, 0)?.with_timezone(&zone)).ok()
    })
}

fn event() -> impl Strategy<Value = Event> {
    let receipt = || select(ReceiptType::ALL);
    let causes = [NonAcceptanceCause::FormalException, NonAcceptanceCause::Virus];
    let errors = [
        DeliveryErrorCause::NoRecipient,
        DeliveryErrorCause::NoDomain,
        DeliveryErrorCause::Virus,
        DeliveryErrorCause::Other,
    ];
    prop_oneof![
        Just(Event::Acceptance),
        (select(causes.to_vec()), text())
            .prop_map(|(cause, error_detail)| Event::NonAcceptance { cause, error_detail }),
        vec(address(), 1..5)
            .prop_map(|list| Event::TakeInCharge { received_for: list.try_into().unwrap() }),
        (receipt(), address()).prop_map(|(receipt_type, delivered_to)| Event::Delivery {
            receipt_type,
            delivered_to
        }),
        receipt().prop_map(|receipt_type| Event::TransportEnvelope { receipt_type }),
        (select(errors.to_vec()), address(), option::of(receipt()), text()).prop_map(
            |(cause, delivered_to, receipt_type, error_detail)| Event::DeliveryError {
                cause,
                delivered_to,
                receipt_type,
                error_detail
            }
        ),
        (address(), text()).prop_map(|(delivered_to, error_detail)| Event::DeliveryNotice {
            delivered_to,
            error_detail
        }),
        (address(), text()).prop_map(|(delivered_to, error_detail)| Event::VirusDetection {
            delivered_to,
            error_detail
        }),
    ]
}

fn recipients() -> impl Strategy<Value = OneOrMore<Recipient>> {
    let recipient = (address(), select(RecipientType::ALL))
        .prop_map(|(address, recipient_type)| Recipient { address, recipient_type });
    vec(recipient, 1..6).prop_map(|list| list.try_into().unwrap())
}

prop_compose! {
    /// Any value of the model.
    pub(crate) fn data()(
        sender in address(),
        recipients in recipients(),
        (reply_to, subject, provider) in (text(), option::of(text()), text()),
        time in time(),
        pec_msgid in "[a-zA-Z0-9]{1,12}(\\.[a-zA-Z0-9-]{1,8}){0,4}@[a-z]{1,8}\\.example",
        msgid in option::of("<[!-;=?-~àé]{1,60}>"),
        event in event(),
    ) -> CertificationData {
        CertificationData {
            header: Header { sender, recipients, reply_to, subject },
            provider,
            time,
            pec_msgid: pec_msgid.parse::<PecMsgid>().unwrap(),
            msgid: msgid.map(|msgid| msgid.parse::<Msgid>().unwrap()),
            event,
        }
    }
}
