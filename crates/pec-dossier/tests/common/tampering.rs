//! Thirty ways to tamper with a dossier.

use pec_daticert::{Event, ReceiptType};
use pec_dossier::{Dossier, Files};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::testpki::Shape;

use super::*;

const ACCEPTED: &str = "messaggi/001-accettazione.eml";
const TO_ANNA: &str = "messaggi/002-avvenuta-consegna.eml";
const TO_UGO: &str = "messaggi/003-avvenuta-consegna.eml";

/// A way to tamper, and what finds it beside `Dossier::verify`.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) tamper: fn(&World, &mut Files),
    /// Whether the attacker writes manifest and lists anew.
    pub(crate) rewritten: bool,
    /// Whether the attacker takes the time stamp away, which is over the manifest.
    pub(crate) unstamped: bool,
    /// Whether `verifica.sh` can find it too.
    pub(crate) by_script: bool,
}

impl Way {
    /// The stamped dossier after this.
    pub(crate) fn applied(&self, world: &World) -> Files {
        let mut files = world.stamped().files().clone();
        (self.tamper)(world, &mut files);
        if self.unstamped {
            let stamps: Vec<String> = files.iter().map(|(name, _)| name.to_owned()).collect();
            for name in stamps.iter().filter(|name| name.starts_with("marche/")) {
                files.remove(name);
            }
        }
        if self.rewritten {
            rewrite(&mut files);
        }
        files
    }
}

const fn way(name: &'static str, tamper: fn(&World, &mut Files)) -> Way {
    Way { name, tamper, rewritten: false, unstamped: false, by_script: true }
}

/// The attacker writes manifest and lists anew.
const fn rewritten(name: &'static str, tamper: fn(&World, &mut Files)) -> Way {
    Way { rewritten: true, ..way(name, tamper) }
}

/// The attacker writes all anew and takes the stamp away.
const fn unstamped(name: &'static str, tamper: fn(&World, &mut Files)) -> Way {
    Way { unstamped: true, ..rewritten(name, tamper) }
}

const fn beyond_the_script(way: Way) -> Way {
    Way { by_script: false, ..way }
}

pub(crate) const WAYS: &[Way] = &[
    // Clumsy: the hashes tell.
    way("an octet of a receipt", |_, files| edit(files, ACCEPTED, |it| it[500] ^= 1)),
    way("a receipt cut short", |_, files| edit(files, TO_ANNA, |it| it.truncate(2000))),
    way("a receipt removed", |_, files| drop(files.remove(TO_UGO))),
    way("a receipt replaced", |world, files| put(files, ACCEPTED, stranger(world))),
    way("two receipts exchanged", exchanged),
    way("a receipt renamed", |_, files| {
        let receipt = files.remove(TO_UGO).unwrap();
        files.insert("messaggi/004-avvenuta-consegna.eml", receipt).unwrap();
    }),
    way("another message sent", |_, files| replace(files, SENT_FILE, "confermo", "In allegato")),
    way("a file added", |_, files| put(files, "messaggi/nota.txt", b"ciao".to_vec())),
    way("a revocation list altered", |_, files| {
        let name = named(files, ".crl");
        edit(files, &name, |it| it[60] ^= 1);
    }),
    way("a certificate removed", |_, files| {
        let name = named(files, ".cer");
        files.remove(&name);
    }),
    way("the report altered", |_, files| replace(files, "report.html", "✗", "✓")),
    way("the script altered", |_, files| replace(files, "verifica.sh", "exit 0", "exit 1")),
    way("the making moved", |_, files| replace(files, "manifest.json", "2025-", "2026-")),
    way("the hashes of the manifest", |_, files| {
        replace(files, "manifest.json", "\"sha512\": \"0", "\"sha512\": \"");
    }),
    way("a list shortened", |_, files| edit(files, "SHA256SUMS", |it| it.truncate(it.len() / 2))),
    way("a list emptied", |_, files| edit(files, "SHA512SUMS", Vec::clear)),
    // Thorough: manifest and lists are written anew, and the time stamp tells.
    rewritten("a receipt removed, rewritten", |_, files| drop(files.remove(TO_UGO))),
    rewritten("the making moved, rewritten", |_, files| {
        replace(files, "manifest.json", "2025-", "2026-");
    }),
    rewritten("the stamp of another dossier", |world, files| {
        let token = world.clock.time_stamp(b"another manifest", stamped_at());
        put(files, "marche/manifest-001.tst", token);
    }),
    rewritten("a stamp by no authority", |world, files| {
        let token = world.alfa.time_stamp(files.get("manifest.json").unwrap(), stamped_at());
        put(files, "marche/manifest-001.tst", token);
    }),
    // As thorough, and the time stamp is gone: the evidence tells.
    unstamped("a word of a receipt", |_, files| {
        replace(files, TO_ANNA, "AVVENUTA", "avvenuta");
    }),
    unstamped("a receipt of another transmission", |world, files| {
        put(files, ACCEPTED, stranger(world));
    }),
    unstamped("another transmission in the manifest", |_, files| {
        replace(files, "manifest.json", "a2.20261121091500", "a1.20261121091500");
    }),
    unstamped("a receipt by an intruder, who is an anchor", intruder),
    beyond_the_script(unstamped("a receipt by a provider for another's domain", |world, files| {
        let data = data(delivery(ReceiptType::Concise, ANNA), 2);
        put(files, TO_ANNA, world.notification(&data, "alfa"));
    })),
    beyond_the_script(unstamped("another message sent, rewritten", |_, files| {
        replace(files, SENT_FILE, "confermo", "In allegato");
    })),
    beyond_the_script(unstamped("another attachment, rewritten", |_, files| {
        replace(files, SENT_FILE, "JVBERi0xLjgg", "JVBERi0xLjcg");
    })),
    beyond_the_script(unstamped("the report altered, rewritten", |_, files| {
        replace(files, "report.html", "✗", "✓");
    })),
    beyond_the_script(unstamped("the script altered, rewritten", |_, files| {
        replace(files, "verifica.sh", "# nothing", "# Questo file");
    })),
    beyond_the_script(unstamped("the signer in the manifest", |_, files| {
        replace(files, "manifest.json", "Gamma PEC", "Beta PEC");
    })),
    beyond_the_script(unstamped("revocation lists removed", |_, files| {
        for _ in 0..2 {
            let name = named(files, ".crl");
            files.remove(&name);
        }
    })),
];

const SENT_FILE: &str = "messaggi/inviato.eml";

fn put(files: &mut Files, name: &str, octets: Vec<u8>) {
    files.remove(name);
    files.insert(name, octets).unwrap();
}

fn edit(files: &mut Files, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut octets = files.remove(name).unwrap();
    edit(&mut octets);
    files.insert(name, octets).unwrap();
}

/// Puts `with` in the place of each `what`.
fn replace(files: &mut Files, name: &str, with: &str, what: &str) {
    let text = String::from_utf8(files.get(name).unwrap().to_vec()).unwrap();
    let altered = text.replace(what, with);
    assert_ne!(text, altered, "{name} has no {what}");
    put(files, name, altered.into_bytes());
}

fn exchanged(_: &World, files: &mut Files) {
    let (anna, ugo) = (files.remove(TO_ANNA).unwrap(), files.remove(TO_UGO).unwrap());
    put(files, TO_ANNA, ugo);
    put(files, TO_UGO, anna);
}

/// The first file whose name ends so.
fn named(files: &Files, end: &str) -> String {
    files.iter().find(|(name, _)| name.ends_with(end)).unwrap().0.to_owned()
}

/// A genuine acceptance of another transmission.
fn stranger(world: &World) -> Vec<u8> {
    let mut data = data(Event::Acceptance, 0);
    data.pec_msgid = "another@alfa.example".parse().unwrap();
    world.notification(&data, "alfa")
}

/// An acceptance by somebody who has a certificate for the provider's address, but not from its
/// authority.
fn intruder(world: &World, files: &mut Files) {
    let intruder =
        world.pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::IssuerWithoutCertSign);
    let draft = Draft::notification(&data(Event::Acceptance, 0), &issue("alfa")).unwrap();
    put(files, ACCEPTED, world.seal(&draft, &intruder));
    let authority = intruder.chain()[1].der().to_vec();
    files.insert("certificati/ancore/0badc0de.cer", authority).unwrap();
}

/// Manifest and lists as they would be for these files, reports left as they are.
pub(crate) fn rewrite(files: &mut Files) {
    let crypto = CryptoProvider::rustcrypto();
    let hex = |algorithm, octets: &[u8]| -> String {
        let digest = crypto.digest(algorithm, octets).unwrap();
        digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect()
    };
    let manifest = files.remove("manifest.json").unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let records = manifest["files"].as_array_mut().unwrap();
    records.retain(|record| files.get(record["name"].as_str().unwrap()).is_some());
    for record in records.iter_mut() {
        let octets = files.get(record["name"].as_str().unwrap()).unwrap();
        record["octets"] = octets.len().into();
        record["sha256"] = hex(DigestAlgorithm::Sha256, octets).into();
        record["sha512"] = hex(DigestAlgorithm::Sha512, octets).into();
    }
    if let Some(octets) = files.get("certificati/ancore/0badc0de.cer") {
        records.push(serde_json::json!({
            "name": "certificati/ancore/0badc0de.cer", "role": "anchor", "octets": octets.len(),
            "sha256": hex(DigestAlgorithm::Sha256, octets),
            "sha512": hex(DigestAlgorithm::Sha512, octets),
        }));
    }
    let manifest: pec_dossier::Manifest = serde_json::from_value(manifest).unwrap();
    files.insert("manifest.json", manifest.to_json()).unwrap();
    for (name, algorithm) in
        [("SHA256SUMS", DigestAlgorithm::Sha256), ("SHA512SUMS", DigestAlgorithm::Sha512)]
    {
        let lines: String = files
            .iter()
            .filter(|(name, _)| !name.ends_with("SUMS"))
            .map(|(name, octets)| format!("{}  {name}\n", hex(algorithm, octets)))
            .collect();
        put(files, name, lines.into_bytes());
    }
}

/// The files as a dossier, where the manifest can be read.
pub(crate) fn dossier(files: Files) -> Option<Dossier> {
    Dossier::from_files(files).ok()
}
