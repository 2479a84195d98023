//! Groups of stores that are checked together.
//!
//! Nothing may see a value between its store and the check of its group.

use super::super::function::Function;
use super::super::operands::Operands;
use crate::read::opcode::{Float, access, is_pure};
use std::collections::HashMap;
use wasmparser::{MemArg, Operator as O};

/// What is known of an address: a base plus a constant, modulo 2^32. The base is an unknown value, to which we give a
/// number, or 0.
#[derive(Debug, Clone, Copy)]
struct Address {
    base: Option<u32>,
    plus: u32,
}

/// The bytes that a load or a store touches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    memory: u32,
    address: Option<Address>,
    size: u32,
}

impl Extent {
    fn new(memarg: &MemArg, size: u32, address: Option<Address>) -> Self {
        // An access that does not trap is below 4 GiB, so nothing is lost modulo 2^32.
        let plus = |a: Address| Address { plus: a.plus.wrapping_add(memarg.offset as u32), ..a };
        Self { memory: memarg.memory, address: address.map(plus), size }
    }

    /// Returns how far `other` is above `self`, modulo 2^32; `None` if that is not known.
    pub(super) fn distance(&self, other: &Self) -> Option<u32> {
        match (self.address, other.address) {
            (Some(a), Some(b)) if a.base == b.base && self.memory == other.memory => {
                Some(b.plus.wrapping_sub(a.plus))
            }
            _ => None,
        }
    }

    /// Returns whether the two are known to have no byte in common.
    fn is_apart(&self, other: &Self) -> bool {
        let apart = |up: u32| up >= self.size && up.wrapping_neg() >= other.size;
        self.distance(other).is_some_and(apart)
    }
}

/// Stores that are checked together, after the last of them. They are known to be apart from each other and from all
/// that is loaded or stored in between. So nothing sees a value that is not yet canonical. A trap in between does no
/// harm, as the instance is then dropped.
pub(super) struct Group {
    pub float: Float,
    /// Whether addresses have 64 bits.
    pub wide: bool,
    /// The stores by their indices.
    pub stores: Vec<(usize, Extent)>,
}

impl Group {
    /// The most stores of a group. Until the last store, the values to be checked stay in registers.
    const MOST: usize = 4;

    fn is_apart(&self, extent: &Extent) -> bool {
        self.stores.iter().all(|(_, store)| store.is_apart(extent))
    }

    fn takes(&self, float: Float, extent: &Extent) -> bool {
        self.float == float && self.stores.len() < Self::MOST && self.is_apart(extent)
    }
}

/// The values of the locals that are addresses, within straight code.
#[derive(Default)]
struct Values {
    locals: HashMap<u32, Address>,
    next: u32,
}

impl Values {
    fn unknown(&mut self) -> Address {
        self.next += 1;
        Address { base: Some(self.next), plus: 0 }
    }

    /// Returns the result of an instruction, if it may be an address.
    fn result(&mut self, code: &O<'_>, operands: &[Option<Address>]) -> Option<Address> {
        match (code, operands) {
            (O::LocalGet { local_index }, _) => {
                let unknown = self.unknown();
                Some(*self.locals.entry(*local_index).or_insert(unknown))
            }
            (O::LocalSet { local_index } | O::LocalTee { local_index }, [value]) => {
                let value = value.unwrap_or_else(|| self.unknown());
                self.locals.insert(*local_index, value);
                Some(value)
            }
            (O::I32Const { value }, _) => Some(Address { base: None, plus: *value as u32 }),
            (O::I32Add, [Some(a), Some(b)]) if a.base.is_none() || b.base.is_none() => {
                Some(Address { base: a.base.or(b.base), plus: a.plus.wrapping_add(b.plus) })
            }
            _ => None,
        }
    }
}

/// Divides stores into groups.
pub(super) fn groups(
    function: &Function<'_>,
    memories: &[wasmparser::MemoryType],
    stores: &[(usize, Float)],
) -> Vec<Group> {
    let mut done = Vec::new();
    let mut open: Option<Group> = None;
    let mut stores = stores.iter().peekable();
    let mut values = Values::default();
    let mut stack = Operands::new();
    for (at, op) in function.ops.iter().enumerate() {
        let operands = stack.take(op);
        // Accesses to lanes are too rare to be told apart from other accesses.
        let access = access(&op.code).filter(|access| op.live && !access.is_of_lanes());
        if !op.live || (access.is_none() && !is_pure(&op.code)) {
            done.extend(open.take());
            values.locals.clear();
            stack.forget();
        }
        if let Some(access) = access {
            let memarg = access.memarg;
            let wide = memories.get(memarg.memory as usize).is_none_or(|memory| memory.memory64);
            let extent = Extent::new(&memarg, access.size, operands[0].filter(|_| !wide));
            let store = stores.next_if(|(store, _)| *store == at);
            let stays = |group: &Group| match store {
                Some((_, float)) => group.takes(*float, &extent),
                None => group.is_apart(&extent),
            };
            if !open.as_ref().is_some_and(stays) {
                done.extend(open.take());
            }
            if let Some((_, float)) = store {
                let new = || Group { float: *float, wide, stores: Vec::new() };
                open.get_or_insert_with(new).stores.push((at, extent));
            }
        }
        let result = if op.live { values.result(&op.code, &operands) } else { None };
        stack.put(op, result);
    }
    done.extend(open);
    done
}
