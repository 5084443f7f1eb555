//! The files of a dossier in a ZIP archive.

use std::io::{self, Read, Seek, SeekFrom, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::files::check_name;
use super::{FileError, Files};
use crate::limits::{ARCHIVE_OCTETS, FILE_OCTETS, FILES, TOTAL_OCTETS};

/// Why an archive is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no ZIP archive, or a damaged one.
    #[error("no sound ZIP archive: {0}")]
    Zip(String),
    /// The archive is larger than [`ARCHIVE_OCTETS`].
    #[error("an archive of more than {ARCHIVE_OCTETS} octets")]
    TooLarge,
    /// Programs would differ in what the archive holds: names that stand twice, entries that
    /// overlap, entries that the directory does not list or describes otherwise.
    #[error("the archive contradicts itself: {0}")]
    Ambiguous(String),
    /// An entry is neither a plain file nor a folder: a symbolic link, or encrypted.
    #[error("{name:?} is no plain file")]
    NotAFile {
        /// The name.
        name: String,
    },
    /// An entry is no file of a dossier.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<ZipError> for ArchiveError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Io(error),
            error => Self::Zip(error.to_string()),
        }
    }
}

impl Files {
    /// Reads a ZIP archive. Nothing in it is believed: neither its sizes, nor that its directory
    /// is the truth. Entries for folders are passed over.
    ///
    /// # Errors
    /// [`ArchiveError`]; the archive is taken as a whole or not at all.
    pub fn read_zip<R: Read + Seek>(mut reader: R) -> Result<Self, ArchiveError> {
        if reader.seek(SeekFrom::End(0))? > ARCHIVE_OCTETS {
            return Err(ArchiveError::TooLarge);
        }
        reader.rewind()?;
        // Folders count as well: no dossier has more of them than files.
        if directory_headers(&mut reader)? > FILES.saturating_mul(2) {
            return Err(FileError::TooMany.into());
        }
        reader.rewind()?;
        let mut archive = ZipArchive::new(reader)?;
        archive
            .validate_header_consistency()
            .map_err(|error| ArchiveError::Ambiguous(error.to_string()))?;
        let mut files = Self::new();
        for index in 0..archive.len() {
            let entry = archive.by_index(index)?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if entry.is_dir() {
                check_name(name.trim_end_matches('/'))?;
                continue;
            }
            check_name(&name)?;
            let is_plain = entry.is_file() && !entry.is_symlink() && !entry.encrypted();
            if !is_plain {
                return Err(ArchiveError::NotAFile { name });
            }
            let left = TOTAL_OCTETS.saturating_sub(files.octets());
            if entry.size() > FILE_OCTETS.min(left) {
                return Err(too_large(name, entry.size()).into());
            }
            // The size that it claims need not be the size that it has.
            let limit = entry.size().saturating_add(1);
            let size = entry.size();
            let mut octets = Vec::new();
            entry.take(limit).read_to_end(&mut octets).map_err(damaged)?;
            if u64::try_from(octets.len()).unwrap_or(u64::MAX) != size {
                return Err(ArchiveError::Ambiguous(format!("{name} has another size")));
            }
            files.insert(&name, octets)?;
        }
        Ok(files)
    }

    /// Writes a ZIP archive: the same octets for the same files, without clock or user.
    ///
    /// # Errors
    /// [`ArchiveError::Io`]
    pub fn write_zip<W: Write + Seek>(&self, writer: W) -> Result<W, ArchiveError> {
        let mut archive = ZipWriter::new(writer);
        for (name, octets) in self.iter() {
            let mode = if name.ends_with(".sh") { 0o755 } else { 0o644 };
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(6))
                .last_modified_time(DateTime::default())
                .unix_permissions(mode);
            archive.start_file(name, options)?;
            archive.write_all(octets)?;
        }
        Ok(archive.finish()?)
    }
}

/// How often the mark of an entry of the directory stands anywhere. That many entries an archive
/// has
/// at most: the directory is read at once, and may be all of the archive.
fn directory_headers(reader: &mut impl Read) -> io::Result<usize> {
    const MARK: &[u8] = b"PK\x01\x02";
    const OVERLAP: usize = MARK.len().saturating_sub(1);
    let mut window = Vec::new();
    let mut count = 0_usize;
    loop {
        let read = reader.by_ref().take(PIECE_OCTETS).read_to_end(&mut window)?;
        if read == 0 {
            return Ok(count);
        }
        count = count.saturating_add(memchr::memmem::find_iter(&window, MARK).count());
        // No mark fits into what stays, so that none is counted twice.
        window.drain(..window.len().saturating_sub(OVERLAP));
    }
}

const PIECE_OCTETS: u64 = 1024 * 1024;

fn too_large(name: String, size: u64) -> FileError {
    if size > FILE_OCTETS { FileError::TooLarge { name } } else { FileError::TooMuch }
}

/// What goes wrong while an entry is decompressed is the archive's fault.
fn damaged(error: io::Error) -> ArchiveError {
    ArchiveError::Zip(error.to_string())
}
