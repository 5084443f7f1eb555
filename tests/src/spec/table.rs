//! The table of requirements, read strictly: a cell that is not understood is a problem, never
//! skipped.

use std::collections::BTreeSet;

use super::TABLE;
use super::sections::{self, ERRATA, NORMS, SECTIONS};
use crate::problem::Problem;

const COLUMNS: usize = 9;

/// All requirements, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// One row for each requirement.
    pub rows: Vec<Row>,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line in the file, from 1.
    pub line: usize,
    /// `3.1.1#2`, `norms 19` or `erratum 4`.
    pub id: String,
    /// Section of the RFC, or the heading that a `norms` requirement stands under.
    pub section: String,
    /// Number within the section; of `norms` and errata, the number that the id has too.
    pub number: usize,
    /// How binding it is, or what else the row is.
    pub level: Level,
    /// What it asks, in our words.
    pub paraphrase: String,
    /// How far we are.
    pub status: Status,
    /// Why it is not done, or only partly.
    pub reason: Option<String>,
    /// `path#Item`, any number of them.
    pub code: Vec<String>,
    /// `path::test_name`, any number of them.
    pub tests: Vec<String>,
}

/// The requirement word of RFC 2119, or the other kinds of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Must,
    MustNot,
    Should,
    ShouldNot,
    Shall,
    Required,
    Norm,
    Erratum,
}

impl Level {
    const ALL: [(Self, &str); 8] = [
        (Self::Must, "MUST"),
        (Self::MustNot, "MUST NOT"),
        (Self::Should, "SHOULD"),
        (Self::ShouldNot, "SHOULD NOT"),
        (Self::Shall, "SHALL"),
        (Self::Required, "REQUIRED"),
        (Self::Norm, "norm"),
        (Self::Erratum, "erratum"),
    ];

    /// As it stands in the table, and for requirement words in the RFC.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(level, _)| *level == self).map_or("", |(_, text)| text)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(level, _)| *level)
    }
}

/// How far a requirement is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Done,
    Partial,
    Todo,
    NotApplicable,
}

impl Status {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "done" => Some(Self::Done),
            "partial" => Some(Self::Partial),
            "todo" => Some(Self::Todo),
            "n/a" => Some(Self::NotApplicable),
            _ => None,
        }
    }
}

impl Table {
    /// Reads the rows, and tells what is wrong with any of them. A row that cannot be read at all
    /// is left out.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<Problem>) {
        let mut table = Self::default();
        let mut problems = Vec::new();
        let mut ids = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            match Row::parse(number, line) {
                Ok(row) => {
                    let mut faults = row.faults();
                    if !ids.insert(row.id.clone()) {
                        faults.push(format!("the id {} stands here a second time", row.id));
                    }
                    let located = faults.into_iter().map(|f| Problem::at_line(TABLE, number, f));
                    problems.extend(located);
                    table.rows.push(row);
                }
                Err(fault) => problems.push(Problem::at_line(TABLE, number, fault)),
            }
        }
        (table, problems)
    }

    /// Whether an id has a row.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.rows.iter().any(|row| row.id == id)
    }

    /// Every requirement that there is has a row, numbered in the order of its source.
    #[must_use]
    pub fn check_completeness(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut expect = |what: &str, belongs: &dyn Fn(&Row) -> bool, count: usize| {
            let rows = self.rows.iter().filter(|row| belongs(row));
            let numbers: Vec<usize> = rows.map(|row| row.number).collect();
            if !numbers.iter().copied().eq(1..=count) {
                let fault = format!("{what} must have rows 1 to {count}, it has {numbers:?}");
                problems.push(Problem::new(TABLE, fault));
            }
        };
        for (section, count) in SECTIONS {
            let belongs = |row: &Row| row.is_of_rfc() && row.section == section;
            expect(&format!("section {section}"), &belongs, count);
        }
        expect("norms", &|row| row.level == Level::Norm, NORMS);
        expect("errata", &|row| row.level == Level::Erratum, ERRATA);
        problems
    }
}

impl Row {
    /// Whether the row stands for a requirement word of the RFC's own text.
    #[must_use]
    pub fn is_of_rfc(&self) -> bool {
        !matches!(self.level, Level::Norm | Level::Erratum)
    }

    fn parse(line: usize, text: &str) -> Result<Self, String> {
        let cells: Vec<&str> = text.split('\t').collect();
        let [id, section, number, level, paraphrase, status, reason, code, tests] = cells[..]
        else {
            return Err(format!("{} columns where {COLUMNS} belong", cells.len()));
        };
        if let Some(column) = cells.iter().position(|c| c.is_empty() || c.trim() != *c) {
            let column = column + 1;
            return Err(format!("column {column} is empty (write -) or has blanks at its ends"));
        }
        Ok(Self {
            line,
            id: id.to_owned(),
            section: section.to_owned(),
            number: number.parse().map_err(|_| format!("{number} is not a number"))?,
            level: Level::parse(level).ok_or_else(|| format!("unknown level {level}"))?,
            paraphrase: paraphrase.to_owned(),
            status: Status::parse(status).ok_or_else(|| format!("unknown status {status}"))?,
            reason: (reason != "-").then(|| reason.to_owned()),
            code: references(code),
            tests: references(tests),
        })
    }

    /// What is wrong with a row that can be read.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let expected = match self.level {
            Level::Norm => format!("norms {}", self.number),
            Level::Erratum => format!("erratum {}", self.number),
            _ => format!("{}#{}", self.section, self.number),
        };
        if self.id != expected {
            faults.push(format!("the id is {}, by its other cells it is {expected}", self.id));
        }
        if self.level != Level::Norm && !sections::exists(&self.section) {
            faults.push(format!("RFC 6109 has no section {}", self.section));
        }
        if self.paraphrase == "-" {
            faults.push(format!("{} has no paraphrase", self.id));
        }
        let missing = |what: &str| format!("{} is {:?} without {what}", self.id, self.status);
        match self.status {
            Status::Done => {
                if self.code.is_empty() {
                    faults.push(missing("a code reference"));
                }
                if self.tests.is_empty() {
                    faults.push(missing("a test reference"));
                }
            }
            Status::Partial | Status::NotApplicable if self.reason.is_none() => {
                faults.push(missing("a reason"));
            }
            Status::Partial | Status::NotApplicable | Status::Todo => {}
        }
        faults
    }
}

fn references(cell: &str) -> Vec<String> {
    if cell == "-" {
        return Vec::new();
    }
    cell.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "3.4#1\t3.4\t1\tMUST\twhole way\tdone\t-\tcrates/a/src/lib.rs#A\tt.rs::t";

    fn faults(text: &str) -> String {
        crate::problem::list(&Table::parse(text).1)
    }

    fn fault_of(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        faults(&GOOD.replacen(from, to, 1))
    }

    #[test]
    fn a_good_row_is_read() {
        let (table, problems) = Table::parse(&format!("# comment\n{GOOD}\n"));
        assert_eq!(problems, []);
        let row = &table.rows[0];
        assert_eq!((row.line, row.number, row.level), (2, 1, Level::Must));
        assert_eq!((row.status, &row.reason), (Status::Done, &None));
        assert_eq!(row.tests, ["t.rs::t"]);
        assert!(table.contains("3.4#1") && !table.contains("3.4#2"));
    }

    #[test]
    fn unreadable_rows_are_told() {
        assert!(fault_of("\tt.rs::t", "").contains("8 columns where 9"));
        assert!(fault_of("t.rs::t", "").contains("column 9 is empty"));
        assert!(fault_of("whole way", " whole way").contains("column 5"));
        assert!(fault_of("\t1\t", "\tone\t").contains("one is not a number"));
        assert!(fault_of("MUST", "must").contains("unknown level must"));
        assert!(fault_of("done", "finished").contains("unknown status finished"));
        assert!(faults("\n").contains("1 columns"));
    }

    #[test]
    fn contradictions_are_told() {
        assert!(faults(&format!("{GOOD}\n{GOOD}")).contains(":2: the id 3.4#1"));
        assert!(fault_of("3.4#1", "3.4#2").contains("it is 3.4#1"));
        assert!(fault_of("MUST", "norm").contains("it is norms 1"));
        assert!(fault_of("MUST", "erratum").contains("it is erratum 1"));
        assert!(faults(&GOOD.replace("3.4", "3.9")).contains("no section 3.9"));
        assert!(fault_of("whole way", "-").contains("no paraphrase"));
        assert!(fault_of("crates/a/src/lib.rs#A", "-").contains("without a code reference"));
        assert!(fault_of("t.rs::t", "-").contains("without a test reference"));
        assert!(fault_of("done", "n/a").contains("without a reason"));
        assert!(fault_of("done", "partial").contains("without a reason"));
        assert_eq!(fault_of("done\t-", "partial\tno HTML"), "");
    }

    #[test]
    fn gaps_are_told() {
        let (table, _) = Table::parse(GOOD);
        let missing = crate::problem::list(&table.check_completeness());
        assert!(missing.contains("section 2.1 must have rows 1 to 9, it has []"));
        assert!(!missing.contains("section 3.4 "));
        assert!(missing.contains("norms must have rows 1 to 97"));
        assert!(missing.contains("errata must have rows 1 to 14"));
        let (table, _) = Table::parse(&GOOD.replace("\t1\t", "\t2\t"));
        assert!(crate::problem::list(&table.check_completeness()).contains("section 3.4 "));
    }
}
