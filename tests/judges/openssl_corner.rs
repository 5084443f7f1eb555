//! Judge: the corner files of OpenSSL's own CMS tests, with the certificates and keys they use.
//!
//! Each file is read as CMS, as a certificate and as a private key; `openssl_corner.tsv` says what
//! comes of it and why that is right. A file that is not in the table fails the judge, so that the
//! table stays complete. `install.d/openssl-source.sh` fetches the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeZone, Utc};
use encodify::{base64, pem};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::{SoftwareSigner, load_private_key};
use pec_smime::verify::{Policy, Verdict, Verifier};
use pec_smime::x509::{
    Certificate, LeafUsage, PathOptions, PathVerdict, RevocationMode, TrustAnchor, TrustStore,
    validate,
};
use pec_tests::judges;

#[test]
#[ignore = "judge: openssl-corner"]
fn every_file_is_taken_or_refused_as_listed() {
    let world = World::new();
    let expected = table();
    let mut problems = Vec::new();
    let mut accepted = 0;
    for (name, octets) in world.files() {
        let found = world.read(&octets);
        let readings = [&found.cms, &found.certificate, &found.key];
        accepted += usize::from(readings.into_iter().any(|reading| reading == ACCEPTED));
        match expected.get(&name) {
            None => problems.push(format!("{name} is not in the table: {found:?}")),
            Some(row) if *row != found => {
                problems.push(format!("{name}: {found:?}, expected {row:?}"));
            }
            Some(_) => {}
        }
    }
    let files = world.files();
    for name in expected.keys() {
        if !files.contains_key(name) {
            problems.push(format!("{name} is in the table and not among the files"));
        }
    }
    println!("{} files, {accepted} with something that is accepted", files.len());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
#[ignore = "judge: openssl-corner"]
fn no_damage_to_a_file_makes_it_panic() {
    let world = World::new();
    let mut readings = 0;
    for (_, octets) in world.files() {
        for mut der in blocks(&octets).into_values() {
            for end in 0..der.len() {
                world.read(&der[..end]);
                for bit in [0x01, 0x20, 0x80] {
                    der[end] ^= bit;
                    world.read(&der);
                    der[end] ^= bit;
                    readings += 1;
                }
            }
        }
    }
    println!("{readings} damaged structures read");
    assert!(readings > 10_000);
}

const ACCEPTED: &str = "accepted";

/// What the three readers say of a file: [`ACCEPTED`], why not, or `-` where the file has nothing
/// that could be meant for the reader.
#[derive(Debug, PartialEq)]
struct Reading {
    cms: String,
    certificate: String,
    key: String,
}

struct World {
    folder: PathBuf,
    crypto: CryptoProvider,
    store: TrustStore,
}

impl World {
    fn new() -> Self {
        let folder = judges::folder("openssl-source");
        let root = std::fs::read(folder.join("smime-certs/smroot.pem")).expect("the root");
        let root = Certificate::from_der(&blocks(&root)["CERTIFICATE"]).expect("a certificate");
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(root));
        Self { folder, crypto: CryptoProvider::rustcrypto(), store }
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in ["cms-data", "smime-certs"] {
            for entry in std::fs::read_dir(self.folder.join(folder)).expect(folder) {
                let path = entry.expect("an entry").path();
                let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
                let octets = std::fs::read(&path).expect(name);
                files.insert(format!("{folder}/{name}"), octets);
            }
        }
        files
    }

    fn read(&self, octets: &[u8]) -> Reading {
        let blocks = blocks(octets);
        let nothing = || "-".to_owned();
        let certificate = blocks.get("CERTIFICATE").or(blocks.get("DER"));
        let leaf = certificate.map(|der| Certificate::from_der(der));
        Reading {
            cms: blocks
                .get("PKCS7")
                .or(blocks.get("DER"))
                .map_or_else(nothing, |der| self.read_cms(der)),
            key: blocks
                .get("PRIVATE KEY")
                .or(blocks.get("DER"))
                .map_or_else(nothing, |der| self.read_key(der, leaf.clone().and_then(Result::ok))),
            certificate: leaf.map_or_else(nothing, |leaf| match leaf {
                Ok(leaf) => self.judge(&leaf),
                Err(error) => error.to_string(),
            }),
        }
    }

    fn read_cms(&self, der: &[u8]) -> String {
        let policy = Policy::interoperable().allow_any_usage().allow_unknown_revocation();
        match Verifier::new(&self.store, &self.crypto, policy).opaque(der, judged_at()).verdict() {
            Verdict::Valid => ACCEPTED.to_owned(),
            Verdict::Invalid { check, reason } => format!("{check:?}: {reason}"),
            Verdict::Undecided { check, reason } => format!("{check:?} undecided: {reason}"),
            other => format!("{other:?}"),
        }
    }

    /// Loads the key, which must be that of the certificate beside it, if there is one.
    fn read_key(&self, der: &[u8], leaf: Option<Certificate>) -> String {
        let key = match load_private_key(der, None, &self.crypto) {
            Ok(key) => key,
            Err(error) => return error.to_string(),
        };
        match leaf.map(|leaf| SoftwareSigner::new(key, &[leaf], &self.crypto)) {
            Some(Err(error)) => error.to_string(),
            Some(Ok(_)) | None => ACCEPTED.to_owned(),
        }
    }

    fn judge(&self, leaf: &Certificate) -> String {
        let options = PathOptions::at(judged_at())
            .with_revocation(RevocationMode::Off)
            .with_usage(LeafUsage::Any);
        match validate(leaf, &[], &self.store, &options, &self.crypto) {
            PathVerdict::Valid(_) => ACCEPTED.to_owned(),
            PathVerdict::Invalid(path) => path.reason.to_string(),
            PathVerdict::Indeterminate(path) => format!("undecided: {}", path.reason),
        }
    }
}

/// The structures of a file by their label in PEM; `PKCS7` for the body of a MIME entity, `DER` for
/// what has no text around it.
fn blocks(octets: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let text = String::from_utf8_lossy(octets);
    if let Some((_, body)) = text.split_once("\n\n").filter(|_| text.starts_with("MIME-Version")) {
        let der = base64::STANDARD.decode(body.split_whitespace().collect::<String>());
        return BTreeMap::from([("PKCS7".to_owned(), der.expect("base64"))]);
    }
    let blocks: BTreeMap<_, _> = pem::STANDARD
        .blocks(octets)
        .filter_map(Result::ok)
        .map(|block| (block.label.to_owned(), block.contents))
        .collect();
    let is_text = octets.iter().all(|octet| octet.is_ascii_graphic() || b" \t\r\n".contains(octet));
    if blocks.is_empty() && !is_text {
        return BTreeMap::from([("DER".to_owned(), octets.to_vec())]);
    }
    blocks
}

/// When the root of the files is in force. What was signed under the root before it, which ended
/// in 2023, is refused for other reasons.
fn judged_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).single().expect("an instant")
}

fn table() -> BTreeMap<String, Reading> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/openssl_corner.tsv");
    let text = std::fs::read_to_string(path).expect("the table");
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, cms, certificate, key, reason] = fields[..] else {
            panic!("five fields in {line:?}");
        };
        assert!(!reason.is_empty(), "{name} has no reason");
        let [cms, certificate, key] = [cms, certificate, key].map(str::to_owned);
        (name.to_owned(), Reading { cms, certificate, key })
    })
    .collect()
}
