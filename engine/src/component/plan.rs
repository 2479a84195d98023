//! A plan: which core modules are instantiated, in which order, with what, and what of them is exported.
//!
//! What a component comes down to ([`super::flatten`]), and what [`super::merge`] makes one module of.
//! It must never be cyclic but through functions, tables, memories and tags: a global's first value is
//! computed from globals of instances before it.

use std::borrow::Cow;
use wasmparser::ExternalKind;

/// Core modules, and how they are put together.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    pub modules: Vec<Module<'a>>,
    pub instances: Vec<Instance>,
    /// The order in which the instances are made.
    pub order: Vec<usize>,
    pub exports: Vec<Export>,
    /// The memories and the allocators that calls of exported functions use: one and the same.
    pub memories: Vec<Item>,
    pub reallocs: Vec<Item>,
    /// The memory that becomes the first of the merged module.
    pub main: Option<Item>,
    /// Whether stubs take the place of imports.
    pub is_supplied: bool,
    /// Functions that only trap although they ought to do something, and their names.
    pub absent: Vec<(Item, &'static str)>,
}

/// The binary of a core module.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    pub binary: Cow<'a, [u8]>,
    /// Where it is in what the user gave us; None: it is ours.
    pub offset: Option<usize>,
}

/// A module instantiated.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Which of the plan's modules.
    pub module: usize,
    /// For each of the module's imports, in order, what it is.
    pub imports: Vec<Item>,
}

/// Something of an instance's, by its number among those of its kind in the instance's module.
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
