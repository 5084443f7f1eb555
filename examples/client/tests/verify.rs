//! `pec verify` on genuine and on forged messages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{BY_DIRECTORY, World, check};
use pec_smime::testpki::Shape;

const KINDS: [(&str, &str); 6] = [
    ("ricevuta.eml", "acceptance"),
    ("busta.eml", "transport-envelope"),
    ("presa.eml", "take-in-charge"),
    ("consegna.eml", "delivery"),
    ("breve.eml", "delivery"),
    ("errore.eml", "delivery-error"),
];

#[test]
fn genuine_messages_are_valid_by_each_evidence_of_origin() {
    let world = World::new();
    for (file, kind) in KINDS {
        for (evidence, origin) in [
            (&BY_DIRECTORY[..], "directory"),
            (&["--directory", "gestori.p7m"], "directory"),
            (&["--pin", "alfa.pem", "--pin", "beta.pem"], "pinned"),
            (&["--accredited", "accredited.pem"], "accredited-ca"),
        ] {
            let verdict = world.verify(file, evidence);
            assert_eq!(verdict["verdict"], "valid", "{file} {evidence:?} {verdict}");
            assert_eq!((&verdict["origin"], &verdict["kind"]), (&origin.into(), &kind.into()));
            assert_eq!(verdict["mismatches"], serde_json::json!([]));
            assert_eq!(verdict["schema"], "postacert/verify/1");
            assert_eq!(verdict["time_source"], "now");
            assert_eq!(verdict["digest_algorithm"], "SHA-256");
        }
    }
}

#[test]
fn signer_and_chain_are_told() {
    let world = World::new();
    let verdict = world.verify("ricevuta.eml", &BY_DIRECTORY);
    let signer = &verdict["signer"];
    assert_eq!(signer["emails"], serde_json::json!(["posta-certificata@alfa.example"]));
    assert_eq!(signer["sha256"].as_str().unwrap().len(), 64);
    assert!(signer["not_before"].as_str().unwrap().ends_with('Z'));
    let chain = verdict["chain"].as_array().unwrap();
    assert_eq!(chain.len(), 3, "signer, authority, anchor");
    assert_eq!(&chain[0], signer);
    assert_eq!(chain[1]["subject"], signer["issuer"]);
    assert_eq!(chain[2]["subject"], chain[1]["issuer"]);
    let names: Vec<_> =
        verdict["checks"].as_array().unwrap().iter().map(|check| &check["name"]).collect();
    assert_eq!(
        names,
        [
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
            "formal-correctness"
        ]
    );
}

/// Without evidence of origin nothing is plainly valid, whoever certified the signer.
#[test]
fn without_evidence_the_origin_is_open() {
    let world = World::new();
    let verdict = world.verify("ricevuta.eml", &[]);
    assert_eq!(
        (&verdict["verdict"], &verdict["origin"]),
        (&"indeterminate".into(), &"none".into())
    );
    assert_eq!(check(&verdict, "signature-origin"), "indeterminate");
    assert_eq!(check(&verdict, "signature-validity"), "passed");
    assert_eq!(check(&verdict, "formal-correctness"), "passed");
    let reason = verdict["checks"][1]["reason"].as_str().unwrap();
    assert!(reason.starts_with("no evidence of who is a PEC provider"), "{reason}");
}

#[test]
fn revocation_is_demanded_unless_loosened() {
    let world = World::new();
    let judge = |more: &[&str]| {
        let args = [&["verify", "ricevuta.eml", "--trust", "ca.pem"], &BY_DIRECTORY[..], more];
        let (mut documents, _) = world.json(&args.concat());
        documents.remove(0)
    };
    let required = judge(&[]);
    assert_eq!(required["verdict"], "indeterminate");
    assert_eq!(check(&required, "revocation"), "indeterminate");
    for mode in ["if-available", "off"] {
        let loosened = judge(&["--revocation", mode]);
        assert_eq!(loosened["verdict"], "valid", "{mode}");
        assert_eq!(check(&loosened, "revocation"), "indeterminate");
    }
    let revoked = world.pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Revoked);
    world.write("crl/authority.crl", &world.pki.revocation_list(world.now, &[&revoked]));
    world.write("alfa.pem", common::pem(revoked.certificate().der()).as_bytes());
    let data = world.data(pec_daticert::Event::Acceptance);
    let draft = pec_message::write::Draft::notification(&data, &world.issue("alfa")).unwrap();
    world.write("revocata.eml", &world.seal(&draft, &revoked));
    let verdict = world.verify("revocata.eml", &["--pin", "alfa.pem"]);
    assert_eq!((&verdict["verdict"], check(&verdict, "revocation")), (&"invalid".into(), "failed"));
    let off = world.verify("revocata.eml", &["--pin", "alfa.pem", "--revocation", "off"]);
    assert_eq!(off["verdict"], "valid");
}

#[test]
fn every_alteration_is_found() {
    let world = World::new();
    let genuine = String::from_utf8(world.read("consegna.eml")).unwrap();
    for (name, from, to, failing) in [
        ("signed text", "Contratto n. 12", "Contratto n. 13", "content"),
        (
            "the kind",
            "X-Ricevuta: avvenuta-consegna",
            "X-Ricevuta: accettazione",
            "formal-correctness",
        ),
        ("the marker", "X-Ricevuta: avvenuta-consegna\r\n", "", "formal-correctness"),
        (
            "the sender",
            "posta-certificata@beta.example",
            "posta-certificata@alfa.example",
            "signature-origin",
        ),
        (
            "the signature's place",
            "application/pkcs7-signature; name",
            "text/plain; name",
            "signature-existence",
        ),
    ] {
        let altered = match name {
            // The subject of the outer header is not signed: the last one is.
            "signed text" => {
                let at = genuine.rfind(from).unwrap();
                format!("{}{to}{}", &genuine[..at], &genuine[at + from.len()..])
            }
            _ => genuine.replacen(from, to, 1),
        };
        assert_ne!(altered, genuine, "{name}");
        world.write("alterata.eml", altered.as_bytes());
        let verdict = world.verify("alterata.eml", &BY_DIRECTORY);
        assert_eq!(verdict["verdict"], "invalid", "{name}");
        assert_eq!(check(&verdict, failing), "failed", "{name} {verdict}");
    }
}

/// What nobody signs may differ: the message is genuine, and the difference is told.
#[test]
fn an_outer_header_that_disagrees_is_told() {
    let world = World::new();
    let genuine = String::from_utf8(world.read("ricevuta.eml")).unwrap();
    let other = genuine.replacen("ACCETTAZIONE: Contratto n. 12", "ACCETTAZIONE: Altro", 1);
    world.write("altra.eml", other.as_bytes());
    let verdict = world.verify("altra.eml", &BY_DIRECTORY);
    assert_eq!(verdict["verdict"], "valid");
    let expected = serde_json::json!([{
        "field": "Subject",
        "header": "ACCETTAZIONE: Altro",
        "certified": "ACCETTAZIONE: Contratto n. 12",
    }]);
    assert_eq!(verdict["mismatches"], expected);
}

/// A certificate for mail of the same authority makes nobody a provider.
#[test]
fn receipts_of_strangers_are_invalid() {
    let world = World::new();
    let stranger = world.pki.provider("Intruso S.r.l.", "alfa.example", Shape::Rsa4096);
    let data = world.data(pec_daticert::Event::Acceptance);
    let draft = pec_message::write::Draft::notification(&data, &world.issue("alfa")).unwrap();
    world.write("intruso.eml", &world.seal(&draft, &stranger));
    for evidence in [&BY_DIRECTORY[..], &["--pin", "alfa.pem"]] {
        let verdict = world.verify("intruso.eml", evidence);
        assert_eq!(verdict["verdict"], "invalid");
        assert_eq!(check(&verdict, "signature-origin"), "failed");
        assert_eq!(verdict["origin"], "none");
    }
    // A provider that certifies a delivery to somebody else's domain.
    let data = world.data(pec_daticert::Event::Delivery {
        receipt_type: pec_daticert::ReceiptType::Concise,
        delivered_to: "anna@beta.example".parse().unwrap(),
    });
    let draft = pec_message::write::Draft::notification(&data, &world.issue("alfa")).unwrap();
    world.write("altrui.eml", &world.seal(&draft, &world.alfa));
    let verdict = world.verify("altrui.eml", &BY_DIRECTORY);
    assert_eq!(verdict["verdict"], "invalid");
    assert_eq!(check(&verdict, "formal-correctness"), "failed");
}

const FORGED: &str = "From: posta-certificata@beta.example\r\nTo: mario@alfa.example\r\n\
    Subject: CONSEGNA: Contratto n. 12\r\nX-Ricevuta: avvenuta-consegna\r\nMIME-Version: 1.0\r\n";

/// A genuine receipt inside a forged one proves nothing about it; asked for, it is judged alone.
#[test]
fn nested_forgeries_are_invalid_and_what_is_nested_is_judged_alone() {
    let world = World::new();
    let genuine = String::from_utf8(world.read("ricevuta.eml")).unwrap();
    let as_part = genuine.split_once("MIME-Version: 1.0\r\n").unwrap().1;
    let wrapped = |part: &str| {
        format!(
            "{FORGED}Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n{part}\r\n--w--\r\n"
        )
    };
    let as_message = format!("Content-Type: message/rfc822\r\n\r\n{genuine}");
    for (name, part, path, nested) in [
        ("parte.eml", as_part, "0", "valid"),
        ("messaggio.eml", as_message.as_str(), "0.0", "valid"),
    ] {
        world.write(name, wrapped(part).as_bytes());
        let verdict = world.verify(name, &BY_DIRECTORY);
        assert_eq!(verdict["verdict"], "invalid");
        assert_eq!(verdict["kind"], "delivery");
        assert!(verdict.get("nested").is_none());
        let verdict = world.verify(name, &[&BY_DIRECTORY[..], &["--nested"]].concat());
        assert_eq!(verdict["verdict"], "invalid");
        assert_eq!(verdict["nested"][0]["path"], path);
        assert_eq!(verdict["nested"][0]["verdict"], nested, "{verdict}");
        assert_eq!(verdict["nested"][0]["pec"], name == "messaggio.eml");
    }
}

/// Certification data that try to read a file are refused, signed or not.
#[test]
fn external_entities_are_refused() {
    let world = World::new();
    let xml = "<?xml version=\"1.0\"?>\
        <!DOCTYPE postacert [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
        <postacert tipo=\"accettazione\" errore=\"nessuno\"><intestazione><mittente>&x;</mittente>\
        </intestazione></postacert>";
    let content = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n\
         Ricevuta\r\n--m\r\nContent-Type: application/xml; name=\"daticert.xml\"\r\n\
         Content-Disposition: inline; filename=\"daticert.xml\"\r\n\r\n{xml}\r\n--m--\r\n"
    );
    let header = "From: posta-certificata@alfa.example\r\nTo: mario@alfa.example\r\n\
        Subject: ACCETTAZIONE: x\r\nX-Ricevuta: accettazione\r\n";
    world.write("xxe.eml", &world.sign(header, &content, &world.alfa));
    let verdict = world.verify("xxe.eml", &BY_DIRECTORY);
    assert_eq!(verdict["verdict"], "invalid");
    assert_eq!(check(&verdict, "formal-correctness"), "failed");
    assert_eq!(check(&verdict, "signature-validity"), "passed");
    let (inspected, code) = world.json(&["inspect", "xxe.eml"]);
    assert_eq!(code, 0);
    assert_eq!((&inspected[0]["kind"], &inspected[0]["tipo"]), (&"acceptance".into(), &().into()));
    let text = inspected[0].to_string();
    assert!(text.contains("refused") && !text.contains("root:"), "{text}");
}

/// Signed mail that is no PEC: only the cryptographic checks count.
#[test]
fn other_signed_mail_is_judged_by_cryptography() {
    let world = World::new();
    let header = "From: mario@alfa.example\r\nTo: anna@beta.example\r\nSubject: firmato\r\n";
    let content = "Content-Type: text/plain\r\n\r\nCiao\r\n";
    let odd = world.pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::ProfileBroken);
    for (identity, expected) in [(&world.alfa, "valid"), (&odd, "valid")] {
        world.write("firmato.eml", &world.sign(header, content, identity));
        let verdict = world.verify("firmato.eml", &[]);
        assert_eq!(verdict["verdict"], expected, "{verdict}");
        assert_eq!((&verdict["pec"], &verdict["origin"]), (&false.into(), &"none".into()));
        assert_eq!(check(&verdict, "signature-origin"), "-");
        assert_eq!(check(&verdict, "profile"), "-");
    }
    let untrusted = ["verify", "firmato.eml", "--trust", "beta.pem", "--revocation", "off"];
    let (documents, code) = world.json(&untrusted);
    assert_eq!((documents[0]["verdict"].as_str().unwrap(), code), ("indeterminate", 3));
    world.write("ordinario.eml", format!("{header}\r\nciao\r\n").as_bytes());
    let verdict = world.verify("ordinario.eml", &[]);
    assert_eq!(verdict["verdict"], "invalid");
    assert_eq!(check(&verdict, "signature-existence"), "failed");
}

/// A claimed time alone makes no expired certificate valid; a caller's time does.
#[test]
fn claimed_times_are_not_believed() {
    let world = World::new();
    let expired = world.pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Expired);
    world.write("alfa.pem", common::pem(expired.certificate().der()).as_bytes());
    let mut data = world.data(pec_daticert::Event::Acceptance);
    let then = world.now - chrono::TimeDelta::days(100);
    data.time = pec_daticert::EventTime::legal(then).unwrap();
    let draft = pec_message::write::Draft::notification(&data, &world.issue("alfa")).unwrap();
    world.write("vecchia.eml", &world.seal(&draft, &expired));
    let at = then.to_rfc3339();
    for (more, verdict, source) in [
        (&["--at", "now"][..], "invalid", "now"),
        (&["--at", "signing-time"], "indeterminate", "claimed"),
        (&["--policy", "archive"], "indeterminate", "claimed"),
        (&["--policy", "archive", "--at", &at], "valid", "caller"),
        (&["--at", &at], "valid", "caller"),
    ] {
        let more = [&["--pin", "alfa.pem", "--revocation", "off"], more].concat();
        let found = world.verify("vecchia.eml", &more);
        assert_eq!(found["verdict"], verdict, "{more:?} {found}");
        assert_eq!(found["time_source"], source, "{more:?}");
    }
    // Where the time makes no difference it does not matter who tells it.
    let more = [&BY_DIRECTORY[..], &["--policy", "archive"]].concat();
    let found = world.verify("ricevuta.eml", &more);
    assert_eq!((&found["verdict"], &found["time_source"]), (&"valid".into(), &"claimed".into()));
}

#[test]
fn old_algorithms_are_graded() {
    let world = World::at("2018-06-02T10:00:00Z".parse().unwrap());
    let old = world.pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Sha1);
    let header = "From: mario@alfa.example\r\nSubject: firmato\r\n";
    world.write("sha1.eml", &world.sign(header, "\r\nCiao\r\n", &old));
    let then = ["--at", "2018-06-02T10:00:00Z"];
    let verdict = world.verify("sha1.eml", &then);
    assert_eq!((&verdict["verdict"], check(&verdict, "algorithms")), (&"invalid".into(), "failed"));
    let verdict = world.verify("sha1.eml", &[&then[..], &["--policy", "archive"]].concat());
    assert_eq!(verdict["verdict"], "valid-legacy", "{verdict}");
}

#[test]
fn unusable_trust_is_told() {
    let world = World::new();
    world.write("niente.pem", b"no certificate");
    for args in [
        &["verify", "ricevuta.eml", "--trust", "niente.pem"][..],
        &["verify", "ricevuta.eml", "--trust", "missing.pem"],
        &["verify", "ricevuta.eml", "--trust", "ca.pem", "--directory", "ca.pem"],
        &["verify", "ricevuta.eml", "--trust", "beta.pem", "--directory", "gestori.p7m"],
        &[
            "verify",
            "ricevuta.eml",
            "--trust",
            "ca.pem",
            "--directory",
            "gestori.p7m",
            "--directory-signer",
            "beta.pem",
        ],
    ] {
        let output = world.pec(args);
        assert_eq!(output.status.code(), Some(4), "{args:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("pec: "), "{args:?}");
    }
    assert_eq!(world.pec(&["verify", "ricevuta.eml"]).status.code(), Some(2));
    let at = ["verify", "ricevuta.eml", "--trust", "ca.pem", "--at", "yesterday"];
    assert_eq!(world.pec(&at).status.code(), Some(2));
}
