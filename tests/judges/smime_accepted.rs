//! OpenSSL, GnuTLS and NSS accept what is signed here.

use chrono::{DateTime, TimeDelta, Utc};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::multipart::Boundary;
use pec_smime::sign::{Draft, SigningOptions, sign_detached, sign_message};
use pec_smime::testpki::{Identity, Shape, TestPki};
use pec_smime::x509::Certificate;
use pec_tests::command::{Scratch, run};

const CONTENT: [&[u8]; 2] = [b"Content-Type: text/plain\r\n\r\n", b"prima riga\r\nseconda\r\n"];

const SHAPES: [Shape; 4] = [Shape::Sound, Shape::Rsa4096, Shape::P256, Shape::P384];

const DIGESTS: [DigestAlgorithm; 3] =
    [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];

#[test]
#[ignore = "judge: openssl"]
fn openssl_accepts_messages_and_their_signing_certificate_attribute() {
    let world = World::new("openssl");
    world.scratch.write("signed", CONTENT.concat());
    for shape in SHAPES {
        for digest in DIGESTS {
            world.scratch.write("message", world.message(shape, digest));
            world.scratch.write("cms", world.detached(shape, digest));
            // Whole messages without -binary: with it, OpenSSL reads no message in CRLF throughout,
            // its own included.
            let detached =
                ["-binary", "-in", "cms", "-inform", "DER", "-content", "signed"].as_slice();
            for form in [&["-in", "message"][..], detached] {
                let mut arguments = vec!["cms", "-verify", "-cades", "-CAfile", "root.pem"];
                arguments.extend(["-attime", &world.unix_time, "-out", "content"]);
                arguments.extend(form);
                run("openssl", &arguments, &world.scratch.path(""))
                    .unwrap_or_else(|error| panic!("{shape:?} {digest} {form:?}: {error}"));
                let content = world.scratch.read("content");
                assert_eq!(content, CONTENT.concat(), "{shape:?} {digest} {form:?}");
            }
        }
    }
}

#[test]
#[ignore = "judge: openssl"]
fn openssl_refuses_a_changed_message() {
    let world = World::new("openssl-changed");
    let message = world.message(Shape::Sound, DigestAlgorithm::Sha256);
    let text = String::from_utf8(message).expect("ASCII");
    world.scratch.write("message", text.replace("prima", "ultima"));
    let arguments = ["cms", "-verify", "-in", "message", "-noverify", "-out", "content"];
    assert!(run("openssl", &arguments, &world.scratch.path("")).is_err());
}

#[test]
#[ignore = "judge: certtool"]
fn gnutls_accepts_signatures() {
    let world = World::new("gnutls");
    world.scratch.write("content", CONTENT.concat());
    world.scratch.write("changed", "something else");
    for shape in SHAPES {
        for digest in DIGESTS {
            world.scratch.write("cms", world.detached(shape, digest));
            let arguments = [
                "--p7-verify",
                "--inder",
                "--load-ca-certificate",
                "root.pem",
                "--load-data",
                "content",
                "--infile",
                "cms",
            ];
            run("certtool", &arguments, &world.scratch.path(""))
                .unwrap_or_else(|error| panic!("{shape:?} {digest}: {error}"));
            let changed = arguments.map(|word| if word == "content" { "changed" } else { word });
            assert!(run("certtool", &changed, &world.scratch.path("")).is_err());
        }
    }
}

#[test]
#[ignore = "judge: cmsutil"]
fn nss_accepts_signatures() {
    let world = World::new("nss");
    world.scratch.write("content", CONTENT.concat());
    world.scratch.write("changed", "something else");
    let folder = world.scratch.path("");
    let database = ["-N", "-d", ".", "--empty-password"];
    run("certutil", &database, &folder).expect("a database");
    let trust = ["-A", "-d", ".", "-n", "root", "-t", "C,C,C", "-a", "-i", "root.pem"];
    run("certutil", &trust, &folder).expect("a trusted root");
    for shape in SHAPES {
        for digest in DIGESTS {
            world.scratch.write("cms", world.detached(shape, digest));
            // 4: certificates for signing mail
            let arguments = ["-D", "-d", ".", "-i", "cms", "-c", "content", "-u", "4"];
            run("cmsutil", &arguments, &folder)
                .unwrap_or_else(|error| panic!("{shape:?} {digest}: {error}"));
            let changed = arguments.map(|word| if word == "content" { "changed" } else { word });
            assert!(run("cmsutil", &changed, &folder).is_err());
        }
    }
}

struct World {
    crypto: CryptoProvider,
    pki: TestPki,
    now: DateTime<Utc>,
    unix_time: String,
    scratch: Scratch,
}

impl World {
    /// The clock is the machine's, since GnuTLS and NSS judge by it.
    fn new(name: &str) -> Self {
        let seconds = std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs();
        let seconds = i64::try_from(seconds).expect("a clock before the year 292 277 026 596");
        let now = DateTime::from_timestamp(seconds, 0).expect("an instant") - TimeDelta::hours(1);
        let pki = TestPki::new(now, &["pec.alfa.example"]);
        let scratch = Scratch::new(name);
        scratch.write("root.pem", pem(pki.root()));
        let unix_time = now.timestamp().to_string();
        Self { crypto: CryptoProvider::rustcrypto(), pki, now, unix_time, scratch }
    }

    fn identity(&self, shape: Shape) -> Identity {
        self.pki.provider("Alfa S.p.A.", "pec.alfa.example", shape)
    }

    fn message(&self, shape: Shape, digest: DigestAlgorithm) -> Vec<u8> {
        let draft = Draft {
            header: b"From: posta-certificata@pec.alfa.example\r\n",
            content: &CONTENT,
            boundary: Boundary::from_id("0123456789abcdef").expect("a plain id"),
        };
        let signer = self.identity(shape).signer(&self.crypto);
        let options = SigningOptions::new(self.now).digest(digest);
        sign_message(&draft, &signer, &options, &self.crypto).expect("signed").to_vec()
    }

    fn detached(&self, shape: Shape, digest: DigestAlgorithm) -> Vec<u8> {
        let signer = self.identity(shape).signer(&self.crypto);
        let options = SigningOptions::new(self.now).digest(digest);
        sign_detached(&CONTENT, &signer, &options, &self.crypto).expect("signed")
    }
}

fn pem(certificate: &Certificate) -> String {
    encodify::pem::STANDARD.encode("CERTIFICATE", certificate.der())
}
