//! A plan's memory in PostgreSQL: descriptors of rows, and functions with their state.

use pgrx::pg_sys::{self, Oid};

/// A memory context that lives as long as the plan. It is created when it is first needed.
///
/// It is not a child of a call site's context, which deletes its children before it drops the call site.
#[derive(Debug)]
pub(super) struct PlanMemory(pg_sys::MemoryContext);

impl PlanMemory {
    /// Returns the memory of a new plan, which has no context yet.
    pub(super) const fn new() -> Self {
        Self(std::ptr::null_mut())
    }

    /// Returns the context. Creates it if necessary.
    pub(super) fn context(&mut self) -> pg_sys::MemoryContext {
        if self.0.is_null() {
            // SAFETY: a child of a context that lives as long as the backend; ALLOCSET_SMALL_SIZES.
            self.0 = unsafe {
                pg_sys::AllocSetContextCreateInternal(
                    pg_sys::TopMemoryContext,
                    c"PL/Wasm plan".as_ptr(),
                    pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                    pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                    pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
                )
            };
        }
        self.0
    }

    /// Looks up a function. It can be called as long as the plan lives.
    pub(super) fn function(&mut self, oid: Oid) -> *mut pg_sys::FmgrInfo {
        let context = self.context();
        // SAFETY: a function that exists; it and its state are in our context.
        unsafe {
            let info =
                pg_sys::MemoryContextAllocZero(context, size_of::<pg_sys::FmgrInfo>()).cast();
            pg_sys::fmgr_info_cxt(oid, info, context);
            info
        }
    }

    /// Runs `make` with the context as the current one.
    pub(super) fn within<R>(&mut self, make: impl FnOnce() -> R) -> R {
        let context = self.context();
        // SAFETY: both contexts live; if `make` raises, whoever catches it sets the current context.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(context);
            let made = make();
            pg_sys::MemoryContextSwitchTo(before);
            made
        }
    }
}

impl Drop for PlanMemory {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the context belongs to this plan alone, and nothing in it is used any more.
            unsafe { pg_sys::MemoryContextDelete(self.0) };
        }
    }
}
