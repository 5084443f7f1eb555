//! What fuzz targets call, so that ordinary tests can replay their corpora.

use std::io::Cursor;

use chrono::DateTime;
use pec_message::Origin;
use pec_smime::crypto::CryptoProvider;
use pec_smime::x509::TrustStore;

use crate::{Dossier, Files, Judge, Verdict};

/// Reads octets as a ZIP archive and, where there is a manifest, verifies the dossier: what is read
/// is written and read back alike, and nothing that nobody signed is sound.
///
/// # Panics
/// Something that must hold does not.
#[expect(clippy::expect_used, clippy::panic, reason = "a broken promise must stop the fuzzer")]
pub fn dossier_read(octets: &[u8]) {
    let Ok(files) = Files::read_zip(Cursor::new(octets)) else {
        return;
    };
    let written = files.write_zip(Cursor::new(Vec::new())).expect("memory takes everything");
    let again = Files::read_zip(Cursor::new(written.into_inner())).expect("our own archive");
    assert_eq!(again, files, "written and read back");
    let Ok(dossier) = Dossier::from_files(files) else {
        return;
    };
    let (store, crypto) = (TrustStore::new(), CryptoProvider::rustcrypto());
    let judge = Judge::new(&store, &crypto, Origin::Pinned(&[]));
    let now = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
    match dossier.verify(&judge, now) {
        Ok(examination) if examination.verdict() == Verdict::Sound => {
            panic!("sound, although nobody is trusted")
        }
        Ok(_) => {}
        Err(error) => panic!("{error}"),
    }
}
