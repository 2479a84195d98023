//! Which locals are live at the start of each loop: those whose values there can be read before they are assigned
//! again.
//!
//! This is the usual analysis, backwards until nothing changes. It gives up on functions that are too large or that
//! catch exceptions. So its result must be used only to make code faster.

use super::function::Function;
use crate::read::opcode::{call, conditional_branch};
use std::collections::HashMap;
use wasmparser::Operator as O;

/// The most instructions times words of a set. This much takes a second.
const MOST_WORK: usize = 100_000_000;
/// The most rounds. The analysis needs at most one more than the depth to which loops are nested.
const MOST_ROUNDS: usize = 8;

/// A set of locals.
#[derive(Debug, Clone, Default, PartialEq)]
struct Set(Vec<u64>);

impl Set {
    fn add(&mut self, local: u32) {
        self.0[local as usize / 64] |= 1 << (local % 64);
    }

    fn remove(&mut self, local: u32) {
        self.0[local as usize / 64] &= !(1 << (local % 64));
    }

    fn add_all(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(all, more)| *all |= more);
    }

    fn locals(&self) -> Vec<u32> {
        let all = 0..self.0.len() as u32 * 64;
        all.filter(|local| self.0[*local as usize / 64] >> (local % 64) & 1 != 0).collect()
    }
}

/// A block that is being analysed, from its end to its start.
struct Frame {
    opener: usize,
    /// The locals that are live at its label.
    label: Set,
    /// The locals that are live at the start of its `else`.
    other: Option<Set>,
}

/// Returns the locals that are live at the start of each loop, by the loop's index.
pub(super) fn at_loops(function: &Function<'_>) -> HashMap<usize, Vec<u32>> {
    let declared: u32 = function.locals.iter().map(|(count, _)| count).sum();
    let words = (function.params.len() + declared as usize).div_ceil(64);
    let is_loop = |code: &O<'_>| matches!(code, O::Loop { .. });
    let gives_up = !function.ops.iter().any(|op| is_loop(&op.code))
        || function.ops.len().saturating_mul(words) > MOST_WORK
        || function.ops.iter().any(|op| matches!(op.code, O::TryTable { .. }));
    if gives_up {
        return HashMap::new();
    }
    let openers: HashMap<usize, usize> = function
        .ops
        .iter()
        .enumerate()
        .filter(|(_, op)| op.end > 0)
        .map(|(at, op)| (op.end, at))
        .collect();
    let mut found: HashMap<usize, Set> = HashMap::new();
    for _ in 0..MOST_ROUNDS {
        let before = found.clone();
        round(function, &openers, &mut found, words);
        if found == before {
            break;
        }
    }
    found.into_iter().map(|(at, set)| (at, set.locals())).collect()
}

fn round(
    function: &Function<'_>,
    openers: &HashMap<usize, usize>,
    found: &mut HashMap<usize, Set>,
    words: usize,
) {
    let nothing = Set(vec![0; words]);
    let mut live = nothing.clone();
    let mut open: Vec<Frame> = Vec::new();
    for (at, op) in function.ops.iter().enumerate().rev() {
        let label = |open: &[Frame], depth: u32| {
            let frame = open.len().checked_sub(depth as usize + 1).map(|frame| &open[frame]);
            frame.map_or(nothing.clone(), |frame| frame.label.clone())
        };
        match &op.code {
            O::End => {
                if let Some(opener) = openers.get(&at) {
                    let label = match function.ops[*opener].code {
                        O::Loop { .. } => found.get(opener).cloned().unwrap_or(nothing.clone()),
                        _ => live.clone(),
                    };
                    open.push(Frame { opener: *opener, label, other: None });
                }
            }
            O::Else => {
                if let Some(frame) = open.last_mut() {
                    let other = std::mem::replace(&mut live, frame.label.clone());
                    frame.other = Some(other);
                }
            }
            O::Block { .. } => {
                open.pop();
            }
            O::If { .. } => {
                if let Some(frame) = open.pop() {
                    live.add_all(frame.other.as_ref().unwrap_or(&frame.label));
                }
            }
            O::Loop { .. } => {
                if let Some(frame) = open.pop() {
                    found.insert(frame.opener, live.clone());
                }
            }
            O::Br { relative_depth } => live = label(&open, *relative_depth),
            O::BrTable { targets } => {
                live = label(&open, targets.default());
                for depth in targets.targets().flatten() {
                    live.add_all(&label(&open, depth));
                }
            }
            O::Return | O::Unreachable | O::Throw { .. } | O::ThrowRef => live = nothing.clone(),
            O::LocalGet { local_index } => live.add(*local_index),
            O::LocalSet { local_index } | O::LocalTee { local_index } => live.remove(*local_index),
            code => {
                if let Some(depth) = conditional_branch(code) {
                    live.add_all(&label(&open, depth));
                } else if call(code).is_some_and(|call| call.is_tail) {
                    live = nothing.clone();
                }
            }
        }
    }
}
