//! A core module with stubs in place of its imports, and with what its own resources need.

use super::assembly::{Assembly, Export, Instance, Item, Module};
use super::resource::{Destructors, HandleImport, Handles};
use super::stubs::Stubs;
use super::supply::Supply;
use crate::abi::CoreSignature;
use crate::compile::wasi;
use crate::error::{Error, Result};
use crate::import::Import;
use crate::read::inspect::core_module::{CoreModule, kind_of};
use std::borrow::Cow;
use wasmparser::ExternalKind;

/// Returns the assembly of a core module and its stubs. It exports what the module exports.
///
/// # Errors
/// [`Error::Imports`] with all imports whose place nothing takes.
pub(super) fn supplied<'a>(binary: &'a [u8], stubs: Option<&dyn Stubs>) -> Result<Assembly<'a>> {
    let part = CoreModule::read(binary)?;
    let mut assembly = Assembly::default();
    assembly.modules.push(Module { binary: Cow::Borrowed(binary), offset: Some(0) });
    assembly.instances.push(Instance { module: 0, imports: Vec::new() });
    let item = |kind, index| Item { instance: 0, kind, index };
    let exported = |kind, name| part.export(kind, name).map(|index| item(kind, index));
    let has_memory = !part.memories.is_empty();
    let memory = exported(ExternalKind::Memory, "memory")
        .or_else(|| has_memory.then(|| item(ExternalKind::Memory, 0)));
    let realloc = exported(ExternalKind::Func, "cabi_realloc");
    let (mut supply, mut handles) = (Supply::default(), Handles::default());
    let mut destructors = None;
    let (mut imports, mut missing) = (Vec::new(), Vec::new());
    for (at, import) in part.imports.iter().enumerate() {
        let signature = match kind_of(import.ty) {
            ExternalKind::Func => Some(signature(&part, at)?),
            _ => None,
        };
        let found = match &signature {
            Some(signature) => {
                let (module, name) = (import.module, import.name);
                match HandleImport::of(module, name, signature) {
                    Some(import) => {
                        let known = destructors.get_or_insert_with(|| Destructors::of(&part));
                        Some(handles.supply(&mut assembly, import, 0, known)?)
                    }
                    None => {
                        let guest = (memory, realloc);
                        supply.stub(&mut assembly, stubs, module, name, signature, guest)?
                    }
                }
            }
            None => None,
        };
        match found {
            Some(found) => imports.push(found),
            None => {
                let mut left = Import::of(import, signature.as_ref());
                let (module, name) = (import.module, import.name);
                if HandleImport::named(module, name).is_some() || (module, name) == wasi::LOG {
                    left.mistype();
                }
                missing.push(left);
            }
        }
    }
    if !missing.is_empty() {
        return Err(Error::Imports(missing));
    }
    assembly.instances[0].imports = imports;
    for export in &part.exports {
        assembly
            .exports
            .push(Export { name: export.name.to_string(), item: item(export.kind, export.index) });
    }
    assembly.main = memory;
    assembly.order = (1..assembly.instances.len()).chain([0]).collect();
    Ok(assembly)
}

/// Returns the type of an imported function.
fn signature(part: &CoreModule<'_>, import: usize) -> Result<CoreSignature> {
    let functions = part.imported.functions.iter();
    let function = functions.take_while(|place| (**place as usize) < import).count();
    part.signature(function as u32)
        .ok_or_else(|| Error::Invalid(format!("import {import} has no type")))
}
