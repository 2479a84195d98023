//! Locks: one process compiles, the others wait for what it stores.
//!
//! The operating system lets go of a lock when its process ends, however that happens. Two compile the same where
//! one opens the file of a lock that another removes; that costs time alone.

use super::{CodeCache, Key, name};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Locked as long as it is open.
    _file: File,
}

impl CodeCache<'_> {
    /// The right to compile something; none while another process has it.
    ///
    /// # Errors
    /// Those of the file system: nobody can have it then.
    pub fn lock(&self, key: &Key) -> io::Result<Option<Lock>> {
        if self.size == 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.make_directory()?;
        let name = key.file(self.compiler.build()) + name::LOCK;
        let path = self.directory.join(name);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever waits for it looks for the artefact when it is free.
        let _ = fs::remove_file(&self.path);
    }
}
