//! The stores of a function into memory 0, and what is known of their addresses.
//!
//! Two addresses must not be taken for the same value unless they are equal on every path to the later one.

use super::super::function::Function;
use super::super::operands::Operands;
use crate::read::opcode::{access, opens_block};
use std::collections::HashMap;
use wasmparser::Operator as O;

/// A value that is an address: a local, the version of its value, and a constant that is added.
pub(super) type BaseAddress = (u32, u32, u32);

/// A store of up to 16 bytes.
pub(super) struct Store {
    /// Its index among the function's instructions.
    pub at: usize,
    pub base: Option<BaseAddress>,
    pub offset: u64,
    pub size: u64,
}

/// A store, or a change of control flow that matters for what is known.
pub(super) enum Event {
    Store(Store),
    /// A block begins.
    Enter,
    /// What has been learned since the last unmatched `Enter` may no longer hold.
    Forget,
    /// What has been learned since the last unmatched `Enter` holds.
    Keep,
}

/// Tracks the operands of a function that are addresses, and lists its stores.
pub(super) fn walk(function: &Function<'_>) -> Vec<Event> {
    let assigned = Assigned::of(function);
    let mut events = Vec::new();
    let mut stack: Operands<BaseAddress> = Operands::new();
    let mut constant = None;
    let mut versions: HashMap<u32, u32> = HashMap::new();
    let mut next = 0;
    let mut open: Vec<usize> = Vec::new();
    let renew = |versions: &mut HashMap<u32, u32>, next: &mut u32, opener: usize| {
        for local in assigned.within(opener) {
            *next += 1;
            versions.insert(*local, *next);
        }
    };
    for (at, op) in function.ops.iter().enumerate() {
        let operands = stack.take(op);
        let before = constant.take();
        let mut result = None;
        match &op.code {
            O::LocalGet { local_index } => {
                result = Some((*local_index, *versions.get(local_index).unwrap_or(&0), 0));
            }
            O::LocalSet { local_index } | O::LocalTee { local_index } => {
                next += 1;
                versions.insert(*local_index, next);
                result = Some((*local_index, next, 0));
            }
            O::I32Const { value } => constant = Some(*value as u32),
            O::I32Add if op.live => {
                if let (Some((local, version, plus)), Some(value)) = (operands[0], before) {
                    result = Some((local, version, plus.wrapping_add(value)));
                }
            }
            code if opens_block(code) => {
                if matches!(code, O::Loop { .. }) {
                    renew(&mut versions, &mut next, at);
                }
                open.push(at);
                events.push(Event::Enter);
            }
            O::Else => {
                if let Some(opener) = open.last() {
                    renew(&mut versions, &mut next, *opener);
                }
                events.push(Event::Forget);
                events.push(Event::Enter);
            }
            O::End => {
                if let Some(opener) = open.pop() {
                    // Only a loop has no branches to its end, as branches to its label go to its start.
                    let keep = matches!(function.ops[opener].code, O::Loop { .. }) && op.live;
                    events.push(if keep { Event::Keep } else { Event::Forget });
                    renew(&mut versions, &mut next, opener);
                }
            }
            code => {
                if op.live
                    && let Some(access) = access(code)
                    && access.stores
                    && access.memarg.memory == 0
                {
                    events.push(Event::Store(Store {
                        at,
                        base: if assigned.known { operands[0] } else { None },
                        offset: access.memarg.offset,
                        size: access.size.into(),
                    }));
                }
            }
        }
        stack.put(op, result);
    }
    events
}

/// Returns, for each base, the offsets of all stores with that base, in order.
pub(super) fn offsets_by_base(events: &[Event]) -> HashMap<BaseAddress, Vec<u64>> {
    let mut offsets: HashMap<BaseAddress, Vec<u64>> = HashMap::new();
    for event in events {
        if let Event::Store(Store { base: Some(base), offset, .. }) = event {
            offsets.entry(*base).or_default().push(*offset);
        }
    }
    for all in offsets.values_mut() {
        all.sort_unstable();
        all.dedup();
    }
    offsets
}

/// The locals that are assigned within each block.
struct Assigned {
    within: HashMap<usize, Vec<u32>>,
    /// False if there were too many to keep. Then no two bases are taken for the same.
    known: bool,
}

impl Assigned {
    /// The most entries, over all blocks of a function.
    const MOST: usize = 100_000;

    fn of(function: &Function<'_>) -> Self {
        let mut within: HashMap<usize, Vec<u32>> = HashMap::new();
        let mut open: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut total = 0;
        for (at, op) in function.ops.iter().enumerate() {
            match &op.code {
                code if opens_block(code) => open.push((at, Vec::new())),
                O::LocalSet { local_index } | O::LocalTee { local_index } => {
                    if let Some((_, locals)) = open.last_mut() {
                        locals.push(*local_index);
                    }
                }
                O::End => {
                    if let Some((opener, mut locals)) = open.pop() {
                        locals.sort_unstable();
                        locals.dedup();
                        total += locals.len();
                        if total > Self::MOST {
                            return Self { within: HashMap::new(), known: false };
                        }
                        if let Some((_, outer)) = open.last_mut() {
                            outer.extend(&locals);
                        }
                        within.insert(opener, locals);
                    }
                }
                _ => {}
            }
        }
        Self { within, known: true }
    }

    fn within(&self, opener: usize) -> &[u32] {
        self.within.get(&opener).map_or(&[], Vec::as_slice)
    }
}
