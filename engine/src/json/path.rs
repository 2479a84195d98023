//! The place of something in a JSON value, written as SQL/JSON writes paths: `$.shape."two-d"[0]`.

use crate::name::printable;
use std::fmt;

/// The keys, and the indices of elements from 0, that lead to a value.
#[derive(Debug, Default)]
pub(super) struct JsonPath<'t>(Vec<Step<'t>>);

#[derive(Debug)]
pub(super) enum Step<'t> {
    Key(&'t str),
    Element(usize),
}

impl<'t> JsonPath<'t> {
    pub(super) fn enter(&mut self, step: Step<'t>) {
        self.0.push(step);
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|step| match step {
            Step::Element(i) => write!(f, "[{i}]"),
            Step::Key(key) if key.bytes().all(|b| b.is_ascii_alphanumeric()) => write!(f, ".{key}"),
            Step::Key(key) => write!(f, ".\"{}\"", printable(key)),
        })
    }
}
