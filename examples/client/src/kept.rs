//! The folder of an account: what was sent, what was received, how far the mailbox was read.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::file_name;

/// The folder of one account.
///
/// | file | what it is |
/// |---|---|
/// | `sent/*.eml` | what a server took |
/// | `sent/*.eml.unconfirmed` | what was sent whole, and no answer came |
/// | `received/*.eml` | what was fetched, byte for byte |
/// | `pop3.seen`, `imap.cursor` | what need not be fetched again |
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Opens the folder; makes it if it is not there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(folder: &Path) -> io::Result<Self> {
        for name in ["sent", "received"] {
            fs::create_dir_all(folder.join(name))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where sent messages are.
    #[must_use]
    pub fn sent(&self) -> PathBuf {
        self.folder.join("sent")
    }

    /// Where received messages are.
    #[must_use]
    pub fn received(&self) -> PathBuf {
        self.folder.join("received")
    }

    /// Keeps a message that is about to be sent, until it is known what became of it. `msgid` names
    /// the file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn about_to_send(&self, msgid: &str, message: &[u8]) -> io::Result<Unsent> {
        let name = file_name::safe(msgid.trim_matches(['<', '>']), "message");
        let path = file_name::write_new(&self.sent(), &format!("{name}.eml.unconfirmed"), message)?;
        Ok(Unsent { path, folder: self.sent(), name })
    }

    /// Keeps a received message under a name; says where, or that it is there already. A file of
    /// that name is always whole.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn receive(&self, name: &str, message: &[u8]) -> io::Result<Option<PathBuf>> {
        let path = self.received().join(name);
        if path.exists() {
            return Ok(None);
        }
        let mut file = tempfile::NamedTempFile::new_in(self.received())?;
        file.write_all(message)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Ok(_) => sync(&self.received()).map(|()| Some(path)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error.error),
        }
    }

    /// The identifiers of POP3 that were seen.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn seen(&self) -> io::Result<HashSet<String>> {
        let text = read_if_there(&self.folder.join("pop3.seen"))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Adds an identifier of POP3 to those that were seen.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn see(&self, uid: &str) -> io::Result<()> {
        let path = self.folder.join("pop3.seen");
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(format!("{uid}\n").as_bytes())
    }

    /// Forgets the identifiers that the mailbox does not have any more.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn forget_but(&self, uids: &HashSet<&str>) -> io::Result<()> {
        let seen = self.seen()?;
        if seen.iter().all(|uid| uids.contains(uid.as_str())) {
            return Ok(());
        }
        let kept = seen.iter().filter(|uid| uids.contains(uid.as_str()));
        let text: String = kept.map(|uid| format!("{uid}\n")).collect();
        self.replace("pop3.seen", &text)
    }

    /// How far an IMAP folder was read: what its identifiers hold good for, and the last one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn cursor(&self) -> io::Result<Option<(u32, u32)>> {
        let text = read_if_there(&self.folder.join("imap.cursor"))?;
        let numbers = text.trim().split_once(' ');
        Ok(numbers.and_then(|(validity, last)| Some((validity.parse().ok()?, last.parse().ok()?))))
    }

    /// Says how far an IMAP folder was read.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_cursor(&self, validity: u32, last: u32) -> io::Result<()> {
        self.replace("imap.cursor", &format!("{validity} {last}\n"))
    }

    fn replace(&self, name: &str, text: &str) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(name)).map(drop).map_err(|error| error.error)
    }
}

/// A message that is being sent.
#[derive(Debug)]
pub struct Unsent {
    path: PathBuf,
    folder: PathBuf,
    name: String,
}

impl Unsent {
    /// The server took it: it is a sent message.
    ///
    /// # Errors
    /// Those of the file system. The copy is still there, at [`Unsent::path`].
    pub fn taken(self) -> io::Result<PathBuf> {
        let (file, path) = file_name::create(&self.folder, &format!("{}.eml", self.name))?;
        drop(file);
        fs::rename(&self.path, &path)?;
        sync(&self.folder).map(|()| path)
    }

    /// The server refused it: nothing was sent.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn refused(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn read_if_there(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        other => other,
    }
}

/// Makes a new name in a folder durable, where the system can.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
