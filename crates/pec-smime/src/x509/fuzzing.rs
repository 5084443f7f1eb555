//! What the fuzz target `x509_path` calls; plain tests replay its corpus through the same function.

use chrono::DateTime;

use super::tlv::Reader;
use super::{
    AlgorithmFloor, Certificate, Crl, OcspResponse, PathOptions, TrustAnchor, TrustStore, profile,
    validate,
};
use crate::crypto::CryptoProvider;

/// Takes elements of DER one after the other for certificates, CRLs and OCSP responses, trusts the
/// first certificate and judges the last one. Must neither panic nor take long.
pub fn x509_path(input: &[u8]) {
    let mut store = TrustStore::new();
    let mut certificates = Vec::new();
    let mut reader = Reader::new(input);
    while let Ok(element) = reader.next() {
        let der = element.encoded();
        if let Ok(certificate) = Certificate::from_der(der) {
            certificates.push(certificate);
        } else if let Ok(crl) = Crl::from_der(der) {
            store.add_crl(crl);
        } else if let Ok(response) = OcspResponse::from_der(der) {
            store.add_ocsp(response);
        }
    }
    let (Some(first), Some(last)) = (certificates.first(), certificates.last()) else {
        return;
    };
    store.add_anchor(TrustAnchor::new(first.clone()));
    let _ = (last.subject(), last.issuer(), profile(last));
    let middle = DateTime::from_timestamp(1_577_836_800, 0).unwrap_or_default();
    let options = PathOptions::at(middle)
        .with_algorithm_floor(AlgorithmFloor::HISTORIC)
        .accepting_later_revocation_data();
    let _ = validate(last, &certificates, &store, &options, &CryptoProvider::rustcrypto());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::oid::known;
    use super::super::testder::{sequence, tlv};
    use super::super::testpki::{Key, List, Status, Template, email, extension, mail_constraint};
    use super::x509_path;

    /// A seed in which every parser of this module has work.
    fn seed() -> Vec<u8> {
        let [root, ca] = [Key::new(1), Key::new(2)];
        let point = sequence(&[sequence(&[tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://a")))])]);
        let issuing = sequence(&[tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://a"))), tlv(0x84, &[0])]);
        [
            Template::ca("Root", "Root", &root).with(mail_constraint(0, "acme.it")).der(&root),
            Template::ca("CA", "Root", &ca).der(&root),
            List::of("Root").revoking(3).issue(&root).der().to_vec(),
            List::of("CA")
                .with(extension(known::ISSUING_DISTRIBUTION_POINT, true, &issuing))
                .issue(&ca)
                .der()
                .to_vec(),
            Status::good("CA", &ca, 1).issue(&ca).der().to_vec(),
            Template::leaf("Leaf", "CA", &Key::new(3))
                .with(email("a@acme.it"))
                .with(extension(known::CRL_DISTRIBUTION_POINTS, false, &point))
                .der(&ca),
        ]
        .concat()
    }

    #[test]
    fn the_seed_cut_at_every_octet_does_not_panic() {
        let seed = seed();
        for end in 0..=seed.len() {
            x509_path(&seed[..end]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_seed_with_some_octets_changed_does_not_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut seed = seed();
            for (place, octet) in changes {
                let place = place.index(seed.len());
                seed[place] = octet;
            }
            x509_path(&seed);
        }

        #[test]
        fn no_octets_panic(input in prop::collection::vec(any::<u8>(), 0..300)) {
            x509_path(&input);
        }
    }
}
