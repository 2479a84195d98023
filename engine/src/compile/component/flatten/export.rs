//! Exports of a component: functions with their options, and the message of a panic.

use super::super::assembly::{Export, Item};
use super::super::builtin::FunctionType;
use super::{Flattener, untold};
use crate::abi::PANIC_MESSAGE;
use crate::error::{Error, Result};
use crate::name::printable;
use crate::read::inspect::core_module::CoreModule;
use wasmparser::ExternalKind;
use wasmtime_environ::component::{Export as Exported, ExportIndex, OptionsIndex, StringEncoding};

impl Flattener<'_, '_> {
    /// Exports the component's functions, and the functions and the memory that calls of them need.
    pub(super) fn export(&mut self) -> Result<()> {
        let component = &self.translation.component;
        let exports = component.exports.raw_iter();
        let mut open: Vec<(String, ExportIndex)> =
            exports.map(|(name, (index, _))| (name.to_string(), *index)).collect();
        open.reverse();
        let mut lifted = Vec::new();
        while let Some((name, index)) = open.pop() {
            match &component.export_items[index] {
                Exported::LiftedFunction { ty, func, options } => {
                    // All functions are collected first, because they determine for which instances it matters
                    // whether they may be left.
                    lifted.push((name, *ty, self.item(func)?, *options));
                }
                Exported::Instance { exports, .. } => {
                    let inner = exports
                        .raw_iter()
                        .map(|(inner, (index, _))| (format!("{name}#{}", &**inner), *index));
                    let first = open.len();
                    open.extend(inner);
                    open[first..].reverse();
                }
                Exported::ModuleStatic { .. }
                | Exported::ModuleImport { .. }
                | Exported::Type(_) => {}
            }
        }
        for (name, ty, function, options) in lifted {
            if self.passes_handles(ty) {
                self.assembly.unrepresented.push(name.clone());
            }
            let (memory, realloc) = self.memory(options)?;
            self.assembly.memories.extend(memory);
            if let Some(realloc) = realloc {
                let of = component.options[options].instance;
                let realloc = self.realloc(realloc, of)?;
                self.assembly.reallocs.push(realloc);
            }
            self.export_function(&name, ty, function, options)?;
        }
        self.assembly.main = self.assembly.memories.first().copied().or(self.supply.guest.0);
        self.export_panic_message()
    }

    /// Exports the panic message of the module that defines the memory. No function can have the name of this export.
    pub(super) fn export_panic_message(&mut self) -> Result<()> {
        let Some(main) = self.assembly.main else { return Ok(()) };
        let module = &self.assembly.modules[self.assembly.instances[main.instance].module];
        let kind = ExternalKind::Global;
        if let Some(index) = CoreModule::read(&module.binary)?.export(kind, PANIC_MESSAGE) {
            let item = Item { instance: main.instance, kind, index };
            self.assembly.exports.push(Export { name: PANIC_MESSAGE.into(), item });
        }
        Ok(())
    }

    pub(super) fn export_function(
        &mut self,
        name: &str,
        ty: wasmtime_environ::component::TypeFuncIndex,
        function: Item,
        options: OptionsIndex,
    ) -> Result<()> {
        let results = &self.types[self.types[ty].results];
        let is_in_memory = results.abi.flat_count(1).is_none();
        let options = &self.translation.component.options[options];
        if options.async_ {
            return Err(Error::Unsupported(format!("async function \"{}\"", printable(name))));
        }
        let encoding = match options.string_encoding {
            StringEncoding::Utf8 => None,
            StringEncoding::Utf16 => Some("utf16"),
            StringEncoding::CompactUtf16 => Some("latin1+utf16"),
        };
        if let Some(encoding) = encoding {
            return Err(Error::Unsupported(format!(
                "strings as {encoding}, in function \"{}\"",
                printable(name)
            )));
        }
        let ty = self.core_type(options.core_type)?;
        let post_return = match options.post_return {
            None => None,
            Some(post_return) => {
                let def = *self.post_returns.get(&post_return).ok_or_else(untold)?;
                let post_return = self.item(def)?;
                let told = FunctionType { params: ty.results.clone(), results: Vec::new() };
                Some(self.post_return(post_return, options.instance, &told)?)
            }
        };
        let item = match (post_return, is_in_memory) {
            (Some(post_return), true) => {
                let name = format!("cabi_post_{name}");
                self.assembly.exports.push(Export { name, item: post_return });
                self.lifted(function, None, &ty)?
            }
            // A result that is not in memory has been read by then, so nothing calls post-return later.
            (post_return, _) => self.lifted(function, post_return, &ty)?,
        };
        self.assembly.exports.push(Export { name: name.into(), item });
        Ok(())
    }
}
