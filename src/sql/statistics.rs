//! The rows of the views `wasm.stat_functions`, `wasm.stat_functions_by_role` and `wasm.stat_modules`, `wasm.stat_histogram()`, and
//! `wasm.stat_reset()`.

use crate::catalog::{self, Proc};
use crate::statistics::Subject;
use crate::statistics::counts::{Counts, Event};
use crate::{error, fuel, statistics};
use pgrx::pg_sys::{self, Oid};
use pgrx::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;

/// Returns the numbers of the functions of this database that the role owns, or of all if it may read all statistics: those of
/// all roles together, or those of each.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from here
fn stat_functions(
    by_role: bool,
) -> TableIterator<
    'static,
    (
        name!(funcid, Oid),
        name!(userid, Option<Oid>),
        name!(calls, i64),
        name!(total_fuel, i64),
        name!(p50_fuel, Option<i64>),
        name!(p99_fuel, Option<i64>),
        name!(max_fuel, i64),
        name!(max_memory, i64),
        name!(near_limit, i64),
        name!(out_of_fuel, i64),
        name!(trapped, i64),
        name!(raised, i64),
        name!(canceled, i64),
        name!(out_of_memory, i64),
        name!(bad_result, i64),
        name!(instances_made, i64),
        name!(instances_dropped, i64),
        name!(states_made, i64),
        name!(states_reused, i64),
        name!(scope, &'static str),
    ),
> {
    let (rows, scope) = visible(by_role, is_used);
    TableIterator::new(rows.into_iter().map(move |(subject, counts)| {
        let percentile = |percent| counts.percentile(percent).map(|fuel| fuel as i64);
        let [near, fuel, trapped, raised, canceled, memory, bad, made, dropped, states, reused] =
            counts.events().map(|number| number as i64);
        (
            subject.object,
            subject.role(),
            counts.calls() as i64,
            counts.total_fuel() as i64,
            percentile(50),
            percentile(99),
            counts.most_fuel() as i64,
            counts.most_memory() as i64,
            near,
            fuel,
            trapped,
            raised,
            canceled,
            memory,
            bad,
            made,
            dropped,
            states,
            reused,
            scope,
        )
    }))
}

/// Returns the calls of the functions that `stat_functions` shows, by classes of their fuel.
#[pg_extern(sql = false)]
fn stat_histogram()
-> TableIterator<'static, (name!(funcid, Oid), name!(fuel, i64), name!(calls, i64))> {
    TableIterator::new(visible(false, is_used).0.into_iter().flat_map(|(subject, counts)| {
        let classes = counts.classes().map(|(fuel, calls)| {
            let fuel = i64::try_from(fuel).unwrap_or(i64::MAX);
            (subject.object, fuel, calls as i64)
        });
        classes.collect::<Vec<_>>()
    }))
}

/// Returns the numbers of the modules of this database, and of functions whose body is code, that the role owns, or of all if it
/// may read all statistics. Times are in milliseconds.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from here
fn stat_modules() -> TableIterator<
    'static,
    (
        name!(moduleid, Oid),
        name!(loads, i64),
        name!(compilations, i64),
        name!(compile_time, f64),
        name!(code_bytes, i64),
        name!(scope, &'static str),
    ),
> {
    let (rows, scope) = visible(false, |counts| counts.of(Event::Loaded) > 0);
    TableIterator::new(rows.into_iter().map(move |(subject, counts)| {
        (
            subject.object,
            counts.of(Event::Loaded) as i64,
            counts.of(Event::Compiled) as i64,
            counts.of(Event::Compiling) as f64 / 1000.0,
            counts.most_memory() as i64,
            scope,
        )
    }))
}

/// Returns the numbers that the role may see and that `has` any of what is asked for, and whose they are.
fn visible(
    by_role: bool,
    has: impl Fn(&Counts<u64>) -> bool,
) -> (Vec<(Subject, Counts<u64>)>, &'static str) {
    fuel::flush_statistics();
    let (mut rows, mut owners) = (Vec::new(), HashMap::new());
    for (subject, counts) in statistics::snapshot(by_role) {
        let owner = *owners
            .entry(subject.object)
            .or_insert_with(|| Proc::get_if_exists(subject.object, |row, _| row.owner));
        if owner.is_some_and(|owner| has(&counts) && is_visible(owner)) {
            rows.push((subject, counts));
        }
    }
    // What was dropped makes room for others.
    statistics::remove(|object| owners.get(&object).is_some_and(Option::is_none));
    (rows, if statistics::is_shared() { "server" } else { "session" })
}

fn is_used(counts: &Counts<u64>) -> bool {
    counts.calls() > 0 || counts.events().iter().any(|number| *number > 0)
}

/// Returns whether the role may see the numbers of functions of that owner. The fuel of a call can depend on its arguments, so
/// it is not for everyone.
fn is_visible(owner: Oid) -> bool {
    // SAFETY: the roles may be any.
    let has = |of| unsafe { pg_sys::has_privs_of_role(pg_sys::GetUserId(), of) };
    has(owner) || has(Oid::from(pg_sys::ROLE_PG_READ_ALL_STATS))
}

/// Sets the numbers of a function to zero, or without an argument those of all functions of this database. Functions that
/// are not there any more are forgotten.
///
/// Raises 42883 if there is no such function, 42809 if it is of another language.
#[pg_extern(sql = false)]
fn stat_reset(function: Option<Oid>) {
    fuel::flush_statistics();
    if let Some(function) = function {
        let (name, language) = Proc::get(function, |row, _| (row.name, row.language));
        if language != catalog::language() {
            error::raise_sql("42809", format!("{name} is not a function of language wasm"), None);
        }
    }
    statistics::remove(|found| function.is_none_or(|function| function == found));
    if function.is_none() {
        statistics::uncounted().store(0, Relaxed);
    }
}

/// Returns the number of transactions in which a function was not counted, for lack of room.
#[pg_extern(sql = false)]
fn stat_uncounted() -> i64 {
    fuel::flush_statistics();
    statistics::uncounted().load(Relaxed) as i64
}
