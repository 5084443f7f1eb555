//! RFC 6109 §3.1.2: non-acceptance due to formal exceptions.

use pec_daticert::{ErrorCode, Kind, NonAcceptanceCause};
use pec_gestore::Judgement;
use pec_message::read;

use crate::access::{certified, submit};
use crate::letter::Letter;
use crate::world::{ANNA, MARIO, network};

/// norms 20: certified, without the original, and with the Italian header.
#[test]
fn the_notice_reaches_the_sender() {
    let mut network = network();
    let letter = Letter::to(&[ANNA]).and("Bcc", "luca@beta.example").saying("Segreto.\r\n");
    network.submit(MARIO, &[ANNA], &letter.octets()).unwrap();
    network.run();
    let notices: Vec<&[u8]> = network.mailbox(MARIO).collect();
    let [notice] = notices.as_slice() else { panic!("one notice") };
    let Judgement::Certified(mail) = network.judge(notice) else { panic!("not certified") };
    assert_eq!(mail.data().kind(), Kind::NonAcceptance);
    assert_eq!(mail.data().event.error(), ErrorCode::Other);
    let read = read(notice);
    let claimed = read.claimed();
    assert_eq!(claimed.subject.unwrap(), "AVVISO DI NON ACCETTAZIONE: Contratto n. 12");
    assert_eq!(claimed.to[0].address, MARIO);
    assert_eq!(claimed.reference_message_id.unwrap(), "<m1@pc.example>");
    assert!(read.original().is_none());
    assert!(!String::from_utf8_lossy(notice).contains("Segreto"));
    assert_eq!(network.mailbox(ANNA).count(), 0);
}

/// A message without subject and identifier is answered as well.
#[test]
fn a_notice_needs_neither_subject_nor_identifier() {
    let letter = Letter::to(&[ANNA]).without("Subject").without("Message-ID").without("Date");
    let plan = submit(&letter, &[ANNA]);
    let [data] = certified(&plan)[..] else { panic!("one notice") };
    assert_eq!((&data.header.subject, &data.msgid), (&None, &None));
    let pec_daticert::Event::NonAcceptance { cause, .. } = data.event else { panic!("kind") };
    assert_eq!(cause, NonAcceptanceCause::FormalException);
}
