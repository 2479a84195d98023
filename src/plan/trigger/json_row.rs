//! The row of a trigger as JSON text, for functions that serve any table.
//!
//! It is written by `row_to_json` and read by `json_populate_record`, so it looks as users of PostgreSQL expect. A key that
//! names no column must never be passed over.

use super::super::composite::Row;
use super::super::lift::Lifting;
use super::super::literal::{Literals, Refusal, Written, utf8};
use super::super::lower::varlena;
use super::super::pg_type::{column_name, columns};
use super::super::resolve::Resolver;
use super::super::text_form::{Settings, TextForm};
use super::{Columns, Modified, Trigger};
use crate::{encoding, error, interrupt};
use pgrx::pg_sys::{self, Datum, FmgrInfo, Oid, TupleDesc, TupleTableSlot};
use plwasm_engine::Result;
use plwasm_engine::json::{Malformed, Reader};
use plwasm_engine::name::printable;
use plwasm_engine::replay::literal;
use plwasm_engine::sql::Base;

/// A row as JSON. As an argument, its Datum is a pointer to a `TupleTableSlot`, and as a result, a json.
#[derive(Debug)]
pub(in super::super) struct JsonRow {
    /// `row_to_json` and `json_populate_record`
    write: *mut FmgrInfo,
    populate: *mut FmgrInfo,
    json: TextForm,
    /// The row type of the relation.
    row_type: Oid,
    /// The numbers, from 0, of generated columns that have not been computed yet.
    pending: Box<[usize]>,
}

impl JsonRow {
    /// Returns how a row is passed as JSON. The generated columns of a pending row have not been computed yet.
    pub(super) fn new(trigger: &Trigger, is_pending: bool, resolver: &mut Resolver) -> Self {
        let is_generated = |column: &pg_sys::FormData_pg_attribute| column.attgenerated != 0;
        let pending = columns(trigger.descriptor).filter(|(_, column)| is_generated(column));
        let pending = pending.map(|(number, _)| number).filter(|_| is_pending);
        let memory = &mut resolver.memory;
        let populate = memory.function(pg_sys::F_JSON_POPULATE_RECORD.into());
        // SAFETY: the function finds the type of the row in its expression (`get_fn_expr_argtype`).
        memory.within(|| unsafe {
            let null =
                |oid| pg_sys::makeNullConst(oid, -1, pg_sys::InvalidOid).cast::<std::ffi::c_void>();
            let args = pg_sys::lappend(std::ptr::null_mut(), null(trigger.row_type));
            let args = pg_sys::lappend(args, null(pg_sys::JSONOID));
            let expression = pg_sys::makeFuncExpr(
                (*populate).fn_oid,
                trigger.row_type,
                args,
                pg_sys::InvalidOid,
                pg_sys::InvalidOid,
                pg_sys::CoercionForm::COERCE_EXPLICIT_CALL,
            );
            (*populate).fn_expr = expression.cast();
        });
        Self {
            write: memory.function(pg_sys::F_ROW_TO_JSON_RECORD.into()),
            populate,
            json: TextForm::new(pg_sys::JSONOID, memory),
            row_type: trigger.row_type,
            pending: pending.collect(),
        }
    }

    /// Returns the JSON of a row, in UTF-8.
    ///
    /// # Safety
    /// `datum` must be a pointer to a slot with a row of the relation.
    pub(in super::super) unsafe fn text<'a>(&self, datum: Datum) -> &'a [u8] {
        // SAFETY: the caller's promise; the function takes a row.
        unsafe {
            let row = self.row(datum.cast_mut_ptr());
            let json =
                Settings::with(|| pg_sys::FunctionCall1Coll(self.write, pg_sys::InvalidOid, row));
            encoding::to_guest(varlena(json))
        }
    }

    /// Writes the JSON of a row as a constant. Making it must run no code of users: types and their casts to json can have
    /// some.
    ///
    /// # Safety
    /// As for [`text`](Self::text).
    pub(in super::super) unsafe fn write(&self, datum: Datum, to: &mut Literals) -> Written {
        if to.is_aborting {
            return Err(Refusal::Value(
                "its row would have to be written after PostgreSQL's error",
            ));
        }
        // SAFETY: the caller's promise: a slot has a descriptor.
        unsafe {
            let slot: *mut TupleTableSlot = datum.cast_mut_ptr();
            for (number, column) in columns((*slot).tts_tupleDescriptor) {
                let is_varlena = !column.attbyval && column.attlen == -1;
                if let Some(value) = Columns::of(slot).get(number).filter(|_| is_varlena) {
                    to.readable(value)?;
                }
                let element = pg_sys::get_element_type(column.atttypid);
                let ty = if element == pg_sys::InvalidOid { column.atttypid } else { element };
                if Base::of_oid(ty.to_u32()).is_none() {
                    return Err(Refusal::Value(
                        "the JSON of its row may need catalogs or functions of users",
                    ));
                }
            }
            let text = utf8(self.text(datum))?;
            to.text.push_str(&literal(&text));
        }
        Ok(())
    }

    /// Loads the JSON that a guest has returned.
    ///
    /// # Errors
    /// Those of [`TextForm::read`].
    pub(in super::super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        self.json.read(from.text(bytes)?, &from.room)
    }

    /// Adds the columns that a guest has changed to `to`. A column that the JSON does not name stays as it is.
    ///
    /// Raises 22023 if it is not an object, 42703 if a key names no column, and the errors of `json_populate_record`.
    ///
    /// # Safety
    /// `returned` must be what [`load`](Self::load) has returned, and `slot` the row that is changed, of that descriptor.
    pub(super) unsafe fn modify(
        &self,
        returned: Datum,
        slot: *mut TupleTableSlot,
        descriptor: TupleDesc,
        to: &mut Modified,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            check_keys(encoding::to_guest(varlena(returned)), descriptor);
            let row = Settings::with(|| {
                let row = self.row(slot);
                pg_sys::FunctionCall2Coll(self.populate, pg_sys::InvalidOid, row, returned)
            });
            let new = Row::of(Some(row), descriptor);
            for (number, _) in columns(descriptor) {
                if !self.pending.contains(&number) {
                    to.set(number, new.get(number));
                }
            }
        }
    }

    /// Returns the row of a slot as a composite of the relation's row type, in which pending columns are NULL.
    ///
    /// An INSERT of a single row into a view or a partitioned table passes a slot of its plan, whose rows have no type
    /// (`ExecGetInsertNewTuple`).
    ///
    /// # Safety
    /// `slot` must have a row of the relation.
    unsafe fn row(&self, slot: *mut TupleTableSlot) -> Datum {
        // SAFETY: the caller's promise; the descriptor of the row type is pinned while it is used.
        unsafe {
            let own = (*slot).tts_tupleDescriptor;
            if self.pending.is_empty() && (*own).tdtypeid == self.row_type {
                return pg_sys::ExecFetchSlotHeapTupleDatum(slot);
            }
            let mut row = Modified::new(slot, own);
            self.pending.iter().for_each(|number| row.set(*number, None));
            let mut is_copy = false;
            let tuple = row.apply(pg_sys::ExecFetchSlotHeapTuple(slot, true, &mut is_copy));
            let descriptor = pg_sys::lookup_rowtype_tupdesc(self.row_type, -1);
            let row = pg_sys::heap_copy_tuple_as_datum(tuple, descriptor);
            if (*descriptor).tdrefcount >= 0 {
                pg_sys::DecrTupleDescRefCount(descriptor);
            }
            row
        }
    }
}

/// Checks that a JSON text is an object whose keys are names of columns.
fn check_keys(json: &[u8], descriptor: TupleDesc) {
    let text = String::from_utf8_lossy(json);
    let names: Vec<_> = columns(descriptor).map(|(_, column)| column_name(column)).collect();
    match unknown_key(&text, &names) {
        Ok(None) => {}
        Ok(Some(key)) => error::raise_sql(
            "42703",
            format!("the returned row has the key \"{}\", which is no column", printable(&key)),
            None,
        ),
        Err(_) => {
            error::raise_sql("22023", "the returned row is not a JSON object".into(), None);
        }
    }
}

/// Returns the first key of an object that is none of the names.
fn unknown_key(text: &str, names: &[String]) -> std::result::Result<Option<String>, Malformed> {
    let mut reader = Reader::new(text, interrupt::check);
    reader.take(b'{')?;
    if reader.takes(b'}')? {
        return Ok(None);
    }
    loop {
        let key = reader.string()?;
        if !names.iter().any(|name| *name == key) {
            return Ok(Some(key.into_owned()));
        }
        reader.take(b':')?;
        reader.skip()?;
        if !reader.another(b'}')? {
            return Ok(None);
        }
    }
}
