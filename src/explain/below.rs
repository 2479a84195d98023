//! What EXPLAIN ANALYZE shows below a plan with `plwasm.explain = on`, before PostgreSQL 18.

use super::node::{self, Functions, Seen};
use super::output;
use crate::settings;
use pgrx::pg_sys::{
    self, ExplainFormat, ExplainState, IntoClause, NodeTag, ParamListInfo, PlanState, Query,
    QueryDesc, QueryEnvironment,
};
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int};

/// The hook of a library that was loaded before.
static mut EXPLAINED_BEFORE: pg_sys::ExplainOneQuery_hook_type = None;

thread_local! {
    /// What the nodes of the query have called that was the last to end. An empty label is for calls from elsewhere.
    static ENDED: RefCell<Vec<(CString, Functions)>> = const { RefCell::new(Vec::new()) };
}

/// Sets the hook.
///
/// # Safety
/// To be called once.
pub(super) unsafe fn init() {
    // SAFETY: the process has one thread.
    unsafe {
        EXPLAINED_BEFORE = pg_sys::ExplainOneQuery_hook;
        pg_sys::ExplainOneQuery_hook = Some(explain);
    }
}

/// Remembers what the nodes of a query have called, in the order in which EXPLAIN shows them.
///
/// # Safety
/// `query` must have been started, and have a plan.
pub(super) unsafe fn ended(query: *mut QueryDesc) {
    let mut nodes = Vec::new();
    let mut seen = Seen::new();
    // SAFETY: the caller's promise.
    unsafe {
        node::for_each((*query).planstate, &mut |state| {
            let functions = node::functions(state, &mut seen);
            if !functions.is_empty() {
                nodes.push((label(state, query), functions));
            }
        });
        let others = node::others((*(*query).estate).es_query_cxt, &seen);
        if !others.is_empty() {
            nodes.push((CString::default(), others));
        }
    }
    ENDED.replace(nodes);
}

/// Returns about what EXPLAIN calls a node.
unsafe fn label(state: *mut PlanState, query: *mut QueryDesc) -> CString {
    // SAFETY: the caller's promise.
    unsafe {
        let plan = (*state).plan;
        let mut text = kind((*plan).type_);
        if let Some(relation) = relation(plan, query) {
            text += &format!(" on {}", crate::encoding::lossy(relation.to_bytes()));
        }
        CString::new(text).unwrap_or_default()
    }
}

/// Returns the alias of the table that a node scans.
unsafe fn relation<'a>(plan: *mut pg_sys::Plan, query: *mut QueryDesc) -> Option<&'a CStr> {
    let scans = [
        NodeTag::T_SeqScan,
        NodeTag::T_SampleScan,
        NodeTag::T_IndexScan,
        NodeTag::T_IndexOnlyScan,
        NodeTag::T_BitmapHeapScan,
        NodeTag::T_TidScan,
        NodeTag::T_TidRangeScan,
        NodeTag::T_SubqueryScan,
        NodeTag::T_FunctionScan,
        NodeTag::T_TableFuncScan,
        NodeTag::T_ValuesScan,
        NodeTag::T_CteScan,
        NodeTag::T_NamedTuplestoreScan,
        NodeTag::T_WorkTableScan,
        NodeTag::T_ForeignScan,
    ];
    // SAFETY: a node of one of these kinds begins with a Scan, whose relation is in the query's list of relations.
    unsafe {
        if !scans.contains(&(*plan).type_) {
            return None;
        }
        let number = (*plan.cast::<pg_sys::Scan>()).scanrelid as usize;
        let relations = (*(*query).plannedstmt).rtable;
        let relations = pgrx::PgList::<pg_sys::RangeTblEntry>::from_pg(relations);
        let relation = relations.get_ptr(number.checked_sub(1)?)?;
        Some(CStr::from_ptr((*(*relation).eref).aliasname))
    }
}

/// Returns the kind of a node in words, as `ExplainNode` (explain.c) has them.
fn kind(tag: NodeTag) -> String {
    match tag {
        NodeTag::T_NestLoop => return "Nested Loop".into(),
        NodeTag::T_Agg => return "Aggregate".into(),
        _ => {}
    }
    let mut words = String::new();
    for letter in format!("{tag:?}").trim_start_matches("T_").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}

#[pgrx::pg_guard]
#[allow(clippy::too_many_arguments)] // PostgreSQL's
unsafe extern "C-unwind" fn explain(
    query: *mut Query,
    options: c_int,
    into: *mut IntoClause,
    out: *mut ExplainState,
    text: *const c_char,
    params: ParamListInfo,
    environment: *mut QueryEnvironment,
) {
    // SAFETY: PostgreSQL's promise.
    unsafe {
        ENDED.take();
        match EXPLAINED_BEFORE {
            Some(before) => before(query, options, into, out, text, params, environment),
            None => standard(query, options, into, out, text, params, environment),
        }
        if settings::explains() && (*out).analyze {
            write(&ENDED.take(), out);
        }
    }
}

unsafe fn write(nodes: &[(CString, Functions)], out: *mut ExplainState) {
    if nodes.is_empty() {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        if (*out).format == ExplainFormat::EXPLAIN_FORMAT_TEXT {
            pg_sys::appendStringInfoString((*out).str_, c"WASM:\n".as_ptr());
            (*out).indent += 1;
            for (label, functions) in nodes {
                let label = if label.is_empty() { c"elsewhere" } else { label };
                let label = [label.to_bytes(), b": "].concat();
                let label = CString::new(label).unwrap_or_default();
                output::write(functions, &label, c"", out);
            }
            (*out).indent -= 1;
            return;
        }
        let group = c"WASM".as_ptr();
        let nodes_ = c"WASM Nodes".as_ptr();
        let item = c"Node".as_ptr();
        pg_sys::ExplainOpenGroup(group, std::ptr::null(), true, out);
        pg_sys::ExplainOpenGroup(nodes_, nodes_, false, out);
        for (label, functions) in nodes {
            pg_sys::ExplainOpenGroup(item, std::ptr::null(), true, out);
            if !label.is_empty() {
                pg_sys::ExplainPropertyText(item, label.as_ptr(), out);
            }
            output::write(functions, c"", c"WASM Functions", out);
            pg_sys::ExplainCloseGroup(item, std::ptr::null(), true, out);
        }
        pg_sys::ExplainCloseGroup(nodes_, nodes_, false, out);
        pg_sys::ExplainCloseGroup(group, std::ptr::null(), true, out);
    }
}

#[cfg(feature = "pg17")]
use pg_sys::standard_ExplainOneQuery as standard;

/// Does what `ExplainOneQuery` (explain.c) does where there is no hook.
#[cfg(not(feature = "pg17"))]
#[allow(clippy::too_many_arguments)] // PostgreSQL's
unsafe fn standard(
    query: *mut Query,
    options: c_int,
    into: *mut IntoClause,
    out: *mut ExplainState,
    text: *const c_char,
    params: ParamListInfo,
    environment: *mut QueryEnvironment,
) {
    // SAFETY: the caller's promise. The times and the usage are numbers, for which zero is a value.
    unsafe {
        let usage_at_start = pg_sys::pgBufferUsage;
        let start = std::time::Instant::now();
        let plan = pg_sys::pg_plan_query(query, text, options, params);
        let took = start.elapsed();
        #[cfg(feature = "pg15")]
        let took = pg_sys::instr_time {
            tv_sec: took.as_secs() as i64,
            tv_nsec: i64::from(took.subsec_nanos()),
        };
        #[cfg(feature = "pg16")]
        let took = pg_sys::instr_time { ticks: took.as_nanos() as i64 };
        let mut usage: pg_sys::BufferUsage = std::mem::zeroed();
        let usage = (*out).buffers.then(|| {
            pg_sys::BufferUsageAccumDiff(
                &mut usage,
                &raw const pg_sys::pgBufferUsage,
                &raw const usage_at_start,
            );
            &raw const usage
        });
        let usage = usage.unwrap_or(std::ptr::null());
        pg_sys::ExplainOnePlan(plan, into, out, text, params, environment, &raw const took, usage);
    }
}
