//! Messages from files, folders, Maildirs, mbox files and standard input, one at a time.

mod folder;
mod mbox;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use pec_message::limits::MESSAGE_OCTETS;

pub use mbox::Mbox;

/// One message as it was found.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it came from: the path as it was given, `-` for standard input; in an mbox file of
    /// several messages with `#` and its number, counted from 1.
    pub name: String,
    /// Its octets, untouched.
    pub octets: Vec<u8>,
}

/// Why a message could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The system says why.
    #[error("{name}: {error}")]
    Io {
        /// The file or folder.
        name: String,
        /// What the system says.
        error: io::Error,
    },
    /// Larger than [`MESSAGE_OCTETS`].
    #[error("{name}: larger than {MESSAGE_OCTETS} octets")]
    TooLarge {
        /// The file.
        name: String,
    },
}

impl SourceError {
    /// The file or folder.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Io { name, .. } | Self::TooLarge { name } => name,
        }
    }

    fn io(path: &Path, error: io::Error) -> Self {
        Self::Io { name: path.display().to_string(), error }
    }
}

/// The messages of a list of paths, in order; those of a folder in the order of their names. Only
/// one message is in memory at a time.
///
/// A folder is searched to any depth. In a Maildir `cur` and `new` count. Of other folders every
/// file counts that begins like a message; hidden ones do not. A file named on the command line
/// counts whatever it holds.
#[derive(Debug)]
pub struct Sources {
    /// What is left, the next one last.
    pending: Vec<Pending>,
    skipped: usize,
}

#[derive(Debug)]
enum Pending {
    Standard,
    /// A path, and whether somebody named it.
    Path(PathBuf, bool),
    Mbox(Box<Mbox<BufReader<File>>>),
}

impl Sources {
    /// The messages at `paths`; `-` is standard input.
    #[must_use]
    pub fn new(paths: &[PathBuf]) -> Self {
        let pending = paths.iter().rev().map(|path| {
            if path.as_os_str() == "-" {
                Pending::Standard
            } else {
                Pending::Path(path.clone(), true)
            }
        });
        Self { pending: pending.collect(), skipped: 0 }
    }

    /// How many places are known that have not been looked at.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many files of folders were left out, since they do not begin like a message.
    #[must_use]
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// Looks at one place: a message, an error, or nothing yet.
    fn step(&mut self, next: Pending) -> Option<Result<Input, SourceError>> {
        match next {
            Pending::Standard => Some(standard_input()),
            Pending::Mbox(mut mbox) => {
                let message = mbox.next()?;
                self.pending.push(Pending::Mbox(mbox));
                Some(message)
            }
            Pending::Path(path, is_named) if path.is_dir() => {
                match folder::entries(&path, is_named) {
                    Ok(entries) => {
                        let entries = entries.into_iter().rev();
                        self.pending.extend(entries.map(|path| Pending::Path(path, false)));
                        None
                    }
                    Err(error) => Some(Err(SourceError::io(&path, error))),
                }
            }
            Pending::Path(path, is_named) => match self.file(&path, is_named) {
                Ok(input) => input.map(Ok),
                Err(error) => Some(Err(error)),
            },
        }
    }

    fn file(&mut self, path: &Path, is_named: bool) -> Result<Option<Input>, SourceError> {
        let failed = |error| SourceError::io(path, error);
        let mut file = File::open(path).map_err(failed)?;
        let mut start = [0; 64];
        let length = read_up_to(&mut file, &mut start).map_err(failed)?;
        let start = start.get(..length).unwrap_or_default();
        io::Seek::rewind(&mut file).map_err(failed)?;
        if start.starts_with(b"From ") {
            let name = path.display().to_string();
            self.pending.push(Pending::Mbox(Box::new(Mbox::new(name, BufReader::new(file)))));
            return Ok(None);
        }
        if !is_named && !folder::begins_like_a_message(start) {
            self.skipped = self.skipped.saturating_add(1);
            return Ok(None);
        }
        let known = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
        read_message(path.display().to_string(), file, known).map(Some)
    }
}

impl Iterator for Sources {
    type Item = Result<Input, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(next) = self.pending.pop() {
            if let Some(found) = self.step(next) {
                return Some(found);
            }
        }
        None
    }
}

/// One message in a file of its own, or on standard input (`-`).
///
/// # Errors
/// [`SourceError`]
pub fn read_one(path: &Path) -> Result<Input, SourceError> {
    if path.as_os_str() == "-" {
        return standard_input();
    }
    let file = File::open(path).map_err(|error| SourceError::io(path, error))?;
    let known = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    read_message(path.display().to_string(), file, known)
}

fn standard_input() -> Result<Input, SourceError> {
    read_message("-".to_owned(), io::stdin().lock(), 0)
}

/// Reads to the end, at most as much as a message may have. `known` octets are expected, so that
/// the buffer need not grow.
fn read_message(name: String, from: impl Read, known: u64) -> Result<Input, SourceError> {
    let limit = u64::try_from(MESSAGE_OCTETS).unwrap_or(u64::MAX);
    let expected = usize::try_from(known.min(limit)).unwrap_or_default();
    let mut octets = Vec::with_capacity(expected.saturating_add(1));
    let mut limited = from.take(limit.saturating_add(1));
    if let Err(error) = limited.read_to_end(&mut octets) {
        return Err(SourceError::Io { name, error });
    }
    if octets.len() > MESSAGE_OCTETS {
        return Err(SourceError::TooLarge { name });
    }
    Ok(Input { name, octets })
}

/// Fills as much of `buffer` as there is.
fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0_usize;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => length = length.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
