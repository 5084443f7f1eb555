//! What the receipts come to.

use pec_daticert::{DeliveryErrorCause, Event, ReceiptType};

use super::kit::*;
use crate::{Contradiction, DeadlineKind, Failure, Follow, Progress, Receipt, RecipientState};

#[test]
fn an_ordinary_transmission_to_the_end() {
    let mut follow = follow([]);
    assert_eq!(word(&follow, ANNA, 0), "unanswered");
    assert_eq!(follow.progress(hours(0)), Progress::Pending);

    follow.take(accepted());
    assert_eq!(word(&follow, ANNA, 1), "accepted");
    assert_eq!(word(&follow, OTTO, 1), "sent-uncertified");

    follow.take(delivered(ANNA, 3));
    assert_eq!(word(&follow, ANNA, 1), "delivered");
    assert_eq!(follow.progress(hours(1)), Progress::Pending);

    follow.take(failed(UGO, "5.1.1 - Beta - indirizzo non valido"));
    assert!(matches!(
        state(&follow, UGO, 1),
        RecipientState::Failed { failure: Failure::NoMailbox, .. }
    ));
    assert_eq!(follow.progress(hours(1)), Progress::Incomplete);
    assert_eq!(follow.contradictions(), []);
    assert_eq!(follow.next_deadline(hours(1)), None);
    assert_eq!(follow.subject(), Some("Contratto"));
}

#[test]
fn all_delivered_and_nobody_certified() {
    let all = follow([accepted(), delivered(ANNA, 3), delivered(UGO, 5)]);
    assert_eq!(all.progress(hours(99)), Progress::Delivered);
    let only_otto = |data: &mut pec_daticert::CertificationData| {
        let recipient = pec_daticert::Recipient::external(address(OTTO));
        data.header.recipients = recipient.into();
    };
    let mut follow = Follow::of("t1@alfa.example".parse().unwrap());
    follow.take(edited(Event::Acceptance, 1, only_otto));
    assert_eq!(follow.progress(hours(99)), Progress::Uncertified);
    assert_eq!(follow.contradictions(), []);
}

#[test]
fn a_refusal_is_everybodys() {
    let follow = follow([refused()]);
    for recipient in [ANNA, UGO, OTTO] {
        assert!(matches!(
            state(&follow, recipient, 1),
            RecipientState::Refused { virus: false, .. }
        ));
    }
    assert_eq!(follow.progress(hours(1)), Progress::Refused);
    assert_eq!(follow.next_deadline(hours(1)), None);
}

/// norms §6.1, 9: both notices have the same kind and subject.
#[test]
fn the_two_notices_are_told_apart() {
    const FIRST: &str = "4.4.7 - nessuna conferma nelle prime dodici ore";
    const UNMARKED: &str = "il messaggio non è stato consegnato";
    let warned = follow([accepted(), notice(ANNA, FIRST, 12 * 60 + 1)]);
    assert_eq!(word(&warned, ANNA, 13), "warned");
    // By its mark, by its time, and without an acceptance by its distance.
    let marked = follow([accepted(), notice(ANNA, "5.4.1 - Alfa - tempo massimo", 60)]);
    assert_eq!(word(&marked, ANNA, 2), "expired");
    let not_the_mark = follow([accepted(), notice(ANNA, "5.4.10 - Alfa", 60)]);
    assert_eq!(word(&not_the_mark, ANNA, 2), "warned");
    let by_time = follow([accepted(), notice(ANNA, UNMARKED, 22 * 60 + 1)]);
    assert_eq!(word(&by_time, ANNA, 23), "expired");
    let too_early = follow([accepted(), notice(ANNA, UNMARKED, 22 * 60)]);
    assert_eq!(word(&too_early, ANNA, 23), "warned");
    let second = follow([notice(ANNA, UNMARKED, 720), notice(ANNA, UNMARKED, 1440)]);
    assert_eq!(word(&second, ANNA, 24), "expired");
    let repeated = follow([notice(ANNA, UNMARKED, 720), notice(ANNA, UNMARKED, 730)]);
    assert_eq!(word(&repeated, ANNA, 24), "warned");
    // A notice about Anna says nothing of Ugo.
    assert_eq!(word(&marked, UGO, 2), "accepted");
}

/// norms 46: a late delivery supersedes the final notice, visibly.
#[test]
fn a_late_delivery_supersedes_the_final_notice() {
    let last = notice(ANNA, "5.4.1 - Alfa", 24 * 60 + 1);
    let follow = follow([accepted(), last.clone(), delivered(ANNA, 30 * 60)]);
    let recipients = follow.recipients(hours(31));
    let anna = recipients.iter().find(|it| it.address.as_str() == ANNA).unwrap();
    assert!(anna.state.is_delivered());
    assert_eq!(anna.superseded, Some(last.at()));
    assert_eq!(anna.history.len(), 3);
    assert_eq!(follow.contradictions(), []);
}

#[test]
fn take_in_charge_is_seen_by_who_sees_it() {
    let follow = follow([accepted(), taken(ANNA)]);
    assert_eq!(word(&follow, ANNA, 1), "taken-in-charge");
    assert_eq!(word(&follow, UGO, 1), "accepted");
    // Nothing is due for Anna at 12 hours, but for Ugo.
    let deadline = follow.next_deadline(hours(1)).unwrap();
    assert_eq!(deadline.kind, DeadlineKind::FirstNotice);
    let after = follow.next_deadline(hours(13)).unwrap();
    assert_eq!(
        (after.kind, after.at - accepted().at().to_utc()),
        (DeadlineKind::LastNotice, crate::follow::LAST_NOTICE)
    );
}

#[test]
fn a_virus_notice_between_providers_settles_nothing() {
    let delivered_to = address(ANNA);
    let error_detail = "EICAR".parse().unwrap();
    let virus = receipt(Event::VirusDetection { delivered_to, error_detail }, 2);
    let follow = follow([accepted(), virus.clone()]);
    let recipients = follow.recipients(hours(1));
    assert_eq!(recipients[0].virus_detected, Some(virus.at()));
    assert_eq!(recipients[0].state.as_str(), "accepted");
}

#[test]
fn silence_becomes_no_answer() {
    use DeadlineKind::{FirstNotice, LastNotice, Overdue};
    // Never accepted: counted from when it was sent.
    let silent = follow([]);
    assert_eq!(word(&silent, ANNA, 24), "unanswered");
    assert_eq!(word(&silent, ANNA, 25), "no-answer");
    assert_eq!(silent.progress(hours(25)), Progress::Overdue);
    assert_eq!(silent.next_deadline(hours(0)).unwrap().kind, Overdue);
    // Accepted, then nothing: the deadlines in their order, and then none.
    let accepted = follow([accepted()]);
    let mut now = hours(0);
    let mut kinds = Vec::new();
    while let Some(deadline) = accepted.next_deadline(now) {
        assert!(deadline.at > now);
        now = deadline.at;
        kinds.push(deadline.kind);
    }
    assert_eq!(kinds, [FirstNotice, LastNotice, Overdue]);
    assert_eq!(accepted.progress(now), Progress::Overdue);
    // For ordinary mail there is nothing to wait for.
    assert_eq!(word(&accepted, OTTO, 99), "sent-uncertified");
}

#[test]
fn contradictions_are_told_and_decided() {
    let both = follow([accepted(), delivered(ANNA, 3), failed(ANNA, "4.0.0 boh")]);
    assert_eq!(word(&both, ANNA, 1), "delivered");
    assert_eq!(
        both.contradictions(),
        [Contradiction::DeliveredAndFailed { address: address(ANNA) }]
    );
    let twice = follow([accepted(), delivered(ANNA, 3), delivered(ANNA, 9)]);
    assert!(matches!(state(&twice, ANNA, 1), RecipientState::Delivered { at, .. }
        if at == delivered(ANNA, 3).at()));
    let expected = Contradiction::SeveralDeliveries { address: address(ANNA), times: 2 };
    assert_eq!(twice.contradictions(), [expected]);
    let refused_too = follow([accepted(), refused(), delivered(ANNA, 3)]);
    assert_eq!(word(&refused_too, UGO, 1), "refused");
    assert_eq!(word(&refused_too, ANNA, 1), "delivered");
    assert_eq!(
        refused_too.contradictions(),
        [
            Contradiction::AcceptedAndRefused,
            Contradiction::AnsweredAndRefused { address: address(ANNA) }
        ]
    );
    let again = follow([accepted(), receipt(Event::Acceptance, 9)]);
    assert_eq!(again.contradictions(), [Contradiction::SeveralAnswers { times: 2 }]);
    let early = follow([accepted(), delivered(ANNA, -2)]);
    let at = delivered(ANNA, -2).at();
    assert_eq!(early.contradictions(), [Contradiction::BeforeAcceptance { at }]);
    assert_eq!(follow([accepted(), delivered(ANNA, -1)]).contradictions(), []);
}

#[test]
fn recipients_that_do_not_fit_are_told() {
    let nina = "nina@beta.example";
    let stranger = follow([accepted(), delivered(nina, 3)]);
    assert_eq!(word(&stranger, nina, 1), "delivered");
    assert_eq!(
        stranger.contradictions(),
        [Contradiction::NotARecipient { address: address(nina) }]
    );
    let without_ugo = edited(Event::Acceptance, 1, |data| {
        let anna = pec_daticert::Recipient::certified(address("ANNA@beta.example"));
        data.header.recipients = anna.into();
    });
    let follow = follow([without_ugo.clone()]);
    let missing = |to| Contradiction::NotCertified { address: address(to) };
    assert_eq!(follow.contradictions(), [missing(OTTO), missing(UGO)]);
    let mut differing = follow.clone();
    differing.take(delivered(ANNA, 3));
    assert_eq!(differing.contradictions(), [Contradiction::RecipientsDiffer]);
    assert_eq!(differing.recipients(hours(1)).len(), 3, "one Anna, however she is written");
}

/// norms §6.2: a hostile provider may reuse an identifier.
#[test]
fn receipts_about_somebody_elses_message_count_for_nothing() {
    let forged = edited(
        Event::Delivery { receipt_type: ReceiptType::Complete, delivered_to: address(ANNA) },
        3,
        |data| data.header.sender = address("eva@gamma.example"),
    );
    let follow = follow([accepted(), forged]);
    assert_eq!(word(&follow, ANNA, 1), "accepted");
    let sender = address("eva@gamma.example");
    assert_eq!(follow.contradictions(), [Contradiction::OtherSender { sender }]);
}

#[test]
fn failures_are_told_by_either_mark() {
    use DeliveryErrorCause::{NoDomain, NoRecipient, Other, Virus};
    for (cause, detail, failure) in [
        (NoRecipient, "", Failure::NoMailbox),
        (Other, "5.1.1 - ARUBA PEC S.p.A. - indirizzo non valido", Failure::NoMailbox),
        (NoDomain, "5.1.1", Failure::NoMailbox),
        (NoDomain, "boh", Failure::NoDomain),
        (Other, " 5.1.2: dominio", Failure::NoDomain),
        (Other, "5.2.1", Failure::MailboxDisabled),
        (Other, "5.2.2 casella piena", Failure::MailboxFull),
        (Other, "5.3.4.", Failure::TooLarge),
        (Virus, "5.1.1", Failure::Virus),
        (Other, "15.1.1", Failure::Other),
        (Other, "casella piena", Failure::Other),
    ] {
        assert_eq!(Failure::new(cause, detail), failure, "{cause:?} {detail}");
    }
}

#[test]
fn the_json_of_a_recipient_is_flat() {
    let follow = follow([accepted(), delivered(ANNA, 3)]);
    let json = serde_json::to_value(&follow.recipients(hours(1))[0]).unwrap();
    assert_eq!(json["address"], ANNA);
    assert_eq!(json["type"], "certificato");
    assert_eq!(json["state"], "delivered");
    assert_eq!(json["receipt_type"], "completa");
    assert_eq!(json["at"], "2026-11-21T10:03:00+01:00");
    assert_eq!(json["history"][1]["origin"], "directory");
    assert_eq!(json["history"][1]["sources"][0], "avvenuta-consegna-3");
    for it in follow.recipients(hours(1)) {
        assert_eq!(serde_json::to_value(&it).unwrap()["state"], it.state.as_str());
    }
    let source = follow.receipts()[0].sources().next().map(str::to_owned);
    assert_eq!(source.as_deref(), Some("accettazione-1"));
    assert!(follow.receipts().iter().all(|receipt: &&Receipt| receipt.is_issuer_judged()));
}
