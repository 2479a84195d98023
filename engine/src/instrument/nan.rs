//! The nan pass: a NaN that the guest computes is the canonical one wherever its bits can be seen.
//!
//! WebAssembly leaves the sign and the payload of a computed NaN open, and processors differ. They are
//! made canonical where they can reach something that looks at bits: a store, a reinterpretation,
//! `neg`, `abs` and `copysign`, a call, a global, a label, the end of the function. Between, arithmetic
//! goes from operation to operation as it is. A value that was loaded or received, not computed, is
//! never touched: NaN-boxing guests keep their payloads.
//!
//! Every operand is tracked to the instruction that computed it. A local is *computed* if everything
//! assigned to it is; what is read from a computed local counts as computed there.
//!
//! What only a store shows is put right after the store, and stores that nothing can look between are
//! checked together: the loops of numeric code are as long as the processor takes to issue them, so
//! what counts is the number of instructions.

use super::function::{Function, Own, Scratch};
use std::collections::HashMap;
use wasm_encoder::{BlockType, Ieee32, Ieee64, Instruction as I, ValType};
use wasmparser::{MemArg, Operator as O};

/// What a computed value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    F64,
    F32x4,
    F64x2,
}

/// What is known of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
    /// Not computed, or no float: its bits stay.
    Kept,
    /// No NaN: a constant, or converted from an integer.
    Number,
    /// Computed, or chosen among computed values, by the instruction of this index.
    Computed(usize, Kind),
}

/// What an instruction does with floats.
enum Effect {
    /// Takes operands of this kind and computes one of that kind.
    Computes(Kind, Kind),
    /// Takes operands of this kind and does not show their payloads.
    Absorbs(Kind),
    /// A float that is not a NaN.
    Number,
    /// One of its first two operands.
    Selects,
    Other,
}

pub(super) fn run(function: &mut Function<'_>, memories: &[wasmparser::MemoryType]) {
    let mut locals = Locals::of(function);
    // Each round can only find locals that are not computed after all.
    let found = loop {
        match track(function, &mut locals) {
            Some(found) => break found,
            None if locals.rounds > 4 => locals.computed.fill(None),
            None => {}
        }
    };
    let mut scratch = Scratches::default();
    for (at, kind) in found.values {
        let local = scratch.values[kind as usize].of(function, kind.ty());
        function.ops[at].after.extend(canonicalize(kind, local));
    }
    for group in groups(function, memories, &found.stores) {
        check(function, &group, &mut scratch);
    }
}

/// Locals that the added code works with.
#[derive(Default)]
struct Scratches {
    values: [Scratch; 4],
    /// Of f32 and of f64.
    sums: [Scratch; 2],
    /// With 32 bits and with 64.
    addresses: [Scratch; 2],
}

/// Which locals hold nothing but computed values.
struct Locals {
    computed: Vec<Option<Kind>>,
    rounds: usize,
}

impl Locals {
    fn of(function: &Function<'_>) -> Self {
        let kind = |ty: &wasmparser::ValType| match ty {
            wasmparser::ValType::F32 => Some(Kind::F32),
            wasmparser::ValType::F64 => Some(Kind::F64),
            // What its lanes are is not the type's to say.
            _ => None,
        };
        // A parameter comes from elsewhere; a declared local starts as 0, a number.
        let mut computed = vec![None; function.params.len()];
        for (count, ty) in &function.locals {
            computed.extend(std::iter::repeat_n(kind(ty), *count as usize));
        }
        Self { computed, rounds: 0 }
    }
}

/// The instructions whose results are to be made canonical; none if a local turned out not to be
/// computed, which takes another round.
fn track(function: &Function<'_>, locals: &mut Locals) -> Option<Found> {
    locals.rounds += 1;
    let mut settled = true;
    let mut wanted = vec![false; function.ops.len()];
    let mut kinds = Vec::new();
    let mut stores: Vec<(usize, usize, Kind)> = Vec::new();
    let mut stack: Vec<Operand> = Vec::new();
    for (at, op) in function.ops.iter().enumerate() {
        if !op.live {
            stack.truncate(op.height);
            stack.resize(op.height, Operand::Kept);
            continue;
        }
        let base = stack.len().saturating_sub(op.pops);
        let operands = stack.split_off(base);
        let mut show = |operand: &Operand| {
            if let Operand::Computed(by, kind) = *operand
                && !std::mem::replace(&mut wanted[by], true)
            {
                kinds.push((by, kind));
            }
        };
        let result = match (&op.code, effect(&op.code)) {
            (_, Effect::Computes(takes, gives)) => {
                operands.iter().filter(|o| !o.is(takes)).for_each(&mut show);
                Operand::Computed(at, gives)
            }
            (_, Effect::Absorbs(takes)) => {
                operands.iter().filter(|o| !o.is(takes)).for_each(&mut show);
                Operand::Kept
            }
            (_, Effect::Number) => Operand::Number,
            (_, Effect::Selects) => match (operands[0], operands[1]) {
                (Operand::Computed(_, a), Operand::Computed(_, b)) if a == b => {
                    Operand::Computed(at, a)
                }
                (Operand::Computed(_, kind), Operand::Number)
                | (Operand::Number, Operand::Computed(_, kind)) => Operand::Computed(at, kind),
                (Operand::Number, Operand::Number) => Operand::Number,
                _ => {
                    operands.iter().for_each(&mut show);
                    Operand::Kept
                }
            },
            (O::Drop, _) => Operand::Kept,
            (O::F32Store { .. } | O::F64Store { .. }, _) => {
                if let Operand::Computed(by, kind) = operands[1] {
                    stores.push((at, by, kind));
                }
                Operand::Kept
            }
            (O::LocalGet { local_index }, _) => match locals.computed[*local_index as usize] {
                Some(kind) => Operand::Computed(at, kind),
                None => Operand::Kept,
            },
            (O::LocalSet { local_index } | O::LocalTee { local_index }, _) => {
                let local = &mut locals.computed[*local_index as usize];
                match (*local, operands[0]) {
                    (Some(kind), operand) if operand.is(kind) || operand == Operand::Number => {}
                    (None, operand) => show(&operand),
                    (Some(_), _) => {
                        *local = None;
                        settled = false;
                    }
                }
                match (*local, operands[0]) {
                    (Some(_), operand) => operand,
                    (None, Operand::Number) => Operand::Number,
                    (None, _) => Operand::Kept,
                }
            }
            _ => {
                operands.iter().for_each(&mut show);
                Operand::Kept
            }
        };
        stack.truncate(op.height);
        stack.resize(op.height, Operand::Kept);
        // What computes has one result, on top. An assignment has none: on top is what was below it.
        if result != Operand::Kept
            && !matches!(op.code, O::LocalSet { .. })
            && let Some(top) = stack.last_mut()
        {
            *top = result;
        }
    }
    kinds.sort_unstable_by_key(|(at, _)| *at);
    let stores = stores
        .into_iter()
        .filter(|(_, by, _)| !wanted[*by])
        .map(|(at, _, kind)| (at, kind))
        .collect();
    settled.then_some(Found { values: kinds, stores })
}

/// What is to be done.
struct Found {
    /// Instructions whose results are made canonical.
    values: Vec<(usize, Kind)>,
    /// Stores of a scalar, which are followed by a check.
    stores: Vec<(usize, Kind)>,
}

impl Operand {
    fn is(&self, wanted: Kind) -> bool {
        matches!(self, Self::Computed(_, kind) if *kind == wanted)
    }
}

impl Kind {
    fn ty(self) -> ValType {
        match self {
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            Self::F32x4 | Self::F64x2 => ValType::V128,
        }
    }
}

/// The canonical NaNs of the specification (section 4.3.3): positive, the top bit of the payload alone.
const NAN32: u32 = 0x7fc0_0000;
const NAN64: u64 = 0x7ff8_0000_0000_0000;

/// What checks are made of, for a scalar or one lane.
struct Parts {
    nan: I<'static>,
    zero: I<'static>,
    add: I<'static>,
    /// Only a NaN is not at least itself: of all comparisons that say so, `ge` is one jump on x86.
    ge: I<'static>,
    eq: I<'static>,
    load: fn(wasm_encoder::MemArg) -> I<'static>,
    store: fn(wasm_encoder::MemArg) -> I<'static>,
}

impl Parts {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::F32 | Kind::F32x4 => Self {
                nan: I::F32Const(Ieee32::new(NAN32)),
                zero: I::F32Const(Ieee32::new(0)),
                add: I::F32Add,
                ge: I::F32Ge,
                eq: I::F32Eq,
                load: I::F32Load,
                store: I::F32Store,
            },
            Kind::F64 | Kind::F64x2 => Self {
                nan: I::F64Const(Ieee64::new(NAN64)),
                zero: I::F64Const(Ieee64::new(0)),
                add: I::F64Add,
                ge: I::F64Ge,
                eq: I::F64Eq,
                load: I::F64Load,
                store: I::F64Store,
            },
        }
    }
}

fn canonicalize(kind: Kind, local: u32) -> Vec<Own> {
    let vector = |nan: u128, eq: I<'static>| {
        vec![
            I::LocalTee(local).into(),
            I::V128Const(nan as i128).into(),
            I::LocalGet(local).into(),
            I::LocalGet(local).into(),
            eq.into(),
            I::V128Bitselect.into(),
        ]
    };
    match kind {
        Kind::F32 | Kind::F64 => {
            let parts = Parts::of(kind);
            vec![
                I::LocalTee(local).into(),
                I::LocalGet(local).into(),
                parts.ge.into(),
                Own::Likely(BlockType::Empty),
                I::Else.into(),
                parts.nan.into(),
                I::LocalSet(local).into(),
                I::End.into(),
                I::LocalGet(local).into(),
            ]
        }
        Kind::F32x4 => vector(u128::from(NAN32) * 0x1_0000_0001_0000_0001_0000_0001, I::F32x4Eq),
        Kind::F64x2 => vector(u128::from(NAN64) << 64 | u128::from(NAN64), I::F64x2Eq),
    }
}

/// An address as far as it is known: some value, by a number of ours, or 0, plus a constant.
#[derive(Debug, Clone, Copy)]
struct Address {
    base: Option<u32>,
    plus: u32,
}

/// What a load or a store touches.
#[derive(Debug, Clone, Copy)]
struct Access {
    memory: u32,
    address: Option<Address>,
    size: u32,
}

impl Access {
    fn new(memarg: &MemArg, size: u32, address: Option<Address>) -> Self {
        // What does not trap is below 4 GiB, so nothing is lost modulo 2^32.
        let plus = |a: Address| Address { plus: a.plus.wrapping_add(memarg.offset as u32), ..a };
        Self { memory: memarg.memory, address: address.map(plus), size }
    }

    /// How far the other is above this one, modulo 2^32.
    fn distance(&self, other: &Self) -> Option<u32> {
        match (self.address, other.address) {
            (Some(a), Some(b)) if a.base == b.base && self.memory == other.memory => {
                Some(b.plus.wrapping_sub(a.plus))
            }
            _ => None,
        }
    }

    /// Whether they are known to have no byte in common.
    fn is_apart(&self, other: &Self) -> bool {
        let apart = |up: u32| up >= self.size && up.wrapping_neg() >= other.size;
        self.distance(other).is_some_and(apart)
    }
}

/// Stores that are checked together, after the last. Their places are known to be apart from each other
/// and from all that is read or written in between, so nothing sees what is not yet put right. A trap
/// in between does not count: after one the instance is thrown away.
struct Group {
    kind: Kind,
    /// Whether addresses have 64 bits.
    wide: bool,
    /// Each by its index.
    stores: Vec<(usize, Access)>,
}

impl Group {
    /// The checked values stay in registers until the last is there.
    const MOST: usize = 4;

    fn is_apart(&self, access: &Access) -> bool {
        self.stores.iter().all(|(_, store)| store.is_apart(access))
    }

    fn takes(&self, kind: Kind, access: &Access) -> bool {
        self.kind == kind && self.stores.len() < Self::MOST && self.is_apart(access)
    }
}

/// Values that addresses are made of, within straight code.
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

    /// What an instruction gives, if it may be an address.
    fn result(&mut self, code: &O<'_>, operands: &[Option<Address>]) -> Option<Address> {
        match (code, operands) {
            (O::LocalGet { local_index }, _) => {
                let unknown = self.unknown();
                Some(*self.locals.entry(*local_index).or_insert(unknown))
            }
            (O::LocalSet { local_index } | O::LocalTee { local_index }, [value]) => {
                let value = value.unwrap_or_else(|| self.unknown());
                self.locals.insert(*local_index, value);
                matches!(code, O::LocalTee { .. }).then_some(value)
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
fn groups(
    function: &Function<'_>,
    memories: &[wasmparser::MemoryType],
    stores: &[(usize, Kind)],
) -> Vec<Group> {
    let mut done = Vec::new();
    let mut open: Option<Group> = None;
    let mut stores = stores.iter().peekable();
    let mut values = Values::default();
    let mut stack: Vec<Option<Address>> = Vec::new();
    for (at, op) in function.ops.iter().enumerate() {
        let base = stack.len().saturating_sub(if op.live { op.pops } else { 0 });
        let operands = stack.split_off(base);
        let access = access(&op.code).filter(|_| op.live);
        if !op.live || (access.is_none() && !is_quiet(&op.code)) {
            done.extend(open.take());
            values.locals.clear();
            stack.fill(None);
        }
        if let Some((memarg, size)) = access {
            let wide = memories.get(memarg.memory as usize).is_none_or(|memory| memory.memory64);
            let address = operands[0].filter(|_| !wide);
            let access = Access::new(&memarg, size, address);
            let store = stores.next_if(|(store, _)| *store == at);
            let stays = |group: &Group| match store {
                Some((_, kind)) => group.takes(*kind, &access),
                None => group.is_apart(&access),
            };
            if !open.as_ref().is_some_and(stays) {
                done.extend(open.take());
            }
            if let Some((_, kind)) = store {
                let new = || Group { kind: *kind, wide, stores: Vec::new() };
                open.get_or_insert_with(new).stores.push((at, access));
            }
        }
        let result = if op.live { values.result(&op.code, &operands) } else { None };
        stack.truncate(op.height);
        stack.resize(op.height, None);
        if result.is_some()
            && let Some(top) = stack.last_mut()
        {
            *top = result;
        }
    }
    done.extend(open);
    done
}

/// Checks stores after the last: if their sum is a NaN, one of them may be.
///
/// The last is in a loop of ours that never comes round, as a NaN is not equal to itself; the compiler
/// does not know that. It takes the value for one that comes from elsewhere, so that what computes it
/// is used just once: Cranelift folds no load into an operation if its result, or what is computed from
/// it without a side effect, is used twice, as it is by a store and a check.
fn check(function: &mut Function<'_>, group: &Group, scratch: &mut Scratches) {
    let Some(((last, place), others)) = group.stores.split_last() else { return };
    let parts = Parts::of(group.kind);
    let (ty, slot) = (group.kind.ty(), group.kind as usize);
    let value = scratch.values[slot].of(function, ty);
    let sum = if others.is_empty() { value } else { scratch.sums[slot].of(function, ty) };
    let address_ty = if group.wide { ValType::I64 } else { ValType::I32 };
    let address = scratch.addresses[usize::from(group.wide)].of(function, address_ty);
    let add = [I::LocalGet(sum), I::LocalGet(value), parts.add.clone(), I::LocalSet(sum)];

    for (nth, (at, _)) in others.iter().enumerate() {
        let op = &mut function.ops[*at];
        if nth == 0 {
            op.before.push(I::LocalTee(sum).into());
        } else {
            op.before.push(I::LocalTee(value).into());
            op.after.extend(add.clone().map(Own::from));
        }
    }

    let op = &mut function.ops[*last];
    let Some((memarg, _)) = access(&op.code) else { return };
    op.before.extend([
        I::LocalSet(value).into(),
        I::LocalSet(address).into(),
        I::Loop(BlockType::Empty).into(),
        I::LocalGet(address).into(),
        I::LocalGet(value).into(),
    ]);
    if !others.is_empty() {
        op.after.extend(add.map(Own::from));
    }
    op.after.extend([
        I::LocalGet(sum).into(),
        I::LocalGet(sum).into(),
        parts.ge.clone().into(),
        Own::Likely(BlockType::Empty),
        I::Else.into(),
    ]);
    let up: Vec<u32> = others.iter().filter_map(|(_, other)| place.distance(other)).collect();
    op.after.extend(repair(&parts, &memarg, address, value, &up).into_iter().map(Own::from));
    op.after.extend([
        I::LocalGet(sum).into(),
        I::LocalGet(sum).into(),
        parts.eq.into(),
        Own::Unlikely(BlockType::Empty),
        parts.zero.into(),
        I::LocalSet(value).into(),
        // Out of both `if`s.
        I::Br(2).into(),
        I::End.into(),
        I::End.into(),
        I::End.into(),
    ]);
}

/// Makes canonical what is a NaN of what was stored at an address, and as far up from there as `others`
/// says. Uses the local `value`.
fn repair(
    parts: &Parts,
    memarg: &MemArg,
    address: u32,
    value: u32,
    others: &[u32],
) -> Vec<I<'static>> {
    let place = |offset| wasm_encoder::MemArg { offset, align: 0, memory_index: memarg.memory };
    let last = place(memarg.offset);
    if others.is_empty() {
        return vec![I::LocalGet(address), parts.nan.clone(), (parts.store)(last)];
    }
    let mut code = Vec::new();
    let mut at = |address: &[I<'static>], place| {
        code.extend(address.iter().chain(address).cloned());
        code.extend([
            (parts.load)(place),
            I::LocalTee(value),
            parts.nan.clone(),
            I::LocalGet(value),
            I::LocalGet(value),
            parts.ge.clone(),
            I::Select,
            (parts.store)(place),
        ]);
    };
    at(&[I::LocalGet(address)], last);
    for up in others {
        // Addresses have 32 bits where there are others. An offset cannot go down.
        let plus = (memarg.offset as u32).wrapping_add(*up) as i32;
        at(&[I::LocalGet(address), I::I32Const(plus), I::I32Add], place(0));
    }
    code
}

fn effect(code: &O<'_>) -> Effect {
    use Effect::{Absorbs, Computes, Number, Other, Selects};
    use Kind::{F32, F32x4, F64, F64x2};
    match code {
        O::F32Add
        | O::F32Sub
        | O::F32Mul
        | O::F32Div
        | O::F32Sqrt
        | O::F32Min
        | O::F32Max
        | O::F32Ceil
        | O::F32Floor
        | O::F32Trunc
        | O::F32Nearest => Computes(F32, F32),
        O::F64Add
        | O::F64Sub
        | O::F64Mul
        | O::F64Div
        | O::F64Sqrt
        | O::F64Min
        | O::F64Max
        | O::F64Ceil
        | O::F64Floor
        | O::F64Trunc
        | O::F64Nearest => Computes(F64, F64),
        O::F64PromoteF32 => Computes(F32, F64),
        O::F32DemoteF64 => Computes(F64, F32),
        O::F32x4Add
        | O::F32x4Sub
        | O::F32x4Mul
        | O::F32x4Div
        | O::F32x4Sqrt
        | O::F32x4Min
        | O::F32x4Max
        | O::F32x4Ceil
        | O::F32x4Floor
        | O::F32x4Trunc
        | O::F32x4Nearest
        | O::F32x4RelaxedMadd
        | O::F32x4RelaxedNmadd
        | O::F32x4RelaxedMin
        | O::F32x4RelaxedMax => Computes(F32x4, F32x4),
        O::F64x2Add
        | O::F64x2Sub
        | O::F64x2Mul
        | O::F64x2Div
        | O::F64x2Sqrt
        | O::F64x2Min
        | O::F64x2Max
        | O::F64x2Ceil
        | O::F64x2Floor
        | O::F64x2Trunc
        | O::F64x2Nearest
        | O::F64x2RelaxedMadd
        | O::F64x2RelaxedNmadd
        | O::F64x2RelaxedMin
        | O::F64x2RelaxedMax => Computes(F64x2, F64x2),
        O::F64x2PromoteLowF32x4 => Computes(F32x4, F64x2),
        O::F32x4DemoteF64x2Zero => Computes(F64x2, F32x4),
        O::F32Eq
        | O::F32Ne
        | O::F32Lt
        | O::F32Gt
        | O::F32Le
        | O::F32Ge
        | O::I32TruncF32S
        | O::I32TruncF32U
        | O::I64TruncF32S
        | O::I64TruncF32U
        | O::I32TruncSatF32S
        | O::I32TruncSatF32U
        | O::I64TruncSatF32S
        | O::I64TruncSatF32U => Absorbs(F32),
        O::F64Eq
        | O::F64Ne
        | O::F64Lt
        | O::F64Gt
        | O::F64Le
        | O::F64Ge
        | O::I32TruncF64S
        | O::I32TruncF64U
        | O::I64TruncF64S
        | O::I64TruncF64U
        | O::I32TruncSatF64S
        | O::I32TruncSatF64U
        | O::I64TruncSatF64S
        | O::I64TruncSatF64U => Absorbs(F64),
        O::F32x4Eq
        | O::F32x4Ne
        | O::F32x4Lt
        | O::F32x4Gt
        | O::F32x4Le
        | O::F32x4Ge
        | O::I32x4TruncSatF32x4S
        | O::I32x4TruncSatF32x4U => Absorbs(F32x4),
        O::F64x2Eq
        | O::F64x2Ne
        | O::F64x2Lt
        | O::F64x2Gt
        | O::F64x2Le
        | O::F64x2Ge
        | O::I32x4TruncSatF64x2SZero
        | O::I32x4TruncSatF64x2UZero => Absorbs(F64x2),
        O::F32ConvertI32S
        | O::F32ConvertI32U
        | O::F32ConvertI64S
        | O::F32ConvertI64U
        | O::F64ConvertI32S
        | O::F64ConvertI32U
        | O::F64ConvertI64S
        | O::F64ConvertI64U
        | O::F32x4ConvertI32x4S
        | O::F32x4ConvertI32x4U
        | O::F64x2ConvertLowI32x4S
        | O::F64x2ConvertLowI32x4U => Number,
        O::F32Const { value } if !f32::from_bits(value.bits()).is_nan() => Number,
        O::F64Const { value } if !f64::from_bits(value.bits()).is_nan() => Number,
        O::Select | O::TypedSelect { .. } => Selects,
        _ => Other,
    }
}

/// A plain load or store of 32-bit, 64-bit and 128-bit values and parts of them: where, and how many bytes.
fn access(code: &O<'_>) -> Option<(MemArg, u32)> {
    Some(match code {
        O::I32Load8S { memarg }
        | O::I32Load8U { memarg }
        | O::I64Load8S { memarg }
        | O::I64Load8U { memarg }
        | O::I32Store8 { memarg }
        | O::I64Store8 { memarg } => (*memarg, 1),
        O::I32Load16S { memarg }
        | O::I32Load16U { memarg }
        | O::I64Load16S { memarg }
        | O::I64Load16U { memarg }
        | O::I32Store16 { memarg }
        | O::I64Store16 { memarg } => (*memarg, 2),
        O::I32Load { memarg }
        | O::F32Load { memarg }
        | O::I64Load32S { memarg }
        | O::I64Load32U { memarg }
        | O::I32Store { memarg }
        | O::F32Store { memarg }
        | O::I64Store32 { memarg } => (*memarg, 4),
        O::I64Load { memarg }
        | O::F64Load { memarg }
        | O::I64Store { memarg }
        | O::F64Store { memarg } => (*memarg, 8),
        O::V128Load { memarg } | O::V128Store { memarg } => (*memarg, 16),
        _ => return None,
    })
}

/// Whether an instruction has to do with operands and locals alone: no memory, no control.
fn is_quiet(code: &O<'_>) -> bool {
    !matches!(effect(code), Effect::Other)
        || matches!(
            code,
            O::Nop
                | O::Drop
                | O::LocalGet { .. }
                | O::LocalSet { .. }
                | O::LocalTee { .. }
                | O::I32Const { .. }
                | O::I64Const { .. }
                | O::F32Const { .. }
                | O::F64Const { .. }
                | O::I32Add
                | O::I32Sub
                | O::I32Mul
                | O::I32And
                | O::I32Or
                | O::I32Xor
                | O::I32Shl
                | O::I32ShrS
                | O::I32ShrU
                | O::I32Eqz
                | O::I32Eq
                | O::I32Ne
                | O::I32LtS
                | O::I32LtU
                | O::I32GtS
                | O::I32GtU
                | O::I32LeS
                | O::I32LeU
                | O::I32GeS
                | O::I32GeU
                | O::I32WrapI64
                | O::I64Add
                | O::I64Sub
                | O::I64Mul
                | O::I64ExtendI32S
                | O::I64ExtendI32U
                | O::F32Neg
                | O::F32Abs
                | O::F32Copysign
                | O::F64Neg
                | O::F64Abs
                | O::F64Copysign
        )
}
