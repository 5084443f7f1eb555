//! The files of a dossier, wherever they are kept.

use std::collections::BTreeMap;

use crate::limits::{FILE_OCTETS, FILES, NAME_OCTETS, TOTAL_OCTETS};

/// The files of a dossier by their names, such as `messaggi/inviato.eml`.
///
/// A folder, a ZIP archive ([`Files::read_zip`], [`Files::write_zip`]) and a database hold a
/// dossier alike. This crate reads and writes no folders: who does gives each file its octets here,
/// names with `/` and without the folder's own. Names are safe on every file system: ASCII letters,
/// digits, `.`, `-`, `_` and `/`, no part of them empty or beginning with a dot.
///
/// ```
/// use pec_dossier::{FileError, Files};
///
/// let mut files = Files::new();
/// files.insert("messaggi/inviato.eml", b"From: ...".to_vec())?;
/// let refused = files.insert("../../etc/passwd", Vec::new());
/// assert!(matches!(refused, Err(FileError::Name { .. })));
/// # Ok::<(), FileError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    files: BTreeMap<String, Vec<u8>>,
    octets: u64,
}

/// Why a file is not taken into a dossier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The name is none that a dossier has.
    #[error("{name:?} is no name for a file of a dossier")]
    Name {
        /// The name.
        name: String,
    },
    /// There is a file of this name.
    #[error("{name} is there twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// The file is too large.
    #[error("{name} is larger than {FILE_OCTETS} octets")]
    TooLarge {
        /// The name.
        name: String,
    },
    /// There are too many files.
    #[error("more than {FILES} files")]
    TooMany,
    /// All files together are too large.
    #[error("more than {TOTAL_OCTETS} octets")]
    TooMuch,
}

impl Files {
    /// Without any file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`FileError`]; nothing is changed then.
    pub fn insert(&mut self, name: &str, octets: Vec<u8>) -> Result<(), FileError> {
        check_name(name)?;
        let name = name.to_owned();
        if self.files.contains_key(&name) {
            return Err(FileError::Twice { name });
        }
        if self.files.len() >= FILES {
            return Err(FileError::TooMany);
        }
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        if length > FILE_OCTETS {
            return Err(FileError::TooLarge { name });
        }
        let sum = self.octets.saturating_add(length);
        if sum > TOTAL_OCTETS {
            return Err(FileError::TooMuch);
        }
        self.octets = sum;
        self.files.insert(name, octets);
        Ok(())
    }

    /// The octets of a file.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Takes a file out.
    pub fn remove(&mut self, name: &str) -> Option<Vec<u8>> {
        let octets = self.files.remove(name)?;
        self.octets = self.octets.saturating_sub(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        Some(octets)
    }

    /// Names and octets in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, octets)| (name.as_str(), octets.as_slice()))
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The octets of all files together.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }
}

/// Whether a name can be one of a dossier.
pub(super) fn check_name(name: &str) -> Result<(), FileError> {
    let is_part = |part: &str| {
        let ends_well = !part.starts_with(['.', '-']) && !part.ends_with('.');
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && ends_well && part.chars().all(legal)
    };
    if name.len() <= NAME_OCTETS && name.split('/').all(is_part) {
        Ok(())
    } else {
        // What is shown of a hostile name is short.
        let name = name.chars().take(NAME_OCTETS).collect();
        Err(FileError::Name { name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_or_confuse_are_refused() {
        for name in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            ".git",
            "a/.b",
            "a\\b",
            "C:x",
            "a b",
            "a\nb",
            "a\0",
            "è",
            "-rf",
            "a/-x",
            "a.",
            "a/b.",
        ] {
            assert!(matches!(check_name(name), Err(FileError::Name { .. })), "{name:?}");
        }
        for name in ["manifest.json", "messaggi/001-a_b.eml", "SHA256SUMS", "a/b/c"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        assert!(check_name(&"a".repeat(NAME_OCTETS)).is_ok());
        assert!(check_name(&"a".repeat(NAME_OCTETS + 1)).is_err());
    }

    #[test]
    fn limits_hold_at_the_limit_and_one_past_it() {
        let mut files = Files::new();
        for number in 0..FILES {
            files.insert(&format!("f{number}"), Vec::new()).unwrap();
        }
        assert_eq!(files.insert("one-more", Vec::new()), Err(FileError::TooMany));
        assert!(matches!(files.insert("f1", Vec::new()), Err(FileError::Twice { .. })));
        let mut files = Files::new();
        let limit = usize::try_from(FILE_OCTETS).unwrap();
        let full = vec![0; limit];
        let too_large = vec![0; limit.saturating_add(1)];
        assert!(matches!(files.insert("a", too_large), Err(FileError::TooLarge { .. })));
        files.insert("a", full).unwrap();
        assert_eq!(files.octets(), FILE_OCTETS);
        files.remove("a");
        assert_eq!(files.octets(), 0);
    }

    #[test]
    fn the_sum_is_limited() {
        let mut files = Files { files: BTreeMap::new(), octets: TOTAL_OCTETS - 1 };
        assert_eq!(files.insert("two", vec![0; 2]), Err(FileError::TooMuch));
        files.insert("one", vec![0]).unwrap();
    }
}
