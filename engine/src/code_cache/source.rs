//! Stored forms: remembers the code behind the bytes that a database stores (compressed base64), so that a large
//! module need not be decoded to find its artefact.

use super::{CodeCache, name};
use crate::hash::Hash;
use std::io::Read;
use xxhash_rust::xxh3::xxh3_64;

/// The hexadecimal digits of a hash and of the checksum that follows it.
const LENGTH: usize = 64 + 16;

impl CodeCache<'_> {
    /// Returns the hash of the code behind a stored form, if it was remembered.
    pub fn behind(&self, stored: Hash) -> Option<Hash> {
        if self.size == 0 {
            return None;
        }
        let path = self.directory.join(file(stored));
        let mut opened = self.open_file(&path)?;
        let mut content = String::new();
        let found = opened.by_ref().take(LENGTH as u64 + 1).read_to_string(&mut content);
        let hash = content.get(..64).and_then(|hash| hash.parse().ok());
        match hash {
            Some(hash) if found.is_ok() && content == text(stored, hash) => Some(hash),
            _ => self.discard(&path, &"its checksum does not match"),
        }
    }

    /// Remembers the code behind a stored form.
    pub fn remember(&self, stored: Hash, hash: Hash) {
        if self.size > 0
            && let Err(error) = self
                .make_directory()
                .and_then(|()| self.write(&file(stored), text(stored, hash).as_bytes()))
        {
            (self.log)(&format!(
                "could not write to the code cache \"{}\": {error}",
                self.directory.display()
            ));
        }
    }
}

fn file(stored: Hash) -> String {
    format!("{stored}{}", name::SOURCE)
}

fn text(stored: Hash, hash: Hash) -> String {
    format!("{hash}{:016x}", xxh3_64(format!("{stored}{hash}").as_bytes()))
}
