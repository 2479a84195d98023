//! Random modules with imports: adapted, and linked by wasmtime's own linker with the same modules, they do the same.
//!
//!     MODULES=20000 cargo test --workspace --exclude plwasm --test adapt differential

use super::subject::engine;
use plwasm_engine::adapt::{Given, Options, adapt};
use std::collections::BTreeMap;
use std::fmt::Write;
use wasm_smith::{Config, Module as Smith};
use wasmtime::{
    Engine, Extern, ExternType, Instance, Linker, Module, Mutability, Store, Trap, Val, ValType,
};

/// Modules of which most are cut off by fuel say nothing.
const FUEL: u64 = 100_000;

fn bytes_of(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
    (0..3000)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect()
}

fn guest(seed: u64) -> Option<Vec<u8>> {
    let bytes = bytes_of(seed);
    let mut unstructured = arbitrary::Unstructured::new(&bytes);
    let config = Config {
        min_imports: 1,
        max_imports: 6,
        export_everything: true,
        max_funcs: 6,
        max_globals: 4,
        max_tags: 2,
        max_tables: 3,
        max_memories: 2,
        max_memory32_bytes: 3 << 16,
        max_table_elements: 20,
        max_instructions: 80,
        memory_max_size_required: true,
        table_max_size_required: true,
        disallow_traps: !seed.is_multiple_of(3),
        bulk_memory_enabled: true,
        reference_types_enabled: true,
        simd_enabled: true,
        tail_call_enabled: true,
        exceptions_enabled: true,
        relaxed_simd_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        threads_enabled: false,
        ..Config::default()
    };
    Smith::new(config, &mut unstructured).ok().map(|module| module.to_bytes())
}

/// Modules with what a guest imports, by the name it imports it from. None: wasmtime would not have it either.
fn suppliers(module: &Module) -> Option<BTreeMap<String, String>> {
    let mut bodies: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for (number, import) in module.imports().enumerate() {
        let (body, names) = bodies.entry(import.module().to_string()).or_default();
        let name = import.name().to_string();
        if names.contains(&name) {
            return None;
        }
        let name_text: String = name.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let export = format!("(export \"{name_text}\")");
        match import.ty() {
            ExternType::Func(ty) => {
                let params: Vec<_> = ty.params().map(|ty| ty.to_string()).collect();
                let results: Vec<_> = ty.results().map(|ty| ty.to_string()).collect();
                let mut code = String::new();
                // Results that say how often it was called.
                for ty in ty.results() {
                    code.push_str(&match ty {
                        ValType::I32 => format!("(i32.wrap_i64 (global.get $n{number}))"),
                        ValType::I64 => format!("(global.get $n{number})"),
                        ValType::F32 => format!("(f32.convert_i64_s (global.get $n{number}))"),
                        ValType::F64 => format!("(f64.convert_i64_s (global.get $n{number}))"),
                        ValType::V128 => format!("(i64x2.splat (global.get $n{number}))"),
                        ValType::Ref(ty) if ty.is_nullable() => {
                            format!("(ref.null {})", ty.heap_type())
                        }
                        ValType::Ref(_) => return None,
                    });
                }
                let _ = write!(
                    body,
                    "(global $n{number} (mut i64) (i64.const {number}))
                     (func {export} (param {}) (result {})
                       (global.set $n{number} (i64.add (global.get $n{number}) (i64.const 7)))
                       {code})",
                    params.join(" "),
                    results.join(" ")
                );
            }
            ExternType::Memory(ty) => {
                let maximum = ty.maximum().map(|most| most.to_string()).unwrap_or_default();
                let _ = write!(body, "(memory {export} {} {maximum})", ty.minimum());
            }
            ExternType::Table(ty) => {
                if !ty.element().is_nullable() {
                    return None;
                }
                let maximum = ty.maximum().map(|most| most.to_string()).unwrap_or_default();
                let _ =
                    write!(body, "(table {export} {} {maximum} {})", ty.minimum(), ty.element());
            }
            ExternType::Global(ty) => {
                let content = ty.content();
                let value = match content {
                    ValType::Ref(ty) if ty.is_nullable() => {
                        format!("(ref.null {})", ty.heap_type())
                    }
                    ValType::Ref(_) => return None,
                    ValType::V128 => format!("(v128.const i64x2 {number} 1)"),
                    ty => format!("({ty}.const {number})"),
                };
                let ty = match ty.mutability() {
                    Mutability::Var => format!("(mut {content})"),
                    Mutability::Const => content.to_string(),
                };
                let _ = write!(body, "(global {export} {ty} {value})");
            }
            ExternType::Tag(ty) => {
                let params: Vec<_> = ty.ty().params().map(|ty| ty.to_string()).collect();
                let _ = write!(body, "(tag {export} (param {}))", params.join(" "));
            }
        }
        names.push(name);
    }
    Some(bodies.into_iter().map(|(name, (body, _))| (name, format!("(module {body})"))).collect())
}

/// What a call came to, in words. None: how much fuel or stack there is would decide.
fn outcome(result: Result<Vec<Val>, wasmtime::Error>) -> Option<String> {
    match result {
        Ok(values) => Some(values.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Err(error) => match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel | Trap::StackOverflow) => None,
            Some(trap) => Some(format!("{trap:?}")),
            None => Some("exception".into()),
        },
    }
}

fn shown(value: &Val) -> String {
    match value {
        Val::FuncRef(found) => format!("func {}", found.is_some()),
        Val::ExternRef(found) => format!("extern {}", found.is_some()),
        Val::AnyRef(found) => format!("any {}", found.is_some()),
        Val::ExnRef(found) => format!("exn {}", found.is_some()),
        other => format!("{other:?}"),
    }
}

fn argument(ty: &ValType, seed: u64) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(seed as i32 % 9),
        ValType::I64 => Val::I64(seed as i64 % 9),
        ValType::F32 => Val::F32((seed as f32).to_bits()),
        ValType::F64 => Val::F64((seed as f64).to_bits()),
        ValType::V128 => Val::V128(u128::from(seed).into()),
        ValType::Ref(ty) if ty.is_nullable() => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return None,
    })
}

/// Calls all functions of an instance, and looks at all it exports afterwards.
fn history(
    store: &mut Store<()>,
    instance: Instance,
    names: &[String],
    seed: u64,
) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for round in 0..2 {
        for (at, name) in names.iter().enumerate() {
            let Some(Extern::Func(function)) = instance.get_export(&mut *store, name) else {
                continue;
            };
            let ty = function.ty(&*store);
            let arguments: Option<Vec<_>> =
                ty.params().map(|ty| argument(&ty, seed + at as u64 + round)).collect();
            let Some(arguments) = arguments else { continue };
            let mut results = vec![Val::I32(0); ty.results().len()];
            store.set_fuel(FUEL).ok()?;
            let result = function.call(&mut *store, &arguments, &mut results).map(|()| results);
            found.push(format!("{name}: {}", outcome(result)?));
        }
    }
    for name in names {
        match instance.get_export(&mut *store, name) {
            Some(Extern::Memory(memory)) => {
                let data = memory.data(&*store);
                let sum = data
                    .iter()
                    .fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
                found.push(format!("{name}: {} bytes, {sum}", data.len()));
            }
            Some(Extern::Global(global)) => {
                found.push(format!("{name}: {}", shown(&global.get(&mut *store))))
            }
            Some(Extern::Table(table)) => {
                let size = table.size(&*store);
                let set = (0..size).filter(|at| {
                    table.get(&mut *store, *at).is_some_and(|element| !element.is_null())
                });
                let set = set.count();
                found.push(format!("{name}: {set} of {size}"));
            }
            _ => {}
        }
    }
    Some(found)
}

/// Whether a case could be compared.
fn compare(engine: &Engine, seed: u64) -> Option<bool> {
    let binary = guest(seed)?;
    let module = Module::new(engine, &binary).ok()?;
    let suppliers = suppliers(&module)?;
    let names: Vec<String> = module.exports().map(|export| export.name().to_string()).collect();

    let mut linked = Store::new(engine, ());
    linked.set_fuel(FUEL).ok()?;
    let mut linker = Linker::new(engine);
    for (name, text) in &suppliers {
        let binary = super::subject::binary(text);
        let supplier =
            Module::new(engine, binary).unwrap_or_else(|error| panic!("{seed}: {error:?} {text}"));
        let instance = Instance::new(&mut linked, &supplier, &[]).ok()?;
        linker.instance(&mut linked, name, instance).ok()?;
    }
    let original = linker.instantiate(&mut linked, &module);

    let with = suppliers.iter().map(|(name, text)| {
        (name.clone(), Given { name: name.clone(), binary: super::subject::binary(text) })
    });
    let options = Options { with: with.collect(), ..Options::default() };
    let adapted = match adapt(&binary, &options) {
        Ok(adapted) => adapted,
        Err(error)
            if error.to_string().contains("a table filled from an imported global cannot") =>
        {
            return None;
        }
        Err(error) => panic!("{seed}: {}", super::subject::shown(&error)),
    };
    let adapted =
        Module::new(engine, &adapted.binary).unwrap_or_else(|error| panic!("{seed}: {error:?}"));
    let mut alone = Store::new(engine, ());
    alone.set_fuel(FUEL).ok()?;
    let instance = Instance::new(&mut alone, &adapted, &[]);
    let (original, instance) = match (original, instance) {
        (Ok(original), Ok(instance)) => (original, instance),
        (Err(a), Err(b)) => {
            assert_eq!(outcome(Err(a))?, outcome(Err(b))?, "{seed}");
            return Some(true);
        }
        (a, b) => {
            let (a, b) = (a.map(|_| vec![]), b.map(|_| vec![]));
            assert_eq!(outcome(a)?, outcome(b)?, "{seed}");
            return None;
        }
    };
    let a = history(&mut linked, original, &names, seed)?;
    let b = history(&mut alone, instance, &names, seed)?;
    assert_eq!(a, b, "seed {seed}\n{}", wasmprinter::print_bytes(&binary).unwrap_or_default());
    Some(!a.is_empty())
}

#[test]
fn adapted_modules_do_what_linked_ones_do() {
    let count = std::env::var("MODULES").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let engine = engine();
    let compared = (0..count).filter(|seed| compare(&engine, *seed) == Some(true)).count();
    assert!(compared > count as usize / 4, "only {compared} of {count} say anything");
}
