//! The logic of the fuzz targets, called by the targets and by ordinary tests alike.

use chrono::{DateTime, Utc};

use crate::{
    CertificationData, Event, EventTime, Header, Kind, OneOrMore, Reading, ReceiptType, Recipient,
    RecipientType, StrictError, limits::MAX_DOCUMENT_BYTES,
};

/// A sample of the model, for documentation and tests.
///
/// # Panics
/// Never: the values are constants that are legal.
#[must_use]
#[expect(clippy::expect_used, reason = "constants, and every test would tell")]
pub fn example() -> CertificationData {
    const LEGAL: &str = "a legal constant";
    CertificationData {
        header: Header {
            sender: "mario.rossi@alfa.example".parse().expect(LEGAL),
            recipients: Recipient::certified("anna@beta.example".parse().expect(LEGAL)).into(),
            reply_to: "mario.rossi@alfa.example".parse().expect(LEGAL),
            subject: Some("Contratto n. 12".parse().expect(LEGAL)),
        },
        provider: "Alfa PEC S.p.A.".parse().expect(LEGAL),
        time: "2026-11-21T10:15:00+01:00".parse().expect(LEGAL),
        pec_msgid: "a1.20261121101500.00042.01.1@pec.alfa.example".parse().expect(LEGAL),
        msgid: Some("<m.42@host.example>".parse().expect(LEGAL)),
        event: Event::Acceptance,
    }
}

/// Reads any bytes with both readers and checks that they agree.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
#[expect(clippy::panic, reason = "a broken property must stop the fuzzer")]
pub fn read(document: &[u8]) {
    let strict = CertificationData::from_xml(document);
    match Reading::from_xml(document) {
        Err(error) => assert_eq!(strict, Err(StrictError::Refused(error))),
        Ok((reading, deviations)) => {
            assert!(deviations.is_sorted_by_key(|deviation| deviation.at), "{deviations:?}");
            assert!(deviations.iter().all(|deviation| deviation.at <= document.len()));
            match deviations.into_iter().next() {
                Some(first) => assert_eq!(strict, Err(StrictError::Deviates(first))),
                None => {
                    let data = CertificationData::try_from(reading);
                    assert_eq!(strict.as_ref().ok(), data.as_ref().ok());
                    write(&strict.unwrap_or_else(|error| panic!("no deviation, but {error}")));
                }
            }
        }
    }
    // What was understood of a deviant document can be written, and is then read without any.
    if let Ok((reading, _)) = Reading::from_xml(document)
        && let Ok(data) = CertificationData::try_from(reading)
        && data.to_xml().is_ok()
    {
        write(&data);
    }
}

/// Writes a value and reads it back: `decode(encode(x)) = x`.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
#[expect(clippy::expect_used, reason = "a broken property must stop the fuzzer")]
fn write(data: &CertificationData) {
    let xml = data.to_xml().expect("what was read is small enough to be written");
    let back = CertificationData::from_xml(xml.as_bytes()).expect("what we write, we read");
    assert_eq!(&back, data);
    assert_eq!(back.to_xml().as_ref(), Ok(&xml));
}

/// Documents of just under 1 MiB, each of a shape that a careless reader would take long for.
#[must_use]
pub fn large_documents() -> Vec<(&'static str, Vec<u8>)> {
    let around = |before: &str, piece: &str, after: &str| {
        let size = MAX_DOCUMENT_BYTES.saturating_sub(before.len()).saturating_sub(after.len());
        let count = size.checked_div(piece.len()).unwrap_or_default();
        format!("{before}{}{after}", piece.repeat(count)).into_bytes()
    };
    let head = "<postacert><intestazione>";
    vec![
        ("one long text", around("<postacert><intestazione><oggetto>", "a", "</oggetto>")),
        ("recipients", around(head, "<destinatari>a@b.it</destinatari>", "</intestazione>")),
        ("references", around("<postacert><intestazione><oggetto>", "&amp;", "</oggetto>")),
        ("bare ampersands", around("<postacert><intestazione><oggetto>", "&", "</oggetto>")),
        (
            "comments in a text",
            around("<postacert><intestazione><oggetto>", "<!---->", "</oggetto>"),
        ),
        ("unclosed texts", around(head, "<oggetto>", "")),
        ("unclosed texts, one end tag", around(head, "<mittente><oggetto>", "</oggetto>")),
        ("unclosed unknown markup in texts", around(head, "<msgid><a", "")),
        ("raw markup", around(head, "<mittente><b@c></mittente>", "")),
        ("raw markup with declarations", around(head, "<msgid><a><!-- --></msgid>", "")),
        ("unmatched end tags", around(head, "</x>", "")),
        ("attributes", around("<postacert ", "a='' ", "/>")),
        ("different attributes", {
            let names: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
            around(&format!("<postacert{names}>"), " ", "</postacert>")
        }),
        ("unknown elements", around("<postacert>", "<x/>", "</postacert>")),
        ("blanks before", around("", " ", "<postacert/>")),
        ("declarations after", around("<postacert/>x", "<!", "")),
        ("Latin-1", {
            let head = "<?xml version='1.0' encoding='ISO-8859-1'?><postacert>";
            let text = String::from_utf8_lossy(&around(head, "x\u{1}", "")).into_owned();
            text.chars()
                .map(|c| if c == 'x' { 0xe8 } else { u8::try_from(c).unwrap_or(b'?') })
                .collect()
        }),
        ("broken UTF-8", {
            let mut document = around("<postacert>", "x\u{1}", "");
            if let Some(last) = document.last_mut() {
                *last = 0xff;
            }
            document
        }),
    ]
}

/// Makes a value out of any bytes, writes it and reads it back.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
pub fn roundtrip(bytes: &[u8]) {
    if let Some(data) = Pieces(bytes).data()
        && data.to_xml().is_ok()
    {
        write(&data);
    }
}

/// Bytes from which values are taken: a length, then so many bytes.
struct Pieces<'b>(&'b [u8]);

impl Pieces<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A value of `T` from the next piece of text, when that is one.
    fn value<T: std::str::FromStr>(&mut self) -> Option<T> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (piece, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8_lossy(piece).parse().ok()
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let index = usize::from(self.byte()).checked_rem(all.len())?;
        all.get(index).copied()
    }

    fn recipient(&mut self) -> Option<Recipient> {
        let recipient_type = self.pick(RecipientType::ALL)?;
        Some(Recipient { address: self.value()?, recipient_type })
    }

    fn list<T>(&mut self, next: impl Fn(&mut Self) -> Option<T>) -> Option<OneOrMore<T>> {
        let count = self.byte() % 8;
        (0..=count).map(|_| next(self)).collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    fn data(&mut self) -> Option<CertificationData> {
        Some(CertificationData {
            event: self.event()?,
            header: Header {
                sender: self.value()?,
                recipients: self.list(Self::recipient)?,
                reply_to: self.value()?,
                subject: self.value(),
            },
            provider: self.value()?,
            time: self.time()?,
            pec_msgid: self.value()?,
            msgid: self.value(),
        })
    }

    fn time(&mut self) -> Option<EventTime> {
        let seconds = i32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]);
        let instant = DateTime::<Utc>::from_timestamp(i64::from(seconds).checked_mul(64)?, 0)?;
        EventTime::legal(instant).ok()
    }

    fn event(&mut self) -> Option<Event> {
        use crate::{DeliveryErrorCause as Cause, NonAcceptanceCause};
        Some(match self.pick(Kind::ALL)? {
            Kind::Acceptance => Event::Acceptance,
            Kind::NonAcceptance => Event::NonAcceptance {
                cause: self
                    .pick(&[NonAcceptanceCause::FormalException, NonAcceptanceCause::Virus])?,
                error_detail: self.value()?,
            },
            Kind::TakeInCharge => {
                Event::TakeInCharge { received_for: self.list(|pieces| pieces.value())? }
            }
            Kind::Delivery => Event::Delivery {
                receipt_type: self.pick(ReceiptType::ALL)?,
                delivered_to: self.value()?,
            },
            Kind::TransportEnvelope => {
                Event::TransportEnvelope { receipt_type: self.pick(ReceiptType::ALL)? }
            }
            Kind::DeliveryError => Event::DeliveryError {
                cause: self.pick(&[
                    Cause::NoRecipient,
                    Cause::NoDomain,
                    Cause::Virus,
                    Cause::Other,
                ])?,
                delivered_to: self.value()?,
                receipt_type: self.pick(ReceiptType::ALL),
                error_detail: self.value()?,
            },
            Kind::DeliveryNotice => {
                Event::DeliveryNotice { delivered_to: self.value()?, error_detail: self.value()? }
            }
            Kind::VirusDetection => {
                Event::VirusDetection { delivered_to: self.value()?, error_detail: self.value()? }
            }
        })
    }
}
