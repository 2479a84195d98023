//! Names of files in the code cache.

use super::state_key;
use crate::hash::Hash;
use crate::limits::Isolation;

/// The prefix of temporary files. PostgreSQL's programs that copy data directories leave out files with this prefix.
pub(super) const TEMPORARY: &str = "pgsql_tmp.";
/// The suffix of locks.
pub(super) const LOCK: &str = ".lock";
/// The suffix of stored forms.
pub(super) const SOURCE: &str = ".source";

/// What an artefact was compiled from, and how it isolates calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The hash of the code, binary or text, that was compiled.
    pub hash: Hash,
    /// The isolation that the code was compiled for.
    pub isolation: Isolation,
}

/// What a file is, according to its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// An artefact, and the build that made it.
    Artefact(Key, &'a str),
    /// A pristine state: the hash of its module, and the build that made it.
    State(Hash, &'a str),
    /// The hash of the code behind the stored form with this hash.
    Source(Hash),
    Lock,
    /// A file that is being written, and the process that writes it.
    Temporary(i32),
}

impl Key {
    /// Returns the name of the artefact's file for that build. Directory and file name together must have less than
    /// 100 characters, or base backups fail.
    pub(super) fn file(&self, build: &str) -> String {
        format!("{}.{}.{build}", self.hash, short(self.isolation))
    }
}

/// Returns the name of the lock that a process holds while it makes a file.
pub(super) fn lock(file: &str) -> String {
    format!("{TEMPORARY}{file}{LOCK}")
}

impl<'a> Name<'a> {
    /// Reads a file's name. Returns None if the file does not belong to the code cache.
    pub(super) fn parse(file: &'a str) -> Option<Self> {
        if let Some(stored) = file.strip_suffix(SOURCE) {
            return stored.parse().ok().map(Self::Source);
        }
        if let Some(temporary) = file.strip_prefix(TEMPORARY) {
            return match temporary.strip_suffix(LOCK) {
                Some(of) => matches!(Self::parse(of)?, Self::Artefact(..) | Self::State(..))
                    .then_some(Self::Lock),
                None => temporary.split('.').next()?.parse().ok().map(Self::Temporary),
            };
        }
        let mut parts = file.split('.');
        let hash = parts.next()?.parse().ok()?;
        let isolation = parts.next()?;
        let build = parts.next().filter(|build| !build.is_empty())?;
        let is_build = build.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_build || parts.next().is_some() {
            return None;
        }
        if state_key::is_tag(isolation) {
            return Some(Self::State(hash, build));
        }
        let isolation = [Isolation::Call, Isolation::Statement]
            .into_iter()
            .find(|found| short(*found) == isolation)?;
        Some(Self::Artefact(Key { hash, isolation }, build))
    }
}

fn short(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Call => "call",
        Isolation::Statement => "stmt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_files_are() {
        let hash = Hash::of(b"");
        for isolation in [Isolation::Call, Isolation::Statement] {
            let key = Key { hash, isolation };
            let build = "0123456789abcdef";
            let file = key.file(build);
            assert!(format!("plwasm_cache/{file}").len() < 100);
            assert_eq!(Name::parse(&file), Some(Name::Artefact(key, build)));
            assert_eq!(Name::parse(&lock(&file)), Some(Name::Lock));
        }
        let key = state_key::StateKey { module: hash, state: Hash::of(b"state") };
        let file = key.file("0123456789abcdef");
        assert!(format!("plwasm_cache/{file}").len() < 100);
        assert_eq!(Name::parse(&file), Some(Name::State(hash, "0123456789abcdef")));
        assert_eq!(Name::parse(&lock(&file)), Some(Name::Lock));
        assert_eq!(Name::parse(&format!("{hash}{SOURCE}")), Some(Name::Source(hash)));
        assert_eq!(Name::parse("pgsql_tmp.77.a1b2"), Some(Name::Temporary(77)));
        for other in [
            "",
            "pgsql_tmp.x",
            "pgsql_tmp.x.lock",
            "lost+found",
            "x.lock",
            "x.source",
            "x.tmp",
            &format!("{hash}"),
            &format!("{hash}.call"),
            &format!("{hash}.call."),
            &format!("{hash}.row.0123abcd"),
            &format!("{hash}.w12g.0123abcd"),
            &format!("{hash}.w1234.0123abcd"),
            &format!("{hash}.call.xyz"),
            &format!("{hash}.call.0123abcd.more"),
            &format!("{hash}.call.0123abcd.lock"),
            &format!("{}.call.0123abcd", hash.to_string().to_uppercase()),
        ] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}
