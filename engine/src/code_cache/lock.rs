//! Locks: one process compiles, and the others wait for what it stores.
//!
//! The operating system releases a lock when its process ends, however it ends. The file then remains, and the next
//! process takes it over.

use super::{CodeCache, Key, name};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

/// A lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// The file. It is locked as long as it is open.
    _file: File,
}

impl CodeCache<'_> {
    /// Returns the right to compile something, or None while another process has it.
    ///
    /// # Errors
    /// Errors of the file system: then no process can have it.
    pub fn lock(&self, key: &Key) -> io::Result<Option<Lock>> {
        self.lock_as(&key.file(self.runtime.build()))
    }

    /// Returns the right to make a file, or None while another process has it.
    pub(super) fn lock_as(&self, file: &str) -> io::Result<Option<Lock>> {
        if self.size == 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.make_directory()?;
        Lock::take(self.directory.join(name::lock(file)))
    }
}

impl Lock {
    /// Takes the lock, or returns None while another process has it.
    pub(super) fn take(path: PathBuf) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&path)?;
        match file.try_lock() {
            // The last owner removed the file that was opened here. Another process may have made a new one.
            Ok(()) if file.metadata()?.nlink() == 0 => Ok(None),
            Ok(()) => Ok(Some(Self { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While the lock is held, no other process makes or removes a file of that name.
        let _ = fs::remove_file(&self.path);
    }
}
