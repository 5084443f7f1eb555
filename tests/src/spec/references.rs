//! Citations of the norm in comments, and whether what they cite exists.
//!
//! | form | means |
//! |---|---|
//! | `rfc6109 §3.1.1`, `RFC 6109 §2.1, §4.4` | a section of the RFC |
//! | `rfc6109 §3.1.1#2`, `RFC 6109 §3.1.1#2, #3` | a requirement, by its row in the table |
//! | `norms 19`, `norms 19, 40`, `norms 40–42` | requirements from Italian rules and practice |
//! | `norms §1.5` | a section of the notes on them |
//! | `erratum 4`, `errata 4 and 6` | an erratum of the RFC text |

use super::comments;
use super::sections::{self, NOTES};
use super::table::Table;
use crate::problem::Problem;

/// What one citation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Citation {
    /// A section of the RFC.
    Section(String),
    /// A row of the table, by its id.
    Row(String),
    /// A section of the notes.
    Notes(String),
    /// Something that begins like a citation and does not go on like one.
    Malformed(String),
}

/// Checks all citations in the comments of a source.
#[must_use]
pub fn check(path: &str, source: &str, table: &Table) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, citation) in find(&comments::split(source).comments) {
        let fault = match citation {
            Citation::Section(number) if !sections::exists(&number) => {
                format!("RFC 6109 has no section {number}")
            }
            Citation::Row(id) if !table.contains(&id) => format!("the table has no row {id}"),
            Citation::Notes(number) if !NOTES.contains(&number.as_str()) => {
                format!("the notes have no section {number}")
            }
            Citation::Malformed(fault) => fault,
            Citation::Section(_) | Citation::Row(_) | Citation::Notes(_) => continue,
        };
        problems.push(Problem::at_line(path, line, fault));
    }
    problems
}

/// All citations of a text, with their lines. A citation may go on in the next line.
#[must_use]
pub fn find(text: &str) -> Vec<(usize, Citation)> {
    let mut found = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if !before.is_alphanumeric() && before != '_' {
            let line = text[..at].matches('\n').count() + 1;
            let cited = citations(&text[at..]);
            found.extend(cited.into_iter().map(|citation| (line, citation)));
        }
        before = c;
    }
    found
}

/// The citations that a text begins with.
fn citations(text: &str) -> Vec<Citation> {
    if let Some(rest) = keyword(text, "rfc") {
        let Some(rest) = blanks(rest).strip_prefix("6109") else {
            return Vec::new();
        };
        return match blanks(rest).strip_prefix('§') {
            Some(rest) => rfc_sections(rest.trim_start_matches('§')),
            None => Vec::new(),
        };
    }
    if let Some(rest) = keyword(text, "norms") {
        return match blanks(rest).strip_prefix('§') {
            Some(rest) => notes(rest),
            None => numbers("norms", rest),
        };
    }
    let rest = keyword(text, "erratum").or_else(|| keyword(text, "errata"));
    rest.map_or_else(Vec::new, |rest| numbers("erratum", rest))
}

/// Sections of the RFC and requirements in them, as many as follow one another.
fn rfc_sections(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    let (mut number, mut rest) = section(text);
    loop {
        if let Some((requirement, tail)) = requirement(rest) {
            found.push(Citation::Row(format!("{number}#{requirement}")));
            rest = tail;
        } else if requirement(blanks(rest)).is_some() {
            found.push(Citation::Malformed(format!("§{number} #… is written without a blank")));
            return found;
        } else {
            found.push(Citation::Section(number.clone()));
        }
        let Some((next, is_range)) = separator(rest) else {
            return found;
        };
        if next.starts_with('#') {
            rest = next;
        } else if let Some(next) = next.strip_prefix('§') {
            (number, rest) = section(next);
        } else if is_range && next.starts_with(|c: char| c.is_ascii_digit()) {
            (number, rest) = section(next);
        } else {
            return found;
        }
    }
}

/// Sections of the notes, as many as follow one another.
fn notes(text: &str) -> Vec<Citation> {
    let (number, mut rest) = section(text);
    let mut found = vec![Citation::Notes(number)];
    while let Some((next, _)) = separator(rest) {
        let Some(next) = next.strip_prefix('§') else {
            break;
        };
        let (number, tail) = section(next);
        found.push(Citation::Notes(number));
        rest = tail;
    }
    found
}

/// Numbers and ranges of numbers, as many as follow one another.
fn numbers(kind: &str, text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    let Some((mut last, mut rest)) = number(blanks(text)) else {
        return found;
    };
    let row = |number: usize| Citation::Row(format!("{kind} {number}"));
    found.push(row(last));
    loop {
        if rest.strip_prefix('.').is_some_and(|tail| number(tail).is_some()) {
            let fault = format!("{kind} {last}.… is no requirement; sections are written with §");
            found.push(Citation::Malformed(fault));
            return found;
        }
        let Some((next, is_range)) = separator(rest) else {
            return found;
        };
        let Some((number, tail)) = number(next) else {
            return found;
        };
        if is_range && number <= last {
            let fault = format!("{kind} {last}–{number} is an empty range");
            found.push(Citation::Malformed(fault));
        } else {
            // Of a range both ends are enough: the rows are numbered without gaps.
            found.push(row(number));
        }
        (last, rest) = (number, tail);
    }
}

/// What follows a comma, an "and" or a dash, and whether it was a dash.
fn separator(text: &str) -> Option<(&str, bool)> {
    if let Some(rest) = text.strip_prefix(['–', '-']) {
        return Some((rest, true));
    }
    let after_comma = text.strip_prefix(',').map(blanks);
    let rest = after_comma.unwrap_or_else(|| blanks(text));
    let after_and = rest.strip_prefix("and").filter(|rest| rest.starts_with(char::is_whitespace));
    after_and.map(blanks).or(after_comma).map(|rest| (rest, false))
}

/// `#2`
fn requirement(text: &str) -> Option<(usize, &str)> {
    number(text.strip_prefix('#')?)
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// A section number; the full stop of a sentence does not belong to it.
fn section(text: &str) -> (String, &str) {
    let end = text.find(|c: char| c != '.' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    (number.to_owned(), &text[number.len()..])
}

/// What follows a keyword in any case.
fn keyword<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn blanks(text: &str) -> &str {
    text.trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(text: &str) -> Vec<Citation> {
        find(text).into_iter().map(|(_, citation)| citation).collect()
    }

    fn rows(ids: &[&str]) -> Vec<Citation> {
        ids.iter().map(|id| Citation::Row((*id).to_owned())).collect()
    }

    fn chapters(numbers: &[&str]) -> Vec<Citation> {
        numbers.iter().map(|number| Citation::Section((*number).to_owned())).collect()
    }

    #[test]
    fn sections_are_found() {
        assert_eq!(cited("see rfc6109 §3.1.1."), chapters(&["3.1.1"]));
        assert_eq!(
            cited("RFC 6109 §2.1, §4.4 and §A, RFC 5751 §3"),
            chapters(&["2.1", "4.4", "A"])
        );
        assert_eq!(cited("(RFC\n 6109\n §4.4)"), chapters(&["4.4"]));
        assert_eq!(cited("RFC 6109 §3.1.2–3.1.4"), chapters(&["3.1.2", "3.1.4"]));
        assert_eq!(cited("RFC 5280 §4.2, RFC 6109 says, preRFC6109 §1"), []);
    }

    #[test]
    fn requirements_are_found() {
        assert_eq!(cited("rfc6109 §3.1.1#2, #3, §3.4#1"), rows(&["3.1.1#2", "3.1.1#3", "3.4#1"]));
        assert_eq!(cited("norms 19"), rows(&["norms 19"]));
        assert_eq!(cited("Norms 19, 40 and 62: so"), rows(&["norms 19", "norms 40", "norms 62"]));
        assert_eq!(cited("norms 40–42"), rows(&["norms 40", "norms 42"]));
        assert_eq!(
            cited("erratum 4, errata 6 and 8"),
            rows(&["erratum 4", "erratum 6", "erratum 8"])
        );
        let notes = |number: &str| Citation::Notes(number.to_owned());
        let text = "norms §1.3, §1.5 but the norms, and enorms 3";
        assert_eq!(cited(text), [notes("1.3"), notes("1.5")]);
    }

    #[test]
    fn malformed_citations_are_told() {
        let (table, _) = Table::parse("");
        for (source, fault) in [
            ("// rfc6109 §3.1.1 #2", "without a blank"),
            ("// norms 6.1", "written with §"),
            ("// norms 42–40", "empty range"),
        ] {
            let problems = check("a.rs", source, &table);
            assert!(crate::problem::list(&problems).contains(fault), "{source}: {problems:?}");
        }
    }

    #[test]
    fn what_does_not_exist_is_told_with_its_line() {
        let (table, _) = Table::parse("norms 7\tformats\t7\tnorm\tpaths\ttodo\t-\t-\t-");
        let source = "/// RFC 6109 §4.4, norms 7\nfn a() {} // norms 8\n\
            // rfc6109 §4.7 and\n// norms §9, erratum 3\nconst B: &str = \"norms 999\";\n";
        let places: Vec<String> =
            check("a.rs", source, &table).iter().map(Problem::to_string).collect();
        assert_eq!(
            places,
            [
                "a.rs:2: the table has no row norms 8",
                "a.rs:3: RFC 6109 has no section 4.7",
                "a.rs:4: the notes have no section 9",
                "a.rs:4: the table has no row erratum 3",
            ]
        );
    }
}
