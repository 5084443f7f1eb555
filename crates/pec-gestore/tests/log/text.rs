//! The text form: our own lines, lines of others, hostile lines.

use chrono::{DateTime, Utc};
use pec_daticert::{ErrorCode, Event, Kind, ReceiptType, RecipientType, Text};
use pec_gestore::Role;
use pec_gestore::log::text::{
    Entry, LineError, MAX_LINE_BYTES, MAX_ODDITIES, OddityKind, ReadOptions, RecordError,
};
use pec_gestore::log::{LogEvent, Record, fuzzing};
use proptest::prelude::*;

use crate::sample::{ALFA, ANNA, BETA, address, at, data, id};

fn read(line: &str) -> Entry {
    Entry::read(7, line.as_bytes(), &ReadOptions { year: Some(2007) }).unwrap()
}

fn kinds(entry: &Entry) -> Vec<&OddityKind> {
    entry.oddities.iter().map(|oddity| &oddity.kind).collect()
}

/// rfc6109 §2.3#1: the line holds the eight items, in the grammar of norms §2.2.
#[test]
fn a_line_holds_the_eight_items() {
    let event =
        Event::Delivery { receipt_type: ReceiptType::Complete, delivered_to: address(ANNA) };
    let data = data("t1@alfa.example", BETA, 0, event);
    let record = Record::made(&data, Role::Receiver, at(0), &id("r1@beta.example")).sent_by(ALFA);
    let line = record.to_line();
    assert_eq!(
        line,
        "Nov 21 10:00:00 2026 Postacert gestore [1]: t1@alfa.example: \
         tipo=avvenuta-consegna (Consegna): mittente=Mario.Rossi@alfa.example: \
         destinatari=anna@beta.example (certificato), Bruno@Beta.example (certificato), \
         carla@example.it (esterno): oggetto=R%3A fattura n. 12 %3D 100%25: \
         message-id=r1@beta.example: gestore=Beta PEC S.r.l.: istante=2026-11-21T09:00:00Z: \
         ruolo=destinatario: data=2026-11-21T10:00:00+01:00: msgid=<m1@host.example>: \
         risposte=Mario <mario@alfa.example>: gestore-mittente=Alfa PEC S.p.A.: \
         tipo_ricevuta=completa: consegna=anna@beta.example"
    );
    fuzzing::roundtrip(&record);
    assert_eq!(record.certification_data(), Ok(data));
}

/// A lost receipt can be made again from what the line says: nothing of its data is missing.
#[test]
fn every_certified_event_is_in_its_line() {
    use crate::transmission::{delivered, envelope, failed, notice, taken, virus};
    use pec_daticert::{DeliveryErrorCause as Cause, NonAcceptanceCause};

    let refused = |cause| Event::NonAcceptance { cause, error_detail: "5.6.0".parse().unwrap() };
    let plain = Event::DeliveryError {
        cause: Cause::Other,
        delivered_to: address(ANNA),
        receipt_type: None,
        error_detail: Text::default(),
    };
    let causes = [Cause::NoRecipient, Cause::NoDomain, Cause::Virus, Cause::Other];
    let events = [
        Event::Acceptance,
        refused(NonAcceptanceCause::Virus),
        refused(NonAcceptanceCause::FormalException),
        envelope(),
        taken(&[ANNA, "b@beta.example"]),
        delivered(ANNA),
        notice(ANNA, "4.4.1"),
        notice(ANNA, "5.4.1"),
        virus(ANNA),
        plain,
    ];
    for event in events.into_iter().chain(causes.map(|cause| failed(ANNA, cause))) {
        let data = data("t1@alfa.example", BETA, 0, event);
        let record = Record::made(&data, Role::Receiver, at(0), &id("r1@beta.example"));
        let read = Record::from_line(&record.to_line()).unwrap();
        assert_eq!(read.certification_data(), Ok(data));
    }
}

#[test]
fn a_virus_stands_right_after_the_error() {
    let event = Event::VirusDetection {
        delivered_to: address(ANNA),
        error_detail: "trovato: Eicar".parse().unwrap(),
    };
    let data = data("t1@alfa.example", BETA, 0, event);
    let record = Record::received(&data, Role::Sender, at(1))
        .with_message_id(Some(&"<r2@beta.example>".parse().unwrap()))
        .with_virus(&"Eicar: test=1".parse().unwrap());
    let line = record.to_line();
    let last = ": consegna=anna@beta.example: errore=virus: virus=Eicar%3A test%3D1";
    assert!(line.ends_with(last), "{line}");
    assert!(line.contains(": verso=ricevuto: "), "{line}");
    assert!(line.contains(": message-id=<r2@beta.example>: "), "{line}");
    fuzzing::roundtrip(&record);
}

/// norms §6.2: who chooses a subject, an address or the name of a virus chooses nothing else.
#[test]
fn nothing_from_outside_forges_a_field_or_a_line() {
    for text in [
        "x: consegna=bruno@beta.example",
        "x: message-id=f@alfa.example: gestore=Falso: consegna=b@beta.example",
        ": tipo=accettazione (Accettazione)",
        "%0ANov 21 10:00:00 2026 Postacert gestore [1]: t1@alfa.example: tipo=",
        "fine:",
        " ",
        "%",
        "",
        "\u{85}Nov\u{2028}21\u{202e}",
    ] {
        let text: Text = text.parse().unwrap();
        let event = Event::DeliveryError {
            cause: pec_daticert::DeliveryErrorCause::Other,
            delivered_to: address("\"a (certificato), b: consegna=\"@beta.example"),
            receipt_type: None,
            error_detail: text.clone(),
        };
        let mut data = data("t1@alfa.example", BETA, 0, event);
        data.header.subject = Some(text.clone());
        data.header.reply_to = text.clone();
        data.provider = text.clone();
        let record = Record::made(&data, Role::Sender, at(0), &id("r@alfa.example"));
        fuzzing::roundtrip(&record);
        fuzzing::roundtrip(&record.clone().with_virus(&text));
        let line = record.to_line();
        assert_eq!(line.matches("tipo=").count(), 1, "{line}");
        assert_eq!(line.matches(": consegna=").count(), 1, "{line}");
        assert_eq!(read(&line).oddities, []);
    }
    let hostile = Record::new(LogEvent::Rifiuto, Role::Other, at(0)).sent_by("a\nb\r\n: c=d");
    fuzzing::roundtrip(&hostile);
}

/// The lines of norms §2.2, as other gestori write them.
#[test]
fn lines_of_others_are_read() {
    let entry = read(
        "mag 10 11:01:59 PEC_Milter root [4063]: 1.6@pec.example: tipo=errore-consegna \
         (MancataConsegnaVirus): mittente=u1@pec.example: destinatari=u1@pec.example \
         (certificato), u4@non.example (esterno), u5@non.example: oggetto=Test  ~?`\"%&|\\<>: \
         message-id=2.7@altro.example: gestore=Altro: PEC: tipo_ricevuta=completa: \
         consegna=u2@altro.example: errore=virus: virus=ClamAV-Test-File",
    );
    assert_eq!((entry.line, entry.is_own), (7, false));
    assert_eq!(entry.source, "PEC_Milter root [4063]");
    assert_eq!(entry.time, Some("2007-05-10T09:01:59Z".parse().unwrap()));
    assert_eq!(entry.id.as_deref(), Some("1.6@pec.example"));
    assert_eq!(entry.event, Some(LogEvent::MancataConsegnaVirus));
    assert_eq!(entry.kind, Some(Kind::DeliveryError));
    let types: Vec<_> = entry.recipients.iter().map(|recipient| recipient.recipient_type).collect();
    assert_eq!(types, [Some(RecipientType::Certified), Some(RecipientType::External), None]);
    assert_eq!(entry.subject.as_deref(), Some("Test  ~?`\"%&|\\<>"));
    assert_eq!(entry.message_ids, ["2.7@altro.example"]);
    assert_eq!(entry.issuer.as_deref(), Some("Altro: PEC"));
    assert_eq!(entry.receipt_type, Some(ReceiptType::Complete));
    assert_eq!(entry.delivered_to, ["u2@altro.example"]);
    assert_eq!(entry.error, Some(ErrorCode::Virus));
    assert_eq!(entry.virus.as_deref(), Some("ClamAV-Test-File"));
    assert_eq!((entry.role, entry.is_received), (None, None));
    let untyped = OddityKind::Value { field: "destinatari", value: "u5@non.example".into() };
    assert_eq!(kinds(&entry), [&untyped]);
}

#[test]
fn an_anomaly_has_no_kind_and_takes_in_charge_a_list() {
    let entry = read(
        "set 20 19:48:03 2006 PEC_Milter root [2504]: 2.3@pec.example: tipo= (BustaAnomalia): \
         mittente=u@non.example: destinatari=u1@pec.example (certificato): oggetto=Test: \
         message-id=: gestore=X: eccezioni=domino mittente non di posta certificata",
    );
    assert_eq!((entry.kind, entry.event), (None, Some(LogEvent::BustaAnomalia)));
    assert_eq!(entry.message_ids, [""; 0]);
    let reason = "domino mittente non di posta certificata";
    assert_eq!(entry.error_detail.as_deref(), Some(reason));
    assert_eq!(entry.oddities, []);
    let entry = read(
        "May  1 11:01:54 PEC_Milter root [4063]: 6.6@p.example: queueid=l0: tipo=presa-in-carico \
         (PresaInCarico): mittente=u1@p.example: destinatari=u1@p.example (certificato): \
         oggetto=: message-id=2.2@p.example: gestore=T: ricezione=u1@p.example, u3@p.example",
    );
    assert_eq!(entry.received_for, ["u1@p.example", "u3@p.example"]);
    assert_eq!(entry.subject, None);
    assert_eq!(entry.oddities, []);
}

/// Raw subjects: eight bits, and fields inside, which are marked.
#[test]
fn raw_subjects_of_others_are_read_with_a_mark() {
    let line = "Mar 27 12:51:49 2008 M t [1]: 1@p.example: tipo=posta-certificata \
        (BustaTrasporto): mittente=a@p.example: destinatari=b@p.example (certificato): \
        oggetto=x: message-id=falso@p.example: gestore=F: consegna=z@p.example: \
        message-id=1@p.example: gestore=G: tipo_ricevuta=breve";
    let entry = read(line);
    let subject = "x: message-id=falso@p.example: gestore=F: consegna=z@p.example";
    assert_eq!(entry.subject.as_deref(), Some(subject));
    assert_eq!((entry.delivered_to.len(), entry.message_ids.len()), (0, 1));
    assert_eq!(kinds(&entry), [&OddityKind::Ambiguous("oggetto")]);
    let latin = [
        b"Mar 27 12:51:49 2008 M t [1]: 1@p.example: tipo= (BustaAnomalia): mittente=: \
        destinatari=: oggetto=Citt\xe0 \x80: message-id=: gestore=G: errore=altro: \
        errore-esteso=no: virus=boh"
            .as_slice(),
        b"\r\n",
    ]
    .concat();
    let entry = Entry::read(1, &latin, &ReadOptions::default()).unwrap();
    assert_eq!(entry.subject.as_deref(), Some("Città \u{80}"));
    assert_eq!(entry.error_detail.as_deref(), Some("no: virus=boh"));
    assert_eq!(kinds(&entry), [&OddityKind::Ambiguous("errore-esteso"), &OddityKind::NotUtf8]);
}

#[test]
fn two_lines_in_one_are_told_apart() {
    let entry = read(
        "Feb 24 19:42:21 PEC_Milter root [1542]: Feb 24 19:42:35 PEC_Milter root [1546]: \
         E4.posta-certificata@p.example: tipo=posta-certificata (BustaTrasporto): \
         mittente=a@p.example: destinatari=b@p.example (certificato): oggetto=R: \
         message-id=E4.posta-certificata@p.example: gestore=P: tipo_ricevuta=sintetica",
    );
    assert_eq!(entry.id.as_deref(), Some("E4.posta-certificata@p.example"));
    assert_eq!(entry.source, "PEC_Milter root [1546]");
    assert_eq!(kinds(&entry), [&OddityKind::TwoLines]);
}

#[test]
fn other_lines_are_refused_with_the_reason() {
    let read = |line: &[u8]| Entry::read(1, line, &ReadOptions::default()).unwrap_err();
    assert_eq!(read(b""), LineError::Empty);
    assert_eq!(read(b"\r\n"), LineError::Empty);
    assert_eq!(read(b"  - non e' stata utilizzata la cifratura"), LineError::Continuation);
    assert_eq!(read(b"{\"version\":1}"), LineError::NoTime);
    assert_eq!(read(b"Mar 27 12:51:49 2008 tmail"), LineError::NoIdentifier { at: 21 });
    assert_eq!(read(b"Mar 27 12:51:49 2008 M [1]: x"), LineError::NoIdentifier { at: 21 });
    let rotation = b"Mar 20 13:53:00 2008 M [1]: ruotazione-log: code=OK: action=OPEN: timestamp=P";
    assert_eq!(read(rotation), LineError::NoEvent);
    let mut long = vec![b'x'; MAX_LINE_BYTES];
    assert_eq!(read(&long), LineError::NoTime);
    long.push(b'x');
    assert_eq!(read(&long), LineError::TooLong(MAX_LINE_BYTES + 1));
}

#[test]
fn oddities_are_listed_up_to_the_limit() {
    let head = "Mar 27 12:51:49 2008 M [1]: 1@p.example: tipo=x (y)";
    let line = |count: usize| format!("{head}{}", ": a=b".repeat(count));
    // One for the kind, four for what is missing.
    let listed = |count| read(&line(count)).oddities;
    assert_eq!(listed(MAX_ODDITIES - 5).len(), MAX_ODDITIES);
    let more = listed(MAX_ODDITIES - 4);
    assert_eq!(more.len(), MAX_ODDITIES + 1);
    assert_eq!(more.last().unwrap().kind, OddityKind::TooMany);
    // The fields of a line of 4 MB are not all looked at.
    let endless = read(&line(800_000));
    assert_eq!(endless.oddities.len(), MAX_ODDITIES + 1);
}

/// Lines that a careless reader would take long for.
#[test]
fn long_lines_take_no_longer_than_their_length() {
    let head = "Mar 27 12:51:49 2008 M [1]: 1@p.example: tipo=presa-in-carico (PresaInCarico): ";
    for piece in ["a=b: ", ": ", "mittente=", ": oggetto=", ": message-id=x", "%41", "(", ", a"] {
        let long = piece.repeat((MAX_LINE_BYTES - 100) / piece.len());
        let _ = Entry::read(1, format!("{head}{long}").as_bytes(), &ReadOptions::default());
        let own = format!("{}{long}", Record::new(LogEvent::Rifiuto, Role::Other, at(0)).to_line());
        let _ = Entry::read(1, own.as_bytes(), &ReadOptions::default());
    }
    let many = "a@b.example (certificato), ".repeat((MAX_LINE_BYTES - 200) / 27);
    let line =
        format!("{head}mittente=: destinatari={many}: oggetto=: message-id=: ricezione={many}");
    let mut auditor = pec_gestore::log::audit::Auditor::new(Default::default());
    auditor.read_line(1, line.get(..MAX_LINE_BYTES).unwrap_or(&line).as_bytes());
    assert_eq!(auditor.finish().transmissions, 1);
}

/// rfc6109 §2.3#2: what was written is known from what was changed.
#[test]
fn a_changed_line_of_ours_is_no_record() {
    let record = Record::new(LogEvent::Deposito, Role::Receiver, at(0)).to(&address(ANNA));
    let line = record.to_line();
    assert_eq!(Record::from_line(&line), Ok(record));
    let refused = |from: &str, to: &str| {
        assert!(line.contains(from), "{line}");
        Record::from_line(&line.replacen(from, to, 1)).unwrap_err()
    };
    assert_eq!(refused("10:00:00", "10:00:01"), RecordError::Changed);
    assert_eq!(refused("09:00:00Z", "09:00:00.000Z"), RecordError::Changed);
    assert_eq!(refused("beta.example", "beta..example"), RecordError::Value("consegna"));
    assert_eq!(refused("[1]", "[2]"), RecordError::Foreign);
    assert!(matches!(refused("oggetto=", "oggetto=%z"), RecordError::Odd(_)));
    assert!(matches!(refused("ruolo", "suolo"), RecordError::Odd(_)));
    assert_eq!(refused("Nov", "Nevv"), RecordError::Line(LineError::NoTime));
}

/// Times of day that come twice, leap seconds, fractions: the instant is exact.
#[test]
fn instants_are_exact() {
    for instant in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00.123456789Z"] {
        let instant: DateTime<Utc> = instant.parse().unwrap();
        fuzzing::roundtrip(&Record::new(LogEvent::Allarme, Role::Other, instant));
    }
    let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
    let record = Record::new(LogEvent::Allarme, Role::Other, leap);
    assert!(record.to_line().starts_with("Jan  1 00:59:60 2017 "), "{}", record.to_line());
    fuzzing::roundtrip(&record);
}

/// Text with what has a meaning in a line strewn in.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just(": consegna=".to_owned()),
        Just(": message-id=".to_owned()),
        Just(": ".to_owned()),
        Just(", ".to_owned()),
        Just(" (certificato)".to_owned()),
        Just("%".to_owned()),
        Just("=".to_owned()),
        Just("\u{202e}".to_owned()),
        "\\PC{0,8}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

fn text() -> impl Strategy<Value = Option<Text>> {
    hostile().prop_map(|text| text.parse().ok())
}

prop_compose! {
    fn record()(
        event in prop::sample::select(LogEvent::ALL),
        role in prop::sample::select(vec![Role::Sender, Role::Receiver, Role::Other]),
        (seconds, nanoseconds) in (-30_000_000_000_i64..253_000_000_000, 0_u32..1_000_000_000),
        (subject, detail, virus, note) in (text(), text(), text(), text()),
        provider in prop::option::of(hostile()),
        local in hostile(),
        certified in any::<bool>(),
    ) -> Record {
        let time = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
        let local: String = local.chars().filter(|c| !c.is_control()).take(12).collect();
        let quoted = format!("\"{}\"@beta.example", local.replace(['\\', '"'], ""));
        let mut record = if certified {
            Record::about(&data("t@alfa.example", ALFA, 1, Event::Acceptance), event, role, time)
        } else {
            Record::new(event, role, time)
        };
        record.delivered_to = quoted.parse().ok();
        record.received_for = record.delivered_to.iter().cloned().collect();
        record.subject = subject;
        record.error_detail = detail;
        record.virus = virus;
        record.note = note;
        record.sending_provider = provider;
        record
    }
}

proptest! {
    /// decode ∘ encode = identity, in both forms.
    #[test]
    fn records_are_read_as_they_were_written(record in record()) {
        fuzzing::roundtrip(&record);
    }

    #[test]
    fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzzing::log_read(&octets);
    }

    /// A line of ours with some octets changed is read, or refused, or it is the same.
    #[test]
    fn broken_lines_are_read_without_panic(
        record in record(),
        at in any::<prop::sample::Index>(),
        octet in any::<u8>(),
    ) {
        let mut line = record.to_line().into_bytes();
        let at = at.index(line.len());
        line[at] = octet;
        fuzzing::log_read(&line);
    }
}
