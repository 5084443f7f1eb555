//! Why was a message not delivered? `errore` says it roughly, the status code in `errore-esteso`
//! exactly; providers report the same thing in different ways.

use postacert::daticert::{CertificationData, Event};
use postacert::read;

const NOTICE: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/aruba-delivery-error.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: code
    let mail = read(NOTICE);
    let (reading, deviations) = mail.daticert().ok_or("no certification data")?.read()?;
    let data = CertificationData::try_from(reading)?; // the strict model, or what is missing
    if let Event::DeliveryError { cause, delivered_to, error_detail, .. } = &data.event {
        println!("{delivered_to}: {cause:?}");
        println!("the provider's words: {error_detail}");
        let status = error_detail.as_str().split_whitespace().next().unwrap_or_default();
        let is_no_mailbox = status.starts_with("5.1.");
        println!("no such mailbox: {is_no_mailbox}");
    }
    println!("departs from the norm in {} places", deviations.len());
    // ANCHOR_END: code
    assert!(matches!(data.event, Event::DeliveryError { .. }));
    Ok(())
}
