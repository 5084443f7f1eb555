//! Judge `xmllint`: a validating XML parser and the DTD of RFC 6109 §4.4.
//!
//! It must take every document that we write, and what it refuses our strict reader must refuse.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use pec_daticert::CertificationData;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

#[path = "../../crates/pec-daticert/tests/common/strategies.rs"]
mod strategies;

const DOCUMENTS: usize = 1000;
const MUTANTS_OF_EACH: usize = 5;

/// norms 6, rfc6109 §4.4#1
#[test]
#[ignore = "judge: xmllint"]
fn xmllint_takes_every_document_that_is_written() {
    let folder = Scratch::new("written");
    let documents = documents();
    assert_eq!(documents.len(), DOCUMENTS);
    let refused = refused_by_xmllint(&folder, &documents);
    assert_eq!(refused, BTreeSet::new());
}

#[test]
#[ignore = "judge: xmllint"]
fn the_strict_reader_refuses_what_xmllint_refuses() {
    let folder = Scratch::new("mutants");
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mutants: Vec<_> = documents()
        .iter()
        .flat_map(|document| {
            (0..MUTANTS_OF_EACH).map(|_| mutant(document, &mut random)).collect::<Vec<_>>()
        })
        .collect();
    let refused = refused_by_xmllint(&folder, &mutants);
    // The net must have caught something of both kinds, or it judges nothing.
    assert!(refused.len() > DOCUMENTS && refused.len() < mutants.len());
    let mut taken_by_us = 0;
    for (index, mutant) in mutants.iter().enumerate() {
        let strict = CertificationData::from_xml(mutant);
        taken_by_us += usize::from(strict.is_ok());
        if refused.contains(&index) {
            assert!(strict.is_err(), "taken: {}", String::from_utf8_lossy(mutant));
        }
    }
    println!(
        "{} mutants: xmllint refuses {}, the strict reader {}",
        mutants.len(),
        refused.len(),
        mutants.len() - taken_by_us
    );
    assert!(taken_by_us > 0);
}

/// The same documents in every run.
fn documents() -> Vec<Vec<u8>> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut next = || strategies::data().new_tree(&mut runner).unwrap().current();
    (0..DOCUMENTS).map(|_| next().to_xml().unwrap().into_bytes()).collect()
}

/// The document with one thing changed: a byte, a line, a piece that means something in XML.
fn mutant(document: &[u8], random: &mut TestRng) -> Vec<u8> {
    use proptest::prelude::Rng as _;
    let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
    let mut mutant = document.to_vec();
    let at = below(mutant.len());
    match below(6) {
        0 => mutant[at] = below(256) as u8,
        1 => drop(mutant.remove(at)),
        2 => {
            let piece = PIECES[below(PIECES.len())];
            mutant.splice(at..at, piece.bytes());
        }
        3 => mutant.truncate(at),
        kind => {
            let text = String::from_utf8(mutant).unwrap();
            let mut lines: Vec<_> = text.lines().collect();
            let (from, to) = (below(lines.len()), below(lines.len()));
            if kind == 4 {
                lines.swap(from, to)
            } else {
                lines.insert(to, lines[from])
            }
            mutant = lines.join("\n").into_bytes();
        }
    }
    mutant
}

const PIECES: &[&str] = &[
    "<",
    ">",
    "&",
    "]]>",
    "<!--",
    "-->",
    "--",
    "<![CDATA[x]]>",
    "<?x?>",
    "<?xml ?>",
    "&#0;",
    "&#x41;",
    "&amp;",
    "&a;",
    "<x/>",
    "</x>",
    " a=\"b\"",
    "\"",
    "\u{1}",
    "\u{fffe}",
    "<!-- x -->",
    "\n",
    " ",
    "è",
    "<oggetto>x</oggetto>",
    "<mittente>a@b.it</mittente>",
    "tipo=\"breve\" ",
    "xmlns=\"u\" ",
];

/// The indices of the documents that are malformed or not valid by the DTD.
fn refused_by_xmllint(folder: &Scratch, documents: &[Vec<u8>]) -> BTreeSet<usize> {
    let dtd = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/daticert.dtd");
    for (index, document) in documents.iter().enumerate() {
        fs::write(folder.0.join(format!("{index}.xml")), document).unwrap();
    }
    let mut refused = BTreeSet::new();
    let indices: Vec<usize> = (0..documents.len()).collect();
    for batch in indices.chunks(250) {
        let output = Command::new("xmllint")
            .args(["--nonet", "--noout", "--dtdvalid"])
            .arg(&dtd)
            .args(batch.iter().map(|index| format!("{index}.xml")))
            .current_dir(&folder.0)
            .output()
            .expect("xmllint is installed (tests/judges/install.sh)");
        let complaints = String::from_utf8_lossy(&output.stderr);
        // "12.xml:3: parser error : …" and "Document 12.xml does not validate against …"
        for line in complaints.lines().filter(|line| !line.contains("warning")) {
            let line = line.strip_prefix("Document ").unwrap_or(line);
            let name = line.split_once(".xml").map(|(name, _)| name);
            refused.extend(name.and_then(|name| name.parse::<usize>().ok()));
        }
        assert_eq!(output.status.success(), batch.iter().all(|index| !refused.contains(index)));
    }
    refused
}

/// A folder of this test alone, removed when the test ends.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("pec-xmllint-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
