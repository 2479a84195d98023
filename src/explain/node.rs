//! A node of a plan: the expressions in it, and what was counted for them.

use super::workers;
use crate::fuel;
use crate::statistics::{Site, Totals};
use pgrx::pg_sys::{self, MemoryContext, Node, NodeTag, Oid, PlanState};
use std::collections::{BTreeMap, HashSet};
use std::ffi::c_void;

/// The functions that a node calls, by their OIDs, and what was counted of each.
pub(super) type Functions = BTreeMap<u32, Totals>;

/// What was shown, which can be reached from several nodes: functions, and the places that call them.
pub(super) type Seen = HashSet<(Site, Oid)>;

/// Returns what was counted for the calls that a node makes itself, in this process and in its parallel workers.
///
/// # Safety
/// `state` must be of a query that has been started and has not ended.
pub(super) unsafe fn functions(state: *mut PlanState, seen: &mut Seen) -> Functions {
    // SAFETY: the caller's promise.
    unsafe {
        let query = (*(*state).state).es_query_cxt;
        let mut functions = own(state, query, seen);
        for (function, totals) in workers::of((*(*state).plan).plan_node_id) {
            add(&mut functions, function, totals);
        }
        functions
    }
}

/// Returns what was counted for the query whose memory context is `query` at places that are not `seen`: in expressions that
/// are not part of a plan, such as those of indexes, constraints and generated columns.
pub(super) fn others(query: MemoryContext, seen: &Seen) -> Functions {
    let mut functions = Functions::new();
    for ((site, function), totals) in fuel::totals_of(query) {
        if !seen.contains(&(site, function)) {
            add(&mut functions, function, totals);
        }
    }
    functions
}

/// Passes on what was counted in this parallel worker.
///
/// # Safety
/// As for [`functions`].
pub(super) unsafe fn report(state: *mut PlanState) {
    // SAFETY: the caller's promise.
    unsafe {
        let query = (*(*state).state).es_query_cxt;
        let mut seen = Seen::new();
        for_each(state, &mut |state| {
            let node = (*(*state).plan).plan_node_id;
            for (function, totals) in own(state, query, &mut seen) {
                workers::add(node, Oid::from(function), totals);
            }
        });
    }
}

unsafe fn own(state: *mut PlanState, query: MemoryContext, seen: &mut Seen) -> Functions {
    let mut functions = Functions::new();
    let counted = fuel::totals_of(query);
    if counted.is_empty() {
        return functions;
    }
    let mut nodes = HashSet::from([state.cast_const().cast::<Node>()]);
    // SAFETY: the caller's promise.
    unsafe { expressions((*state).plan.cast(), &mut nodes) };
    for ((site, function), totals) in counted {
        if nodes.contains(&site.node) && seen.insert((site, function)) {
            add(&mut functions, function, totals);
        }
    }
    functions
}

fn add(functions: &mut Functions, function: Oid, totals: Totals) {
    if totals.calls > 0 {
        let sum = functions.entry(function.to_u32()).or_default();
        *sum = *sum + totals;
    }
}

/// Calls `visit` with a node and all below it, with those of its subplans.
///
/// # Safety
/// As for [`functions`].
pub(super) unsafe fn for_each(state: *mut PlanState, visit: &mut dyn FnMut(*mut PlanState)) {
    unsafe extern "C-unwind" fn walk(state: *mut PlanState, visit: *mut c_void) -> bool {
        // SAFETY: `for_each` passes what is called here.
        unsafe {
            (*visit.cast::<&mut dyn FnMut(*mut PlanState)>())(state);
            pg_sys::planstate_tree_walker(state, Some(walk), visit)
        }
    }
    let mut visit = visit;
    // SAFETY: the caller's promise.
    unsafe { walk(state, (&raw mut visit).cast()) };
}

/// Adds all nodes of the expressions in one node of a plan. Which they are, `set_plan_refs` (setrefs.c) knows.
unsafe fn expressions(plan: *mut Node, nodes: &mut HashSet<*const Node>) {
    // SAFETY: the caller passes a node of a plan, and its tag says which.
    unsafe {
        macro_rules! walk {
            ($type:ident: $($field:ident),+) => {{
                let plan = plan.cast::<pg_sys::$type>();
                $(add_expressions((*plan).$field.cast(), nodes);)+
            }};
        }
        walk!(Plan: targetlist, qual);
        match (*plan).type_ {
            NodeTag::T_Result => walk!(Result: resconstantqual),
            NodeTag::T_ModifyTable => walk!(ModifyTable:
                withCheckOptionLists, returningLists, onConflictSet, onConflictWhere, mergeActionLists),
            NodeTag::T_SampleScan => walk!(SampleScan: tablesample),
            NodeTag::T_IndexScan => {
                walk!(IndexScan: indexqual, indexqualorig, indexorderby, indexorderbyorig);
            }
            NodeTag::T_IndexOnlyScan => walk!(IndexOnlyScan: indexqual, recheckqual, indexorderby),
            NodeTag::T_BitmapIndexScan => walk!(BitmapIndexScan: indexqual, indexqualorig),
            NodeTag::T_BitmapHeapScan => walk!(BitmapHeapScan: bitmapqualorig),
            NodeTag::T_TidScan => walk!(TidScan: tidquals),
            NodeTag::T_TidRangeScan => walk!(TidRangeScan: tidrangequals),
            NodeTag::T_FunctionScan => walk!(FunctionScan: functions),
            NodeTag::T_ValuesScan => walk!(ValuesScan: values_lists),
            NodeTag::T_TableFuncScan => walk!(TableFuncScan: tablefunc),
            NodeTag::T_ForeignScan => {
                walk!(ForeignScan: fdw_exprs, fdw_recheck_quals, fdw_scan_tlist);
            }
            NodeTag::T_CustomScan => walk!(CustomScan: custom_exprs, custom_scan_tlist),
            NodeTag::T_NestLoop => walk!(Join: joinqual),
            NodeTag::T_MergeJoin => {
                walk!(Join: joinqual);
                walk!(MergeJoin: mergeclauses);
            }
            NodeTag::T_HashJoin => {
                walk!(Join: joinqual);
                walk!(HashJoin: hashclauses, hashkeys);
            }
            NodeTag::T_Hash => walk!(Hash: hashkeys),
            NodeTag::T_Memoize => walk!(Memoize: param_exprs),
            NodeTag::T_WindowAgg => walk!(WindowAgg: startOffset, endOffset, runCondition),
            NodeTag::T_Limit => walk!(Limit: limitOffset, limitCount),
            _ => {}
        }
    }
}

/// Adds an expression, or the elements of a list, with everything in them.
unsafe fn add_expressions(expression: *mut Node, nodes: &mut HashSet<*const Node>) {
    unsafe extern "C-unwind" fn walk(node: *mut Node, nodes: *mut c_void) -> bool {
        if node.is_null() {
            return false;
        }
        // SAFETY: `add_expressions` passes a set.
        unsafe {
            (*nodes.cast::<HashSet<*const Node>>()).insert(node);
            pg_sys::expression_tree_walker(node, Some(walk), nodes)
        }
    }
    // SAFETY: the caller passes an expression of a plan, a list of them, or null.
    unsafe { walk(expression, std::ptr::from_mut(nodes).cast()) };
}
