//! What a component exports: functions with their options, and the message of a panic.

use super::super::builtin;
use super::super::part::Part;
use super::super::plan::{Export, Item};
use super::{Flattener, untold};
use crate::error::{Error, Result};
use crate::guest::PANIC_MESSAGE;
use crate::name::printable;
use wasmparser::ExternalKind;
use wasmtime_environ::component::{
    CoreDef, Export as Exported, ExportIndex, OptionsIndex, StringEncoding,
};

impl Flattener<'_, '_> {
    /// Exports the component's functions, and what their calls need.
    pub(super) fn export(&mut self) -> Result<()> {
        let component = &self.translation.component;
        let exports = component.exports.raw_iter();
        let mut open: Vec<(String, ExportIndex)> =
            exports.map(|(name, (index, _))| (name.to_string(), *index)).collect();
        open.reverse();
        while let Some((name, index)) = open.pop() {
            match &component.export_items[index] {
                Exported::LiftedFunction { ty, func, options } => {
                    let uses = self.memory(*options)?;
                    self.plan.memories.extend(uses.0);
                    self.plan.reallocs.extend(uses.1);
                    self.export_function(&name, *ty, func, *options)?;
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
        self.plan.main = self.plan.memories.first().copied().or(self.supply.guest.0);
        self.export_panic_message()
    }

    /// What the module whose memory it is has for that; no function can have such a name.
    pub(super) fn export_panic_message(&mut self) -> Result<()> {
        let Some(main) = self.plan.main else { return Ok(()) };
        let module = &self.plan.modules[self.plan.instances[main.instance].module];
        let kind = ExternalKind::Global;
        if let Some(index) = Part::read(&module.binary)?.export(kind, PANIC_MESSAGE) {
            let item = Item { instance: main.instance, kind, index };
            self.plan.exports.push(Export { name: PANIC_MESSAGE.into(), item });
        }
        Ok(())
    }

    pub(super) fn export_function(
        &mut self,
        name: &str,
        ty: wasmtime_environ::component::TypeFuncIndex,
        func: &CoreDef,
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
        let mut item = self.item(func)?;
        if let Some(post_return) = options.post_return {
            let def = *self.post_returns.get(&post_return).ok_or_else(untold)?;
            let post_return = self.item(def)?;
            match is_in_memory {
                true => self
                    .plan
                    .exports
                    .push(Export { name: format!("cabi_post_{name}"), item: post_return }),
                // Nobody comes back for a result that is not in memory.
                false => {
                    let ty = self.core_type(options.core_type)?;
                    item = self.own_function(&builtin::told(&ty), vec![item, post_return], 0)?;
                }
            }
        }
        self.plan.exports.push(Export { name: name.into(), item });
        Ok(())
    }
}
