//! Locks: one process compiles, the others wait for what it stores.
//!
//! The operating system lets go of a lock when its process ends, however that happens; its file is left then, and
//! taken over.

use super::{CodeCache, Key};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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
        Lock::take(self.directory.join(key.lock(self.runtime.build())))
    }
}

impl Lock {
    /// Takes it; none while another has it.
    pub(super) fn take(path: PathBuf) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&path)?;
        match file.try_lock() {
            // Who had it has removed the file that was opened here, and another can have made a new one.
            Ok(()) if file.metadata()?.nlink() == 0 => Ok(None),
            Ok(()) => Ok(Some(Self { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is held nobody else makes or removes a file of that name.
        let _ = fs::remove_file(&self.path);
    }
}
