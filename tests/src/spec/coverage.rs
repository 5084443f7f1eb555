//! How much of the norm is done, and whether the README says so.

use std::fmt;

use serde_json::{Value, json};

use super::table::{Level, Row, Status, Table};
use crate::problem::Problem;

/// Words that mark the line of the README which quotes the coverage.
const MARK: &str = "requirements done";

/// Counts by group, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// One for each section of the second level, each heading of the notes, and the errata.
    pub groups: Vec<Group>,
}

/// Counts of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// What is printed in front.
    pub name: String,
    /// Requirements with code and test.
    pub done: usize,
    /// Requirements that are kept in part.
    pub partial: usize,
    /// Requirements without anything yet.
    pub todo: usize,
    /// Requirements that no program can keep.
    pub not_applicable: usize,
}

impl Group {
    /// Requirements that a program can keep.
    #[must_use]
    pub fn applicable(&self) -> usize {
        self.done + self.partial + self.todo
    }

    fn count(&mut self, status: Status) {
        match status {
            Status::Done => self.done += 1,
            Status::Partial => self.partial += 1,
            Status::Todo => self.todo += 1,
            Status::NotApplicable => self.not_applicable += 1,
        }
    }
}

impl Coverage {
    /// Counts a table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for row in &table.rows {
            let name = group_name(row);
            let index = groups.iter().position(|group| group.name == name);
            let index = index.unwrap_or_else(|| {
                groups.push(Group { name, ..Group::default() });
                groups.len() - 1
            });
            groups[index].count(row.status);
        }
        Self { groups }
    }

    /// All groups together.
    #[must_use]
    pub fn total(&self) -> Group {
        let mut total = Group { name: "all".to_owned(), ..Group::default() };
        for group in &self.groups {
            total.done += group.done;
            total.partial += group.partial;
            total.todo += group.todo;
            total.not_applicable += group.not_applicable;
        }
        total
    }

    /// The same for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let total = self.total();
        let groups: Vec<Value> = self.groups.iter().map(group_to_json).collect();
        json!({ "schema": "postacert/spec/1", "total": group_to_json(&total), "groups": groups })
    }

    /// What the README must say: `12 of 236 requirements done`.
    #[must_use]
    pub fn quotation(&self) -> String {
        let total = self.total();
        format!("{} of {} {MARK}", total.done, total.applicable())
    }

    /// The README has one line with the coverage, and it is the current one.
    #[must_use]
    pub fn check_readme(&self, readme: &str) -> Vec<Problem> {
        let quotation = self.quotation();
        let marked: Vec<(usize, &str)> =
            readme.lines().enumerate().filter(|(_, line)| line.contains(MARK)).collect();
        let [(index, line)] = marked[..] else {
            let fault = format!("{} lines quote the coverage, one must: {quotation}", marked.len());
            return vec![Problem::new("README.md", fault)];
        };
        if has_number_of(line, &quotation) {
            return Vec::new();
        }
        vec![Problem::at_line("README.md", index + 1, format!("must say: {quotation}"))]
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        for group in self.groups.iter().chain([&total]) {
            write!(f, "{:<30} {:>3} of {:>3} done", group.name, group.done, group.applicable())?;
            if group.partial > 0 {
                write!(f, ", {} partial", group.partial)?;
            }
            if group.not_applicable > 0 {
                write!(f, ", {} not for software", group.not_applicable)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Sections of the RFC go together by their second level: `3.3.2.1` is counted under `3.3`.
fn group_name(row: &Row) -> String {
    match row.level {
        Level::Norm => format!("norms: {}", row.section),
        Level::Erratum => "errata of the RFC text".to_owned(),
        _ => {
            let parts: Vec<&str> = row.section.splitn(3, '.').take(2).collect();
            format!("RFC 6109 §{}", parts.join("."))
        }
    }
}

fn group_to_json(group: &Group) -> Value {
    json!({
        "name": group.name,
        "done": group.done,
        "partial": group.partial,
        "todo": group.todo,
        "not_applicable": group.not_applicable,
        "applicable": group.applicable(),
    })
}

/// `2 of 9` is in `2 of 9`, not in `12 of 9`.
fn has_number_of(line: &str, quotation: &str) -> bool {
    let mut places = line.match_indices(quotation);
    places.any(|(at, _)| !line[..at].ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "3.3.2.1#1\t3.3.2.1\t1\tMUST\ta\tdone\t-\tc#C\tt::t\n\
        3.3.3#1\t3.3.3\t1\tMUST\tb\ttodo\t-\t-\t-\n\
        norms 1\tformats\t1\tnorm\tc\tpartial\tno HTML\t-\t-\n\
        norms 2\tformats\t2\tnorm\td\tn/a\toperator\t-\t-\n";

    fn coverage() -> Coverage {
        let (table, problems) = Table::parse(TABLE);
        assert_eq!(problems, []);
        Coverage::of(&table)
    }

    #[test]
    fn groups_are_counted() {
        let coverage = coverage();
        let names: Vec<&str> = coverage.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["RFC 6109 §3.3", "norms: formats"]);
        assert_eq!(coverage.quotation(), "1 of 3 requirements done");
        assert_eq!(coverage.to_json()["total"]["applicable"], 3);
        let printed = coverage.to_string();
        assert!(printed.contains("  0 of   1 done, 1 partial, 1 not for software"), "{printed}");
    }

    #[test]
    fn a_readme_that_says_something_else_is_told() {
        let faults = |readme: &str| crate::problem::list(&coverage().check_readme(readme));
        assert_eq!(faults("# A\n\n**1 of 3 requirements done**\n"), "");
        assert!(faults("# A\n2 of 3 requirements done").contains(":2: must say: 1 of 3"));
        assert!(faults("11 of 3 requirements done").contains("must say"));
        assert!(faults("# A").contains("0 lines quote"));
        assert!(faults("1 of 3 requirements done\n1 of 3 requirements done").contains("2 lines"));
    }
}
