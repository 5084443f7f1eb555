//! The logic of the fuzz targets, called by the targets and by ordinary tests alike.

use crate::{CertificationData, Event, Header, Reading, Recipient, StrictError};

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
