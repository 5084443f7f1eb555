//! RFC 6109 §2.2.1: the access point.

use pec_daticert::RecipientType;
use pec_gestore::log::LogEvent;
use pec_gestore::testkit::Network;
use pec_gestore::{Input, Plan, Scan};
use pec_message::{ClaimedKind, MessageKind, read};

use crate::access::{certified, plan, records, submission, submit};
use crate::letter::Letter;
use crate::world::{ANNA, LUCA, MARIO, network};

/// The kinds of messages in a mailbox.
fn kinds(network: &Network, address: &str) -> Vec<MessageKind> {
    let kind = |message| match read(message).claimed().kind {
        ClaimedKind::Pec(kind) => kind,
        other => panic!("{other:?}"),
    };
    network.mailbox(address).map(kind).collect()
}

fn recipient_types(plan: &Plan) -> Vec<RecipientType> {
    let data = certified(plan)[0];
    data.header.recipients.iter().map(|recipient| recipient.recipient_type).collect()
}

/// norms 22: by the directory, whatever the case of letters; a subdomain is another domain.
#[test]
fn each_recipient_is_typed_by_the_directory() {
    let names = [ANNA, "x@BETA.Example", "y@posta.example", "z@sub.beta.example"];
    let plan = submit(&Letter::to(&names), &names);
    use RecipientType::{Certified, External};
    assert_eq!(recipient_types(&plan), [Certified, Certified, External, External]);
}

/// rfc6109 §2.2.1#3, #5, #6: identifier of the transmission and of the client, everywhere.
#[test]
fn all_messages_bear_the_identifiers() {
    let mut network = network();
    let submission = submission(&mut network, &Letter::to(&[ANNA]), &[ANNA]);
    let id = submission.id.clone();
    let plan = plan(&mut network, submission);
    for data in certified(&plan) {
        assert_eq!(data.pec_msgid, id);
        assert_eq!(data.msgid.as_ref().unwrap().as_str(), "<m1@pc.example>");
    }
    for record in plan.log() {
        assert_eq!(record.pec_msgid.as_ref(), Some(&id));
        assert_eq!(record.msgid.as_ref().unwrap().as_str(), "<m1@pc.example>");
    }
    let envelope = records(&plan, LogEvent::BustaTrasporto);
    assert_eq!(envelope[0].generated, std::slice::from_ref(&id));
    let acceptance = records(&plan, LogEvent::Accettazione);
    assert_ne!(acceptance[0].generated, [id]);
}

/// The three outcomes of the section, as the sender sees them.
#[test]
fn the_sender_learns_the_outcome() {
    let mut network = network();
    network.scanners[0] = |message| match message.ends_with(b"EICAR\r\n") {
        true => Scan::Infected("Eicar-Test-Signature".parse().unwrap()),
        false => Scan::Clean,
    };
    for letter in [
        Letter::to(&[ANNA]),
        Letter::to(&[ANNA]).and("Bcc", LUCA),
        Letter::to(&[ANNA]).saying("EICAR\r\n"),
    ] {
        let reply = network.submit(MARIO, &[ANNA], &letter.octets()).unwrap();
        assert_eq!(reply.code, 250);
        network.run();
    }
    let outcomes: Vec<MessageKind> =
        kinds(&network, MARIO).into_iter().filter(|kind| *kind != MessageKind::Delivery).collect();
    use MessageKind::{Acceptance, NonAcceptance};
    assert_eq!(outcomes, [Acceptance, NonAcceptance, NonAcceptance]);
    let quarantine = &network.nodes[0].stored.quarantine;
    assert_eq!(quarantine.len(), 1);
}

/// A client whose connection broke sends the same transaction again: the shell gives it the same
/// identifier only if the first one is not known to be stored, and then nothing happens twice.
#[test]
fn a_repeated_submission_is_answered_and_nothing_else() {
    let mut network = network();
    for letter in [Letter::to(&[ANNA]), Letter::to(&[ANNA]).without("Date")] {
        let submission = submission(&mut network, &letter, &[ANNA]);
        let input = Input::Submission(submission.clone());
        let first = network.handle(0, &input).unwrap();
        let again = plan(&mut network, submission.clone());
        assert_eq!(again.reply(), Some(&first));
        assert!(again.is_empty(), "{again:?}");

        let mut other = submission;
        other.account = "luca@alfa.example".parse().unwrap();
        other.envelope.reverse_path = Some(other.account.clone());
        let taken = plan(&mut network, other);
        assert_eq!(taken.reply().unwrap().code, 451);
        assert!(taken.effects().is_empty() && taken.changes().is_empty());
    }
}
