//! Outcomes: how the result of a call is read. It is a value, NULL, a set of rows, or an error that the guest returns.

use super::composite::{Composite, Row};
use super::finish::Check;
use super::lift::Lifting;
use super::literal::{Literals, Refusal};
use super::lower::Server;
use super::path::within;
use super::raw::Raw;
use super::resolve::{Mismatch, Resolver};
use super::sql_function::{Caller, SqlFunction, SqlResult};
use super::trigger;
use super::value::{Conversion, Place, Value};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::{Layout, Parts, Type};
use plwasm_engine::pass::GuestError;
use plwasm_engine::pass::lifting::{self, List};
use plwasm_engine::sql::Types;
use plwasm_engine::{Error, Result, ValRaw};
use std::cell::RefCell;

/// The result of a function, resolved.
#[derive(Debug)]
pub(super) struct Outcome {
    shape: Shape,
    /// The layout of the WIT result in memory.
    layout: Layout,
    /// The parts of the result in memory, if it has one slot.
    slot: Option<Parts>,
}

/// A result that was read from the guest.
pub(super) enum Lifted<'a> {
    /// A value, `None` for NULL.
    Value(Option<Datum>),
    /// A set whose rows have not been read yet.
    Set(&'a Set, List<'a, Server>),
}

#[derive(Debug)]
enum Shape {
    Void,
    Value(Place),
    Set(Box<Set>),
    /// `result<ok, err>`. `payload` is the offset of its payload in bytes.
    Fallible {
        ok: Box<Shape>,
        failure: GuestError,
        payload: u32,
    },
}

/// How a `list<T>` is read as rows.
#[derive(Debug)]
pub(crate) struct Set {
    row: RowOf,
    size: u32,
    align: u32,
}

#[derive(Debug)]
enum RowOf {
    /// Rows of one column.
    Scalar(Place),
    Columns(Composite),
    /// Composites of a domain, or composites that may be NULL. A NULL becomes a row of NULLs.
    Composite(Place, pg_sys::TupleDesc),
}

impl Outcome {
    /// Returns the WIT type that a result is returned as without WIT, `None` for void.
    pub(super) fn default_type(
        result: &SqlResult,
        returns_set: bool,
        nulls: bool,
        resolver: &mut Resolver,
    ) -> std::result::Result<Option<Type>, Mismatch> {
        let ty = match result {
            SqlResult::Void => return Ok(None),
            SqlResult::Type(oid) => resolver.default_type(oid, nulls)?,
            SqlResult::Row(descriptor) => resolver.default_row(*descriptor, nulls)?,
            SqlResult::NewRow(_) => return Ok(None),
        };
        let is_row = matches!(result, SqlResult::Row(_));
        Ok(Some(match (returns_set, nulls && !(returns_set && is_row)) {
            (true, true) => ty.option().list(),
            (true, false) => ty.list(),
            (false, true) => ty.option(),
            (false, false) => ty,
        }))
    }

    /// Resolves how the result of a function is read from a WIT type.
    pub(super) fn new(
        function: &SqlFunction,
        ty: Option<&Type>,
        resolver: &mut Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let shape = match ty {
            Some(fallible @ Type::Result(parts)) => Shape::Fallible {
                ok: Box::new(Shape::new(function, parts.ok.as_ref(), resolver)?),
                failure: GuestError::of(parts.err.as_ref()),
                payload: Layout::of_cases(&fallible.cases().unwrap_or_default()).1,
            },
            ty => Shape::new(function, ty, resolver)?,
        };
        let slot = ty.map(Parts::of).filter(|parts| parts.slots() == 1);
        Ok(Self { shape, layout: ty.map_or(Layout { size: 0, align: 1 }, Layout::of), slot })
    }

    /// Returns how the result is read, if its slot holds the Datum as it is.
    pub(super) fn raw(&self) -> Option<Raw> {
        match &self.shape {
            Shape::Void => Some(Raw::Void),
            Shape::Value(place) if !place.is_option() && place.value.finish.is_none() => {
                place.value.raw()
            }
            _ => None,
        }
    }

    /// Returns the columns of the row that is returned, if one is.
    pub(super) fn row(&self) -> Option<pg_sys::TupleDesc> {
        match &self.value()?.conversion {
            Conversion::Composite(composite) => Some(composite.descriptor),
            _ => None,
        }
    }

    /// Returns the value that is returned, if one is.
    pub(super) fn value(&self) -> Option<&Value> {
        let shape = match &self.shape {
            Shape::Fallible { ok, .. } => ok,
            shape => shape,
        };
        match shape {
            Shape::Value(place) => Some(&place.value),
            _ => None,
        }
    }

    /// Returns what follows `returns` in a declaration of the function.
    ///
    /// # Errors
    /// The command does not know the type.
    pub(super) fn declared(&self, to: &mut Literals) -> std::result::Result<String, Refusal> {
        let shape = match &self.shape {
            Shape::Fallible { ok, .. } => ok,
            shape => shape,
        };
        match shape {
            Shape::Value(place) => to.declared_result(&place.value),
            Shape::Set(set) => {
                let row = match &set.row {
                    RowOf::Scalar(place) | RowOf::Composite(place, _) => {
                        to.declared_result(&place.value)?
                    }
                    RowOf::Columns(columns) => to.declared_row(columns, true)?,
                };
                Ok(format!("SETOF {row}"))
            }
            Shape::Void | Shape::Fallible { .. } => Ok("void".into()),
        }
    }

    /// Lifts a result that was returned in one slot, or one without a value.
    ///
    /// # Errors
    /// [`Error::Abi`](plwasm_engine::Error::Abi) if the guest breaks the ABI; the error that the guest returned.
    pub(super) fn lift_flat<'a>(&'a self, slot: &ValRaw, from: &Lifting<'a>) -> Result<Lifted<'a>> {
        let mut bytes = [0; 16];
        if let Some(part) = &self.slot {
            let slots = std::slice::from_ref(slot);
            within(|| "the result".to_string(), || part.write(slots, &mut bytes))?;
        }
        self.shape.load(&bytes, from)
    }

    /// Lifts a result in memory.
    ///
    /// # Errors
    /// Those of [`lift_flat`](Self::lift_flat).
    pub(super) fn lift_spilled<'a>(
        &'a self,
        pointer: u32,
        from: &Lifting<'a>,
    ) -> Result<Lifted<'a>> {
        let bytes = from.memory.spilled(pointer, self.layout)?;
        self.shape.load(bytes, from)
    }
}

impl Shape {
    fn new(
        function: &SqlFunction,
        ty: Option<&Type>,
        resolver: &mut Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let SqlFunction { result, returns_set, caller, .. } = function;
        let ty = match (result, ty) {
            (SqlResult::Void, _) if matches!(caller, Caller::Window) => {
                return Err("a window function returns a value for each row".into());
            }
            (SqlResult::Void | SqlResult::NewRow(_), None) => return Ok(Self::Void),
            (SqlResult::Void, Some(ty)) => return Err(format!("void cannot be returned as {ty}")),
            (_, None) => return Err("the export returns nothing".into()),
            (_, Some(ty)) => ty,
        };
        if !*returns_set {
            return Ok(Self::Value(one(result, ty, resolver)?));
        }
        let Type::List(element) = ty else {
            let what = match caller {
                Caller::Window => "the results for a partition are returned as a list",
                _ => "a set is returned as a list",
            };
            return Err(format!("{what}, not as {ty}"));
        };
        let Layout { size, align } = Layout::of(element);
        let row = match result {
            _ if matches!(caller, Caller::Window) => RowOf::Scalar(one(result, element, resolver)?),
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
            SqlResult::Void | SqlResult::NewRow(_) => return Ok(Self::Void),
        };
        Ok(Self::Set(Box::new(Set { row, size, align })))
    }

    fn load<'a>(&'a self, bytes: &[u8], from: &Lifting<'a>) -> Result<Lifted<'a>> {
        match self {
            // As in PostgreSQL's own functions, void is a value and not NULL.
            Self::Void => Ok(Lifted::Value(Some(Datum::from(0)))),
            Self::Value(place) => Ok(Lifted::Value(place.within(|| place.load(bytes, from))?)),
            Self::Set(set) => Ok(Lifted::Set(set, from.memory.list(bytes, set.size, set.align)?)),
            Self::Fallible { ok, failure, payload } => match lifting::is_ok(bytes)? {
                true => ok.load(&bytes[*payload as usize..], from),
                false => Err(failure.load(&bytes[*payload as usize..], from)),
            },
        }
    }
}

/// Resolves a single result.
fn one(
    result: &SqlResult,
    ty: &Type,
    resolver: &mut Resolver,
) -> std::result::Result<Place, Mismatch> {
    match result {
        SqlResult::Type(oid) => resolver.place(*oid, -1, ty, 0, "the result"),
        SqlResult::Row(descriptor) => resolver.out_row(*descriptor, ty),
        SqlResult::NewRow(trigger) => trigger::new_row(trigger, ty, resolver),
        SqlResult::Void => Err(format!("void cannot be returned as {ty}")),
    }
}

/// The rows of a set. They are read from the guest's memory one by one.
pub(crate) struct Rows<'a> {
    set: &'a Set,
    list: List<'a, Server>,
    from: Lifting<'a>,
    /// The checks that wait until the guest is done.
    checks: &'a RefCell<Vec<Check>>,
}

impl<'a> Rows<'a> {
    /// Makes rows of the elements of a list.
    pub(crate) fn new(
        set: &'a Set,
        list: List<'a, Server>,
        from: Lifting<'a>,
        checks: &'a RefCell<Vec<Check>>,
    ) -> Self {
        Self { set, list, from, checks }
    }

    /// Returns the columns of the rows, `None` if the rows have a single column of the type that the caller expects.
    pub(crate) fn columns(&self) -> Option<pg_sys::TupleDesc> {
        match &self.set.row {
            RowOf::Columns(columns) => Some(columns.descriptor),
            RowOf::Composite(_, descriptor) => Some(*descriptor),
            RowOf::Scalar(_) => None,
        }
    }

    /// Returns the number of rows.
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    /// Calls `put` with the value of each row, `None` for NULL. The rows must have no columns of their own. The values are
    /// made in the current memory context, where `elsewhere` bytes were already allocated for them.
    ///
    /// # Errors
    /// [`Error::ResultLimit`](plwasm_engine::Error::ResultLimit); [`Error::Abi`](plwasm_engine::Error::Abi) if the guest
    /// breaks the ABI.
    pub(crate) fn values(
        self,
        elsewhere: usize,
        mut put: impl FnMut(usize, Option<Datum>),
    ) -> Result<()> {
        let Self { set, list, from, checks } = self;
        let RowOf::Scalar(place) = &set.row else {
            return Err(Error::Internal("a row has columns where a value was expected".into()));
        };
        from.room.restart();
        from.room.take(elsewhere);
        from.room.check(0)?;
        for (i, bytes) in list {
            let value = within(
                || format!("row {}", i + 1),
                || {
                    let value = place.load(bytes, &from)?;
                    from.room.check(0)?;
                    Ok(value)
                },
            )?;
            put(i, value);
        }
        checks.replace(from.checks.into_inner());
        Ok(())
    }

    /// Calls `put` with the values and the NULL flags of each row. `put` must copy them, because the memory of a row is
    /// freed before the next.
    ///
    /// # Errors
    /// [`Error::Abi`](plwasm_engine::Error::Abi) if the guest breaks the ABI.
    pub(crate) fn each(self, put: impl Fn(*mut Datum, *mut bool)) -> Result<()> {
        let Self { set, list, from, checks } = self;
        // SAFETY: the new memory context is the current one while a row is made. The rows of a composite were just
        // formed, of the type of the descriptor.
        unsafe {
            let row_memory = pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"PL/Wasm row".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            let before = pg_sys::MemoryContextSwitchTo(row_memory);
            from.room.restart();
            for (i, bytes) in list {
                within(
                    || format!("row {}", i + 1),
                    || match &set.row {
                        RowOf::Columns(columns) => {
                            let mut row = columns.load_row(bytes, &from)?;
                            put(row.values(), row.nulls());
                            Ok(())
                        }
                        RowOf::Composite(place, descriptor) => {
                            let mut row = Row::of(place.load(bytes, &from)?, *descriptor);
                            put(row.values(), row.nulls());
                            Ok(())
                        }
                        RowOf::Scalar(place) => {
                            let value = place.load(bytes, &from)?;
                            let mut null = value.is_none();
                            let mut value = value.unwrap_or(Datum::from(0));
                            put(&mut value, &mut null);
                            Ok(())
                        }
                    },
                )?;
                // Values that wait for their check must stay in memory.
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
        checks.replace(from.checks.into_inner());
        Ok(())
    }
}
