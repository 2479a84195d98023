//! Making room: lists the artefacts of the cache, and removes some. Files that do not belong to the code cache stay.

use super::lock::Lock;
use super::name::Name;
use super::{CodeCache, Key};
use crate::hash::Hash;
use crate::limits::Isolation;
use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::time::SystemTime;

/// One artefact or state.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name of the file, without its directory.
    pub file: String,
    /// The hash of the module's code.
    pub hash: Hash,
    /// The isolation that the artefact was compiled for; `None` for a state.
    pub isolation: Option<Isolation>,
    /// Bytes of its file.
    pub size: u64,
    /// When it was used last.
    pub used: SystemTime,
    /// Whether this build made it. Others belong to other versions or machines.
    pub is_current: bool,
}

impl CodeCache<'_> {
    /// Returns all artefacts, least recently used first.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |file: DirEntry| self.entry(&file);
        let mut entries: Vec<_> = self.files().filter_map(entry).collect();
        entries.sort_by_key(|entry| entry.used);
        entries
    }

    /// Removes artefacts that are damaged or belong to another build, and files that ended processes have left. Then
    /// removes artefacts, least recently used first, until at most `most` bytes are left. Returns the number of bytes
    /// that it removed.
    pub fn prune(&self, most: u64) -> u64 {
        let before = self.bytes();
        for entry in self.entries() {
            match entry.is_current {
                // Reading a damaged file removes it.
                true => match entry.isolation {
                    Some(isolation) => drop(self.artefact(&Key { hash: entry.hash, isolation })),
                    None => drop(self.state(&entry.file)),
                },
                false => drop(fs::remove_file(self.directory.join(&entry.file))),
            }
        }
        self.make_room(most);
        before.saturating_sub(self.bytes())
    }

    /// Removes artefacts, least recently used first, until at most `most` bytes are left, and files that ended
    /// processes have left. Returns how many bytes are left.
    pub(super) fn make_room(&self, most: u64) -> u64 {
        let mut entries = self.entries();
        let mut left: u64 = entries.iter().map(|entry| entry.size).sum();
        entries.retain(|entry| {
            let goes = left > most && fs::remove_file(self.directory.join(&entry.file)).is_ok();
            left -= if goes { entry.size } else { 0 };
            !goes
        });
        let hashes: HashSet<_> = entries.iter().map(|entry| entry.hash).collect();
        for file in self.files() {
            let name = file.file_name();
            let is_left_over = match name.to_str().and_then(Name::parse) {
                Some(Name::Temporary(writer)) => !is_alive(writer),
                Some(Name::Source(stored)) => {
                    !self.behind(stored).is_some_and(|hash| hashes.contains(&hash))
                }
                // Dropping the lock removes its file.
                Some(Name::Lock) => Lock::take(file.path()).is_err(),
                Some(Name::Artefact(..) | Name::State(..)) | None => false,
            };
            if is_left_over {
                let _ = fs::remove_file(file.path());
            }
        }
        left
    }

    fn entry(&self, file: &DirEntry) -> Option<Entry> {
        let name = file.file_name().into_string().ok()?;
        let (hash, isolation, build) = match Name::parse(&name)? {
            Name::Artefact(key, build) => (key.hash, Some(key.isolation), build),
            Name::State(module, build) => (module, None, build),
            _ => return None,
        };
        let is_current = build == &**self.runtime.build();
        let found = file.metadata().ok()?;
        let used = found.modified().ok()?;
        Some(Entry { hash, isolation, size: found.len(), used, is_current, file: name })
    }

    fn bytes(&self) -> u64 {
        let size = |file: DirEntry| {
            file.file_name().to_str().and_then(Name::parse)?;
            Some(file.metadata().ok()?.len())
        };
        self.files().filter_map(size).sum()
    }

    fn files(&self) -> impl Iterator<Item = DirEntry> {
        fs::read_dir(&self.directory).into_iter().flatten().flatten()
    }
}

fn is_alive(process: i32) -> bool {
    // SAFETY: signal 0 sends nothing; kill only checks whether the process exists.
    unsafe { libc::kill(process, 0) == 0 || *libc::__errno_location() != libc::ESRCH }
}
