//! Traceability: every requirement of the norm has a row in `docs/rfc6109.tsv`, every row that
//! claims to be done names its code and its test, and every comment that cites the norm cites
//! something that exists.

pub mod comments;
pub mod coverage;
pub mod references;
pub mod sections;
pub mod table;
pub mod targets;

use std::io;
use std::path::Path;

use crate::problem::Problem;
use crate::workspace;
use table::Table;

/// The table, relative to the root of the repository.
pub const TABLE: &str = "docs/rfc6109.tsv";

/// Where comments are read.
const SOURCES: [&str; 5] = ["benches/", "crates/", "examples/", "fuzz/", "tests/"];

/// Reads the table of a repository, with what is wrong in it.
///
/// # Errors
/// The file cannot be read.
pub fn read(root: &Path) -> io::Result<(Table, Vec<Problem>)> {
    let text = std::fs::read_to_string(root.join(TABLE))?;
    let (table, mut problems) = Table::parse(&text);
    problems.extend(table.check_completeness());
    Ok((table, problems))
}

/// Every reference in both directions: rows to code and tests, comments to rows and sections.
///
/// # Errors
/// A file cannot be read.
pub fn check_references(root: &Path, table: &Table) -> io::Result<Vec<Problem>> {
    let mut problems = targets::check(table, &|path| std::fs::read_to_string(root.join(path)).ok());
    for path in workspace::files(root)? {
        if path.ends_with(".rs") && SOURCES.iter().any(|folder| path.starts_with(folder)) {
            let source = std::fs::read_to_string(root.join(&path))?;
            problems.extend(references::check(&path, &source, table));
        }
    }
    Ok(problems)
}
