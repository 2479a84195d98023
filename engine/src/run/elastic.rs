//! A memory that grows in a call and is shrunk after it.
//!
//! wasmtime never makes a memory smaller. Therefore the pages that a call added are kept, zeroed and inaccessible,
//! for the next call that grows the memory. To the guest they do not exist: `memory.size` does not count them, and
//! touching them traps. This costs 2.3 us a call; a new instance would cost 27 (`cargo bench --bench isolation`).
//!
//! It must never leave a byte accessible for which the guest has not asked.

use crate::run::host::Host;
use crate::run::journal::Journal;
use std::ffi::c_void;
use wasmtime::{AsContextMut, Memory};

/// A WebAssembly page, in bytes.
const PAGE: usize = 65536;

/// The first memory of an instance whose code the isolate pass has made elastic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elastic {
    memory: Memory,
    journal: Journal,
}

impl Elastic {
    /// Takes a memory that has not been used yet.
    pub(crate) fn new(memory: Memory, journal: Journal, store: impl wasmtime::AsContext) -> Self {
        journal.set_pages(memory.size(store) as u32);
        Self { memory, journal }
    }

    /// Returns whether it is the memory at that address.
    pub(crate) fn is_at(self, base: *mut u8, store: impl wasmtime::AsContext) -> bool {
        self.memory.data_ptr(store) == base
    }

    /// Returns the bytes that the guest has.
    #[inline]
    pub(crate) fn bytes(self) -> usize {
        self.journal.pages() as usize * PAGE
    }

    /// Implements `memory.grow`. Returns the size before in pages, or -1.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn grow(
        self,
        mut store: impl AsContextMut<Data = Host>,
        delta: u32,
    ) -> wasmtime::Result<i32> {
        let now = self.journal.pages();
        let most = self.memory.ty(&store).maximum().unwrap_or(1 << 16).min(1 << 16);
        let Some(then) = now.checked_add(delta).filter(|then| u64::from(*then) <= most) else {
            return Ok(-1);
        };
        if !store.as_context_mut().data_mut().limiter.allows(delta as usize * PAGE) {
            return Ok(-1);
        }
        // wasmtime's memory has the pages up to `real` already. The others are new.
        let real = self.memory.size(&store) as u32;
        let again = then.min(real);
        if then > real && self.memory.grow(&mut store, (then - real).into()).is_err() {
            return Ok(-1);
        }
        if again > now {
            self.protect(&store, now, again, libc::PROT_READ | libc::PROT_WRITE)?;
            store.as_context_mut().data_mut().limiter.reuse((again - now) as usize * PAGE);
        }
        if delta > 0 {
            self.journal.grow(then);
        }
        Ok(now as i32)
    }

    /// Takes the guest's bytes beyond `bytes` away; they must be zero. Returns false if that is impossible.
    pub(crate) fn shrink(self, store: &mut wasmtime::Store<Host>, bytes: usize) -> bool {
        let (old, new) = (self.journal.pages(), (bytes / PAGE) as u32);
        if self.protect(&*store, new, old, libc::PROT_NONE).is_err() {
            return false;
        }
        self.journal.set_pages(new);
        store.data_mut().limiter.keep((old - new) as usize * PAGE);
        true
    }

    fn protect(
        self,
        store: impl wasmtime::AsContext,
        from: u32,
        to: u32,
        access: i32,
    ) -> wasmtime::Result<()> {
        let length = (to - from) as usize * PAGE;
        if length == 0 {
            return Ok(());
        }
        let base = self.memory.data_ptr(store);
        // SAFETY: these are pages of the memory's own mapping, which has at least `to` bytes; a WebAssembly page is a
        // multiple of the system's page. There are no slices of them now, as the guest has called or returned.
        let failed = unsafe {
            libc::mprotect(base.add(from as usize * PAGE).cast::<c_void>(), length, access)
        };
        match failed {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error().into()),
        }
    }
}
