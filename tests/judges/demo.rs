//! What the demonstration leaves, judged without us: OpenSSL verifies every message, Python finds
//! the certification data and xmllint validates them, the exported logs are audited, the stores
//! checked by `gestore`, and the line that the demonstration prints is run as it is printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pec_gestore::log::Record;
use pec_gestore::log::audit::{AuditOptions, AuditReport, Auditor};
use pec_tests::command::{Scratch, run};
use pec_tests::workspace;

const PROVIDERS: [&str; 2] = ["alfa.example", "beta.example"];

/// Of the kinds that the demonstration makes, these hold no certification data: an anomaly envelope
/// certifies nothing (RFC 6109 §3.2.2).
const WITHOUT_DATA: [&str; 1] = ["anomaly-envelope"];

/// Another reader than ours: writes each `daticert.xml` of the messages named, those inside
/// attached messages too, to a file of its own, and says from which message it is.
const EXTRACT: &str = r#"
import email, sys
from email import policy
into, files = sys.argv[1], sys.argv[2:]
number = 0
for name in files:
    with open(name, "rb") as file:
        message = email.message_from_binary_file(file, policy=policy.default)
    for part in message.walk():
        if (part.get_filename() or "").lower() == "daticert.xml":
            number += 1
            with open(f"{into}/{number}.xml", "wb") as file:
                file.write(part.get_payload(decode=True))
            print(name)
"#;

#[test]
#[ignore = "judge: openssl, python3, xmllint on what the demonstration leaves"]
fn all_that_the_demonstration_leaves_is_sound() {
    let scratch = Scratch::new("demo");
    let (out, stores) = (scratch.path("out"), scratch.path("stores"));
    let said = cargo("pec-demo", &["--quiet", "--out", text(&out), "--stores", text(&stores)]);
    let mail = files(&out.join("mail"), "eml");
    assert_eq!(mail.len(), 34, "{mail:?}");

    let unsigned: Vec<_> = mail.iter().filter_map(|file| fault(&out, file)).collect();
    assert_eq!(unsigned, Vec::<String>::new(), "every message of the demonstration is signed");
    println!("openssl verifies {} of {} messages, which agree", mail.len(), mail.len());
    for kind in tampered(&scratch, &mail) {
        println!("  {kind}: a changed copy is refused");
    }

    let documents = certification_data(&scratch, &out, &mail);
    println!("xmllint takes {documents} daticert.xml of them; a changed one is refused");
    for domain in PROVIDERS {
        let lines = audited(&out, domain);
        println!("the log of {domain}: {lines} rows without a breach");
        let said = cargo("pec-server", &["check", text(&stores.join(domain))]);
        assert!(said.starts_with("All that is stored is as it was written"), "{domain}: {said}");
    }

    let line = said.lines().find(|line| line.contains("openssl cms -verify")).expect("the line");
    run("sh", &["-c", line.trim()], Path::new("/")).expect("the line, as it is printed");
    println!("`{}` succeeds", line.trim());
}

/// Runs the program of a package, as the README says it; what it printed.
fn cargo(package: &str, arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--locked", "-p", package, "--"]).args(arguments);
    let output = command.current_dir(workspace::root()).output().expect("cargo");
    let said = String::from_utf8(output.stdout).expect("text");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{package} {arguments:?}: {said}{complained}");
    said
}

/// What OpenSSL says against a message; the certificate is the one that the demonstration left.
fn fault(out: &Path, message: &Path) -> Option<String> {
    let arguments = [
        "cms",
        "-verify",
        "-in",
        text(message),
        "-inform",
        "SMIME",
        "-CAfile",
        "ca.pem",
        "-out",
        "/dev/null",
    ];
    run("openssl", &arguments, out).err().map(|why| format!("{}: {why}", message.display()))
}

/// One message of each kind is changed by a single letter: OpenSSL must notice. The kinds.
fn tampered(scratch: &Scratch, mail: &[PathBuf]) -> Vec<String> {
    let of_each: BTreeMap<String, &PathBuf> = mail.iter().map(|file| (kind(file), file)).collect();
    assert!(of_each.len() >= 8, "{:?}", of_each.keys());
    for (kind, file) in &of_each {
        let mut octets = fs::read(file).expect("a message");
        let signed = memchr::memmem::find(&octets, b"\r\n\r\n").expect("a body");
        let within = memchr::memmem::find(&octets[signed..], b"Content-Type: ").expect("a part");
        octets[signed + within] = b'c';
        let copy = scratch.write("changed.eml", octets);
        let why = fault(&scratch.path("out"), &copy);
        assert!(
            why.is_some_and(|why| why.contains("content verify error")),
            "{kind}: a copy passes"
        );
    }
    of_each.into_keys().collect()
}

/// Every `daticert.xml` is valid by the DTD of RFC 6109 §4.4; how many there are.
fn certification_data(scratch: &Scratch, out: &Path, mail: &[PathBuf]) -> usize {
    let folder = scratch.path("daticert");
    fs::create_dir_all(&folder).expect("a folder");
    let mut python = Command::new("python3");
    let output = python.args(["-c", EXTRACT, text(&folder)]).args(mail).current_dir(out).output();
    let output = output.expect("python3: run tests/judges/install.sh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = String::from_utf8(output.stdout).expect("names");
    for message in mail {
        let has_data = found.lines().any(|name| Path::new(name) == message);
        let is_without = WITHOUT_DATA.contains(&kind(message).as_str());
        assert!(has_data != is_without, "{}: certification data?", message.display());
    }
    let documents = files(&folder, "xml");
    assert_eq!(documents.len(), found.lines().count());
    let dtd = workspace::root().join("tests/judges/daticert.dtd");
    let valid = |document: &Path| {
        let arguments = ["--nonet", "--noout", "--dtdvalid", text(&dtd), text(document)];
        run("xmllint", &arguments, &folder)
    };
    for document in &documents {
        valid(document).unwrap_or_else(|why| panic!("{}: {why}", document.display()));
    }
    let changed = fs::read_to_string(&documents[0]).expect("a document");
    let changed = scratch.write("changed.xml", changed.replace("mittente>", "chi>"));
    assert!(valid(&changed).is_err(), "xmllint takes what is not of the DTD");
    documents.len()
}

/// The two forms of an exported log are the same log, and keep the invariants of the audit; a log
/// that lost the line of an acceptance does not. How many lines it has.
fn audited(out: &Path, domain: &str) -> usize {
    let read = |form: &str| {
        let file = out.join("logs").join(format!("{domain}.{form}"));
        fs::read_to_string(file).expect("a log")
    };
    let (lines, json) = (read("log"), read("jsonl"));
    let auditor = || Auditor::new(AuditOptions::new().from_the_beginning().own_domains([domain]));
    let audit = |lines: &mut dyn Iterator<Item = &str>| -> AuditReport {
        let mut auditor = auditor();
        for (number, line) in (1..).zip(lines) {
            auditor.read_line(number, line.as_bytes());
        }
        auditor.finish()
    };
    let report = audit(&mut lines.lines());
    assert!(report.is_clean() && report.transmissions > 0, "{domain}: {report}");
    let mut of_records = auditor();
    for (number, line) in (1..).zip(json.lines()) {
        of_records.read_record(number, &Record::from_json_line(line).expect("a record"));
    }
    let of_records = of_records.finish();
    assert!(of_records.is_clean(), "{domain}: {of_records}");
    assert_eq!(of_records.lines, report.lines);
    // Alfa, where messages are handed in: each receipt belongs to an acceptance.
    if domain == PROVIDERS[0] {
        let mut found = false;
        let mut without = lines.lines().filter(|line| {
            let is_it = !found && line.contains("tipo=accettazione");
            found |= is_it;
            !is_it
        });
        let report = audit(&mut without);
        assert!(!report.is_clean(), "the auditor does not miss the line of an acceptance");
    }
    lines.lines().count()
}

/// `001-acceptance.eml` is an `acceptance`.
fn kind(file: &Path) -> String {
    let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
    name.split_once('-').expect("NNN-kind").1.to_owned()
}

/// All files of a folder with an extension, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
