//! Judge: NIST PKITS through the command line of `pec verify`. Its 167 signed mails without policy
//! options are no PEC: only cryptography, path and revocation are judged.

use std::path::Path;

use clap::Parser as _;
use pec_client::cli::Cli;
use pec_client::console::Console;
use pec_client::lang::Lang;
use pec_client::run::run;
use pec_tests::judges;

/// DSA, which no provider of cryptography here verifies (`pkits.exclude`).
const EXCLUDED: [&str; 2] = ["4.1.4", "4.1.5"];

#[test]
#[ignore = "judge: pkits"]
fn pec_verify_judges_every_mail_as_expected() {
    let data = judges::folder("pkits");
    let rows = rows();
    assert_eq!(rows.len(), 167);
    let mut wrong = Vec::new();
    for (case, mail, good) in &rows {
        let verdict = verdict(&data, mail);
        let is_valid = verdict == "valid" || verdict == "valid-legacy";
        let is_excused = !is_valid && EXCLUDED.contains(&case.as_str());
        if is_valid != *good && !is_excused {
            wrong.push(format!("{case} {mail}: {verdict}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

fn verdict(data: &Path, mail: &str) -> String {
    let path = |name: &str| data.join(name).to_str().expect("UTF-8").to_owned();
    let (mail, anchor) =
        (path(&format!("smime/{mail}")), path("certs/TrustAnchorRootCertificate.crt"));
    let (certificates, lists) = (path("certs"), path("crls"));
    let arguments = [
        "pec",
        "verify",
        "--json",
        &mail,
        "--trust",
        &anchor,
        "--certs",
        &certificates,
        "--crls",
        &lists,
        "--revocation",
        "require",
    ];
    let cli = Cli::try_parse_from(arguments).expect("a command line");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console =
        Console { out: &mut out, err: &mut err, lang: Lang::En, json: cli.json, progress: false };
    let now = "2026-11-21T12:00:00Z".parse().expect("an instant");
    run(cli.command, &mut console, now).expect("writes to memory");
    let document: serde_json::Value = serde_json::from_slice(&out).expect("one document");
    document["verdict"].as_str().expect("a verdict").to_owned()
}

/// The rows of `pkits.tsv` without options: test, mail, whether it is good.
fn rows() -> Vec<(String, String, bool)> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/pkits.tsv");
    let table = std::fs::read_to_string(table).expect("the table");
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| fields[2] == "-")
        .map(|fields| (fields[0].to_owned(), fields[1].to_owned(), fields[3] == "good"))
        .collect()
}
