//! Many transmissions, found by their identifiers.

use pec_daticert::{CertificationData, Event};
use proptest::prelude::*;

use super::kit::*;
use crate::{Correlation, Fed, Follow, Follows, Receipt, Sent, Taken};

fn numbered(number: u32) -> Sent {
    Sent { msgid: format!("<m{number}@pc.example>").parse().unwrap(), ..sent() }
}

/// A receipt of a transmission, with the `msgid` of a sent message.
fn of(transmission: u32, msgid: Option<u32>, event: Event) -> Receipt {
    edited(event, 1, |data: &mut CertificationData| {
        data.pec_msgid = format!("t{transmission}@alfa.example").parse().unwrap();
        data.msgid = msgid.map(|number| format!("<m{number}@pc.example>").parse().unwrap());
    })
}

fn found(follows: &Follows, transmission: u32) -> Option<&Sent> {
    let id = format!("t{transmission}@alfa.example").parse().unwrap();
    follows.by_pec_msgid(&id).and_then(Follow::sent)
}

#[test]
fn each_receipt_finds_its_transmission() {
    let mut follows = Follows::new();
    (1..=3).for_each(|number| follows.send(numbered(number)));
    assert_eq!(follows.iter().count(), 3);
    assert!(matches!(follows.take(of(1, Some(1), Event::Acceptance)), Fed::New(_)));
    assert!(matches!(follows.take(of(1, Some(1), Event::Acceptance)), Fed::Known(_)));
    follows.take(of(2, Some(2), Event::Acceptance));
    // Without msgid, but of a known transmission.
    let delivery = delivered(ANNA, 9).data().event.clone();
    follows.take(of(2, None, delivery));
    assert_eq!(found(&follows, 1), Some(&numbered(1).sorted()));
    assert_eq!(found(&follows, 2), Some(&numbered(2).sorted()));
    let second = follows.by_msgid(&numbered(2).msgid).next().unwrap();
    assert_eq!(word(second, ANNA, 1), "delivered");
    assert_eq!(follows.iter().count(), 3, "two answered, one waiting");
    let third = follows.by_msgid(&numbered(3).msgid).next().unwrap();
    assert!(third.receipts().is_empty());
}

#[test]
fn a_receipt_may_come_before_its_message_is_known() {
    let mut follows = Follows::new();
    follows.take(of(1, Some(1), Event::Acceptance));
    assert_eq!(found(&follows, 1), None);
    assert_eq!(follows.iter().count(), 1, "followed all the same");
    follows.send(numbered(1));
    assert_eq!(found(&follows, 1), Some(&numbered(1).sorted()));
    assert_eq!(follows.iter().count(), 1);
}

#[test]
fn a_message_sent_twice_has_two_transmissions() {
    let mut follows = Follows::new();
    follows.send(numbered(1));
    follows.take(of(1, Some(1), Event::Acceptance));
    follows.take(of(2, Some(1), Event::Acceptance));
    assert_eq!(follows.by_msgid(&numbered(1).msgid).count(), 2);
    // A single Follow keeps to the first.
    let mut single = Follow::new(numbered(1));
    assert_eq!(single.take(of(1, Some(1), Event::Acceptance)), Taken::New);
    assert_eq!(single.take(of(2, Some(1), Event::Acceptance)), Taken::NotOurs);
}

#[test]
fn what_is_certified_goes_before_what_the_header_claims() {
    let mut follows = Follows::new();
    follows.send(numbered(1));
    follows.send(numbered(2));
    let claiming = of(1, None, Event::Acceptance).with_claimed_msgid("<m1@pc.example>");
    assert_eq!(Follow::new(numbered(1)).correlation(&claiming), Some(Correlation::Header));
    follows.take(claiming);
    assert_eq!(found(&follows, 1), Some(&numbered(1).sorted()));
    let certified = of(1, Some(2), delivered(ANNA, 9).data().event.clone());
    follows.take(certified);
    assert_eq!(found(&follows, 1), Some(&numbered(2).sorted()));
    // The first message waits again.
    assert!(follows.by_msgid(&numbered(1).msgid).any(|follow| follow.receipts().is_empty()));
}

#[test]
fn another_senders_receipt_is_not_about_the_message() {
    let mut follows = Follows::new();
    follows.send(numbered(1));
    let others = edited(Event::Acceptance, 1, |data| {
        data.header.sender = address("eva@gamma.example");
    });
    follows.take(others);
    assert_eq!(found(&follows, 1), None);
    assert_eq!(follows.iter().count(), 2);
}

#[test]
fn subjects_do_not_matter() {
    let mut follows = Follows::new();
    follows.send(numbered(1));
    follows.take(edited(Event::Acceptance, 1, |data| {
        data.msgid = Some("<other@pc.example>".parse().unwrap());
    }));
    assert_eq!(found(&follows, 1), None);
}

#[test]
fn ten_thousand_transmissions_are_quickly_found() {
    let mut follows = Follows::new();
    for number in 0..10_000 {
        follows.take(of(number, Some(number), Event::Acceptance));
        follows.send(numbered(number));
    }
    assert_eq!(follows.iter().count(), 10_000);
    assert!((0..10_000).all(|number| found(&follows, number).is_some()));
}

#[derive(Clone, Debug)]
enum Step {
    Send(u32),
    Take(u32, Option<u32>, Option<u32>, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let msgid = || prop::option::of(0..3_u32);
    prop_oneof![
        (0..3_u32).prop_map(Step::Send),
        (0..3_u32, msgid(), msgid(), any::<bool>())
            .prop_map(|(id, msgid, claimed, late)| Step::Take(id, msgid, claimed, late)),
    ]
}

fn run(steps: &[Step]) -> Follows {
    let mut follows = Follows::new();
    for step in steps {
        match step {
            Step::Send(number) => follows.send(numbered(*number)),
            Step::Take(id, msgid, claimed, late) => {
                let event = if *late { delivered(ANNA, 9) } else { accepted() };
                let mut receipt = of(*id, *msgid, event.data().event.clone());
                if let (None, Some(claimed)) = (msgid, claimed) {
                    receipt = receipt.with_claimed_msgid(&format!("<m{claimed}@pc.example>"));
                }
                follows.take(receipt);
            }
        }
    }
    follows
}

proptest! {
    /// Sending and taking in any order, with repeats, ends alike, and is kept whole.
    #[test]
    fn any_order_ends_alike(
        (steps, shuffled) in prop::collection::vec(step(), 0..14)
            .prop_flat_map(|steps| (Just(steps.clone()), Just(steps).prop_shuffle())),
    ) {
        let (one, other) = (run(&steps), run(&shuffled));
        let twice: Vec<Step> = steps.iter().chain(&shuffled).cloned().collect();
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&one, &run(&twice));
        let json = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<Follows>(&json).unwrap(), one);
    }
}
