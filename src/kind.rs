//! Whether a module or a function is called, which is decided when it is resolved.

use crate::call_site::CallSite;
use crate::catalog;
use pgrx::pg_sys::{self, FunctionCallInfo};

/// What is called, resolved.
pub(crate) enum Kind<'a> {
    /// A module, which describes itself.
    Module(pg_sys::Oid),
    /// An export of a module.
    Function(&'a mut CallSite),
    /// The same, whose calls may be logged. It is resolved for each call.
    Watched(&'a mut CallSite),
}

impl Kind<'_> {
    /// Returns what a call calls.
    ///
    /// # Safety
    /// `call` must be valid, and the `fn_extra` of its `flinfo` must be null or set by this function.
    #[inline]
    pub(crate) unsafe fn of(call: FunctionCallInfo) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            match CallSite::current((*call).flinfo) {
                Some(site) => Self::Function(site),
                None => Self::resolve(call),
            }
        }
    }

    /// Resolves what a call calls.
    ///
    /// # Safety
    /// As for [`of`](Self::of).
    #[cold]
    #[inline(never)]
    unsafe fn resolve(call: FunctionCallInfo) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let flinfo = (*call).flinfo;
            let oid = (*flinfo).fn_oid;
            if !CallSite::is_resolved(flinfo)
                && pg_sys::get_func_rettype(oid) == catalog::module_type()
            {
                return Self::Module(oid);
            }
            let site = CallSite::renew(call);
            match site.is_watched() {
                false => Self::Function(site),
                true => Self::Watched(site),
            }
        }
    }
}
