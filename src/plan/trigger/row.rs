//! The row of a trigger as a record: columns by name, of which a guest declares those that it reads or writes.
//!
//! It must never depend on the number or the order of the columns of a relation, which change.

use super::super::lift::Lifting;
use super::super::literal::{Literals, ROW, Refusal, Written};
use super::super::lower::Lowering;
use super::super::pg_type::{column_name, columns};
use super::super::resolve::{Mismatch, Resolver};
use super::super::value::Place;
use super::{Columns, Modified, Trigger};
use pgrx::pg_sys::{self, Datum, FormData_pg_attribute, NullableDatum, TupleTableSlot};
use plwasm_engine::Result;
use plwasm_engine::abi::{Layout, Record};
use plwasm_engine::name::{kebab, matches, printable};

/// The columns of a relation that a record names. As an argument, its Datum is a pointer to a `TupleTableSlot`, and as a
/// result, to a [`NullableDatum`] for each column.
#[derive(Debug)]
pub(in super::super) struct NamedRow {
    columns: Box<[Column]>,
}

/// One column.
#[derive(Debug)]
struct Column {
    /// Its number, from 0.
    number: usize,
    place: Place,
    /// Whether it is generated, and has not been computed yet.
    is_pending: bool,
}

impl NamedRow {
    /// Returns how the columns that a record names are passed as its fields. The generated columns of a pending row have
    /// not been computed yet: they are NULL, and cannot be set.
    pub(super) fn new(
        trigger: &Trigger,
        record: &Record,
        is_pending: bool,
        resolver: &mut Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let (_, offsets) = Layout::of_tuple(record.fields.iter().map(|field| &field.ty));
        let fields = record.fields.iter().zip(offsets);
        let columns = fields.map(|(field, offset)| {
            let (number, column) = find(trigger, &field.name)?;
            let what = format!("column \"{}\"", column_name(column));
            let place = resolver
                .place(column.atttypid, column.atttypmod, &field.ty, offset, what.as_str())
                .map_err(|reason| format!("{what}: {reason}"))?;
            Ok(Column { number, place, is_pending: is_pending && column.attgenerated != 0 })
        });
        let columns: Box<[_]> = columns.collect::<std::result::Result<_, Mismatch>>()?;
        Ok(Self { columns })
    }

    /// Writes the columns of a row to scratch at `at`.
    ///
    /// # Errors
    /// 22004 if a column is NULL whose field is not an option; those of its columns.
    ///
    /// # Safety
    /// `datum` must be a pointer to a slot with a row of the relation.
    pub(in super::super) unsafe fn store(
        &self,
        datum: Datum,
        at: usize,
        to: &mut Lowering,
    ) -> Result<()> {
        // SAFETY: the caller's promise: the row has these columns, and their values are of the columns' types.
        unsafe {
            let row = Columns::of(datum.cast_mut_ptr::<TupleTableSlot>());
            for Column { number, place, is_pending } in &self.columns {
                let value = row.get(*number).filter(|_| !is_pending);
                place.within(|| place.store(value, at, to))?;
            }
        }
        Ok(())
    }

    /// Returns the type of the row, as an argument or as a result.
    pub(in super::super) fn declared(
        &self,
        to: &mut Literals,
        is_result: bool,
    ) -> std::result::Result<String, Refusal> {
        to.declared_columns(self.columns.iter().map(|column| &column.place.value), is_result)
    }

    /// Writes the columns of a row as a constant.
    ///
    /// # Safety
    /// As for [`store`](Self::store).
    pub(in super::super) unsafe fn write(&self, datum: Datum, to: &mut Literals) -> Written {
        // SAFETY: the caller's promise: the row has these columns, and their values are of the columns' types.
        unsafe {
            let row = Columns::of(datum.cast_mut_ptr::<TupleTableSlot>());
            to.items(ROW, &self.columns, |to, Column { number, place, is_pending }| {
                to.write(&place.value, row.get(*number).filter(|_| !is_pending))
            })
        }
    }

    /// Loads the columns that a guest has returned.
    ///
    /// # Errors
    /// Those of its columns.
    pub(in super::super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        // SAFETY: palloc returns room for a value of each column, or raises.
        unsafe {
            let values: *mut NullableDatum =
                pg_sys::palloc(self.columns.len() * size_of::<NullableDatum>()).cast();
            for (i, Column { place, .. }) in self.columns.iter().enumerate() {
                let value = place.within(|| place.load(bytes, from))?;
                let isnull = value.is_none();
                values
                    .add(i)
                    .write(NullableDatum { value: value.unwrap_or(Datum::from(0)), isnull });
            }
            Ok(Datum::from(values))
        }
    }

    /// Adds the columns that a guest has changed to `to`.
    ///
    /// # Safety
    /// `returned` must be what [`load`](Self::load) has returned.
    pub(super) unsafe fn modify(&self, returned: Datum, to: &mut Modified) {
        let values: *const NullableDatum = returned.cast_mut_ptr();
        for (i, column) in self.columns.iter().enumerate().filter(|(_, column)| !column.is_pending)
        {
            // SAFETY: the caller's promise.
            let NullableDatum { value, isnull } = unsafe { *values.add(i) };
            to.set(column.number, (!isnull).then_some(value));
        }
    }
}

/// Returns the column that a field names, with its number from 0.
fn find<'a>(
    trigger: &Trigger,
    field: &str,
) -> std::result::Result<(usize, &'a FormData_pg_attribute), Mismatch> {
    let named = |column: &FormData_pg_attribute| {
        let name = column_name(column);
        matches(field, &name) || *field == kebab(&name)
    };
    let mut found = columns(trigger.descriptor).filter(|(_, column)| named(column));
    match (found.next(), found.next()) {
        (Some(column), None) => Ok(column),
        (None, _) => Err(format!("the table has no column \"{}\"", printable(field))),
        (Some((_, one)), Some((_, other))) => Err(format!(
            "both column \"{}\" and column \"{}\" have the name of field {}",
            column_name(one),
            column_name(other),
            printable(field)
        )),
    }
}
