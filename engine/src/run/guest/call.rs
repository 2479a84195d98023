//! Calls into a guest: an exported function is resolved once, and called for each row.
//!
//! A call must never look up a name or allocate.

use super::Guest;
use crate::abi::Signature;
use crate::error::{Error, Result};
use crate::name::printable;
use wasmtime::{Func, ValRaw};

/// An exported function of a [`Guest`], resolved.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    func: Func,
    /// The number of its parameters, without the fuel.
    params: usize,
    /// The number of its results, without the fuel.
    results: usize,
    post_return: Option<Func>,
}

/// What the canonical ABI needs for calls of an export, besides the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uses {
    /// Whether it needs the memory in which strings are passed.
    pub memory: bool,
    /// Whether it needs the guest's allocator.
    pub realloc: bool,
    /// Whether it needs the function that is called when the result has been read, if the guest exports one.
    pub post_return: bool,
}

impl Uses {
    /// Returns what calls by a signature need.
    pub fn of(signature: &Signature) -> Self {
        Self {
            memory: signature.needs_memory(),
            realloc: signature.needs_realloc(),
            post_return: signature.result.is_some(),
        }
    }
}

impl Guest {
    /// Resolves an export. The caller has checked its core type.
    ///
    /// # Errors
    /// [`Error::MissingExport`] if there is no such export; [`Error::MissingAbi`] if the memory or the allocator is
    /// needed and missing.
    pub fn entry(&mut self, export: &str, uses: Uses) -> Result<Entry> {
        self.resolved(export, uses, true)
    }

    /// Resolves an export for calls whose changes of globals stay, as those of memory do until the next
    /// [`reset`](Self::reset).
    ///
    /// # Errors
    /// Those of [`entry`](Self::entry).
    pub fn lasting_entry(&mut self, export: &str, uses: Uses) -> Result<Entry> {
        self.resolved(export, uses, false)
    }

    fn resolved(&mut self, export: &str, uses: Uses, restores_globals: bool) -> Result<Entry> {
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
        // The last function of a call restores the globals.
        let last = |name: &str| match restores_globals {
            true => module.manifest().last.get(name).cloned(),
            false => None,
        };
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

    /// Calls an entry. `slots` holds the arguments, and the result afterwards.
    ///
    /// # Errors
    /// [`Error::Trap`] and [`Error::Panic`] if the guest trapped; [`Error::Fuel`], and errors of the engine's supply,
    /// if there is no more fuel; [`Error::Interrupted`] if the host asks the guest to stop.
    ///
    /// # Safety
    /// `slots` must have the types of the entry's core signature, and one element more than the entry has parameters
    /// or results, whichever are more. The additional element is for the fuel.
    #[inline]
    pub unsafe fn call(&mut self, entry: &Entry, slots: &mut [ValRaw]) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { self.call_func(&entry.func, entry.params, entry.results, slots) }
    }

    /// Tells the guest that its result, which was `slot`, has been read (`cabi_post_*`).
    ///
    /// # Errors
    /// The errors of [`call`](Self::call).
    #[inline]
    pub fn post_return(&mut self, entry: &Entry, slot: &ValRaw) -> Result<()> {
        match &entry.post_return {
            None => Ok(()),
            // SAFETY: the type was checked when the entry was made. The function takes what the entry returns.
            Some(func) => unsafe {
                let mut slots = [*slot, ValRaw::i64(0)];
                self.call_func(func, entry.results, 0, &mut slots)
            },
        }
    }

    /// Calls a metered function of this guest.
    ///
    /// # Safety
    /// As for [`call`](Self::call), for a function with `params` parameters and `results` results.
    #[inline(always)]
    pub(super) unsafe fn call_func(
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
        // The guest has no check after the last instructions of a call.
        match self.fuel < 0 {
            true => self.overdrawn(),
            false => Ok(()),
        }
    }

    /// Draws the fuel that the last instructions of a call have used beyond their slice.
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
