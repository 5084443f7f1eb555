//! The certification data of real messages, beside the checkout or at `$PEC_SAMPLES`: each is read
//! with exactly these facts and deviations. Of other people's mail only a digest stands here.

use std::{fs, path::PathBuf};

use pec_daticert::{CertificationData, Reading};
use sha2::{Digest as _, Sha256};

struct Sample {
    file: &'static str,
    /// `tipo`, `errore`, certified and external recipients, `ricevuta`, time.
    facts: &'static str,
    /// Element and rule of every deviation.
    deviations: &'static [&'static str],
    /// First eight hexadecimal digits of the SHA-256 of all fields as JSON.
    fields: &'static str,
}

const SAMPLES: &[Sample] = &[
    Sample {
        file: "real/aruba-2014-accettazione-2.eml",
        facts: "accettazione nessuno 1+0 - 2014-11-14T18:26:32+01:00",
        deviations: &[],
        fields: "6c9cd1e0",
    },
    Sample {
        file: "real/aruba-2014-avvenuta-consegna-2.eml",
        facts: "avvenuta-consegna nessuno 1+0 completa 2014-11-14T18:26:32+01:00",
        deviations: &[],
        fields: "f7a5312a",
    },
    Sample {
        file: "real/aruba-2014-posta-certificata-1.eml",
        facts: "posta-certificata nessuno 1+0 completa 2014-11-07T16:52:00+01:00",
        deviations: &[],
        fields: "25aca2d7",
    },
    Sample {
        file: "real/aruba-2014-posta-certificata-2.eml",
        facts: "posta-certificata nessuno 1+0 completa 2014-11-27T15:12:16+01:00",
        deviations: &[],
        fields: "883ae6fc",
    },
    Sample {
        file: "real/namirial-2024-posta-certificata-body.eml",
        facts: "posta-certificata nessuno 0+7 completa 2024-12-05T00:02:10+01:00",
        deviations: &[],
        fields: "ce43cda7",
    },
    Sample {
        file: "real/namirial-2024-posta-certificata-in-mailman.eml",
        facts: "posta-certificata nessuno 0+7 completa 2024-12-05T00:02:10+01:00",
        deviations: &[],
        fields: "ce43cda7",
    },
    Sample {
        file: "anonymised/aruba-2026-errore-consegna-ber.eml",
        facts: "errore-consegna altro 1+0 - 2026-09-19T15:41:20+02:00",
        deviations: &[],
        fields: "fc160813",
    },
    Sample {
        file: "anonymised/aruba-shaped-accettazione-truncated.eml",
        facts: "accettazione nessuno 1+0 - 2024-11-15T18:20:38+01:00",
        deviations: &[],
        fields: "810067a0",
    },
    Sample {
        file: "anonymised/aruba-shaped-errore-consegna-truncated.eml",
        facts: "errore-consegna no-dest 1+0 - 2024-11-15T18:21:03+01:00",
        deviations: &["intestazione: StrayText"],
        fields: "db25d287",
    },
    Sample {
        file: "anonymised/fake-2024-accettazione.eml",
        facts: "accettazione nessuno 1+0 - 2024-11-15T18:20:38+01:00",
        deviations: &[],
        fields: "810067a0",
    },
    Sample {
        file: "anonymised/fake-2024-errore-consegna.eml",
        facts: "errore-consegna no-dest 1+0 - 2024-11-15T18:21:03+01:00",
        deviations: &["intestazione: StrayText"],
        fields: "db25d287",
    },
    Sample {
        file: "anonymised/gestore-2021-avvenuta-consegna.eml",
        facts: "avvenuta-consegna nessuno 1+0 completa 2021-05-13T14:35:30+02:00",
        deviations: &[
            "mittente: BadAddress(NoAtSign)",
            "destinatari: BadAddress(NoAtSign)",
            "consegna: BadAddress(NoAtSign)",
        ],
        fields: "df4dace7",
    },
    Sample {
        file: "anonymised/gestore-2021-posta-certificata.eml",
        facts: "posta-certificata nessuno 1+0 completa 2021-05-14T12:02:08+02:00",
        deviations: &[],
        fields: "60548f8e",
    },
    Sample {
        file: "anonymised/sogei-2018-posta-certificata.eml",
        facts: "posta-certificata nessuno 1+0 breve 2018-12-08T12:26:18+01:00",
        deviations: &[],
        fields: "43fd234c",
    },
];

#[test]
fn real_documents_are_read_as_they_are() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    let folder = std::env::var_os("PEC_SAMPLES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no samples at {}", folder.display());
        return;
    }
    for sample in SAMPLES {
        let message = fs::read(folder.join(sample.file)).unwrap();
        let document = certification_data(&message).expect(sample.file);
        let (reading, deviations) = Reading::from_xml(&document).expect(sample.file);
        let json = serde_json::to_string(&reading).unwrap();
        let digest = Sha256::digest(&json);
        let fields: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(facts(&reading), sample.facts, "{}", sample.file);
        assert_eq!(fields, sample.fields, "{}", sample.file);
        let rules: Vec<_> = deviations
            .iter()
            .map(|d| format!("{}: {:?}", d.element.map_or("-", |element| element.name()), d.kind))
            .collect();
        assert_eq!(rules, sample.deviations, "{}", sample.file);
        let strict = CertificationData::from_xml(&document);
        assert_eq!(strict.is_ok(), deviations.is_empty(), "{}", sample.file);
        if let Ok(data) = strict {
            // What gestori write is what we write, but for blanks.
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            let written = data.to_xml().unwrap();
            assert_eq!(squeeze(&written), squeeze(std::str::from_utf8(&document).unwrap()));
        }
    }
}

fn facts(reading: &Reading) -> String {
    let (certified, external): (Vec<_>, Vec<_>) =
        reading.recipients.iter().partition(|recipient| {
            recipient.recipient_type.as_ref().is_none_or(|kind| kind.as_str() == "certificato")
        });
    format!(
        "{} {} {}+{} {} {}",
        reading.kind.as_ref().map_or("-", |kind| kind.as_str()),
        reading.error.as_ref().map_or("-", |error| error.as_str()),
        certified.len(),
        external.len(),
        reading.receipt_type.as_ref().map_or("-", |kind| kind.as_str()),
        reading.time.event_time().map_or("-".to_owned(), |time| time.to_string()),
    )
}

/// The attachment that is `application/xml`, wherever it is nested.
fn certification_data(message: &[u8]) -> Option<Vec<u8>> {
    use mail_parser::{MessageParser, MimeHeaders as _, PartType};
    let parsed = MessageParser::default().parse(message)?;
    parsed.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) => certification_data(&inner.raw_message),
        _ if part.attachment_name() == Some("daticert.xml") => Some(part.contents().to_vec()),
        _ => None,
    })
}
