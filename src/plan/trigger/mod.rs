//! Triggers: the parameters and the result of a trigger function.
//!
//! The arguments of such a plan are no values of SQL: each Datum is a pointer to what PostgreSQL has passed to the
//! trigger. A plan is made for one trigger, and must never be used for the rows of another relation.

mod columns;
mod event;
mod json_row;
mod row;
mod transition_table;

use columns::{Columns, Modified};
pub(super) use event::TriggerEvent;
pub(super) use json_row::JsonRow;
pub(super) use row::NamedRow;
pub(super) use transition_table::TransitionTable;

use super::make::Wanted;
use super::resolve::{Mismatch, Resolver};
use super::value::{Conversion, Place, Value};
use crate::backend;
use pgrx::pg_sys::{self, Datum, HeapTuple, Oid, TupleDesc, TupleTableSlot};
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::run::trigger::{Part, some};

/// A trigger, as far as a plan depends on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trigger {
    /// Its relation, and that relation's row type.
    pub relation: Oid,
    pub row_type: Oid,
    /// The relation's descriptor, which must be valid while the plan is made.
    pub descriptor: TupleDesc,
    /// Whether it is fired before the change, when stored generated columns have not been computed yet.
    pub is_before: bool,
}

/// Returns the places of the parameters of a trigger function.
///
/// # Errors
/// The reason why a parameter cannot be passed.
pub(super) fn places(
    trigger: &Trigger,
    wanted: &[Wanted],
    resolver: &mut Resolver,
) -> Result<Vec<Place>, Mismatch> {
    backend::watch_relation(trigger.relation);
    let places = wanted.iter().map(|wanted| {
        let part = Part::of(wanted.name.unwrap_or_default(), wanted.ty)?;
        let value = match (part, some(wanted.ty)) {
            (Part::Event, ty) => event(ty)?,
            (part, ty @ Type::List(row)) => trigger.table(part, ty, row, resolver)?,
            (part, ty) => trigger.row(part, ty, resolver)?,
        };
        Ok(Place::new(value, wanted.ty, wanted.offset, part.name()))
    });
    places.collect()
}

/// Returns the place of the row that a trigger function returns.
///
/// # Errors
/// The reason why it cannot be read.
pub(super) fn new_row(
    trigger: &Trigger,
    ty: &Type,
    resolver: &mut Resolver,
) -> Result<Place, Mismatch> {
    Ok(Place::new(trigger.row(Part::New, some(ty), resolver)?, ty, 0, "the new row"))
}

fn event(ty: &Type) -> Result<Value, Mismatch> {
    let conversion = Conversion::TriggerEvent(Box::new(TriggerEvent::of(ty)?));
    Ok(value(conversion, ty))
}

fn value(conversion: Conversion, ty: &Type) -> Value {
    Value { conversion, layout: Layout::of(ty), finish: None, oid: pg_sys::TRIGGEROID }
}

impl Trigger {
    /// Returns the trigger for which a function is called.
    ///
    /// # Safety
    /// The relation must be open, and stay so while the result is used.
    pub(crate) unsafe fn of(data: &pg_sys::TriggerData) -> Self {
        // SAFETY: the caller's promise.
        let relation = unsafe { &*data.tg_relation };
        Self {
            relation: relation.rd_id,
            // SAFETY: as above.
            row_type: unsafe { (*relation.rd_rel).reltype },
            descriptor: relation.rd_att,
            is_before: data.tg_event & pg_sys::TRIGGER_EVENT_BEFORE != 0,
        }
    }

    /// Resolves the rows of a transition table, which are the list `ty`.
    fn table(
        &self,
        part: Part,
        ty: &Type,
        row: &Type,
        resolver: &mut Resolver,
    ) -> Result<Value, Mismatch> {
        let place = Place::new(self.row(part, row, resolver)?, row, 0, "a row");
        let table = TransitionTable::new(part, place, Layout::of(row));
        Ok(value(Conversion::TransitionTable(Box::new(table)), ty))
    }

    fn row(&self, part: Part, ty: &Type, resolver: &mut Resolver) -> Result<Value, Mismatch> {
        let is_pending = self.is_before && part == Part::New;
        let conversion = match ty {
            Type::String => Conversion::JsonRow(Box::new(JsonRow::new(self, is_pending, resolver))),
            Type::Record(record) => {
                let row = NamedRow::new(self, record, is_pending, resolver)
                    .map_err(|reason| format!("{}: {reason}", part.name()))?;
                Conversion::NamedRow(Box::new(row))
            }
            ty => {
                return Err(format!(
                    "{}: a row is passed as a record or, in JSON, as a string, not as {ty}",
                    part.name()
                ));
            }
        };
        Ok(value(conversion, ty))
    }
}

impl Value {
    /// Returns the tuple of a row as a trigger function has returned it. It is `tuple` itself if nothing has changed.
    ///
    /// # Safety
    /// `returned` must be what this value has lifted, and `slot` and `tuple` the row that the function was given, of that
    /// descriptor.
    pub(super) unsafe fn modify(
        &self,
        returned: Datum,
        slot: *mut TupleTableSlot,
        tuple: HeapTuple,
        descriptor: TupleDesc,
    ) -> HeapTuple {
        // SAFETY: the caller's promise.
        unsafe {
            let mut modified = Modified::new(slot, descriptor);
            match &self.conversion {
                Conversion::NamedRow(row) => row.modify(returned, &mut modified),
                Conversion::JsonRow(row) => {
                    row.modify(returned, slot, descriptor, &mut modified);
                }
                _ => {}
            }
            modified.apply(tuple)
        }
    }
}
