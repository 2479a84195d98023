//! Composite types and RECORD as records.

use super::lift::Lifting;
use super::lower::Lowering;
use super::memory::PlanMemory;
use super::resolve::Resolver;
use super::value::Place;
use crate::error;
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::abi::Type;
use plwasm_engine::{Error, Result};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::rc::Rc;

/// The columns of a row type.
#[derive(Debug)]
pub(super) struct Composite {
    /// The descriptor, in the plan's memory.
    pub descriptor: pg_sys::TupleDesc,
    /// The columns that are not dropped, each with its number, from 0.
    pub columns: Box<[(usize, Place)]>,
}

/// A RECORD parameter. Its columns are those of the row that is passed.
#[derive(Debug)]
pub(super) struct AnyRecord {
    ty: Type,
    last: RefCell<Option<Rc<Known>>>,
}

/// The row type of the last row.
#[derive(Debug)]
struct Known {
    oid: Oid,
    typmod: i32,
    composite: Composite,
    _memory: PlanMemory,
}

// htup_details.h. It does not raise. Calling it through pgrx's guard would double its cost.
unsafe extern "C-unwind" {
    fn heap_deform_tuple(
        tuple: *mut pg_sys::HeapTupleData,
        descriptor: pg_sys::TupleDesc,
        values: *mut Datum,
        nulls: *mut bool,
    );
}

/// Room for a row with a short header, at most 126 bytes, after its header is replaced by a long one.
type Short = [u64; 17];

/// Returns a row as PostgreSQL's functions take it: in place, copied to `short` if its header is short, or de-TOASTed.
///
/// # Safety
/// `datum` must be a composite; it and `short` must live as long as the result is used.
unsafe fn tuple(datum: Datum, short: &mut Short) -> pg_sys::HeapTupleData {
    // SAFETY: the caller's promise; the header says what follows (postgres.h, VARATT_IS_*).
    unsafe {
        let mut header: *mut pg_sys::varlena = datum.cast_mut_ptr();
        if pgrx::varlena::varatt_is_1b(header) && !pgrx::varlena::varatt_is_1b_e(header) {
            let length = pgrx::varlena::varsize_any_exhdr(header);
            let data = pgrx::varlena::vardata_any(header).cast::<u8>();
            let long: *mut pg_sys::varlena = short.as_mut_ptr().cast();
            pgrx::set_varsize_4b(long, (length + pg_sys::VARHDRSZ) as i32);
            long.cast::<u8>().add(pg_sys::VARHDRSZ).copy_from_nonoverlapping(data, length);
            header = long;
        } else if !pgrx::varlena::varatt_is_4b_u(header) {
            header = pg_sys::pg_detoast_datum(header);
        }
        pg_sys::HeapTupleData {
            t_len: pgrx::varlena::varsize_any(header) as u32,
            t_data: header.cast(),
            ..Default::default()
        }
    }
}

/// Returns the row's type and modifier, as `HeapTupleHeaderGetTypeId` and `HeapTupleHeaderGetTypMod` do.
///
/// # Safety
/// `tuple` must be that of a composite.
unsafe fn row_type(tuple: &pg_sys::HeapTupleData) -> (Oid, i32) {
    // SAFETY: the caller's promise.
    unsafe {
        let fields = (*tuple.t_data).t_choice.t_datum;
        (fields.datum_typeid, fields.datum_typmod)
    }
}

impl Composite {
    /// Writes the columns of a row to scratch at `at`.
    ///
    /// # Errors
    /// 42804 if the row has another type; those of its columns.
    ///
    /// # Safety
    /// `datum` must be a composite.
    pub(super) unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        // SAFETY: the caller's promise; the descriptor is that of the row.
        unsafe {
            let mut short = Short::default();
            let mut tuple = tuple(datum, &mut short);
            let (found, _) = row_type(&tuple);
            let wanted = (*self.descriptor).tdtypeid;
            if found != wanted {
                let (found, wanted) = (error::type_name(found), error::type_name(wanted));
                let message = format!("a row of type {found} came where {wanted} was expected");
                return Err(Error::sql("42804", message));
            }
            self.store_tuple(&mut tuple, at, to)
        }
    }

    /// Calls `read` with the columns of a row. Returns `None` if the row has another type.
    ///
    /// # Safety
    /// `datum` must be a composite.
    pub(super) unsafe fn with_row<R>(
        &self,
        datum: Datum,
        read: impl FnOnce(&Row) -> R,
    ) -> Option<R> {
        // SAFETY: the caller's promise; the descriptor is that of the row, and there is room for all attributes.
        unsafe {
            let mut short = Short::default();
            let mut tuple = tuple(datum, &mut short);
            if row_type(&tuple).0 != (*self.descriptor).tdtypeid {
                return None;
            }
            let mut row = Row::new((*self.descriptor).natts as usize);
            heap_deform_tuple(&mut tuple, self.descriptor, row.values(), row.nulls());
            Some(read(&row))
        }
    }

    /// # Safety
    /// The descriptor must be that of the row.
    unsafe fn store_tuple(
        &self,
        tuple: &mut pg_sys::HeapTupleData,
        at: usize,
        to: &mut Lowering,
    ) -> Result<()> {
        // SAFETY: the caller's promise; there is room for all attributes.
        unsafe {
            let mut row = Row::new((*self.descriptor).natts as usize);
            heap_deform_tuple(tuple, self.descriptor, row.values(), row.nulls());
            for (number, place) in &self.columns {
                let value = row.get(*number);
                place.within(|| place.store(value, at, to))?;
            }
        }
        Ok(())
    }

    /// Loads the values of a row from its fields, to be formed into a tuple or put into a tuplestore.
    pub(super) fn load_row(&self, bytes: &[u8], from: &Lifting) -> Result<Row> {
        // SAFETY: the descriptor lives as long as the plan.
        let mut row = Row::new(unsafe { (*self.descriptor).natts } as usize);
        for (number, place) in &self.columns {
            let value = place.within(|| place.load(bytes, from))?;
            row.set(*number, value);
        }
        Ok(row)
    }

    /// Loads a row from its fields.
    pub(super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        let taken = from.room.taken();
        let mut row = self.load_row(bytes, from)?;
        from.room.check_copy(taken)?;
        // SAFETY: a value or NULL for every attribute of the descriptor.
        unsafe {
            let tuple = pg_sys::heap_form_tuple(self.descriptor, row.values(), row.nulls());
            from.room.check(0)?;
            let header = (*tuple).t_data;
            // HeapTupleHeaderGetDatum makes the same check. It changes only rows with values that are stored
            // externally.
            match u32::from((*header).t_infomask) & pg_sys::HEAP_HASEXTERNAL {
                0 => Ok(Datum::from(header)),
                _ => Ok(pg_sys::HeapTupleHeaderGetDatum(header)),
            }
        }
    }
}

/// Returns a row of NULLs.
pub(super) fn null_row(descriptor: pg_sys::TupleDesc) -> Datum {
    // SAFETY: the descriptor lives as long as the plan; NULL for every attribute of it.
    unsafe {
        let mut row = Row::of(None, descriptor);
        let tuple = pg_sys::heap_form_tuple(descriptor, row.values(), row.nulls());
        pg_sys::HeapTupleHeaderGetDatum((*tuple).t_data)
    }
}

/// The values of a row. Up to 16 need no allocation.
pub(super) struct Row {
    values: SmallVec<[Datum; 16]>,
    nulls: SmallVec<[bool; 16]>,
}

impl Row {
    fn new(attributes: usize) -> Self {
        Self {
            values: SmallVec::from_elem(Datum::from(0), attributes),
            nulls: SmallVec::from_elem(true, attributes),
        }
    }

    /// Returns the columns of a composite. They are all NULL if `composite` is `None`.
    ///
    /// # Safety
    /// The composite must be of the descriptor's type and have just been formed, so that its header is long; it
    /// must live as long as the values are used.
    pub(super) unsafe fn of(composite: Option<Datum>, descriptor: pg_sys::TupleDesc) -> Self {
        // SAFETY: the caller's promise; there is room for all attributes.
        unsafe {
            let mut row = Self::new((*descriptor).natts as usize);
            if let Some(datum) = composite {
                let mut short = Short::default();
                let mut tuple = tuple(datum, &mut short);
                heap_deform_tuple(&mut tuple, descriptor, row.values(), row.nulls());
            }
            row
        }
    }

    /// Returns the values in the form that PostgreSQL's functions take.
    pub(super) fn values(&mut self) -> *mut Datum {
        self.values.as_mut_ptr()
    }

    /// Returns the NULL flags in the form that PostgreSQL's functions take.
    pub(super) fn nulls(&mut self) -> *mut bool {
        self.nulls.as_mut_ptr()
    }

    pub(super) fn get(&self, number: usize) -> Option<Datum> {
        (!self.nulls[number]).then_some(self.values[number])
    }

    fn set(&mut self, number: usize, value: Option<Datum>) {
        self.nulls[number] = value.is_none();
        self.values[number] = value.unwrap_or(Datum::from(0));
    }
}

impl AnyRecord {
    /// Returns a parameter that is passed as the record or tuple `ty`.
    pub(super) fn new(ty: Type) -> Self {
        Self { ty, last: RefCell::new(None) }
    }

    /// Writes the columns of a row to scratch at `at`.
    ///
    /// # Errors
    /// 42804 if the columns cannot be passed as the fields of the WIT type; those of the columns.
    ///
    /// # Safety
    /// `datum` must be a composite.
    pub(super) unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe {
            let mut short = Short::default();
            let mut tuple = tuple(datum, &mut short);
            let (oid, typmod) = row_type(&tuple);
            let known = self.last.borrow().clone();
            let known = match known.filter(|known| known.oid == oid && known.typmod == typmod) {
                Some(known) => known,
                None => {
                    let known = Rc::new(self.resolve(oid, typmod)?);
                    *self.last.borrow_mut() = Some(known.clone());
                    known
                }
            };
            known.composite.store_tuple(&mut tuple, at, to)
        }
    }

    fn resolve(&self, oid: Oid, typmod: i32) -> Result<Known> {
        let mut resolver = Resolver::new();
        let mismatch = |reason| {
            Error::sql("42804", format!("a row cannot be passed as {:#}: {reason}", self.ty))
        };
        let composite = resolver.row(oid, typmod, &self.ty).map_err(mismatch)?;
        Ok(Known { oid, typmod, composite, _memory: resolver.memory })
    }
}
