//! Certificates and revocation data: what it takes to judge a dossier again.

use std::collections::BTreeMap;

use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, SignatureError};
use pec_smime::x509::{Certificate, Crl, OcspResponse, TrustStore};

use super::manifest::{Role, hex};
use super::{FileError, Files};

/// What judging rested on, each once, in the order of its hash.
#[derive(Debug, Default)]
pub(super) struct Material {
    pieces: BTreeMap<String, (Role, Vec<u8>)>,
}

impl Material {
    /// Adds the certificates of a path, its anchor, and what `store` knows about their revocation.
    pub(super) fn add_path(
        &mut self,
        chain: &[Certificate],
        anchor: Option<&Certificate>,
        store: &TrustStore,
        crypto: &CryptoProvider,
    ) -> Result<(), SignatureError> {
        for certificate in chain {
            self.add(Role::Certificate, certificate.der(), crypto)?;
        }
        if let Some(anchor) = anchor {
            self.add(Role::Anchor, anchor.der(), crypto)?;
        }
        let (crls, responses) = store.revocation_data(chain);
        for crl in crls {
            self.add(Role::Crl, crl.der(), crypto)?;
        }
        for response in responses {
            self.add(Role::Ocsp, response.der(), crypto)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        role: Role,
        der: &[u8],
        crypto: &CryptoProvider,
    ) -> Result<(), SignatureError> {
        let hash = hex(crypto, DigestAlgorithm::Sha256, der)?;
        let digits = hash.get(..24).unwrap_or(&hash);
        let name = match role {
            Role::Anchor => format!("certificati/ancore/{digits}.cer"),
            Role::Crl => format!("revoche/{digits}.crl"),
            Role::Ocsp => format!("revoche/{digits}.ors"),
            _ => format!("certificati/{digits}.cer"),
        };
        self.pieces.insert(name, (role, der.to_vec()));
        Ok(())
    }

    /// Name, role and octets of each piece.
    pub(super) fn into_pieces(self) -> impl Iterator<Item = (String, Role, Vec<u8>)> {
        self.pieces.into_iter().map(|(name, (role, octets))| (name, role, octets))
    }

    /// Puts the pieces beside the time stamp that they belong to, where they are not there yet.
    pub(super) fn beside_stamps(self, files: &mut Files) -> Result<(), FileError> {
        for (name, _, octets) in self.into_pieces() {
            let file = name.rsplit('/').next().unwrap_or_default();
            let is_anchor = name.contains("/ancore/");
            let beside = format!("{STAMP_FOLDER}{}{file}", if is_anchor { "ancore/" } else { "" });
            if files.get(&name).is_none() && files.get(&beside).is_none() {
                files.insert(&beside, octets)?;
            }
        }
        Ok(())
    }
}

/// Where time stamps are, and what belongs to them.
pub(super) const STAMP_FOLDER: &str = "marche/";

/// The store of a judge with all that a dossier brings along; nothing of it is trusted for being
/// there. Gives the names of the files that cannot be read.
pub(super) fn stocked(store: &TrustStore, files: &Files) -> (TrustStore, Vec<String>) {
    let mut store = store.clone();
    let mut unreadable = Vec::new();
    for (name, octets) in files.iter() {
        let folders = ["certificati/", "revoche/", STAMP_FOLDER];
        if !folders.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let taken = match name.rsplit('.').next() {
            Some("cer") => {
                Certificate::from_der(octets).map(|it| store.add_intermediate(it)).is_ok()
            }
            Some("crl") => Crl::from_der(octets).map(|it| store.add_crl(it)).is_ok(),
            Some("ors") => OcspResponse::from_der(octets).map(|it| store.add_ocsp(it)).is_ok(),
            Some("tst") => name.starts_with(STAMP_FOLDER),
            _ => false,
        };
        if !taken {
            unreadable.push(name.to_owned());
        }
    }
    (store, unreadable)
}
