//! Secure channels: what the gestore asks of the shell's.

use crate::world::*;

const ORDINARY: &[u8] =
    b"From: tom@example.it\r\nTo: anna@beta.example\r\nSubject: Hi\r\n\r\nHi.\r\n";

/// rfc6109 §5.3#3, norms 64: messages of providers come over TLS, well-formed or not; ordinary mail
/// may come in the clear (norms 27).
#[test]
fn messages_of_providers_are_taken_over_tls_alone() {
    let envelope = sealed_envelope();
    let faulty = String::from_utf8(envelope.clone()).unwrap();
    let faulty = faulty.replace("X-Trasporto: posta-certificata", "X-Ricevuta: accettazione");
    let messages = [(ORDINARY, 250), (&envelope, 554), (faulty.as_bytes(), 554)];
    for (message, code) in messages {
        let mut network = network();
        let mut plain = arrival(&mut network, BETA, Some(MARIO), &[ANNA], message);
        plain.over_tls = false;
        let mut secure = plain.clone();
        secure.over_tls = true;
        let reply = take(&mut network, BETA, plain);
        assert_eq!(reply.code, code);
        assert_eq!(network.mailbox(ANNA).count(), usize::from(code == 250));
        if code == 554 {
            assert_eq!(reply.enhanced, "5.7.0");
            assert_eq!(take(&mut network, BETA, secure).code, 250);
        }
    }
}
