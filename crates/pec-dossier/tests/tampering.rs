//! Every way of tampering with a dossier is found.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod common;

use common::tampering::{WAYS, dossier};
use common::*;
use pec_dossier::{Finding, Judge, Verdict};
use pec_message::Origin;

#[test]
fn every_way_of_tampering_is_found() {
    let world = World::new();
    assert!(WAYS.len() >= 30, "{}", WAYS.len());
    let origin = Origin::directory(&world.directory, &world.crypto);
    let judge = Judge::new(&world.anchor, &world.crypto, origin);
    let now = stamped_at();
    assert_eq!(world.stamped().verify(&judge, now).unwrap().verdict(), Verdict::Sound);
    assert_eq!(world.dossier().verify(&judge, now).unwrap().verdict(), Verdict::Sound);
    for way in WAYS {
        let Some(dossier) = dossier(way.applied(&world)) else {
            panic!("{}: the manifest is not read", way.name);
        };
        let examination = dossier.verify(&judge, now).unwrap();
        let findings: Vec<String> = examination.findings.iter().map(ToString::to_string).collect();
        println!("{}:\n  {}", way.name, findings.join("\n  "));
        assert_ne!(examination.verdict(), Verdict::Sound, "{}", way.name);
        // A better attacker would write the reports anew as well, where they are not the target.
        let beyond_reports = |finding: &Finding| !matches!(finding, Finding::ReportDiffers { .. });
        if !way.name.starts_with("the report") {
            assert!(examination.findings.iter().any(beyond_reports), "{}", way.name);
        }
        // Revocation lists can be brought by whoever judges; all else is a lie.
        if way.name != "revocation lists removed" {
            assert_eq!(examination.verdict(), Verdict::Broken, "{}: {findings:?}", way.name);
        }
    }
}

#[test]
fn what_is_found_is_what_was_done() {
    let world = World::new();
    let origin = Origin::directory(&world.directory, &world.crypto);
    let judge = Judge::new(&world.anchor, &world.crypto, origin);
    let found = |name: &str| {
        let way = WAYS.iter().find(|way| way.name == name).unwrap();
        dossier(way.applied(&world)).unwrap().verify(&judge, stamped_at()).unwrap().findings
    };
    let has = |name, test: fn(&Finding) -> bool| assert!(found(name).iter().any(test), "{name}");
    has("a receipt removed", |it| matches!(it, Finding::Missing { .. }));
    has("a file added", |it| matches!(it, Finding::Unlisted { .. }));
    has("an octet of a receipt", |it| matches!(it, Finding::Differs { .. }));
    has("two receipts exchanged", |it| matches!(it, Finding::Differs { .. }));
    has("a receipt removed, rewritten", |it| matches!(it, Finding::StampFailed { .. }));
    has("a word of a receipt", |it| matches!(it, Finding::NotGenuine { .. }));
    has("a receipt of another transmission", |it| matches!(it, Finding::OtherTransmission { .. }));
    has("a receipt by an intruder, who is an anchor", |it| {
        matches!(it, Finding::NotGenuine { .. })
    });
    has("a receipt by a provider for another's domain", |it| {
        matches!(it, Finding::NotGenuine { .. })
    });
    has("another attachment, rewritten", |it| matches!(it, Finding::CopyDiffers { .. }));
    has("the signer in the manifest", |it| matches!(it, Finding::RecordDiffers { .. }));
    has("the script altered, rewritten", |it| matches!(it, Finding::ScriptDiffers));
    assert_eq!(
        found("the report altered, rewritten"),
        [Finding::ReportDiffers { name: "report.html".into() }]
    );
}
