//! The tolerant reader, case by case: what departs, where it is said, what is understood.
#![allow(
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use pec_daticert::{
    AddressError, CertificationData, DeviationKind, Element, ErrorCode, Event, IdentifierError,
    Incomplete, Kind, Reading, ReceiptType, RecipientType, StrictError, TextError, TimeError,
    Value,
};

/// The golden with `from` replaced by `to`, read: the deviations must be exactly these, at these
/// places (given by the text that stands there), and the strict reader must refuse the first.
#[track_caller]
fn read(from: &str, to: &str, expected: &[(&str, Option<Element>, DeviationKind)]) -> Reading {
    read_kind("avvenuta-consegna", from, to, expected)
}

#[track_caller]
fn read_kind(
    golden: &str,
    from: &str,
    to: &str,
    expected: &[(&str, Option<Element>, DeviationKind)],
) -> Reading {
    let (_, data) = common::samples().into_iter().find(|(name, _)| *name == golden).unwrap();
    let xml = data.to_xml().unwrap();
    assert!(xml.contains(from), "{from}");
    let document = xml.replace(from, to);
    let (reading, deviations) = Reading::from_xml(document.as_bytes()).unwrap();
    let found: Vec<_> = deviations.iter().map(|d| (d.element, d.kind.clone())).collect();
    let wanted: Vec<_> =
        expected.iter().map(|(_, element, kind)| (*element, kind.clone())).collect();
    assert_eq!(found, wanted, "{document}");
    for (deviation, (place, ..)) in deviations.iter().zip(expected) {
        assert!(
            document[deviation.at..].starts_with(place),
            "{deviation}: {}",
            &document[deviation.at..]
        );
    }
    let strict = CertificationData::from_xml(document.as_bytes());
    match deviations.into_iter().next() {
        Some(first) => assert_eq!(strict, Err(StrictError::Deviates(first))),
        None => assert_eq!(
            strict,
            CertificationData::try_from(reading.clone()).map_err(|_| unreachable!())
        ),
    }
    reading
}

fn data(reading: Reading) -> CertificationData {
    CertificationData::try_from(reading).unwrap()
}

/// norms §6.1 (8, 9, 11) and the issue of each gestore: what may be missing.
#[test]
fn missing_elements_and_attributes() {
    use DeviationKind::{Missing, MissingAttribute};
    let risposte =
        "        <risposte>\"Rossi, Mario\" &lt;mario.rossi@alfa.example&gt;</risposte>\n";
    let reading = read(risposte, "", &[("</intestazione>", Some(Element::Risposte), Missing)]);
    assert_eq!(data(reading).header.reply_to.as_str(), "");
    let reading = read(
        "        <ricevuta tipo=\"completa\" />\n",
        "",
        &[("</dati>", Some(Element::Ricevuta), Missing)],
    );
    let Event::Delivery { receipt_type, .. } = data(reading).event else { panic!() };
    assert_eq!(receipt_type, ReceiptType::Complete);
    let reading =
        read(" zona=\"+0200\"", "", &[("<data>", Some(Element::Data), MissingAttribute("zona"))]);
    assert_eq!(reading.time.event_time(), None);
    assert_eq!(reading.time.local().unwrap().to_string(), "2026-07-01 10:15:00");
    assert_eq!(CertificationData::try_from(reading), Err(Incomplete { element: Element::Data }));
    let xml = common::sample(Event::Acceptance).to_xml().unwrap();
    let (start, rest) = xml.split_once("        <data ").unwrap();
    let document = format!("{start}{}", rest.split_once("</data>\n").unwrap().1);
    let (reading, deviations) = Reading::from_xml(document.as_bytes()).unwrap();
    assert_eq!(deviations.len(), 1);
    assert_eq!((deviations[0].element, &deviations[0].kind), (Some(Element::Data), &Missing));
    assert_eq!(reading.time.local(), None);
    read(
        "tipo=\"completa\"",
        "",
        &[("<ricevuta", Some(Element::Ricevuta), MissingAttribute("tipo"))],
    );
}

/// rfc6109 §4.4: `errore` and the type of a recipient have defaults, which are no deviation.
#[test]
fn defaults_of_the_dtd_are_noted_and_no_deviation() {
    let reading = read(" errore=\"nessuno\"", "", &[]);
    assert_eq!(reading.error, None);
    let reading = read(" tipo=\"certificato\"", "", &[]);
    assert_eq!(reading.recipients[0].recipient_type, None);
    assert_eq!(data(reading).header.recipients[0].recipient_type, RecipientType::Certified);
}

#[test]
fn errors_that_the_kind_does_not_have() {
    let kind = Kind::DeliveryError;
    let deviation = DeviationKind::ErrorNotOfKind { kind, found: ErrorCode::None };
    let reading = read_kind(
        "errore-consegna",
        " errore=\"no-dest\"",
        "",
        &[("<postacert", Some(Element::Postacert), deviation)],
    );
    let Event::DeliveryError { cause, .. } = data(reading).event else { panic!() };
    assert_eq!(cause, pec_daticert::DeliveryErrorCause::Other);
    let kind = Kind::Delivery;
    let deviation = DeviationKind::ErrorNotOfKind { kind, found: ErrorCode::Virus };
    read("nessuno", "virus", &[("<postacert", Some(Element::Postacert), deviation)]);
}

/// norms §6.1 (18): an unknown kind is kept, never taken for another.
#[test]
fn unknown_words_are_kept() {
    use DeviationKind::UnknownWord;
    let postacert = Some(Element::Postacert);
    let reading = read(
        "avvenuta-consegna",
        "mancata-consegna",
        &[("<postacert", postacert, UnknownWord("tipo"))],
    );
    assert_eq!(reading.kind, Some(Value::Text("mancata-consegna".to_owned())));
    assert_eq!(
        CertificationData::try_from(reading),
        Err(Incomplete { element: Element::Postacert })
    );
    let reading = read("nessuno", "boh", &[("<postacert", postacert, UnknownWord("errore"))]);
    assert_eq!(reading.error, Some(Value::Text("boh".to_owned())));
    assert_eq!(data(reading).event.error(), ErrorCode::None);
    let ricevuta = Some(Element::Ricevuta);
    let reading = read("completa", "Completa", &[("<ricevuta", ricevuta, UnknownWord("tipo"))]);
    assert_eq!(reading.receipt_type.unwrap().as_str(), "Completa");
    let reading = read(
        "esterno",
        "altrove",
        &[("<destinatari", Some(Element::Destinatari), UnknownWord("tipo"))],
    );
    assert_eq!(reading.recipients[2].recipient_type.as_ref().unwrap().as_str(), "altrove");
    assert_eq!(
        CertificationData::try_from(reading),
        Err(Incomplete { element: Element::Destinatari })
    );
}

/// Order and repeats of recipients are kept; two equal ones are no deviation.
#[test]
fn recipients_in_their_order() {
    let one = "<destinatari tipo=\"certificato\">anna@beta.example</destinatari>";
    let reading = read(one, &format!("{one}{one}"), &[]);
    let addresses: Vec<_> = reading.recipients.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(
        addresses.join(" "),
        "anna@beta.example anna@beta.example ufficio.protocollo@beta.example o'neill@gamma.example"
    );
}

#[test]
fn other_forms_of_the_time() {
    let time = |reading: &Reading| reading.time.event_time().unwrap().to_string();
    let giorno = Some(Element::Giorno);
    for form in ["01-07-2026", "2026-07-01"] {
        let reading = read("01/07/2026", form, &[("<giorno", giorno, DeviationKind::TimeForm)]);
        assert_eq!(time(&reading), "2026-07-01T10:15:00+02:00");
        assert_eq!(reading.time.day.as_deref(), Some(form));
    }
    let ora = Some(Element::Ora);
    let reading = read("10:15:00", "10:15", &[("<ora", ora, DeviationKind::TimeForm)]);
    assert_eq!(time(&reading), "2026-07-01T10:15:00+02:00");
    let data = Some(Element::Data);
    let reading = read("+0200", "+02:00", &[("<data", data, DeviationKind::TimeForm)]);
    assert_eq!(time(&reading), "2026-07-01T10:15:00+02:00");
    for (from, to, place, element, error) in [
        ("01/07/2026", "31/06/2026", "<giorno", Element::Giorno, TimeError::Day),
        ("10:15:00", "25:15:00", "<ora", Element::Ora, TimeError::Hour),
        ("+0200", "CEST", "<data", Element::Data, TimeError::Zone),
    ] {
        let reading = read(from, to, &[(place, Some(element), DeviationKind::BadTime(error))]);
        assert_eq!(reading.time.event_time(), None);
    }
    let leap = DeviationKind::BadTime(TimeError::LeapSecond);
    read("10:15:00", "10:59:60", &[("<data", data, leap)]);
}

/// The order of the DTD, and elements where they do not belong.
#[test]
fn elements_out_of_place() {
    use DeviationKind::{Misplaced, Missing, NotOfKind, OutOfOrder, Repeated, UnknownElement};
    let mittente = "        <mittente>mario.rossi@alfa.example</mittente>\n";
    let end = "    </intestazione>\n";
    let moved = |reading: &Reading| reading.sender.as_ref().unwrap().as_str().to_owned();
    let document = common::sample(Event::Acceptance).to_xml().unwrap();
    let late = document.replace(mittente, "").replace(end, &format!("{mittente}{end}"));
    let (reading, deviations) = Reading::from_xml(late.as_bytes()).unwrap();
    assert_eq!(moved(&reading), "mario.rossi@alfa.example");
    assert_eq!(deviations.len(), 1);
    assert_eq!(
        (deviations[0].element, &deviations[0].kind),
        (Some(Element::Mittente), &OutOfOrder)
    );
    let outside =
        document.replace(mittente, "").replace("<dati>\n", &format!("<dati>\n{mittente}"));
    let (reading, deviations) = Reading::from_xml(outside.as_bytes()).unwrap();
    assert_eq!(moved(&reading), "mario.rossi@alfa.example");
    let kinds: Vec<_> = deviations.iter().map(|d| &d.kind).collect();
    assert_eq!(kinds, [&Missing, &Misplaced]);
    let twice = Repeated { same: true };
    read(
        mittente,
        &format!("{mittente}{mittente}"),
        &[("<mittente", Some(Element::Mittente), twice)],
    );
    let other = mittente.replace("mario.rossi", "luigi");
    let differs = Repeated { same: false };
    let reading = read(
        mittente,
        &format!("{mittente}{other}"),
        &[("<mittente", Some(Element::Mittente), differs)],
    );
    assert_eq!(moved(&reading), "mario.rossi@alfa.example");
    let reading = read(
        "<dati>",
        "<dati><nuovo><mittente>x</mittente>testo</nuovo>",
        &[("<nuovo", None, UnknownElement)],
    );
    assert_eq!(reading.unknown_elements, ["nuovo"]);
    let kind = Kind::Delivery;
    let reading = read(
        "    </dati>",
        "<ricezione>a@b.it</ricezione></dati>",
        &[("<postacert", Some(Element::Ricezione), NotOfKind { kind })],
    );
    assert_eq!(reading.received_for[0].as_str(), "a@b.it");
    assert!(data(reading).event.received_for().is_empty());
}

/// erratum 14: older software put the recipient of a virus notice into `ricezione`.
#[test]
fn the_recipient_of_a_virus_notice_is_read_from_either_place() {
    let consegna = "<consegna>anna@beta.example</consegna>";
    let ricezione = "<ricezione>anna@beta.example</ricezione>";
    let old = read_kind("rilevazione-virus", consegna, ricezione, &[]);
    assert_eq!(data(old).event.delivered_to(), Some(&common::anna()));
    let kind = Kind::VirusDetection;
    let both = DeviationKind::NotOfKind { kind };
    let document = format!("{consegna}{ricezione}");
    read_kind(
        "rilevazione-virus",
        consegna,
        &document,
        &[("<postacert", Some(Element::Ricezione), both)],
    );
    let neither = DeviationKind::Missing;
    read_kind("rilevazione-virus", consegna, "", &[("</dati>", Some(Element::Consegna), neither)]);
    let two = DeviationKind::Repeated { same: false };
    read_kind(
        "rilevazione-virus",
        consegna,
        &ricezione.repeat(2),
        &[("<postacert", Some(Element::Ricezione), two)],
    );
}

#[test]
fn unescaped_markup_in_a_text() {
    use DeviationKind::{BareAmpersand, CdataEnd, UnescapedMarkup, UnknownEntity};
    let msgid = Some(Element::Msgid);
    let reading = read(
        "&lt;m.42$7@host.example&gt;",
        "<m.42$7@host.example>",
        &[("<m.42", msgid, UnescapedMarkup)],
    );
    assert_eq!(reading.msgid.unwrap().as_str(), "<m.42$7@host.example>");
    let reading = read(
        "&lt;m.42$7@host.example&gt;",
        "<a\"b@host.example>",
        &[("<a\"b", msgid, UnescapedMarkup)],
    );
    assert_eq!(reading.msgid.unwrap().as_str(), "<a\"b@host.example>");
    let oggetto = Some(Element::Oggetto);
    let subject = |reading: Reading| reading.subject.unwrap().as_str().to_owned();
    let reading = read("&lt;società&gt;", "<b>A</b> &lt;", &[("Perché", oggetto, UnescapedMarkup)]);
    assert_eq!(subject(reading), "Perché \"no\"? Città & <b>A</b> < 😀");
    let reading = read("Città &amp; ", "Città & ", &[("& &lt;", oggetto, BareAmpersand)]);
    assert_eq!(subject(reading), "Perché \"no\"? Città & <società> 😀");
    let reading = read("Città &amp; ", "&agrave; ", &[("&agrave;", oggetto, UnknownEntity)]);
    assert_eq!(subject(reading), "Perché \"no\"? &agrave; <società> 😀");
    let reading = read("Città", "]]>", &[("]]>", oggetto, CdataEnd)]);
    assert_eq!(subject(reading), "Perché \"no\"? ]]> & <società> 😀");
    for reference in
        ["&#0;", "&#xFFFE;", "&#xD800;", "&#x;", "&#;", "&#+65;", "&#X41;", "&#99999999999;"]
    {
        let bad = DeviationKind::BadCharacterReference;
        let reading = read("Città", reference, &[(reference, oggetto, bad)]);
        assert_eq!(subject(reading), format!("Perché \"no\"? {reference} & <società> 😀"));
    }
}

#[test]
fn tags_that_do_not_match() {
    use DeviationKind::{LineBreak, MismatchedEndTag, Missing, StrayText, Truncated};
    // An end tag is missing: the element ends where its parent does, or where the next begins.
    let oggetto = Some(Element::Oggetto);
    let reading = read(
        "</oggetto>",
        "",
        &[("<oggetto", oggetto, LineBreak), ("</intestazione", oggetto, MismatchedEndTag)],
    );
    assert!(reading.subject.unwrap().as_str().starts_with("Perché"));
    let risposte = Some(Element::Risposte);
    let reading = read(
        "</risposte>",
        "",
        &[("<risposte", risposte, LineBreak), ("<oggetto", risposte, MismatchedEndTag)],
    );
    assert!(reading.reply_to.unwrap().as_str().starts_with("\"Rossi, Mario\""));
    // One too many is skipped.
    read("</oggetto>", "</x></oggetto>", &[("</x>", oggetto, MismatchedEndTag)]);
    read("</oggetto>", "</oggetto></x>", &[("</x>", None, MismatchedEndTag)]);
    // The end tag of a container is missing: what follows it is read from inside it.
    let inside = |name: &'static str, element| (name, Some(element), DeviationKind::Misplaced);
    let reading = read(
        "</data>",
        "",
        &[
            inside("<identificativo", Element::Identificativo),
            inside("<msgid", Element::Msgid),
            inside("<ricevuta", Element::Ricevuta),
            inside("<consegna", Element::Consegna),
            ("</dati>", None, MismatchedEndTag),
        ],
    );
    assert!(CertificationData::try_from(reading).is_ok());
    let stray = Some(Element::Intestazione);
    read("</risposte>", "</risposte>a", &[("a\n", stray, StrayText)]);
    read("</postacert>\n", "", &[("", None, Truncated)]);
    let reading = read(
        "        <consegna>anna@beta.example</consegna>\n    </dati>\n</postacert>\n",
        "        <consegna>anna@be",
        &[("", None, Truncated), ("", Some(Element::Consegna), Missing)],
    );
    assert_eq!(reading.delivered_to, None);
    assert!(reading.pec_msgid.is_some());
}

#[test]
fn malformed_tags_comments_and_instructions() {
    use DeviationKind::{
        MalformedAttributes, MalformedComment, MalformedDeclaration, MalformedInstruction,
        NotEmpty, SurroundingBlanks, TrailingBytes, UnknownAttribute,
    };
    let postacert = Some(Element::Postacert);
    for attributes in [
        " errore=nessuno",
        " errore",
        " errore=\"<\"",
        " errore=\"&x;\"",
        " tipo=\"x\"",
        "errore=\"nessuno\"",
    ] {
        let reading =
            Reading::from_xml(format!("<postacert tipo=\"accettazione\"{attributes}/>").as_bytes());
        let (_, deviations) = reading.unwrap();
        assert!(
            deviations.iter().any(|d| d.kind == MalformedAttributes),
            "{attributes}: {deviations:?}"
        );
    }
    read("<dati>", "<dati x=\"\">", &[("<dati", Some(Element::Dati), UnknownAttribute)]);
    read("<postacert ", "<postacert xmlns=\"u\" ", &[("<postacert", postacert, UnknownAttribute)]);
    read(
        "\"completa\"",
        "\" completa \"",
        &[("<ricevuta", Some(Element::Ricevuta), SurroundingBlanks)],
    );
    for comment in ["<!-- a -- b -->", "<!-- a --->"] {
        read("<dati>", &format!("<dati>{comment}"), &[(comment, None, MalformedComment)]);
        read("Città", comment, &[(comment, None, MalformedComment)]);
    }
    for instruction in ["<?XML x?>", "<??>", "<? x?>", "<?a:b x?>", "<?1?>"] {
        read(
            "<dati>",
            &format!("<dati>{instruction}"),
            &[(instruction, None, MalformedInstruction)],
        );
    }
    let again = "<?xml version=\"1.0\"?>";
    read("<dati>", &format!("<dati>{again}"), &[(again, None, MalformedDeclaration)]);
    read("Città", again, &[(again, Some(Element::Oggetto), MalformedDeclaration)]);
    let ricevuta = Some(Element::Ricevuta);
    read("\"completa\" />", "\"completa\"> </ricevuta>", &[(" </", ricevuta, NotEmpty)]);
    read("\"completa\" />", "\"completa\"></ricevuta>", &[]);
    for rest in ["x", "<x/>", "&amp;", "<![CDATA[]]>", "<!-- ", "</postacert>", "\0"] {
        let (from, to) = ("</postacert>\n", format!("</postacert>\n<!-- fine -->\n{rest}"));
        let xml = common::sample(Event::Acceptance).to_xml().unwrap().replace(from, &to);
        let (_, deviations) = Reading::from_xml(xml.as_bytes()).unwrap();
        let trailing = deviations.iter().find(|d| d.kind == TrailingBytes).unwrap();
        assert!(xml[trailing.at..].starts_with(rest), "{trailing}");
    }
}

#[test]
fn values_that_are_almost_right() {
    use DeviationKind::{
        AngleBrackets, BadAddress, BadIdentifier, BadText, IllegalCharacter, LineBreak,
        SurroundingBlanks,
    };
    let mittente = Some(Element::Mittente);
    let sender = "mario.rossi@alfa.example</mittente>";
    let reading = read(
        sender,
        " mario.rossi@alfa.example\n</mittente>",
        &[("<mittente", mittente, SurroundingBlanks)],
    );
    assert_eq!(reading.sender.unwrap().as_str(), "mario.rossi@alfa.example");
    let no_address = BadAddress(AddressError::NoAtSign);
    let reading =
        read(sender, "example.example.com</mittente>", &[("<mittente", mittente, no_address)]);
    assert_eq!(reading.sender, Some(Value::Text("example.example.com".to_owned())));
    assert_eq!(
        CertificationData::try_from(reading),
        Err(Incomplete { element: Element::Mittente })
    );
    let id = "a1.20260701101500.00042.01.1.2@pec.alfa.example";
    let identificativo = Some(Element::Identificativo);
    let reading =
        read(id, &format!("&lt;{id}&gt;"), &[("<identificativo", identificativo, AngleBrackets)]);
    assert_eq!(reading.pec_msgid.unwrap().as_str(), id);
    let msgid = Some(Element::Msgid);
    let reading = read(
        "&lt;m.42$7@host.example&gt;",
        "m.42$7@host.example",
        &[("<msgid", msgid, AngleBrackets)],
    );
    assert_eq!(reading.msgid.unwrap().as_str(), "<m.42$7@host.example>");
    let bad = BadIdentifier(IdentifierError::Character { at: 2, character: ' ' });
    let reading = read("m.42$7@host", "m 42", &[("<msgid", msgid, bad)]);
    assert_eq!(reading.msgid.unwrap().as_str(), "<m 42.example>");
    let oggetto = Some(Element::Oggetto);
    let reading = read("Città ", "Città \r\n\t ", &[("<oggetto", oggetto, LineBreak)]);
    assert_eq!(reading.subject.unwrap().as_str(), "Perché \"no\"? Città & <società> 😀");
    let character = '\u{1}';
    let bad = BadText(TextError { at: 14, character });
    let reading = read(
        "Città",
        "\u{1}",
        &[("<oggetto", oggetto, bad), ("\u{1}", None, IllegalCharacter(character))],
    );
    assert!(reading.subject.unwrap().as_str().contains(character));
}

/// norms 3: UTF-8 is the rule; what else is read is listed, with positions in the bytes as given.
#[test]
fn encodings() {
    use DeviationKind::{
        BlanksBeforeDeclaration, ByteOrderMark, DeclaredEncoding, InvalidUtf8,
        MalformedDeclaration, UnknownElement,
    };
    let latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><postacert><intestazione>\
                 <oggetto>\u{80}\u{e8}</oggetto><x/></intestazione></postacert>";
    let read = |document: &[u8]| {
        let (reading, deviations) = Reading::from_xml(document).unwrap();
        let x = deviations.iter().find(|d| d.kind == UnknownElement).map(|d| d.at);
        assert_eq!(x, memchr::memmem::find(document, b"<x/>"));
        let subject = reading.subject.map(|subject| subject.as_str().to_owned());
        (subject.unwrap_or_default(), deviations[0].kind.clone())
    };
    let bytes: Vec<u8> = latin.chars().map(|c| u8::try_from(c).unwrap()).collect();
    assert_eq!(read(&bytes), ("\u{80}è".to_owned(), DeclaredEncoding("ISO-8859-1")));
    let windows = String::from_utf8_lossy(&bytes[..40]).replace("ISO-8859-1", "windows-1252");
    let windows = [windows.as_bytes(), &bytes[40..]].concat();
    assert_eq!(read(&windows), ("€è".to_owned(), DeclaredEncoding("Windows-1252")));
    let mislabelled = latin.replace("ISO-8859-1", "UTF-8");
    let mislabelled: Vec<u8> = mislabelled.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let (reading, deviations) = Reading::from_xml(&mislabelled).unwrap();
    assert_eq!(reading.subject.unwrap().as_str(), "€è");
    let invalid = deviations.iter().find(|d| d.kind == InvalidUtf8).unwrap();
    assert_eq!(invalid.at, mislabelled.iter().position(|byte| *byte == 0x80).unwrap());
    let utf8 = latin.replace("ISO-8859-1", "utf-8");
    assert_eq!(read(format!("\u{feff}{utf8}").as_bytes()), ("\u{80}è".to_owned(), ByteOrderMark));
    assert_eq!(read(format!(" \n{utf8}").as_bytes()).1, BlanksBeforeDeclaration);
    for declaration in [
        "<?xml?>",
        "<?xml encoding='UTF-8'?>",
        "<?xml version='1.1'?>",
        "<?xml version='1.0'encoding='UTF-8'?>",
        "<?xml version='1.0' standalone='maybe'?>",
        "<?xml version='1.0' standalone='no' encoding='UTF-8'?>",
        "<?xml version='1.0' encoding='UTF-8' x='y'?>",
        "<?xml version=1.0?>",
        "<?xml version='1.0' \u{e8}?>",
        "<?xml version='1.0' version='1.0'?>",
        "<?xml version='1.0",
    ] {
        let body = utf8.split_once("?>").unwrap().1;
        let (_, deviations) =
            Reading::from_xml(format!("{declaration}{body}").as_bytes()).unwrap_or_default();
        let at_start = deviations.first().map(|d| (d.at, &d.kind));
        if declaration.ends_with("?>") {
            assert_eq!(at_start, Some((0, &MalformedDeclaration)), "{declaration}");
        }
    }
    let cut = "<postacert><intestazione><oggetto>perch\u{e9}".as_bytes();
    let (_, deviations) = Reading::from_xml(&cut[..cut.len() - 1]).unwrap();
    assert!(deviations.iter().any(|d| d.kind == InvalidUtf8 && d.at == cut.len() - 2));
}

/// A byte order mark elsewhere than at the start is a character, and moves no position.
#[test]
fn byte_order_marks_inside_the_document_are_text() {
    let xml = common::sample(Event::Acceptance).to_xml().unwrap();
    for place in ["<postacert", "<dati>", "</postacert>"] {
        let document =
            xml.replace(place, &format!(" \u{feff}\u{feff}{place}")).replace("10:15", "x");
        let (_, deviations) = Reading::from_xml(document.as_bytes()).unwrap();
        assert!(deviations.iter().any(|d| d.kind == DeviationKind::StrayText), "{deviations:?}");
        let ora = deviations.iter().find(|d| d.element == Some(Element::Ora)).unwrap();
        assert!(document[ora.at..].starts_with("<ora>"));
    }
}

/// Every deviation says byte, element and rule in words.
#[test]
fn deviations_are_readable() {
    let xml = common::sample(Event::Acceptance).to_xml().unwrap().replace("10:15:00", "10.15");
    let error = CertificationData::from_xml(xml.as_bytes()).unwrap_err();
    let at = xml.find("<ora>").unwrap();
    assert_eq!(
        error.to_string(),
        format!("byte {at}, <ora>: not a time (not a time in the form hh:mm:ss); kept as text")
    );
}
