//! The canonical ABI's numbers, flattening and layout, of random types and signatures: the same as those of
//! `wit-parser`, which wit-bindgen and wit-component use. And random values of random types, given to a guest as JSON, come
//! to it in the slots and in the memory in which wasmtime's component runtime passes them, and come back as JSON.

use plwasm_engine::abi::{
    Case, CoreSignature, CoreType, Field, Labels, Layout, Parts, Record, ResultType, Signature,
    Type, Variant,
};
use plwasm_engine::{Engine, Guest, Isolation, Limits, MemoryBudget, Module, ValRaw, json};
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

/// WebAssembly text of a function that returns what it gets: its slots, each as 64 bits, or what lies behind the pointer
/// that it gets in their place.
fn probe(ty: &Type) -> String {
    let signature = Signature { params: vec![ty.clone()], result: Some(Type::U64.list()) };
    let params = signature.core().params;
    let written = params.iter().map(|ty| format!("{ty} ")).collect::<String>();
    let store = |(i, ty): (usize, &CoreType)| {
        let slot = format!("(local.get {i})");
        let bits = match ty {
            CoreType::I32 => format!("(i64.extend_i32_u {slot})"),
            CoreType::F32 => format!("(i64.extend_i32_u (i32.reinterpret_f32 {slot}))"),
            CoreType::F64 => format!("(i64.reinterpret_f64 {slot})"),
            _ => slot,
        };
        format!("(i64.store offset={} (i32.const 1024) {bits})", 8 * i)
    };
    let (stores, at, count) = match signature.params_spilled() {
        true => (String::new(), "(local.get 0)", Layout::of(ty).size.div_ceil(8) as usize),
        false => (params.iter().enumerate().map(store).collect(), "(i32.const 1024)", params.len()),
    };
    format!(
        r#"(module
             (memory (export "memory") 16)
             (global $top (mut i32) (i32.const 65536))
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
               (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
               (global.set $top (i32.add (local.get $at) (local.get 3)))
               (local.get $at))
             (func (export "probe") (param {written}) (result i32)
               {stores}
               (i32.store (i32.const 512) {at})
               (i32.store (i32.const 516) (i32.const {count}))
               (i32.const 512)))"#
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
        T::Float32 => match f32::from_bits(word() as u32) {
            // NaNs are not equal to each other.
            value if value.is_nan() => Val::Float32(-0.0),
            value => Val::Float32(value),
        },
        T::Float64 => match f64::from_bits(word()) {
            value if value.is_nan() => Val::Float64(f64::NEG_INFINITY),
            value => Val::Float64(value),
        },
        T::Char => Val::Char(char::from_u32(word() as u32 % 0x11_0000).unwrap_or('\0')),
        T::String => {
            const SOME: [&str; 8] =
                ["", "a", "é", "😀", "\"", "\\", "\u{0}\u{8}\t", "\u{7f}\u{2028}"];
            Val::String((0..word() % 4).map(|_| SOME[word() as usize % 8]).collect())
        }
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

/// What wasmtime's component runtime gives the probe.
fn theirs(ty: &Type, module: &str, bytes: Vec<u8>) -> (Val, Vec<u64>) {
    let mut wit = Wit::default();
    let written = wit.write(ty);
    let world = format!(
        "package a:b;\nworld w {{\n{}  export probe: func(v: {written}) -> list<u64>;\n}}\n",
        wit.definitions
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("a.wit", &world).unwrap();
    let chosen = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = wat::parse_str(module).unwrap();
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
    let func = instance.get_func(&mut store, "probe").unwrap();
    let (_, param) = func.ty(&store).params().next().unwrap();
    let given = value(&param, &mut bytes.into_iter());
    let mut found = [Val::Bool(false)];
    func.call(&mut store, std::slice::from_ref(&given), &mut found).unwrap();
    let Val::List(slots) = &found[0] else { panic!("{found:?}") };
    let slot = |slot: &Val| if let Val::U64(slot) = slot { *slot } else { panic!("{slot:?}") };
    (given, slots.iter().map(slot).collect())
}

/// What we give the same guest for the JSON of the value, and the JSON of that again.
fn ours(ty: &Type, module: &str, json: &str) -> (Vec<u64>, String) {
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let module = Module::compile(&engine, &wat::parse_str(module).unwrap(), Isolation::Call);
    let limits = Limits { fuel: 1_000_000, memory: 4 << 20, isolation: Isolation::Call };
    let mut guest = Guest::new(&engine, Rc::new(module.unwrap()), limits).unwrap();
    guest.refuel(limits.fuel);
    let layout = Layout::of(ty);
    let signature = Signature { params: vec![ty.clone()], result: None };
    if signature.params_spilled() {
        guest.allocate(layout.size, layout.align).unwrap();
    }
    let mut bytes = vec![0; layout.size as usize];
    json::lower(json, ty, &mut guest, || {}, &mut bytes)
        .unwrap_or_else(|error| panic!("{error}: {json} as {ty}"));
    let mut slots = Vec::new();
    match signature.params_spilled() {
        true => slots.extend(bytes.chunks(8).map(|bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        })),
        false => Parts::of(ty).read(&bytes, &mut |slot| slots.push(slot.get_u64())),
    }
    let mut again = vec![0; bytes.len()];
    if !signature.params_spilled() {
        let slots: Vec<_> = slots.iter().map(|slot| ValRaw::u64(*slot)).collect();
        Parts::of(ty).write(&slots, &mut again).unwrap();
        assert_eq!(again, bytes, "{ty}");
    }
    (slots, json::lift(ty, &bytes, &guest, &|_, _| Ok(()), || {}).unwrap())
}

/// JSON as it is documented, written by other means.
fn json_of(ty: &Type, value: &Val) -> String {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let float = |digits: String| match digits.as_str() {
        "inf" => text("Infinity"),
        "-inf" => text("-Infinity"),
        "-0.0" => text("-0"),
        digits => digits.strip_suffix(".0").unwrap_or(digits).to_string(),
    };
    let case = |name: &str, ty: Option<&Type>, value: Option<&Val>| {
        let value = ty.zip(value).map_or("null".to_string(), |(ty, value)| json_of(ty, value));
        format!("{{{}: {value}}}", text(name))
    };
    let joined = |parts: Vec<String>| parts.join(", ");
    match (ty, value) {
        (_, Val::Bool(value)) => value.to_string(),
        (_, Val::S8(value)) => value.to_string(),
        (_, Val::U8(value)) => value.to_string(),
        (_, Val::S16(value)) => value.to_string(),
        (_, Val::U16(value)) => value.to_string(),
        (_, Val::S32(value)) => value.to_string(),
        (_, Val::U32(value)) => value.to_string(),
        (_, Val::S64(value)) => value.to_string(),
        (_, Val::U64(value)) => value.to_string(),
        (_, Val::Float32(value)) => float(format!("{value:?}")),
        (_, Val::Float64(value)) => float(format!("{value:?}")),
        (_, Val::Char(value)) => text(&value.to_string()),
        (_, Val::String(value)) => text(value).replace("\\b", "\\u0008").replace("\\f", "\\u000c"),
        (Type::List(of), Val::List(values)) if **of == Type::U8 => {
            let byte = |value: &Val| {
                if let Val::U8(byte) = value { format!("{byte:02x}") } else { panic!() }
            };
            text(&format!("\\x{}", values.iter().map(byte).collect::<String>()))
        }
        (Type::List(of), Val::List(values)) => {
            format!("[{}]", joined(values.iter().map(|value| json_of(of, value)).collect()))
        }
        (Type::Tuple(types), Val::Tuple(values)) => {
            let values = types.iter().zip(values).map(|(ty, value)| json_of(ty, value));
            format!("[{}]", joined(values.collect()))
        }
        (Type::Record(record), Val::Record(values)) => {
            let field = |(field, (name, value)): (&Field, &(String, Val))| {
                format!("{}: {}", text(name), json_of(&field.ty, value))
            };
            format!("{{{}}}", joined(record.fields.iter().zip(values).map(field).collect()))
        }
        (_, Val::Enum(label)) => text(label),
        (_, Val::Flags(labels)) => {
            format!("[{}]", joined(labels.iter().map(|l| text(l)).collect()))
        }
        (Type::Option(_), Val::Option(None)) => "null".into(),
        (Type::Option(some), Val::Option(Some(value))) => match &**some {
            Type::Option(_) => format!("{{\"some\": {}}}", json_of(some, value)),
            some => json_of(some, value),
        },
        (Type::Result(of), Val::Result(Ok(value))) => case("ok", of.ok.as_ref(), value.as_deref()),
        (Type::Result(of), Val::Result(Err(value))) => {
            case("err", of.err.as_ref(), value.as_deref())
        }
        (Type::Variant(of), Val::Variant(name, value)) => {
            let found = of.cases.iter().find(|case| case.name == *name).unwrap();
            case(name, found.ty.as_ref(), value.as_deref())
        }
        (ty, value) => panic!("{value:?} is no {ty}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Slots, memory and the order in which the guest is asked for it are wasmtime's; and the JSON comes back.
    #[test]
    fn values_are_passed_as_wasmtime_passes_them(ty in types(), bytes in vec(any::<u8>(), 0..2000)) {
        let module = probe(&ty);
        let (value, theirs) = theirs(&ty, &module, bytes);
        let json = json_of(&ty, &value);
        let (ours, again) = ours(&ty, &module, &json);
        prop_assert_eq!(ours, theirs, "{} as {}", json, ty);
        prop_assert_eq!(again, json, "{}", ty);
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
