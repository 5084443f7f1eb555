//! Judges of what `pec-message` writes: OpenSSL of the signatures, xmllint of the certification
//! data, Python's `email` of parts, names and subjects.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pec_message::MessageKind;
use pec_message::original::Original;
use pec_message::write::Draft;
use pec_smime::crypto::CryptoProvider;
use pec_smime::entity::Entity;
use pec_smime::testpki::{Shape, TestPki};

#[path = "../../crates/pec-message/tests/common/mod.rs"]
mod common;

/// norms 1, rfc6109 §2.1#1
#[test]
#[ignore = "judge: openssl"]
fn openssl_accepts_every_sealed_message() {
    let folder = Scratch::new("openssl");
    let root = folder.write("root.der", pki().root().der());
    for (name, draft) in common::drafts() {
        for shape in [Shape::Sound, Shape::P256] {
            let message = folder.write("message.eml", &seal(&draft, shape));
            let content = folder.path("content");
            // Without -binary: with it, OpenSSL 3.0 takes the CR before the delimiter for content.
            let mut openssl = Command::new("openssl");
            openssl.args(["cms", "-verify", "-purpose", "any", "-in"]).arg(&message);
            openssl.arg("-CAfile").arg(pem(&folder, &root)).arg("-out").arg(&content);
            openssl.args(["-attime", &now().timestamp().to_string()]);
            succeed(&mut openssl, name);
            let signed: Vec<u8> = draft.content().flatten().copied().collect();
            assert!(fs::read(&content).unwrap() == signed, "{name}");
        }
    }
}

/// norms 6, rfc6109 §4.4#1
#[test]
#[ignore = "judge: xmllint"]
fn xmllint_accepts_all_certification_data() {
    let folder = Scratch::new("xmllint");
    let dtd = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/daticert.dtd");
    for (name, draft) in common::drafts() {
        if draft.kind() == MessageKind::AnomalyEnvelope {
            continue;
        }
        let message = unsigned(&draft);
        let part = Entity::scan(&message).descendant(&[1]).unwrap();
        let xml = encodify::base64::MIME.decode(part.body()).unwrap();
        let document = folder.write("daticert.xml", &xml);
        let mut xmllint = Command::new("xmllint");
        xmllint.args(["--noout", "--nonet", "--dtdvalid"]).arg(&dtd).arg(&document);
        succeed(&mut xmllint, name);
    }
}

/// Prints one line for each part, with its depth, type and file name; then the subject, and
/// whether the message has a defect.
const READER: &str = r#"
import email, email.policy, sys
def walk(part, depth):
    print(depth, part.get_content_type(), part.get_filename())
    assert not part.defects, part.defects
    if part.get_content_type() == "message/rfc822":
        return
    for child in part.iter_parts() if part.is_multipart() else []:
        walk(child, depth + 1)
with open(sys.argv[1], "rb") as file:
    message = email.message_from_binary_file(file, policy=email.policy.default)
walk(message, 0)
sys.stdout.buffer.write(str(message["Subject"]).encode("utf-8") + b"\n")
text = message.get_body(("plain",)).get_content()
sys.stdout.buffer.write(text.splitlines()[0].encode("utf-8") + b"\n")
"#;

#[test]
#[ignore = "judge: python3"]
fn python_reads_the_same_parts_names_and_subjects() {
    let folder = Scratch::new("python");
    let script = folder.write("reader.py", READER.as_bytes());
    for (name, draft) in common::drafts() {
        let octets = seal(&draft, Shape::P256);
        let message = folder.write("message.eml", &octets);
        let mut python = Command::new("python3");
        let output = succeed(python.arg(&script).arg(&message), name);
        let said = String::from_utf8(output.stdout).unwrap();
        let mut expected = "0 multipart/signed None\n1 multipart/mixed None\n\
            2 multipart/alternative None\n3 text/plain None\n3 text/html None\n"
            .to_owned();
        let holds = |needle: &[u8]| draft.content().any(|slice| contains(slice, needle));
        if draft.kind() != MessageKind::AnomalyEnvelope {
            expected.push_str("2 application/xml daticert.xml\n");
        }
        if holds(b"Content-Type: message/rfc822; name=\"postacert.eml\"") {
            expected.push_str("2 message/rfc822 postacert.eml\n");
        }
        expected.push_str("1 application/pkcs7-signature smime.p7s\n");
        let subject = Original::new(&octets).unwrap().subject().unwrap();
        expected.push_str(&format!("{subject}\n"));
        assert!(said.starts_with(&expected), "{name}:\n{said}--- not:\n{expected}");
        assert_eq!(said.lines().count(), expected.lines().count() + 1, "{name}");
    }
}

/// A mail program in C, beside Python: the same parts at the same places, with the same names.
#[test]
#[ignore = "judge: s-nail"]
fn s_nail_reads_the_same_parts_and_names() {
    let folder = Scratch::new("s-nail");
    for (name, draft) in common::drafts() {
        let octets = seal(&draft, Shape::P256);
        let mut mailbox = b"From x Sat Nov 21 10:15:00 2026\n".to_vec();
        mailbox.extend(octets.iter().filter(|octet| **octet != b'\r'));
        mailbox.push(b'\n');
        let mailbox = folder.write("mailbox", &mailbox);
        let script = fs::File::open(folder.write("script", b"Print 1\n")).unwrap();
        let mut program = Command::new("s-nail");
        program.args(["-n", "-R", "-f"]).arg(&mailbox).stdin(script);
        let seen = parts_of_s_nail(&String::from_utf8_lossy(&succeed(&mut program, name).stdout));
        let mail = pec_message::read(&octets);
        let mut expected = 0;
        for part in mail.message().own_parts().filter(|part| !part.path().is_empty()) {
            let path = part.path();
            let numbers = path.iter().map(|index| format!(".{}", index + 1));
            let number = numbers.fold("1".to_owned(), |number, next| number + &next);
            let found = seen.iter().find(|(seen, _)| *seen == number);
            let (_, file) = found.unwrap_or_else(|| panic!("{name}: no part {number}: {seen:?}"));
            assert_eq!(file.as_deref(), part.name(), "{name}: {number}");
            expected += 1;
        }
        let carried = seen.iter().find(|(_, file)| file.as_deref() == Some("postacert.eml"));
        let inside = carried.map_or_else(String::new, |(number, _)| format!("{number}."));
        let is_inside = |number: &str| !inside.is_empty() && number.starts_with(&inside);
        let own = seen.iter().filter(|(number, _)| !is_inside(number)).count();
        assert_eq!(own, expected, "{name}: {seen:?}");
    }
}

/// Number and file name of every part, from `[-- #1.1.2 … --]` and the header printed below it.
fn parts_of_s_nail(shown: &str) -> Vec<(String, Option<String>)> {
    let mut parts = Vec::new();
    for line in shown.lines() {
        if let Some(rest) = line.strip_prefix("[-- #") {
            parts.push((rest.split(' ').next().unwrap_or_default().to_owned(), None));
        } else if let (Some((_, rest)), Some(part)) = (line.split_once("name=\""), parts.last_mut())
        {
            part.1 = rest.split('"').next().map(str::to_owned);
        }
    }
    parts
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn unsigned(draft: &Draft<'_>) -> Vec<u8> {
    let mut message = Vec::new();
    draft.write_unsigned(&mut message).unwrap();
    message
}

fn now() -> chrono::DateTime<chrono::Utc> {
    common::data(pec_daticert::Event::Acceptance).time.to_utc()
}

fn pki() -> TestPki {
    TestPki::new(now(), &["pec.alfa.example", "pec.beta.example"])
}

fn seal(draft: &Draft<'_>, shape: Shape) -> Vec<u8> {
    let crypto = CryptoProvider::rustcrypto();
    let domain = draft.from().domain();
    let signer = pki().provider("Provider", domain, shape).signer(&crypto);
    draft.seal(&signer, &crypto).unwrap().to_vec()
}

fn pem(folder: &Scratch, der: &Path) -> PathBuf {
    let pem = folder.path("root.pem");
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-inform", "DER", "-in"]).arg(der).arg("-out").arg(&pem);
    succeed(&mut openssl, "root");
    pem
}

fn succeed(command: &mut Command, name: &str) -> Output {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {complaint}");
    output
}

/// A folder of its own, removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = format!("postacert-message-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, octets).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
