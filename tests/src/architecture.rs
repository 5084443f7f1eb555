//! What the manual says about the crates, compared with what the manifests say.

use std::collections::BTreeSet;

use crate::problem::Problem;
use crate::workspace::Member;

/// The chapter with the diagram.
pub const ARCHITECTURE: &str = "docs/src/architecture.md";
/// The chapter that gives a reason for each dependency.
pub const DEPENDENCIES: &str = "docs/src/dependencies.md";

/// The diagram is the code block that opens so.
const FENCE: &str = "```text,arrows";
const PLANNED: &str = "(planned)";

/// One line of the diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Line in the chapter, from 1.
    pub line: usize,
    /// The crate.
    pub name: String,
    /// It is drawn, but not yet a member.
    pub planned: bool,
    /// The crates it is built on, sorted.
    pub onto: Vec<String>,
}

/// Reads lines such as `pec-store (planned) → pec-gestore` and `pec-smime → nothing`.
#[must_use]
pub fn arrows(chapter: &str) -> Vec<Arrow> {
    let lines = chapter.lines().enumerate().skip_while(|(_, line)| *line != FENCE).skip(1);
    lines
        .take_while(|(_, line)| *line != "```")
        .filter_map(|(index, line)| {
            let (name, onto) = line.split_once('→')?;
            let planned = name.contains(PLANNED);
            let names = onto.split(',').map(str::trim).filter(|name| *name != "nothing");
            let mut onto: Vec<String> = names.map(str::to_owned).collect();
            onto.sort();
            let name = name.replace(PLANNED, "").trim().to_owned();
            Some(Arrow { line: index + 1, name, planned, onto })
        })
        .collect()
}

/// The diagram shows every crate and example with exactly its dependencies, and points down.
#[must_use]
pub fn check_arrows(chapter: &str, members: &[Member]) -> Vec<Problem> {
    let arrows = arrows(chapter);
    let mut problems = Vec::new();
    for (index, arrow) in arrows.iter().enumerate() {
        let mut tell = |what| problems.push(Problem::at_line(ARCHITECTURE, arrow.line, what));
        let member = members.iter().find(|member| member.name == arrow.name);
        match member {
            Some(_) if arrow.planned => {
                tell(format!("{} is a member now, no longer {PLANNED}", arrow.name));
            }
            Some(member) if member.workspace != arrow.onto => tell(format!(
                "{} is drawn onto {:?}, its manifest says {:?}",
                arrow.name, arrow.onto, member.workspace
            )),
            None if !arrow.planned => {
                tell(format!("{} is no member: write {PLANNED}", arrow.name));
            }
            _ => {}
        }
        let below = &arrows[index + 1..];
        for name in arrow.onto.iter().filter(|name| !below.iter().any(|a| a.name == **name)) {
            tell(format!("{} points at {name}, which does not stand below", arrow.name));
        }
    }
    for member in members {
        let is_drawn = arrows.iter().any(|arrow| arrow.name == member.name);
        let belongs = ["crates/", "examples/"].iter().any(|f| member.folder.starts_with(f));
        if belongs && !is_drawn {
            problems.push(Problem::new(ARCHITECTURE, format!("{} is not drawn", member.name)));
        }
    }
    problems
}

/// The chapter on dependencies has a row for each one, with a reason, and for no other.
#[must_use]
pub fn check_dependencies(chapter: &str, members: &[Member]) -> Vec<Problem> {
    let used: BTreeSet<&str> =
        members.iter().flat_map(|member| &member.external).map(String::as_str).collect();
    let mut problems = Vec::new();
    let mut explained = BTreeSet::new();
    for (index, line) in chapter.lines().enumerate() {
        let Some((name, rest)) = line.strip_prefix("| `").and_then(|l| l.split_once("` |")) else {
            continue;
        };
        let mut tell = |what| problems.push(Problem::at_line(DEPENDENCIES, index + 1, what));
        if !used.contains(name) {
            tell(format!("no member depends on {name}"));
        }
        if rest.split('|').any(|cell| cell.trim().is_empty() && !cell.is_empty()) {
            tell(format!("{name} has an empty cell"));
        }
        if !explained.insert(name) {
            tell(format!("{name} is explained twice"));
        }
    }
    let silent = used.difference(&explained);
    problems.extend(silent.map(|name| Problem::new(DEPENDENCIES, format!("no reason for {name}"))));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str, workspace: &[&str], external: &[&str]) -> Member {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Member {
            name: name.to_owned(),
            folder: folder.to_owned(),
            workspace: owned(workspace),
            external: owned(external),
        }
    }

    fn faults(diagram: &str) -> String {
        let members = [
            member("top", "crates/top", &["base", "middle"], &["serde"]),
            member("middle", "crates/middle", &["base"], &["serde", "der"]),
            member("base", "crates/base", &[], &[]),
            member("checks", "tests", &["top"], &[]),
        ];
        let chapter = format!("# A\n\n{FENCE}\n{diagram}\n```\n\nelse → nowhere\n");
        crate::problem::list(&check_arrows(&chapter, &members))
    }

    #[test]
    fn a_true_diagram_passes() {
        let told =
            faults("more (planned) → top\ntop → middle, base\nmiddle       → base\nbase → nothing");
        assert_eq!(told, "");
    }

    #[test]
    fn a_false_diagram_is_told() {
        let told = faults("top → middle\nbase (planned) → nothing\nmiddle → base\nold → base");
        for fault in [
            ":4: top is drawn onto [\"middle\"], its manifest says [\"base\", \"middle\"]",
            ":5: base is a member now",
            ":6: middle points at base, which does not stand below",
            ":7: old is no member",
        ] {
            assert!(told.contains(fault), "{fault} is not in {told}");
        }
        assert!(faults("base → nothing").contains("middle is not drawn"));
        assert!(!faults("").contains("checks"));
    }

    #[test]
    fn dependencies_without_reason_and_reasons_without_dependency_are_told() {
        let members = [member("a", "crates/a", &[], &["serde", "der"])];
        let told = |chapter: &str| crate::problem::list(&check_dependencies(chapter, &members));
        assert_eq!(told("| `serde` | values | all |\n| `der` | DER | a |\n"), "");
        assert!(told("| `serde` | values | all |").contains("no reason for der"));
        assert!(told("| `rand` | dice | a |").contains("no member depends on rand"));
        assert!(told("| `der` |  | a |").contains("empty cell"));
        assert!(told("| `der` | x |\n| `der` | x |").contains("twice"));
    }
}
