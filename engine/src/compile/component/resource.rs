//! What a core module imports for the handles of the resources that it exports.
//!
//! wit-bindgen's core modules import these functions from the module `[export]` and the name of the interface. There are
//! no tables here: a handle is the representation itself, so `[resource-new]` and `[resource-rep]` are the identity,
//! and `[resource-drop]` is the destructor that the module exports. They must never give a guest anything else, as they
//! take the place of imports wherever a module is used.

use super::assembly::{Assembly, Instance, Item, Module};
use super::builtin;
use crate::abi::{CoreSignature, CoreType};
use crate::error::Result;
use crate::read::inspect::core_module::CoreModule;
use std::borrow::Cow;
use std::collections::HashMap;
use wasmparser::{ExternalKind, ValType};

/// The functions, and a destructor that does nothing.
const FUNCTIONS: &str = r#"(module $resource
  (func (export "identity") (param i32) (result i32) (local.get 0))
  (func (export "nothing") (param i32)))"#;
const IDENTITY: u32 = 0;
const NOTHING: u32 = 1;

/// An import of a function for handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandleImport<'a> {
    /// `[resource-new]` or `[resource-rep]`.
    Identity,
    /// `[resource-drop]`: the interface and the name of the resource.
    Drop(&'a str, &'a str),
}

impl<'a> HandleImport<'a> {
    /// Returns the function that an import names, whatever its type.
    pub(crate) fn named(module: &'a str, name: &'a str) -> Option<Self> {
        let interface =
            module.strip_prefix("[export]").filter(|interface| !interface.is_empty())?;
        let (function, resource) = name.strip_prefix("[resource-")?.split_once(']')?;
        match function {
            _ if resource.is_empty() => None,
            "new" | "rep" => Some(Self::Identity),
            "drop" => Some(Self::Drop(interface, resource)),
            _ => None,
        }
    }

    /// Returns the function that an import names, if the import has its type.
    pub(crate) fn of(module: &'a str, name: &'a str, signature: &CoreSignature) -> Option<Self> {
        let found = Self::named(module, name)?;
        let results = match found {
            Self::Identity => &[CoreType::I32][..],
            Self::Drop(..) => &[],
        };
        (signature.params == [CoreType::I32] && signature.results == results).then_some(found)
    }
}

/// The destructors of a module, by the names under which it exports them.
#[derive(Debug, Default)]
pub(crate) struct Destructors<'a>(HashMap<&'a str, u32>);

impl<'a> Destructors<'a> {
    /// Finds them. A function that the module imports itself, or of another type, is none.
    pub(crate) fn of(part: &CoreModule<'a>) -> Self {
        let imported = part.imported.functions.len();
        let types = part.function_types();
        let is_destructor = |function: u32| {
            let own = (function as usize).checked_sub(imported);
            let ty = own.and_then(|own| types.get(*part.functions.get(own)? as usize));
            ty.and_then(Option::as_ref)
                .is_some_and(|ty| ty.params() == [ValType::I32] && ty.results().is_empty())
        };
        let functions = part.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        let named = functions.filter(|export| export.name.contains("#[dtor]"));
        let found = named.map(|export| (export.name, export.index));
        Self(found.filter(|(_, function)| is_destructor(*function)).collect())
    }

    fn get(&self, interface: &str, resource: &str) -> Option<u32> {
        self.0.get(format!("{interface}#[dtor]{resource}").as_str()).copied()
    }
}

/// The instance of our functions, if anything needed it.
#[derive(Debug, Default)]
pub(crate) struct Handles(Option<usize>);

impl Handles {
    /// Returns what takes the place of an import. `guest` is the instance that imports it.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if our own text is malformed. Tests exclude that.
    pub(crate) fn supply(
        &mut self,
        assembly: &mut Assembly<'_>,
        import: HandleImport<'_>,
        guest: usize,
        destructors: &Destructors<'_>,
    ) -> Result<Item> {
        let kind = ExternalKind::Func;
        let index = match import {
            HandleImport::Identity => IDENTITY,
            HandleImport::Drop(interface, resource) => match destructors.get(interface, resource) {
                Some(index) => return Ok(Item { instance: guest, kind, index }),
                None => NOTHING,
            },
        };
        let instance = match self.0 {
            Some(known) => known,
            None => {
                let binary = Cow::Owned(builtin::binary(FUNCTIONS)?);
                assembly.modules.push(Module { binary, offset: None });
                let module = assembly.modules.len() - 1;
                assembly.instances.push(Instance { module, imports: Vec::new() });
                *self.0.insert(assembly.instances.len() - 1)
            }
        };
        Ok(Item { instance, kind, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::component::builtin::tests::validate;

    #[test]
    fn all_of_ours_validates() {
        validate(FUNCTIONS);
    }

    #[test]
    fn only_functions_for_handles_of_exported_resources_are_named() {
        let named = HandleImport::named;
        assert_eq!(named("[export]a:b/c@1.0.0", "[resource-new]r"), Some(HandleImport::Identity));
        assert_eq!(named("[export]c", "[resource-rep]r"), Some(HandleImport::Identity));
        let drop = HandleImport::Drop("a:b/c", "r");
        assert_eq!(named("[export]a:b/c", "[resource-drop]r"), Some(drop));
        for (module, name) in [
            ("a:b/c", "[resource-drop]r"),
            ("[export]", "[resource-drop]r"),
            ("[export]a:b/c", "[resource-drop]"),
            ("[export]a:b/c", "[resource-new"),
            ("[export]a:b/c", "[resource-]r"),
            ("[export]a:b/c", "[resource-newer]r"),
            ("[export]a:b/c", "[task-return]r"),
            ("[export]a:b/c", "r"),
        ] {
            assert_eq!(named(module, name), None, "{module} {name}");
        }
    }
}
