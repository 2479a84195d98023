//! Random WIT types.

use plwasm_engine::abi::{Case, Field, Labels, Record, ResultType, Type, Variant};
use proptest::collection::vec;
use proptest::prelude::*;
use std::rc::Rc;

pub(crate) fn labels(count: usize) -> Rc<Labels> {
    let labels = (0..count).map(|i| format!("l{i}")).collect();
    Rc::new(Labels { name: None, docs: None, labels })
}

pub(crate) fn types() -> impl Strategy<Value = Type> {
    let scalars = [
        Type::Bool,
        Type::S8,
        Type::U8,
        Type::S16,
        Type::U16,
        Type::S32,
        Type::U32,
        Type::S64,
        Type::U64,
        Type::F32,
        Type::F64,
        Type::Char,
        Type::String,
    ];
    let leaf = prop_oneof![
        8 => proptest::sample::select(scalars.to_vec()),
        1 => prop_oneof![1..10usize, 250..260usize].prop_map(|n| Type::Enum(labels(n))),
        1 => (1..33usize).prop_map(|n| Type::Flags(labels(n))),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let some = proptest::option::of(inner.clone());
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::option),
            vec(inner.clone(), 1..5).prop_map(|types| Type::Tuple(types.into())),
            (some.clone(), some.clone())
                .prop_map(|(ok, err)| Type::Result(Rc::new(ResultType { ok, err }))),
            vec(inner, 1..6).prop_map(|types| {
                let field = |(i, ty)| Field { name: format!("f{i}"), docs: None, ty };
                let fields = types.into_iter().enumerate().map(field).collect();
                Type::Record(Rc::new(Record { name: None, docs: None, fields }))
            }),
            vec(some, 1..6).prop_map(|types| {
                let case = |(i, ty)| Case { name: format!("c{i}"), ty };
                let cases = types.into_iter().enumerate().map(case).collect();
                Type::Variant(Rc::new(Variant { name: None, docs: None, cases }))
            }),
        ]
    })
}
