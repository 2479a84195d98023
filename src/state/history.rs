//! Histories: the rows that have made the state of a group, as constants of SQL, from which its calls can be made again.
//!
//! A state has one only where calls are logged. It must never keep more than fits into the line of a log.

use crate::plan::{Literals, Refusal};
use crate::statistics::Seen;
use plwasm_engine::replay::MAX_LINE;

/// The most bytes of all histories of an aggregate in a query: 4 MB.
pub(super) const MAX_ALL: usize = 4 << 20;

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
        if let Ok(rows) = &mut self.rows {
            push(rows, &row.text);
            if rows.len() > MAX_LINE {
                return self.forget(Refusal::Long);
            }
        }
        (self.params, self.types) = (row.params, row.types);
    }

    /// Forgets the rows, as they do not make the state.
    pub(crate) fn forget(&mut self, why: Refusal) {
        self.rows = Err(why);
    }

    /// Returns the bytes that the rows take.
    pub(super) fn size(&self) -> usize {
        self.rows.as_ref().map_or(0, String::capacity)
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
