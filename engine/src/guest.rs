//! A guest: one instance of a module, its memory, and calls into it.
//!
//! It must never be used again after an error: drop it. It must never read or write the guest's
//! memory with a pointer that it has not checked.

use crate::abi::word;
use crate::elastic::Elastic;
use crate::engine::Engine;
use crate::error::{Error, Result, TrapKind};
use crate::host::{Host, SLICE};
use crate::image::{Image, Journal};
use crate::initialization::{self, Phase};
use crate::limits::{Accountant, Limits};
use crate::module::Module;
use crate::name::{self, printable};
use crate::samples::Samples;
use crate::trap::{call_error, function_name, instantiation_error};
use std::rc::Rc;
use wasmtime::{Extern, Func, Memory, Store, ValRaw};

/// An instance, with a store of its own.
pub struct Guest {
    store: Store<Host>,
    /// Fuel that it has and has not used.
    fuel: i64,
    /// What the instance's calls change; none if they change nothing that marks.
    journal: Option<Journal>,
    /// What the journal's blocks are put back from, and to: the memory's address.
    pristine: Option<(Rc<Image>, *mut u8)>,
    instance: wasmtime::Instance,
    memory: Option<Memory>,
    realloc: Option<Func>,
    limits: Limits,
    /// Fuel used by the end of each part of initialization.
    started: Vec<(Phase, u64)>,
    /// Keeps the code in the cache as long as somebody runs it.
    module: Rc<Module>,
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
    /// How many parameters and results it has, without the fuel.
    params: usize,
    results: usize,
    post_return: Option<Func>,
}

/// A guest that cannot write anywhere can leave what it says when it panics: the address, which this
/// exported i32 global holds, of the address and length of a UTF-8 string. No code of its runs for it.
pub const PANIC_MESSAGE: &str = "plwasm_panic_message";

/// No more of a message is shown, in bytes.
const MAX_PANIC_MESSAGE: u32 = 1000;

/// What calls of an export need beside it, by the canonical ABI.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uses {
    /// The memory that strings are passed in.
    pub memory: bool,
    /// The allocator of the guest's.
    pub realloc: bool,
    /// To be told that the result has been read, if it wants to be.
    pub post_return: bool,
}

impl Guest {
    /// Instantiates a module and runs what runs before any call: its start function, its constructors if nothing
    /// else runs them, and `_initialize` if there is one. What is there then is the pristine state.
    ///
    /// # Errors
    /// [`Error::Memory`] and [`Error::Reserve`] if it does not fit; [`Error::Initialization`] of whatever goes wrong
    /// then.
    pub fn new(engine: &Engine, module: Rc<Module>, limits: Limits) -> Result<Self> {
        let mut guest = Self::instantiate(engine, module, limits)?;
        guest.initialize()?;
        Ok(guest)
    }

    /// As [`new`](Self::new), but runs nothing: no call may be made before [`initialize`](Self::initialize).
    pub(crate) fn instantiate(engine: &Engine, module: Rc<Module>, limits: Limits) -> Result<Self> {
        let ours = module.manifest().memory.as_ref().map_or(0, |(_, bytes)| *bytes);
        let accountant = Accountant::new(engine.budget().clone(), limits.memory, ours);
        let host = Host::new(accountant, engine.poll(), engine.supply());
        let mut store = Store::new(engine.runtime().engine(), host);
        store.limiter(|host| &mut host.accountant);
        let instance = match module.pre().instantiate(&mut store) {
            Ok(instance) => instance,
            Err(error) => return Err(instantiation_error(&mut store, limits, &module, &error)),
        };
        let memory = match instance.get_export(&mut store, module.names.memory) {
            Some(Extern::Memory(memory)) if !memory.ty(&store).is_64() => Some(memory),
            _ => None,
        };
        let realloc = match module.has_realloc() {
            true => instance.get_func(&mut store, module.names.realloc),
            false => None,
        };
        let mut guest = Self {
            store,
            fuel: 0,
            journal: None,
            pristine: None,
            instance,
            memory,
            realloc,
            limits,
            started: Vec::new(),
            module,
        };
        guest.find_journal();
        Ok(guest)
    }

    fn find_journal(&mut self) {
        let module = self.module.clone();
        if let Some((name, _)) = &module.manifest().memory
            && let Some(memory) = self.instance.get_memory(&mut self.store, name)
        {
            // SAFETY: that memory is the one, and `store` keeps the instance as long as `self` lives.
            let journal = unsafe { Journal::new(memory.data_ptr(&self.store)) };
            self.journal = Some(journal);
            if let Some(name) = &module.manifest().restored
                && module.manifest().elastic
                && let Some(memory) = self.instance.get_memory(&mut self.store, name)
            {
                let elastic = Elastic::new(memory, journal, &self.store);
                self.store.data_mut().elastic = Some(elastic);
            }
        }
    }

    /// What it takes of the backend's memory, in bytes.
    pub fn size(&self) -> usize {
        self.store.data().accountant.bytes()
    }

    /// Bytes of its memories and tables now, which [`Limits::memory`] bounds: between a call and its reset the most that
    /// the call had, as nothing gets smaller in a call.
    pub fn memory(&self) -> usize {
        self.store.data().accountant.used()
    }

    /// Fuel that initialization took.
    pub fn started(&self) -> u64 {
        self.started.last().map_or(0, |(_, used)| *used)
    }

    /// The same, by the end of each phase.
    pub(crate) fn phases(&self) -> &[(Phase, u64)] {
        &self.started
    }

    /// Whether fuel is enough for initialization. A function that has less fuel cannot use the instance.
    ///
    /// # Errors
    /// [`Error::Initialization`].
    pub fn affords(&self, fuel: u64) -> Result<()> {
        initialization::affords(&self.started, fuel)
    }

    /// Whether the guest was refused memory since it was asked, or made.
    pub(crate) fn lacked_memory(&self) -> bool {
        self.store.data().accountant.refused.is_some()
    }

    /// Runs what runs before any call, and remembers what it leaves.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(crate) fn initialize(&mut self) -> Result<()> {
        let module = self.module.clone();
        let manifest = module.manifest();
        self.begin(self.limits.fuel, 0);
        for (phase, name) in &manifest.startup {
            if let Some(func) = self.instance.get_func(&mut self.store, name) {
                // SAFETY: all of them take and return nothing.
                let run = unsafe { self.call_func(&func, 0, 0, &mut [ValRaw::i64(0)]) };
                if let Err(error) = run {
                    let refused = self.store.data_mut().accountant.refused_by_host();
                    return Err(initialization::failed(*phase, refused.unwrap_or(error)));
                }
                self.started.push((*phase, self.fuel_used()));
            }
        }
        // What the guest made of it depends on what else this backend holds.
        if let Some(refused) = self.store.data_mut().accountant.refused_by_backend() {
            return Err(refused);
        }
        if let Some(name) = &manifest.snapshot
            && let Some(func) = self.instance.get_func(&mut self.store, name)
        {
            // SAFETY: it takes and returns nothing, not even fuel.
            unsafe { func.call_unchecked(&mut self.store, &mut []) }
                .map_err(|error| call_error(&error, self.limits, &self.module))?;
        }
        if let Some(journal) = self.journal {
            let mut size = 0;
            if let Some(name) = &manifest.restored
                && let Some(memory) = self.instance.get_memory(&mut self.store, name)
            {
                let data = memory.data(&self.store);
                size = data.len();
                let image = module.image(self.limits.memory, data)?;
                self.pristine = Some((image, memory.data_ptr(&self.store)));
            }
            journal.forget(size);
        }
        Ok(())
    }

    /// Resolves an export whose core type the caller has checked.
    ///
    /// # Errors
    /// [`Error::MissingExport`]; [`Error::MissingAbi`] if memory or allocator is asked for and not there.
    pub fn entry(&mut self, export: &str, uses: Uses) -> Result<Entry> {
        if uses.memory && self.memory.is_none() {
            return Err(Error::MissingAbi("memory"));
        }
        if uses.realloc && self.realloc.is_none() {
            return Err(Error::MissingAbi("cabi_realloc"));
        }
        let module = self.module.clone();
        let missing = || Error::MissingExport { export: printable(export), exports: Vec::new() };
        let signature = module.signature(export).ok_or_else(missing)?;
        let post = format!("cabi_post_{export}");
        let post = (uses.post_return && module.has_post_return(&post, signature)).then_some(post);
        // The last function of a call is the one that puts the globals back.
        let last = |name: &str| module.manifest().last.get(name).cloned();
        let (func, post_return) = match post {
            None => (last(export), None),
            Some(post) => (None, last(&post).or(Some(post))),
        };
        let func = func.as_deref().unwrap_or(export);
        let func = self.instance.get_func(&mut self.store, func).ok_or_else(missing)?;
        let post_return =
            post_return.and_then(|name| self.instance.get_func(&mut self.store, &name));
        let (params, results) = (signature.params.len(), signature.results.len());
        Ok(Entry { func, params, results, post_return })
    }

    /// Starts a call: a tank of `fuel` for all that belongs to it, `cabi_realloc` and
    /// `cabi_post_*` included, of which it has `slice`. The rest comes from the engine's supply.
    ///
    /// `fuel` must be at most [`Limits::NO_FUEL_LIMIT`], and `slice` at most `fuel`.
    #[inline]
    pub fn begin(&mut self, fuel: u64, slice: u64) {
        // Compared, not written: stores are what a call has too many of.
        if self.limits.fuel != fuel {
            self.limits.fuel = fuel;
        }
        self.fuel = slice as i64;
        debug_assert!(slice <= fuel && fuel <= Limits::NO_FUEL_LIMIT);
        self.store.data_mut().start(fuel as i64, self.fuel);
    }

    /// As [`begin`](Self::begin), with the first slice from nowhere.
    #[inline]
    pub fn refuel(&mut self, fuel: u64) {
        self.begin(fuel, fuel.min(SLICE as u64));
    }

    /// As [`refuel`](Self::refuel), for tests: in slices of that many units, so that the guest asks for more
    /// wherever it can.
    #[doc(hidden)]
    pub fn refuel_in_slices(&mut self, fuel: u64, slice: u32) {
        self.store.data_mut().set_slice(slice);
        self.begin(fuel, fuel.min(slice.into()));
    }

    /// As [`refuel`](Self::refuel), in slices of that many units, and notes where the fuel goes.
    pub fn refuel_sampled(&mut self, fuel: u64, slice: u32) {
        self.refuel_in_slices(fuel, slice);
        let left = self.store.data().total(self.fuel);
        self.store.data_mut().samples = Some(Box::new(Samples::new(left)));
    }

    /// Notes that what was used until now, where nobody looked, was used for that.
    pub fn sampled(&mut self, what: &str) {
        let left = self.store.data().total(self.fuel);
        if let Some(samples) = &mut self.store.data_mut().samples {
            samples.take_of(left, what);
        }
    }

    /// Stacks of functions, the outermost first, with the fuel that was used in the last of them, since
    /// [`refuel_sampled`](Self::refuel_sampled).
    pub fn samples(&mut self) -> Vec<(Vec<String>, u64)> {
        let manifest = self.module.manifest();
        let name =
            |index, name: Option<&str>| Some(function_name(manifest.guest_function(index)?, name));
        let samples = self.store.data_mut().samples.take();
        samples.map_or(Vec::new(), |samples| samples.named(name))
    }

    /// What the last call had and did not use; nothing if it failed, as it is not known then.
    #[inline]
    pub fn fuel_left(&self) -> u64 {
        self.fuel as u64
    }

    /// Fuel used since [`refuel`](Self::refuel), in the guest's instructions.
    pub fn fuel_used(&self) -> u64 {
        (self.limits.fuel as i64 - self.store.data().total(self.fuel)) as u64
    }

    /// Puts everything back that the last call changed. False if it cannot: drop the guest then.
    #[inline]
    pub fn reset(&mut self) -> bool {
        match self.journal {
            Some(journal) if !journal.is_empty() => self.restore(journal),
            _ => true,
        }
    }

    fn restore(&mut self, journal: Journal) -> bool {
        match &self.pristine {
            Some((image, memory)) if !journal.is_spoiled() => {
                let elastic = self.store.data().elastic.filter(|_| journal.has_grown());
                let size = elastic.map_or(image.size(), Elastic::bytes);
                // SAFETY: the memory does not move, and has not grown since the image was taken but for what an
                // elastic one knows of, as other growth spoils; no slice of it is alive, as `self` is borrowed.
                unsafe { journal.restore(*memory, size, image) };
                elastic.is_none_or(|elastic| elastic.shrink(&mut self.store, image.size()))
            }
            _ => false,
        }
    }

    /// What is exported and is not a function, as bytes, for tests: memories whole, globals as
    /// their bits, tables as the addresses of their functions.
    #[doc(hidden)]
    pub fn snapshot(&mut self) -> std::collections::BTreeMap<String, Vec<u8>> {
        let module = self.module.clone();
        let mut found = std::collections::BTreeMap::new();
        let mut names: Vec<String> =
            module.pre().module().exports().map(|export| export.name().to_string()).collect();
        let manifest = module.manifest();
        names.retain(|name| Some(name) != manifest.memory.as_ref().map(|(name, _)| name));
        names.retain(|name| Some(name) != manifest.restored.as_ref());
        for name in names {
            let bytes = match self.instance.get_export(&mut self.store, &name) {
                Some(Extern::Memory(memory)) => {
                    let is_first = self.store.data().elastic.is_some_and(|first| {
                        first.is_at(memory.data_ptr(&self.store), &self.store)
                    });
                    let data = memory.data(&self.store);
                    data[..if is_first { self.accessible(data.len()) } else { data.len() }].to_vec()
                }
                Some(Extern::Global(global)) => value_bytes(&global.get(&mut self.store)),
                Some(Extern::Table(table)) => {
                    let size = table.size(&self.store);
                    let elements = (0..size).filter_map(|at| table.get(&mut self.store, at));
                    elements
                        .collect::<Vec<_>>()
                        .iter()
                        .flat_map(|element| match element.as_func() {
                            Some(Some(func)) => (func.to_raw(&mut self.store) as u64).to_le_bytes(),
                            _ => u64::from(element.is_null()).to_le_bytes(),
                        })
                        .collect()
                }
                _ => continue,
            };
            found.insert(name, bytes);
        }
        found
    }

    /// Calls an entry. `slots` holds the arguments, and the result afterwards.
    ///
    /// # Errors
    /// Traps, fuel, interrupts.
    ///
    /// # Safety
    /// `slots` must have one element more than the entry has parameters or results, whichever are
    /// more, and the types of the entry's core signature. The one more is for the fuel.
    #[inline]
    pub unsafe fn call(&mut self, entry: &Entry, slots: &mut [ValRaw]) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { self.call_func(&entry.func, entry.params, entry.results, slots) }
    }

    /// Tells the guest that its result, which was `slot`, has been read (`cabi_post_*`).
    ///
    /// # Errors
    /// As [`call`](Self::call).
    #[inline]
    pub fn post_return(&mut self, entry: &Entry, slot: &ValRaw) -> Result<()> {
        match &entry.post_return {
            None => Ok(()),
            // SAFETY: the type was checked when the entry was made: it takes what the entry returns.
            Some(func) => unsafe {
                let mut slots = [*slot, ValRaw::i64(0)];
                self.call_func(func, entry.results, 0, &mut slots)
            },
        }
    }

    /// Has the guest allocate, and returns the pointer and the memory there.
    ///
    /// # Errors
    /// [`Error::Abi`] if the guest returns nonsense; traps.
    #[inline]
    pub fn allocate(&mut self, size: u32, align: u32) -> Result<(u32, &mut [u8])> {
        let realloc = self.realloc.ok_or(Error::MissingAbi("cabi_realloc"))?;
        let mut slots = [0, 0, align, size, 0].map(ValRaw::u32);
        // SAFETY: the type was checked when the instance was made: four i32, one i32.
        unsafe { self.call_func(&realloc, 4, 1, &mut slots)? };
        let pointer = slots[0].get_u32();
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "cabi_realloc returned {pointer:#x}, which is not a multiple of {align}"
            )));
        }
        Ok((pointer, self.bytes_mut(pointer, size, "cabi_realloc returned")?))
    }

    /// How much of its memory of that size a guest has.
    #[inline]
    fn accessible(&self, size: usize) -> usize {
        self.store.data().elastic.map_or(size, |elastic| elastic.bytes().min(size))
    }

    /// `length` bytes of the guest's memory at `pointer`.
    ///
    /// # Errors
    /// [`Error::Abi`], naming `what`, if they are not all in memory.
    #[inline]
    pub fn bytes(&self, pointer: u32, length: u32, what: &str) -> Result<&[u8]> {
        let data = self.memory.ok_or(Error::MissingAbi("memory"))?.data(&self.store);
        let data = &data[..self.accessible(data.len())];
        data.get(pointer as usize..pointer as usize + length as usize)
            .ok_or_else(|| out_of_bounds(pointer, length, data.len(), what))
    }

    /// The bytes of all elements of a list whose pointer and length are there (`load_list_from_range`).
    ///
    /// # Errors
    /// [`Error::Abi`] if they are not aligned or not in memory.
    #[inline]
    pub fn list(&self, list: &[u8], size: u32, align: u32) -> Result<&[u8]> {
        let [pointer, count] = [0, 4].map(|at| u32::from_le_bytes(word(&list[at..])));
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "a list's pointer {pointer:#x} is not a multiple of {align}"
            )));
        }
        let length = u32::try_from(u64::from(count) * u64::from(size)).map_err(|_| {
            Error::Abi(format!("a list of {count} elements of {size} bytes is beyond any memory"))
        })?;
        self.bytes(pointer, length, "the result has")
    }

    /// As [`bytes`](Self::bytes), to write.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    #[inline]
    pub fn bytes_mut(&mut self, pointer: u32, length: u32, what: &str) -> Result<&mut [u8]> {
        let memory = self.memory.ok_or(Error::MissingAbi("memory"))?;
        let size = self.accessible(memory.data_size(&self.store));
        let data = &mut memory.data_mut(&mut self.store)[..size];
        let bytes = data
            .get_mut(pointer as usize..pointer as usize + length as usize)
            .ok_or_else(|| out_of_bounds(pointer, length, size, what))?;
        // What we write has to be put back as what the guest writes.
        match (self.journal, &self.pristine) {
            (Some(journal), Some(_)) => journal.mark(pointer as usize, length as usize),
            (Some(journal), None) => journal.spoil(),
            (None, _) => {}
        }
        Ok(bytes)
    }

    /// What a call ended with, and what the guest left to say of it. What it used is known no more.
    #[cold]
    fn failed(&mut self, error: &wasmtime::Error) -> Error {
        self.fuel = 0;
        if let Some(refused) = self.store.data_mut().refused.take() {
            return refused;
        }
        let error = call_error(error, self.limits, &self.module);
        if !matches!(error, Error::Fuel { .. } | Error::Interrupted) {
            self.store.data_mut().waste();
        }
        match error {
            Error::Trap { kind: TrapKind::Unreachable, backtrace } => match self.panic_message() {
                Some(message) => Error::Panic { message, backtrace },
                None => Error::Trap { kind: TrapKind::Unreachable, backtrace },
            },
            other => other,
        }
    }

    /// The string at the address that the exported global [`PANIC_MESSAGE`] holds, if there is one.
    fn panic_message(&mut self) -> Option<String> {
        let global = self.instance.get_global(&mut self.store, PANIC_MESSAGE)?;
        let address = global.get(&mut self.store).i32()? as u32;
        let word = |at: u32| {
            let bytes = self.bytes(address.checked_add(at)?, 4, "the message").ok()?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let (pointer, length) = (word(0)?, word(4)?);
        let bytes = self.bytes(pointer, length.min(MAX_PANIC_MESSAGE), "the message").ok()?;
        let text: String = String::from_utf8_lossy(bytes)
            .chars()
            .map(|c| if name::is_control(c) { ' ' } else { c })
            .collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_string())
    }

    /// # Safety
    /// As [`call`](Self::call), for any metered function of this guest with so many parameters and
    /// results.
    #[inline]
    unsafe fn call_func(
        &mut self,
        func: &Func,
        params: usize,
        results: usize,
        slots: &mut [ValRaw],
    ) -> Result<()> {
        slots[params] = ValRaw::i64(self.fuel);
        // SAFETY: the caller's promise.
        if let Err(error) = unsafe { func.call_unchecked(&mut self.store, &mut *slots) } {
            return Err(self.failed(&error));
        }
        self.fuel = slots[results].get_i64();
        // The last instructions before the end are not looked at on the way.
        match self.fuel < 0 {
            true => self.overdrawn(),
            false => Ok(()),
        }
    }

    #[cold]
    fn overdrawn(&mut self) -> Result<()> {
        match self.store.data_mut().refill(self.fuel) {
            Ok(fuel) => {
                self.fuel = fuel;
                Ok(())
            }
            Err(error) => Err(self.failed(&error)),
        }
    }
}

/// The bits of a global's value; of references only whether they are null.
fn value_bytes(value: &wasmtime::Val) -> Vec<u8> {
    use wasmtime::Val;
    match value {
        Val::I32(bits) => bits.to_le_bytes().to_vec(),
        Val::I64(bits) => bits.to_le_bytes().to_vec(),
        Val::F32(bits) => bits.to_le_bytes().to_vec(),
        Val::F64(bits) => bits.to_le_bytes().to_vec(),
        Val::V128(bits) => bits.as_u128().to_le_bytes().to_vec(),
        other => vec![u8::from(other.ref_().is_none_or(|found| found.is_null()))],
    }
}

#[cold]
fn out_of_bounds(pointer: u32, length: u32, size: usize, what: &str) -> Error {
    Error::Abi(format!("{what} {length} bytes at {pointer:#x}, beyond its memory of {size} bytes"))
}
