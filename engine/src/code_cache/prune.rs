//! Making room: what is in the cache, and what of it goes.

use super::{CodeCache, Key, name};
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// One artefact.
#[derive(Debug, Clone)]
pub struct Entry {
    pub file: String,
    pub key: Key,
    /// In bytes.
    pub size: u64,
    pub used: SystemTime,
    /// Whether it is of this build; others are of other versions or of another machine.
    pub is_current: bool,
}

impl CodeCache<'_> {
    /// All artefacts, least recently used first.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<_> =
            self.files().filter_map(|(path, name)| self.entry(&path, name)).collect();
        entries.sort_by_key(|entry| entry.used);
        entries
    }

    /// Removes what is damaged, of another build or left over from processes that have ended; and then artefacts,
    /// least recently used first, until no more than so many bytes are left. Returns the bytes of what it removed.
    pub fn prune(&self, most: u64) -> u64 {
        let before = self.bytes();
        for (path, name) in self.files() {
            if name.ends_with(name::LOCK) {
                // Locked is what somebody holds.
                if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                    let _ = fs::remove_file(&path);
                }
            } else if let Some(writer) = name::writer(&name) {
                if !is_alive(writer) {
                    let _ = fs::remove_file(&path);
                }
            } else if let Some(entry) = self.entry(&path, name.clone()) {
                // What is damaged goes when it is opened.
                if !entry.is_current || matches!(self.open(&entry.key), Ok(None)) {
                    let _ = fs::remove_file(&path);
                }
            } else if !name.ends_with(name::SOURCE) {
                self.discard::<()>(&path, &"it is not of the code cache");
            }
        }
        self.shrink(most);
        let hashes: HashSet<_> = self.entries().iter().map(|entry| entry.key.hash).collect();
        for (path, name) in self.files() {
            if name.ends_with(name::SOURCE)
                && !self.target(&name).is_some_and(|hash| hashes.contains(&hash))
            {
                let _ = fs::remove_file(&path);
            }
        }
        before.saturating_sub(self.bytes())
    }

    /// Makes room for an artefact of so many bytes.
    pub(super) fn make_room(&self, bytes: u64) {
        self.shrink(self.size.saturating_sub(bytes));
    }

    fn shrink(&self, most: u64) {
        let entries = self.entries();
        let mut total: u64 = entries.iter().map(|entry| entry.size).sum();
        for entry in entries {
            if total <= most {
                return;
            }
            if fs::remove_file(self.directory.join(&entry.file)).is_ok() {
                total -= entry.size;
            }
        }
    }

    fn entry(&self, path: &Path, file: String) -> Option<Entry> {
        let (key, build) = Key::parse(&file)?;
        let is_current = build == self.compiler.build();
        let found = fs::symlink_metadata(path).ok()?;
        let used = found.modified().ok()?;
        Some(Entry { key, size: found.len(), used, is_current, file })
    }

    fn bytes(&self) -> u64 {
        self.files().filter_map(|(path, _)| Some(fs::symlink_metadata(path).ok()?.len())).sum()
    }

    fn files(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let files = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        files.filter_map(|file| Some((file.path(), file.file_name().into_string().ok()?)))
    }
}

fn is_alive(process: i32) -> bool {
    // SAFETY: signal 0 is none.
    unsafe { libc::kill(process, 0) == 0 || *libc::__errno_location() != libc::ESRCH }
}
