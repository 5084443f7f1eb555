//! The sections of RFC 6109, and how many requirements each of them states.
//!
//! The text of the RFC is not in the repository. These counts stand for it: the table must have
//! as many rows, and where the text lies beside the checkout a test counts it again.

/// Section number and number of requirement words in it, in the order of the RFC. Appendix A is
/// `A`. Section 1.2.1 only lists the words, so nothing is counted there.
#[rustfmt::skip] // as a grid it can be compared with the table of contents
pub const SECTIONS: [(&str, usize); 92] = [
    ("1", 0), ("1.1", 0), ("1.2", 0), ("1.2.1", 0), ("1.2.2", 0), ("1.2.3", 0), ("2", 0),
    ("2.1", 9), ("2.1.1", 0), ("2.1.1.1", 0), ("2.1.1.1.1", 1), ("2.1.1.1.2", 0), ("2.1.1.1.3", 0),
    ("2.1.1.2", 1), ("2.2", 0), ("2.2.1", 7), ("2.2.2", 5), ("2.2.3", 2), ("2.2.4", 2),
    ("2.2.5", 0), ("2.2.6", 1), ("2.3", 2), ("3", 0), ("3.1", 0), ("3.1.1", 3), ("3.1.2", 3),
    ("3.1.3", 5), ("3.1.4", 2), ("3.1.5", 4), ("3.1.6", 3), ("3.2", 0), ("3.2.1", 4), ("3.2.2", 4),
    ("3.2.3", 7), ("3.2.4", 3), ("3.3", 0), ("3.3.1", 0), ("3.3.2", 2), ("3.3.2.1", 4),
    ("3.3.2.2", 8), ("3.3.2.3", 2), ("3.3.3", 2), ("3.4", 1), ("3.5", 0), ("4", 0), ("4.1", 1),
    ("4.2", 0), ("4.3", 0), ("4.3.1", 4), ("4.3.2", 0), ("4.3.3", 0), ("4.4", 3), ("4.5", 5),
    ("4.5.1", 0), ("4.5.2", 0), ("4.5.3", 1), ("4.5.4", 0), ("4.5.5", 0), ("4.5.6", 1),
    ("4.5.7", 1), ("4.5.8", 0), ("4.5.9", 1), ("4.5.10", 0), ("5", 0), ("5.1", 0), ("5.2", 1),
    ("5.3", 7), ("5.4", 2), ("5.5", 0), ("5.5.1", 7), ("5.5.2", 11), ("5.5.3", 0), ("5.5.3.1", 0),
    ("5.5.3.2", 0), ("5.6", 1), ("6", 0), ("7", 2), ("8", 0), ("8.1", 0), ("8.1.1", 0),
    ("8.1.2", 0), ("8.1.3", 0), ("8.1.4", 0), ("8.1.5", 0), ("8.1.6", 0), ("8.2", 0), ("8.2.1", 0),
    ("9", 0), ("9.1", 0), ("9.2", 0), ("10", 0), ("A", 1),
];

/// Sections of the notes on Italian rules and practice, which comments cite by section too.
#[rustfmt::skip]
pub const NOTES: [&str; 31] = [
    "0", "1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6",
    "2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "3",
    "4", "4.1", "4.2", "4.3", "4.4", "4.5", "5",
    "6", "6.1", "6.2", "6.3", "6.4", "7", "8",
];

/// Requirements that the notes state in their section 7.
pub const NORMS: usize = 97;

/// Errata of the RFC text that the notes list in their section 1.1.
pub const ERRATA: usize = 14;

/// Longer words first: `MUST` is the beginning of `MUST NOT`.
const WORDS: [&str; 7] =
    ["MUST NOT", "MUST", "SHOULD NOT", "SHOULD", "SHALL NOT", "SHALL", "REQUIRED"];

/// Whether the RFC has that section.
#[must_use]
pub fn exists(section: &str) -> bool {
    SECTIONS.iter().any(|(name, _)| *name == section)
}

/// The requirement words of an RFC text, section by section.
#[must_use]
pub fn count(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !is_page_furniture(line)) {
        if let Some(number) = heading(line) {
            sections.push((number, String::new()));
        } else if let Some((_, body)) = sections.last_mut() {
            // One blank where the text has a line break, so that MUST and NOT stay together.
            body.extend(line.split_whitespace().flat_map(|word| [" ", word]));
        }
    }
    let words_of = |(number, body): (String, String)| {
        let words = if number == "1.2.1" { Vec::new() } else { words(&body) };
        (number, words)
    };
    sections.into_iter().map(words_of).collect()
}

/// Headers and footers of the pages.
fn is_page_furniture(line: &str) -> bool {
    let line = line.trim_start_matches('\u{c}');
    line.starts_with("Petrucci, et al.") || line.starts_with("RFC 6109  ")
}

/// Headings begin at the margin, which neither text nor the table of contents does.
fn heading(line: &str) -> Option<String> {
    if line.starts_with("Appendix A.") {
        return Some("A".to_owned());
    }
    let (number, title) = line.split_once(' ')?;
    let number = number.trim_end_matches('.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_heading = number.split('.').all(digits) && !title.trim().is_empty();
    is_heading.then(|| number.to_owned())
}

fn words(body: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut rest = body;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let here = WORDS.iter().find(|word| {
            let tail = rest.strip_prefix(**word);
            tail.is_some_and(|tail| !tail.starts_with(char::is_alphanumeric))
        });
        let step = match here {
            Some(word) if !before.is_alphanumeric() => {
                found.push(*word);
                word.len()
            }
            _ => first.len_utf8(),
        };
        before = rest[..step].chars().next_back().unwrap_or(' ');
        rest = &rest[step..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_across_lines_and_pages() {
        let text = "Contents\n   1. Said MUST ...1\n1.2.1.  Words\n   \"MUST\", \"SHALL\"\n\
            3.1.  Point\n   It MUST\n\nPetrucci, et al.   MUST  [Page 1]\n\u{c}\n\
            RFC 6109                Certified MUST\n   NOT do, MUSTARD, #REQUIRED and SHOULD.\n\
            Appendix A.  Names\n   MUST NOT\n";
        let counted = count(text);
        let expected: [(&str, &[&str]); 3] =
            [("1.2.1", &[]), ("3.1", &["MUST NOT", "REQUIRED", "SHOULD"]), ("A", &["MUST NOT"])];
        assert_eq!(counted.len(), expected.len());
        for ((section, words), (number, listed)) in counted.iter().zip(expected) {
            assert_eq!((section.as_str(), words.as_slice()), (number, listed));
        }
    }

    #[test]
    fn the_rfc_states_136_requirements() {
        assert_eq!(SECTIONS.iter().map(|(_, count)| count).sum::<usize>(), 136);
    }
}
