//! RFC 6109 §2.2.6: the provider's own address.

use pec_message::read;

use crate::access::{ANNA, MARIO, network};
use crate::letter::Letter;

/// rfc6109 §2.2.6#1: envelopes and notifications come from one address.
#[test]
fn all_messages_come_from_the_system_address() {
    let mut network = network();
    for letter in [Letter::to(&[ANNA]), Letter::to(&[ANNA]).without("Date")] {
        network.submit(MARIO, &[ANNA], &letter.octets()).unwrap();
        network.run();
    }
    let messages: Vec<&[u8]> = network.mailbox(MARIO).chain(network.mailbox(ANNA)).collect();
    assert!(messages.len() >= 3);
    for message in messages {
        let claimed = read(message).claimed();
        let domain = claimed.from[0].address.strip_prefix("posta-certificata@");
        assert!(matches!(domain, Some("alfa.example" | "beta.example")), "{claimed:?}");
    }
}
