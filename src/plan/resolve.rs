//! Resolving: finds how each SQL type of a function is passed as the WIT type of its export.
//!
//! The engine says which types can be passed as each other ([`plwasm_engine::sql`]). Here are the catalogs that it
//! asks, and the conversion for each type. This module must never accept what the engine does not.

use super::array::Array;
use super::composite::{AnyRecord, Composite};
use super::enumeration::Enumeration;
use super::finish::Finish;
use super::flags::Flags;
use super::json::Json;
use super::memory::PlanMemory;
use super::pg_type::{base_type, column_name, columns, kind, range_cache, range_of, subtype};
use super::range::Range;
use super::text_form::TextForm;
use super::value::{Conversion, Place, Value};
use crate::{backend, catalog, error};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::pass::Narrow;
use plwasm_engine::pass::array::Lists;
pub(super) use plwasm_engine::sql::Mismatch;
use plwasm_engine::sql::{Base, Passed, SqlKind, Types, fields};
use std::ffi::c_char;

/// The maximum number of values within one argument or result, and their maximum depth.
const MAX_VALUES: usize = 10_000;
const MAX_DEPTH: usize = 64;

/// Resolves the types of one function.
pub(super) struct Resolver {
    /// The memory that the resolved values point into.
    pub memory: PlanMemory,
    values: usize,
    depth: usize,
    domains: bool,
    calls_back: bool,
}

impl Resolver {
    /// Returns a resolver that has not resolved anything.
    pub(super) fn new() -> Self {
        Self { memory: PlanMemory::new(), values: 0, depth: 0, domains: false, calls_back: false }
    }

    /// Returns true if one of the types was a domain.
    pub(super) fn has_domains(&self) -> bool {
        self.domains
    }

    /// Returns true if the bounds of a range may be compared by an SQL function.
    pub(super) fn calls_back(&self) -> bool {
        self.calls_back
    }

    /// Returns the place of a result that is a record of OUT parameters, or of the columns that a query names.
    pub(super) fn out_row(
        &mut self,
        descriptor: pg_sys::TupleDesc,
        ty: &Type,
    ) -> Result<Place, Mismatch> {
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

    /// Returns the place of a value of type `oid` that is passed as `ty`, which may be an option, at `offset`.
    pub(super) fn place(
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

    /// Returns the place of the argument with this number, from 0.
    pub(super) fn argument(
        &mut self,
        oid: Oid,
        number: usize,
        ty: &Type,
        offset: u32,
    ) -> Result<Place, Mismatch> {
        let what = format!("argument {}", number + 1);
        self.place(oid, -1, ty, offset, what.as_str()).map_err(|reason| format!("{what}: {reason}"))
    }

    fn value(&mut self, oid: Oid, typmod: i32, ty: &Type) -> Result<Value, Mismatch> {
        let (base, typmod, domain) = base_type(oid, typmod);
        if base.to_u32() >= pg_sys::FirstNormalObjectId && base == catalog::state_type_if_exists() {
            return Err("a wasm.state is passed only as the first parameter of a method".into());
        }
        let conversion = self.enter(|this| {
            Ok(match this.passed(&oid, ty)? {
                Passed::Leaf => this.leaf(base, ty),
                Passed::Label => Conversion::Enumeration(Box::new(Enumeration::of(base))),
                Passed::List { element, dimensions } => {
                    this.array(base, element, dimensions, typmod)?
                }
                // The names are lifted as plain texts, so a domain over text would not be checked.
                Passed::Flags(_) if base != pg_sys::TEXTARRAYOID => {
                    return Err(format!("{} cannot be passed as {ty:#}", this.name_of(&oid)));
                }
                Passed::Flags(flags) => Conversion::Flags(Box::new(Flags(flags.clone()))),
                Passed::Fields if base == pg_sys::RECORDOID => {
                    Conversion::AnyRecord(Box::new(AnyRecord::new(ty.clone())))
                }
                Passed::Fields => Conversion::Composite(Box::new(this.row(base, -1, ty)?)),
                Passed::Bounds(bounds) => {
                    let range = this.range(range_cache(base), ty, bounds)?;
                    Conversion::Range(Box::new(range))
                }
                Passed::Ranges(range, bounds) => {
                    let range = this.range(range_cache(range_of(base)), range, bounds)?;
                    Conversion::Multirange(Box::new(Range { multirange: base, ..range }))
                }
            })
        })?;
        self.domains |= domain.is_some();
        Ok(Value {
            conversion,
            layout: Layout::of(ty),
            finish: Finish::new(base, typmod, domain, &mut self.memory),
            oid: base,
        })
    }

    /// Returns the conversion of a value that does not contain other values. Its type can be passed as `ty`.
    fn leaf(&mut self, oid: Oid, ty: &Type) -> Conversion {
        let base = Base::of_oid(oid.to_u32());
        if let (Some(Base::Int2 | Base::Int4 | Base::Int8), Some(narrow)) = (base, Narrow::of(ty)) {
            return Conversion::Narrow(narrow);
        }
        match (base, ty) {
            (Some(Base::Bool), _) => Conversion::Bool,
            (Some(Base::Int2), _) => Conversion::Int2,
            (Some(Base::Int4), _) => Conversion::Int4,
            (Some(Base::Int8), _) => Conversion::Int8,
            (Some(Base::Oid), _) => Conversion::Oid,
            (Some(Base::Float4), _) => Conversion::Float4,
            (Some(Base::Float8), _) => Conversion::Float8,
            (Some(Base::Text | Base::Varchar | Base::Bpchar), Type::Char) => Conversion::Char,
            (Some(Base::Text | Base::Varchar | Base::Bpchar), _) => Conversion::Text,
            (Some(Base::Name), _) => Conversion::Name,
            (Some(Base::Bytea), _) => Conversion::Bytea,
            (Some(Base::Date), _) => Conversion::Date,
            (Some(Base::Time), _) => Conversion::Time,
            (Some(Base::Timestamp | Base::Timestamptz), _) => Conversion::Timestamp,
            (Some(Base::Interval), _) => Conversion::Interval,
            (Some(Base::Uuid), Type::Tuple(_)) => Conversion::Uuid,
            (Some(Base::Numeric), Type::U64) => {
                Conversion::Unsigned(Box::new(TextForm::new(oid, &mut self.memory)))
            }
            (_, Type::String) => {
                Conversion::TextForm(Box::new(TextForm::new(oid, &mut self.memory)))
            }
            // Only json and jsonb can be passed as any other type.
            (_, ty) => Conversion::Json(Box::new(Json::new(oid, ty, &mut self.memory))),
        }
    }

    fn array(
        &mut self,
        oid: Oid,
        element_type: &Type,
        dimensions: usize,
        typmod: i32,
    ) -> Result<Conversion, Mismatch> {
        // SAFETY: any OID is allowed.
        let element = unsafe { pg_sys::get_element_type(oid) };
        let place = self.place(element, typmod, element_type, 0, "an element")?;
        let lists = Lists { dimensions, element: Layout::of(element_type) };
        let (mut length, mut by_value, mut alignment) = (0, false, 0 as c_char);
        // SAFETY: a type that exists.
        unsafe {
            pg_sys::get_typlenbyvalalign(element, &mut length, &mut by_value, &mut alignment)
        };
        Ok(Conversion::Array(Box::new(Array {
            element: place,
            lists,
            oid: element,
            length,
            by_value,
            alignment,
        })))
    }

    fn range(
        &mut self,
        cache: *mut pg_sys::TypeCacheEntry,
        ty: &Type,
        [lower, upper]: [&Type; 2],
    ) -> Result<Range, Mismatch> {
        let fields = ty.fields().unwrap_or_default();
        let (Layout { size, align }, offsets) = Layout::of_tuple(fields);
        let oid = subtype(cache);
        let lower = self.place(oid, -1, lower, offsets[1], "lower bound")?;
        let upper = self.place(oid, -1, upper, offsets[2], "upper bound")?;
        let bounds = [(lower, offsets[3]), (upper, offsets[4])];
        // SAFETY: a range type's entry, whose canonical function may be none.
        let functions =
            unsafe { [(*cache).rng_cmp_proc_finfo.fn_oid, (*cache).rng_canonical_finfo.fn_oid] };
        let is_builtin = |function: Oid| function.to_u32() < pg_sys::FirstNormalObjectId;
        // Rows and arrays are compared by the functions of their columns and elements.
        self.calls_back |= !functions.into_iter().all(is_builtin)
            || !matches!(self.kind_of(&oid), SqlKind::Base(_) | SqlKind::Other | SqlKind::Enum);
        Ok(Range { cache, multirange: pg_sys::InvalidOid, bounds, size, align })
    }

    /// Returns the columns of a row type as the fields of a record or tuple.
    pub(super) fn row(&mut self, oid: Oid, typmod: i32, ty: &Type) -> Result<Composite, Mismatch> {
        let descriptor = self.descriptor(oid, typmod);
        self.columns(descriptor, ty)
    }

    /// Returns the columns of a descriptor in the plan's memory as the fields of a record or tuple.
    pub(super) fn columns(
        &mut self,
        descriptor: pg_sys::TupleDesc,
        ty: &Type,
    ) -> Result<Composite, Mismatch> {
        let found: Vec<_> = columns(descriptor).collect();
        let fields = fields(found.len(), ty)?;
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

    /// Returns the WIT type that a row is passed as without WIT.
    pub(super) fn default_row(
        &mut self,
        descriptor: pg_sys::TupleDesc,
        nulls: bool,
    ) -> Result<Type, Mismatch> {
        self.default_record(named(descriptor), nulls)
    }

    /// Returns the descriptor of a row type, in the plan's memory.
    pub(super) fn descriptor(&mut self, oid: Oid, typmod: i32) -> pg_sys::TupleDesc {
        // SAFETY: a row type; both raise if it is gone.
        unsafe {
            backend::watch_relation(pg_sys::get_typ_typrelid(oid));
            self.memory.within(|| pg_sys::lookup_rowtype_tupdesc_copy(oid, typmod))
        }
    }

    /// Returns a copy of a descriptor in the plan's memory. Its rows may leave the function.
    pub(super) fn kept(&mut self, descriptor: pg_sys::TupleDesc) -> pg_sys::TupleDesc {
        // SAFETY: a descriptor that is valid now.
        self.memory
            .within(|| unsafe { pg_sys::BlessTupleDesc(pg_sys::CreateTupleDescCopy(descriptor)) })
    }
}

impl Types for Resolver {
    type Sql = Oid;

    fn kind_of(&mut self, oid: &Oid) -> SqlKind<Oid> {
        kind(base_type(*oid, -1).0)
    }

    fn labels_of(&mut self, oid: &Oid) -> Vec<String> {
        Enumeration::of(base_type(*oid, -1).0).names.into_vec()
    }

    fn columns_of(&mut self, oid: &Oid) -> Vec<(String, Oid)> {
        named(self.descriptor(base_type(*oid, -1).0, -1))
    }

    fn name_of(&self, oid: &Oid) -> String {
        error::type_name(*oid)
    }

    fn enter<R>(
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
}

/// Returns the names and types of the columns of a row.
fn named(descriptor: pg_sys::TupleDesc) -> Vec<(String, Oid)> {
    columns(descriptor).map(|(_, column)| (column_name(column), column.atttypid)).collect()
}
