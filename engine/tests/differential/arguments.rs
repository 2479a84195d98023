//! Arguments: values at which something changes, and any others.

use super::choices::Choices;
use super::outcome::Kind;
use plwasm_engine::ValRaw;

/// Around a block of the isolate pass, a page, and where signs change.
pub(crate) const INTEGERS: [u32; 24] = [
    0,
    1,
    2,
    3,
    7,
    8,
    16,
    31,
    64,
    100,
    255,
    960,
    1016,
    1020,
    1023,
    1024,
    1025,
    2040,
    4096,
    65_528,
    65_535,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
];

/// Zeros, ones, infinities, the largest and smallest; NaNs: canonical, negative, with a payload,
/// signalling.
pub(crate) const FLOATS: [u32; 14] = [
    0,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7f7f_ffff,
    1,
    0x4f00_0000,
    0x3dcc_cccd,
    0x7fc0_0000,
    0xffc0_0000,
    0x7fc0_1234,
    0xffa0_0001,
];

/// As [`FLOATS`].
pub(crate) const DOUBLES: [u64; 14] = [
    0,
    1 << 63,
    0x3ff0_0000_0000_0000,
    0xbff0_0000_0000_0000,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x7fef_ffff_ffff_ffff,
    1,
    0x41e0_0000_0000_0000,
    0x3fb9_9999_9999_999a,
    0x7ff8_0000_0000_0000,
    0xfff8_0000_0000_0000,
    0x7ff8_0000_1234_5678,
    0xfff4_0000_0000_0001,
];

pub(crate) fn of(kinds: &[Kind], choices: &mut Choices<'_>) -> Vec<ValRaw> {
    kinds.iter().map(|kind| one(*kind, choices)).collect()
}

fn one(kind: Kind, choices: &mut Choices<'_>) -> ValRaw {
    match kind {
        Kind::I32 => ValRaw::u32(integer(choices)),
        Kind::I64 => ValRaw::u64(match choices.below(3) {
            0 => integer(choices).into(),
            1 => integer(choices) as i32 as u64,
            _ => choices.bits(),
        }),
        Kind::F32 => ValRaw::f32(float(choices)),
        Kind::F64 => ValRaw::f64(double(choices)),
        Kind::V128 => ValRaw::v128(vector(choices)),
        Kind::Function { .. } => ValRaw::funcref(std::ptr::null_mut()),
        Kind::Object { .. } => ValRaw::anyref(0),
    }
}

pub(crate) fn integer(choices: &mut Choices<'_>) -> u32 {
    match choices.below(4) {
        0..=1 => choices.of(&INTEGERS),
        // An address in the first page.
        2 => choices.bits() as u32 & 0xffff,
        _ => choices.bits() as u32,
    }
}

pub(crate) fn float(choices: &mut Choices<'_>) -> u32 {
    match choices.one_in(3) {
        true => choices.bits() as u32,
        false => choices.of(&FLOATS),
    }
}

pub(crate) fn double(choices: &mut Choices<'_>) -> u64 {
    match choices.one_in(3) {
        true => choices.bits(),
        false => choices.of(&DOUBLES),
    }
}

pub(crate) fn vector(choices: &mut Choices<'_>) -> u128 {
    match choices.below(3) {
        0 => (0..4).fold(0, |all, _| all << 32 | u128::from(float(choices))),
        1 => u128::from(double(choices)) << 64 | u128::from(double(choices)),
        _ => (0..4).fold(0, |all, _| all << 32 | u128::from(integer(choices))),
    }
}
