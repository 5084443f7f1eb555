//! The logic of the fuzz target, called by the target and by ordinary tests alike; and samples.

use pec_smime::crypto::CryptoProvider;

use crate::{
    Contents, Deviation, DeviationKind, Directory, Environment, Provider, ProviderCertificate,
    WriteError, limits::MAX_DEVIATIONS,
};

/// Reads any bytes; writes what was understood and reads it back: `decode(encode(x)) = x`.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
#[expect(clippy::panic, reason = "a broken property must stop the fuzzer")]
pub fn ldif_read(file: &[u8]) {
    let crypto = CryptoProvider::rustcrypto();
    let Ok((contents, deviations)) = Contents::from_ldif(file, &crypto) else {
        return;
    };
    assert!(deviations.len() <= MAX_DEVIATIONS.saturating_add(1));
    let listed = deviations.get(..MAX_DEVIATIONS).unwrap_or(&deviations);
    assert!(listed.is_sorted_by_key(|deviation| deviation.line), "{deviations:?}");
    find_all(&contents);
    match contents.to_ldif() {
        Ok(ldif) => write(&contents, &ldif, &crypto),
        // What is missing was told.
        Err(WriteError::Missing { .. } | WriteError::NoMainEnvironment { .. }) => {
            assert!(!deviations.is_empty());
        }
        // In base64 a file may grow past what is read.
        Err(WriteError::PastLimit(_) | WriteError::TooLarge { .. }) => {}
        Err(error) => panic!("what was read is not written: {error}"),
    }
}

/// # Panics
/// When a property is broken.
#[expect(clippy::expect_used, reason = "a broken property must stop the fuzzer")]
fn write(contents: &Contents, ldif: &str, crypto: &CryptoProvider) {
    let (back, deviations) =
        Contents::from_ldif(ldif.as_bytes(), crypto).expect("what we write, we read");
    assert_eq!(&back, contents);
    let is_kept = |d: &Deviation| {
        matches!(d.kind, DeviationKind::UnreadableCertificate(_) | DeviationKind::TooMany)
    };
    assert!(deviations.iter().all(is_kept), "{deviations:?}");
    assert_eq!(back.to_ldif().as_deref(), Ok(ldif));
}

/// Everything that stands in the contents is found.
fn find_all(contents: &Contents) {
    let directory = Directory::new(contents.clone(), chrono::DateTime::UNIX_EPOCH);
    for entry in directory.entries() {
        for domain in &entry.environment().domains {
            assert!(directory.managers(domain.as_str()).any(|found| found == entry));
            assert!(entry.manages(&domain.as_str().to_uppercase()));
        }
        for certificate in &entry.environment().certificates {
            assert!(directory.with_hash(certificate.hash()).any(|(found, _)| found == entry));
        }
    }
}

/// Contents with providers of one environment each, for documentation, tests and benchmarks: name,
/// certificate, domains. The service mailbox is `ricevute@` the first domain.
///
/// # Panics
/// When a name or a domain is none.
#[must_use]
#[expect(clippy::expect_used, reason = "constants, and every test would tell")]
pub fn contents<D: AsRef<str>>(providers: &[(&str, &[u8], &[D])]) -> Contents {
    let crypto = CryptoProvider::rustcrypto();
    let provider = |(name, certificate, domains): &(&str, &[u8], &[D])| {
        let first = domains.first().map_or("none.example", AsRef::as_ref);
        let certificate = ProviderCertificate::new(certificate, &crypto).expect("SHA-1");
        let domain = |domain: &D| domain.as_ref().parse().expect("a domain");
        let main = Environment {
            certificates: vec![certificate],
            mail_receipt: Some(format!("ricevute@{first}").parse().expect("a mailbox")),
            domains: domains.iter().map(domain).collect(),
            descriptions: Vec::new(),
        };
        Provider::new(name.parse().expect("a name"), main)
    };
    Contents {
        base: Some(crate::BaseRoot::default()),
        providers: providers.iter().map(provider).collect(),
    }
}
