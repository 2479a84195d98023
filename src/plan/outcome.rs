//! Outcomes: what a call comes to. A value, nothing, a set of rows, or an error of the guest's own.

use super::composite::{Composite, Row};
use super::lift::Lifting;
use super::path::within;
use super::raw::Raw;
use super::resolve::{Mismatch, Resolver};
use super::sql_function::SqlResult;
use super::value::{Conversion, Place};
use crate::error;
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::{Failure, Layout, Parts, Type};
use plwasm_engine::{Error, Result, ValRaw};

/// The result of a function, resolved.
#[derive(Debug)]
pub struct Outcome {
    shape: Shape,
    /// Of the WIT result in memory.
    layout: Layout,
    /// Where its one slot lies, if it has one and is not returned in memory.
    slot: Option<Parts>,
}

#[derive(Debug)]
enum Shape {
    Void,
    Value(Place),
    Set(Box<Set>),
    /// `result<ok, err>`, and where in it the payload lies.
    Fallible {
        ok: Box<Shape>,
        failure: Failure,
        payload: u32,
    },
}

/// `list<T>` as rows.
#[derive(Debug)]
struct Set {
    row: RowOf,
    size: u32,
    align: u32,
}

#[derive(Debug)]
enum RowOf {
    /// Of one column.
    Scalar(Place),
    Columns(Composite),
    /// A composite that may be NULL, which is a row of NULLs, or that is of a domain.
    Composite(Place, pg_sys::TupleDesc),
}

impl Outcome {
    /// The type of a result where no WIT says otherwise; none for void.
    pub fn default_type(
        result: &SqlResult,
        returns_set: bool,
        nulls: bool,
        resolver: &mut Resolver,
    ) -> std::result::Result<Option<Type>, Mismatch> {
        let ty = match result {
            SqlResult::Void => return Ok(None),
            SqlResult::Type(oid) => resolver.default_type(*oid, nulls)?,
            SqlResult::Row(descriptor) => resolver.default_row(*descriptor, nulls)?,
        };
        let is_row = matches!(result, SqlResult::Row(_));
        Ok(Some(match (returns_set, nulls && !(returns_set && is_row)) {
            (true, true) => ty.option().list(),
            (true, false) => ty.list(),
            (false, true) => ty.option(),
            (false, false) => ty,
        }))
    }

    /// A result of the SQL type that is returned as that WIT type.
    pub fn new(
        result: &SqlResult,
        returns_set: bool,
        ty: Option<&Type>,
        resolver: &mut Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let shape = match ty {
            Some(fallible @ Type::Result(parts)) => Shape::Fallible {
                ok: Box::new(Shape::new(result, returns_set, parts.ok.as_ref(), resolver)?),
                failure: Failure::of(parts.err.as_ref()),
                payload: Layout::of_cases(&fallible.cases().unwrap_or_default()).1,
            },
            ty => Shape::new(result, returns_set, ty, resolver)?,
        };
        let slot = ty.map(Parts::of).filter(|parts| parts.slots() == 1);
        Ok(Self { shape, layout: ty.map_or(Layout { size: 0, align: 1 }, Layout::of), slot })
    }

    /// How the result is read if it is no more than its slot.
    pub fn raw(&self) -> Option<Raw> {
        match &self.shape {
            Shape::Void => Some(Raw::Void),
            Shape::Value(place) if !place.is_option() && place.value.finish.is_none() => {
                place.value.raw()
            }
            _ => None,
        }
    }

    /// The columns of the row that is returned.
    pub fn row(&self) -> Option<pg_sys::TupleDesc> {
        let shape = match &self.shape {
            Shape::Fallible { ok, .. } => ok,
            shape => shape,
        };
        match shape {
            Shape::Value(Place { value, .. }) => match &value.conversion {
                Conversion::Composite(composite) => Some(composite.descriptor),
                _ => None,
            },
            _ => None,
        }
    }

    /// A result that was returned in one slot, or is none.
    ///
    /// # Errors
    /// What breaks the ABI; what the guest says went wrong.
    ///
    /// # Safety
    /// `call` must be that of the function.
    pub unsafe fn lift_flat(
        &self,
        slot: &ValRaw,
        from: &Lifting,
        call: pg_sys::FunctionCallInfo,
    ) -> Result<Option<Datum>> {
        let mut bytes = [0; 16];
        if let Some(part) = &self.slot {
            let slots = std::slice::from_ref(slot);
            within(|| "the result".to_string(), || part.write(slots, &mut bytes))?;
        }
        // SAFETY: the caller's promise.
        unsafe { self.shape.load(&bytes, from, call) }
    }

    /// A result in memory. None is NULL, or a set that has been handed over.
    ///
    /// # Errors
    /// As [`lift_flat`](Self::lift_flat).
    ///
    /// # Safety
    /// `call` must be that of the function.
    pub unsafe fn lift_spilled(
        &self,
        pointer: u32,
        from: &Lifting,
        call: pg_sys::FunctionCallInfo,
    ) -> Result<Option<Datum>> {
        if pointer & (self.layout.align - 1) != 0 {
            return Err(Error::Abi(format!(
                "the result's pointer {pointer:#x} is not a multiple of {}",
                self.layout.align
            )));
        }
        let bytes = from.guest.bytes(pointer, self.layout.size, "the result is")?;
        // SAFETY: the caller's promise.
        unsafe { self.shape.load(bytes, from, call) }
    }
}

impl Shape {
    fn new(
        result: &SqlResult,
        returns_set: bool,
        ty: Option<&Type>,
        resolver: &mut Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let ty = match (result, ty) {
            (SqlResult::Void, None) => return Ok(Self::Void),
            (SqlResult::Void, Some(ty)) => return Err(format!("void cannot be returned as {ty}")),
            (_, None) => return Err("the export returns nothing".into()),
            (_, Some(ty)) => ty,
        };
        if !returns_set {
            return Ok(Self::Value(match result {
                SqlResult::Type(oid) => resolver.place(*oid, -1, ty, 0, "the result")?,
                SqlResult::Row(descriptor) => resolver.out_row(*descriptor, ty)?,
                SqlResult::Void => return Ok(Self::Void),
            }));
        }
        let Type::List(element) = ty else {
            return Err(format!("a set is returned as a list, not as {ty}"));
        };
        let Layout { size, align } = Layout::of(element);
        let row = match result {
            SqlResult::Row(descriptor) => {
                let descriptor = resolver.kept(*descriptor);
                RowOf::Columns(resolver.columns(descriptor, element)?)
            }
            SqlResult::Type(oid) => {
                let place = resolver.place(*oid, -1, element, 0, "a row")?;
                let is_plain = !place.is_option() && place.value.finish.is_none();
                match place.value.conversion {
                    Conversion::Composite(columns) if is_plain => RowOf::Columns(*columns),
                    Conversion::Composite(ref columns) => {
                        let descriptor = columns.descriptor;
                        RowOf::Composite(place, descriptor)
                    }
                    _ => RowOf::Scalar(place),
                }
            }
            SqlResult::Void => return Ok(Self::Void),
        };
        Ok(Self::Set(Box::new(Set { row, size, align })))
    }

    /// # Safety
    /// `call` must be that of the function.
    unsafe fn load(
        &self,
        bytes: &[u8],
        from: &Lifting,
        call: pg_sys::FunctionCallInfo,
    ) -> Result<Option<Datum>> {
        match self {
            // As PostgreSQL's own: void is a value.
            Self::Void => Ok(Some(Datum::from(0))),
            Self::Value(place) => within(|| place.what.to_string(), || place.load(bytes, from)),
            // SAFETY: the caller's promise.
            Self::Set(set) => unsafe {
                set.load(bytes, from, call)?;
                Ok(None)
            },
            Self::Fallible { ok, failure, payload } => match bytes[0] {
                // SAFETY: the caller's promise.
                0 => unsafe { ok.load(&bytes[*payload as usize..], from, call) },
                1 => Err(failure.load(&bytes[*payload as usize..], from)),
                other => Err(Error::no_case(other.into(), 2)),
            },
        }
    }
}

impl Set {
    /// All rows into a tuplestore.
    ///
    /// # Safety
    /// `call` must be that of the function, which returns a set.
    unsafe fn load(
        &self,
        bytes: &[u8],
        from: &Lifting,
        call: pg_sys::FunctionCallInfo,
    ) -> Result<()> {
        let rows = from.list(bytes, self.size, self.align)?;
        // SAFETY: the caller's promise; what a row takes is given back before the next.
        unsafe {
            let (store, descriptor) = materialize(call, &self.row);
            let row_memory = pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"PL/Wasm row".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            let before = pg_sys::MemoryContextSwitchTo(row_memory);
            from.room.restart();
            for (i, bytes) in rows {
                crate::interrupt::check();
                within(
                    || format!("row {}", i + 1),
                    || match &self.row {
                        RowOf::Columns(columns) => {
                            let mut row = columns.load_row(bytes, from)?;
                            let (values, nulls) = (row.values(), row.nulls());
                            pg_sys::tuplestore_putvalues(store, descriptor, values, nulls);
                            Ok(())
                        }
                        RowOf::Composite(place, _) => {
                            let mut row = Row::of(place.load(bytes, from)?, descriptor);
                            let (values, nulls) = (row.values(), row.nulls());
                            pg_sys::tuplestore_putvalues(store, descriptor, values, nulls);
                            Ok(())
                        }
                        RowOf::Scalar(place) => {
                            let value = place.load(bytes, from)?;
                            let mut null = value.is_none();
                            let mut value = value.unwrap_or(Datum::from(0));
                            pg_sys::tuplestore_putvalues(store, descriptor, &mut value, &mut null);
                            Ok(())
                        }
                    },
                )?;
                // Values that wait for their check are in it.
                if from.checks.borrow().is_empty() {
                    pg_sys::MemoryContextReset(row_memory);
                    from.room.restart();
                }
            }
            pg_sys::MemoryContextSwitchTo(before);
            if from.checks.borrow().is_empty() {
                pg_sys::MemoryContextDelete(row_memory);
            }
        }
        Ok(())
    }
}

/// The tuplestore that the caller of a set-returning function will read, and the type of its rows.
///
/// Raises 0A000 where no set can be taken.
///
/// # Safety
/// `call` must be that of the function.
unsafe fn materialize(
    call: pg_sys::FunctionCallInfo,
    row: &RowOf,
) -> (*mut pg_sys::Tuplestorestate, pg_sys::TupleDesc) {
    // SAFETY: the caller's promise; what the caller reads lives as long as its query.
    unsafe {
        let info = return_set(call);
        let random = (*info).allowedModes as u32
            & pg_sys::SetFunctionReturnMode::SFRM_Materialize_Random
            != 0;
        let before = pg_sys::MemoryContextSwitchTo((*(*info).econtext).ecxt_per_query_memory);
        let store = pg_sys::tuplestore_begin_heap(random, false, pg_sys::work_mem);
        let descriptor = pg_sys::CreateTupleDescCopy(match row {
            RowOf::Columns(columns) => columns.descriptor,
            RowOf::Composite(_, descriptor) => *descriptor,
            RowOf::Scalar(_) => (*info).expectedDesc,
        });
        pg_sys::MemoryContextSwitchTo(before);
        (*info).setResult = store;
        (*info).setDesc = descriptor;
        (store, descriptor)
    }
}

/// Says that a set will come, which is empty so far.
///
/// Raises 0A000 where no set can be taken.
///
/// # Safety
/// `call` must be that of a function that returns a set.
pub unsafe fn return_set(call: pg_sys::FunctionCallInfo) -> *mut pg_sys::ReturnSetInfo {
    // SAFETY: the caller's promise; resultinfo is a ReturnSetInfo if its tag says so.
    unsafe {
        let info: *mut pg_sys::ReturnSetInfo = (*call).resultinfo.cast();
        let is_set = !info.is_null()
            && (*info).type_ == pg_sys::NodeTag::T_ReturnSetInfo
            && (*info).allowedModes as u32 & pg_sys::SetFunctionReturnMode::SFRM_Materialize != 0
            && !(*info).expectedDesc.is_null();
        if !is_set {
            error::raise_sql(
                "0A000",
                "set-valued function called in context that cannot accept a set".into(),
                None,
            );
        }
        (*info).returnMode = pg_sys::SetFunctionReturnMode::SFRM_Materialize;
        info
    }
}
