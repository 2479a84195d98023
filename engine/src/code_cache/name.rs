//! Names of files in the code cache.

use crate::hash::Hash;
use crate::limits::Isolation;

/// The end of the names of what is being written.
pub(super) const TEMPORARY: &str = ".tmp";
/// The end of the names of locks.
pub(super) const LOCK: &str = ".lock";
/// The end of the names of stored forms.
pub(super) const SOURCE: &str = ".source";

/// What an artefact is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Of the code, binary or text, that was compiled.
    pub hash: Hash,
    pub isolation: Isolation,
}

impl Key {
    pub(super) fn file(&self, build: &str) -> String {
        format!("{}.{}.{build}", self.hash, self.isolation.name())
    }

    /// The key and the build in the name of an artefact; none if it is no such name.
    pub(super) fn parse(file: &str) -> Option<(Self, &str)> {
        let mut parts = file.split('.');
        let hash = parts.next()?.parse().ok()?;
        let isolation = Isolation::named(parts.next()?)?;
        let build = parts.next().filter(|build| !build.is_empty())?;
        let is_build = build.bytes().all(|digit| digit.is_ascii_hexdigit());
        (is_build && parts.next().is_none()).then_some((Self { hash, isolation }, build))
    }
}

/// Of the name of a temporary file, the process that writes it.
pub(super) fn writer(file: &str) -> Option<i32> {
    file.strip_suffix(TEMPORARY)?.rsplit('.').next()?.parse().ok()
}
