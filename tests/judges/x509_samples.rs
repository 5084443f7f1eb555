//! Certificates of real providers, from `../shared/samples` or `$PEC_SAMPLES`; skipped if absent.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeZone, Utc};
use pec_smime::crypto::CryptoProvider;
use pec_smime::x509::{
    AlgorithmFloor, Certificate, CertificateUse, IndeterminateReason, InvalidReason, PathOptions,
    PathVerdict, ProfileItem, RevocationMode, RevocationStatus, RevocationUnknown, TrustStore,
    Weakness, profile, validate,
};

const ARUBA: &str = "Posta_Certificata_ARUBA_PEC_26593773A893.pem";
const ARUBA_2026: &str = "Aruba_PEC_S_p_A__AAF99669C4A1.pem";
const NAMIRIAL: &str = "Posta_Certificata_Namirial_S_p_A__ADD147745E41.pem";
const SOGEI: &str = "Posta_Certificata_Sogei_E7EC1F86720E.pem";

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    let folder = std::env::var_os("PEC_SAMPLES").map_or(beside, PathBuf::from).join("certs");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples in {}", folder.display());
    None
}

fn read(folder: &Path, name: &str) -> Certificate {
    let text = std::fs::read(folder.join(name)).unwrap();
    let block = encodify::pem::STANDARD.decode(&text).unwrap();
    Certificate::from_der(&block.contents).unwrap()
}

/// The provider's certificate of 2014, which is only to be had inside a signature.
fn aruba_2014(folder: &Path) -> Certificate {
    let bag = std::fs::read(folder.join("../p7s/aruba2014.p7s")).unwrap();
    let starts = bag.windows(2).enumerate().filter(|(_, header)| *header == [0x30, 0x82]);
    let mut found = starts.filter_map(|(start, _)| {
        let length = u16::from_be_bytes([bag[start + 2], bag[start + 3]]);
        Certificate::from_der(bag.get(start..start + 4 + usize::from(length))?).ok()
    });
    found.find(|certificate| !certificate.rfc822_names().is_empty()).unwrap()
}

/// All CAs of the samples as anchors, as the issue of this crate asks.
fn store(folder: &Path) -> TrustStore {
    let mut store = TrustStore::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("AgID_CA1") || name.starts_with("DigitPA_CA1") {
            store.add_bundle(&std::fs::read(&path).unwrap(), CertificateUse::Anchor).unwrap();
        }
    }
    store
}

fn instant(year: i32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, 10, 1, 0, 0, 0).unwrap()
}

#[test]
fn leaves_of_agid_ca1_are_valid_within_its_name_constraints() {
    let Some(folder) = folder() else { return };
    let (store, crypto) = (store(&folder), CryptoProvider::rustcrypto());
    for (name, year) in [(ARUBA, 2018), (SOGEI, 2018), (NAMIRIAL, 2024), (ARUBA_2026, 2026)] {
        let leaf = read(&folder, name);
        let strict = PathOptions::at(instant(year));
        let PathVerdict::Indeterminate(path) = validate(&leaf, &[], &store, &strict, &crypto)
        else {
            panic!("{name}: without a CRL the status is not known");
        };
        let no_data = RevocationUnknown::NoData;
        assert_eq!(path.reason, IndeterminateReason::Revocation(no_data.clone()), "{name}");

        let options = strict.with_revocation(RevocationMode::IfAvailable);
        let verdict = validate(&leaf, &[], &store, &options, &crypto);
        let path = verdict.valid().unwrap_or_else(|| panic!("{name}: {verdict:?}"));
        assert_eq!(path.revocation, [RevocationStatus::Unknown(no_data)]);
        assert_eq!(path.weaknesses, []);
        assert!(profile(&leaf).is_met(), "{name}: {:?}", profile(&leaf));
    }
}

#[test]
fn the_leaf_of_2014_is_valid_under_the_historic_floor_alone() {
    let Some(folder) = folder() else { return };
    let (store, crypto) = (store(&folder), CryptoProvider::rustcrypto());
    let leaf = aruba_2014(&folder);
    let strict = PathOptions::at(instant(2014)).with_revocation(RevocationMode::IfAvailable);
    let PathVerdict::Invalid(path) = validate(&leaf, &[], &store, &strict, &crypto) else {
        panic!("SHA-1 and RSA-1024 are below the current floor");
    };
    assert!(matches!(path.reason, InvalidReason::DigestTooWeak(_)), "{:?}", path.reason);

    let historic = strict.with_algorithm_floor(AlgorithmFloor::HISTORIC);
    let verdict = validate(&leaf, &[], &store, &historic, &crypto);
    let path = verdict.valid().unwrap_or_else(|| panic!("{verdict:?}"));
    let is_noted = |weak: fn(&Weakness) -> bool| path.weaknesses.iter().any(weak);
    assert!(is_noted(|weakness| matches!(weakness, Weakness::Key { certificate: 0, .. })));
    assert!(is_noted(|weakness| matches!(weakness, Weakness::Digest { certificate: 0, .. })));
}

#[test]
fn the_leaf_of_2014_breaks_two_items_of_the_profile() {
    let Some(folder) = folder() else { return };
    let report = profile(&aruba_2014(&folder));
    let breaches: Vec<_> = report.breaches().collect();
    assert_eq!(breaches, [ProfileItem::KeyUsageCritical, ProfileItem::NoBasicConstraints]);
    assert!(!report.is_met());
}

#[test]
fn names_of_providers_are_read() {
    let Some(folder) = folder() else { return };
    let leaf = read(&folder, NAMIRIAL);
    assert_eq!(leaf.rfc822_names(), ["posta-certificata@sicurezzapostale.it"]);
    assert!(leaf.subject().ends_with("C=IT"), "{}", leaf.subject());
    assert!(!leaf.organization_names().is_empty() && !leaf.common_names().is_empty());
}
