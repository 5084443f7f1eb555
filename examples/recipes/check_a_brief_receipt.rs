//! A brief receipt holds hashes in place of what was attached: was delivered what I kept?

use pec_message::brief::{BriefProof, PartVerdict};
use pec_message::read;
use pec_smime::crypto::CryptoProvider;

/// The receipt; verify it first, as in `verify_a_message`.
const RECEIPT: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-delivery-brief.eml");

/// Here the copy in a complete receipt serves as the original that was kept.
const COMPLETE: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-delivery-complete.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let complete = read(COMPLETE);
    let kept = complete.original().ok_or("no original")?.octets();

    let crypto = CryptoProvider::rustcrypto();
    let proof = BriefProof::check(read(RECEIPT).message(), &kept, &crypto)?;
    for part in proof.parts() {
        let name = part.name.as_deref().unwrap_or("(no name)");
        match part.verdict {
            PartVerdict::Equal => println!("{name}: in the receipt, and equal"),
            PartVerdict::EqualHash { over, .. } => println!("{name}: its hash is equal, {over:?}"),
            other => println!("{name}: {other:?}"),
        }
    }
    if proof.is_whole() { Ok(()) } else { Err("not what was kept".into()) }
}
