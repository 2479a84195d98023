//! Values: what a script passes, what it expects, and whether that is what came back, bit for bit.

use std::fmt;
use wasmtime::{AnyRef, ExternRef, Store, Val};
use wast::WastArg;
use wast::WastRet;
use wast::core::{
    AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore as Ret,
};
use wast::token::{F32, F64};

/// Arguments as wasmtime wants them.
///
/// # Errors
/// What cannot be passed.
pub(crate) fn arguments(store: &mut Store<()>, args: &[WastArg<'_>]) -> Result<Vec<Val>, String> {
    args.iter().map(|arg| argument(store, arg).map_err(|why| format!("{arg:?}: {why}"))).collect()
}

fn argument(store: &mut Store<()>, arg: &WastArg<'_>) -> Result<Val, String> {
    let WastArg::Core(arg) = arg else { return Err("a component's value".into()) };
    let host = |store: &mut Store<()>, value| {
        ExternRef::new(store, value).map_err(|error| error.to_string())
    };
    Ok(match arg {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(u128::from_le_bytes(value.to_le_bytes()).into()),
        WastArgCore::RefExtern(value) => Val::ExternRef(Some(host(store, *value)?)),
        WastArgCore::RefHost(value) => {
            let host = host(store, *value)?;
            let any = AnyRef::convert_extern(store, host).map_err(|error| error.to_string())?;
            Val::AnyRef(Some(any))
        }
        WastArgCore::RefNull(HeapType::Abstract { shared: false, ty }) => {
            use AbstractHeapType as Abstract;
            match ty {
                Abstract::Func | Abstract::NoFunc => Val::FuncRef(None),
                Abstract::Extern | Abstract::NoExtern => Val::ExternRef(None),
                Abstract::Exn | Abstract::NoExn => Val::ExnRef(None),
                Abstract::Cont | Abstract::NoCont => Val::ContRef(None),
                Abstract::Any
                | Abstract::Eq
                | Abstract::Struct
                | Abstract::Array
                | Abstract::I31
                | Abstract::None => Val::AnyRef(None),
            }
        }
        WastArgCore::RefNull(_) => return Err("a null of this type".into()),
    })
}

/// Whether the results are those that the script expects.
pub(crate) fn all_match(store: &mut Store<()>, actual: &[Val], expected: &[WastRet<'_>]) -> bool {
    actual.len() == expected.len()
        && actual.iter().zip(expected).all(|(actual, expected)| match expected {
            WastRet::Core(expected) => matches(store, actual, expected),
            _ => false,
        })
}

fn matches(store: &mut Store<()>, actual: &Val, expected: &Ret<'_>) -> bool {
    match (expected, actual) {
        (Ret::Either(either), _) => either.iter().any(|one| matches(store, actual, one)),
        (Ret::I32(expected), Val::I32(actual)) => expected == actual,
        (Ret::I64(expected), Val::I64(actual)) => expected == actual,
        (Ret::F32(expected), Val::F32(actual)) => matches_f32(*actual, expected),
        (Ret::F64(expected), Val::F64(actual)) => matches_f64(*actual, expected),
        (Ret::V128(expected), Val::V128(actual)) => matches_v128(actual.as_u128(), expected),

        // Which null it is, the function's type says.
        (
            Ret::RefNull(_),
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None),
        ) => true,
        (Ret::RefFunc(_), Val::FuncRef(Some(_))) => true,
        (Ret::RefExtern(None), Val::ExternRef(Some(_))) => true,
        (Ret::RefExtern(Some(expected)), Val::ExternRef(Some(actual))) => {
            host_value(actual.data(&*store)) == Some(*expected)
        }
        (Ret::RefHost(expected), Val::AnyRef(Some(actual))) => {
            let host = ExternRef::convert_any(&mut *store, *actual);
            host.is_ok_and(|host| host_value(host.data(&*store)) == Some(*expected))
        }
        (Ret::RefAny, Val::AnyRef(Some(_))) => true,
        (Ret::RefEq, Val::AnyRef(Some(actual))) => actual.is_eqref(&*store).unwrap_or(false),
        (Ret::RefStruct, Val::AnyRef(Some(actual))) => actual.is_struct(&*store).unwrap_or(false),
        (Ret::RefArray, Val::AnyRef(Some(actual))) => actual.is_array(&*store).unwrap_or(false),
        (Ret::RefI31, Val::AnyRef(Some(actual))) => actual.is_i31(&*store).unwrap_or(false),
        _ => false,
    }
}

type HostData<'a> = wasmtime::Result<Option<&'a (dyn std::any::Any + Send + Sync)>>;

fn host_value(data: HostData<'_>) -> Option<u32> {
    data.ok()??.downcast_ref().copied()
}

/// A canonical NaN has one bit of payload, the highest, and either sign; an arithmetic one has that
/// bit and any others.
pub(crate) fn matches_f32(actual: u32, expected: &NanPattern<F32>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => actual & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(value) => actual == value.bits,
    }
}

pub(crate) fn matches_f64(actual: u64, expected: &NanPattern<F64>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => actual & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(value) => actual == value.bits,
    }
}

fn matches_v128(actual: u128, expected: &V128Pattern) -> bool {
    let lane = |bits: usize, at: usize| (actual >> (bits * at)) as u64;
    match expected {
        V128Pattern::I8x16(lanes) => {
            lanes.iter().enumerate().all(|(at, want)| lane(8, at) as i8 == *want)
        }
        V128Pattern::I16x8(lanes) => {
            lanes.iter().enumerate().all(|(at, want)| lane(16, at) as i16 == *want)
        }
        V128Pattern::I32x4(lanes) => {
            lanes.iter().enumerate().all(|(at, want)| lane(32, at) as i32 == *want)
        }
        V128Pattern::I64x2(lanes) => {
            lanes.iter().enumerate().all(|(at, want)| lane(64, at) as i64 == *want)
        }
        V128Pattern::F32x4(lanes) => {
            lanes.iter().enumerate().all(|(at, want)| matches_f32(lane(32, at) as u32, want))
        }
        V128Pattern::F64x2(lanes) => {
            lanes.iter().enumerate().all(|(at, want)| matches_f64(lane(64, at), want))
        }
    }
}

/// Values for the eyes of whoever looks for a bug: bits, and what they mean.
pub(crate) fn show(values: &[Val]) -> String {
    bracket(values.iter().map(show_value))
}

fn show_value(value: &Val) -> String {
    match value {
        Val::I32(value) => format!("i32 {value} ({value:#010x})"),
        Val::I64(value) => format!("i64 {value} ({value:#018x})"),
        Val::F32(bits) => format!("f32 {:?} ({bits:#010x})", f32::from_bits(*bits)),
        Val::F64(bits) => format!("f64 {:?} ({bits:#018x})", f64::from_bits(*bits)),
        Val::V128(bits) => format!("v128 {:#034x}", bits.as_u128()),
        other => format!("{other:?}"),
    }
}

/// The same of what a script expects.
pub(crate) fn show_expected(expected: &[WastRet<'_>]) -> String {
    bracket(expected.iter().map(|one| match one {
        WastRet::Core(one) => show_pattern(one),
        other => format!("{other:?}"),
    }))
}

fn show_pattern(expected: &Ret<'_>) -> String {
    match expected {
        Ret::I32(value) => show_value(&Val::I32(*value)),
        Ret::I64(value) => show_value(&Val::I64(*value)),
        Ret::F32(NanPattern::Value(value)) => show_value(&Val::F32(value.bits)),
        Ret::F64(NanPattern::Value(value)) => show_value(&Val::F64(value.bits)),
        Ret::Either(either) => format!("either {}", bracket(either.iter().map(show_pattern))),
        other => format!("{other:x?}"),
    }
}

fn bracket(shown: impl Iterator<Item = impl fmt::Display>) -> String {
    let shown: Vec<_> = shown.map(|one| one.to_string()).collect();
    format!("[{}]", shown.join(", "))
}
