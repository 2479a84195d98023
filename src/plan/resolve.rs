//! The type table: which SQL type is passed as which WIT type.
//!
//! It must never accept a WIT type that has not all values of the SQL type on the way in, but for
//! integers, which are checked, nor one that depends on a session's settings, as the text of a date does.

use super::array::Array;
use super::composite::{AnyRecord, Composite};
use super::enumeration::Enumeration;
use super::finish::Finish;
use super::flags::Flags;
use super::memory::PlanMemory;
use super::range::Range;
use super::text_form::TextForm;
use super::value::{Conversion, Narrow, Place, Value};
use crate::{backend, encoding, error};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::abi::{Field, Labels, Layout, Record, Type};
use plwasm_engine::name;
use std::ffi::{CStr, c_char};
use std::rc::Rc;

/// Why a type cannot be passed as another.
pub type Mismatch = String;

/// The most values within values of one argument or result, and how deep.
const MAX_VALUES: usize = 10_000;
const MAX_DEPTH: usize = 64;

/// Resolves the types of one function.
pub struct Resolver<'m> {
    memory: &'m mut PlanMemory,
    values: usize,
    depth: usize,
    domains: bool,
    calls_back: bool,
}

/// What a type is, whatever its name.
enum Class {
    Enum,
    Composite,
    Array(Oid),
    Range,
    Multirange,
    Record,
    Base,
}

impl<'m> Resolver<'m> {
    /// Nothing resolved yet.
    pub fn new(memory: &'m mut PlanMemory) -> Self {
        Self { memory, values: 0, depth: 0, domains: false, calls_back: false }
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

    /// What a type is passed as where no WIT says otherwise; with `nulls`, NULL is allowed in it
    /// everywhere.
    pub fn default_type(&mut self, oid: Oid, nulls: bool) -> Result<Type, Mismatch> {
        let (base, _, _) = base_type(oid, -1);
        let or_null = |ty: Type| if nulls { ty.option() } else { ty };
        self.enter(|this| {
            Ok(match class(base) {
                Class::Enum => {
                    let labels = Enumeration::of(base).1;
                    let labels = labels.iter().map(|label| kebab(label)).collect();
                    Type::Enum(Rc::new(Labels { name: None, docs: None, labels }))
                }
                Class::Composite => {
                    let descriptor = this.descriptor(base, -1);
                    this.default_row(descriptor, nulls)?
                }
                Class::Array(element) => or_null(this.default_type(element, nulls)?).list(),
                Class::Range => this.default_range(range_cache(base), nulls)?,
                Class::Multirange => this.default_range(range_cache(range_of(base)), nulls)?.list(),
                Class::Record => {
                    return Err("a RECORD needs a module with WIT, which says its columns".into());
                }
                Class::Base => match base {
                    pg_sys::BOOLOID => Type::Bool,
                    pg_sys::INT2OID => Type::S16,
                    pg_sys::INT4OID | pg_sys::DATEOID => Type::S32,
                    pg_sys::OIDOID => Type::U32,
                    pg_sys::INT8OID
                    | pg_sys::TIMEOID
                    | pg_sys::TIMESTAMPOID
                    | pg_sys::TIMESTAMPTZOID => Type::S64,
                    pg_sys::FLOAT4OID => Type::F32,
                    pg_sys::FLOAT8OID => Type::F64,
                    pg_sys::BYTEAOID => Type::bytes(),
                    pg_sys::UUIDOID => Type::Tuple([Type::U64, Type::U64].into()),
                    pg_sys::INTERVALOID => record([
                        ("months", Type::S32),
                        ("days", Type::S32),
                        ("microseconds", Type::S64),
                    ]),
                    _ => Type::String,
                },
            })
        })
    }

    /// As [`default_type`](Self::default_type), of a row.
    pub fn default_row(
        &mut self,
        descriptor: pg_sys::TupleDesc,
        nulls: bool,
    ) -> Result<Type, Mismatch> {
        let mut fields = Vec::new();
        for (_, column) in columns(descriptor) {
            let ty = self.default_type(column.atttypid, nulls)?;
            let ty = if nulls { ty.option() } else { ty };
            fields.push(Field { name: kebab(&column_name(column)), docs: None, ty });
        }
        Ok(Type::Record(Rc::new(Record { name: None, docs: None, fields })))
    }

    fn default_range(
        &mut self,
        cache: *mut pg_sys::TypeCacheEntry,
        nulls: bool,
    ) -> Result<Type, Mismatch> {
        let bound = self.default_type(subtype(cache), nulls)?.option();
        Ok(record([
            ("empty", Type::Bool),
            ("lower", bound.clone()),
            ("upper", bound),
            ("lower-inc", Type::Bool),
            ("upper-inc", Type::Bool),
        ]))
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
            found.ok_or_else(|| format!("{} cannot be passed as {ty}", error::type_name(oid)))
        })?;
        self.domains |= domain.is_some();
        Ok(Value {
            conversion,
            layout: Layout::of(ty),
            finish: Finish::new(base, typmod, domain, self.memory),
            oid: base,
        })
    }

    fn base(&mut self, oid: Oid, ty: &Type) -> Option<Conversion> {
        use pg_sys::{
            BOOLOID, BPCHAROID, BYTEAOID, DATEOID, FLOAT4OID, FLOAT8OID, INT2OID, INT4OID, INT8OID,
            INTERVALOID, NAMEOID, NUMERICOID, OIDOID, TEXTOID, TIMEOID, TIMESTAMPOID,
            TIMESTAMPTZOID, UUIDOID, VARCHAROID,
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
                Conversion::Unsigned(Box::new(TextForm::new(oid, self.memory)))
            }
            // Their texts depend on settings, or there is a better way.
            (
                BOOLOID | INT2OID | INT4OID | INT8OID | OIDOID | FLOAT4OID | FLOAT8OID | BYTEAOID
                | DATEOID | TIMEOID | TIMESTAMPOID | TIMESTAMPTZOID,
                _,
            ) => return None,
            (_, Type::String) => Conversion::TextForm(Box::new(TextForm::new(oid, self.memory))),
            _ => return None,
        })
    }

    fn enumeration(&mut self, oid: Oid, ty: &Type) -> Result<Option<Conversion>, Mismatch> {
        let labels = match ty {
            Type::Enum(labels) => &labels.labels,
            Type::String => {
                let form = TextForm::new(oid, self.memory);
                return Ok(Some(Conversion::TextForm(Box::new(form))));
            }
            _ => return Ok(None),
        };
        let (enumeration, found) = Enumeration::of(oid);
        let is_same = found.len() == labels.len()
            && found.iter().zip(labels).all(|(found, label)| kebab(found) == *label);
        match is_same {
            true => Ok(Some(Conversion::Enumeration(Box::new(enumeration)))),
            false => Err(format!(
                "the labels of {} are {}, those of {ty} are {}",
                error::type_name(oid),
                listed(&found),
                listed(labels)
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
        let fields = ty.fields().ok_or_else(|| format!("a row cannot be passed as {ty}"))?;
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
    fn descriptor(&mut self, oid: Oid, typmod: i32) -> pg_sys::TupleDesc {
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

/// What is behind a domain: its base type, that one's modifier, and the domain if it is one.
fn base_type(oid: Oid, typmod: i32) -> (Oid, i32, Option<Oid>) {
    let mut typmod = typmod;
    // SAFETY: raises if the type is gone.
    let base = unsafe { pg_sys::getBaseTypeAndTypmod(oid, &mut typmod) };
    (base, typmod, (base != oid).then_some(oid))
}

/// Raises 0A000 for pseudo-types, which have no values.
fn class(oid: Oid) -> Class {
    // SAFETY: any OID is allowed.
    let (kind, element) = unsafe { (pg_sys::get_typtype(oid), pg_sys::get_element_type(oid)) };
    match kind as u8 {
        pg_sys::TYPTYPE_ENUM => Class::Enum,
        pg_sys::TYPTYPE_COMPOSITE => Class::Composite,
        pg_sys::TYPTYPE_RANGE => Class::Range,
        pg_sys::TYPTYPE_MULTIRANGE => Class::Multirange,
        pg_sys::TYPTYPE_PSEUDO if oid == pg_sys::RECORDOID => Class::Record,
        pg_sys::TYPTYPE_PSEUDO => unsupported(oid),
        // They begin with 0, which a list cannot say.
        _ if matches!(oid, pg_sys::INT2VECTOROID | pg_sys::OIDVECTOROID) => Class::Base,
        _ if element != pg_sys::InvalidOid => Class::Array(element),
        _ => Class::Base,
    }
}

/// Raises 0A000.
pub fn unsupported(oid: Oid) -> ! {
    error::raise_sql(
        "0A000",
        format!("PL/Wasm functions cannot accept or return type {}", error::type_name(oid)),
        None,
    )
}

fn range_cache(oid: Oid) -> *mut pg_sys::TypeCacheEntry {
    // SAFETY: a range type; the entry lives as long as the backend.
    unsafe { pg_sys::lookup_type_cache(oid, pg_sys::TYPECACHE_RANGE_INFO as i32) }
}

fn range_of(multirange: Oid) -> Oid {
    // SAFETY: any OID is allowed.
    unsafe { pg_sys::get_multirange_range(multirange) }
}

fn subtype(cache: *mut pg_sys::TypeCacheEntry) -> Oid {
    // SAFETY: a range type's entry, whose subtype's entry lives as long.
    unsafe { (*(*cache).rngelemtype).type_id }
}

/// The columns that are not dropped, with their numbers from 0.
fn columns<'a>(
    descriptor: pg_sys::TupleDesc,
) -> impl Iterator<Item = (usize, &'a pg_sys::FormData_pg_attribute)> {
    // SAFETY: the descriptor is valid as long as the plan is being made, and has so many attributes.
    let attribute = move |number: usize| unsafe {
        #[cfg(not(feature = "pg18"))]
        let found = (*descriptor).attrs.as_ptr().add(number);
        #[cfg(feature = "pg18")]
        let found = pg_sys::TupleDescAttr(descriptor, number as i32);
        &*found
    };
    // SAFETY: as above.
    let count = unsafe { (*descriptor).natts } as usize;
    (0..count)
        .map(move |number| (number, attribute(number)))
        .filter(|(_, column)| !column.attisdropped)
}

fn column_name(column: &pg_sys::FormData_pg_attribute) -> String {
    // SAFETY: a name is a C string in 64 bytes.
    let name = unsafe { CStr::from_ptr((&raw const column.attname.data).cast()) };
    encoding::lossy(name.to_bytes())
}

fn record<const N: usize>(fields: [(&str, Type); N]) -> Type {
    let fields = fields.map(|(name, ty)| Field { name: name.into(), docs: None, ty });
    Type::Record(Rc::new(Record { name: None, docs: None, fields: fields.into() }))
}

/// An SQL name as WIT would have it.
pub fn kebab(sql: &str) -> String {
    sql.to_lowercase().replace(['_', ' '], "-")
}

fn listed(labels: &[String]) -> String {
    let mut shown: Vec<String> =
        labels.iter().take(20).map(|label| name::printable(label)).collect();
    if labels.len() > 20 {
        shown.push(format!("{} more", labels.len() - 20));
    }
    shown.join(", ")
}
