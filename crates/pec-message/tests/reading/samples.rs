//! The real messages beside the checkout (`../shared/samples`, also `$PEC_SAMPLES`). They are other
//! people's mail: nothing of their content is printed or kept here.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pec_message::{
    Authentication, ClaimedKind, Deviation, Distrust, IssuerRule, MessageKind, OddityKind, Origin,
    OriginGrade, Step, authenticate, read,
};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Certificate, CertificateUse, TrustStore};

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("PEC_SAMPLES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no samples in {}", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn dump() {
    let Some(folder) = folder() else { return };
    for sub in ["real", "anonymised"] {
        for entry in std::fs::read_dir(folder.join(sub)).unwrap() {
            let path = entry.unwrap().path();
            let octets = std::fs::read(&path).unwrap();
            let mail = read(&octets);
            println!(
                "== {} {:?}",
                path.file_name().unwrap().to_str().unwrap(),
                mail.claimed().kind
            );
            println!(
                "  parts {:?}",
                mail.parts()
                    .map(|p| (p.path(), p.media_type().to_owned(), p.name().map(str::to_owned)))
                    .collect::<Vec<_>>()
            );
            println!("  odd {:?}", mail.oddities());
            println!(
                "  daticert {:?} original {:?}",
                mail.daticert().map(|d| d.found_by()),
                mail.original().map(|o| (o.found_by(), o.octets().len()))
            );
            if let Some(Ok((r, d))) = mail.daticert().map(|d| d.read()) {
                println!("  {:?} {} dev", r.kind, d.len());
                for x in d {
                    println!("     {x}");
                }
            }
        }
    }
}
