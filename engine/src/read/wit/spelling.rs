//! Spellings: which parts of a type are named by a type of package `plwasm:types`.
//!
//! `type date = s32` is an `s32` to the canonical ABI, so [`Type`](crate::abi::Type) does not know the name. The
//! suggestion of SQL for a function needs it. A spelling must never change how a value is passed.

use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The name of a type in `plwasm:types`, and the spellings of its parts. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spelling(Option<Rc<Node>>);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Node {
    name: Option<Rc<str>>,
    /// Empty if no part of the type has a name either.
    parts: Box<[Spelling]>,
}

impl Spelling {
    /// Returns the spelling of a type without a name whose parts have these spellings.
    pub(super) fn of_parts(parts: Vec<Self>) -> Self {
        match parts.iter().any(|part| part.0.is_some()) {
            true => Self(Some(Rc::new(Node { name: None, parts: parts.into() }))),
            false => Self(None),
        }
    }

    /// Returns the spelling with a name of `plwasm:types`.
    pub(super) fn named(self, name: Rc<str>) -> Self {
        let parts = match &self.0 {
            Some(node) => node.parts.clone(),
            None => Box::default(),
        };
        Self(Some(Rc::new(Node { name: Some(name), parts })))
    }

    /// Returns the type's own name in `plwasm:types`: `date`.
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref()?.name.as_deref()
    }

    /// Returns the spelling of a part: the element of a list, the value of an option, a result's `ok` (0) and `err`
    /// (1), an item of a tuple, a field of a record, the payload of a variant's case.
    #[must_use]
    pub fn part(&self, index: usize) -> Self {
        self.0.as_ref().and_then(|node| node.parts.get(index)).cloned().unwrap_or_default()
    }
}
