//! Traps: from what wasmtime says of a failed call to our error, with the guest's backtrace.
//!
//! It must never print a name or message of the guest's that is not fit to be printed.

use crate::adapt::STUB_NAME;
use crate::error::{Error, TrapKind};
use crate::host::Host;
use crate::limits::Limits;
use crate::module::Module;
use crate::name::printable;
use std::fmt::Write;
use std::num::NonZeroUsize;
use wasmtime::{Store, Trap, WasmBacktrace};

/// Why there is no instance.
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
        return call_error(error, limits, module);
    }
    match store.data_mut().accountant.refused.take() {
        Some(refused) => refused,
        // What is left is mmap's refusal, and the counts of memories and tables.
        None => Error::Reserve(crate::name::printable_message(error)),
    }
}

/// What a call, or a start function, ended with.
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
        None => return Error::Internal(crate::name::printable_message(error)),
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

/// The import that a guest called, if it was replaced by a stub that trapped ([`crate::adapt`]).
fn stub(trace: &WasmBacktrace, module: &Module) -> Option<String> {
    let frame = trace.frames().first()?;
    module.manifest().guest_function(frame.func_index())?;
    frame.func_name()?.strip_prefix(STUB_NAME).map(printable)
}

/// The guest's frames, innermost first: name from the name section, else the index, and the
/// offset in the guest's own binary, which `wasm-objdump` and DWARF tools understand.
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

/// A function of the guest's as it is shown, by its number and its name in the name section.
pub(crate) fn function_name(function: u32, name: Option<&str>) -> String {
    match name {
        Some(name) => printable(&demangled(name)),
        None => format!("<function {function}>"),
    }
}

/// A name as it was in the source, for Rust (legacy and v0) and C++ (Itanium); as much of it as is shown.
fn demangled(name: &str) -> String {
    let mut source = Short(String::new());
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        let _ = write!(source, "{rust:#}");
    } else if name.starts_with("_Z")
        && name.len() <= MAX_MANGLED
        && let Ok(cpp) = cpp_demangle::Symbol::new(name)
    {
        let _ = cpp.structured_demangle(&mut source, &Default::default());
    }
    match source.0.is_empty() {
        true => name.to_string(),
        false => source.0,
    }
}

/// The longest name of C++ that is read, in bytes.
const MAX_MANGLED: usize = 4096;

/// The beginning of a text. In a mangled name a few bytes can stand for all that was before them, twice, so that it is
/// of any length: more than is shown is not written.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        const MOST: usize = 1000;
        self.0.extend(text.chars().take(MOST - self.0.len().min(MOST)));
        match self.0.len() < MOST {
            true => Ok(()),
            false => Err(std::fmt::Error),
        }
    }
}

/// How many frames a backtrace shows: a stack overflow has thousands.
pub(crate) const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(20).expect("20 is not 0");
