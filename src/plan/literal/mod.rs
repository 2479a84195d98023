//! Arguments as constants of SQL, and their types, as the command reads them (`cli/src/sql/`).
//!
//! The command must pass the guest exactly the bytes that the server has passed. Nothing here may depend on the session's
//! settings, read a catalog or run code of users: a call has failed, and PostgreSQL may be about to abort.

mod scalar;

use super::array::Array;
use super::composite::Composite;
use super::flags;
use super::value::{Conversion, Value};
use crate::encoding;
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::replay::{MAX_LINE, literal};
use plwasm_engine::sql::Base;
pub(super) use scalar::utf8;
use std::fmt::Write;

/// The arguments of a call, written one after another.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    /// The definitions of enums and composite types, which are called `t1`, `t2` and so on.
    pub types: Vec<String>,
    /// The types of the arguments.
    pub params: Vec<String>,
    /// The constants, with commas.
    pub text: String,
    /// Whether the result has a step that only a server has: a domain, a length, a type that the command does not know.
    pub needs_server: bool,
    /// Whether stored values cannot be read any more.
    pub is_aborting: bool,
}

/// Why arguments cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// They take too much room.
    Long,
    /// The command does not know a type, or the type has no constant for a value.
    Value(&'static str),
}

pub(super) type Written = Result<(), Refusal>;

/// What stands around the elements of an array, and around the columns of a row.
const ARRAY: [&str; 2] = ["ARRAY[", "]"];
pub(super) const ROW: [&str; 2] = ["ROW(", ")"];

impl Literals {
    /// Adds an argument, which is `None` for NULL.
    ///
    /// # Errors
    /// It cannot be written.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub(super) unsafe fn argument(&mut self, value: &Value, datum: Option<Datum>) -> Written {
        let ty = self.declared(value)?;
        if !self.params.is_empty() {
            self.text.push_str(", ");
        }
        self.params.push(ty);
        // SAFETY: the caller's promise.
        unsafe { self.write(value, datum) }
    }

    /// Returns the type of a result, or of the rows of one.
    pub(super) fn declared_result(&mut self, value: &Value) -> Result<String, Refusal> {
        self.needs_server |= value.finish.is_some();
        match &value.conversion {
            Conversion::TextForm(_) => match Base::of_oid(value.oid.to_u32()) {
                Some(base) => Ok(base.sql().into()),
                None => {
                    self.needs_server = true;
                    Ok("text".into())
                }
            },
            Conversion::Array(array) => Ok(self.declared_result(&array.element.value)? + "[]"),
            Conversion::Composite(composite) => self.declared_row(composite, true),
            Conversion::NamedRow(row) => row.declared(self, true),
            _ => self.declared(value),
        }
    }

    /// Returns the name of a row type, which it defines.
    pub(super) fn declared_row(
        &mut self,
        composite: &Composite,
        is_result: bool,
    ) -> Result<String, Refusal> {
        self.declared_columns(composite.columns.iter().map(|(_, place)| &place.value), is_result)
    }

    /// Returns the name of a row type with these columns, which it defines.
    pub(super) fn declared_columns<'v>(
        &mut self,
        columns: impl Iterator<Item = &'v Value>,
        is_result: bool,
    ) -> Result<String, Refusal> {
        let columns = columns.map(|column| match is_result {
            true => self.declared_result(column),
            false => self.declared(column),
        });
        let columns = columns.collect::<Result<Vec<_>, Refusal>>()?;
        self.define_row(&columns)
    }

    /// Returns the name of a row type whose columns have these types.
    pub(super) fn define_row(&mut self, types: &[String]) -> Result<String, Refusal> {
        let columns = types.iter().enumerate().map(|(i, ty)| format!("c{} {ty}", i + 1));
        let columns: Vec<_> = columns.collect();
        self.define(&format!("({})", columns.join(", ")))
    }

    /// Writes items between `open` and `close`, with commas.
    pub(super) fn items<T>(
        &mut self,
        [open, close]: [&str; 2],
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.text.push_str(open);
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            write(self, item)?;
        }
        self.text.push_str(close);
        Ok(())
    }

    /// Writes the elements of an array. SQL does not know the type of `ARRAY[]`.
    pub(super) fn array_of<T>(
        &mut self,
        elements: impl ExactSizeIterator<Item = T>,
        write: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        if elements.len() == 0 {
            self.text.push_str("'{}'");
            return Ok(());
        }
        self.items(ARRAY, elements, write)
    }

    /// Defines a type, unless it is defined, and returns its name.
    pub(super) fn define(&mut self, definition: &str) -> Result<String, Refusal> {
        let is_same =
            |known: &String| known.split_once(" AS ").is_some_and(|it| it.1 == definition);
        let number = match self.types.iter().position(is_same) {
            Some(at) => at + 1,
            None => {
                let number = self.types.len() + 1;
                self.types.push(format!("t{number} AS {definition}"));
                number
            }
        };
        match self.types.iter().map(String::len).sum::<usize>() > MAX_LINE {
            true => Err(Refusal::Long),
            false => Ok(format!("t{number}")),
        }
    }

    /// Returns the type that the command takes for a value that the guest gets.
    pub(super) fn declared(&mut self, value: &Value) -> Result<String, Refusal> {
        let base = |oid: Oid| Base::of_oid(oid.to_u32()).map_or("text", Base::sql);
        Ok(match &value.conversion {
            // The guest gets a text, and the command passes it as one.
            Conversion::TextForm(_) | Conversion::Text | Conversion::Name | Conversion::Char => {
                "text".into()
            }
            Conversion::Bool => "boolean".into(),
            Conversion::Flags(_) => "text[]".into(),
            Conversion::Enumeration(labels) => {
                let names: Vec<_> = labels.names.iter().map(|name| literal(name)).collect();
                self.define(&format!("ENUM ({})", names.join(", ")))?
            }
            Conversion::Array(array) => self.declared(&array.element.value)? + "[]",
            Conversion::Composite(composite) => self.declared_row(composite, false)?,
            Conversion::Range(_) => match value.oid {
                pg_sys::INT4RANGEOID => "int4range".into(),
                pg_sys::INT8RANGEOID => "int8range".into(),
                pg_sys::NUMRANGEOID => "numrange".into(),
                pg_sys::DATERANGEOID => "daterange".into(),
                pg_sys::TSRANGEOID => "tsrange".into(),
                pg_sys::TSTZRANGEOID => "tstzrange".into(),
                _ => return Err(Refusal::Value("it has a range type of a user's")),
            },
            Conversion::Multirange(_) => return Err(Refusal::Value("it has a multirange")),
            Conversion::AnyRecord(_) => {
                return Err(Refusal::Value("it has a record without declared columns"));
            }
            Conversion::TriggerEvent(event) => event.declared(self)?,
            Conversion::NamedRow(row) => row.declared(self, false)?,
            Conversion::JsonRow(_) => "text".into(),
            Conversion::TransitionTable(table) => table.declared(self)?,
            Conversion::Partition(share) => share.declared(self)?,
            _ => base(value.oid).into(),
        })
    }

    /// Writes a constant.
    ///
    /// # Errors
    /// It cannot be written.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub(super) unsafe fn write(&mut self, value: &Value, datum: Option<Datum>) -> Written {
        let Some(datum) = datum else {
            self.text.push_str("NULL");
            return Ok(());
        };
        // SAFETY: the caller's promise, in all that follows.
        unsafe {
            match &value.conversion {
                Conversion::Array(array) => {
                    self.readable(datum)?;
                    self.array(array, datum)?;
                }
                Conversion::Flags(_) => {
                    self.readable(datum)?;
                    self.flags(datum)?;
                }
                Conversion::Composite(composite) => {
                    self.readable(datum)?;
                    self.row(composite, datum)?;
                }
                Conversion::Range(range) => {
                    self.readable(datum)?;
                    let text = self.range(range, datum)?;
                    self.text.push_str(&literal(&text));
                }
                Conversion::TriggerEvent(event) => event.write(datum, self)?,
                Conversion::NamedRow(row) => row.write(datum, self)?,
                Conversion::JsonRow(row) => row.write(datum, self)?,
                Conversion::TransitionTable(table) => table.write(datum, self)?,
                Conversion::Partition(share) => share.write(datum, self)?,
                Conversion::Bytea => {
                    self.readable(datum)?;
                    self.text.push_str("'\\x");
                    for byte in value.string(datum) {
                        let _ = write!(self.text, "{byte:02x}");
                    }
                    self.text.push('\'');
                }
                _ => {
                    let (text, is_bare) = self.scalar(value, datum)?;
                    match is_bare {
                        true => self.text.push_str(&text),
                        false => self.text.push_str(&literal(&text)),
                    }
                }
            }
        }
        self.room()
    }

    /// Checks that there is room for more.
    pub(super) fn room(&self) -> Written {
        match self.text.len() > MAX_LINE {
            true => Err(Refusal::Long),
            false => Ok(()),
        }
    }

    /// Checks that a varlena can be read, and has room.
    ///
    /// # Safety
    /// `datum` must be a varlena.
    pub(super) unsafe fn readable(&self, datum: Datum) -> Written {
        // SAFETY: the caller's promise.
        let (size, is_external) = unsafe {
            let pointer: *mut pg_sys::varlena = datum.cast_mut_ptr();
            (pg_sys::toast_raw_datum_size(datum), pgrx::varlena::varatt_is_1b_e(pointer))
        };
        match () {
            () if size > 4 * MAX_LINE => Err(Refusal::Long),
            () if is_external && self.is_aborting => {
                Err(Refusal::Value("an argument would have to be fetched after PostgreSQL's error"))
            }
            () => Ok(()),
        }
    }

    /// # Safety
    /// `datum` must be an array of the type.
    unsafe fn array(&mut self, array: &Array, datum: Datum) -> Written {
        // SAFETY: the caller's promise.
        let (lengths, elements) = unsafe { elements(array, datum) };
        if elements.is_empty() {
            self.text.push_str("'{}'");
            return Ok(());
        }
        // SAFETY: elements of the array.
        unsafe { self.dimension(&lengths, &mut elements.into_iter(), &array.element.value) }
    }

    /// Writes the next elements, in this many dimensions.
    ///
    /// # Safety
    /// The elements must be of the value's type, and as many as the lengths say.
    unsafe fn dimension(
        &mut self,
        lengths: &[usize],
        elements: &mut impl Iterator<Item = Option<Datum>>,
        value: &Value,
    ) -> Written {
        let Some((length, inner)) = lengths.split_first() else {
            // SAFETY: the caller's promise.
            return unsafe { self.write(value, elements.next().flatten()) };
        };
        self.items(ARRAY, 0..*length, |to, _| {
            // SAFETY: the caller's promise.
            unsafe { to.dimension(inner, elements, value) }
        })
    }

    /// # Safety
    /// `datum` must be an array of text.
    unsafe fn flags(&mut self, datum: Datum) -> Written {
        // SAFETY: the caller's promise.
        let flags = unsafe { flags::texts(datum) };
        self.array_of(flags.into_iter(), |to, flag| {
            match flag {
                Some(flag) => to.text.push_str(&literal(&utf8(encoding::to_guest(flag))?)),
                None => to.text.push_str("NULL"),
            }
            Ok(())
        })
    }

    /// # Safety
    /// `datum` must be a composite.
    unsafe fn row(&mut self, composite: &Composite, datum: Datum) -> Written {
        // SAFETY: the caller's promise; the columns of a row have the types of its descriptor.
        let written = unsafe {
            composite.with_row(datum, |row| {
                self.items(ROW, &composite.columns, |to, (number, place)| {
                    to.write(&place.value, row.get(*number))
                })
            })
        };
        written.unwrap_or(Err(Refusal::Value("a row has another type than it is declared with")))
    }
}

/// Returns the lengths of an array's dimensions, and its elements.
///
/// # Safety
/// `datum` must be an array of the type.
unsafe fn elements(ty: &Array, datum: Datum) -> (Vec<usize>, Vec<Option<Datum>>) {
    let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
    // SAFETY: the caller's promise; after the header come the lengths of the dimensions.
    unsafe {
        let array: *mut pg_sys::ArrayType = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
        let lengths: *const i32 = array.add(1).cast();
        let lengths = (0..(*array).ndim as usize).map(|i| *lengths.add(i) as usize).collect();
        let Array { oid, length, by_value, alignment, .. } = *ty;
        pg_sys::deconstruct_array(
            array,
            oid,
            length.into(),
            by_value,
            alignment,
            &mut values,
            &mut nulls,
            &mut count,
        );
        let found = (0..count as usize).map(|i| (!*nulls.add(i)).then(|| *values.add(i)));
        (lengths, found.collect())
    }
}
