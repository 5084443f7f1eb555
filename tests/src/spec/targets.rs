//! Code and tests that rows of the table name, and whether they exist.

use super::TABLE;
use super::comments;
use super::table::Table;
use crate::problem::Problem;

/// Checks every reference of every row. `read` gives the text of a file of the repository.
#[must_use]
pub fn check(table: &Table, read: &dyn Fn(&str) -> Option<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for row in &table.rows {
        let code = row.code.iter().map(|reference| check_code(reference, read));
        let tests = row.tests.iter().map(|reference| check_test(reference, read));
        let faults = code.chain(tests).filter_map(Result::err);
        problems
            .extend(faults.map(|f| Problem::at_line(TABLE, row.line, format!("{}: {f}", row.id))));
    }
    problems
}

/// `crates/x/src/y.rs#Item`: the code of the file has the name. `Type::method` is several names.
fn check_code(reference: &str, read: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let (path, item) = reference
        .split_once('#')
        .ok_or_else(|| format!("{reference} has not the form path#Item"))?;
    let code = code_of(path, &["crates/", "examples/"], read)?;
    for name in item.split("::") {
        if name.is_empty() || !has_word(&code, name) {
            return Err(format!("{path} has no item {item}"));
        }
    }
    Ok(())
}

/// `tests/rfc6109/s4_4.rs::name`: the file has that function.
fn check_test(reference: &str, read: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let (path, name) = reference
        .split_once("::")
        .ok_or_else(|| format!("{reference} has not the form path::test_name"))?;
    let code = code_of(path, &["crates/", "examples/", "tests/"], read)?;
    if name.is_empty() || !has_word(&code, &format!("fn {name}")) {
        return Err(format!("{path} has no test {name}"));
    }
    Ok(())
}

fn code_of(
    path: &str,
    folders: &[&str],
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    if path.contains("..") || !folders.iter().any(|folder| path.starts_with(folder)) {
        return Err(format!("{path} lies outside of {}", folders.join(", ")));
    }
    let source = read(path).ok_or_else(|| format!("there is no file {path}"))?;
    Ok(comments::split(&source).code)
}

/// Whether the text has the word as a whole, not as part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let part_of_word = |c: char| c == '_' || c.is_alphanumeric();
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(part_of_word) && !text[at + word.len()..].starts_with(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<String> {
        (path == "crates/a/src/lib.rs" || path == "tests/a.rs" || path == "../a.rs").then(|| {
            "/// Reader\npub struct Writer;\nimpl Writer { pub fn write_all() {} }\n// fn gone()"
                .to_owned()
        })
    }

    fn faults(code: &str, test: &str) -> String {
        let row = format!("3.4#1\t3.4\t1\tMUST\twhole way\tdone\t-\t{code}\t{test}");
        let (table, problems) = Table::parse(&row);
        assert_eq!(problems, []);
        crate::problem::list(&check(&table, &read))
    }

    #[test]
    fn what_exists_passes() {
        let code = "crates/a/src/lib.rs#Writer crates/a/src/lib.rs#Writer::write_all";
        assert_eq!(faults(code, "tests/a.rs::write_all crates/a/src/lib.rs::write_all"), "");
    }

    #[test]
    fn what_does_not_exist_is_told() {
        let good = ("crates/a/src/lib.rs#Writer", "tests/a.rs::write_all");
        for (code, test, fault) in [
            ("crates/b/src/lib.rs#Writer", good.1, ":1: 3.4#1: there is no file crates/b"),
            ("crates/a/src/lib.rs#Write", good.1, "has no item Write"),
            ("crates/a/src/lib.rs#Reader", good.1, "has no item Reader"),
            ("crates/a/src/lib.rs#Writer::close", good.1, "has no item Writer::close"),
            ("crates/a/src/lib.rs#", good.1, "has no item"),
            ("crates/a/src/lib.rs", good.1, "not the form path#Item"),
            ("tests/a.rs#Writer", good.1, "lies outside of crates/, examples/"),
            (good.0, "tests/a.rs::write", "has no test write"),
            (good.0, "tests/a.rs::gone", "has no test gone"),
            (good.0, "tests/a.rs#write_all", "not the form path::test_name"),
            (good.0, "tests/b.rs::write_all", "there is no file tests/b.rs"),
            (good.0, "../a.rs::write_all", "lies outside"),
        ] {
            let told = faults(code, test);
            assert!(told.contains(fault), "{code} {test}: {told}");
        }
    }
}
