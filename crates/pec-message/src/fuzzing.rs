//! The logic of the fuzz targets, called by the targets and by ordinary tests alike.

mod reading;

pub use reading::{brief_check, message_authenticate, message_read};

use pec_daticert::{CertificationData, Event};
use pec_smime::crypto::CryptoProvider;
use pec_smime::entity::Entity;

use crate::brief::BriefCopy;
use crate::header::X_RIFERIMENTO_MESSAGE_ID;
use crate::original::{Original, OriginalError, normalise};
use crate::write::{Draft, SystemAddress};

/// Takes any octets as an original, normalised where they must be: splices its identifier, wraps
/// it, makes a brief copy, and checks that nothing else has changed.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
pub fn original_splice(message: &[u8]) {
    let normalised = normalise(message);
    let original = match Original::new(&normalised.message) {
        Ok(original) => original,
        Err(error) => return assert_eq!(error, OriginalError::HeaderTooLarge),
    };
    match Original::new(message) {
        Ok(_) => assert_eq!(normalised.message, message, "what is canonical is left alone"),
        Err(error) => assert!(matches!(error, OriginalError::NotCanonical(_)), "{error}"),
    }
    splice(&original);
    wrap(&original);
    hash(&original);
}

/// Everything but the identifiers is as it was.
fn splice(original: &Original<'_>) {
    let data = pec_daticert::fuzzing::example();
    let Ok(identified) = original.identified(&data.pec_msgid) else {
        assert!(original.entity().fields().is_empty());
        return;
    };
    let message = identified.to_vec();
    assert!(Original::new(&message).is_ok() || message.len() > original.octets().len());
    let entity = Entity::scan(&message);
    let identifiers: Vec<_> = entity.fields_named("Message-ID").collect();
    assert_eq!(identifiers.len(), 1);
    let identifier = identifiers.first().map(|field| field.text());
    assert_eq!(identifier, Some(data.pec_msgid.to_message_id()));
    assert_eq!(entity.body(), original.entity().body());
    let given = original.entity().fields_named("Message-ID").count();
    let referred = original.entity().fields_named(X_RIFERIMENTO_MESSAGE_ID).count();
    let now_referred = entity.fields_named(X_RIFERIMENTO_MESSAGE_ID).count();
    assert_eq!(now_referred, given.saturating_add(referred));
    let lengths = entity.fields().len().checked_sub(original.entity().fields().len());
    assert_eq!(lengths, Some(1));
    for (field, was) in
        entity.fields().iter().filter(|f| !f.is_named("Message-ID")).zip(original.entity().fields())
    {
        assert_eq!(field.text(), was.text());
    }
}

/// The original comes out of an envelope as it went in.
#[expect(clippy::expect_used, reason = "constants, and every test would tell")]
fn wrap(original: &Original<'_>) {
    const LEGAL: &str = "a legal constant";
    let mut data = pec_daticert::fuzzing::example();
    data.event = Event::TransportEnvelope { receipt_type: original.requested_receipt() };
    data.header.subject = original.subject();
    data.header.reply_to = original.reply_to();
    data.msgid = original.msgid();
    let from = SystemAddress::at("pec.alfa.example").expect(LEGAL);
    let Ok(draft) = Draft::transport_envelope(&data, &from, original) else { return };
    let mut message = Vec::new();
    draft.write_unsigned(&mut message).expect("a vector takes everything");
    let identified = original.identified(&data.pec_msgid).map(|identified| identified.to_vec());
    let envelope = Entity::scan(&message);
    assert_eq!(enclosed(&envelope), identified.ok().as_deref());
    let xml = envelope
        .descendant(&[1])
        .map(|part| encodify::base64::MIME.decode(part.body()).unwrap_or_default());
    let read = xml.map(|xml| CertificationData::from_xml(&xml));
    assert_eq!(read, Some(Ok(data)));
}

fn enclosed<'a>(envelope: &Entity<'a>) -> Option<&'a [u8]> {
    envelope.descendant(&[2]).map(|part| part.body())
}

/// What is not replaced is as it was, and what is replaced is where it says.
fn hash(original: &Original<'_>) {
    let Ok(copy) = BriefCopy::new(original, &CryptoProvider::rustcrypto()) else { return };
    let message = copy.to_vec();
    for part in copy.hashed() {
        assert!(memchr::memmem::find(&message, part.sha1.as_bytes()).is_some());
        assert!(original.octets().get(part.body.clone()).is_some());
    }
    if copy.hashed().is_empty() {
        assert_eq!(message, original.octets());
    }
}
