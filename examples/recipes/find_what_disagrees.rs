//! The outer header is not signed: anybody on the way can rewrite it. Believe what is certified,
//! and show where the two disagree.

use postacert::daticert::CertificationData;
use postacert::message::disagreements;
use postacert::read;

const RECEIPT: &str =
    include_str!("../../crates/pec-message/testdata/deployed/current-acceptance.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let message = RECEIPT.replacen("Subject: ACCETTAZIONE: ", "Subject: CONSEGNA: ", 1);
    // ANCHOR: code
    let mail = read(message.as_bytes());
    let (reading, _) = mail.daticert().ok_or("no certification data")?.read()?;
    let data = CertificationData::try_from(reading)?;
    let found = disagreements(&mail, &data);
    for disagreement in &found {
        println!("{disagreement}");
    }
    // ANCHOR_END: code
    assert_eq!(found.len(), 1, "{found:?}");
    Ok(())
}
