//! Traps: converts wasmtime's error of a failed call to ours, with the guest's backtrace.
//!
//! It must never print a name or a message of the guest that is not fit to be printed.

use crate::compile::lines::{Frame, Place};
use crate::error::{Error, TrapKind};
use crate::initialization::{self, Phase};
use crate::limits::Limits;
use crate::name;
use crate::run::host::Host;
use crate::run::module::Module;
use std::fmt::Write;
use std::iter;
use wasmtime::{Store, Trap, WasmBacktrace};

/// What the backtrace of a trap has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backtrace {
    /// Nothing: there is none.
    None,
    /// The functions, by their names, and the offsets of instructions.
    Names,
    /// Also the lines of source files, where they are known, and the functions that were inlined.
    #[default]
    Lines,
}

/// The most lines of a backtrace. Functions that were inlined have lines of their own.
const MOST_LINES: usize = 40;

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
/// the source line. If that is not known, it shows the offset in the guest's own binary, which `wasm-objdump` and DWARF
/// tools understand.
fn backtrace(trace: &WasmBacktrace, module: &Module) -> String {
    let lines = match module.backtrace() {
        Backtrace::None => return String::new(),
        Backtrace::Names => None,
        Backtrace::Lines => module.lines(),
    };
    let manifest = module.manifest();
    let guests: Vec<_> = trace
        .frames()
        .iter()
        .filter_map(|frame| Some((frame, manifest.guest_function(frame.func_index())?)))
        .collect();
    let offsets = manifest.offsets.before(guests.iter().map(|(frame, _)| frame.module_offset()));
    let shown = guests.into_iter().zip(offsets).flat_map(|((frame, function), offset)| {
        let found = lines.and_then(|lines| lines.frames(u32::try_from(offset?).ok()?));
        let plain = || vec![Frame { name: None, is_inlined: false, place: None }];
        found.unwrap_or_else(plain).into_iter().map(move |found| {
            let name = match (frame.func_name(), found.name) {
                (Some(name), _) if !found.is_inlined => name::source(name),
                (_, Some(name)) => name.to_string(),
                (_, None) => function_name(function, None),
            };
            let inlined = if found.is_inlined { " (inlined)" } else { "" };
            format!("{name}{}{inlined}", place(found.place, offset))
        })
    });
    let mut text = String::from("wasm backtrace:");
    for (number, shown) in iter::zip(0.., shown).take(MOST_LINES) {
        let _ = write!(text, "\n  {number}: {shown}");
    }
    text
}

/// Returns the line of a source file for each offset of an instruction after instrumentation, without its column.
pub(crate) fn source_lines(module: &Module, offsets: &[Option<usize>]) -> Vec<Option<String>> {
    let table = module.lines();
    let line = |offset: Option<usize>| {
        let frames = table?.frames(u32::try_from(offset?).ok()?)?;
        let Place { file, line, .. } = frames.first()?.place?;
        Some(format!("{file}:{line}"))
    };
    let offsets = module.manifest().offsets.before(offsets.iter().copied());
    offsets.into_iter().map(line).collect()
}

/// Returns where a frame is: in a source file, or else at an offset.
fn place(place: Option<Place<'_>>, offset: Option<usize>) -> String {
    match (place, offset) {
        (Some(Place { file, line, column: 0 }), _) => format!(" at {file}:{line}"),
        (Some(Place { file, line, column }), _) => format!(" at {file}:{line}:{column}"),
        (None, Some(offset)) => format!(" at offset {offset:#x}"),
        (None, None) => String::new(),
    }
}

/// Returns a function of the guest as it is shown, given its index and its name in the name section.
pub(crate) fn function_name(function: u32, name: Option<&str>) -> String {
    match name {
        Some(name) => name::source(name),
        None => format!("<function {function}>"),
    }
}
