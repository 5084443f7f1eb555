//! Bundles and folders.

use encodify::pem;

use crate::x509::testpki::{Key, List, Status, Template, judge, lenient};
use crate::x509::{CertificateUse, StoreError, TrustStore};

fn root() -> Vec<u8> {
    Template::ca("Root", "Root", &Key::new(1)).der(&Key::new(1))
}

fn armour(label: &str, der: &[u8]) -> String {
    pem::STANDARD.encode(label, der)
}

#[test]
fn a_pem_bundle_has_certificates_crls_and_text() {
    let crl = List::of("Root").issue(&Key::new(1));
    let bundle = format!(
        "Root of the tests\r\n{}\nsome text\n{}{}",
        armour("CERTIFICATE", &root()),
        armour("X509 CRL", crl.der()),
        armour("PUBLIC KEY", b"ignored"),
    );
    let mut store = TrustStore::new();
    let loaded = store.add_bundle(bundle.as_bytes(), CertificateUse::Anchor).unwrap();
    assert_eq!((loaded.certificates, loaded.crls, loaded.ocsp_responses), (1, 1, 0));
    let leaf = Template::leaf("Leaf", "Root", &Key::new(2)).issue(&Key::new(1));
    let options = crate::x509::PathOptions::at(crate::x509::testpki::now());
    assert!(judge(&leaf, &[], &store, &options).valid().is_some());
}

#[test]
fn der_files_are_told_apart() {
    let mut store = TrustStore::new();
    let crl = List::of("Root").issue(&Key::new(1));
    let answer = Status::good("Root", &Key::new(1), 7).issue(&Key::new(1));
    let old = Template { version: 1, ..Template::ca("Old", "Old", &Key::new(3)).only(&[]) };
    for (der, expected) in [
        (root().as_slice(), (1, 0, 0)),
        (&old.der(&Key::new(3)), (1, 0, 0)),
        (crl.der(), (0, 1, 0)),
        (answer.der(), (0, 0, 1)),
    ] {
        let loaded = store.add_bundle(der, CertificateUse::Intermediate).unwrap();
        assert_eq!((loaded.certificates, loaded.crls, loaded.ocsp_responses), expected);
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let mut store = TrustStore::new();
    let mut add = |bundle: &[u8]| store.add_bundle(bundle, CertificateUse::Anchor).unwrap_err();
    let second = format!("{}{}", armour("CERTIFICATE", &root()), armour("CERTIFICATE", b"x"));
    assert!(matches!(add(second.as_bytes()), StoreError::Certificate { entry: 1, .. }));
    assert!(matches!(add(b"hello"), StoreError::NothingFound));
    assert!(matches!(add(b""), StoreError::NothingFound));
    let key = armour("PRIVATE KEY", b"secret");
    assert!(matches!(add(key.as_bytes()), StoreError::NothingFound));
}

#[test]
fn intermediates_are_not_trusted_for_being_in_the_store() {
    let mut store = TrustStore::new();
    store.add_bundle(&root(), CertificateUse::Intermediate).unwrap();
    let leaf = Template::leaf("Leaf", "Root", &Key::new(2)).issue(&Key::new(1));
    assert!(judge(&leaf, &[], &store, &lenient()).valid().is_none());
}

#[test]
fn a_folder_is_read_by_the_names_of_its_files() {
    let folder = std::env::temp_dir().join(format!("pec-smime-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("root.CER"), root()).unwrap();
    std::fs::write(folder.join("README"), "not a certificate").unwrap();
    let mut store = TrustStore::new();
    let loaded = store.add_folder(&folder, CertificateUse::Anchor);
    std::fs::write(folder.join("z.crl"), "broken").unwrap();
    let broken = store.add_folder(&folder, CertificateUse::Anchor);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(loaded.unwrap().certificates, 1);
    assert!(matches!(broken, Err(StoreError::File { path, .. }) if path.ends_with("z.crl")));
    assert!(matches!(
        store.add_folder(&folder, CertificateUse::Anchor),
        Err(StoreError::Io { .. })
    ));
}
