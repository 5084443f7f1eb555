//! A disk that keeps exactly what was synced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::strace::Call;

/// A file, as the system sees it and as the disk has it.
#[derive(Clone, Debug, Default)]
struct File {
    now: Vec<u8>,
    synced: Vec<u8>,
    /// What was written since, in order: the disk may have any of it.
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// The files below one folder. Names and contents become durable apart: a file by its own sync, a
/// name by that of its folder.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    root: PathBuf,
    files: Vec<File>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
    synced_folders: BTreeSet<PathBuf>,
    open: BTreeMap<i64, (PathBuf, Option<usize>, usize)>,
}

impl Disk {
    /// What is in a folder, all of it durable.
    pub fn of(root: &Path) -> Self {
        let mut disk = Self { root: root.to_owned(), ..Self::default() };
        let mut left = vec![root.to_owned()];
        while let Some(folder) = left.pop() {
            disk.folders.insert(folder.clone());
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                } else {
                    let now = fs::read(&path).unwrap();
                    disk.names.insert(path, disk.files.len());
                    disk.files.push(File { synced: now.clone(), now, pending: Vec::new() });
                }
            }
        }
        disk.synced_names = disk.names.clone();
        disk.synced_folders = disk.folders.clone();
        disk
    }

    /// Makes a call happen; whether it was a sync.
    pub fn apply(&mut self, call: &Call) -> bool {
        match call.name.as_str() {
            "openat" => self.opens(call),
            "close" => _ = self.open.remove(&call.number(0)),
            "pwrite64" => {
                let (octets, at) = (call.octets(1), call.number(3));
                self.write(call.number(0), &octets[..call.result as usize], Some(at as usize));
            }
            "write" => {
                let octets = call.octets(1);
                self.write(call.number(0), &octets[..call.result as usize], None);
            }
            "lseek" => {
                if let Some((_, _, position)) = self.open.get_mut(&call.number(0)) {
                    *position = call.result as usize;
                }
            }
            "ftruncate" => self.truncate(call.number(0), call.number(1) as usize),
            "rename" => {
                let (from, to) = (call.path(0), call.path(1));
                if let Some(file) = self.names.remove(&from) {
                    self.names.insert(to, file);
                }
            }
            "unlink" => _ = self.names.remove(&call.path(0)),
            "mkdir" => {
                if call.path(0).starts_with(&self.root) {
                    self.folders.insert(call.path(0));
                }
            }
            "fsync" | "fdatasync" => return self.sync(call.number(0)),
            other => panic!("a call that the disk does not know: {other}"),
        }
        false
    }

    fn opens(&mut self, call: &Call) {
        let (path, flags) = (call.path(1), call.word(2).to_owned());
        if !path.starts_with(&self.root) {
            return;
        }
        let file = if self.folders.contains(&path) {
            None
        } else {
            let (files, names) = (&mut self.files, &mut self.names);
            let file = *names.entry(path.clone()).or_insert_with(|| {
                files.push(File::default());
                files.len() - 1
            });
            Some(file)
        };
        self.open.insert(call.result, (path, file, 0));
        if flags.contains("O_TRUNC") {
            self.truncate(call.result, 0);
        }
    }

    fn write(&mut self, descriptor: i64, octets: &[u8], at: Option<usize>) {
        let Some((_, Some(file), position)) = self.open.get_mut(&descriptor) else { return };
        let at = at.unwrap_or_else(|| {
            let at = *position;
            *position += octets.len();
            at
        });
        let change = Change::Write(at, octets.to_vec());
        change.apply(&mut self.files[*file].now);
        self.files[*file].pending.push(change);
    }

    fn truncate(&mut self, descriptor: i64, length: usize) {
        let Some((_, Some(file), _)) = self.open.get(&descriptor) else { return };
        self.files[*file].now.resize(length, 0);
        self.files[*file].pending.push(Change::Length(length));
    }

    fn sync(&mut self, descriptor: i64) -> bool {
        let Some((path, file, _)) = self.open.get(&descriptor) else { return false };
        match file {
            Some(file) => {
                let file = &mut self.files[*file];
                file.synced = file.now.clone();
                file.pending.clear();
            }
            None => {
                let is_here = |name: &Path| name.parent() == Some(path);
                self.synced_names.retain(|name, _| !is_here(name));
                let here = self.names.iter().filter(|(name, _)| is_here(name));
                self.synced_names.extend(here.map(|(name, file)| (name.clone(), *file)));
                let here = self.folders.iter().filter(|name| is_here(name));
                self.synced_folders.extend(here.cloned());
            }
        }
        true
    }

    /// Writes what the disk has into a folder. `keep` says which of the changes that were not
    /// synced it has all the same.
    pub fn write_to(&self, target: &Path, keep: &mut dyn FnMut() -> bool) {
        drop(fs::remove_dir_all(target));
        fs::create_dir_all(target).unwrap();
        for folder in &self.synced_folders {
            let inside = folder.strip_prefix(&self.root).unwrap();
            fs::create_dir_all(target.join(inside)).unwrap();
        }
        for (name, file) in &self.synced_names {
            let file = &self.files[*file];
            let mut octets = file.synced.clone();
            for change in &file.pending {
                if keep() {
                    change.apply(&mut octets);
                }
            }
            let path = target.join(name.strip_prefix(&self.root).unwrap());
            // A name in a folder whose own name is not durable is not there either.
            if path.parent().is_some_and(Path::is_dir) && !is_index(&path) {
                fs::write(path, octets).unwrap();
            }
        }
    }
}

/// The index of SQLite's log lives in memory that is mapped; it is made again.
fn is_index(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sqlite-shm")
}

impl Change {
    fn apply(&self, octets: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => {
                let end = at + written.len();
                if octets.len() < end {
                    octets.resize(end, 0);
                }
                octets[*at..end].copy_from_slice(written);
            }
            Self::Length(length) => octets.resize(*length, 0),
        }
    }
}
