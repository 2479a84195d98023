//! What a function can change, found by reading it and all functions that it can reach.
//!
//! An export is *proved* stateless if it cannot reach anything that changes state. Its calls need no reset. The
//! result may contain too much, but must never lack anything that a function can change: an indirect call reaches
//! every function whose address is taken, and an imported function changes everything.

use super::profile::Profile;
use crate::read::opcode::{Callee, Effects, call, effects, written_memory};
use std::collections::{HashMap, HashSet, VecDeque};
use wasmparser::{FuncType, Operator as O};

/// The calls between functions, and what each function changes by itself.
#[derive(Debug, Default)]
pub(super) struct CallGraph {
    nodes: Vec<Node>,
    /// The functions whose address a body takes.
    referenced: HashSet<u32>,
    /// The memory whose changes are no changes of state.
    messages: Option<u32>,
}

#[derive(Debug, Default, Clone)]
struct Node {
    own: Effects,
    calls: Vec<u32>,
    /// The types of indirect calls.
    indirect: Vec<u32>,
}

impl CallGraph {
    /// Makes the graph of a module with `functions` functions, without any calls. `messages` is the memory whose changes
    /// are no changes of state.
    pub(super) fn new(functions: usize, messages: Option<u32>) -> Self {
        let (nodes, referenced) = (vec![Node::default(); functions], HashSet::new());
        Self { nodes, referenced, messages }
    }

    /// Adds one instruction of one function.
    pub(super) fn enter(&mut self, function: u32, code: &O<'_>) {
        let node = &mut self.nodes[function as usize];
        if self.messages.is_none() || written_memory(code) != self.messages {
            node.own |= effects(code);
        }
        if let O::RefFunc { function_index } = code {
            self.referenced.insert(*function_index);
        }
        match call(code).map(|call| call.callee) {
            Some(Callee::Function(function)) => node.calls.push(function),
            Some(Callee::Element { ty, .. } | Callee::Reference { ty }) => node.indirect.push(ty),
            None => {}
        }
    }

    /// Returns the functions whose address a body takes, in order.
    pub(super) fn referenced(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.referenced.iter().copied().collect();
        all.sort_unstable();
        all
    }

    /// Returns the functions that a function calls directly.
    pub(super) fn calls(&self, function: u32) -> &[u32] {
        &self.nodes[function as usize].calls
    }

    /// Returns, for each function, whether it is one of `roots` or can be called by one of them, directly or
    /// indirectly.
    pub(super) fn reached(
        &self,
        profile: &Profile<'_>,
        roots: impl Iterator<Item = u32>,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut types = HashSet::new();
        let mut left: Vec<u32> = roots.collect();
        while let Some(function) = left.pop() {
            if std::mem::replace(&mut reached[function as usize], true) {
                continue;
            }
            let node = &self.nodes[function as usize];
            left.extend(&node.calls);
            for ty in node.indirect.iter().map(|ty| profile.callable(*ty)) {
                if types.insert(ty) {
                    let is_callee = |function: &u32| {
                        (self.referenced.contains(function) || profile.is_referenced(*function))
                            && (ty.is_none() || ty == profile.callable_type(*function))
                    };
                    left.extend((0..self.nodes.len() as u32).filter(is_callee));
                }
            }
        }
        reached
    }

    /// Returns what each function changes together with all that it can reach, and the nearest function that changes
    /// something.
    pub(super) fn solve(&self, profile: &Profile<'_>) -> Vec<Change> {
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        // Indirect calls share one slot for each type, because calls through equal types reach the same functions.
        let mut slots: HashMap<Option<&FuncType>, Slot> = HashMap::new();
        for (at, node) in self.nodes.iter().enumerate() {
            for callee in &node.calls {
                callers[*callee as usize].push(at as u32);
            }
            for ty in &node.indirect {
                slots.entry(profile.callable(*ty)).or_default().callers.push(at as u32);
            }
        }
        callers.iter_mut().for_each(|all| all.dedup());
        slots.values_mut().for_each(|slot| slot.callers.dedup());

        let mut found: Vec<Change> = Vec::with_capacity(self.nodes.len());
        let mut changed = VecDeque::new();
        for (at, node) in self.nodes.iter().enumerate() {
            // An imported function may change anything.
            let own = if at < profile.imported_functions { Effects::ALL } else { node.own };
            found.push(Change { effects: own, by: (!own.is_empty()).then_some((at as u32, own)) });
            if !own.is_empty() {
                changed.push_back(at as u32);
            }
        }
        // The search is breadth-first, so the first function found is the nearest.
        while let Some(callee) = changed.pop_front() {
            let change = found[callee as usize];
            let mut pass_on = |caller: u32| {
                let known = &mut found[caller as usize];
                let now = known.effects | change.effects;
                if now != known.effects {
                    known.effects = now;
                    known.by = known.by.or(change.by);
                    changed.push_back(caller);
                }
            };
            callers[callee as usize].iter().for_each(|caller| pass_on(*caller));
            if !self.referenced.contains(&callee) && !profile.is_referenced(callee) {
                continue;
            }
            let own = profile.callable_type(callee);
            for key in [own, None] {
                if let Some(slot) = slots.get_mut(&key)
                    && slot.effects | change.effects != slot.effects
                {
                    slot.effects |= change.effects;
                    slot.callers.iter().for_each(|caller| pass_on(*caller));
                }
                if own.is_none() {
                    break;
                }
            }
        }
        found
    }
}

/// What a call of a function can change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub effects: Effects,
    /// The nearest function that changes something by itself, with what it changes.
    pub by: Option<(u32, Effects)>,
}

/// The indirect calls through one type.
#[derive(Default)]
struct Slot {
    callers: Vec<u32>,
    effects: Effects,
}
