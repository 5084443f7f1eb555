//! Every order of events of one transmission, against an oracle written from RFC 6109 §3.1.6.

use chrono::TimeDelta;
use pec_tests::exploration::{Scene, explore};

fn ages(seconds_and_hours: &[(i64, i64)]) -> Vec<TimeDelta> {
    let age =
        |(hours, seconds): &(i64, i64)| TimeDelta::hours(*hours) + TimeDelta::seconds(*seconds);
    seconds_and_hours.iter().map(age).collect()
}

#[test]
fn one_recipient_to_a_fixpoint() {
    let scene = Scene::new(&["bruno@beta.example"]);
    let ages = ages(&[(1, 0), (12, -1), (12, 0), (22, -1), (24, -1), (24, 0), (30, 0)]);
    let explored = explore(&scene, &ages);
    println!("{explored}");
    explored.demand();
}

#[test]
fn two_recipients_to_a_fixpoint() {
    let scene = Scene::new(&["bruno@beta.example", "carla@beta.example"]);
    let explored = explore(&scene, &ages(&[(1, 0), (12, 0), (24, 0)]));
    println!("{explored}");
    explored.demand();
}
