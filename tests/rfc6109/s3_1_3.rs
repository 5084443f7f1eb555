//! RFC 6109 §3.1.3: non-acceptance due to a virus; §2.2.4: the store for infected messages.

use pec_daticert::{ErrorCode, Event, NonAcceptanceCause};
use pec_gestore::log::LogEvent;
use pec_gestore::{Action, Plan, Scan};
use pec_message::read;

use crate::access::{certified, effects, plan, records, submission};
use crate::letter::Letter;
use crate::world::{ANNA, MARIO, network};

fn infected(letter: &Letter) -> Plan {
    let mut network = network();
    let mut submission = submission(&mut network, letter, &[ANNA]);
    submission.scan = Scan::Infected("Eicar-Test-Signature".parse().unwrap());
    plan(&mut network, submission)
}

/// rfc6109 §3.1.3#1, §3.1.3#2, norms 21: the virus is the reason, whatever else is wrong.
#[test]
fn an_infected_submission_is_not_accepted() {
    for letter in [Letter::to(&[ANNA]), Letter::to(&[ANNA]).without("Date")] {
        let plan = infected(&letter);
        assert_eq!(plan.reply().unwrap().code, 250);
        let [data] = certified(&plan)[..] else { panic!("one notice") };
        let virus = "Eicar-Test-Signature".parse().unwrap();
        let cause = NonAcceptanceCause::Virus;
        assert_eq!(data.event, Event::NonAcceptance { cause, error_detail: virus });
        assert_eq!(data.event.error(), ErrorCode::Virus);
        assert_eq!(effects(&plan, |action| matches!(action, Action::Relay { .. })).count(), 0);
        assert_eq!(records(&plan, LogEvent::NonAccettazioneVirus).len(), 1);
    }
}

/// rfc6109 §2.2.4#2, norms 21, norms 74: kept for 30 months, the octets as they came.
#[test]
fn the_infected_message_is_kept_for_thirty_months() {
    let mut network = network();
    network.scanners[0] = |_| Scan::Infected("Eicar-Test-Signature".parse().unwrap());
    let message = Letter::to(&[ANNA]).octets();
    network.submit(MARIO, &[ANNA], &message).unwrap();
    network.run();
    let stored = &network.nodes[0].stored;
    let [(body, until)] = stored.quarantine.as_slice() else { panic!("one message kept") };
    assert_eq!(until.to_rfc3339(), "2029-05-21T09:00:00+00:00");
    let kept = network.nodes[0].octets(&pec_gestore::MessageRef::Body(*body));
    assert_eq!(kept, Some(message.as_slice()));
}

/// rfc6109 §3.1.3#2: the header says so too.
#[test]
fn the_notice_names_the_virus() {
    let mut network = network();
    network.scanners[0] = |_| Scan::Infected("Eicar-Test-Signature".parse().unwrap());
    network.submit(MARIO, &[ANNA], &Letter::to(&[ANNA]).octets()).unwrap();
    network.run();
    let notice = network.mailbox(MARIO).next().unwrap();
    let mail = read(notice);
    let claimed = mail.claimed();
    assert!(claimed.is_security_error);
    let subject = claimed.subject.unwrap();
    assert_eq!(subject, "AVVISO DI NON ACCETTAZIONE PER VIRUS: Contratto n. 12");
    assert!(mail.original().is_none());
}

/// A scanner that does not answer decides nothing.
#[test]
fn without_a_scan_nothing_is_accepted() {
    let mut network = network();
    network.scanners[0] = |_| Scan::Failed;
    let reply = network.submit(MARIO, &[ANNA], &Letter::to(&[ANNA]).octets()).unwrap();
    assert_eq!((reply.code, reply.enhanced.as_str()), (451, "4.7.1"));
    network.run();
    assert_eq!(network.mailbox(MARIO).count() + network.mailbox(ANNA).count(), 0);
}
