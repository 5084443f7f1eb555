//! Dossiers as files: a folder, or a ZIP archive.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use pec_dossier::{Dossier, DossierError, FileError, Files, ManifestError};

use super::KeptError;

pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> KeptError {
    let path = path.to_owned();
    move |error| KeptError::Io { path, error }
}

/// Reads a folder or a ZIP archive.
pub(super) fn open(path: &Path) -> Result<Dossier, KeptError> {
    let refused = |error: DossierError| KeptError::Dossier { path: path.to_owned(), error };
    if !path.is_dir() {
        let file = File::open(path).map_err(failed(path))?;
        return Dossier::read_zip(io::BufReader::new(file)).map_err(refused);
    }
    let mut files = Files::new();
    read_folder(path, "", &mut files)?;
    Dossier::from_files(files).map_err(|error: ManifestError| refused(error.into()))
}

/// Reads the files below a folder. Whatever else is there is refused: the script and other
/// programs might follow a link.
fn read_folder(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), KeptError> {
    let depth = prefix.matches('/').count();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(failed(&path))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let refused = |error| KeptError::File { path: path.clone(), error };
        if kind.is_dir() && depth < 4 {
            read_folder(&path, &format!("{name}/"), files)?;
        } else if kind.is_file() {
            let length = entry.metadata().map_err(failed(&path))?.len();
            if length > pec_dossier::limits::FILE_OCTETS {
                return Err(refused(FileError::TooLarge { name }));
            }
            let octets = fs::read(&path).map_err(failed(&path))?;
            files.insert(&name, octets).map_err(refused)?;
        } else {
            return Err(KeptError::NotAFile(path));
        }
    }
    Ok(())
}

/// Writes a ZIP archive if the name ends so, else a folder that was not there.
pub(super) fn write(dossier: &Dossier, output: &Path) -> Result<(), KeptError> {
    let is_zip = output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    if is_zip {
        return write_zip(dossier, output);
    }
    fs::create_dir(output).map_err(failed(output))?;
    for (name, octets) in dossier.files().iter() {
        let path = output.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = file.map_err(failed(&path))?;
        file.write_all(octets).and_then(|()| file.sync_all()).map_err(failed(&path))?;
    }
    Ok(())
}

/// Writes a ZIP archive under a name that was not there, whole or not at all.
fn write_zip(dossier: &Dossier, output: &Path) -> Result<(), KeptError> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file =
        tempfile::Builder::new().prefix(".pec-").tempfile_in(folder.unwrap_or(Path::new(".")));
    let writer = BufWriter::new(file.map_err(failed(output))?);
    let writer = dossier
        .write_zip(writer)
        .map_err(|error| KeptError::Dossier { path: output.to_owned(), error: error.into() })?;
    let file = writer.into_inner().map_err(|error| failed(output)(error.into_error()))?;
    file.as_file().sync_all().map_err(failed(output))?;
    file.persist_noclobber(output).map_err(|error| failed(output)(error.error))?;
    Ok(())
}
