//! Traps: converts wasmtime's error of a failed call to ours, with the guest's backtrace.
//!
//! It must never print a name or a message of the guest that is not fit to be printed.

use crate::error::{Error, TrapKind};
use crate::initialization::{self, Phase};
use crate::limits::Limits;
use crate::name;
use crate::run::host::Host;
use crate::run::module::Module;
use std::fmt::Write;
use wasmtime::{Store, Trap, WasmBacktrace};

/// Returns why an instance could not be made.
#[cold]
pub(crate) fn instantiation_error(
    store: &mut Store<Host>,
    limits: Limits,
    module: &Module,
    error: &wasmtime::Error,
) -> Error {
    let is_guests = error.is::<Trap>()
        || error.is::<wasmtime::ThrownException>()
        || error.is::<wasmtime::GcHeapOutOfMemory<()>>();
    if is_guests {
        return initialization::failed(Phase::Instantiation, call_error(error, limits, module));
    }
    match store.data_mut().limiter.refused.take() {
        Some(refused) => refused,
        // The remaining reasons are a refusal of mmap, and the limits on the number of memories and tables.
        None => Error::Reserve(name::printable_message(error)),
    }
}

/// Returns the error with which a call, or a start function, ended.
#[cold]
pub(crate) fn call_error(error: &wasmtime::Error, limits: Limits, module: &Module) -> Error {
    let kind = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => return Error::Fuel { limit: limits.fuel },
        Some(Trap::Interrupt) => return Error::Interrupted,
        Some(Trap::StackOverflow) => TrapKind::Stack,
        Some(Trap::IntegerDivisionByZero) => TrapKind::DivideByZero,
        Some(Trap::IntegerOverflow) => TrapKind::IntegerOverflow,
        Some(Trap::BadConversionToInteger) => TrapKind::BadConversion,
        Some(Trap::UnreachableCodeReached) => TrapKind::Unreachable,
        Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned) => TrapKind::MemoryOutOfBounds,
        Some(Trap::TableOutOfBounds) => TrapKind::TableOutOfBounds,
        Some(Trap::IndirectCallToNull) => TrapKind::NullCall,
        Some(Trap::BadSignature) => TrapKind::BadCall,
        Some(other) => TrapKind::Other(*other),
        None if error.is::<wasmtime::ThrownException>() => TrapKind::Exception,
        None if error.is::<wasmtime::GcHeapOutOfMemory<()>>() => {
            return Error::Memory {
                what: "the instance",
                needed: limits.memory.saturating_add(1),
                limit: limits.memory,
            };
        }
        None => return Error::Internal(name::printable_message(error)),
    };
    let trace = error.downcast_ref::<WasmBacktrace>();
    let text = trace.map(|trace| backtrace(trace, module)).unwrap_or_default();
    match trace.and_then(|trace| stub(trace, module)) {
        Some(import) if kind == TrapKind::Unreachable => {
            Error::StubCalled { import, backtrace: text }
        }
        _ => Error::Trap { kind, backtrace: text },
    }
}

/// Returns the import that a guest called, if a stub took its place and trapped ([`crate::adapt`]).
fn stub(trace: &WasmBacktrace, module: &Module) -> Option<String> {
    let frame = trace.frames().first()?;
    module.manifest().guest_function(frame.func_index())?;
    frame.func_name()?.strip_prefix(name::STUB_NAME).map(name::printable)
}

/// Returns the guest's frames, innermost first. A frame shows the name from the name section, or else the index, and
/// the offset in the guest's own binary, which `wasm-objdump` and DWARF tools understand.
fn backtrace(trace: &WasmBacktrace, module: &Module) -> String {
    let mut text = String::from("wasm backtrace:");
    let manifest = module.manifest();
    let guests: Vec<_> = trace
        .frames()
        .iter()
        .filter_map(|frame| Some((frame, manifest.guest_function(frame.func_index())?)))
        .collect();
    let offsets = manifest.offsets.before(guests.iter().map(|(frame, _)| frame.module_offset()));
    for (i, ((frame, function), offset)) in guests.into_iter().zip(offsets).enumerate() {
        let name = function_name(function, frame.func_name());
        let offset = offset.map(|at| format!(" at offset {at:#x}"));
        let _ = write!(text, "\n  {i}: {name}{}", offset.unwrap_or_default());
    }
    text
}

/// Returns a function of the guest as it is shown, given its index and its name in the name section.
pub(crate) fn function_name(function: u32, name: Option<&str>) -> String {
    match name {
        Some(name) => name::source(name),
        None => format!("<function {function}>"),
    }
}
