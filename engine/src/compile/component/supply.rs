//! Supplies an assembly with stubs. Each module is instantiated once for each guest that it serves.

use super::assembly::{Assembly, Instance, Item, Module};
use super::builtin;
use super::stubs::{GUEST, Stubs};
use crate::abi::CoreSignature;
use crate::compile::wasi;
use crate::error::{Error, Result};
use crate::read::inspect::core_module::{CoreModule, kind_of};
use std::borrow::Cow;
use wasmparser::ExternalKind;

/// The stubs that were instantiated.
#[derive(Debug, Default)]
pub(crate) struct Supply {
    /// The memory and the allocator for a stub whose import names none.
    pub guest: GuestItems,
    /// Whether what the guest says is dropped.
    is_silent: bool,
    instances: Vec<Made>,
}

/// An instance of a stub. If it has no guest, it serves all.
#[derive(Debug)]
struct Made {
    binary: Vec<u8>,
    guest: Option<GuestItems>,
    instance: usize,
}

/// A guest's memory and allocator.
pub(crate) type GuestItems = (Option<Item>, Option<Item>);

impl Supply {
    /// Makes a supply with which what the guest says is dropped.
    pub(crate) fn silent() -> Self {
        Self { is_silent: true, ..Self::default() }
    }

    /// Returns what takes the place of a guest's import, or None if there is no stub for it. Without `stubs` there are only
    /// those that every module can import.
    ///
    /// # Errors
    /// [`Error::Internal`] if the stubs contradict each other.
    pub(crate) fn stub(
        &mut self,
        assembly: &mut Assembly<'_>,
        stubs: Option<&dyn Stubs>,
        module: &str,
        name: &str,
        signature: &CoreSignature,
        guest: GuestItems,
    ) -> Result<Option<Item>> {
        let always = wasi::always(module, name, signature);
        let depends = always.is_none();
        let Some(stub) = always.or_else(|| stubs?.stub(module, name, signature)) else {
            return Ok(None);
        };
        let guest = (guest.0.or(self.guest.0), guest.1.or(self.guest.1));
        let instance = self.instance(assembly, stubs, &stub.binary, guest, 0)?;
        let index = CoreModule::read(&stub.binary)?.export(ExternalKind::Func, &stub.export);
        let index = index.ok_or_else(|| misfit(&stub.export))?;
        assembly.is_supplied |= depends;
        Ok(Some(Item { instance, kind: ExternalKind::Func, index }))
    }

    fn instance(
        &mut self,
        assembly: &mut Assembly<'_>,
        stubs: Option<&dyn Stubs>,
        binary: &[u8],
        guest: GuestItems,
        depth: usize,
    ) -> Result<usize> {
        // No chain of stubs is that long: they import from each other in a circle.
        if depth > 20 {
            return Err(misfit("a cycle"));
        }
        let part = CoreModule::read(binary)?;
        let imports_guest = part.imports.iter().any(|import| import.module == GUEST);
        let mut imports = Vec::new();
        let mut others = Vec::new();
        for import in &part.imports {
            if import.module == GUEST {
                let kind = kind_of(import.ty);
                imports.push(match (kind, guest) {
                    (ExternalKind::Memory, (Some(memory), _)) => memory,
                    (ExternalKind::Memory, (None, _)) => no_memory(assembly)?,
                    (ExternalKind::Func, (_, Some(realloc))) => realloc,
                    (ExternalKind::Func, (_, None)) => no_realloc(assembly)?,
                    _ => return Err(misfit(import.name)),
                });
                continue;
            }
            let messages = wasi::messages(import.module).map(Cow::Borrowed);
            let silence = wasi::silence(import.module).filter(|_| self.is_silent);
            let other = match messages.clone().or(silence.map(Cow::Borrowed)) {
                None => stubs.and_then(|stubs| stubs.named(import.module)),
                found => found,
            };
            let other = other.ok_or_else(|| misfit(import.module))?;
            let instance = self.instance(assembly, stubs, &other, guest, depth + 1)?;
            if messages.is_some() {
                assembly.messages = Some(Item { instance, kind: ExternalKind::Memory, index: 0 });
            }
            let kind = kind_of(import.ty);
            let index = CoreModule::read(&other)?.export(kind, import.name);
            let index = index.ok_or_else(|| misfit(import.name))?;
            others.push(instance);
            imports.push(Item { instance, kind, index });
        }
        // A stub that uses nothing of the guest, such as a clock, serves all.
        let serves_all = !imports_guest && !others.iter().any(|other| self.is_of_guest(*other));
        let guest = (!serves_all).then_some(guest);
        let mut made = self.instances.iter();
        if let Some(known) = made.find(|made| made.binary == binary && made.guest == guest) {
            return Ok(known.instance);
        }
        assembly.modules.push(Module { binary: Cow::Owned(binary.to_vec()), offset: None });
        let module = assembly.modules.len() - 1;
        assembly.instances.push(Instance { module, imports });
        let instance = assembly.instances.len() - 1;
        self.instances.push(Made { binary: binary.to_vec(), guest, instance });
        Ok(instance)
    }

    fn is_of_guest(&self, instance: usize) -> bool {
        self.instances.iter().any(|made| made.instance == instance && made.guest.is_some())
    }
}

/// Returns an empty memory: any access to it traps.
fn no_memory(assembly: &mut Assembly<'_>) -> Result<Item> {
    ours(assembly, builtin::NO_MEMORY, ExternalKind::Memory)
}

/// Returns an allocator that traps.
fn no_realloc(assembly: &mut Assembly<'_>) -> Result<Item> {
    let ty = builtin::FunctionType { params: vec!["i32".into(); 4], results: vec!["i32".into()] };
    ours(assembly, &builtin::trap("cabi_realloc", &ty), ExternalKind::Func)
}

fn ours(assembly: &mut Assembly<'_>, text: &str, kind: ExternalKind) -> Result<Item> {
    let binary = Cow::Owned(builtin::binary(text)?);
    assembly.modules.push(Module { binary, offset: None });
    assembly.instances.push(Instance { module: assembly.modules.len() - 1, imports: Vec::new() });
    Ok(Item { instance: assembly.instances.len() - 1, kind, index: 0 })
}

fn misfit(what: &str) -> Error {
    Error::Internal(format!("the stubs contradict each other: {what}"))
}
