//! Properties that hold for all values and for all bytes.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, EventTime, Header, Kind, Msgid,
    NonAcceptanceCause, OneOrMore, PecMsgid, ReceiptType, Recipient, RecipientType, Text, fuzzing,
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
    let instant = (-62_135_596_800_i64..253_402_000_000, -1439..1440);
    instant.prop_filter_map("year of four digits", |(seconds, minutes)| {
        let zone = chrono::FixedOffset::east_opt(minutes * 60)?;
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
        address().prop_map(|delivered_to| Event::VirusDetection { delivered_to }),
    ]
}

fn recipients() -> impl Strategy<Value = OneOrMore<Recipient>> {
    let recipient = (address(), select(RecipientType::ALL))
        .prop_map(|(address, recipient_type)| Recipient { address, recipient_type });
    vec(recipient, 1..6).prop_map(|list| list.try_into().unwrap())
}

prop_compose! {
    fn data()(
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// rfc6109 §4.4, norms 6
    #[test]
    fn what_is_written_is_read_back(data in data()) {
        let xml = data.to_xml().unwrap();
        prop_assert_eq!(CertificationData::from_xml(xml.as_bytes()), Ok(data.clone()));
        prop_assert_eq!(CertificationData::from_xml(xml.replace('\n', "\r\n").as_bytes()), Ok(data));
    }

    #[test]
    fn json_is_read_back(data in data()) {
        let json = serde_json::to_string(&data).unwrap();
        prop_assert_eq!(serde_json::from_str::<CertificationData>(&json).unwrap(), data);
    }

    #[test]
    fn any_bytes_are_read_or_refused_alike(bytes in vec(any::<u8>(), 0..400)) {
        fuzzing::read(&bytes);
    }

    /// Pieces of documents in any order get further into the readers than bytes do.
    #[test]
    fn any_pieces_are_read_or_refused_alike(pieces in vec(select(PIECES), 0..60)) {
        fuzzing::read(pieces.concat().as_bytes());
        fuzzing::read(format!("<postacert tipo=\"accettazione\">{}", pieces.concat()).as_bytes());
    }

    /// Lines of a sound document, some lost, some moved, some twice.
    #[test]
    fn shuffled_documents_are_read_or_refused_alike(
        data in data(),
        cuts in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let xml = data.to_xml().unwrap();
        let mut lines: Vec<_> = xml.lines().collect();
        for (from, to) in cuts {
            let line = lines[from.index(lines.len())];
            let place = to.index(lines.len());
            if place.is_multiple_of(2) { lines.insert(place, line) } else { lines[place] = line }
        }
        fuzzing::read(lines.join("\n").as_bytes());
    }

    #[test]
    fn legal_time_is_the_same_instant(seconds in -2_000_000_000_i64..10_000_000_000) {
        let instant = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
        if let Ok(time) = EventTime::legal(instant) {
            prop_assert_eq!(time.to_utc(), instant);
            prop_assert_eq!(EventTime::from_wire(&time.day(), &time.hour(), &time.zone()), Ok(time));
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }
    }
}

const PIECES: &[&str] = &[
    "<postacert tipo=\"posta-certificata\" errore=\"nessuno\">",
    "</postacert>",
    "<intestazione>",
    "</intestazione>",
    "<mittente>",
    "</mittente>",
    "<destinatari tipo=\"esterno\">",
    "</destinatari>",
    "<risposte>",
    "</risposte>",
    "<oggetto>",
    "</oggetto>",
    "<dati>",
    "</dati>",
    "<gestore-emittente>",
    "</gestore-emittente>",
    "<data zona=\"+0100\">",
    "</data>",
    "<giorno>",
    "</giorno>",
    "<ora>",
    "</ora>",
    "<identificativo>",
    "</identificativo>",
    "<msgid>",
    "</msgid>",
    "<ricevuta tipo=\"breve\" />",
    "<ricevuta/>",
    "<consegna>",
    "</consegna>",
    "<ricezione>",
    "</ricezione>",
    "<errore-esteso>",
    "</errore-esteso>",
    "<x>",
    "</x>",
    "<x/>",
    "a@b.it",
    "01/01/2026",
    "10:00:00",
    "&lt;",
    "&amp;",
    "&#10;",
    "&",
    ";",
    "<",
    ">",
    "\"",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?p ",
    "?>",
    "<!",
    "\n",
    " ",
    "è",
    "\u{1}",
];

/// norms §1.5: a kind has its fields and no others, in the XML and in the JSON.
#[test]
fn fields_of_every_kind_are_those_of_the_matrix() {
    let fields = [
        ("ricevuta", "receipt_type"),
        ("consegna", "delivered_to"),
        ("ricezione", "received_for"),
        ("errore-esteso", "error_detail"),
    ];
    let mut seen = Vec::new();
    for (name, data) in common::samples() {
        let xml = data.to_xml().unwrap();
        let json = serde_json::to_value(&data).unwrap();
        let has: Vec<_> =
            fields.iter().filter(|(element, _)| xml.contains(&format!("<{element}"))).collect();
        for (element, field) in fields {
            let in_xml = has.iter().any(|(present, _)| *present == element);
            assert_eq!(json.get(field).is_some(), in_xml, "{name}: {element}");
        }
        seen.push((
            data.kind(),
            has.iter().map(|(element, _)| *element).collect::<Vec<_>>().join(" "),
        ));
    }
    for (kind, expected) in [
        (Kind::Acceptance, ""),
        (Kind::NonAcceptance, "errore-esteso"),
        (Kind::TakeInCharge, "ricezione"),
        (Kind::Delivery, "ricevuta consegna"),
        (Kind::TransportEnvelope, "ricevuta"),
        (Kind::DeliveryNotice, "consegna errore-esteso"),
        (Kind::VirusDetection, "consegna"),
    ] {
        let of_kind: Vec<_> = seen.iter().filter(|(seen, _)| *seen == kind).collect();
        assert!(!of_kind.is_empty() && of_kind.iter().all(|(_, has)| has == expected), "{kind}");
    }
}
