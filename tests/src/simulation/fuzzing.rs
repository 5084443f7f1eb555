//! The logic of the fuzz target `gestore_operations`.

use super::{Fault, Mode, Options, simulate};
use crate::exploration::{Scene, walk};

thread_local! {
    static SCENES: [Scene; 2] = [
        Scene::new(&["bruno@beta.example"]),
        Scene::new(&["bruno@beta.example", "carla@beta.example"]),
    ];
}

/// Drives gestori in memory by a list of operations. The first octet says which: a transmission
/// with one recipient or two, each further octet being a step; or a small world of two gestori,
/// whose seed and faults are what follows.
///
/// # Panics
/// When a rule is broken, which is what fuzzing looks for.
pub fn gestore_operations(octets: &[u8]) {
    let Some((kind, rest)) = octets.split_first() else { return };
    if kind % 8 == 7 {
        return world(rest);
    }
    let steps = &rest[..rest.len().min(64)];
    let place = usize::from(kind % 2);
    let differences = SCENES.with(|scenes| walk(&scenes[place], steps));
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

fn world(octets: &[u8]) {
    let Some((seed, faults)) = octets.split_first_chunk::<8>() else { return };
    let is_on =
        |place: usize| faults.get(place / 8).is_some_and(|octet| octet >> (place % 8) & 1 > 0);
    let faults = Fault::ALL.into_iter().enumerate();
    let faults = faults.filter(|(place, _)| is_on(*place)).map(|(_, (fault, _))| fault);
    simulate(&Options {
        hours: 6,
        gestori: Some(2),
        letters_a_day: Some(8),
        real: Some(false),
        faults: Some(faults.collect()),
        ..Options::of(u64::from_be_bytes(*seed), Mode::Swarm)
    })
    .demand();
}
