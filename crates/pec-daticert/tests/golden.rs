//! Golden documents, one for each case of the model: written and read byte for byte.
#![allow(
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::{fs, path::PathBuf};

use common::samples;
use pec_daticert::{CertificationData, Kind, Reading};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/strict").join(name)
}

/// rfc6109 §4.4, norms 6: with `POSTACERT_BLESS=1` the goldens are written anew.
#[test]
fn written_documents_are_the_goldens() {
    for (name, data) in samples() {
        let path = golden(&format!("{name}.xml"));
        let xml = data.to_xml().unwrap();
        if std::env::var_os("POSTACERT_BLESS").is_some() {
            fs::write(&path, &xml).unwrap();
        }
        assert_eq!(xml, fs::read_to_string(&path).unwrap(), "{name}");
    }
}

#[test]
fn goldens_are_read_by_both_readers() {
    for (name, data) in samples() {
        let xml = fs::read(golden(&format!("{name}.xml"))).unwrap();
        assert_eq!(CertificationData::from_xml(&xml).as_ref(), Ok(&data), "{name}");
        let (reading, deviations) = Reading::from_xml(&xml).unwrap();
        assert_eq!(deviations, []);
        assert_eq!(CertificationData::try_from(reading), Ok(data), "{name}");
    }
}

#[test]
fn there_is_a_golden_for_every_kind_and_no_file_without_sample() {
    let samples = samples();
    for kind in Kind::ALL {
        assert!(samples.iter().any(|(_, data)| data.kind() == *kind), "{kind}");
    }
    for entry in fs::read_dir(golden("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(samples.iter().any(|(sample, _)| format!("{sample}.xml") == name), "{name}");
    }
}

/// norms §1.5: no DOCTYPE, four blanks, `errore` written out, `&lt;…&gt;` around the msgid.
#[test]
fn the_form_is_the_deployed_one() {
    let xml = fs::read_to_string(golden("avvenuta-consegna.xml")).unwrap();
    let lines: Vec<_> = xml.lines().collect();
    assert_eq!(lines[0], "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    assert_eq!(lines[1], "<postacert tipo=\"avvenuta-consegna\" errore=\"nessuno\">");
    assert_eq!(lines[2], "    <intestazione>");
    assert!(xml.contains("\n        <msgid>&lt;m.42$7@host.example&gt;</msgid>\n"));
    assert!(xml.contains("\n        <ricevuta tipo=\"completa\" />\n"));
    assert!(xml.contains("\n            <giorno>01/07/2026</giorno>\n"));
    assert!(!xml.contains("DOCTYPE"));
    assert!(xml.ends_with("    </dati>\n</postacert>\n"));
}

/// The other line endings and the other quotes are the same document.
#[test]
fn equivalent_forms_are_read_alike() {
    for (name, data) in samples() {
        let xml = fs::read_to_string(golden(&format!("{name}.xml"))).unwrap();
        let crlf = xml.replace('\n', "\r\n");
        assert_eq!(CertificationData::from_xml(crlf.as_bytes()).as_ref(), Ok(&data), "{name}");
        let one_line = xml.replace("\n", "").replace("    ", "");
        assert_eq!(CertificationData::from_xml(one_line.as_bytes()).as_ref(), Ok(&data), "{name}");
        let commented = xml.replace("</intestazione>", "<!-- nota --><?nota x?></intestazione>");
        assert_eq!(CertificationData::from_xml(commented.as_bytes()), Ok(data), "{name}");
    }
    let xml = fs::read_to_string(golden("accettazione.xml")).unwrap();
    let other = xml
        .replace("tipo=\"certificato\"", "tipo = 'certificato'")
        .replace("Alfa &amp; Figli", "<![CDATA[Alfa & ]]>&#x46;igl<!-- -->&#105;")
        .replace(" errore=\"nessuno\"", "");
    let plain = CertificationData::from_xml(xml.as_bytes());
    assert_eq!(CertificationData::from_xml(other.as_bytes()), plain);
}
