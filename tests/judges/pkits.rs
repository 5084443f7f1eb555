//! Judge: NIST PKITS, 224 signed mails with their certificates and CRLs, under 247 sets of options.
//!
//! Each row is judged twice: with the certificates and CRLs that came in the mail, as a receiver
//! would, and with the whole directory of 405 certificates and 173 CRLs, where wrong paths abound.
//! `install.sh` fetches the data, `pkits.tsv` has the expected verdicts, `pkits.exclude` the cases
//! whose verdict is not accepted, with reasons.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeZone, Utc};
use pec_smime::crypto::CryptoProvider;
use pec_smime::x509::{
    Certificate, CertificateUse, Crl, PathOptions, PathVerdict, TrustAnchor, TrustStore, validate,
};

#[test]
#[ignore = "judge: pkits"]
fn every_row_is_judged_as_expected() {
    let data = judges_folder().join("pkits");
    assert!(data.is_dir(), "no PKITS data in {}: run tests/judges/install.sh", data.display());
    let anchor = read_certificate(&data.join("certs/TrustAnchorRootCertificate.crt"));
    let crypto = CryptoProvider::rustcrypto();

    let mut directory = TrustStore::new();
    directory.add_anchor(TrustAnchor::new(anchor.clone()));
    let certificates = directory
        .add_folder(data.join("certs"), CertificateUse::Intermediate)
        .expect("all certificates of PKITS can be read");
    let crls = directory
        .add_folder(data.join("crls"), CertificateUse::Intermediate)
        .expect("all CRLs of PKITS can be read");
    assert_eq!((certificates.certificates, crls.crls), (405, 173));

    let rows = rows();
    assert_eq!(rows.len(), 247);
    let mut report = Report::new(&rows);
    for row in &rows {
        let mail = Mail::read(&data.join("smime").join(&row.mail));
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(anchor.clone()));
        for crl in &mail.crls {
            store.add_crl(crl.clone());
        }
        let options = row.options();
        let by_mail = validate(&mail.leaf, &mail.certificates, &store, &options, &crypto);
        let by_directory = validate(&mail.leaf, &[], &directory, &options, &crypto);
        report.note(row, "mail", &by_mail);
        report.note(row, "directory", &by_directory);
    }
    report.finish();
}

#[test]
#[ignore = "judge: pkits"]
fn the_facts_are_those_of_the_shared_table() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/pkits/pkits-all.tsv");
    let Ok(text) = std::fs::read_to_string(&shared) else {
        println!("skipped: no {}", shared.display());
        return;
    };
    let ours: BTreeMap<String, (String, bool)> =
        rows().into_iter().map(|row| (row.case, (row.mail, row.good))).collect();
    let mut theirs = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        theirs.insert(fields[0].to_owned(), (fields[1].to_owned(), fields[2] == "good"));
    }
    assert_eq!(ours, theirs);
}

/// One line of `pkits.tsv`.
struct Row {
    case: String,
    mail: String,
    options: String,
    good: bool,
    /// explicit-policy indicator, authority-constrained and user-constrained policy set.
    policies: Option<(bool, Vec<String>, Vec<String>)>,
}

impl Row {
    fn options(&self) -> PathOptions {
        let mut options = PathOptions::at(judged_at());
        let mut wanted = Vec::new();
        let mut any = false;
        let mut words = self.options.split_whitespace();
        while let Some(word) = words.next() {
            options = match word {
                "-" => options,
                "-policy" => {
                    let policy = words.next().expect("-policy has a value");
                    match policy {
                        "anyPolicy" => any = true,
                        oid => wanted.push(oid.parse().expect("an OID")),
                    }
                    options
                }
                "-explicit_policy" => options.requiring_explicit_policy(),
                "-inhibit_map" => options.inhibiting_policy_mapping(),
                "-inhibit_any" => options.inhibiting_any_policy(),
                other => panic!("{}: unknown option {other}", self.case),
            };
        }
        if any || wanted.is_empty() { options } else { options.with_policies(wanted) }
    }
}

/// What disagreed.
struct Report {
    excluded: BTreeMap<String, String>,
    agreed: BTreeMap<String, bool>,
    problems: Vec<String>,
}

impl Report {
    fn new(rows: &[Row]) -> Self {
        let excluded = exclusions();
        let problems = excluded
            .keys()
            .filter(|case| !rows.iter().any(|row| row.case == **case))
            .map(|case| format!("{case}: excluded, but there is no such case"))
            .collect();
        Self { excluded, agreed: BTreeMap::new(), problems }
    }

    fn note(&mut self, row: &Row, way: &str, verdict: &PathVerdict) {
        let mut agrees = verdict.valid().is_some() == row.good;
        let mut what = describe(verdict);
        if let (Some(path), Some((explicit, authority, user))) = (verdict.valid(), &row.policies) {
            let texts = |oids: &[_]| oids.iter().map(ToString::to_string).collect::<Vec<_>>();
            let found = &path.policies;
            let same = found.explicit == *explicit
                && texts(&found.authority) == *authority
                && texts(&found.user) == *user;
            agrees &= same;
            what = format!("{what}, {found:?}");
        }
        let agreed = self.agreed.entry(row.case.clone()).or_insert(true);
        *agreed &= agrees;
        if !agrees && !self.excluded.contains_key(&row.case) {
            let expected = if row.good { "good" } else { "bad: WRONG ACCEPT" };
            self.problems.push(format!("{} by {way}: {what}; expected {expected}", row.case));
        } else if agrees && !row.good {
            println!("{} by {way}: refused, {what}", row.case);
        }
    }

    fn finish(mut self) {
        for case in self.excluded.keys() {
            if self.agreed.get(case) == Some(&true) {
                self.problems.push(format!("{case}: excluded, but it agrees now"));
            }
        }
        let agreed = self.agreed.values().filter(|agrees| **agrees).count();
        println!("{agreed} of {} rows agree, {} excluded", self.agreed.len(), self.excluded.len());
        assert!(self.problems.is_empty(), "\n{}", self.problems.join("\n"));
    }
}

/// What a receiver has of a mail: the bag of its signature and the signer's certificate.
struct Mail {
    leaf: Certificate,
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
}

impl Mail {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("the mail can be read");
        let (_, part) = text.rsplit_once("smime.p7s").expect("a signature part");
        let (_, body) = part.split_once("\n\n").expect("a body");
        let (base64, _) = body.split_once("\n--").expect("a closing boundary");
        let der = encodify::base64::STANDARD
            .decode(base64.split_whitespace().collect::<String>())
            .expect("base64");

        // ContentInfo, [0], SignedData: version, digest algorithms, content, certificates, CRLs.
        let mut fields = elements(value(&elements(value(&elements(value(&der))[1]))[0]));
        let signer = value(fields.last().expect("signer infos")).to_vec();
        let mut certificates = Vec::new();
        let mut crls = Vec::new();
        for field in fields.drain(3..) {
            let inside = elements(value(&field));
            match field[0] {
                0xa0 => {
                    let read = |der: &Vec<u8>| Certificate::from_der(der).expect("a certificate");
                    certificates = inside.iter().map(read).collect();
                }
                0xa1 => {
                    crls = inside.iter().map(|der| Crl::from_der(der).expect("a CRL")).collect();
                }
                _ => {}
            }
        }
        // SignerInfo: version, IssuerAndSerialNumber.
        let sid = elements(value(&elements(value(&signer))[1]));
        let leaf = certificates
            .iter()
            .find(|found| found.has_issuer(&sid[0]) && found.serial() == value(&sid[1]))
            .expect("the signer's certificate")
            .clone();
        Self { leaf, certificates, crls }
    }
}

/// The elements in a row of DER, each whole.
fn elements(mut der: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (header, length) = header(der);
        let (element, rest) = der.split_at(header + length);
        found.push(element.to_vec());
        der = rest;
    }
    found
}

fn value(element: &[u8]) -> &[u8] {
    let (header, length) = header(element);
    &element[header..header + length]
}

fn header(element: &[u8]) -> (usize, usize) {
    let first = usize::from(element[1]);
    if first < 0x80 {
        return (2, first);
    }
    let count = first & 0x7f;
    let octets = &element[2..2 + count];
    (2 + count, octets.iter().fold(0, |length, octet| length * 256 + usize::from(*octet)))
}

fn describe(verdict: &PathVerdict) -> String {
    match verdict {
        PathVerdict::Valid(_) => "valid".to_owned(),
        PathVerdict::Invalid(path) => format!("#{}: {}", path.certificate, path.reason),
        PathVerdict::Indeterminate(path) => format!("#{}: {}", path.certificate, path.reason),
    }
}

/// Any instant will do at which NIST's certificates, valid from 2010 to 2030, are in force.
fn judged_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).single().expect("an instant")
}

fn rows() -> Vec<Row> {
    let split = |list: &str| match list {
        "-" => Vec::new(),
        list => list.split(',').map(str::to_owned).collect(),
    };
    lines("pkits.tsv")
        .iter()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [case, mail, options, verdict, explicit, authority, user] = fields[..] else {
                panic!("seven fields in {line:?}");
            };
            Row {
                case: case.to_owned(),
                mail: mail.to_owned(),
                options: options.to_owned(),
                good: verdict == "good",
                policies: (explicit != "-")
                    .then(|| (explicit == "yes", split(authority), split(user))),
            }
        })
        .collect()
}

fn exclusions() -> BTreeMap<String, String> {
    let pair = |line: &String| {
        let (case, reason) = line.split_once("  ").expect("a case, two blanks and a reason");
        (case.to_owned(), reason.to_owned())
    };
    lines("pkits.exclude").iter().map(pair).collect()
}

/// The lines of a file beside this one, without comments.
fn lines(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges").join(name);
    let text = std::fs::read_to_string(path).expect("a file of this folder");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn judges_folder() -> PathBuf {
    match std::env::var_os("POSTACERT_JUDGES") {
        Some(folder) => folder.into(),
        None => Path::new(&std::env::var_os("HOME").expect("HOME")).join(".cache/postacert-judges"),
    }
}

fn read_certificate(path: &Path) -> Certificate {
    let der = std::fs::read(path).expect("the certificate can be read");
    Certificate::from_der(&der).expect("a certificate")
}
