//! The canonical ABI's numbers, flattening and layout, of random types and signatures: the same as those of
//! `wit-parser`, which wit-bindgen and wit-component use. And random values of random types go through a guest
//! that is made by them, in wasmtime's component runtime, and come back.

use plwasm_engine::abi::{
    Case, CoreSignature, CoreType, Field, Labels, Layout, Part, Record, ResultType, Signature,
    Type, Variant,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt::Write;
use std::rc::Rc;
use wasmtime::component::Val;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, SizeAlign};

fn labels(count: usize) -> Rc<Labels> {
    let labels = (0..count).map(|i| format!("l{i}")).collect();
    Rc::new(Labels { name: None, docs: None, labels })
}

fn types() -> impl Strategy<Value = Type> {
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

/// Writes types as WIT, in which records and the like need names.
#[derive(Default)]
struct Wit {
    definitions: String,
    count: usize,
}

impl Wit {
    fn define(&mut self, keyword: &str, body: &str) -> String {
        self.count += 1;
        let _ = writeln!(self.definitions, "  {keyword} t{} {{ {body} }}", self.count);
        format!("t{}", self.count)
    }

    fn write(&mut self, ty: &Type) -> String {
        match ty {
            Type::List(element) => format!("list<{}>", self.write(element)),
            Type::Option(some) => format!("option<{}>", self.write(some)),
            Type::Tuple(types) => {
                let types: Vec<_> = types.iter().map(|ty| self.write(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            Type::Result(result) => {
                let mut part = |ty: &Option<Type>| {
                    ty.as_ref().map_or_else(|| "_".to_string(), |ty| self.write(ty))
                };
                match (part(&result.ok), part(&result.err)) {
                    (ok, err) if ok == "_" && err == "_" => "result".into(),
                    (ok, err) if err == "_" => format!("result<{ok}>"),
                    (ok, err) => format!("result<{ok}, {err}>"),
                }
            }
            Type::Record(record) => {
                let field = |field: &Field| format!("{}: {}", field.name, self.write(&field.ty));
                let fields: Vec<_> = record.fields.iter().map(field).collect();
                self.define("record", &fields.join(", "))
            }
            Type::Variant(variant) => {
                let case = |case: &Case| match &case.ty {
                    Some(ty) => format!("{}({})", case.name, self.write(ty)),
                    None => case.name.clone(),
                };
                let cases: Vec<_> = variant.cases.iter().map(case).collect();
                self.define("variant", &cases.join(", "))
            }
            Type::Enum(labels) => self.define("enum", &labels.labels.join(", ")),
            Type::Flags(labels) => self.define("flags", &labels.labels.join(", ")),
            scalar => scalar.to_string(),
        }
    }
}

fn core(types: &[WasmType]) -> Vec<CoreType> {
    let core = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => CoreType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => CoreType::I64,
        WasmType::F32 => CoreType::F32,
        WasmType::F64 => CoreType::F64,
    };
    types.iter().map(core).collect()
}

fn check(params: Vec<Type>, result: Option<Type>) -> Result<(), TestCaseError> {
    let mut wit = Wit::default();
    let written: Vec<_> =
        params.iter().enumerate().map(|(i, ty)| format!("p{i}: {}", wit.write(ty))).collect();
    let returns = result.as_ref().map(|ty| format!(" -> {}", wit.write(ty))).unwrap_or_default();
    let text = format!(
        "package a:b;\ninterface i {{\n{}  f: func({}){returns};\n}}\n",
        wit.definitions,
        written.join(", ")
    );
    let mut resolve = Resolve::default();
    resolve.push_str("a.wit", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let function = resolve.interfaces.iter().find_map(|(_, i)| i.functions.get("f")).unwrap();
    let expected = resolve.wasm_signature(AbiVariant::GuestExport, function);
    let expected =
        CoreSignature { params: core(&expected.params), results: core(&expected.results) };
    let signature = Signature { params: params.clone(), result: result.clone() };
    prop_assert_eq!(signature.core(), expected, "{}", text);

    let mut sizes = SizeAlign::default();
    sizes.fill(&resolve);
    let theirs = function.params.iter().map(|param| &param.ty).chain(&function.result);
    for (ours, theirs) in params.iter().chain(&result).zip(theirs) {
        let layout = Layout {
            size: sizes.size(theirs).size_wasm32() as u32,
            align: sizes.align(theirs).align_wasm32() as u32,
        };
        prop_assert_eq!(Layout::of(ours), layout, "{}", text);
    }
    Ok(())
}

/// WebAssembly text of the identity on a type: its slots go to where they lie in memory.
fn echo(ty: &Type, parts: &[Part]) -> String {
    let signature = Signature { params: vec![ty.clone()], result: Some(ty.clone()) };
    let core = signature.core();
    let written = |types: &[CoreType]| types.iter().map(|ty| format!("{ty} ")).collect::<String>();
    let (params, results) = (written(&core.params), written(&core.results));
    let body = match (signature.params_spilled(), signature.result_spilled()) {
        // One value as it is, or what lies in memory already.
        (_, false) | (true, true) => "local.get 0".to_string(),
        (false, true) => {
            let store = |(slot, part): (usize, &Part)| {
                let (offset, size) = part.place();
                let ty = core.params[slot];
                let narrow = match (ty, size) {
                    (CoreType::I32, 1) => "8",
                    (CoreType::I32, 2) => "16",
                    _ => "",
                };
                format!(
                    "(global.get $area) (local.get {slot}) ({ty}.store{narrow} offset={offset})"
                )
            };
            parts.iter().enumerate().map(store).collect::<String>() + "global.get $area"
        }
    };
    format!(
        r#"(module
             (memory (export "memory") 16)
             (global $top (mut i32) (i32.const 65536)) (global $area i32 (i32.const 1024))
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
               (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
               (global.set $top (i32.add (local.get $at) (local.get 3)))
               (local.get $at))
             (func (export "echo") (param {params}) (result {results}) {body}))"#
    )
}

/// A value of a type, made of bytes.
fn value(ty: &wasmtime::component::Type, bytes: &mut impl Iterator<Item = u8>) -> Val {
    use wasmtime::component::Type as T;
    let mut word = || u64::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or(0)));
    match ty {
        T::Bool => Val::Bool(word() % 2 == 0),
        T::S8 => Val::S8(word() as i8),
        T::U8 => Val::U8(word() as u8),
        T::S16 => Val::S16(word() as i16),
        T::U16 => Val::U16(word() as u16),
        T::S32 => Val::S32(word() as i32),
        T::U32 => Val::U32(word() as u32),
        T::S64 => Val::S64(word() as i64),
        T::U64 => Val::U64(word()),
        T::Float32 => Val::Float32(word() as f32),
        T::Float64 => Val::Float64(word() as f64),
        T::Char => Val::Char(char::from_u32(word() as u32 % 0xd800).unwrap_or('x')),
        T::String => Val::String(format!("{:x}é", word() >> (word() % 64))),
        T::List(list) => {
            let count = word() % 3;
            Val::List((0..count).map(|_| value(&list.ty(), bytes)).collect())
        }
        T::Record(record) => Val::Record(
            record.fields().map(|field| (field.name.into(), value(&field.ty, bytes))).collect(),
        ),
        T::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| value(&ty, bytes)).collect()),
        T::Enum(labels) => {
            let case = word() as usize % labels.names().len();
            Val::Enum(labels.names().nth(case).unwrap().into())
        }
        T::Option(option) => Val::Option(match word() % 3 {
            0 => None,
            _ => Some(Box::new(value(&option.ty(), bytes))),
        }),
        T::Flags(flags) => {
            let set = word();
            let names = flags.names().enumerate();
            Val::Flags(
                names.filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, n)| n.into()).collect(),
            )
        }
        T::Result(result) => {
            let ok = word() % 2 == 0;
            let ty = if ok { result.ok() } else { result.err() };
            let payload = ty.map(|ty| Box::new(value(&ty, bytes)));
            Val::Result(if ok { Ok(payload) } else { Err(payload) })
        }
        T::Variant(variant) => {
            let case = word() as usize % variant.cases().len();
            let case = variant.cases().nth(case).unwrap();
            Val::Variant(case.name.into(), case.ty.map(|ty| Box::new(value(&ty, bytes))))
        }
        other => panic!("{other:?} is none of WIT's value types"),
    }
}

fn come_back(ty: &Type, parts: &[Part], bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let mut wit = Wit::default();
    let written = wit.write(ty);
    let world = format!(
        "package a:b;\nworld w {{\n{}  export echo: func(v: {written}) -> {written};\n}}\n",
        wit.definitions
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("a.wit", &world).unwrap();
    let chosen = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = wat::parse_str(echo(ty, parts)).unwrap();
    let utf8 = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, chosen, utf8).unwrap();
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap();
    let engine = wasmtime::Engine::default();
    let component = wasmtime::component::Component::new(&engine, component).unwrap();
    let mut store = wasmtime::Store::new(&engine, ());
    let instance =
        wasmtime::component::Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let func = instance.get_func(&mut store, "echo").unwrap();
    let (_, param) = func.ty(&store).params().next().unwrap();
    let given = value(&param, &mut bytes.into_iter());
    let mut found = [Val::Bool(false)];
    func.call(&mut store, std::slice::from_ref(&given), &mut found).unwrap();
    prop_assert_eq!(&found[0], &given, "{}", world);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_come_back(ty in types(), bytes in vec(any::<u8>(), 0..2000)) {
        // Cases that share slots are results only: there are no parts of them.
        if let Some(parts) = Part::of(&ty) {
            come_back(&ty, &parts, bytes)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flattening_and_layout_are_wit_parsers(
        params in vec(types(), 0..6),
        result in proptest::option::of(types()),
    ) {
        check(params, result)?;
    }
}
