//! The program of the book's tutorial: reads a mailbox folder, verifies, follows, makes a dossier.
//! `tutorial FOLDER CA.pem [DOSSIER.zip]`; without arguments it makes itself a small mailbox.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use postacert::dossier::Parts;
use postacert::smime::x509::CertificateUse;
use postacert::{
    Authentication, CryptoProvider, Dossier, Follows, Judge, Origin, Policy, TrustStore, Verifier,
    authenticate, read,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.as_slice() {
        [folder, ca] => run(folder, ca, None, std::time::SystemTime::now().into()),
        [folder, ca, zip] => run(folder, ca, Some(zip), std::time::SystemTime::now().into()),
        _ => example(),
    }
}

// ANCHOR: run
fn run(folder: &Path, ca: &Path, zip: Option<&Path>, now: DateTime<Utc>) -> Result<()> {
    // ANCHOR: read
    let mut mailbox: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        mailbox.insert(name, fs::read(&path)?);
    }
    println!("{} messages", mailbox.len());
    // ANCHOR_END: read

    // ANCHOR: trust
    let mut store = TrustStore::new();
    store.add_bundle(&fs::read(ca)?, CertificateUse::Anchor)?;
    let accredited: Vec<_> = store.anchors().map(|anchor| anchor.certificate().clone()).collect();
    let origin = Origin::AccreditedCa(&accredited);
    let crypto = CryptoProvider::rustcrypto();
    let policy = Policy::interoperable().allow_unknown_revocation();
    let verifier = Verifier::new(&store, &crypto, policy);
    // ANCHOR_END: trust

    // ANCHOR: verify
    let mut follows = Follows::new();
    for (name, octets) in &mailbox {
        let mail = read(octets);
        let judged = authenticate(&mail, &verifier.message(octets, now), &origin);
        match &judged {
            Authentication::Certified(certified) => {
                let data = certified.value().data();
                println!("{name}: {} of {}", certified.value().kind(), data.time);
            }
            Authentication::Untrusted { step, why } => println!("{name}: {step}: {why}"),
            Authentication::Undecided { why } => println!("{name}: cannot be told: {why}"),
            _ => println!("{name}: not known here"),
        }
        follows.feed(name, &mail, &judged);
    }
    // ANCHOR_END: verify

    // ANCHOR: follow
    for follow in follows.iter() {
        println!("{} ({:?})", follow.subject().unwrap_or("-"), follow.progress(now));
        for recipient in follow.recipients(now) {
            println!("  {}: {}", recipient.address, recipient.state.as_str());
        }
    }
    // ANCHOR_END: follow

    // ANCHOR: dossier
    let follow = follows.iter().next().ok_or("no transmission")?;
    let names = follow.receipts().into_iter().flat_map(|receipt| receipt.sources());
    let receipts = names.filter_map(|name| Some(mailbox.get(name)?.as_slice())).collect();
    let judge = Judge::new(&store, &crypto, origin).allow_unknown_revocation();
    let dossier = Dossier::make(&Parts { sent: None, receipts }, &judge, now)?;
    let archive = dossier.write_zip(Cursor::new(Vec::new()))?.into_inner();
    println!("a dossier of {} files", dossier.files().len());
    if let Some(path) = zip {
        fs::File::create_new(path).and_then(|mut file| std::io::copy(&mut &*archive, &mut file))?;
    }
    let examination = Dossier::read_zip(Cursor::new(archive))?.verify(&judge, now)?;
    println!("verified: {:?}", examination.verdict());
    // ANCHOR_END: dossier
    Ok(())
}
// ANCHOR_END: run

/// A mailbox with two receipts and a letter, in a folder of its own that is removed again.
fn example() -> Result<()> {
    let now = "2026-11-21T09:15:00Z".parse()?;
    let pki = postacert::smime::testpki::TestPki::new(now, &["alfa.example", "beta.example"]);
    let base = std::env::temp_dir().join(format!("postacert-tutorial-{}", std::process::id()));
    let posta = base.join("posta");
    fs::create_dir_all(&posta)?;
    let deployed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/pec-message/testdata/deployed");
    for name in ["current-acceptance.eml", "current-delivery-complete.eml"] {
        fs::copy(deployed.join(name), posta.join(name))?;
    }
    fs::write(posta.join("lettera.eml"), "From: amico@elsewhere.example\r\n\r\nciao\r\n")?;
    fs::write(base.join("ca.pem"), pki.authority().der())?;
    let done = run(&posta, &base.join("ca.pem"), Some(&base.join("fascicolo.zip")), now);
    fs::remove_dir_all(&base)?;
    done
}
