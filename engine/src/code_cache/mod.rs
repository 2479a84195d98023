//! The code cache (L3): artefacts and pristine states in a directory, for all processes of a server.
//!
//! | name | what |
//! |---|---|
//! | `HASH.ISOLATION.BUILD` | an artefact ([`Artefact`]) |
//! | `HASH.wNNN.BUILD` | a pristine state of that module ([`State`](crate::State)) |
//! | `HASH.source` | the hash of the code behind a stored form |
//! | `pgsql_tmp.HASH.ISOLATION.BUILD.lock` | a process compiles that artefact; states have locks, too |
//! | `pgsql_tmp.PID...` | process PID writes a file |
//!
//! Files are written under a temporary name and then renamed. They are never changed, so a process that has mapped
//! one can use it even after it was removed. The cache must never load a file that is not the server's own, and must
//! never fail a call: a problem with the directory is logged, and the code is compiled again.

mod lock;
mod name;
mod prune;
mod source;
pub(crate) mod state;
mod state_key;

use crate::compile::artefact::Artefact;
use crate::compile::runtime::Runtime;
use crate::compile::sealed::Damage;
use crate::error::{Error, Result};
use crate::limits::Poll;
pub use lock::Lock;
pub use name::Key;
pub use prune::Entry;
pub use state::State;
pub use state_key::StateKey;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

/// The cache of a server, as one of its processes uses it.
#[derive(Debug)]
pub struct CodeCache<'a> {
    /// The runtime that loads the artefacts.
    pub runtime: &'a Runtime,
    /// The directory of the artefacts.
    pub directory: PathBuf,
    /// The most bytes of all artefacts. 0: there is no cache.
    pub size: u64,
    /// The bytes that this process may store before it measures the cache again, which takes a while where there are
    /// thousands of files. Begins as 0.
    pub room: &'a AtomicU64,
    /// Whether files must survive a crash of the operating system.
    pub durable: bool,
    /// Called with the description of a problem.
    pub log: fn(&str),
    /// Asked whether to stop, while files are read.
    pub poll: Poll,
}

/// A process stores at most one part of the room that it finds before it measures again, since other processes store,
/// too.
const PARTS: u64 = 16;

/// An artefact that was used within this time is not marked as used again.
const USED_AGAIN: Duration = Duration::from_secs(60);

impl CodeCache<'_> {
    /// Returns an artefact, if it is in the cache and intact. Removes it if it is damaged.
    ///
    /// # Errors
    /// [`Error::Reserve`] if it cannot be mapped.
    pub fn open(&self, key: &Key) -> Result<Option<Artefact>> {
        if self.size == 0 {
            return Ok(None);
        }
        Ok(self.artefact(key)?.map(|(file, artefact)| {
            mark_used(&file);
            artefact
        }))
    }

    /// Does what [`open`](Self::open) does, but does not mark the artefact as used.
    fn artefact(&self, key: &Key) -> Result<Option<(File, Artefact)>> {
        let name = key.file(self.runtime.build());
        let found = self.read(&name, |file| Artefact::read(self.runtime, file, self.poll))?;
        Ok(match found {
            Some((_, artefact)) if !artefact.is_of(key.hash, key.isolation) => {
                self.discard(&self.directory.join(name), &"it belongs to another module")
            }
            found => found,
        })
    }

    /// Returns what `read` makes of a file, if the file is there and intact. Removes it if it is damaged.
    fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&File) -> std::result::Result<T, Damage>,
    ) -> Result<Option<(File, T)>> {
        let path = self.directory.join(name);
        let Some(file) = self.open_file(&path) else { return Ok(None) };
        match read(&file) {
            Ok(found) => Ok(Some((file, found))),
            Err(Damage::Map(error)) => Err(Error::Reserve(error.to_string())),
            Err(Damage::Interrupted) => Err(Error::Interrupted),
            Err(damage) => Ok(self.discard(&path, &damage)),
        }
    }

    /// Returns the size of an artefact's file in bytes, if it is in the cache.
    pub fn size_of(&self, key: &Key) -> Option<u64> {
        let path = self.directory.join(key.file(self.runtime.build()));
        fs::symlink_metadata(path).ok().map(|found| found.len())
    }

    /// Stores an artefact. Others are removed to make room for it. It is not stored if it is larger than the whole
    /// cache may be.
    pub fn store(&self, key: &Key, artefact: &Artefact) {
        self.store_as(&key.file(self.runtime.build()), artefact.bytes());
    }

    fn store_as(&self, name: &str, bytes: &[u8]) {
        if bytes.len() as u64 > self.size {
            return;
        }
        let stored = self.make_directory().and_then(|()| {
            self.take_room(bytes.len() as u64);
            self.write(name, bytes)
        });
        if let Err(error) = stored {
            (self.log)(&format!(
                "could not write to the code cache \"{}\": {error}",
                self.directory.display()
            ));
        }
    }

    fn take_room(&self, bytes: u64) {
        let left = self.room.load(Relaxed).checked_sub(bytes).unwrap_or_else(|| {
            let most = self.size - bytes;
            most.saturating_sub(self.make_room(most)) / PARTS
        });
        self.room.store(left, Relaxed);
    }

    fn make_directory(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.directory) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ if self.is_ours() => Ok(()),
            _ => Err(io::Error::other("it is not a directory that belongs to the server alone")),
        }
    }

    /// Returns whether the directory is a directory, and the server's own.
    fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.directory)
            .is_ok_and(|found| found.is_dir() && is_private(&found))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(&format!("{}{}.", name::TEMPORARY, std::process::id()))
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(&self.directory)?;
        file.write_all(bytes)?;
        if self.durable {
            file.as_file().sync_all()?;
        }
        file.persist(self.directory.join(name)).map_err(|error| error.error)?;
        if self.durable {
            File::open(&self.directory)?.sync_all()?;
        }
        Ok(())
    }

    /// Opens a file, if it exists, is a regular file, and is the server's own.
    fn open_file(&self, path: &Path) -> Option<File> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                return self.discard(path, &"it is a symbolic link");
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return self.discard(path, &error);
            }
            Err(error) => {
                (self.log)(&format!("could not open \"{}\": {error}", path.display()));
                return None;
            }
        };
        if !self.is_ours() {
            (self.log)(&format!(
                "the code cache \"{}\" is not used: users other than the server's have access to it",
                self.directory.display()
            ));
            return None;
        }
        match file.metadata() {
            Ok(found) if !found.is_file() => self.discard(path, &"it is not a regular file"),
            Ok(found) if !is_private(&found) => {
                self.discard(path, &"users other than the server's have access to it")
            }
            Ok(_) => Some(file),
            Err(error) => self.discard(path, &error),
        }
    }

    fn discard<T>(&self, path: &Path, why: &dyn std::fmt::Display) -> Option<T> {
        (self.log)(&format!("discarding \"{}\" of the code cache: {why}", path.display()));
        if let Err(error) = fs::remove_file(path)
            && error.kind() != ErrorKind::NotFound
        {
            (self.log)(&format!("could not remove \"{}\": {error}", path.display()));
        }
        None
    }
}

/// Marks a file as used, unless that was done a short time ago.
fn mark_used(file: &File) {
    let now = SystemTime::now();
    let used = file.metadata().and_then(|metadata| metadata.modified());
    if used.is_ok_and(|used| now.duration_since(used).is_ok_and(|ago| ago > USED_AGAIN)) {
        // A file that cannot be marked as used is used all the same.
        let _ = file.set_modified(now);
    }
}

/// Returns whether a file is the server's own, and whether others can do no more with it than with a data directory,
/// which a group may read.
fn is_private(found: &fs::Metadata) -> bool {
    // SAFETY: geteuid has no preconditions and cannot fail.
    let user = unsafe { libc::geteuid() };
    found.uid() == user && found.mode() & 0o027 == 0
}
