//! The provider's service address.

use pec_message::read;

use crate::world::*;

/// rfc6109 §2.2.6#1: one address from which all messages of a provider come.
#[test]
fn all_messages_of_a_provider_come_from_one_address() {
    let mut network = network();
    write(&mut network, &[ANNA, NOBODY]);
    network.run();
    network.advance_to(hours(24));
    let mut seen = 0;
    for mailbox in [MARIO, ANNA, ALFA_SERVICE] {
        for message in network.mailbox(mailbox) {
            let [from] = &read(message).claimed().from[..] else { panic!() };
            assert!(from.address.starts_with("posta-certificata@"), "{}", from.address);
            seen += 1;
        }
    }
    assert_eq!(seen, 5, "acceptance, delivery, error; envelope; take-in-charge");
}
