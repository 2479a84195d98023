//! Calls for a window: the function is called once for a partition, and its results are kept until the window has asked for
//! that of each row.
//!
//! The path of a row whose partition has its results must do nothing else.

use super::CallSite;
use crate::error::{self, OrRaise};
use crate::function::Arguments;
use crate::plan::{Rows, path};
use crate::window::{Window, WindowArguments};
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, NullableDatum};
use plwasm_engine::{Error, Result};
use smallvec::SmallVec;

/// The SQLSTATE of a list that has not as many results as the partition has rows.
pub(super) const WRONG_LENGTH: &str = "39000";

/// The results for a partition, in its memory. At first all of it is zero.
#[derive(Clone, Copy)]
struct Results {
    is_made: bool,
    /// The number of rows.
    count: usize,
    /// The value of each row, and whether it is NULL. Both are null if the result is NULL for all rows.
    values: *mut Datum,
    nulls: *mut bool,
}

/// Returns the result for the row at which a window is. The first time in a partition it calls the function.
///
/// # Safety
/// `fcinfo` must be that of a window function that has a call site. It may be another one afterwards.
#[inline(never)]
pub(super) unsafe fn call(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: the caller's promise.
    unsafe {
        let window = Window::of(fcinfo);
        let results = window.memory::<Results>();
        if !(*results).is_made {
            make(fcinfo, window, results);
        }
        let Results { count, values, nulls, .. } = *results;
        let position = window.position();
        if values.is_null() || position >= count {
            (*fcinfo).isnull = true;
            return Datum::from(0);
        }
        (*fcinfo).isnull = *nulls.add(position);
        *values.add(position)
    }
}

/// Calls the function for a partition.
///
/// # Safety
/// As [`call`]; the window must be that of the call, and `results` its memory.
#[cold]
unsafe fn make(fcinfo: FunctionCallInfo, window: Window, results: *mut Results) {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(feature = "pg19")]
        window.refuse_null_treatment(fcinfo);
        let site = &*(*(*fcinfo).flinfo).fn_extra.cast::<CallSite>();
        let limit = site.function.target.limits.memory;
        let Arguments::Partition(arguments) = &site.function.arguments else { return };
        let arguments = arguments.clone();
        let count = window.count().or_raise();
        (*results).count = count;
        let run = || {
            let WindowArguments { constructor, taken, passings } = &*arguments;
            let needed = taken.size.saturating_mul(count);
            if needed > limit {
                return Err(Error::Memory { what: "a partition", needed, limit });
            }
            let (before, passings) = passings.split_at(*constructor);
            let (all, once) = passings.split_at(taken.width);
            let before = window.first_row(0, before);
            let once = window.first_row(constructor + taken.width, once);
            let rows = window.rows(count, *constructor, all, taken.has_peers, limit)?;
            let rows =
                NullableDatum { value: Datum::from((&raw const rows).cast_mut()), isnull: false };
            let mut args = SmallVec::<[NullableDatum; 8]>::from_vec(before);
            args.extend(taken.has_rows.then_some(rows));
            args.extend(once);
            args.extend(taken.has_peers.then_some(rows));
            // Computing the arguments may have changed or dropped anything.
            let site = CallSite::renew(fcinfo);
            let is_same =
                |now: &Arguments| matches!(now, Arguments::Partition(now) if *now == arguments);
            if !is_same(&site.function.arguments) {
                error::raise_sql(
                    "55000",
                    "a window function was replaced while its arguments were computed".into(),
                    None,
                );
            }
            match site.is_watched() {
                false => site.result(fcinfo, &args),
                true => site.watched(&args, |site| site.result(fcinfo, &args)),
            };
            Ok(())
        };
        path::within(|| format!("partition of {count} rows"), run).or_raise();
        (*results).is_made = true;
    }
}

/// Keeps the results for a partition in its memory.
///
/// # Errors
/// 39000 if there are not as many as rows; the errors of [`Rows::values`].
///
/// # Safety
/// `fcinfo` must be that of a window function that is being called for a partition, and `rows` what it has returned.
pub(super) unsafe fn keep(fcinfo: FunctionCallInfo, rows: Rows) -> Result<()> {
    // SAFETY: the caller's promise. The memory lives as long as the partition; there is room for a value of each row.
    unsafe {
        let results = Window::of(fcinfo).memory::<Results>();
        let count = (*results).count;
        if rows.count() != count {
            return Err(Error::sql(
                WRONG_LENGTH,
                "a window function returned a list of the wrong length",
            )
            .with_detail(format!("It returned {} results for {count} rows.", rows.count())));
        }
        let memory = pg_sys::GetMemoryChunkContext(results.cast());
        let before = pg_sys::MemoryContextSwitchTo(memory);
        let size = size_of::<Datum>() + size_of::<bool>();
        let values: *mut Datum = pg_sys::MemoryContextAllocHuge(memory, count * size).cast();
        let nulls: *mut bool = values.add(count).cast();
        rows.values(count * size, |row, value| {
            nulls.add(row).write(value.is_none());
            values.add(row).write(value.unwrap_or(Datum::from(0)));
        })?;
        pg_sys::MemoryContextSwitchTo(before);
        ((*results).values, (*results).nulls) = (values, nulls);
        Ok(())
    }
}
