//! Checks that what takes an import's place has the import's type.
//!
//! This must never let an item pass where another type is imported.

use super::linker::Linker;
use super::source::shown;
use super::types::ItemType;
use crate::compile::component::assembly::Item;
use crate::error::{Error, Result};

impl<'a> Linker<'a> {
    /// Follows an item through the modules that import and re-export it, to the one that defines it. Returns None if
    /// they import it from each other in a circle.
    pub(super) fn origin(&self, mut item: Item) -> Option<Item> {
        for _ in 0..=self.sources.len() {
            let Some(source) = self.sources.get(item.instance) else { return Some(item) };
            let Some(place) = source.part.imported.of(item.kind).get(item.index as usize) else {
                return Some(item);
            };
            item = self.resolved[item.instance][*place as usize]?;
        }
        None
    }

    /// Returns the type of an item that is defined, not imported. Returns None for an item of WASI, whose type has
    /// been checked already.
    fn ty(&self, item: Item) -> Option<ItemType> {
        let instance = item.instance;
        if let Some(source) = self.sources.get(instance) {
            return source.own_type(item.kind, item.index);
        }
        if instance == self.own_instance() {
            return self.own.ty(item.kind, item.index).cloned();
        }
        if instance == self.places_instance() {
            return self.places.ty(item.index).map(ItemType::Global);
        }
        if instance == self.stubs_instance() {
            return self.stubs.ty(item.index).cloned().map(ItemType::Function);
        }
        None
    }

    /// Checks the types of all items that take an import's place.
    ///
    /// # Errors
    /// [`Error::Adapt`] for the first item whose type does not match.
    pub(super) fn check_types(&self) -> Result<()> {
        for (instance, source) in self.sources.iter().enumerate() {
            for (import, item) in source.part.imports.iter().zip(&self.resolved[instance]) {
                let Some(item) = item else { continue };
                let what = || format!("the import {}", shown(import.module, import.name));
                let Some(origin) = self.origin(*item) else {
                    return Err(Error::adapt(format!("{} would be replaced by itself", what()))
                        .with_detail(
                            "The modules that could export it import it from each other.",
                        ));
                };
                let Some(found) = self.ty(origin) else { continue };
                let wanted = source.import_type(import);
                let is_given_room =
                    source.is_shim() && found.clone().unlimited().fits(&wanted.clone().unlimited());
                if !found.fits(&wanted) && !is_given_room {
                    let by = match self.sources.get(origin.instance) {
                        Some(source) if origin.instance != 0 => source.subject(),
                        _ => "the module".into(),
                    };
                    let of = source.subject();
                    return Err(Error::adapt(format!("{} has another type", what()))
                        .with_detail(format!("{of} imports {wanted}, {by} has {found}.")));
                }
            }
        }
        Ok(())
    }
}
