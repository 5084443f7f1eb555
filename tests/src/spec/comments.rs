//! Rust source taken apart into code and comments.
//!
//! Citations of the norm stand in comments, and a test's bad examples stand in strings: only a
//! reader that knows strings can tell them apart.

/// Both halves have as many lines as the source, so that a line number fits either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The source without its comments.
    pub code: String,
    /// The text of the comments without their markers.
    pub comments: String,
}

/// Takes a source apart.
#[must_use]
pub fn split(source: &str) -> Parts {
    let mut parts = Parts::default();
    let mut rest = source;
    while !rest.is_empty() {
        let (is_comment, length) = token(rest);
        let (text, tail) = rest.split_at(length);
        let newlines = "\n".repeat(text.matches('\n').count());
        if is_comment {
            parts.comments.push_str(text.trim_start_matches(['/', '!', '*']));
            parts.code.push_str(&newlines);
        } else {
            parts.code.push_str(text);
            parts.comments.push_str(&newlines);
        }
        rest = tail;
    }
    parts
}

/// Whether the source begins with a comment, and the length of what it begins with.
fn token(rest: &str) -> (bool, usize) {
    let Some(first) = rest.chars().next() else {
        return (false, 0);
    };
    if rest.starts_with("//") {
        return (true, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (true, block_comment(rest));
    }
    let length = match first {
        '"' => quoted(rest),
        '\'' => character(rest),
        _ if is_word(first) => word_or_raw_string(rest),
        _ => first.len_utf8(),
    };
    (false, length)
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = rest[at..].find(['/', '*']) {
        at += next;
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// A string with escapes, from its opening quote.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character, or the quote alone where it begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let _escaped = chars.next();
            chars.find(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// A word, together with the raw string that it opens (`r#"…"#`, `br"…"`).
fn word_or_raw_string(rest: &str) -> usize {
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let (word, tail) = rest.split_at(length);
    if !matches!(word, "r" | "br" | "cr") {
        return length;
    }
    let hashes = tail.len() - tail.trim_start_matches('#').len();
    let Some(body) = tail[hashes..].strip_prefix('"') else {
        return length;
    };
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = length + hashes + 1;
    body.find(&end).map_or(rest.len(), |at| opening + at + end.len())
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_all_forms_are_found() {
        let source =
            "//! top\n/// item\nfn a() {} // tail\n/* block /* nested */ on\n still */ b\n";
        let parts = split(source);
        assert_eq!(parts.comments, " top\n item\n tail\n block /* nested */ on\n still */\n");
        assert_eq!(parts.code, "\n\nfn a() {} \n\n b\n");
    }

    #[test]
    fn strings_and_characters_hold_no_comments() {
        for code in [
            r#"let a = "// no \" // no";"#,
            "let a = r#\"// \" no\"#;",
            "let a = br\"// \\\";",
            "let a = ('\"', '\\'', '\\u{2f}', 'é'); fn f<'a>(a: &'a str) {}",
            "let r = r#type;",
        ] {
            let parts = split(&format!("{code} // yes"));
            assert_eq!(parts.code.trim_end(), code);
            assert_eq!(parts.comments, " yes");
        }
    }

    #[test]
    fn what_never_ends_is_taken_whole() {
        for source in ["\"open", "/* open", "r#\"open\"", "'", "'\\", "// open", "/* /", "é"] {
            let parts = split(source);
            assert!(!parts.code.is_empty() || !parts.comments.is_empty(), "{source}");
        }
    }
}
