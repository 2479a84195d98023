//! Labels: how each is branched to, and what is known of the branches to it.

use super::super::function::Function;
use crate::read::opcode::{catch_label, conditional_branch, opens_block};
use wasmparser::Operator as O;

/// How a label is branched to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    /// By anything.
    pub any: bool,
    /// By a `br_table`, which cannot charge on the way.
    pub table: bool,
    /// By a catch clause.
    pub catch: bool,
}

/// A target of branches.
pub(super) struct Label {
    pub is_loop: bool,
    pub used: Use,
    /// Whether branches to it carry no values.
    pub empty: bool,
    /// The units pending for every branch that arrives, once known.
    pub pending: Option<u64>,
    /// Whether any branch has arrived.
    pub reached: bool,
    /// At the start of an `if`: the units pending where its `else` begins.
    pub other: Option<u64>,
    /// The calls since the last check at the start of an `if`.
    pub calls_before: u32,
    /// The most calls since the last check with which any branch arrives.
    pub calls: u32,
}

impl Label {
    /// Returns the label of a function.
    pub(super) fn of_function(used: Use, empty: bool) -> Self {
        Self {
            is_loop: false,
            used,
            empty,
            pending: (used.table || used.catch).then_some(0),
            reached: false,
            other: None,
            calls_before: 0,
            calls: 0,
        }
    }
}

/// How a function's own label is branched to.
#[derive(Default)]
pub(super) struct OwnLabel {
    pub used: Use,
    /// Whether some of the branches cannot be replaced by a return.
    pub wrap: bool,
}

/// Returns how the label of each block is used, by the block's index, and how the function's own label is used.
pub(super) fn uses(function: &Function<'_>) -> (Vec<Use>, OwnLabel) {
    let mut uses = vec![Use::default(); function.ops.len()];
    let mut own = OwnLabel::default();
    let mut open: Vec<usize> = Vec::new();
    for (at, op) in function.ops.iter().enumerate() {
        let mut branch = |depth: u32, table: bool, catch: bool, wrap: bool| {
            let found = open.len().checked_sub(depth as usize + 1);
            let used = match found {
                Some(label) => &mut uses[open[label]],
                None => {
                    own.wrap |= wrap;
                    &mut own.used
                }
            };
            used.any = true;
            used.table |= table;
            used.catch |= catch;
        };
        match &op.code {
            O::Br { relative_depth } => branch(*relative_depth, false, false, false),
            O::BrTable { targets } => {
                branch(targets.default(), true, false, true);
                targets.targets().flatten().for_each(|depth| branch(depth, true, false, true));
            }
            O::TryTable { try_table } => {
                for catch in &try_table.catches {
                    branch(catch_label(catch), false, true, true);
                }
                open.push(at);
            }
            O::End => {
                open.pop();
            }
            code if opens_block(code) => open.push(at),
            code => {
                if let Some(depth) = conditional_branch(code) {
                    branch(depth, false, false, true);
                }
            }
        }
    }
    (uses, own)
}

/// Returns whether the `if` at `at` has an `else` at its own depth.
pub(super) fn has_else(function: &Function<'_>, at: usize) -> bool {
    let end = function.ops[at].end;
    let mut inside = at + 1;
    while inside < end {
        match &function.ops[inside].code {
            O::Else => return true,
            code if opens_block(code) => inside = function.ops[inside].end,
            _ => {}
        }
        inside += 1;
    }
    false
}
