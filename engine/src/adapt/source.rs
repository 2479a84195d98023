//! A source: one of the modules that are merged, read and validated.

use super::dylink::Dylink;
use super::order::Need;
use super::types::ItemType;
use crate::compile::instrument::FEATURES;
use crate::error::{Error, Result};
use crate::family::THREADS;
use crate::name::printable;
use crate::read::inspect::core_module::{CoreModule, Kinds, kind_of};
use crate::read::inspect::{Kind, invalid};
use std::collections::HashMap;
use wasmparser::{
    DataKind, ElementKind, ExternalKind, FuncType, Import, MemoryType, Parser, Payload, TypeRef,
    Validator, WasmFeatures,
};

/// The role of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role<'a> {
    /// The module that is adapted.
    Guest,
    /// A module from which others import under that name.
    With(&'a str),
    /// A shim of ours, or of the user's.
    Shim { is_ours: bool },
}

/// One module.
pub(crate) struct Source<'a> {
    /// What messages call it.
    pub name: &'a str,
    pub role: Role<'a>,
    pub binary: &'a [u8],
    pub part: CoreModule<'a>,
    /// What it asks of its loader, if it is position-independent.
    pub dylink: Option<Dylink<'a>>,
    pub custom: Vec<(&'a str, &'a [u8])>,
    /// Function types by type index. None: not the type of a function.
    types: Vec<Option<FuncType>>,
    exports: HashMap<&'a str, (ExternalKind, u32)>,
}

impl<'a> Source<'a> {
    /// Reads and validates a module. `name` is what messages call it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a malformed module; [`Error::Adapt`] for a component and for a module with a shared
    /// memory.
    pub(super) fn read(name: &'a str, role: Role<'a>, binary: &'a [u8]) -> Result<Self> {
        Self::read_valid(name, role, binary).map_err(|error| match (role, error) {
            // The caller adds which module it is.
            (Role::Guest, error) => error,
            (_, Error::Invalid(what)) => Error::Invalid(format!("{}: {what}", printable(name))),
            (_, error) => error,
        })
    }

    fn read_valid(name: &'a str, role: Role<'a>, binary: &'a [u8]) -> Result<Self> {
        if Kind::of(binary)? == Kind::Component {
            return Err(Error::adapt(format!("{} is a component", subject(name, role)))
                .with_hint("Only core modules can be adapted. Compile a component with --wasi inert, or compose it with others by wac plug."));
        }
        let part = CoreModule::read(binary)?;
        let is_shared = part.memories.iter().any(|memory| memory.shared)
            || part.imports.iter().any(|import| {
                matches!(import.ty, TypeRef::Memory(MemoryType { shared: true, .. }))
            });
        if is_shared {
            return Err(Error::adapt(format!("{} has a shared memory", subject(name, role)))
                .with_hint(THREADS));
        }
        validate(binary, FEATURES)?;
        let types = part.function_types();
        let exports =
            part.exports.iter().map(|export| (export.name, (plain(export.kind), export.index)));
        let exports = exports.collect();
        let mut custom = Vec::new();
        for payload in Parser::new(0).parse_all(binary) {
            if let Payload::CustomSection(section) = payload.map_err(invalid)? {
                custom.push((section.name(), section.data()));
            }
        }
        let dylink = Dylink::of(&custom)?;
        Ok(Self { name, role, binary, part, dylink, custom, types, exports })
    }

    /// Returns the index of an exported item of that kind.
    pub(super) fn export(&self, kind: ExternalKind, name: &str) -> Option<u32> {
        let (found, index) = *self.exports.get(name)?;
        (found == kind).then_some(index)
    }

    /// Returns the kind and the index of an exported item.
    pub(super) fn any_export(&self, name: &str) -> Option<(ExternalKind, u32)> {
        self.exports.get(name).copied()
    }

    /// Returns the type of an exported function.
    pub(super) fn function(&self, name: &str) -> Option<&FuncType> {
        self.function_number(self.export(ExternalKind::Func, name)?)
    }

    /// Returns the type of a function by its index.
    pub(super) fn function_type(&self, function: u32) -> Option<FuncType> {
        self.function_number(function).cloned()
    }

    fn function_number(&self, function: u32) -> Option<&FuncType> {
        let index = function as usize;
        let imported = &self.part.imported.functions;
        let ty = match imported.get(index) {
            None => *self.part.functions.get(index - imported.len())?,
            Some(place) => match self.part.imports[*place as usize].ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => ty,
                _ => return None,
            },
        };
        self.types.get(ty as usize)?.as_ref()
    }

    /// Returns whether one of its memories has 64-bit addresses.
    pub(super) fn has_memory_64(&self) -> bool {
        let imported = self.part.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Memory(ty) => Some(ty),
            _ => None,
        });
        self.part.memories.iter().copied().chain(imported).any(|memory| memory.memory64)
    }

    /// Returns the type of an import.
    pub(super) fn import_type(&self, import: &Import<'_>) -> ItemType {
        match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => ItemType::Function(self.func_type(ty)),
            TypeRef::Table(ty) => ItemType::Table(ty),
            TypeRef::Memory(ty) => ItemType::Memory(ty),
            TypeRef::Global(ty) => ItemType::Global(ty),
            TypeRef::Tag(ty) => ItemType::Tag(self.func_type(ty.func_type_idx)),
        }
    }

    /// Returns the type of an item that the module defines itself. The index counts imported items of its kind, too.
    pub(super) fn own_type(&self, kind: ExternalKind, index: u32) -> Option<ItemType> {
        let own = (index as usize).checked_sub(self.part.imported.of(kind).len())?;
        Some(match kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                ItemType::Function(self.func_type(*self.part.functions.get(own)?))
            }
            ExternalKind::Table => ItemType::Table(self.part.tables.get(own)?.ty),
            ExternalKind::Memory => ItemType::Memory(*self.part.memories.get(own)?),
            ExternalKind::Global => ItemType::Global(self.part.globals.get(own)?.ty),
            ExternalKind::Tag => {
                ItemType::Tag(self.func_type(self.part.tags.get(own)?.func_type_idx))
            }
        })
    }

    /// Returns the imports with the index of each among the items of its kind.
    pub(super) fn numbered_imports(&self) -> Vec<(ExternalKind, u32, &Import<'a>)> {
        let mut counts = Kinds::<u32>::default();
        let mut all = Vec::with_capacity(self.part.imports.len());
        for import in &self.part.imports {
            let count = counts.of_mut(kind(import));
            all.push((kind(import), *count, import));
            *count += 1;
        }
        all
    }

    /// Returns whether it has a memory, defined or imported.
    pub(super) fn has_memory(&self) -> bool {
        !self.part.memories.is_empty() || !self.part.imported.memories.is_empty()
    }

    /// Returns how instantiation needs an import.
    pub(super) fn need(&self, import: &Import<'_>) -> Need {
        let fills_memory =
            || self.part.data.iter().any(|data| matches!(data.kind, DataKind::Active { .. }));
        let mut elements = self.part.elements.iter();
        let mut fills_table = || elements.any(|one| matches!(one.kind, ElementKind::Active { .. }));
        match import.ty {
            TypeRef::Global(ty) if !ty.mutable => Need::Read,
            TypeRef::Memory(_) if fills_memory() || self.part.start.is_some() => Need::Fill,
            TypeRef::Table(_) if fills_table() || self.part.start.is_some() => Need::Fill,
            _ => Need::Call,
        }
    }

    pub(super) fn is_shim(&self) -> bool {
        matches!(self.role, Role::Shim { .. })
    }

    /// Returns whether it is a shim of ours.
    pub(super) fn is_ours(&self) -> bool {
        self.role == Role::Shim { is_ours: true }
    }

    fn func_type(&self, ty: u32) -> FuncType {
        let found = self.types.get(ty as usize).cloned().flatten();
        found.unwrap_or_else(|| FuncType::new([], []))
    }

    /// Returns what messages call it.
    pub(super) fn subject(&self) -> String {
        subject(self.name, self.role)
    }
}

/// Returns what messages call a module.
fn subject(name: &str, role: Role<'_>) -> String {
    match role {
        Role::Guest => "the module".into(),
        Role::With(_) | Role::Shim { .. } => printable(name),
    }
}

/// Returns a kind without the distinction of functions imported by exact type.
pub(super) fn plain(kind: ExternalKind) -> ExternalKind {
    match kind {
        ExternalKind::FuncExact => ExternalKind::Func,
        kind => kind,
    }
}

/// Validates a module.
///
/// # Errors
/// [`Error::Invalid`] if it is invalid.
pub(super) fn validate(binary: &[u8], features: WasmFeatures) -> Result<()> {
    Validator::new_with_features(features).validate_all(binary).map(drop).map_err(invalid)
}

/// Returns the kind of an import.
pub(super) fn kind(import: &Import<'_>) -> ExternalKind {
    kind_of(import.ty)
}

/// Returns an import as messages show it.
pub(super) fn shown(module: &str, name: &str) -> String {
    format!("{}.{}", printable(module), printable(name))
}
