//! The option WASM of EXPLAIN, and what each node shows, from PostgreSQL 18 on.

use super::node::{self, Seen};
use super::output;
use crate::{error, settings};
use pgrx::pg_sys::{
    self, DefElem, DestReceiver, ExplainState, IntoClause, List, MemoryContext, Node, NodeTag,
    ParamListInfo, ParseState, PlanState, PlannedStmt, ProcessUtilityContext, QueryCompletion,
    QueryEnvironment,
};
use std::cell::RefCell;
use std::ffi::{CStr, c_char};

/// The hooks of libraries that were loaded before.
static mut NODE_BEFORE: pg_sys::explain_per_node_hook_type = None;
static mut PLAN_BEFORE: pg_sys::explain_per_plan_hook_type = None;
static mut VALIDATED_BEFORE: pg_sys::explain_validate_options_hook_type = None;
static mut UTILITY_BEFORE: pg_sys::ProcessUtility_hook_type = None;

/// The plan that is being shown: the memory context of its query, and what its nodes have shown.
struct Shown {
    query: MemoryContext,
    seen: Seen,
}

thread_local! {
    static SHOWN: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

/// Sets the hooks.
///
/// # Safety
/// To be called once.
pub(super) unsafe fn init() {
    // SAFETY: the process has one thread.
    unsafe {
        NODE_BEFORE = pg_sys::explain_per_node_hook;
        pg_sys::explain_per_node_hook = Some(per_node);
        PLAN_BEFORE = pg_sys::explain_per_plan_hook;
        pg_sys::explain_per_plan_hook = Some(per_plan);
        VALIDATED_BEFORE = pg_sys::explain_validate_options_hook;
        pg_sys::explain_validate_options_hook = Some(validate);
        UTILITY_BEFORE = pg_sys::ProcessUtility_hook;
        pg_sys::ProcessUtility_hook = Some(utility);
        register();
    }
}

#[cfg(feature = "pg18")]
unsafe fn register() {
    // SAFETY: a C string, and a handler that stays.
    unsafe { pg_sys::RegisterExtensionExplainOption(OPTION.as_ptr(), Some(option)) };
}

#[cfg(not(feature = "pg18"))]
unsafe fn register() {
    // SAFETY: as above.
    unsafe {
        pg_sys::RegisterExtensionExplainOption(OPTION.as_ptr(), Some(option), Some(is_boolean));
    }
}

/// Says whether `auto_explain.log_extension_options` may have the option with this value.
#[cfg(not(feature = "pg18"))]
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn is_boolean(
    option: *const c_char,
    value: *const c_char,
    kind: NodeTag,
) -> bool {
    // SAFETY: PostgreSQL's promise.
    unsafe { pg_sys::GUCCheckBooleanExplainOption(option, value, kind) }
}

const OPTION: &CStr = c"wasm";
/// The name by which EXPLAIN knows the extension.
const NAME: &CStr = c"plwasm";

/// Remembers that the option is on. [`utility`] has done what it asks for.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn option(
    state: *mut ExplainState,
    value: *mut DefElem,
    _source: *mut ParseState,
) {
    // SAFETY: PostgreSQL passes an option, and keeps the pointer as long as the state. It points to nothing that ends.
    unsafe {
        let is_on = pg_sys::defGetBoolean(value);
        let mark = if is_on { OPTION.as_ptr().cast_mut().cast() } else { std::ptr::null_mut() };
        pg_sys::SetExplainExtensionState(state, pg_sys::GetExplainExtensionId(NAME.as_ptr()), mark);
    }
}

/// Refuses the option without ANALYZE, as `ParseExplainOptionList` does for TIMING.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn validate(
    state: *mut ExplainState,
    options: *mut List,
    source: *mut ParseState,
) {
    // SAFETY: PostgreSQL's promise.
    unsafe {
        if let Some(before) = VALIDATED_BEFORE {
            before(state, options, source);
        }
        let id = pg_sys::GetExplainExtensionId(NAME.as_ptr());
        if !(*state).analyze && !pg_sys::GetExplainExtensionState(state, id).is_null() {
            error::raise_sql("22023", "EXPLAIN option WASM requires ANALYZE".into(), None);
        }
    }
}

/// Lets `EXPLAIN (WASM)` run with `plwasm.explain = on`, which parallel workers are told, too.
#[pgrx::pg_guard]
#[allow(clippy::too_many_arguments)] // PostgreSQL's
unsafe extern "C-unwind" fn utility(
    statement: *mut PlannedStmt,
    text: *const c_char,
    is_read_only: bool,
    context: ProcessUtilityContext::Type,
    params: ParamListInfo,
    environment: *mut QueryEnvironment,
    out: *mut DestReceiver,
    completion: *mut QueryCompletion,
) {
    // SAFETY: PostgreSQL's promise: all is valid, and what was called before takes the same.
    unsafe {
        let level = wants((*statement).utilityStmt).map(|wanted| {
            let level = pg_sys::NewGUCNestLevel();
            pg_sys::set_config_option(
                c"plwasm.explain".as_ptr(),
                if wanted { c"on" } else { c"off" }.as_ptr(),
                pg_sys::GucContext::PGC_USERSET,
                pg_sys::GucSource::PGC_S_SESSION,
                pg_sys::GucAction::GUC_ACTION_SAVE,
                true,
                0,
                false,
            );
            level
        });
        match UTILITY_BEFORE {
            Some(before) => {
                before(
                    statement,
                    text,
                    is_read_only,
                    context,
                    params,
                    environment,
                    out,
                    completion,
                );
            }
            None => pg_sys::standard_ProcessUtility(
                statement,
                text,
                is_read_only,
                context,
                params,
                environment,
                out,
                completion,
            ),
        }
        // After an error, the end of the transaction does it.
        if let Some(level) = level {
            pg_sys::AtEOXact_GUC(true, level);
        }
    }
}

/// Returns what the option of an EXPLAIN says, if it is one with the option.
unsafe fn wants(statement: *mut Node) -> Option<bool> {
    // SAFETY: the caller passes a node, or null, and the tag says which.
    unsafe {
        if statement.is_null() || (*statement).type_ != NodeTag::T_ExplainStmt {
            return None;
        }
        let options = (*statement.cast::<pg_sys::ExplainStmt>()).options;
        let options = pgrx::PgList::<DefElem>::from_pg(options);
        // The last one counts, as in `ParseExplainOptionList`.
        let found = options.iter_ptr().filter(|found| CStr::from_ptr((**found).defname) == OPTION);
        found.last().map(|found| pg_sys::defGetBoolean(found))
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn per_node(
    state: *mut PlanState,
    ancestors: *mut List,
    relationship: *const c_char,
    name: *const c_char,
    out: *mut ExplainState,
) {
    // SAFETY: PostgreSQL's promise.
    unsafe {
        if let Some(before) = NODE_BEFORE {
            before(state, ancestors, relationship, name, out);
        }
        if !settings::explains() || !(*out).analyze {
            return;
        }
        let query = (*(*state).state).es_query_cxt;
        let is_root = ancestors.is_null();
        let shown = SHOWN.take().filter(|shown| shown.query == query && !is_root);
        let mut seen = shown.map_or_else(Seen::new, |shown| shown.seen);
        let functions = node::functions(state, &mut seen);
        output::write(&functions, c"WASM: ", c"WASM Functions", out);
        SHOWN.set(Some(Shown { query, seen }));
    }
}

/// Shows functions that were called from elsewhere than a node of the plan.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn per_plan(
    plan: *mut PlannedStmt,
    into: *mut IntoClause,
    out: *mut ExplainState,
    text: *const c_char,
    params: ParamListInfo,
    environment: *mut QueryEnvironment,
) {
    // SAFETY: PostgreSQL's promise.
    unsafe {
        if let Some(before) = PLAN_BEFORE {
            before(plan, into, out, text, params, environment);
        }
        if let Some(Shown { query, seen }) = SHOWN.take()
            && settings::explains()
            && (*out).analyze
        {
            let functions = node::others(query, &seen);
            output::write(&functions, c"WASM elsewhere: ", c"WASM Functions Elsewhere", out);
        }
    }
}
