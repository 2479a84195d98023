//! The exports of the rewritten module: the guest's under their names, and ours for the host.

use super::super::effects::Change;
use super::super::isolate;
use super::super::manifest::Manifest;
use super::Rewriter;
use crate::error::Result;
use crate::initialization::Phase;
use crate::read::opcode::Effects;
use std::collections::HashMap;
use wasm_encoder::reencode::RoundtripReencoder;
use wasm_encoder::reencode::utils::export_kind;
use wasm_encoder::{ExportKind, ExportSection, Instruction as I};
use wasmparser::ExternalKind;

/// The most globals that are put back in each function that is exported, and not in one function for all of them.
const MOST_INLINE: usize = 16;

impl Rewriter<'_, '_> {
    /// Exports under the guest's names and types. Returns the start function, for the start section.
    pub(super) fn export_plain(&mut self, exports: &mut ExportSection) -> Result<Option<u32>> {
        let profile = self.profile;
        let fuel = self.fuel_global();
        let mut wrappers = HashMap::new();
        let mut wrapped = |this: &mut Self, function: u32| -> Result<u32> {
            let Some(fuel) = fuel else { return Ok(this.number(function)) };
            if (function as usize) < profile.imported_functions {
                return Ok(function);
            }
            if let Some(known) = wrappers.get(&function) {
                return Ok(*known);
            }
            let params = profile.type_of(function)?.params().len() as u32;
            let mut code: Vec<I<'static>> = (0..params).map(I::LocalGet).collect();
            let call = I::Call(this.number(function));
            code.extend([I::GlobalGet(fuel), call, I::GlobalSet(fuel), I::End]);
            let ty = this.types.plain(profile.functions[function as usize]);
            let number = this.push(ty, code);
            wrappers.insert(function, number);
            Ok(number)
        };
        for export in &profile.module.exports {
            let index = match is_function(export.kind) {
                true => wrapped(self, export.index)?,
                false => export.index,
            };
            exports.export(export.name, export_kind(&mut RoundtripReencoder, export.kind), index);
        }
        profile.module.start.map(|start| wrapped(self, start)).transpose()
    }

    /// Exports for our own host: functions as they now are, and what puts globals back.
    pub(super) fn export_direct(
        &mut self,
        exports: &mut ExportSection,
        manifest: &mut Manifest,
        changes: &[Change],
    ) -> Result<()> {
        let profile = self.profile;
        let restore = self.restore_globals();
        for (at, export) in profile.module.exports.iter().enumerate() {
            if !is_function(export.kind) {
                exports.export(
                    export.name,
                    export_kind(&mut RoundtripReencoder, export.kind),
                    export.index,
                );
                continue;
            }
            let effects = changes[export.index as usize].effects;
            manifest.effects.insert(export.name.to_string(), effects);
            let number = self.number(export.index);
            exports.export(export.name, ExportKind::Func, number);
            let of = |name: &str| match profile.function(name) {
                Some(function) => changes[function as usize].effects,
                None => Effects::NONE,
            };
            // The functions that were called before it for the same call.
            let result_of = export.name.strip_prefix("cabi_post_");
            let all = effects | of("cabi_realloc") | result_of.map_or(Effects::NONE, of);
            if restore.is_empty() || !all.intersects(Effects::GLOBAL) {
                continue;
            }
            let params = profile.type_of(export.index)?.params().len() as u32;
            let mut code: Vec<I<'static>> =
                (0..params + u32::from(self.passes.meter)).map(I::LocalGet).collect();
            code.push(I::Call(number));
            code.extend(restore.iter().cloned());
            code.push(I::End);
            let last = self.push(profile.functions[export.index as usize], code);
            let name = format!("{}last {at}", self.prefix);
            exports.export(&name, ExportKind::Func, last);
            manifest.last.insert(export.name.to_string(), name);
        }
        if !restore.is_empty() {
            let snapshot = self.snapshot_globals();
            let name = format!("{}snapshot", self.prefix);
            exports.export(&name, ExportKind::Func, snapshot);
            manifest.snapshot = Some(name);
        }
        Ok(())
    }

    /// Returns the code that puts globals back: each from its twin, or a call of a function of ours that does so for
    /// all of them. Empty if there are none.
    fn restore_globals(&mut self) -> Vec<I<'static>> {
        let globals = self.restored_globals();
        let mut restore: Vec<I<'static>> = Vec::new();
        for (twin, (global, ty)) in (self.first_twin()..).zip(&globals) {
            restore.push(I::GlobalGet(twin));
            if is_non_null(ty) {
                restore.push(I::RefAsNonNull);
            }
            restore.push(I::GlobalSet(*global));
        }
        if globals.len() > MOST_INLINE {
            let ty = self.types.of(&[], &[]);
            restore.push(I::End);
            restore = vec![I::Call(self.push(ty, restore))];
        }
        restore
    }

    /// Adds a function that copies each global that is put back to its twin, and returns its number.
    fn snapshot_globals(&mut self) -> u32 {
        let pairs = (self.first_twin()..).zip(self.restored_globals());
        let copy = |(twin, (global, _))| [I::GlobalGet(global), I::GlobalSet(twin)];
        let code = pairs.flat_map(copy).chain([I::End]).collect();
        let ty = self.types.of(&[], &[]);
        self.push(ty, code)
    }

    /// Exports the memory and the globals of which a state consists.
    pub(super) fn export_state(&self, exports: &mut ExportSection, manifest: &mut Manifest) {
        let profile = self.profile;
        if !profile.memories.is_empty() && profile.module.imported.memories.is_empty() {
            let name = format!("{}first", self.prefix);
            exports.export(&name, ExportKind::Memory, 0);
            manifest.first = Some(name);
        }
        let mut globals = Vec::new();
        for (index, ty) in profile.own_mutable_globals() {
            if matches!(ty.content_type, wasmparser::ValType::Ref(_)) {
                return;
            }
            let name = format!("{}global {index}", self.prefix);
            exports.export(&name, ExportKind::Global, index);
            globals.push(name);
        }
        manifest.globals = Some(globals);
    }

    /// Exports the memory of what the guest says.
    pub(super) fn export_messages(&self, exports: &mut ExportSection, manifest: &mut Manifest) {
        if let Some(memory) = self.passes.messages {
            let name = format!("{}messages", self.prefix);
            exports.export(&name, ExportKind::Memory, memory);
            manifest.messages = Some(name);
        }
    }

    /// Exports our memory, of so many pages, and the guest's if it can be put back.
    pub(super) fn export_memories(
        &self,
        exports: &mut ExportSection,
        manifest: &mut Manifest,
        marking: &isolate::Input,
        pages: u64,
    ) {
        let name = format!("{}memory", self.prefix);
        exports.export(&name, ExportKind::Memory, marking.memory);
        manifest.memory = Some((name, pages as usize * 65536));
        if marking.restorable && !self.passes.linkable {
            let name = format!("{}restored", self.prefix);
            exports.export(&name, ExportKind::Memory, 0);
            manifest.restored = Some(name);
            manifest.elastic = self.elastic;
        }
    }

    /// Exports the functions that run before any call.
    pub(super) fn export_startup(
        &self,
        exports: &mut ExportSection,
        manifest: &mut Manifest,
        startup: &[(Phase, u32)],
    ) {
        for (phase, function) in startup {
            let name = format!("{}startup {}", self.prefix, manifest.startup.len());
            exports.export(&name, ExportKind::Func, self.number(*function));
            manifest.startup.push((*phase, name));
        }
    }
}

fn is_function(kind: ExternalKind) -> bool {
    matches!(kind, ExternalKind::Func | ExternalKind::FuncExact)
}

fn is_non_null(ty: &wasmparser::GlobalType) -> bool {
    matches!(ty.content_type, wasmparser::ValType::Ref(ty) if !ty.is_nullable())
}
