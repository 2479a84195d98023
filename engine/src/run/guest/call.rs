//! Calls into a guest: an exported function, resolved once and called for each row.
//!
//! It must never look up a name or allocate in a call.

use super::Guest;
use crate::error::{Error, Result};
use crate::name::printable;
use wasmtime::{Func, ValRaw};

/// An exported function of one [`Guest`], resolved.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    func: Func,
    /// Number of its parameters, without the fuel.
    params: usize,
    /// Number of its results, without the fuel.
    results: usize,
    post_return: Option<Func>,
}

/// What calls of an export need beside it, by the canonical ABI.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uses {
    /// The memory that strings are passed in.
    pub memory: bool,
    /// The guest's allocator.
    pub realloc: bool,
    /// The function that is told when the result has been read, if the guest exports one.
    pub post_return: bool,
}

impl Guest {
    /// Resolves an export whose core type the caller has checked.
    ///
    /// # Errors
    /// [`Error::MissingExport`]; [`Error::MissingAbi`] if memory or allocator is asked for and missing.
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
        // The last function of a call puts the globals back.
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

    /// Calls an entry. `slots` holds the arguments, and the result afterwards.
    ///
    /// # Errors
    /// [`Error::Trap`] and [`Error::Panic`] if the guest trapped; [`Error::Fuel`] and what the engine's supply says if
    /// there is no more fuel; [`Error::Interrupted`] if the host wants it to stop.
    ///
    /// # Safety
    /// `slots` must have one element more than the entry has parameters or results, whichever are
    /// more, and the types of the entry's core signature. The additional element is for the fuel.
    #[inline]
    pub unsafe fn call(&mut self, entry: &Entry, slots: &mut [ValRaw]) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { self.call_func(&entry.func, entry.params, entry.results, slots) }
    }

    /// Tells the guest that its result, which was `slot`, has been read (`cabi_post_*`).
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
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

    /// Calls a metered function of this guest.
    ///
    /// # Safety
    /// Those of [`call`](Self::call), for a function with `params` parameters and `results` results.
    #[inline]
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
        // No check in the guest follows the last instructions of a call.
        match self.fuel < 0 {
            true => self.overdrawn(),
            false => Ok(()),
        }
    }

    /// Draws the fuel that the last instructions of a call used beyond their slice.
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
