//! The files that the sender attached, from a complete delivery receipt. Their names are the
//! sender's: they may lead out of the folder.

use std::path::Path;

use postacert::read;

const RECEIPT: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-delivery-complete.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: code
    let mail = read(RECEIPT);
    let original = mail.original().and_then(|original| original.message());
    let original = original.ok_or("no original: a concise receipt, or none at all")?;
    let mut saved = Vec::new();
    for (number, part) in original.attachments().enumerate() {
        // Nothing of the name but its extension, and of that only letters and digits.
        let extension = part.name().and_then(|name| Path::new(name).extension()?.to_str());
        let extension = extension.filter(|it| it.bytes().all(|c| c.is_ascii_alphanumeric()));
        let name = format!("allegato-{number}.{}", extension.unwrap_or("bin"));
        let octets = part.decode().into_octets(); // without base64
        println!("{name}: {} octets, {}", octets.len(), part.media_type());
        saved.push((name, octets)); // std::fs::write, where no file is yet
    }
    // ANCHOR_END: code
    assert!(!saved.is_empty());
    Ok(())
}
