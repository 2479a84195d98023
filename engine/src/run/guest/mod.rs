//! A guest: one instance of a module, with a store of its own. Calls into it, its fuel, access to its memory and its
//! reset have a file each.
//!
//! A guest must never be used again after an error: drop it. Its memory must never be read or written through an
//! unchecked pointer.

mod call;
mod failure;
mod fuel;
mod keep;
mod memory;
mod reset;
mod snapshot;
mod state;

pub use call::{Entry, Uses};

use crate::error::{Error, Result};
use crate::initialization::{self, Phase};
use crate::limits::{Limits, MemoryLimiter};
use crate::messages::Messages;
use crate::run::engine::Engine;
use crate::run::host::Host;
use crate::run::image::Image;
use crate::run::journal::Journal;
use crate::run::messages::MessageBuffer;
use crate::run::module::Module;
use crate::run::trap::instantiation_error;
use std::rc::Rc;
use wasmtime::{Extern, Func, Memory, Store, ValRaw};

/// An instance, with a store of its own.
pub struct Guest {
    store: Store<Host>,
    /// The fuel that it has and has not used, in units.
    fuel: i64,
    /// The record of what its calls change, if they change anything that is recorded.
    journal: Option<Journal>,
    /// Where it is kept what the guest says, if it can say something.
    messages: Option<MessageBuffer>,
    /// The image from which the journal's blocks are restored, and the address of the memory to which they are
    /// copied.
    pristine: Option<(Rc<Image>, *mut u8)>,
    instance: wasmtime::Instance,
    /// The 32-bit memory in which strings are passed, if it is exported.
    memory: Option<Memory>,
    /// Whether that memory is the one that is restored after a call.
    is_memory_restored: bool,
    /// The allocator for strings, if it is exported.
    realloc: Option<Func>,
    limits: Limits,
    /// The units of fuel used by the end of each phase of initialization.
    started: Vec<(Phase, u64)>,
    /// What it needs to keep states, if it was prepared for that.
    keeping: Option<Box<keep::Keeping>>,
    /// The module, which stays in the cache as long as an instance runs its code.
    module: Rc<Module>,
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Guest {
    /// Instantiates a module, but runs nothing. No call may be made before the pristine state has been made
    /// ([`crate::pristine`]).
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) and [`Error::Reserve`](crate::Error::Reserve) if the instance does not
    /// fit; [`Error::Initialization`](crate::Error::Initialization) if an active segment does not fit.
    pub(crate) fn instantiate(engine: &Engine, module: Rc<Module>, limits: Limits) -> Result<Self> {
        let ours = module.manifest().memory.as_ref().map_or(0, |(_, bytes)| *bytes);
        let messages = module.manifest().messages.as_ref().map_or(0, |_| MessageBuffer::BYTES);
        let limiter = MemoryLimiter::new(engine.budget().clone(), limits.memory, [ours, messages]);
        let host = Host::new(limiter, engine.poll(), engine.supply());
        let mut store = Store::new(engine.runtime().engine(), host);
        store.limiter(|host| &mut host.limiter);
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
            messages: None,
            pristine: None,
            instance,
            memory,
            is_memory_restored: false,
            realloc,
            limits,
            started: Vec::new(),
            keeping: None,
            module,
        };
        guest.find_journal();
        guest.find_messages();
        Ok(guest)
    }

    /// Runs the functions that run before any call: the start function, the constructors if nothing else runs them,
    /// and `_initialize` if there is one.
    ///
    /// # Errors
    /// [`Error::Initialization`](crate::Error::Initialization), or that of what the host lacks.
    pub(crate) fn initialize(&mut self) -> Result<()> {
        let module = self.module.clone();
        self.begin(self.limits.fuel, 0);
        for (phase, name) in &module.manifest().startup {
            if let Some(func) = self.instance.get_func(&mut self.store, name) {
                // SAFETY: all of these functions take and return nothing.
                let run = unsafe { self.call_func(&func, 0, 0, &mut [ValRaw::i64(0)]) };
                if let Err(error) = run {
                    let refused = self.refused_by_host();
                    return Err(initialization::failed(*phase, refused.unwrap_or(error)));
                }
                self.has_ended(*phase)?;
            }
        }
        Ok(())
    }

    /// Records that a phase has ended, and the fuel that it took.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) if the backend refused memory. The guest may have continued without it.
    /// Its state then depends on what else this backend holds.
    pub(crate) fn has_ended(&mut self, phase: Phase) -> Result<()> {
        self.started.push((phase, self.fuel_used()));
        self.store.data_mut().limiter.refused_by_backend().map_or(Ok(()), Err)
    }

    fn find_messages(&mut self) {
        let module = self.module.clone();
        if let Some(name) = &module.manifest().messages
            && let Some(memory) = self.instance.get_memory(&mut self.store, name)
        {
            // SAFETY: the linker knows that this is the memory, and `store` keeps the instance as long as `self` lives.
            self.messages = Some(unsafe { MessageBuffer::new(memory.data_ptr(&self.store)) });
        }
    }

    /// Returns whether the guest has said something that was not taken yet.
    #[inline]
    pub fn has_messages(&self) -> bool {
        self.messages.is_some_and(MessageBuffer::has_any)
    }

    /// Takes what the guest has said in a call. This must be done after each call, also after one that failed: what is left
    /// would be shown as that of the next call. [`reset`](Self::reset) tells whether there is anything.
    #[cold]
    pub fn take_messages(&mut self) -> Option<Messages> {
        self.has_messages().then_some(self.messages).flatten().map(MessageBuffer::take)
    }

    /// Returns its module.
    pub(crate) fn module(&self) -> &Rc<Module> {
        &self.module
    }

    /// Takes the refusal of memory, if the backend or the operating system lacked it.
    pub(crate) fn refused_by_host(&mut self) -> Option<Error> {
        self.store.data_mut().limiter.refused_by_host()
    }

    /// Takes the last refusal of memory, whoever lacked it.
    pub(crate) fn refused_memory(&mut self) -> Option<Error> {
        self.store.data_mut().limiter.refused.take()
    }

    /// Returns whether the limit on its memory allows `bytes` more. If it does not, this counts as a refusal.
    pub(crate) fn has_room(&mut self, bytes: usize) -> bool {
        self.store.data_mut().limiter.allows(bytes)
    }

    /// Returns how much of the backend's memory it takes, in bytes.
    pub fn size(&self) -> usize {
        self.store.data().limiter.bytes()
    }

    /// Returns the size of its memories and tables in bytes, which [`Limits::memory`] bounds. Between a call and its
    /// reset, this is the most that the call had, as nothing shrinks during a call.
    pub fn memory(&self) -> usize {
        self.store.data().limiter.used()
    }

    /// Returns the fuel that initialization took.
    pub fn started(&self) -> u64 {
        self.started.last().map_or(0, |(_, used)| *used)
    }

    /// Returns the fuel that initialization had taken by the end of each phase.
    pub(crate) fn phases(&self) -> &[(Phase, u64)] {
        &self.started
    }

    /// Checks that `fuel` is enough for initialization. A function that has less fuel cannot use the instance.
    ///
    /// # Errors
    /// [`Error::Initialization`](crate::Error::Initialization) if it is not enough.
    pub fn affords(&self, fuel: u64) -> Result<()> {
        initialization::affords(&self.started, fuel)
    }

    /// Returns whether the instance has been refused memory since it was made, or since the refusal was last taken.
    pub(crate) fn lacked_memory(&self) -> bool {
        self.store.data().limiter.refused.is_some()
    }
}
