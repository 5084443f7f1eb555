//! Ways to tamper with the folder of a dossier, and what an attacker writes anew afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};

const ACCEPTED: &str = "messaggi/001-accettazione.eml";
const DELIVERED: &str = "messaggi/002-avvenuta-consegna.eml";
const SENT: &str = "messaggi/inviato.eml";

/// A way to tamper.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    /// Gets the folder of the dossier, and an acceptance of another transmission.
    tamper: fn(&Path, &Path),
    /// Whether the attacker writes manifest and lists anew.
    rewritten: bool,
    /// Why `verifica.sh` does not see it; `None` where it does.
    pub(crate) unseen: Option<&'static str>,
}

const fn way(name: &'static str, tamper: fn(&Path, &Path)) -> Way {
    Way { name, tamper, rewritten: false, unseen: None }
}

/// The attacker writes manifest and lists anew.
const fn rewritten(name: &'static str, tamper: fn(&Path, &Path)) -> Way {
    Way { rewritten: true, ..way(name, tamper) }
}

/// Beyond the script.
const fn unseen(why: &'static str, way: Way) -> Way {
    Way { unseen: Some(why), ..way }
}

impl Way {
    /// Makes a copy of a dossier and tampers with it.
    pub(crate) fn apply(&self, dossier: &Path, copy: &Path, stranger: &Path) {
        copy_folder(dossier, copy);
        (self.tamper)(copy, stranger);
        if self.rewritten {
            rewrite(copy);
        }
    }
}

pub(crate) const WAYS: &[Way] = &[
    // Clumsy: the hashes tell.
    way("an octet of a receipt", |it, _| edit(it, ACCEPTED, |octets| octets[900] ^= 1)),
    way("a receipt cut short", |it, _| edit(it, DELIVERED, |octets| octets.truncate(3000))),
    way("a receipt removed", |it, _| fs::remove_file(it.join(DELIVERED)).unwrap()),
    way("a receipt of another transmission", put_stranger),
    way("two receipts exchanged", |it, _| {
        let (one, two) = (read(it, ACCEPTED), read(it, DELIVERED));
        fs::write(it.join(ACCEPTED), two).unwrap();
        fs::write(it.join(DELIVERED), one).unwrap();
    }),
    way("a receipt renamed", |it, _| {
        fs::rename(it.join(DELIVERED), it.join("messaggi/003-avvenuta-consegna.eml")).unwrap();
    }),
    way("another message sent", |it, _| replace(it, SENT, "E ritorno", "E rinvio")),
    way("a file added", |it, _| fs::write(it.join("messaggi/nota.txt"), "ciao").unwrap()),
    way("a revocation list altered", |it, _| {
        let name = named(it, "revoche", ".crl");
        edit(it, &name, |octets| octets[60] ^= 1);
    }),
    way("a certificate removed", |it, _| {
        fs::remove_file(it.join(named(it, "certificati", ".cer"))).unwrap();
    }),
    way("the report altered", |it, _| replace(it, "rapporto.html", "Andata", "Andato")),
    way("the script altered", |it, _| replace(it, "verifica.sh", "# ---", "# ----")),
    way("the making moved", |it, _| {
        replace(it, "manifest.json", "made_at\": \"20", "made_at\": \"19");
    }),
    way("a hash of the manifest", |it, _| {
        replace(it, "manifest.json", "\"sha512\": \"", "\"sha512\": \"0");
    }),
    way("a list shortened", |it, _| edit(it, "SHA256SUMS", |octets| octets.truncate(100))),
    way("a list emptied", |it, _| edit(it, "SHA512SUMS", Vec::clear)),
    // Thorough: manifest and lists are written anew, and the evidence tells.
    rewritten("a word that is signed, rewritten", |it, _| {
        replace(it, ACCEPTED, "anna@beta.example", "anno@beta.example");
    }),
    rewritten("a delivery to somebody else, rewritten", |it, _| {
        replace(it, DELIVERED, "anna@beta.example", "anno@beta.example");
    }),
    rewritten("the sender of a receipt, rewritten", |it, _| {
        replace(it, ACCEPTED, "posta-certificata@alfa.example", "posta-certificata@alfa.invalid");
    }),
    rewritten("a signature cut, rewritten", |it, _| {
        edit(it, DELIVERED, |octets| octets.truncate(octets.len() * 3 / 4));
    }),
    rewritten("a receipt of another transmission, rewritten", put_stranger),
    rewritten("another transmission in the manifest, rewritten", |it, _| {
        replace(it, "manifest.json", "\"pec_msgid\": \"", "\"pec_msgid\": \"x");
    }),
    rewritten("an ordinary message for a receipt, rewritten", |it, _| {
        fs::write(it.join(ACCEPTED), read(it, SENT)).unwrap();
    }),
    unseen(
        "it does not compare originals: that takes a reader of MIME",
        rewritten("another message sent, rewritten", |it, _| {
            replace(it, SENT, "E ritorno", "E rinvio");
        }),
    ),
    unseen(
        "it does not know the header's markers: what they claim is compared by pec alone",
        rewritten("a receipt for another kind, rewritten", |it, _| {
            replace(it, ACCEPTED, "X-Ricevuta: accettazione", "X-Ricevuta: avvenuta-consegna");
        }),
    ),
    unseen(
        "a report is made by us from the evidence; the script cannot make it again",
        rewritten("the report altered, rewritten", |it, _| {
            replace(it, "rapporto.html", "Andata", "Andato");
        }),
    ),
    unseen(
        "a script cannot vouch for itself: compare it with one from elsewhere",
        rewritten("the script altered, rewritten", |it, _| {
            replace(it, "verifica.sh", "# ---", "# ----");
        }),
    ),
    unseen(
        "it reads from the manifest hashes and the identifier, and shows the signer itself",
        rewritten("the signer in the manifest, rewritten", |it, _| {
            replace(it, "manifest.json", "\"signer\": \"", "\"signer\": \"x");
        }),
    ),
    unseen(
        "without a list it prints a doubt, and its exit code counts faults only",
        rewritten("revocation lists removed, rewritten", |it, _| {
            fs::remove_dir_all(it.join("revoche")).unwrap();
        }),
    ),
];

fn put_stranger(dossier: &Path, stranger: &Path) {
    fs::copy(stranger, dossier.join(ACCEPTED)).unwrap();
}

fn read(dossier: &Path, name: &str) -> Vec<u8> {
    fs::read(dossier.join(name)).unwrap()
}

fn edit(dossier: &Path, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut octets = read(dossier, name);
    edit(&mut octets);
    fs::write(dossier.join(name), octets).unwrap();
}

/// Puts `with` in the place of each `what`.
fn replace(dossier: &Path, name: &str, what: &str, with: &str) {
    let text = String::from_utf8(read(dossier, name)).unwrap();
    assert!(text.contains(what), "{name} has no {what}");
    fs::write(dossier.join(name), text.replace(what, with)).unwrap();
}

/// The first file of a folder whose name ends so.
fn named(dossier: &Path, folder: &str, end: &str) -> String {
    let names = fs::read_dir(dossier.join(folder)).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
    names.sort();
    format!("{folder}/{}", names[0])
}

fn copy_folder(from: &Path, to: &Path) {
    for name in files(from, "") {
        let path = to.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(from.join(&name), path).unwrap();
    }
}

/// The names of all files below a folder.
fn files(folder: &Path, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            names.extend(files(&path, &format!("{name}/")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    names
}

/// Manifest and lists as they would be for these files.
fn rewrite(dossier: &Path) {
    let crypto = CryptoProvider::rustcrypto();
    let hex = |algorithm, octets: &[u8]| -> String {
        let digest = crypto.digest(algorithm, octets).unwrap();
        digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect()
    };
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&read(dossier, "manifest.json")).unwrap();
    let records = manifest["files"].as_array_mut().unwrap();
    records.retain(|record| dossier.join(record["name"].as_str().unwrap()).exists());
    for record in records {
        let octets = read(dossier, record["name"].as_str().unwrap());
        record["octets"] = octets.len().into();
        record["sha256"] = hex(DigestAlgorithm::Sha256, &octets).into();
        record["sha512"] = hex(DigestAlgorithm::Sha512, &octets).into();
    }
    let text = serde_json::to_string_pretty(&manifest).unwrap();
    fs::write(dossier.join("manifest.json"), text + "\n").unwrap();
    let lists = [("SHA256SUMS", DigestAlgorithm::Sha256), ("SHA512SUMS", DigestAlgorithm::Sha512)];
    for (list, algorithm) in lists {
        let names = files(dossier, "").into_iter().filter(|name| !name.ends_with("SUMS"));
        let lines: String = names
            .map(|name| format!("{}  {name}\n", hex(algorithm, &read(dossier, &name))))
            .collect();
        fs::write(dossier.join(list), lines).unwrap();
    }
}
