//! OpenSSL signs in every form that it has; all of them are verified here.
//!
//! key × digest × DER/BER × attributes × content inside or outside, and whole messages in CRLF and
//! LF. Detached signatures in BER, which the command does not write, are tested in the crate.

use chrono::{DateTime, Utc};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::testpki::{Identity, Shape, TestPki};
use pec_smime::verify::{Check, ContentForm, Outcome, Policy, Reason, Verdict, Verifier};
use pec_smime::x509::{Certificate, TrustAnchor, TrustStore};
use pec_tests::command::{Scratch, run};

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nprima riga\r\nseconda\r\n";

const KEYS: [(Shape, &[&str]); 5] = [
    (Shape::Sound, &[]),
    (Shape::Sound, &["-keyopt", "rsa_padding_mode:pss"]),
    (Shape::Rsa4096, &["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"]),
    (Shape::P256, &[]),
    (Shape::P384, &[]),
];

const DIGESTS: [(&str, DigestAlgorithm); 4] = [
    ("sha1", DigestAlgorithm::Sha1),
    ("sha256", DigestAlgorithm::Sha256),
    ("sha384", DigestAlgorithm::Sha384),
    ("sha512", DigestAlgorithm::Sha512),
];

/// DER, and BER with indefinite lengths and strings in pieces.
const ENCODINGS: [&[&str]; 2] = [&[], &["-stream", "-indef"]];

const ATTRIBUTES: [&[&str]; 4] = [&[], &["-noattr"], &["-cades"], &["-nosmimecap", "-keyid"]];

#[test]
#[ignore = "judge: openssl"]
fn every_form_that_openssl_signs_in_is_verified() {
    let world = World::new("matrix");
    let mut judged = 0;
    for (shape, key_options) in KEYS {
        let identity = world.identity(shape);
        for (digest, algorithm) in DIGESTS {
            for encoding in ENCODINGS {
                for attributes in ATTRIBUTES {
                    let places: &[bool] = match (encoding.is_empty(), key_options.is_empty()) {
                        (true, _) => &[false, true],
                        // It puts the content inside whenever it streams DER,
                        (false, true) => &[true],
                        // and fails to stream with PSS ("illegal zero content", 3.0).
                        (false, false) => &[],
                    };
                    for inside in places {
                        let options =
                            [&["-md", digest], key_options, encoding, attributes].concat();
                        world.judge(&identity, &options, algorithm, *inside);
                        judged += 1;
                    }
                }
            }
        }
    }
    assert_eq!(judged, 208);
}

#[test]
#[ignore = "judge: openssl"]
fn whole_messages_that_openssl_writes_are_verified() {
    let world = World::new("messages");
    let identity = world.identity(Shape::Sound);
    world.prepare(&identity);
    for (lines, form) in [("crlf", ContentForm::AsReceived), ("lf", ContentForm::CrlfCanonical)] {
        for command in ["cms", "smime"] {
            for attributes in [&[][..], &["-noattr"], &["-stream"]] {
                let mut arguments = vec![command, "-sign", "-in", "content", "-out", "message"];
                arguments.extend(["-signer", "leaf.pem", "-inkey", "key.pem", "-md", "sha256"]);
                arguments.extend(["-certfile", "chain.pem"]);
                arguments.extend(attributes);
                run("openssl", &arguments, &world.scratch.path("")).expect("openssl signs");
                let text = String::from_utf8(world.scratch.read("message")).expect("ASCII");
                let text = text.replace("\r\n", "\n");
                let crlf = lines == "crlf";
                let message = if crlf { text.replace('\n', "\r\n") } else { text };
                let verifier = world.verifier();
                let verification = verifier.message(message.as_bytes(), now());
                assert_eq!(verification.verdict(), Verdict::Valid, "{arguments:?} {lines}");
                let signer = verification.signer().expect("a signer");
                assert_eq!(signer.content_form(), Some(form), "{arguments:?} {lines}");
            }
        }
    }
}

#[test]
#[ignore = "judge: openssl"]
fn a_changed_content_is_refused_in_every_form() {
    let world = World::new("changed");
    let identity = world.identity(Shape::Sound);
    world.prepare(&identity);
    for attributes in ATTRIBUTES {
        let cms = world.sign(&[&["-md", "sha256"], attributes].concat(), false);
        let verifier = world.verifier();
        let verification = verifier.detached(b"something else", &cms, now());
        let outcome = verification.outcome(Check::Content);
        let is_refused =
            matches!(outcome, Outcome::Failed(Reason::DigestDiffers | Reason::Cryptography(_)));
        assert!(is_refused, "{attributes:?}: {outcome}");
        assert!(!verification.is_valid());
    }
}

#[test]
#[ignore = "judge: openssl"]
fn several_signers_of_one_message() {
    let world = World::new("several");
    let (alfa, other) = (world.identity(Shape::Sound), world.identity(Shape::P256));
    world.prepare(&alfa);
    world.scratch.write("leaf2.pem", pem(other.certificate()));
    world.scratch.write("key2.pem", other.key().pkcs8_pem());
    let mut arguments = vec!["cms", "-sign", "-binary", "-in", "content", "-outform", "DER"];
    arguments.extend(["-signer", "leaf.pem", "-inkey", "key.pem", "-out", "cms"]);
    arguments.extend(["-signer", "leaf2.pem", "-inkey", "key2.pem", "-certfile", "chain.pem"]);
    run("openssl", &arguments, &world.scratch.path("")).expect("openssl signs");
    let cms = world.scratch.read("cms");
    let verification = world.verifier().detached(CONTENT, &cms, now());
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert_eq!(verification.signers().len(), 2);
    assert!(verification.signers().iter().all(|signer| signer.is_cryptographically_sound()));
}

struct World {
    crypto: CryptoProvider,
    pki: TestPki,
    store: TrustStore,
    scratch: Scratch,
}

impl World {
    fn new(name: &str) -> Self {
        let pki = TestPki::new(now(), &["pec.alfa.example"]);
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(pki.root().clone()));
        let scratch = Scratch::new(&format!("openssl-{name}"));
        Self { crypto: CryptoProvider::rustcrypto(), pki, store, scratch }
    }

    fn identity(&self, shape: Shape) -> Identity {
        self.pki.provider("Alfa S.p.A.", "pec.alfa.example", shape)
    }

    fn verifier(&self) -> Verifier<'_> {
        let policy = Policy::interoperable().allow_unknown_revocation();
        Verifier::new(&self.store, &self.crypto, policy)
    }

    /// Writes what OpenSSL needs to sign as `identity`.
    fn prepare(&self, identity: &Identity) {
        self.scratch.write("content", CONTENT);
        self.scratch.write("leaf.pem", pem(identity.certificate()));
        self.scratch.write("chain.pem", pem(self.pki.authority()));
        self.scratch.write("key.pem", identity.key().pkcs8_pem());
    }

    fn sign(&self, options: &[&str], inside: bool) -> Vec<u8> {
        let mut arguments = vec!["cms", "-sign", "-binary", "-in", "content", "-out", "cms"];
        arguments.extend(["-outform", "DER", "-signer", "leaf.pem", "-inkey", "key.pem"]);
        arguments.extend(["-certfile", "chain.pem"]);
        arguments.extend(options);
        if inside {
            arguments.push("-nodetach");
        }
        run("openssl", &arguments, &self.scratch.path(""))
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        self.scratch.read("cms")
    }

    fn judge(
        &self,
        identity: &Identity,
        options: &[&str],
        algorithm: DigestAlgorithm,
        inside: bool,
    ) {
        self.prepare(identity);
        let cms = self.sign(options, inside);
        let verifier = self.verifier();
        let verification = if inside {
            verifier.opaque(&cms, now())
        } else {
            verifier.detached(CONTENT, &cms, now())
        };
        assert_eq!(verification.verdict(), Verdict::Valid, "{options:?}, inside: {inside}");
        assert_eq!(verification.signed_content(), Some(CONTENT), "{options:?}");
        let signer = verification.signer().expect("a signer");
        assert_eq!(signer.digest_algorithm(), Some(algorithm), "{options:?}");
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().expect("an instant")
}

fn pem(certificate: &Certificate) -> String {
    encodify::pem::STANDARD.encode("CERTIFICATE", certificate.der())
}
