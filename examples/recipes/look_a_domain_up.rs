//! Does an address belong to the PEC network, and who manages its domain?

use chrono::{DateTime, Utc};
use pec_directory::{
    Contents, Directory, Environment, FreshnessGrade, FreshnessLimits, Provider,
    ProviderCertificate,
};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Shape, TestPki};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let crypto = CryptoProvider::rustcrypto();
    let now: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;

    // In earnest: the file of the directory, whose signature `SignedFile` checks before it is read.
    let ldif = directory_file(now, &crypto)?;
    let (contents, deviations) = Contents::from_ldif(ldif.as_bytes(), &crypto)?;
    println!("{} providers, {} deviations", contents.providers.len(), deviations.len());
    let directory = Directory::new(contents, now);
    if directory.freshness(now, FreshnessLimits::default()).grade == FreshnessGrade::Stale {
        return Err("the directory is too old to ask".into());
    }

    for address in ["mario@PEC.alfa.example", "mario@gmail.example"] {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        match directory.manager(domain) {
            Some(manager) => println!("{address}: certified, by {}", manager.provider().name),
            None => println!("{address}: ordinary mail"),
        }
    }
    assert!(directory.manager("pec.ALFA.example").is_some());
    Ok(())
}

fn directory_file(
    now: DateTime<Utc>,
    crypto: &CryptoProvider,
) -> Result<String, Box<dyn std::error::Error>> {
    let alfa = TestPki::new(now, &["alfa.example"]).provider("Alfa", "alfa.example", Shape::Sound);
    let environment = Environment {
        certificates: vec![ProviderCertificate::new(alfa.certificate().der(), crypto)?],
        mail_receipt: Some("ricevute@alfa.example".parse()?),
        domains: vec!["pec.alfa.example".parse()?],
        descriptions: Vec::new(),
    };
    let mut provider = Provider::new("Alfa S.p.A.".parse()?, environment);
    provider.location = Some("https://alfa.example/alfa.ldif.p7m".parse()?);
    Ok(Contents { base: None, providers: vec![provider] }.to_ldif()?)
}
