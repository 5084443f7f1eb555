//! Every order of events of one transmission, against an oracle written from RFC 6109 §3.1.6.

use pec_tests::exploration::{Scene, ages, explore, walk};

#[test]
fn one_recipient_to_a_fixpoint() {
    let explored = explore(&Scene::new(&["bruno@beta.example"]), &ages(1));
    println!("{explored}");
    explored.demand();
    assert!(explored.pairs > 1000 && explored.longest > 8, "{explored}");
}

/// In a release build at all ages, which `cargo run --release -p pec-tests -- explore` does too;
/// in a debug build when everything is due.
#[test]
fn two_recipients_to_a_fixpoint() {
    let scene = Scene::new(&["bruno@beta.example", "carla@beta.example"]);
    let ages = ages(2);
    let ages = if cfg!(debug_assertions) { &ages[2..] } else { &ages };
    let explored = explore(&scene, ages);
    println!("{explored}");
    explored.demand();
    assert!(explored.pairs > 1000, "{explored}");
}

#[test]
fn a_walk_agrees_with_the_oracle() {
    let scene = Scene::new(&["bruno@beta.example"]);
    for seed in 0..=u8::MAX {
        let steps: Vec<u8> = (1..30).map(|step| seed.wrapping_mul(step).rotate_left(3)).collect();
        assert_eq!(walk(&scene, &steps), Vec::<String>::new());
    }
}
