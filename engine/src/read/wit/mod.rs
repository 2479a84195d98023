//! WIT metadata: the functions of the world that a binary implements, with their types and comments.
//!
//! A component contains its types. A core module has those of its world in custom sections named `component-type...`,
//! which wit-bindgen adds. Both are read by wasmparser's validator, not by wit-parser: wit-parser panics on some
//! hostile bytes, and copies a shared type for each use, so that a few kB can require gigabytes. This must never
//! panic, and must never make more of a binary than [`budget`] and [`tree`] allow.

pub(crate) mod bounds;
mod budget;
mod convert;
mod docs;
mod source;
mod spelling;
mod tree;

use crate::abi::{Signature, Type};
use crate::error::{Error, Result};
use crate::name::{Member, MemberKind, member};
use crate::name::{listed, printable};
use budget::Budget;
use convert::Converter;
use docs::Docs;
use serde::{Deserialize, Serialize};
use source::{Items, Source};
pub use spelling::Spelling;
use std::fmt;
use std::rc::Rc;

/// The most functions of one binary.
const MAX_FUNCTIONS: usize = 10_000;

/// The exports of a binary, in terms of WIT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The functions in the order of the world.
    pub functions: Vec<Function>,
}

/// One exported function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The name under which a core module exports it: `slugify`, or `plwasm:demo/text@1.0.0#slugify` for a function
    /// of an exported interface.
    pub export: String,
    /// The comment in the WIT.
    pub docs: Option<String>,
    /// Empty if the function is unsupported.
    pub params: Vec<Param>,
    /// The type of the result, if there is one.
    pub result: Option<Value>,
    /// The reason if it cannot be called.
    pub unsupported: Option<Rc<str>>,
}

/// A type, and its name in plwasm:types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The type.
    pub ty: Type,
    /// Which type of plwasm:types it is.
    pub spelling: Spelling,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// The name as WIT spells it (`kebab-case`).
    pub name: String,
    /// Its type.
    pub value: Value,
}

impl Interface {
    /// Reads the metadata of a binary. Returns None if it has none.
    ///
    /// # Errors
    /// [`Error::Invalid`] for contradictory metadata; the errors of [`bounds::check`].
    pub fn of(binary: &[u8]) -> Result<Option<Self>> {
        let Some(found) = source::read(binary)? else { return Ok(None) };
        let mut interface = Self { functions: Vec::new() };
        let mut budget = Budget::new();
        for source in &found.sources {
            interface.add(source, &found.docs, &mut budget)?;
        }
        Ok(Some(interface))
    }

    /// Returns the function with exactly this export.
    pub fn function(&self, export: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.export == export)
    }

    fn add(&mut self, source: &Source, docs: &[Docs], budget: &mut Budget) -> Result<()> {
        let mut converter = Converter::new(source, docs, budget);
        let items = source.items();
        // Imports come first: if an export uses a type of another interface, the type is imported.
        for (name, item) in items.imports {
            converter.import(name, item);
        }
        let Items { exports, .. } = items;
        for (name, item) in exports {
            for function in converter.export(name, item) {
                self.push(function)?;
            }
        }
        Ok(())
    }

    /// Adds a function. wit-bindgen adds a section for each world that was generated for a module, and the worlds may
    /// overlap.
    fn push(&mut self, function: Function) -> Result<()> {
        // Only sections after the first can repeat a name, and they are few.
        if let Some(found) = self.function(&function.export) {
            return match *found == function {
                true => Ok(()),
                false => Err(Error::Invalid(format!(
                    "its WIT metadata has two functions \"{}\" that differ",
                    printable(&function.export)
                ))),
            };
        }
        if self.functions.len() == MAX_FUNCTIONS {
            return Err(Error::Invalid(format!(
                "its WIT metadata has more than {MAX_FUNCTIONS} functions"
            )));
        }
        self.functions.push(function);
        Ok(())
    }
}

impl Value {
    /// Returns a handle, which no name of plwasm:types spells.
    fn handle(ty: Type) -> Self {
        Self { ty, spelling: Spelling::default() }
    }
}

impl Function {
    /// Makes it a function that cannot be called, for a reason that its metadata does not show.
    pub(crate) fn refuse(&mut self, reason: &str) {
        self.params = Vec::new();
        self.result = None;
        self.unsupported = Some(reason.into());
    }

    /// Returns what it is of a resource, if it belongs to one.
    pub fn member(&self) -> Option<Member<'_>> {
        member(&self.export)
    }

    /// Returns whether it returns a handle of its resource, or a `result` of one, as constructors do.
    pub fn is_constructing(&self) -> bool {
        self.result.as_ref().is_some_and(|result| match &result.ty {
            Type::Result(result) => result.ok.as_ref().is_some_and(Type::is_handle),
            ty => ty.is_handle(),
        })
    }

    /// Returns its name as WIT spells it, without its interface.
    pub fn name(&self) -> &str {
        self.export.rsplit_once('#').map_or(&self.export, |(_, name)| name)
    }

    /// Returns its interface: `plwasm:demo/text@1.0.0`.
    pub fn interface(&self) -> Option<&str> {
        self.export.rsplit_once('#').map(|(interface, _)| interface)
    }

    /// Returns its types without names, or None if it is unsupported.
    pub fn signature(&self) -> Option<Signature> {
        self.unsupported.is_none().then(|| Signature {
            params: self.params.iter().map(|param| param.value.ty.clone()).collect(),
            result: self.result.as_ref().map(|result| result.ty.clone()),
        })
    }
}

/// Writes the function in WIT. If WIT cannot express it, writes the reason. A function of a resource is written after
/// the name of the resource, and without `self`.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = self.member();
        match &member {
            Some(member) => {
                let own = member.own_name();
                write!(f, "{}: ", printable(own.as_deref().unwrap_or(member.resource)))?;
            }
            None => write!(f, "{}: ", printable(self.name()))?,
        }
        if let Some(reason) = &self.unsupported {
            return write!(f, "unsupported, {reason}");
        }
        let (keyword, passed) = match member.map(|member| member.kind) {
            None => ("func", 0),
            Some(MemberKind::Method) => ("func", 1),
            Some(MemberKind::Static) => ("static func", 0),
            Some(MemberKind::Constructor) => ("constructor", 0),
        };
        let params = self.params.get(passed..).unwrap_or_default();
        let params = params.iter().map(|param| format!("{}: {}", param.name, param.value.ty));
        write!(f, "{keyword}({})", listed(params))?;
        match &self.result {
            // A constructor returns its resource, which WIT leaves out.
            Some(result) if keyword == "constructor" && result.ty.is_handle() => Ok(()),
            Some(result) => write!(f, " -> {}", result.ty),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
