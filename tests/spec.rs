//! The norm, row by row: is every requirement in the table, does every row that is done name code
//! and test, does every comment that cites the norm cite something real?

use pec_tests::problem;
use pec_tests::spec::coverage::Coverage;
use pec_tests::spec::sections::{self, SECTIONS};
use pec_tests::spec::table::Row;
use pec_tests::{spec, workspace};

#[test]
fn the_table_is_sound() {
    let (_, problems) = spec::read(workspace::root()).unwrap();
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

#[test]
fn every_reference_leads_somewhere() {
    let (table, _) = spec::read(workspace::root()).unwrap();
    let problems = spec::check_references(workspace::root(), &table).unwrap();
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

/// The RFC itself is not part of the repository. Where it lies beside the checkout, the counts
/// and the levels of the rows are compared with its own words.
#[test]
fn the_rows_agree_with_the_text_of_the_rfc() {
    let path = workspace::root().join("../shared/specs/rfc6109.txt");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no RFC text at {}", path.display());
        return;
    };
    let counted = sections::count(&text);
    let counts: Vec<(&str, usize)> =
        counted.iter().map(|(section, words)| (section.as_str(), words.len())).collect();
    assert_eq!(counts, SECTIONS);

    let (table, _) = spec::read(workspace::root()).unwrap();
    for (section, words) in counted {
        let of_section = |row: &&Row| row.is_of_rfc() && row.section == section;
        let rows = table.rows.iter().filter(of_section);
        let levels: Vec<&str> = rows.map(|row| row.level.as_str()).collect();
        assert_eq!(levels, words, "section {section}");
    }
}

/// `cargo test -p pec-tests --test spec -- --nocapture coverage` prints it.
#[test]
fn the_readme_quotes_the_coverage() {
    let (table, _) = spec::read(workspace::root()).unwrap();
    let coverage = Coverage::of(&table);
    print!("{coverage}");
    let Ok(readme) = std::fs::read_to_string(workspace::root().join("README.md")) else {
        println!("skipped: there is no README.md; it will have to say: {}", coverage.quotation());
        return;
    };
    let problems = coverage.check_readme(&readme);
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}
