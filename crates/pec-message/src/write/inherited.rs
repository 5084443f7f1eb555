//! Fields that envelopes inherit from the message inside, octet for octet.

use pec_daticert::Address;

use super::field::{push_inherited, push_plain, push_renamed};
use crate::original::Original;

/// The trace of the message, which stands first.
pub(super) fn trace_fields(message: &Original<'_>) -> Vec<u8> {
    let mut header = Vec::new();
    push_all(&mut header, message, &["Return-Path", "Received"]);
    header
}

/// The fields of these names as they are, in the message's own order.
pub(super) fn push_all(out: &mut Vec<u8>, message: &Original<'_>, names: &[&str]) {
    for field in message.entity().fields() {
        if names.iter().any(|name| field.is_named(name)) {
            push_inherited(out, message.octets(), field);
        }
    }
}

/// `Reply-To` as it is, or else made from `From`; from the sender where there is not one `From`.
// rfc6109 §2.1#6, norms 15
pub(super) fn push_reply_to(out: &mut Vec<u8>, message: &Original<'_>, sender: Option<&Address>) {
    let entity = message.entity();
    if entity.field("Reply-To").is_some() {
        return push_all(out, message, &["Reply-To"]);
    }
    match (entity.field("From"), sender) {
        (Some(from), _) if !entity.is_repeated("From") => push_renamed(out, "Reply-To", from),
        (_, Some(sender)) => {
            let mut own = String::new();
            push_plain(&mut own, "Reply-To", sender.as_str());
            out.extend_from_slice(own.as_bytes());
        }
        (_, None) => {}
    }
}
