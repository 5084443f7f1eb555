//! Hostile documents: refused by both readers, nothing resolved, nothing expanded, in linear time.
#![allow(
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use pec_daticert::{
    CertificationData, DeviationKind, Event, ReadError, Reading, StrictError, Text, WriteError,
    limits,
};

fn document() -> String {
    common::sample(Event::Acceptance).to_xml().unwrap()
}

/// Refused by both readers with the same error.
fn refusal(document: &[u8]) -> ReadError {
    let Err(error) = Reading::from_xml(document) else {
        panic!("read: {}", String::from_utf8_lossy(document));
    };
    let strict = CertificationData::from_xml(document);
    assert_eq!(strict, Err(StrictError::Refused(error.clone())));
    error
}

/// norms 62, norms §6.2: XXE, entity expansion, DOCTYPE in any place and shape.
#[test]
fn declarations_are_refused_wherever_they_stand() {
    let declarations = [
        "<!DOCTYPE postacert>",
        "<!DOCTYPE postacert SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE p [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>",
        "<!doctype postacert>",
        "<!DOCTYPE",
        "<!ENTITY x \"y\">",
        "<!ELEMENT postacert ANY>",
    ];
    let xml = document();
    for declaration in declarations {
        for place in ["<postacert", "<mittente>", "mario.rossi@", "</postacert>"] {
            let document = xml.replacen(place, &format!("{declaration}{place}"), 1);
            let at = document.find(declaration).unwrap();
            assert_eq!(refusal(document.as_bytes()), ReadError::Doctype { at }, "{document}");
        }
        let after = format!("{xml}<!-- x -->{declaration}");
        let at = after.find(declaration).unwrap();
        assert_eq!(refusal(after.as_bytes()), ReadError::Doctype { at });
        let behind_garbage = format!("{xml}junk <x> {declaration}");
        let at = behind_garbage.find(declaration).unwrap();
        assert_eq!(refusal(behind_garbage.as_bytes()), ReadError::Doctype { at });
    }
}

#[test]
fn references_are_never_expanded() {
    let xml = document().replace("Perché", "&xxe;&lol9;Perché");
    let (reading, deviations) = Reading::from_xml(xml.as_bytes()).unwrap();
    assert!(reading.subject.unwrap().as_str().starts_with("&xxe;&lol9;Perché"));
    let unknown = deviations.iter().filter(|d| d.kind == DeviationKind::UnknownEntity).count();
    assert_eq!((deviations.len(), unknown), (2, 2));
}

#[test]
fn the_size_is_limited() {
    let xml = document();
    let padded = |size: usize| format!("{xml}{}", " ".repeat(size - xml.len()));
    let limit = limits::MAX_DOCUMENT_BYTES;
    assert!(CertificationData::from_xml(padded(limit).as_bytes()).is_ok());
    let size = limit + 1;
    assert_eq!(refusal(padded(size).as_bytes()), ReadError::TooLarge { size });
}

#[test]
fn what_is_written_can_be_read() {
    let mut data = common::sample(Event::Acceptance);
    data.header.subject = None;
    let rest = data.to_xml().unwrap().len() + "        <oggetto></oggetto>\n".len();
    let limit = limits::MAX_DOCUMENT_BYTES;
    data.header.subject = Some(Text::new("a".repeat(limit - rest)).unwrap());
    let xml = data.to_xml().unwrap();
    assert_eq!(xml.len(), limit);
    assert_eq!(CertificationData::from_xml(xml.as_bytes()).as_ref(), Ok(&data));
    data.header.subject = Some(Text::new("a".repeat(limit - rest + 1)).unwrap());
    assert_eq!(data.to_xml(), Err(WriteError::TooLarge { size: limit + 1 }));
}

#[test]
fn the_depth_is_limited() {
    let nested = |depth: usize| {
        format!("<postacert>{}{}</postacert>", "<x>".repeat(depth - 1), "</x>".repeat(depth - 1))
    };
    assert!(Reading::from_xml(nested(limits::MAX_DEPTH).as_bytes()).is_ok());
    let one_more = nested(limits::MAX_DEPTH + 1);
    let at = one_more.find("</").unwrap() - "<x>".len();
    assert_eq!(refusal(one_more.as_bytes()), ReadError::TooDeep { at });
}

#[test]
fn the_list_of_deviations_is_limited() {
    let with = |number: usize| {
        let xml = document().replace("<dati>", &format!("<dati>{}", "<x/>".repeat(number)));
        Reading::from_xml(xml.as_bytes()).unwrap()
    };
    let (reading, deviations) = with(limits::MAX_DEVIATIONS);
    assert_eq!(deviations.len(), limits::MAX_DEVIATIONS);
    assert_eq!(reading.unknown_elements.len(), limits::MAX_DEVIATIONS);
    let (reading, deviations) = with(limits::MAX_DEVIATIONS + 2);
    assert_eq!(deviations.len(), limits::MAX_DEVIATIONS + 1);
    assert_eq!(deviations.last().unwrap().kind, DeviationKind::TooMany);
    assert!(CertificationData::try_from(reading).is_ok());
}

#[test]
fn what_is_no_certification_data_is_refused() {
    let found = |name: &str| Some(name.to_owned());
    for (document, expected) in [
        ("", ReadError::NotCertificationData { at: 0, found: None }),
        ("ciao", ReadError::NotCertificationData { at: 4, found: None }),
        ("<html/>", ReadError::NotCertificationData { at: 0, found: found("html") }),
        (" <x:postacert/>", ReadError::NotCertificationData { at: 1, found: found("x:postacert") }),
        ("<Postacert/>", ReadError::NotCertificationData { at: 0, found: found("Postacert") }),
    ] {
        assert_eq!(refusal(document.as_bytes()), expected, "{document}");
    }
    let utf16: Vec<u8> = document().encode_utf16().flat_map(u16::to_le_bytes).collect();
    for prefix in [&b"\xff\xfe"[..], b""] {
        let document = [prefix, &utf16].concat();
        let label = "UTF-16".to_owned();
        assert_eq!(refusal(&document), ReadError::UnsupportedEncoding { label });
    }
    let utf7 = document().replace("UTF-8", "UTF-7");
    let label = "UTF-7".to_owned();
    assert_eq!(refusal(utf7.as_bytes()), ReadError::UnsupportedEncoding { label });
}

/// No shape of a large document makes reading slow: each of these would take minutes if any part
/// of the reader were quadratic. The benchmark `daticert/read/1MiB` has the figures.
#[test]
fn large_documents_of_any_shape_are_read() {
    for (name, document) in pec_daticert::fuzzing::large_documents() {
        assert!(document.len() <= limits::MAX_DOCUMENT_BYTES, "{name}");
        assert!(document.len() > limits::MAX_DOCUMENT_BYTES - 4096, "{name}");
        pec_daticert::fuzzing::read(&document);
    }
}

/// All truncations, and every bit of a document flipped: read or refused, never a panic.
#[test]
fn damaged_documents_are_read_or_refused() {
    let xml = document().into_bytes();
    for end in 0..xml.len() {
        pec_daticert::fuzzing::read(&xml[..end]);
    }
    for at in 0..xml.len() {
        for bit in 0..8 {
            let mut damaged = xml.clone();
            damaged[at] ^= 1 << bit;
            pec_daticert::fuzzing::read(&damaged);
        }
    }
}

#[test]
fn unclosed_elements_before_a_distant_end_take_linear_time() {
    let open = "<oggetto>".repeat(100_000);
    let document = format!(
        "<postacert tipo='accettazione'><intestazione>{open}<!-- x --></oggetto></intestazione>\
         </postacert>"
    );
    let start = std::time::Instant::now();
    assert!(Reading::from_xml(document.as_bytes()).is_ok());
    let taken = start.elapsed();
    assert!(taken.as_secs() < 5, "{taken:?}");
}
