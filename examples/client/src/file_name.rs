//! Names of files that come from messages, made safe; files that never replace others.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::console::is_invisible;

/// Longest name that is written, in octets; a longer one is cut before its extension.
pub const NAME_OCTETS: usize = 150;

/// Most files of one name in one folder.
pub const NAMESAKES: usize = 10_000;

/// A name without anything that leads out of a folder, hides a file, or is forbidden somewhere.
///
/// ```
/// use pec_client::file_name::safe;
/// assert_eq!(safe("../../etc/passwd", "part"), "_.._etc_passwd");
/// assert_eq!(safe("NUL.txt", "part"), "_NUL.txt");
/// assert_eq!(safe(" . ", "part"), "part");
/// ```
#[must_use]
pub fn safe(name: &str, otherwise: &str) -> String {
    let is_forbidden = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '`' | '$')
            || is_invisible(c)
    };
    let plain: String = name.chars().map(|c| if is_forbidden(c) { '_' } else { c }).collect();
    // A name that begins with a dot is hidden, one with a hyphen is taken for an option.
    let is_bad_start = |c: char| c.is_whitespace() || matches!(c, '.' | '-');
    let plain = plain.trim_start_matches(is_bad_start);
    let plain = plain.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    if plain.is_empty() {
        return otherwise.to_owned();
    }
    let (stem, extension) = split(plain);
    let is_reserved = is_device(stem);
    let stem = if is_reserved { format!("_{stem}") } else { stem.to_owned() };
    let room = NAME_OCTETS.saturating_sub(extension.len());
    format!("{}{extension}", cut(&stem, room))
}

/// Creates a file in `folder` that was not there: under the name, or with a number in it.
///
/// # Errors
/// Those of the file system; [`io::ErrorKind::AlreadyExists`] after [`NAMESAKES`] numbers.
pub fn create(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let (stem, extension) = split(name);
    for number in 1..=NAMESAKES {
        let path = match number {
            1 => folder.join(name),
            _ => folder.join(format!("{stem}-{number}{extension}")),
        };
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Writes a new file, see [`create`], and says where it is.
///
/// # Errors
/// Those of the file system. Then no file is left behind.
pub fn write_new(folder: &Path, name: &str, content: &[u8]) -> io::Result<PathBuf> {
    let (mut file, path) = create(folder, name)?;
    if let Err(error) = file.write_all(content).and_then(|()| file.sync_all()) {
        drop(file);
        // The error that matters is the first one.
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    Ok(path)
}

/// The stem, and the extension with its dot.
fn split(name: &str) -> (&str, &str) {
    let at = name.rfind('.').filter(|at| *at > 0 && name.len().saturating_sub(*at) <= 16);
    at.and_then(|at| name.split_at_checked(at)).unwrap_or((name, ""))
}

/// Names that are devices on Windows, with any extension.
fn is_device(stem: &str) -> bool {
    let stem = stem.split('.').next().unwrap_or(stem).trim_end().to_ascii_uppercase();
    let is_digit = |rest: &str| matches!(rest, "¹" | "²" | "³") || rest.parse::<u8>().is_ok();
    let numbered = ["COM", "LPT"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|rest| rest.chars().count() == 1 && is_digit(rest))
    });
    numbered || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
}

fn cut(text: &str, octets: usize) -> &str {
    let end = text.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8()));
    let end = end.take_while(|end| *end <= octets).last().unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        for (name, expected) in [
            ("fattura.pdf", "fattura.pdf"),
            ("a/b`c.eml", "a_b_c.eml"),
            ("C:\\x", "C__x"),
            ("...", "x"),
            (".bashrc", "bashrc"),
            ("--rf", "rf"),
            ("-.bashrc", "bashrc"),
            (".- ..-x", "x"),
            ("CON .txt", "_CON .txt"),
            ("com².txt", "_com².txt"),
            ("a. . ", "a"),
            ("a\u{202e}fdp.exe", "a_fdp.exe"),
            ("COM1.txt", "_COM1.txt"),
            ("aux.tar.gz", "_aux.tar.gz"),
            ("a\r\nb", "a__b"),
            ("perché.txt", "perché.txt"),
        ] {
            assert_eq!(safe(name, "x"), expected);
        }
        let long = safe(&format!("{}.pdf", "è".repeat(300)), "x");
        assert!(long.len() <= NAME_OCTETS && long.ends_with("è.pdf"));
        for name in ["/", "..", "a/../b", "\0", "", "x\\..\\y"] {
            let safe = safe(name, "x");
            assert_eq!(Path::new(&safe).components().count(), 1, "{name} {safe}");
            assert_ne!(safe, "..");
        }
    }

    #[test]
    fn nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let write = |content: &[u8]| write_new(folder.path(), "a.txt", content).unwrap();
        let (one, two, three) = (write(b"1"), write(b"2"), write(b"3"));
        assert_eq!(std::fs::read(one).unwrap(), b"1");
        assert_eq!(two.file_name().unwrap(), "a-2.txt");
        assert_eq!(std::fs::read(three).unwrap(), b"3");
    }
}
