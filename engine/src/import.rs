//! An import of a module or component, and the host that the binary expects to provide it.

use crate::abi::CoreSignature;
use crate::family::Family;
use crate::name::printable;
use std::fmt;
use wasmparser::TypeRef;

/// Something that a module needs from its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    module: String,
    name: String,
    kind: &'static str,
    family: Family,
}

impl Import {
    /// Makes a component's import of a function of an instance.
    pub(crate) fn function(instance: &str, name: &str) -> Self {
        Self::new(instance, name, "function", None)
    }

    /// Makes an import of a core module. `signature` is the signature of a function, if its type has one.
    pub(crate) fn of(import: &wasmparser::Import<'_>, signature: Option<&CoreSignature>) -> Self {
        let kind = match import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => "function",
            TypeRef::Table(_) => "table",
            TypeRef::Memory(memory) if memory.shared => "shared memory",
            TypeRef::Memory(_) => "memory",
            TypeRef::Global(_) => "global",
            TypeRef::Tag(_) => "tag",
        };
        Self::new(import.module, import.name, kind, signature)
    }

    fn new(
        module: &str,
        name: &str,
        kind: &'static str,
        signature: Option<&CoreSignature>,
    ) -> Self {
        let family = Family::of_import(module, name, kind, signature);
        Self { module: module.to_string(), name: name.to_string(), kind, family }
    }

    /// Returns the name of the module or instance, and the name of the item in it.
    pub(crate) fn names(&self) -> (&str, &str) {
        (&self.module, &self.name)
    }

    /// Returns the host that is expected to provide it.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Sets the host that is expected to provide it.
    pub(crate) fn attribute(&mut self, family: Family) {
        self.family = family;
    }

    /// Records whether the WASI with nothing in it has the function. `covers` tells that for two names.
    pub(crate) fn consult(&mut self, covers: fn(&str, &str) -> bool) {
        if self.kind == "function"
            && self.family != Family::Threads
            && covers(&self.module, &self.name)
        {
            self.family = Family::InertWasi;
        }
    }

    /// Records that there is no stub for it.
    pub(crate) fn refuse(&mut self) {
        if self.family == Family::InertWasi {
            self.mistype();
            self.family = Family::Wasi;
        }
    }

    /// Records that what has its name has another type.
    pub(crate) fn mistype(&mut self) {
        self.kind = "function of another type";
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\".\"{}\"", self.kind, printable(&self.module), printable(&self.name))
    }
}
