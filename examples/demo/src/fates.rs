//! What became of each message for each recipient: the receipts, correlated.

use pec_message::MessageKind;

use crate::story::{Fate, Letter, Story};

/// Fills the tables of a story from its messages: by identifier and recipient, never by subject.
pub(crate) fn fill(story: &mut Story) {
    let letters = story.letters.clone();
    for transmission in &mut story.transmissions {
        let Some(id) = transmission.id.as_deref() else { continue };
        let about = letters.iter().filter(|letter| letter.transmission.as_deref() == Some(id));
        for letter in about {
            for fate in &mut transmission.recipients {
                note(fate, letter);
            }
        }
    }
}

fn note(fate: &mut Fate, letter: &Letter) {
    let is_about = letter.delivered_to.as_ref() == Some(&fate.recipient);
    let place = match letter.kind {
        Some(MessageKind::Acceptance) => &mut fate.accepted,
        Some(MessageKind::NonAcceptance) => &mut fate.refused,
        Some(MessageKind::TakeInCharge) if letter.received_for.contains(&fate.recipient) => {
            &mut fate.taken
        }
        Some(MessageKind::Delivery) if is_about => &mut fate.delivered,
        Some(MessageKind::DeliveryError) if is_about => &mut fate.failed,
        Some(MessageKind::DeliveryNotice) if is_about && letter.is_final_notice => {
            &mut fate.expired
        }
        Some(MessageKind::DeliveryNotice) if is_about => &mut fate.warned,
        _ => return,
    };
    *place = place.or(letter.time);
}
