//! RFC 6109 §3.1.4: the acceptance.

use pec_daticert::{Event, RecipientType};
use pec_gestore::{Judgement, MessageRef};
use pec_message::{MessageKind, read};

use crate::letter::Letter;
use crate::world::{ANNA, MARIO, network};

/// norms 22: it reaches the sender, certified, and says of each recipient what it is.
#[test]
fn the_acceptance_tells_what_each_recipient_is() {
    let mut network = network();
    let names = [ANNA, "x@posta.example"];
    network.submit(MARIO, &names, &Letter::to(&names).octets()).unwrap();
    network.run();
    let acceptance = network
        .mailbox(MARIO)
        .find(|message| read(message).claimed().kind.pec() == Some(MessageKind::Acceptance))
        .unwrap();
    let Judgement::Certified(mail) = network.judge(acceptance) else { panic!("not certified") };
    let data = mail.data();
    assert_eq!(data.event, Event::Acceptance);
    let types: Vec<RecipientType> =
        data.header.recipients.iter().map(|recipient| recipient.recipient_type).collect();
    assert_eq!(types, [RecipientType::Certified, RecipientType::External]);
    let claimed = read(acceptance).claimed();
    assert_eq!(claimed.subject.unwrap(), "ACCETTAZIONE: Contratto n. 12");
    assert_eq!(claimed.to[0].address, MARIO);
    assert_eq!(claimed.date.unwrap(), data.time.to_datetime());
    let text = pec_message_text(acceptance);
    assert!(text.contains("anna@beta.example (\"posta certificata\")"), "{text}");
    assert!(text.contains("x@posta.example (\"posta ordinaria\")"), "{text}");
}

/// The readable text.
fn pec_message_text(message: &[u8]) -> String {
    let mail = read(message);
    let part = mail.parts().find(|part| part.media_type() == "text/plain").unwrap();
    String::from_utf8_lossy(&part.decode().into_octets()).into_owned()
}

/// What is acknowledged is planned with it: the acceptance does not wait for the relays.
#[test]
fn the_acceptance_waits_for_nobody() {
    let mut network = network();
    network.unreachable.push("beta.example".to_owned());
    network.submit(MARIO, &[ANNA], &Letter::to(&[ANNA]).octets()).unwrap();
    network.run();
    assert_eq!(network.mailbox(MARIO).count(), 1);
    let waiting = &network.nodes[0].stored.outbox;
    assert_eq!(waiting.len(), 1, "the relay waits: {waiting:?}");
    let pec_gestore::Action::Relay { message, .. } = &waiting[0].1.action else { panic!("relay") };
    assert!(matches!(message, MessageRef::Sealed(_)));
    assert!(network.nodes[0].octets(message).is_some(), "sealed before it is sent");
}
