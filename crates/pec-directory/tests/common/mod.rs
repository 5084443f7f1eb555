//! What the tests share: a network of our own making.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use pec_directory::{Contents, Deviation, ReadError};
use pec_smime::{
    crypto::CryptoProvider,
    testpki::{Identity, Shape, TestPki},
};

pub fn crypto() -> CryptoProvider {
    CryptoProvider::rustcrypto()
}

pub fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub fn pki() -> TestPki {
    TestPki::new(now(), &["alfa.example", "beta.example", "centre.example"])
}

pub fn alfa() -> Identity {
    pki().provider("Alfa S.p.A.", "alfa.example", Shape::Sound)
}

pub fn read(file: &str) -> Result<(Contents, Vec<Deviation>), ReadError> {
    Contents::from_ldif(file.as_bytes(), &crypto())
}

/// The lines of a provider's record that fits the norm but for its certificate, which is "abc".
pub fn record(name: &str, domain: &str) -> String {
    format!(
        "dn: providerName={name},o=postacert\nobjectClass: top\nobjectClass: provider\n\
         providerName: {name}\n\
         providerCertificateHash: A9993E364706816ABA3E25717850C26C9CD0D89D\n\
         providerCertificate;binary:: YWJj\nmailReceipt: ricevute@{domain}\n\
         managedDomains: {domain}\n"
    )
}

/// The same for a secondary environment.
pub fn secondary(unit: &str, name: &str, domain: &str) -> String {
    let record = record(name, domain).replacen("dn: ", &format!("dn: providerUnit={unit},"), 1);
    format!("{record}providerUnit: {unit}\n")
}

/// Deviations as text, but for the certificate "abc" of [`record`].
pub fn told(deviations: &[Deviation]) -> Vec<String> {
    let all = deviations.iter().map(ToString::to_string);
    all.filter(|text| !text.contains("unreadable certificate")).collect()
}
