//! Handles: the context that PostgreSQL takes for that of a window's state, with nothing in it.
//!
//! PL/pgSQL reparents the context of an expanded object that one of its functions returns (`TransferExpandedObject`), here to
//! that of a row. nodeWindowAgg then keeps the state, as the pointer to it is the same, and the row's context is reset. So
//! the state does not lie in the context of which PostgreSQL knows. When that one is deleted, the object gets another.
//!
//! Nothing may be allocated in a handle.

use pgrx::pg_sys::{self, MemoryContext};
use std::ffi::c_void;
use std::ptr;

/// A handle, which lives as long as its context.
pub(super) struct Handle {
    context: MemoryContext,
    /// The field of the object's header that names the context, or null if the object is gone.
    field: *mut MemoryContext,
    /// The field that refers to this handle, or null if the object is gone.
    reference: *mut *mut Handle,
    callback: pg_sys::MemoryContextCallback,
}

impl Handle {
    /// Makes the handle of an object below `parent`, and writes it to both fields.
    ///
    /// # Safety
    /// The fields must be valid until [`object_ends`](Self::object_ends) is called.
    pub(super) unsafe fn make(
        parent: MemoryContext,
        field: *mut MemoryContext,
        reference: *mut *mut Self,
    ) {
        // SAFETY: the callback is part of the handle, which lives until it is called; the caller's promise.
        unsafe {
            let context = pg_sys::AllocSetContextCreateInternal(
                parent,
                c"PL/Wasm state of a window".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
            );
            let callback =
                pg_sys::MemoryContextCallback { func: Some(handle_ends), ..Default::default() };
            let handle = Box::into_raw(Box::new(Self { context, field, reference, callback }));
            (*handle).callback.arg = handle.cast();
            pg_sys::MemoryContextRegisterResetCallback(context, &raw mut (*handle).callback);
            *field = context;
            *reference = handle;
        }
    }

    /// Records that the object is gone. A handle that belongs to nobody is deleted.
    ///
    /// # Safety
    /// `handle` must be the object's handle.
    pub(super) unsafe fn object_ends(handle: *mut Self) {
        // SAFETY: the caller's promise.
        unsafe {
            (*handle).field = ptr::null_mut();
            (*handle).reference = ptr::null_mut();
            let context = (*handle).context;
            if (*context).parent == pg_sys::TopMemoryContext {
                pg_sys::MemoryContextDelete(context);
            }
        }
    }
}

/// # Safety
/// Called once by the context of a handle, before it is deleted.
unsafe extern "C-unwind" fn handle_ends(handle: *mut c_void) {
    // SAFETY: made by Box::into_raw. The fields are valid if they are not null.
    unsafe {
        let handle = Box::from_raw(handle.cast::<Handle>());
        if !handle.field.is_null() {
            // Not below the parent of before, whose children may just be deleted one after another.
            Handle::make(pg_sys::TopMemoryContext, handle.field, handle.reference);
        }
    }
}
