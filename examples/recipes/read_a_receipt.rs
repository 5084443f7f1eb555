//! What does a message in a mailbox say, and what does it carry? Nothing here is proved: see
//! `verify_a_message`.

use pec_message::{ClaimedKind, read};

const RECEIPT: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/aruba-delivery-complete.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mail = read(RECEIPT);
    match mail.claimed().kind {
        ClaimedKind::Pec(kind) => println!("a PEC message: {kind}"),
        ClaimedKind::Ordinary => println!("ordinary mail"),
        other => println!("not understood: {other:?}"),
    }
    for oddity in mail.oddities() {
        println!("odd: {oddity}");
    }

    let daticert = mail.daticert().ok_or("no certification data")?;
    let (data, deviations) = daticert.read()?;
    if let Some(id) = &data.pec_msgid {
        println!("about message {id}");
    }
    for recipient in &data.recipients {
        println!("to {}", recipient.address);
    }
    println!("{} deviations from the norm", deviations.len());

    // The original is a message as well, and may be another PEC message.
    let original = mail.original().and_then(|found| found.message()).ok_or("no original")?;
    for attachment in original.attachments() {
        let octets = attachment.decode().into_octets();
        println!("{:?}, {}: {} octets", attachment.name(), attachment.media_type(), octets.len());
    }
    assert_eq!(original.attachments().count(), 1);
    Ok(())
}
