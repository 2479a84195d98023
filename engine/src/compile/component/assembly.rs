//! An assembly: which core modules are instantiated, in which order, with which imports, and what the result exports.
//!
//! [`super::flatten`] makes an assembly of a component, and [`super::merge`] makes one module of an assembly. Instances may
//! import functions, tables, memories and tags from each other in a circle, but never globals: a global is
//! initialized from globals of earlier instances.

use std::borrow::Cow;
use wasmparser::ExternalKind;

/// Core modules, and how they are connected.
#[derive(Debug, Default)]
pub(crate) struct Assembly<'a> {
    pub modules: Vec<Module<'a>>,
    pub instances: Vec<Instance>,
    /// The order in which the instances are made.
    pub order: Vec<usize>,
    pub exports: Vec<Export>,
    /// The memories and the allocators that calls of exported functions use. All of them must be the same.
    pub memories: Vec<Item>,
    pub reallocs: Vec<Item>,
    /// The memory that becomes the first of the merged module.
    pub main: Option<Item>,
    /// The memory of what the guest says, which becomes the last of the merged module.
    pub messages: Option<Item>,
    /// Whether stubs of WASI take the place of imports.
    pub is_supplied: bool,
    /// Exported functions that take or return a handle that is no representation.
    pub unrepresented: Vec<String>,
    /// Functions that only trap because they are not implemented, and their names.
    pub absent: Vec<(Item, &'static str)>,
}

/// The binary of a core module.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    pub binary: Cow<'a, [u8]>,
    /// Its offset in the binary that the user gave, or None if it is ours.
    pub offset: Option<usize>,
}

/// An instance of a module.
#[derive(Debug)]
pub(crate) struct Instance {
    /// The index of its module in the assembly.
    pub module: usize,
    /// For each of the module's imports, in order, the item that is imported.
    pub imports: Vec<Item>,
}

/// An item of an instance, by its index in the instance's module among the items of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    pub instance: usize,
    pub kind: ExternalKind,
    pub index: u32,
}

/// An export of the merged module.
#[derive(Debug)]
pub(crate) struct Export {
    pub name: String,
    pub item: Item,
}
