//! One execution of one query, which is how long the state of a function with `isolation=statement` lives.
//!
//! PostgreSQL keeps what belongs to an execution in a memory context, and calls back when the context is reset or deleted.
//! The callback runs wherever that happens, also in the middle of an abort: it must never raise and never run a guest's
//! code.

use super::instances;
use crate::interrupt;
use pgrx::pg_sys::{self, MemoryContext};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_void};
use std::iter::successors;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An execution. No two in a backend are equal, even where one reuses the memory context of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Execution(u64);

static LAST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The executions that have not ended, by their memory contexts. Never dropped: the end of the process gives back
    /// everything at once.
    static RUNNING: RefCell<ManuallyDrop<HashMap<MemoryContext, Execution>>> = RefCell::default();
}

impl Execution {
    /// Returns the execution that a call belongs to.
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

/// # Safety
/// Called once by the memory context, with what [`Execution::of`] gave it.
unsafe extern "C-unwind" fn ended(context: *mut c_void) {
    // The process ends while a guest is on the stack, which must not be freed.
    if interrupt::is_serving() {
        return;
    }
    // try_: an end can come from anywhere, and a callback must not panic.
    let execution = RUNNING.with(|running| running.try_borrow_mut().ok()?.remove(&context.cast()));
    if let Some(execution) = execution {
        instances::execution_ended(execution);
    }
}

/// Returns the memory context of the execution that a call belongs to, given that of the call site.
///
/// # Safety
/// `site` must be a memory context.
unsafe fn context_of(site: MemoryContext) -> MemoryContext {
    // SAFETY: the caller's promise; the globals are the backend's own, null or valid.
    unsafe {
        let now = pg_sys::CurrentMemoryContext;
        // A call site that is kept for longer than a query, such as one of an operator class, is called for some query.
        if let Some(query) = query_of(site).or_else(|| query_of(now)) {
            return match is_of_expressions(query) {
                true => expression_of(query, now),
                false => query,
            };
        }
        // A utility statement; the protocol's function call, which has no portal; a process without a client.
        let candidates = [pg_sys::PortalContext, pg_sys::MessageContext];
        candidates.into_iter().find(|c| !c.is_null()).unwrap_or(pg_sys::TopTransactionContext)
    }
}

/// Returns the memory context of a query (`es_query_cxt`) that the given one is, or lies in.
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
/// As [`query_of`].
unsafe fn is_query(context: MemoryContext) -> bool {
    // SAFETY: the caller's promise.
    unsafe { is_named(context, c"ExecutorState") }
}

/// # Safety
/// As [`query_of`].
unsafe fn is_named(context: MemoryContext, name: &CStr) -> bool {
    // SAFETY: the caller's promise; a memory context has a name.
    unsafe { !context.is_null() && CStr::from_ptr((*context).name) == name }
}

/// Returns whether a context is not a query's, but one in which PL/pgSQL evaluates expressions without a query: those of all
/// functions in a transaction (`plpgsql_create_econtext`), or those of a DO (`plpgsql_inline_handler`, which has called
/// `SPI_connect`; the queries of SPI have theirs in "SPI Exec").
///
/// In a parallel worker it cannot be told from the context of the worker's query, which lies in the transaction's, too.
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

/// Returns the memory context of the expression that is evaluated: that of its rows, which PL/pgSQL resets after each.
///
/// # Safety
/// Both must be memory contexts.
unsafe fn expression_of(query: MemoryContext, now: MemoryContext) -> MemoryContext {
    // SAFETY: the caller's promise.
    unsafe { ancestors(now).find(|context| (**context).parent == query).unwrap_or(query) }
}

/// Returns a memory context and those that it lies in, from the inside out.
///
/// # Safety
/// `context` must be a memory context, or null.
unsafe fn ancestors(context: MemoryContext) -> impl Iterator<Item = MemoryContext> {
    let some = |context: MemoryContext| (!context.is_null()).then_some(context);
    // SAFETY: the caller's promise; parents are memory contexts, or null.
    successors(some(context), move |context| some(unsafe { (**context).parent }))
}
