//! Exports: the exported functions of a module, found by name.
//!
//! It must never find a function that the module does not export.

use crate::abi::CoreSignature;
use crate::error::{Error, Result};
use crate::name::{self, Member, MemberKind};
use crate::read::wit;
use crate::run::module::Module;

/// An exported function.
#[derive(Debug, Clone)]
pub struct Export<'a> {
    /// Its name as the module spells it.
    pub name: &'a str,
    /// Its type in the core module.
    pub core: &'a CoreSignature,
    /// Its WIT type, if the module has metadata.
    pub wit: Option<wit::Function>,
}

impl Export<'_> {
    /// Returns what it is of a resource, if it belongs to one.
    pub fn member(&self) -> Option<Member<'_>> {
        name::member(self.name)
    }

    /// Returns its type for messages: that of WIT, or of the core module.
    pub fn shown(&self) -> String {
        self.wit.as_ref().map_or_else(|| self.core.to_string(), ToString::to_string)
    }

    /// Returns why it cannot be called with nothing but its own arguments, or None if it can.
    pub fn refusal(&self) -> Option<&'static str> {
        match self.member().map(|member| member.kind) {
            Some(MemberKind::Constructor) => {
                Some("it is a constructor, whose result is a handle, which SQL has no type for")
            }
            Some(MemberKind::Method) => Some("it is a method, which needs its resource"),
            Some(MemberKind::Static) | None => {
                let wit = self.wit.as_ref()?;
                wit.is_constructing().then_some("its result is a handle, which SQL has no type for")
            }
        }
    }
}

impl Module {
    /// Returns the exported function that answers to a name ([`name::find`]).
    ///
    /// # Errors
    /// [`Error::MissingExport`], [`Error::AmbiguousExport`].
    pub fn function(&self, wanted: &str) -> Result<Export<'_>> {
        self.export(name::find(self.facts.functions.names(), wanted)?)
    }

    /// Returns the exported function that an SQL function of that name calls if its body is this module
    /// ([`name::find_in_text`]).
    ///
    /// # Errors
    /// The same as those of [`function`](Self::function).
    pub fn function_in_text(&self, own: &str) -> Result<Export<'_>> {
        self.export(name::find_in_text(self.facts.functions.names(), own)?)
    }

    /// Returns the constructor of the resource to which the method of exactly that name belongs. If the resource has
    /// none, its only static function that returns it takes its place. The WIT says which functions do.
    ///
    /// # Errors
    /// [`Error::NoConstructor`], [`Error::SeveralConstructors`].
    pub fn constructor_of(&self, method: &str) -> Result<Export<'_>> {
        let of = name::member(method).ok_or_else(|| {
            Error::Internal("a function without resource has no constructor".into())
        })?;
        let is_constructing = |export: &str| {
            self.facts.functions.wit(export).is_some_and(|wit| wit.is_constructing())
        };
        self.export(name::constructor(self.facts.functions.names(), &of, is_constructing)?)
    }

    /// Returns the names of all exported functions.
    pub fn exports(&self) -> impl Iterator<Item = &str> + Clone {
        self.facts.functions.names()
    }

    /// Returns the method `own` of the resource to which the export of exactly that name belongs.
    pub fn beside(&self, export: &str, own: &str) -> Option<Export<'_>> {
        let of = name::member(export)?;
        let is_wanted = |found: Member<'_>| {
            found.kind == MemberKind::Method && found.name == own && found.is_beside(&of)
        };
        let mut all = self.facts.functions.names();
        let found = all.find(|export| name::member(export).is_some_and(is_wanted))?;
        self.export(found).ok()
    }

    fn export<'a>(&'a self, name: &'a str) -> Result<Export<'a>> {
        let core = self
            .signature(name)
            .ok_or_else(|| Error::Internal("an export was found but does not exist".into()))?;
        Ok(Export { name, core, wit: self.facts.functions.wit(name) })
    }
}
