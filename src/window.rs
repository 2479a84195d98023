//! Window objects: what PostgreSQL gives to a window function of its partition (windowapi.h), and what the function takes of it.
//!
//! pgrx binds none of it, so all of it is declared here. Computing an argument can run any function, so no guest may be
//! on the stack, and no call site may be used on that was found before.

use crate::error;
use crate::plan::{Partition, Taken};
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, MemoryContext, Node, NullableDatum};
use plwasm_engine::{Error, Result};
use std::ffi::{c_int, c_void};

// All of them can raise, where nothing else is said.
unsafe extern "C-unwind" {
    /// Zeroed for each partition, and the same for all of its rows. Raises only at the first call for a partition.
    fn WinGetPartitionLocalMemory(window: *mut Node, size: usize) -> *mut c_void;
    /// Never raises.
    fn WinGetCurrentPosition(window: *mut Node) -> i64;
    fn WinGetPartitionRowCount(window: *mut Node) -> i64;
    #[cfg(feature = "pg19")]
    fn WinCheckAndInitializeNullTreatment(
        window: *mut Node,
        is_allowed: bool,
        call: FunctionCallInfo,
    );
    fn WinRowsArePeers(window: *mut Node, one: i64, other: i64) -> bool;
    fn WinGetFuncArgInPartition(
        window: *mut Node,
        argument: c_int,
        position: c_int,
        seek: c_int,
        set_mark: bool,
        is_null: *mut bool,
        is_out: *mut bool,
    ) -> Datum;
    // These two are called for each row, where pgrx's guard would cost more than they do.
    fn datumCopy(value: Datum, by_value: bool, length: c_int) -> Datum;
    fn MemoryContextReset(context: MemoryContext);
}

/// `WINDOW_SEEK_HEAD`: positions are those of rows of the partition, from 0.
const HEAD: c_int = 1;

/// How values of a type are passed: its `typlen`, and whether they are passed by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passing {
    length: i16,
    by_value: bool,
}

/// What a window function is called with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WindowArguments {
    /// The arguments of the constructor come first, if the function is a method.
    pub constructor: usize,
    /// Which of the others are passed for all rows.
    pub taken: Taken,
    /// How each argument is passed.
    pub passings: Box<[Passing]>,
}

/// The window object of one window function.
#[derive(Clone, Copy)]
pub(crate) struct Window(*mut Node);

impl Passing {
    pub(crate) fn of(oid: pg_sys::Oid) -> Self {
        let mut passing = Self { length: 0, by_value: false };
        // SAFETY: types of arguments exist.
        unsafe { pg_sys::get_typlenbyval(oid, &mut passing.length, &mut passing.by_value) };
        passing
    }

    /// # Safety
    /// The value must be of the type. To be called under pgrx's guard.
    #[inline(always)]
    unsafe fn copied(self, value: Datum) -> Datum {
        match self.by_value {
            true => value,
            // SAFETY: the caller's promise.
            false => unsafe { datumCopy(value, false, self.length.into()) },
        }
    }
}

impl Window {
    /// Returns the window object of a call.
    ///
    /// Raises 0A000 if it is called otherwise, as the function of an operator for example.
    ///
    /// # Safety
    /// `call` must be valid.
    #[inline]
    pub(crate) unsafe fn of(call: FunctionCallInfo) -> Self {
        // SAFETY: the caller's promise; a node has the type that its tag says.
        unsafe {
            let context = (*call).context;
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_WindowObjectData {
                error::raise_sql(
                    "0A000",
                    "window functions can only be called with OVER".into(),
                    None,
                );
            }
            Self(context)
        }
    }

    /// Returns the number of the row for which the function is called, from 0.
    #[inline]
    pub(crate) fn position(self) -> usize {
        // SAFETY: a window object.
        unsafe { WinGetCurrentPosition(self.0) as usize }
    }

    /// Returns memory of the partition. All its bytes are zero at first.
    ///
    /// # Safety
    /// `T` must be the same for all calls.
    #[inline]
    pub(crate) unsafe fn memory<T>(self) -> *mut T {
        let find = || {
            // SAFETY: a window object.
            unsafe { WinGetPartitionLocalMemory(self.0, size_of::<T>()) }
        };
        match self.position() {
            // SAFETY: nothing that is to be dropped is between the guard and the function.
            0 => unsafe { pg_guard_ffi_boundary(find) }.cast(),
            _ => find().cast(),
        }
    }

    /// Raises 0A000 for IGNORE NULLS and RESPECT NULLS, as `row_number()` does: a function gets the rows as they are.
    ///
    /// # Safety
    /// `call` must be the call with this window object.
    #[cfg(feature = "pg19")]
    pub(crate) unsafe fn refuse_null_treatment(self, call: FunctionCallInfo) {
        // SAFETY: the caller's promise; nothing that is to be dropped is between the guard and the function.
        unsafe {
            pg_guard_ffi_boundary(|| WinCheckAndInitializeNullTreatment(self.0, false, call));
        }
    }

    /// Returns the number of rows of the partition, all of which are computed for that.
    ///
    /// # Errors
    /// 54000 if there are more rows than have a position.
    pub(crate) fn count(self) -> Result<usize> {
        // SAFETY: a window object; nothing that is to be dropped is between the guard and the function.
        let count = unsafe { pg_guard_ffi_boundary(|| WinGetPartitionRowCount(self.0)) };
        match c_int::try_from(count) {
            Ok(count) => Ok(count as usize),
            Err(_) => Err(Error::sql("54000", format!("a partition has {count} rows"))
                .with_detail(format!("The limit is {} rows.", c_int::MAX))),
        }
    }

    /// Returns the values that arguments have in the first row, from the one with the number `first`, from 0, on. They are
    /// in the current memory context.
    pub(crate) fn first_row(self, first: usize, passings: &[Passing]) -> Vec<NullableDatum> {
        let at = |(i, passing): (usize, &Passing)| {
            let mut found = NullableDatum { value: Datum::from(0), isnull: true };
            // SAFETY: a window object, and one of its arguments; nothing that is to be dropped is between the guard and the
            // functions.
            unsafe {
                pg_guard_ffi_boundary(|| {
                    let value = argument(self.0, first + i, 0, &mut found.isnull);
                    if !found.isnull {
                        found.value = passing.copied(value);
                    }
                });
            }
            found
        };
        passings.iter().enumerate().map(at).collect()
    }

    /// Returns all rows: the values of arguments from the one with the number `first`, from 0, on, and the peers of each row
    /// if they are wanted. They are in the current memory context.
    ///
    /// # Errors
    /// [`Error::Memory`] if the values take more than `memory` bytes; 53200 if there is no room for them.
    pub(crate) fn rows(
        self,
        count: usize,
        first: usize,
        passings: &[Passing],
        has_peers: bool,
        memory: usize,
    ) -> Result<Partition> {
        // SAFETY: there is always a current memory context; it allocates or raises. There is room for as many values as rows
        // and arguments, and for as many peers as rows. In the guarded function nothing is to be dropped.
        unsafe {
            let context = pg_sys::CurrentMemoryContext;
            let before = (*context).mem_allocated;
            let allocate = |bytes| pg_sys::MemoryContextAllocHuge(context, bytes);
            let values: *mut Datum = allocate(count * passings.len() * size_of::<Datum>()).cast();
            let nulls: *mut bool = allocate(count * passings.len()).cast();
            let peers: *mut u32 = match has_peers {
                true => allocate(count * size_of::<u32>()).cast(),
                false => std::ptr::null_mut(),
            };
            let taken = || (*context).mem_allocated - before;
            // What computing the arguments of a row leaves behind.
            let row_memory = pg_sys::AllocSetContextCreateInternal(
                context,
                c"PL/Wasm row".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            let fetched = pg_guard_ffi_boundary(|| {
                for position in 0..count {
                    for (i, passing) in passings.iter().enumerate() {
                        let mut isnull = true;
                        pg_sys::CurrentMemoryContext = row_memory;
                        let value = argument(self.0, first + i, position, &mut isnull);
                        pg_sys::CurrentMemoryContext = context;
                        let number = position * passings.len() + i;
                        nulls.add(number).write(isnull);
                        values.add(number).write(match isnull {
                            true => Datum::from(0),
                            false => passing.copied(value),
                        });
                    }
                    if has_peers {
                        peers.add(position).write(self.first_peer(peers, position));
                    }
                    if !(*row_memory).isReset {
                        MemoryContextReset(row_memory);
                    }
                    if taken() > memory {
                        return false;
                    }
                }
                true
            });
            pg_sys::MemoryContextDelete(row_memory);
            match fetched {
                true => Ok(Partition { count, values, nulls, peers }),
                false => Err(Error::Memory { what: "a partition", needed: taken(), limit: memory }),
            }
        }
    }

    /// Returns the number of the first peer of a row, when those of the rows before are known.
    ///
    /// # Safety
    /// To be called under pgrx's guard.
    unsafe fn first_peer(self, peers: *const u32, position: usize) -> u32 {
        // SAFETY: both are rows of the partition.
        unsafe {
            match position {
                0 => 0,
                _ if WinRowsArePeers(self.0, position as i64 - 1, position as i64) => {
                    *peers.add(position - 1)
                }
                _ => position as u32,
            }
        }
    }
}

/// Computes an argument for a row. The value lives until another row is read.
///
/// # Safety
/// There must be such an argument and such a row. To be called under pgrx's guard.
#[inline(always)]
unsafe fn argument(window: *mut Node, number: usize, row: usize, isnull: &mut bool) -> Datum {
    let mut is_out = false;
    // SAFETY: the caller's promise.
    unsafe {
        WinGetFuncArgInPartition(
            window,
            number as c_int,
            row as c_int,
            HEAD,
            false,
            isnull,
            &mut is_out,
        )
    }
}
