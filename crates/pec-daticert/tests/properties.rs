//! Properties that hold for all values and for all bytes.
#![allow(
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use chrono::{DateTime, Utc};
use pec_daticert::{CertificationData, EventTime, Kind, fuzzing};
use proptest::{collection::vec, prelude::*, sample::select};

use common::strategies::data;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// rfc6109 §4.4, norms 6
    #[test]
    fn what_is_written_is_read_back(data in data()) {
        let xml = data.to_xml().unwrap();
        prop_assert_eq!(CertificationData::from_xml(xml.as_bytes()), Ok(data.clone()));
        let crlf = xml.replace('\n', "\r\n");
        prop_assert_eq!(CertificationData::from_xml(crlf.as_bytes()), Ok(data));
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
            let (day, hour, zone) = (time.day(), time.hour(), time.zone());
            prop_assert_eq!(EventTime::from_wire(&day, &hour, &zone), Ok(time));
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
        (Kind::VirusDetection, "consegna errore-esteso"),
    ] {
        let of_kind: Vec<_> = seen.iter().filter(|(seen, _)| *seen == kind).collect();
        assert!(!of_kind.is_empty() && of_kind.iter().all(|(_, has)| has == expected), "{kind}");
    }
}
