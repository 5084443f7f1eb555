//! The conventions of CONTRIBUTING.md that a machine can check and clippy does not.

use crate::problem::Problem;
use crate::spec::comments;

/// Longest line of a Rust file, in characters.
pub const COLUMNS: usize = 100;
/// Longest file of a library; 200 to 400 lines are the aim.
pub const LINES: usize = 500;
/// Largest file of any kind, in bytes.
pub const BYTES: u64 = 64 * 1024;

const CHANGES: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// Tabs, long lines, long files, public enums that say nothing about their future.
#[must_use]
pub fn check_rust(path: &str, source: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let width = line.chars().count();
        if line.contains('\t') {
            problems.push(Problem::at_line(path, index + 1, "has a tab: indent with blanks"));
        }
        if width > COLUMNS {
            let fault = format!("{width} columns, at most {COLUMNS} are allowed");
            problems.push(Problem::at_line(path, index + 1, fault));
        }
    }
    if is_library(path) {
        let lines = source.lines().count();
        if lines > LINES {
            let fault =
                format!("{lines} lines, at most {LINES}: split the file by what it is about");
            problems.push(Problem::new(path, fault));
        }
        problems.extend(check_enums(path, source));
    }
    problems
}

/// A public enum may grow, and says so with `#[non_exhaustive]`, or the norm closes it, and its
/// documentation says that with the word "closed".
fn check_enums(path: &str, source: &str) -> Vec<Problem> {
    let code = comments::split(source).code;
    let lines: Vec<&str> = source.lines().collect();
    let mut problems = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("pub enum ") else {
            continue;
        };
        if rest.starts_with('$') {
            continue; // In a macro: the documentation stands where the macro is used.
        }
        let above = lines[..index].iter().rev();
        let says = above
            .take_while(|line| !line.trim().is_empty() && !line.trim_end().ends_with(['}', ';']))
            .any(|line| {
                let is_doc = line.trim_start().starts_with("///");
                line.contains("non_exhaustive") || is_doc && line.to_lowercase().contains("closed")
            });
        if !says {
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or(rest);
            let fault = format!(
                "pub enum {name} is neither #[non_exhaustive] nor documented as closed by the norm"
            );
            problems.push(Problem::at_line(path, index + 1, fault));
        }
    }
    problems
}

/// `crates/*/src`
fn is_library(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next() == Some("crates") && parts.nth(1) == Some("src") && path.ends_with(".rs")
}

/// No file is large, except those that grow by themselves: lock files, corpora, the table of the
/// norm, which names the tests.
#[must_use]
pub fn check_size(path: &str, bytes: u64) -> Vec<Problem> {
    let grows = path.ends_with("Cargo.lock")
        || path.starts_with("fuzz/corpus/")
        || path == "docs/rfc6109.tsv";
    if bytes <= BYTES || grows {
        return Vec::new();
    }
    vec![Problem::new(path, format!("{bytes} bytes, at most {BYTES} are allowed"))]
}

/// Every crate has what crates.io and docs.rs show. `read` gives the text of a file.
#[must_use]
pub fn check_crate(folder: &str, read: &dyn Fn(&str) -> Option<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let manifest = format!("{folder}/Cargo.toml");
    if !read(&manifest).is_some_and(|text| text.contains("[package.metadata.docs.rs]")) {
        problems.push(Problem::new(manifest, "has no [package.metadata.docs.rs]"));
    }
    let readme = format!("{folder}/README.md");
    if read(&readme).is_none() {
        problems.push(Problem::new(readme, "is missing"));
    }
    let changelog = format!("{folder}/CHANGELOG.md");
    match read(&changelog) {
        Some(text) => problems.extend(check_changelog(&changelog, &text)),
        None => problems.push(Problem::new(changelog, "is missing")),
    }
    problems
}

/// The shape of <https://keepachangelog.com/en/1.1.0/>.
fn check_changelog(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !text.starts_with("# Changelog\n") {
        problems.push(Problem::at_line(path, 1, "must be: # Changelog"));
    }
    let mut releases = 0;
    for (index, line) in text.lines().enumerate() {
        if let Some(release) = line.strip_prefix("## ") {
            releases += 1;
            if !is_release(release) {
                let fault = "a release is written ## [Unreleased] or ## [1.2.3] - 2026-11-21";
                problems.push(Problem::at_line(path, index + 1, fault));
            }
        } else if let Some(kind) = line.strip_prefix("### ")
            && !CHANGES.contains(&kind)
        {
            let fault = format!("{kind} is none of {}", CHANGES.join(", "));
            problems.push(Problem::at_line(path, index + 1, fault));
        }
    }
    if releases == 0 {
        problems.push(Problem::new(path, "has no release, not even ## [Unreleased]"));
    }
    problems
}

fn is_release(heading: &str) -> bool {
    if heading == "[Unreleased]" {
        return true;
    }
    let Some((version, date)) = heading.strip_prefix('[').and_then(|h| h.split_once("] - ")) else {
        return false;
    };
    let are_numbers = |text: &str, separator: char, lengths: &[usize]| {
        let parts: Vec<&str> = text.split(separator).collect();
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        parts.iter().all(is_number)
            && parts.len() == 3
            && lengths.iter().zip(parts).all(|(length, part)| part.len() == *length)
    };
    are_numbers(version, '.', &[]) && are_numbers(date, '-', &[4, 2, 2])
}

/// Links between files of the repository lead somewhere. `exists` is asked with paths relative
/// to its root.
#[must_use]
pub fn check_links(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut problems = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        for link in line.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap_or_default();
            let is_foreign = target.contains(':') || target.is_empty();
            if !is_foreign && !resolve(folder, target).is_some_and(|path| exists(&path)) {
                let fault = format!("the link to {target} leads nowhere");
                problems.push(Problem::at_line(path, index + 1, fault));
            }
        }
    }
    problems
}

/// A path relative to a folder as a path relative to the root; none if it leads out of it.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => _ = parts.pop()?,
            "." | "" => {}
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Every chapter of the book stands in its table of contents.
#[must_use]
pub fn check_summary(summary: &str, chapters: &[&str]) -> Vec<Problem> {
    let is_listed = |chapter: &str| summary.contains(&format!("]({chapter})"));
    let lost = chapters.iter().filter(|chapter| **chapter != "SUMMARY.md" && !is_listed(chapter));
    lost.map(|chapter| Problem::new("docs/src/SUMMARY.md", format!("{chapter} is not listed")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::list;

    const LIBRARY: &str = "crates/a/src/lib.rs";

    #[test]
    fn tabs_and_lengths_are_told() {
        let wide = format!("// {}\n", "é".repeat(COLUMNS - 3));
        assert_eq!(check_rust("tests/a.rs", &wide), []);
        assert!(list(&check_rust("tests/a.rs", &format!("//{wide}"))).contains(":1: 102 columns"));
        assert!(list(&check_rust("tests/a.rs", "\n\tfn")).contains("tests/a.rs:2: has a tab"));
        let long = "\n".repeat(LINES + 1);
        assert!(list(&check_rust(LIBRARY, &long)).contains("501 lines, at most 500"));
        assert_eq!(check_rust(LIBRARY, &long[1..]), []);
        assert_eq!(check_rust("crates/a/tests/b.rs", &long), []);
    }

    #[test]
    fn enums_say_what_may_become_of_them() {
        for good in [
            "/// The DTD closes the list: it is closed.\n#[derive(Debug)]\npub enum Kind {}",
            "#[derive(\n    Debug,\n)]\n#[non_exhaustive]\npub enum Kind {}",
            "enum Kind {}",
            "pub(crate) enum Kind {}",
            "// pub enum Kind {}",
            "$(#[$meta])*\npub enum $name {}",
        ] {
            assert_eq!(check_rust(LIBRARY, good), [], "{good}");
        }
        for bad in [
            "/// A kind.\npub enum Kind {}",
            "// closed\npub enum Kind {}",
            "#[non_exhaustive]\npub struct A {}\npub enum Kind {}",
            "/// closed\nstruct A;\npub enum Kind {}",
        ] {
            assert!(list(&check_rust(LIBRARY, bad)).contains("pub enum Kind is neither"), "{bad}");
            assert_eq!(check_rust("tests/a.rs", bad), []);
        }
    }

    #[test]
    fn large_files_are_told() {
        assert_eq!(check_size("docs/a.md", BYTES), []);
        assert!(list(&check_size("docs/a.md", BYTES + 1)).contains("65537 bytes"));
        assert_eq!(check_size("fuzz/Cargo.lock", BYTES + 1), []);
        assert_eq!(check_size("fuzz/corpus/a/1", BYTES + 1), []);
        assert!(!check_size("fuzz/a.dict", BYTES + 1).is_empty());
    }

    #[test]
    fn crates_have_their_papers() {
        let faults = |manifest: &str, readme: &str, changelog: &str| {
            let read = |path: &str| {
                let text = match path {
                    "crates/a/Cargo.toml" => manifest,
                    "crates/a/README.md" => readme,
                    _ => changelog,
                };
                (!text.is_empty()).then(|| text.to_owned())
            };
            list(&check_crate("crates/a", &read))
        };
        let manifest = "[package.metadata.docs.rs]\nall-features = true";
        let changelog = "# Changelog\n\n## [Unreleased]\n### Added\n- a\n## [0.1.0] - 2026-11-21\n";
        assert_eq!(faults(manifest, "# a\n", changelog), "");
        assert!(faults("[package]", "# a\n", changelog).contains("docs.rs"));
        assert!(faults(manifest, "", changelog).contains("README.md: is missing"));
        assert!(faults(manifest, "# a\n", "").contains("CHANGELOG.md: is missing"));
        for (from, to, fault) in [
            ("# Changelog\n", "# Changes\n", ":1: must be"),
            ("Unreleased", "unreleased", ":3: a release is written"),
            ("2026-11-21", "21.11.2026", ":6: a release is written"),
            ("0.1.0", "0.1", ":6: a release is written"),
            ("Added", "New", ":4: New is none of"),
        ] {
            let told = faults(manifest, "# a\n", &changelog.replace(from, to));
            assert!(told.contains(fault), "{from} → {to}: {told}");
        }
        assert!(faults(manifest, "# a\n", "# Changelog\n").contains("has no release"));
    }

    #[test]
    fn links_lead_somewhere() {
        let exists = |path: &str| path == "docs/rfc6109.tsv";
        let told = |text: &str| list(&check_links("docs/src/a.md", text, &exists));
        assert_eq!(told("[t](../rfc6109.tsv#x), [u](https://a.example), [v](#here)"), "");
        assert_eq!(told("```\n[a](b.md)\n```"), "");
        assert!(told("\n[a](../rfc6109.tsv) [b](b.md)").contains("a.md:2: the link to b.md"));
        assert!(told("[a](../../../b.md)").contains("leads nowhere"));
    }

    #[test]
    fn lost_chapters_are_told() {
        let told = check_summary("- [A](a.md)", &["SUMMARY.md", "a.md", "b.md"]);
        assert_eq!(list(&told), "docs/src/SUMMARY.md: b.md is not listed");
    }
}
