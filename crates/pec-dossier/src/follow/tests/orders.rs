//! Order, repeats: none of it makes a difference.

use proptest::prelude::*;

use super::kit::*;
use crate::{Follow, Receipt, Taken};

/// Everything that can be said, contradictions included.
fn pool() -> Vec<Receipt> {
    vec![
        accepted(),
        refused(),
        taken(ANNA),
        delivered(ANNA, 3),
        delivered(ANNA, 3000),
        delivered(UGO, 4),
        failed(ANNA, "5.2.2 casella piena"),
        notice(ANNA, "nessuna conferma", 721),
        notice(ANNA, "5.4.1", 1441),
        edited(pec_daticert::Event::Acceptance, 1, |data| {
            data.header.sender = address("eva@gamma.example");
        }),
        edited(pec_daticert::Event::Acceptance, 2, |data| data.msgid = None),
    ]
}

fn permutations(of: &[Receipt]) -> Vec<Vec<Receipt>> {
    let Some((first, rest)) = of.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for tail in permutations(rest) {
        for place in 0..=tail.len() {
            let mut order = tail.clone();
            order.insert(place, first.clone());
            all.push(order);
        }
    }
    all
}

/// Every set of up to three receipts, in every order, with every one of them repeated.
#[test]
fn every_order_of_every_small_set_ends_alike() {
    let pool = pool();
    let mut judged = 0;
    for set in 0_u32..1 << pool.len() {
        if set.count_ones() > 3 {
            continue;
        }
        let chosen = pool.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
        let chosen: Vec<Receipt> = chosen.map(|(_, receipt)| receipt.clone()).collect();
        let orders = permutations(&chosen);
        let known = |order: &[Receipt]| {
            let mut follow = Follow::of("t1@alfa.example".parse().unwrap());
            follow.sent = Some(sent());
            for receipt in order {
                assert_eq!(follow.take(receipt.clone()), Taken::New);
                assert_eq!(follow.take(receipt.clone()), Taken::Known);
            }
            follow
        };
        let first = known(&orders[0]);
        for order in &orders[1..] {
            let other = known(order);
            assert_eq!(first, other);
            assert_eq!(first.recipients(hours(48)), other.recipients(hours(48)));
            assert_eq!(first.contradictions(), other.contradictions());
            judged += 1;
        }
    }
    assert!(judged > 500, "{judged}");
}

/// With every further receipt a recipient's state goes forward in the order of precedence, but
/// for a refusal, which ranks between the notices and a failure.
#[test]
fn no_receipt_takes_a_state_back() {
    let order = [
        "unanswered",
        "accepted",
        "taken-in-charge",
        "warned",
        "expired",
        "refused",
        "failed",
        "delivered",
    ];
    let rank = |follow: &Follow| {
        let word = word(follow, ANNA, 1);
        order.iter().position(|known| *known == word).unwrap()
    };
    let pool = pool();
    for set in 0_u32..1 << pool.len() {
        let mut follow = follow([]);
        let mut before = rank(&follow);
        for (bit, receipt) in pool.iter().enumerate() {
            if set >> bit & 1 == 1 {
                follow.take(receipt.clone());
                assert!(rank(&follow) >= before, "{set:b} {bit}");
                before = rank(&follow);
            }
        }
    }
}

proptest! {
    #[test]
    fn shuffled_and_repeated_receipts_end_alike(
        picked in prop::collection::vec(0..11_usize, 0..30).prop_shuffle(),
        hour in 0..72_i64,
    ) {
        let pool = pool();
        let follow_of = |order: &[usize]| {
            let mut follow = Follow::of("t1@alfa.example".parse().unwrap());
            follow.sent = Some(sent());
            order.iter().for_each(|place| { follow.take(pool[*place].clone()); });
            follow
        };
        let mut sorted = picked.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let (one, other) = (follow_of(&picked), follow_of(&sorted));
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.progress(hours(hour)), other.progress(hours(hour)));
        let json = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<Follow>(&json).unwrap(), one);
    }

    #[test]
    fn deadlines_lie_ahead(picked in prop::collection::vec(0..11_usize, 0..6), hour in -9..72_i64) {
        let pool = pool();
        let follow = follow(picked.into_iter().map(|place| pool[place].clone()));
        let now = hours(hour);
        if let Some(deadline) = follow.next_deadline(now) {
            prop_assert!(deadline.at > now);
        }
    }
}
