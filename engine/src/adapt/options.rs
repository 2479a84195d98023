//! Options: what the user wants in place of imports.

use crate::compile::wasi::Wasi;
use crate::error::{Error, Result};
use std::str::FromStr;

/// What takes the place of imports, and which exports are added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Stubs by name. Rules with patterns come before rules without.
    pub stubs: Vec<Stubbing>,
    /// What takes the place of WASI and of `wasi:logging`.
    pub wasi: Wasi,
    /// Modules that supply imports, each with the name from which others import.
    pub with: Vec<(String, Given)>,
    /// Modules that adapt the guest: see [`super`].
    pub shims: Vec<Given>,
    /// The name of the exported memory, if it is not `memory`.
    pub memory: Option<String>,
    /// The name of the exported allocator from which `cabi_realloc` is made.
    pub alloc: Option<String>,
}

/// A module that is given besides the one that is adapted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What messages call it: the name of its file.
    pub name: String,
    /// A core module.
    pub binary: Vec<u8>,
}

/// What a stub does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stub {
    /// It traps, and the error says which import was called.
    Trap,
    /// It does nothing and returns zeros, and null for references.
    Zero,
}

impl Stub {
    /// Returns the name that users write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Zero => "zero",
        }
    }
}

/// A rule that says which imported functions get a stub: `trap`, `zero`, `trap=env.exit,env.emscripten_*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stubbing {
    /// What stands in place of the functions.
    pub stub: Stub,
    /// Patterns of `module.name`, in which `*` matches any characters. Empty: every function that nothing else
    /// replaces.
    pub patterns: Vec<String>,
}

impl FromStr for Stubbing {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (stub, patterns) = match text.split_once('=') {
            None => (text, None),
            Some((stub, patterns)) => (stub, Some(patterns)),
        };
        let stub = match stub {
            "trap" => Stub::Trap,
            "zero" => Stub::Zero,
            _ => return Err("neither trap nor zero"),
        };
        let patterns: Vec<String> =
            patterns.into_iter().flat_map(|all| all.split(',')).map(str::to_string).collect();
        match patterns.iter().all(|pattern| pattern.contains(['.', '*'])) {
            true => Ok(Self { stub, patterns }),
            false => Err("an import is written as MODULE.NAME"),
        }
    }
}

impl Options {
    /// Returns the stub whose pattern matches a function import, or None.
    pub(super) fn named_stub(&self, import: &str) -> Option<Stub> {
        let named = |rule: &&Stubbing| rule.patterns.iter().any(|one| matches(one, import));
        self.stubs.iter().find(named).map(|rule| rule.stub)
    }

    /// Returns the stub for all functions that nothing else replaces.
    pub(super) fn other_stub(&self) -> Option<Stub> {
        self.stubs.iter().find(|rule| rule.patterns.is_empty()).map(|rule| rule.stub)
    }

    /// Refuses patterns that match no import. A mistyped name would otherwise be found only when the function is
    /// called.
    ///
    /// # Errors
    /// [`Error::Adapt`] for the first such pattern.
    pub(super) fn check_patterns(&self, imports: &[String]) -> Result<()> {
        for pattern in self.stubs.iter().flat_map(|rule| &rule.patterns) {
            if !imports.iter().any(|import| matches(pattern, import)) {
                let pattern = crate::name::printable(pattern);
                return Err(Error::adapt(format!("no imported function matches \"{pattern}\""))
                    .with_hint("plwasm check lists the imports."));
            }
        }
        Ok(())
    }
}

/// Returns whether a name matches a pattern, in which `*` matches any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, is_of) in [
            ("env.foo", "env.foo", true),
            ("env.foo", "env.foobar", false),
            ("env.foo*", "env.foobar", true),
            ("*", "a.b", true),
            ("env.*o*", "env.foo", true),
            ("*.abort", "env.abort", true),
            ("a*b*c", "a.b.c", true),
            ("a*b*c", "a.c", false),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(matches(pattern, name), is_of, "{pattern} {name}");
        }
    }

    #[test]
    fn stubs_are_read() {
        let read = |text: &str| text.parse::<Stubbing>();
        assert_eq!(read("zero"), Ok(Stubbing { stub: Stub::Zero, patterns: vec![] }));
        let patterns = vec!["env.a".to_string(), "env.b*".to_string()];
        assert_eq!(read("trap=env.a,env.b*"), Ok(Stubbing { stub: Stub::Trap, patterns }));
        assert_eq!(read("trap="), Err("an import is written as MODULE.NAME"));
        assert_eq!(read("trap=env.a,b"), Err("an import is written as MODULE.NAME"));
        assert_eq!(read("panic"), Err("neither trap nor zero"));
    }
}
