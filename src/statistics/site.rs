//! The place in a plan at which a function is called.
//!
//! It must never be followed: it is compared with places of a plan that is there.

use crate::{explain, settings};
use pgrx::pg_sys::{FunctionCallInfo, MemoryContext, Node, NodeTag};

/// A place in the plan of one execution of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Site {
    /// The memory context of the execution (`es_query_cxt`).
    pub query: MemoryContext,
    /// The expression of the plan that calls, or the state of the node of aggregates or window functions that does. Null if
    /// neither is known.
    pub node: *const Node,
}

impl Site {
    /// Returns the place from which a call is made, if plans are explained.
    ///
    /// Raises 53200 if there is no room for what parallel workers count.
    ///
    /// # Safety
    /// `call` must be valid.
    pub(crate) unsafe fn of(call: FunctionCallInfo) -> Option<Self> {
        if !settings::explains() {
            return None;
        }
        explain::workers::attach();
        // SAFETY: the caller's promise. PostgreSQL sets the two fields to nodes or to null.
        unsafe {
            let flinfo = (*call).flinfo;
            let context = (*call).context;
            let of_state = !context.is_null()
                && matches!((*context).type_, NodeTag::T_AggState | NodeTag::T_WindowAggState);
            let node = if of_state { context } else { (*flinfo).fn_expr };
            Some(Self { query: (*flinfo).fn_mcxt, node })
        }
    }
}
