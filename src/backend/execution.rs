//! One execution of one query, which is how long the state of a function with `isolation=statement` lives.
//!
//! PostgreSQL keeps what belongs to an execution in a memory context, and calls back when the context is reset or
//! deleted. The callback runs wherever that happens, even in the middle of an abort. So it must never raise, and
//! never run code of a guest.

use super::instances;
use crate::interrupt;
use pgrx::pg_sys::{self, MemoryContext};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_void};
use std::iter::successors;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An execution. No two executions in a backend are equal, even if one reuses the memory context of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Execution(u64);

static LAST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The executions that have not ended, by their memory contexts. The map is never dropped: the end of the process
    /// gives back everything at once.
    static RUNNING: RefCell<ManuallyDrop<HashMap<MemoryContext, Execution>>> = RefCell::default();
}

impl Execution {
    /// Returns the execution to which a call belongs.
    ///
    /// # Safety
    /// `flinfo` must be that of a call that is about to be made.
    pub(crate) unsafe fn of(flinfo: *const pg_sys::FmgrInfo) -> Self {
        // SAFETY: the caller's promise. The callback lives in the context whose reset calls it.
        unsafe {
            let context = context_of((*flinfo).fn_mcxt);
            if let Some(known) = RUNNING.with_borrow(|running| running.get(&context).copied()) {
                return known;
            }
            let size = size_of::<pg_sys::MemoryContextCallback>();
            let callback: *mut pg_sys::MemoryContextCallback =
                pg_sys::MemoryContextAlloc(context, size).cast();
            (*callback).func = Some(ended);
            (*callback).arg = context.cast();
            pg_sys::MemoryContextRegisterResetCallback(context, callback);
            let new = Self(LAST.fetch_add(1, Relaxed));
            RUNNING.with_borrow_mut(|running| running.insert(context, new));
            new
        }
    }
}

/// Ends the execution whose memory context is reset or deleted.
///
/// # Safety
/// Only the memory context may call this, once, with the argument that [`Execution::of`] registered.
unsafe extern "C-unwind" fn ended(context: *mut c_void) {
    // If a guest is on the stack, the process is ending, and the guest must not be freed.
    if interrupt::is_serving() {
        return;
    }
    // This uses try_ because an execution can end anywhere, and a callback must not panic.
    let execution = RUNNING.with(|running| running.try_borrow_mut().ok()?.remove(&context.cast()));
    if let Some(execution) = execution {
        instances::execution_ended(execution);
    }
}

/// Returns the memory context of the execution to which a call belongs. `site` is the memory context of its call
/// site.
///
/// # Safety
/// `site` must be a memory context.
unsafe fn context_of(site: MemoryContext) -> MemoryContext {
    // SAFETY: the caller's promise. The globals are the backend's own, and are null or valid.
    unsafe {
        let now = pg_sys::CurrentMemoryContext;
        // A call site that is kept for longer than a query, such as one of an operator class, is called for some
        // query.
        if let Some(query) = query_of(site).or_else(|| query_of(now)) {
            return match is_of_expressions(query) {
                true => expression_of(query, now),
                false => query,
            };
        }
        // This is a utility statement, the protocol's function call, which has no portal, or a process without a
        // client.
        let candidates = [pg_sys::PortalContext, pg_sys::MessageContext];
        candidates.into_iter().find(|c| !c.is_null()).unwrap_or(pg_sys::TopTransactionContext)
    }
}

/// Returns the memory context of the query (`es_query_cxt`) that `context` is, or in which it lies.
///
/// # Safety
/// `context` must be a memory context, or null.
unsafe fn query_of(context: MemoryContext) -> Option<MemoryContext> {
    // SAFETY: the caller's promise.
    unsafe {
        let query = ancestors(context).find(|context| is_query(*context))?;
        // Where READ COMMITTED checks a row again that has been changed meanwhile, a context for that lies within the
        // query's (EvalPlanQualStart).
        successors(Some(query), |query| Some((**query).parent)).take_while(|c| is_query(*c)).last()
    }
}

/// Returns whether `CreateExecutorState` made a context.
///
/// # Safety
/// As for [`query_of`].
unsafe fn is_query(context: MemoryContext) -> bool {
    // SAFETY: the caller's promise.
    unsafe { is_named(context, c"ExecutorState") }
}

/// Returns whether a context has a name.
///
/// # Safety
/// As for [`query_of`].
unsafe fn is_named(context: MemoryContext, name: &CStr) -> bool {
    // SAFETY: the caller's promise; a memory context has a name.
    unsafe { !context.is_null() && CStr::from_ptr((*context).name) == name }
}

/// Returns whether a context is not a query's, but one in which PL/pgSQL evaluates expressions without a query. There
/// is one for all functions in a transaction (`plpgsql_create_econtext`), and one for each DO
/// (`plpgsql_inline_handler`, which has called `SPI_connect`; the contexts of SPI's queries lie in "SPI Exec").
///
/// In a parallel worker, such a context cannot be distinguished from that of the worker's query, which lies in the
/// transaction's context, too.
///
/// # Safety
/// `query` must be a memory context.
unsafe fn is_of_expressions(query: MemoryContext) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let parent = (*query).parent;
        let is_of_transaction = parent == pg_sys::TopTransactionContext;
        is_of_transaction && pg_sys::ParallelWorkerNumber < 0 || is_named(parent, c"SPI Proc")
    }
}

/// Returns the memory context of the expression that is being evaluated. It is the context of the expression's rows,
/// which PL/pgSQL resets after each evaluation.
///
/// # Safety
/// Both must be memory contexts.
unsafe fn expression_of(query: MemoryContext, now: MemoryContext) -> MemoryContext {
    // SAFETY: the caller's promise.
    unsafe { ancestors(now).find(|context| (**context).parent == query).unwrap_or(query) }
}

/// Returns a memory context and those in which it lies, from the inside out.
///
/// # Safety
/// `context` must be a memory context, or null.
unsafe fn ancestors(context: MemoryContext) -> impl Iterator<Item = MemoryContext> {
    let some = |context: MemoryContext| (!context.is_null()).then_some(context);
    // SAFETY: the caller's promise. Parents are memory contexts, or null.
    successors(some(context), move |context| some(unsafe { (**context).parent }))
}
