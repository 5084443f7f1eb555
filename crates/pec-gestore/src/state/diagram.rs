//! The chapter of the book that shows the states, made from the transition tables.

use std::fmt::Write;
use std::{env, fs, path::Path};

use super::{Placement, PlacementEvent, Stage, StageEvent, Timer, placement, stage};

const CHAPTER: &str = "../../docs/src/gestore-states.md";

const HEAD: &str = "# States of a recipient

This chapter is made from the transition tables of `pec-gestore` (`state/stage.rs` and
`state/placement.rs`); a test compares it with them, and `POSTACERT_BLESS=1 cargo test -p
pec-gestore --lib the_chapter_is_current` writes it anew. What has no row does not happen: `apply`
refuses such a change, and a plan that would make it plans nothing for it.

";

/// One table as a diagram of states.
fn diagram<S: Copy, E: Copy>(
    table: &[(S, E, S)],
    start: S,
    finals: &[S],
    name: impl Fn(S) -> &'static str,
    event: impl Fn(E) -> &'static str,
) -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    // Identifiers of states have no hyphens there.
    let id = |state: S| name(state).replace('-', "_");
    writeln!(text, "    [*] --> {}", id(start)).unwrap();
    for (from, what, to) in table {
        writeln!(text, "    {} --> {}: {}", id(*from), id(*to), event(*what)).unwrap();
    }
    for state in finals {
        writeln!(text, "    {} --> [*]", id(*state)).unwrap();
    }
    text + "```\n\n"
}

/// The whole table: what each event leads to, in rows of states.
fn matrix<S: Copy, E: Copy>(
    states: &[S],
    events: &[E],
    after: impl Fn(S, E) -> Option<S>,
    name: impl Fn(S) -> &'static str,
    event: impl Fn(E) -> &'static str,
) -> String {
    let mut text = String::from("| state |");
    for one in events {
        write!(text, " {} |", event(*one)).unwrap();
    }
    writeln!(text, "\n|---|{}", "---|".repeat(events.len())).unwrap();
    for state in states {
        write!(text, "| {} |", name(*state)).unwrap();
        for one in events {
            write!(text, " {} |", after(*state, *one).map_or("–", &name)).unwrap();
        }
        text.push('\n');
    }
    text + "\n"
}

fn chapter() -> String {
    let mut text = String::from(HEAD);
    text += "## At the sender's provider\n\nA certified recipient begins as `waiting`, an ordinary \
             one is `ordinary` for ever.\nThe timers count from the acceptance: ";
    let timers = Timer::ALL.iter().map(|timer| {
        format!("`{}` after {} hours", timer.event().as_str(), timer.after().num_hours())
    });
    text += &timers.collect::<Vec<_>>().join(", ");
    text += ".\n\n";
    let finals: Vec<Stage> = Stage::ALL.iter().copied().filter(|stage| stage.is_final()).collect();
    let finals: Vec<Stage> = finals.into_iter().filter(|one| *one != Stage::Ordinary).collect();
    text +=
        &diagram(stage::TRANSITIONS, Stage::Waiting, &finals, Stage::as_str, StageEvent::as_str);
    text += &matrix(Stage::ALL, StageEvent::ALL, Stage::after, Stage::as_str, StageEvent::as_str);
    text += "## At the recipient's provider\n\n";
    let finals = [Placement::Deposited, Placement::Refused, Placement::Infected];
    text += &diagram(
        placement::TRANSITIONS,
        Placement::Taken,
        &finals,
        Placement::as_str,
        PlacementEvent::as_str,
    );
    text += &matrix(
        Placement::ALL,
        PlacementEvent::ALL,
        Placement::after,
        Placement::as_str,
        PlacementEvent::as_str,
    );
    text.truncate(text.trim_end().len());
    text + "\n"
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test that writes its golden file")]
fn the_chapter_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CHAPTER);
    let chapter = chapter();
    if env::var_os("POSTACERT_BLESS").is_some() {
        fs::write(&path, &chapter).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == chapter,
        "{CHAPTER} is not what the tables say; POSTACERT_BLESS=1 writes it"
    );
}
