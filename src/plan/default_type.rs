//! What a type is passed as where no WIT says otherwise.

use super::enumeration::Enumeration;
use super::pg_type::{
    Class, base_type, class, column_name, columns, range_cache, range_of, subtype,
};
use super::resolve::{Mismatch, Resolver};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::abi::{Field, Labels, Record, Type};
use plwasm_engine::name::kebab;
use std::rc::Rc;

impl Resolver {
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
}

fn record<const N: usize>(fields: [(&str, Type); N]) -> Type {
    let fields = fields.map(|(name, ty)| Field { name: name.into(), docs: None, ty });
    Type::Record(Rc::new(Record { name: None, docs: None, fields: fields.into() }))
}
