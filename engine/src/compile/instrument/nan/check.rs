//! The code that the nan pass adds: it makes values canonical, and checks stores.

use super::super::function::{Function, Own};
use super::Scratches;
use super::group::Group;
use crate::read::opcode::{Access, Float, access};
use wasm_encoder::{BlockType, Ieee32, Ieee64, Instruction as I, ValType};
use wasmparser::MemArg;

/// The canonical NaNs of the specification (section 4.3.3): positive, and only the top bit of the payload is set.
const NAN32: u32 = 0x7fc0_0000;
const NAN64: u64 = 0x7ff8_0000_0000_0000;

/// The instructions that checks consist of, for a scalar or one lane.
struct Scalar {
    nan: I<'static>,
    zero: I<'static>,
    add: I<'static>,
    /// Only a NaN is not greater than or equal to itself. Of all comparisons that tell this, `ge` is one jump on x86.
    ge: I<'static>,
    eq: I<'static>,
    load: fn(wasm_encoder::MemArg) -> I<'static>,
    store: fn(wasm_encoder::MemArg) -> I<'static>,
}

impl Scalar {
    fn of(float: Float) -> Self {
        match float {
            Float::F32 | Float::F32x4 => Self {
                nan: I::F32Const(Ieee32::new(NAN32)),
                zero: I::F32Const(Ieee32::new(0)),
                add: I::F32Add,
                ge: I::F32Ge,
                eq: I::F32Eq,
                load: I::F32Load,
                store: I::F32Store,
            },
            Float::F64 | Float::F64x2 => Self {
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

/// Returns code that makes the value on top of the stack canonical, using a local.
pub(super) fn canonicalize(float: Float, local: u32) -> Vec<Own> {
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
    match float {
        Float::F32 | Float::F64 => {
            let scalar = Scalar::of(float);
            vec![
                I::LocalTee(local).into(),
                I::LocalGet(local).into(),
                scalar.ge.into(),
                Own::Likely(BlockType::Empty),
                I::Else.into(),
                scalar.nan.into(),
                I::LocalSet(local).into(),
                I::End.into(),
                I::LocalGet(local).into(),
            ]
        }
        Float::F32x4 => vector(u128::from(NAN32) * 0x1_0000_0001_0000_0001_0000_0001, I::F32x4Eq),
        Float::F64x2 => vector(u128::from(NAN64) << 64 | u128::from(NAN64), I::F64x2Eq),
    }
}

/// Adds a check after the last store of a group. If the sum of the stored values is a NaN, one of them may be one.
///
/// The last store is put into a loop of ours that never repeats, because a NaN is not equal to itself. The compiler
/// does not know that, and takes the value for one that comes from elsewhere. So the operation that computes the
/// value is used only once. Cranelift folds no load into an operation if its result, or a value that is computed from
/// it without a side effect, is used twice, which a store and a check would do.
pub(super) fn check(function: &mut Function<'_>, group: &Group, scratch: &mut Scratches) {
    let Some(((last, place), others)) = group.stores.split_last() else { return };
    let scalar = Scalar::of(group.float);
    let (ty, slot) = (group.float.ty(), group.float as usize);
    let value = scratch.values[slot].of(function, ty);
    let sum = if others.is_empty() { value } else { scratch.sums[slot].of(function, ty) };
    let address_ty = if group.wide { ValType::I64 } else { ValType::I32 };
    let address = scratch.addresses[usize::from(group.wide)].of(function, address_ty);
    let add = [I::LocalGet(sum), I::LocalGet(value), scalar.add.clone(), I::LocalSet(sum)];

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
    let Some(Access { memarg, .. }) = access(&op.code) else { return };
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
        scalar.ge.clone().into(),
        Own::Likely(BlockType::Empty),
        I::Else.into(),
    ]);
    let up: Vec<u32> = others.iter().filter_map(|(_, other)| place.distance(other)).collect();
    op.after.extend(repair(&scalar, &memarg, address, value, &up).into_iter().map(Own::from));
    op.after.extend([
        I::LocalGet(sum).into(),
        I::LocalGet(sum).into(),
        scalar.eq.into(),
        Own::Unlikely(BlockType::Empty),
        scalar.zero.into(),
        I::LocalSet(value).into(),
        // This leaves both `if`s.
        I::Br(2).into(),
        I::End.into(),
        I::End.into(),
        I::End.into(),
    ]);
}

/// Returns code that makes NaNs canonical that were stored at an address, and at the distances `others` above it. It
/// uses the local `value`.
fn repair(
    scalar: &Scalar,
    memarg: &MemArg,
    address: u32,
    value: u32,
    others: &[u32],
) -> Vec<I<'static>> {
    let place = |offset| wasm_encoder::MemArg { offset, align: 0, memory_index: memarg.memory };
    let last = place(memarg.offset);
    if others.is_empty() {
        return vec![I::LocalGet(address), scalar.nan.clone(), (scalar.store)(last)];
    }
    let mut code = Vec::new();
    let mut at = |address: &[I<'static>], place| {
        code.extend(address.iter().chain(address).cloned());
        code.extend([
            (scalar.load)(place),
            I::LocalTee(value),
            scalar.nan.clone(),
            I::LocalGet(value),
            I::LocalGet(value),
            scalar.ge.clone(),
            I::Select,
            (scalar.store)(place),
        ]);
    };
    at(&[I::LocalGet(address)], last);
    for up in others {
        // If there are other stores, addresses have 32 bits. A store's offset cannot be negative.
        let plus = (memarg.offset as u32).wrapping_add(*up) as i32;
        at(&[I::LocalGet(address), I::I32Const(plus), I::I32Add], place(0));
    }
    code
}
