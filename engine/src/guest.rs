//! A guest: one instance of a module, its memory, and calls into it.
//!
//! It must never be used again after an error: drop it. It must never read or write the guest's
//! memory with a pointer that it has not checked.

use crate::engine::Engine;
use crate::error::{Error, Result, TrapKind};
use crate::limits::{Accountant, Limits};
use crate::module::Module;
use crate::name::printable;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::rc::Rc;
use wasmtime::{Extern, Func, Memory, Store, Trap, UpdateDeadline, ValRaw, WasmBacktrace};

/// An instance, with a store of its own.
pub struct Guest {
    store: Store<Accountant>,
    instance: wasmtime::Instance,
    memory: Option<Memory>,
    realloc: Option<Func>,
    limits: Limits,
    /// Keeps the code in the cache as long as somebody runs it.
    _module: Rc<Module>,
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// An exported function of one [`Guest`], resolved.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    func: Func,
    post_return: Option<Func>,
}

impl Guest {
    /// Instantiates a module: memory, tables, start function, and `_initialize` if there is one,
    /// as `wit-component` does for reactors.
    ///
    /// # Errors
    /// [`Error::Memory`] and [`Error::Reserve`] if it does not fit; whatever the start function
    /// does wrong.
    pub fn new(engine: &Engine, module: Rc<Module>, limits: Limits) -> Result<Self> {
        let accountant = Accountant::new(engine.budget().clone(), limits.memory);
        let mut store = Store::new(engine.wasmtime(), accountant);
        store.limiter(|accountant| accountant);
        let poll = engine.poll();
        store.epoch_deadline_callback(move |_| {
            Ok(match poll() {
                true => UpdateDeadline::Interrupt,
                false => UpdateDeadline::Continue(1),
            })
        });
        store.set_epoch_deadline(1);
        set_fuel(&mut store, limits.fuel);
        let instance = match wasmtime::Instance::new(&mut store, module.wasmtime(), &[]) {
            Ok(instance) => instance,
            Err(error) => return Err(instantiation_error(&mut store, limits, &error)),
        };
        let memory = match instance.get_export(&mut store, "memory") {
            Some(Extern::Memory(memory)) if !memory.ty(&store).is_64() => Some(memory),
            _ => None,
        };
        let realloc = instance
            .get_typed_func::<(u32, u32, u32, u32), u32>(&mut store, "cabi_realloc")
            .ok()
            .map(|typed| *typed.func());
        let mut guest = Self { store, instance, memory, realloc, limits, _module: module };
        if let Ok(initialize) =
            guest.instance.get_typed_func::<(), ()>(&mut guest.store, "_initialize")
        {
            // SAFETY: the type was just checked; there are no parameters and no results.
            unsafe { guest.call_func(initialize.func(), &mut [])? };
        }
        Ok(guest)
    }

    /// Resolves an export whose core type the caller has checked.
    ///
    /// # Errors
    /// [`Error::MissingExport`]; [`Error::MissingAbi`] if `memory` or `realloc` is asked for and
    /// not there.
    pub fn entry(&mut self, export: &str, memory: bool, realloc: bool) -> Result<Entry> {
        if memory && self.memory.is_none() {
            return Err(Error::MissingAbi("memory"));
        }
        if realloc && self.realloc.is_none() {
            return Err(Error::MissingAbi("cabi_realloc"));
        }
        let Some(func) = self.instance.get_func(&mut self.store, export) else {
            return Err(Error::MissingExport { export: printable(export), exports: Vec::new() });
        };
        let post_return = self
            .instance
            .get_typed_func::<u32, ()>(&mut self.store, &format!("cabi_post_{export}"))
            .ok()
            .filter(|_| memory)
            .map(|typed| *typed.func());
        Ok(Entry { func, post_return })
    }

    /// Starts a call: a tank of `fuel` for all that belongs to it, `cabi_realloc` and
    /// `cabi_post_*` included.
    #[inline]
    pub fn refuel(&mut self, fuel: u64) {
        // Compared, not written: stores are what a call has too many of.
        if self.limits.fuel != fuel {
            self.limits.fuel = fuel;
        }
        set_fuel(&mut self.store, fuel);
    }

    /// Fuel used since [`refuel`](Self::refuel), in instructions.
    pub fn fuel_used(&self) -> u64 {
        self.limits.fuel - self.store.get_fuel().unwrap_or(0)
    }

    /// Calls an entry. `slots` holds the arguments, and the result afterwards.
    ///
    /// # Errors
    /// Traps, fuel, interrupts.
    ///
    /// # Safety
    /// `slots` must have as many elements as the entry has parameters or results, whichever are
    /// more, and the types of the entry's core signature.
    #[inline]
    pub unsafe fn call(&mut self, entry: &Entry, slots: &mut [ValRaw]) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { self.call_func(&entry.func, slots) }
    }

    /// Tells the guest that its result, at `pointer`, has been read (`cabi_post_*`).
    ///
    /// # Errors
    /// As [`call`](Self::call).
    #[inline]
    pub fn post_return(&mut self, entry: &Entry, pointer: u32) -> Result<()> {
        match &entry.post_return {
            None => Ok(()),
            // SAFETY: the type was checked when the entry was made: one i32, no result.
            Some(func) => unsafe { self.call_func(func, &mut [ValRaw::u32(pointer)]) },
        }
    }

    /// Has the guest allocate, and returns the pointer and the memory there.
    ///
    /// # Errors
    /// [`Error::Abi`] if the guest returns nonsense; traps.
    #[inline]
    pub fn allocate(&mut self, size: u32, align: u32) -> Result<(u32, &mut [u8])> {
        let realloc = self.realloc.ok_or(Error::MissingAbi("cabi_realloc"))?;
        let mut slots = [ValRaw::u32(0), ValRaw::u32(0), ValRaw::u32(align), ValRaw::u32(size)];
        // SAFETY: the type was checked when the instance was made: four i32, one i32.
        unsafe { self.call_func(&realloc, &mut slots)? };
        let pointer = slots[0].get_u32();
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "cabi_realloc returned {pointer:#x}, which is not a multiple of {align}"
            )));
        }
        Ok((pointer, self.bytes_mut(pointer, size, "cabi_realloc returned")?))
    }

    /// `length` bytes of the guest's memory at `pointer`.
    ///
    /// # Errors
    /// [`Error::Abi`], naming `what`, if they are not all in memory.
    #[inline]
    pub fn bytes(&self, pointer: u32, length: u32, what: &str) -> Result<&[u8]> {
        let data = self.memory.ok_or(Error::MissingAbi("memory"))?.data(&self.store);
        data.get(pointer as usize..pointer as usize + length as usize)
            .ok_or_else(|| out_of_bounds(pointer, length, data.len(), what))
    }

    /// As [`bytes`](Self::bytes), to write.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    #[inline]
    pub fn bytes_mut(&mut self, pointer: u32, length: u32, what: &str) -> Result<&mut [u8]> {
        let memory = self.memory.ok_or(Error::MissingAbi("memory"))?;
        let data = memory.data_mut(&mut self.store);
        let size = data.len();
        data.get_mut(pointer as usize..pointer as usize + length as usize)
            .ok_or_else(|| out_of_bounds(pointer, length, size, what))
    }

    /// # Safety
    /// As [`call`](Self::call), for any function of this guest.
    #[inline]
    unsafe fn call_func(&mut self, func: &Func, slots: &mut [ValRaw]) -> Result<()> {
        // SAFETY: the caller's promise.
        let result = unsafe { func.call_unchecked(&mut self.store, slots) };
        result.map_err(|error| call_error(&error, self.limits))
    }
}

#[inline]
fn set_fuel(store: &mut Store<Accountant>, fuel: u64) {
    // Fails only where the engine does not meter, and ours does.
    let _ = store.set_fuel(fuel);
}

#[cold]
fn out_of_bounds(pointer: u32, length: u32, size: usize, what: &str) -> Error {
    Error::Abi(format!("{what} {length} bytes at {pointer:#x}, beyond its memory of {size} bytes"))
}

#[cold]
fn instantiation_error(
    store: &mut Store<Accountant>,
    limits: Limits,
    error: &wasmtime::Error,
) -> Error {
    let is_guests = error.is::<Trap>()
        || error.is::<wasmtime::ThrownException>()
        || error.is::<wasmtime::GcHeapOutOfMemory<()>>();
    if is_guests {
        return call_error(error, limits);
    }
    match store.data_mut().refused.take() {
        Some(refused) => refused,
        // What is left is mmap's refusal, and the counts of memories and tables.
        None => Error::Reserve(crate::name::printable_message(error)),
    }
}

#[cold]
fn call_error(error: &wasmtime::Error, limits: Limits) -> Error {
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
    Error::Trap { kind, backtrace: error.downcast_ref().map(backtrace).unwrap_or_default() }
}

/// The guest's frames, innermost first: name from the name section, else the index, and the
/// offset in the binary, which `wasm-objdump` and DWARF tools understand.
fn backtrace(trace: &WasmBacktrace) -> String {
    let mut text = String::from("wasm backtrace:");
    for (i, frame) in trace.frames().iter().enumerate() {
        let name = match frame.func_name() {
            Some(name) => printable(&demangled(name)),
            None => format!("<function {}>", frame.func_index()),
        };
        let offset = frame.module_offset().map(|at| format!(" at offset {at:#x}"));
        let _ = write!(text, "\n  {i}: {name}{}", offset.unwrap_or_default());
    }
    text
}

/// A name as it was in the source, for Rust (legacy and v0) and C++ (Itanium).
fn demangled(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    match cpp_demangle::Symbol::new(name).ok().and_then(|symbol| symbol.demangle().ok()) {
        Some(cpp) if name.starts_with("_Z") => cpp,
        _ => name.to_string(),
    }
}

/// How many frames a backtrace shows: a stack overflow has thousands.
pub(crate) const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(20).expect("20 is not 0");
