//! The type table: which SQL type is passed as which WIT type.
//!
//! It must never accept a WIT type that has not all values of the SQL type on the way in, but for
//! integers, which are checked, nor one that depends on a session's settings, as the text of a date does.

use super::array::Array;
use super::composite::{AnyRecord, Composite};
use super::enumeration::Enumeration;
use super::finish::Finish;
use super::flags::Flags;
use super::json::Json;
use super::memory::PlanMemory;
use super::pg_type::{
    Class, base_type, class, column_name, columns, range_cache, range_of, subtype,
};
use super::range::Range;
use super::text_form::TextForm;
use super::value::{Conversion, Narrow, Place, Value};
use crate::{backend, error};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::name;
use std::ffi::c_char;

/// Why a type cannot be passed as another.
pub type Mismatch = String;

/// The most values within values of one argument or result, and how deep.
const MAX_VALUES: usize = 10_000;
const MAX_DEPTH: usize = 64;

/// Resolves the types of one function.
pub struct Resolver {
    memory: PlanMemory,
    values: usize,
    depth: usize,
    domains: bool,
    calls_back: bool,
}

impl Resolver {
    /// Nothing resolved yet.
    pub fn new() -> Self {
        Self { memory: PlanMemory::new(), values: 0, depth: 0, domains: false, calls_back: false }
    }

    /// What the values that were resolved point into.
    pub fn into_memory(self) -> PlanMemory {
        self.memory
    }

    /// Whether there was a domain.
    pub fn has_domains(&self) -> bool {
        self.domains
    }

    /// Whether there was a range whose bounds are compared by what may be a function of SQL.
    pub fn calls_back(&self) -> bool {
        self.calls_back
    }

    /// OUT parameters, or the columns that a query names, as a record.
    pub fn out_row(&mut self, descriptor: pg_sys::TupleDesc, ty: &Type) -> Result<Place, Mismatch> {
        let inner = match ty {
            Type::Option(some) => some,
            ty => ty,
        };
        let descriptor = self.kept(descriptor);
        let columns = self.columns(descriptor, inner)?;
        let value = Value {
            conversion: Conversion::Composite(Box::new(columns)),
            layout: Layout::of(inner),
            finish: None,
            oid: pg_sys::RECORDOID,
        };
        Ok(Place::new(value, ty, 0, "the result"))
    }

    pub fn enter<R>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<R, Mismatch>,
    ) -> Result<R, Mismatch> {
        if self.depth == 0 {
            self.values = 0;
        }
        self.values += 1;
        self.depth += 1;
        if self.values > MAX_VALUES || self.depth > MAX_DEPTH {
            return Err(format!(
                "it has more than {MAX_VALUES} values within values, or more than {MAX_DEPTH} within each other"
            ));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// A value of type `oid` that lies as `ty`, an option or not, at `offset`.
    pub fn place(
        &mut self,
        oid: Oid,
        typmod: i32,
        ty: &Type,
        offset: u32,
        what: impl Into<Box<str>>,
    ) -> Result<Place, Mismatch> {
        let inner = match ty {
            Type::Option(some) => some,
            ty => ty,
        };
        Ok(Place::new(self.value(oid, typmod, inner)?, ty, offset, what))
    }

    fn value(&mut self, oid: Oid, typmod: i32, ty: &Type) -> Result<Value, Mismatch> {
        let (base, typmod, domain) = base_type(oid, typmod);
        let conversion = self.enter(|this| {
            let found = match class(base) {
                Class::Base => this.base(base, ty),
                Class::Enum => this.enumeration(base, ty)?,
                Class::Array(element) => this.array(base, element, typmod, ty)?,
                Class::Composite => match ty {
                    Type::Record(_) | Type::Tuple(_) => {
                        Some(Conversion::Composite(Box::new(this.row(base, -1, ty)?)))
                    }
                    _ => None,
                },
                Class::Range => {
                    this.range(range_cache(base), ty)?.map(|range| Conversion::Range(range.into()))
                }
                Class::Multirange => this.multirange(base, ty)?,
                Class::Record => matches!(ty, Type::Record(_) | Type::Tuple(_))
                    .then(|| Conversion::AnyRecord(Box::new(AnyRecord::new(ty.clone())))),
            };
            found.ok_or_else(|| format!("{} cannot be passed as {ty:#}", error::type_name(oid)))
        })?;
        self.domains |= domain.is_some();
        Ok(Value {
            conversion,
            layout: Layout::of(ty),
            finish: Finish::new(base, typmod, domain, &mut self.memory),
            oid: base,
        })
    }

    fn base(&mut self, oid: Oid, ty: &Type) -> Option<Conversion> {
        use pg_sys::{
            BOOLOID, BPCHAROID, BYTEAOID, DATEOID, FLOAT4OID, FLOAT8OID, INT2OID, INT4OID, INT8OID,
            INTERVALOID, JSONBOID, JSONOID, NAMEOID, NUMERICOID, OIDOID, TEXTOID, TIMEOID,
            TIMESTAMPOID, TIMESTAMPTZOID, UUIDOID, VARCHAROID,
        };
        Some(match (oid, ty) {
            (BOOLOID, Type::Bool) => Conversion::Bool,
            (INT2OID, Type::S16) => Conversion::Int2,
            (INT4OID, Type::S32) => Conversion::Int4,
            (INT8OID, Type::S64) => Conversion::Int8,
            (INT2OID, Type::S8) => Conversion::Narrow(Narrow::S8),
            (INT2OID, Type::U8) => Conversion::Narrow(Narrow::U8),
            (INT4OID, Type::U16) => Conversion::Narrow(Narrow::U16),
            (INT8OID, Type::U32) => Conversion::Narrow(Narrow::U32),
            (OIDOID, Type::U32) => Conversion::Oid,
            (FLOAT4OID, Type::F32) => Conversion::Float4,
            (FLOAT8OID, Type::F64) => Conversion::Float8,
            (TEXTOID | VARCHAROID | BPCHAROID, Type::String) => Conversion::Text,
            (TEXTOID | VARCHAROID | BPCHAROID, Type::Char) => Conversion::Char,
            (NAMEOID, Type::String) => Conversion::Name,
            (BYTEAOID, Type::List(element)) if **element == Type::U8 => Conversion::Bytea,
            (DATEOID, Type::S32) => Conversion::Date,
            (TIMEOID, Type::S64) => Conversion::Time,
            (TIMESTAMPOID | TIMESTAMPTZOID, Type::S64) => Conversion::Timestamp,
            (INTERVALOID, ty) => match ty.fields()?[..] {
                [Type::S32, Type::S32, Type::S64] => Conversion::Interval,
                _ => return None,
            },
            (UUIDOID, Type::Tuple(halves)) if **halves == [Type::U64, Type::U64] => {
                Conversion::Uuid
            }
            (NUMERICOID, Type::U64) => {
                Conversion::Unsigned(Box::new(TextForm::new(oid, &mut self.memory)))
            }
            (JSONOID | JSONBOID, ty) if *ty != Type::String => {
                Conversion::Json(Box::new(Json::new(oid, ty, &mut self.memory)))
            }
            // Their texts depend on settings, or there is a better way.
            (
                BOOLOID | INT2OID | INT4OID | INT8OID | OIDOID | FLOAT4OID | FLOAT8OID | BYTEAOID
                | DATEOID | TIMEOID | TIMESTAMPOID | TIMESTAMPTZOID,
                _,
            ) => return None,
            (_, Type::String) => {
                Conversion::TextForm(Box::new(TextForm::new(oid, &mut self.memory)))
            }
            _ => return None,
        })
    }

    fn enumeration(&mut self, oid: Oid, ty: &Type) -> Result<Option<Conversion>, Mismatch> {
        let labels = match ty {
            Type::Enum(labels) => &labels.labels,
            Type::String => {
                let form = TextForm::new(oid, &mut self.memory);
                return Ok(Some(Conversion::TextForm(Box::new(form))));
            }
            _ => return Ok(None),
        };
        let (enumeration, found) = Enumeration::of(oid);
        let is_same = found.len() == labels.len()
            && found.iter().zip(labels).all(|(a, b)| name::kebab(a) == name::kebab(b));
        match is_same {
            true => Ok(Some(Conversion::Enumeration(Box::new(enumeration)))),
            false => Err(format!(
                "the labels of {} are {}, those of {ty} are {}",
                error::type_name(oid),
                labels_of(&found),
                labels_of(labels)
            )),
        }
    }

    fn array(
        &mut self,
        oid: Oid,
        element: Oid,
        typmod: i32,
        ty: &Type,
    ) -> Result<Option<Conversion>, Mismatch> {
        let element_type = match ty {
            Type::List(element) => element,
            Type::Flags(flags) if oid == pg_sys::TEXTARRAYOID => {
                return Ok(Some(Conversion::Flags(Box::new(Flags(flags.labels.clone().into())))));
            }
            _ => return Ok(None),
        };
        let place = self.place(element, typmod, element_type, 0, "an element")?;
        let Layout { size, align } = Layout::of(element_type);
        let (mut length, mut by_value, mut alignment) = (0, false, 0 as c_char);
        // SAFETY: a type that exists.
        unsafe {
            pg_sys::get_typlenbyvalalign(element, &mut length, &mut by_value, &mut alignment)
        };
        Ok(Some(Conversion::Array(Box::new(Array {
            element: place,
            size,
            align,
            oid: element,
            length,
            by_value,
            alignment,
        }))))
    }

    fn range(
        &mut self,
        cache: *mut pg_sys::TypeCacheEntry,
        ty: &Type,
    ) -> Result<Option<Range>, Mismatch> {
        let Some(fields) = ty.fields() else { return Ok(None) };
        let [Type::Bool, lower @ Type::Option(_), upper @ Type::Option(_), Type::Bool, Type::Bool] =
            fields[..]
        else {
            return Ok(None);
        };
        let (Layout { size, align }, offsets) = Layout::of_tuple(fields.iter().copied());
        let oid = subtype(cache);
        let lower = self.place(oid, -1, lower, offsets[1], "lower bound")?;
        let upper = self.place(oid, -1, upper, offsets[2], "upper bound")?;
        let bounds = [(lower, offsets[3]), (upper, offsets[4])];
        // SAFETY: a range type's entry, whose canonical function may be none.
        let functions =
            unsafe { [(*cache).rng_cmp_proc_finfo.fn_oid, (*cache).rng_canonical_finfo.fn_oid] };
        let is_builtin = |function: Oid| function.to_u32() < pg_sys::FirstNormalObjectId;
        // Rows and arrays are compared by the functions of what is in them.
        self.calls_back |= !functions.into_iter().all(is_builtin)
            || !matches!(class(base_type(oid, -1).0), Class::Base | Class::Enum);
        Ok(Some(Range { cache, multirange: pg_sys::InvalidOid, bounds, size, align }))
    }

    fn multirange(&mut self, oid: Oid, ty: &Type) -> Result<Option<Conversion>, Mismatch> {
        let Type::List(element) = ty else { return Ok(None) };
        let range = self.range(range_cache(range_of(oid)), element)?;
        Ok(range.map(|range| Conversion::Multirange(Box::new(Range { multirange: oid, ..range }))))
    }

    /// The columns of a row type as the fields of a record or tuple.
    pub fn row(&mut self, oid: Oid, typmod: i32, ty: &Type) -> Result<Composite, Mismatch> {
        let descriptor = self.descriptor(oid, typmod);
        self.columns(descriptor, ty)
    }

    /// As [`row`](Self::row), of a descriptor in the plan's memory.
    pub fn columns(
        &mut self,
        descriptor: pg_sys::TupleDesc,
        ty: &Type,
    ) -> Result<Composite, Mismatch> {
        let fields = ty.fields().ok_or_else(|| format!("a row cannot be passed as {ty:#}"))?;
        let found: Vec<_> = columns(descriptor).collect();
        if found.len() != fields.len() {
            return Err(format!(
                "the row has {} columns, {ty} has {} fields",
                found.len(),
                fields.len()
            ));
        }
        let (_, offsets) = Layout::of_tuple(fields.iter().copied());
        let mut columns = Vec::new();
        for ((number, column), (field, offset)) in
            found.into_iter().zip(fields.into_iter().zip(offsets))
        {
            let what = format!("column \"{}\"", column_name(column));
            let place = self
                .place(column.atttypid, column.atttypmod, field, offset, what.as_str())
                .map_err(|reason| format!("{what}: {reason}"))?;
            columns.push((number, place));
        }
        Ok(Composite { descriptor, columns: columns.into() })
    }

    /// A row type's descriptor, in the plan's memory.
    pub fn descriptor(&mut self, oid: Oid, typmod: i32) -> pg_sys::TupleDesc {
        // SAFETY: a row type; both raise if it is gone.
        unsafe {
            backend::watch_relation(pg_sys::get_typ_typrelid(oid));
            self.memory.within(|| pg_sys::lookup_rowtype_tupdesc_copy(oid, typmod))
        }
    }

    /// A copy of a descriptor in the plan's memory, fit for rows that leave the function.
    pub fn kept(&mut self, descriptor: pg_sys::TupleDesc) -> pg_sys::TupleDesc {
        // SAFETY: a descriptor that is valid now.
        self.memory
            .within(|| unsafe { pg_sys::BlessTupleDesc(pg_sys::CreateTupleDescCopy(descriptor)) })
    }
}

fn labels_of(labels: &[String]) -> String {
    name::listed(labels.iter().map(|label| name::printable(label)))
}
