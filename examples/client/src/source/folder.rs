//! What in a folder is a message.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The entries of a folder to look at, in the order of their names. `is_named`: whether somebody
/// named the folder; hidden ones count only then, or as folders of a Maildir.
pub(super) fn entries(folder: &Path, is_named: bool) -> io::Result<Vec<PathBuf>> {
    let is_maildir = folder.join("cur").is_dir() && folder.join("new").is_dir();
    if !is_named && !is_maildir && is_hidden(folder) {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_link = entry.file_type()?.is_symlink();
        let counts = if path.is_dir() {
            // A link to a folder may lead in circles.
            !(is_link || is_maildir && path.file_name().is_some_and(|name| name == "tmp"))
        } else {
            // Beside its folders, a Maildir holds the indices of programs. A pipe would never end.
            !is_maildir && !is_hidden(&path) && path.is_file()
        };
        if counts {
            entries.push(path);
        }
    }
    entries.sort();
    Ok(entries)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Whether octets may be the start of a message: the name of a header field and a colon.
pub(super) fn begins_like_a_message(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let name = start.iter().take_while(|octet| octet.is_ascii_alphanumeric() || **octet == b'-');
    let length = name.count();
    let colon = start.get(length..).unwrap_or_default().trim_ascii_start();
    // A name as long as what was read may go on; no field has one.
    length > 0 && colon.first() == Some(&b':')
}
