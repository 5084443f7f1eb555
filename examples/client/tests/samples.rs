//! Real messages beside the checkout, through `pec inspect` and `pec verify`. They are other
//! people's mail: nothing of their content stands here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::World;
use serde_json::Value;

struct Sample {
    file: &'static str,
    /// `kind`, `tipo`, `errore`, `receipt_type`, `time`, `signed`, and how many recipients,
    /// deviations and attachments there are.
    facts: &'static str,
    /// The verdict at the claimed time of signing without evidence of origin, and at a time that
    /// the caller vouches for, with the accredited authorities.
    verdicts: [&'static str; 2],
    at: &'static str,
    /// The checks that do not pass then.
    open: &'static [&'static str],
}

const NOT_JUDGED: &[&str] = &[
    "signature-existence",
    "signature-origin",
    "signature-validity",
    "content",
    "signature",
    "signer",
    "algorithms",
    "path",
    "revocation",
    "profile",
    "formal-correctness",
];
const OF_2014: &[&str] = &["revocation", "profile"];
const ALTERED: &[&str] = &["signature-validity", "content", "revocation", "formal-correctness"];

const SAMPLES: &[Sample] = &[
    Sample {
        file: "real/aruba-2014-accettazione-2.eml",
        facts: "acceptance accettazione nessuno - 2014-11-14T18:26:32+01:00 true 1 0 0",
        verdicts: ["indeterminate", "valid-legacy"],
        at: "2014-11-14T17:26:32Z",
        open: OF_2014,
    },
    Sample {
        file: "real/aruba-2014-avvenuta-consegna-2.eml",
        facts: "delivery avvenuta-consegna nessuno completa 2014-11-14T18:26:32+01:00 true 1 0 0",
        verdicts: ["indeterminate", "valid-legacy"],
        at: "2014-11-14T17:26:32Z",
        open: OF_2014,
    },
    Sample {
        file: "real/aruba-2014-posta-certificata-1.eml",
        facts: "transport-envelope posta-certificata nessuno completa \
                2014-11-07T16:52:00+01:00 true 1 1 0",
        verdicts: ["indeterminate", "valid-legacy"],
        at: "2014-11-07T15:52:00Z",
        open: OF_2014,
    },
    Sample {
        file: "real/aruba-2014-posta-certificata-2.eml",
        facts: "transport-envelope posta-certificata nessuno completa \
                2014-11-27T15:12:16+01:00 true 1 1 0",
        verdicts: ["indeterminate", "valid-legacy"],
        at: "2014-11-27T14:12:16Z",
        open: OF_2014,
    },
    Sample {
        file: "real/namirial-2024-posta-certificata-body.eml",
        facts: "transport-envelope posta-certificata nessuno completa \
                2024-12-05T00:02:10+01:00 true 7 0 0",
        verdicts: ["indeterminate", "indeterminate"],
        at: "2024-12-04T23:02:10Z",
        open: &["signature-origin", "revocation", "formal-correctness"],
    },
    Sample {
        file: "real/namirial-2024-posta-certificata-in-mailman.eml",
        facts: "transport-envelope posta-certificata nessuno completa \
                2024-12-05T00:02:10+01:00 false 7 2 0",
        verdicts: ["invalid", "invalid"],
        at: "2024-12-04T23:02:10Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/aruba-2026-errore-consegna-ber.eml",
        facts: "delivery-error errore-consegna altro - 2026-09-19T15:41:20+02:00 true 1 0 0",
        verdicts: ["invalid", "invalid"],
        at: "2026-09-19T13:41:20Z",
        open: ALTERED,
    },
    Sample {
        file: "anonymised/aruba-shaped-accettazione-truncated.eml",
        facts: "acceptance accettazione nessuno - 2024-11-15T18:20:38+01:00 false 1 1 0",
        verdicts: ["invalid", "invalid"],
        at: "2024-11-15T18:20:38Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/aruba-shaped-errore-consegna-truncated.eml",
        facts: "delivery-error errore-consegna no-dest - 2024-11-15T18:21:03+01:00 false 1 3 0",
        verdicts: ["invalid", "invalid"],
        at: "2024-11-15T18:20:38Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/fake-2024-accettazione.eml",
        facts: "acceptance accettazione nessuno - 2024-11-15T18:20:38+01:00 true 1 0 0",
        verdicts: ["invalid", "invalid"],
        at: "2024-11-15T18:20:38Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/fake-2024-errore-consegna.eml",
        facts: "delivery-error errore-consegna no-dest - 2024-11-15T18:21:03+01:00 true 1 2 0",
        verdicts: ["invalid", "invalid"],
        at: "2024-11-15T18:20:38Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/gestore-2021-avvenuta-consegna.eml",
        facts: "delivery avvenuta-consegna nessuno completa 2021-05-13T14:35:30+02:00 true 1 3 2",
        verdicts: ["invalid", "invalid"],
        at: "2021-05-13T14:35:30Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/gestore-2021-posta-certificata.eml",
        facts: "transport-envelope posta-certificata nessuno completa \
                2021-05-14T12:02:08+02:00 true 1 5 0",
        verdicts: ["invalid", "invalid"],
        at: "2021-05-14T12:02:08Z",
        open: NOT_JUDGED,
    },
    Sample {
        file: "anonymised/ordinary-dsn-failure.eml",
        facts: "ordinary - - - 2024-11-15T07:11:46-08:00 false 1 0 0",
        verdicts: ["invalid", "invalid"],
        at: "2024-11-15T18:20:38Z",
        open: &[
            "signature-existence",
            "signature-validity",
            "content",
            "signature",
            "signer",
            "algorithms",
            "path",
            "revocation",
        ],
    },
    Sample {
        file: "anonymised/sogei-2018-posta-certificata.eml",
        facts: "transport-envelope posta-certificata nessuno breve \
                2018-12-08T12:26:18+01:00 true 1 1 2",
        verdicts: ["invalid", "invalid"],
        at: "2018-12-08T11:26:18Z",
        open: ALTERED,
    },
    Sample {
        file: "anonymised/sogei-2019-posta-certificata-no-daticert.eml",
        facts: "transport-envelope - - breve 2019-01-04T21:34:01+01:00 true 1 1 1",
        verdicts: ["invalid", "invalid"],
        at: "2019-01-04T20:34:01Z",
        open: ALTERED,
    },
];

#[test]
fn real_messages_are_what_they_are() {
    let Some(folder) = common::samples() else { return };
    let world = World::new();
    let certificates = folder.join("certs");
    let certificates = certificates.to_str().unwrap();
    for sample in SAMPLES {
        let path = folder.join(sample.file);
        let file = path.to_str().unwrap();
        let (inspected, code) = world.json(&["inspect", file]);
        assert_eq!((facts(&inspected[0]).as_str(), code), (sample.facts, 0), "{}", sample.file);
        let verify = ["verify", file, "--trust", certificates, "--revocation", "if-available"];
        let archive = [&verify[..], &["--policy", "archive"]].concat();
        let (claimed, _) = world.json(&archive);
        assert_eq!(claimed[0]["verdict"], sample.verdicts[0], "{}", sample.file);
        let evidence = ["--at", sample.at, "--accredited", certificates];
        let (at_its_time, _) = world.json(&[&archive[..], &evidence].concat());
        assert_eq!(at_its_time[0]["verdict"], sample.verdicts[1], "{}", sample.file);
        assert_eq!(open(&at_its_time[0]), sample.open, "{}", sample.file);
    }
}

/// The mailing list's copy holds the signed part whole.
#[test]
fn a_mailing_lists_copy_has_a_valid_part() {
    let Some(folder) = common::samples() else { return };
    let world = World::new();
    let file = folder.join("real/namirial-2024-posta-certificata-in-mailman.eml");
    let certificates = folder.join("certs");
    let args = [
        "verify",
        file.to_str().unwrap(),
        "--trust",
        certificates.to_str().unwrap(),
        "--nested",
        "--revocation",
        "off",
        "--policy",
        "interoperable",
        "--at",
        "2024-12-04T23:02:10Z",
    ];
    let (documents, _) = world.json(&args);
    assert_eq!(documents[0]["nested"][0]["verdict"], "valid-legacy");
    assert_eq!(documents[0]["nested"][0]["path"], "0");
}

fn facts(document: &Value) -> String {
    let text = |field: &str| document[field].as_str().unwrap_or("-").to_owned();
    let count = |value: &Value| value.as_array().unwrap().len();
    format!(
        "{} {} {} {} {} {} {} {} {}",
        text("kind"),
        text("tipo"),
        text("errore"),
        text("receipt_type"),
        text("time"),
        document["signed"],
        count(&document["recipients"]),
        count(&document["deviations"]),
        count(&document["original"]["attachments"]),
    )
}

fn open(document: &Value) -> Vec<&str> {
    let checks = document["checks"].as_array().unwrap().iter();
    let open = checks.filter(|check| check["result"] != "passed");
    open.map(|check| check["name"].as_str().unwrap()).collect()
}
