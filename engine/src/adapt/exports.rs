//! The exports of the result: items by name, in order.

use crate::compile::component::assembly::{Export, Item};
use std::collections::HashMap;

/// Names and the items that they stand for.
#[derive(Debug, Default)]
pub(super) struct Exports {
    all: Vec<Export>,
    places: HashMap<String, usize>,
}

impl Exports {
    /// Returns the item of a name.
    pub(super) fn get(&self, name: &str) -> Option<Item> {
        self.places.get(name).map(|at| self.all[*at].item)
    }

    /// Gives an item a name. If another item had that name, it loses it.
    pub(super) fn set(&mut self, name: &str, item: Item) {
        match self.places.get(name) {
            Some(at) => self.all[*at].item = item,
            None => {
                self.places.insert(name.to_string(), self.all.len());
                self.all.push(Export { name: name.to_string(), item });
            }
        }
    }

    /// Removes a name.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some(at) = self.places.remove(name) {
            self.all.remove(at);
            self.places.values_mut().filter(|place| **place > at).for_each(|place| *place -= 1);
        }
    }

    pub(super) fn into_all(self) -> Vec<Export> {
        self.all
    }
}
