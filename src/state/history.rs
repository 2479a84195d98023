//! Histories: the rows that have made the state of a group, as constants of SQL, from which its calls can be made again.
//!
//! A state has one only where calls are logged. It must never keep more than fits into the line of a log.

use super::StateObject;
use crate::plan::{Literals, Refusal};
use crate::statistics::Seen;
use plwasm_engine::replay::MAX_LINE;
use std::collections::HashMap;

/// The most bytes of all histories of an aggregate in a query: 4 MB.
const MAX_ALL: usize = 4 << 20;

/// Nobody has kept the rows.
pub(crate) const UNKNOWN: Refusal =
    Refusal::Value("the rows that have made its state are not known");
const TOO_MANY: Refusal = Refusal::Value("the rows of all groups take more than 4 MB");

/// The histories of an aggregate's states. When they take too much, no more begin, and one that grows is dropped.
#[derive(Debug, Default)]
pub(super) struct Histories {
    of: HashMap<*const StateObject, History>,
    bytes: usize,
    is_full: bool,
}

impl Histories {
    /// Gives a new state a history, if there is room.
    pub(super) fn begin(&mut self, state: *const StateObject, history: History) {
        self.drop_of(state);
        if !self.is_full {
            self.bytes += history.bytes();
            self.of.insert(state, history);
        }
    }

    /// Returns the history of a state.
    ///
    /// # Errors
    /// The reason why it has none.
    pub(super) fn get(&self, state: *const StateObject) -> Result<&History, Refusal> {
        self.of.get(&state).ok_or(if self.is_full { TOO_MANY } else { UNKNOWN })
    }

    /// Changes the history of a state, if it has one.
    pub(super) fn change(&mut self, state: *const StateObject, change: impl FnOnce(&mut History)) {
        let Some(history) = self.of.get_mut(&state) else { return };
        self.bytes -= history.bytes();
        change(history);
        self.bytes += history.bytes();
        if self.bytes > MAX_ALL {
            self.is_full = true;
            self.drop_of(state);
        }
    }

    fn drop_of(&mut self, state: *const StateObject) {
        self.bytes -= self.of.remove(&state).map_or(0, |history| history.bytes());
    }
}

/// What is known of the rows of a group.
#[derive(Debug)]
pub(crate) struct History {
    /// The export that was called for each row, the types of its arguments, and the definitions of these types.
    pub export: String,
    pub params: Vec<String>,
    pub types: Vec<String>,
    /// The rows, as `(1, 'a'), (2, 'b')`, or why they are not known.
    rows: Result<String, Refusal>,
    /// The most fuel that one of the calls has used.
    pub fuel: u64,
    /// The fuel of all calls that no line of the log has had yet.
    pub untold: u64,
}

impl History {
    /// Returns the history of a state that no row has changed yet.
    pub(crate) fn new(export: &str) -> Self {
        let (params, types) = (Vec::new(), Vec::new());
        Self { export: export.into(), params, types, rows: Ok(String::new()), fuel: 0, untold: 0 }
    }

    /// Returns the rows.
    ///
    /// # Errors
    /// The reason why they are not known.
    pub(crate) fn rows(&self) -> Result<&str, Refusal> {
        self.rows.as_deref().map_err(|refusal| *refusal)
    }

    /// Adds a row, for which calls have used so much fuel.
    pub(crate) fn add(&mut self, row: Result<Literals, Refusal>, seen: Seen) {
        self.fuel = self.fuel.max(seen.most);
        self.untold += seen.sum;
        let row = match row {
            Ok(row) => row,
            Err(refusal) => return self.forget(refusal),
        };
        if self.params.is_empty() {
            (self.params, self.types) = (row.params, row.types);
        }
        if let Ok(rows) = &mut self.rows {
            push(rows, &row.text);
            if rows.len() > MAX_LINE {
                self.forget(Refusal::Long);
            }
        }
    }

    /// Forgets the rows, as they do not make the state.
    pub(crate) fn forget(&mut self, why: Refusal) {
        self.rows = Err(why);
    }

    /// Returns the bytes that it takes.
    fn bytes(&self) -> usize {
        let texts = [&self.params, &self.types].into_iter().flatten().map(String::capacity);
        let rows = self.rows.as_ref().map_or(0, String::capacity);
        size_of::<Self>() + self.export.capacity() + texts.sum::<usize>() + rows
    }
}

/// Adds a row to others. A row without columns has one that is NULL, as VALUES has no row without.
pub(crate) fn push(rows: &mut String, row: &str) {
    if !rows.is_empty() {
        rows.push_str(", ");
    }
    rows.push('(');
    rows.push_str(if row.is_empty() { "NULL" } else { row });
    rows.push(')');
}
