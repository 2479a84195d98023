//! The host of the scripts: wasmtime, configured as the engine of PL/Wasm is, and the modules that
//! scripts may import.

use wasmtime::{
    Config, Engine, Extern, Global, GlobalType, Linker, Memory, MemoryType, Mutability, OptLevel,
    Ref, RefType, Result, Store, Table, TableType, Val, ValType,
};

/// The most stack of a guest, as `engine/src/compile/runtime.rs` has it.
const MAX_WASM_STACK: usize = 256 * 1024;

/// What a guest gets beyond what it asks for: little, so that loops have to ask again.
const FUEL: i64 = 10_000;

/// As `engine/src/compile/runtime.rs` has it, but for the ways to stop a guest: those are the passes' work.
pub(crate) fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config
        .max_wasm_stack(MAX_WASM_STACK)
        .cranelift_opt_level(OptLevel::Speed)
        .native_unwind_info(false)
        .memory_init_cow(false)
        .relaxed_simd_deterministic(true)
        .wasm_branch_hinting(true)
        .wasm_custom_page_sizes(false)
        .wasm_memory64(true);
    Engine::new(&config)
}

/// A store, and a linker that knows the script's host (`spectest`) and the passes' (`plwasm`).
pub(crate) fn linker(engine: &Engine) -> Result<(Store<()>, Linker<()>)> {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    // A script may register a name twice.
    linker.allow_shadowing(true);
    linker.func_wrap("plwasm", "refill", |wanted: i64| wanted.max(0).saturating_add(FUEL))?;
    spectest(&mut linker, &mut store)?;
    Ok((store, linker))
}

/// The host module that the specification's interpreter has.
fn spectest(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<()> {
    linker.func_wrap("spectest", "print", || {})?;
    linker.func_wrap("spectest", "print_i32", |_: i32| {})?;
    linker.func_wrap("spectest", "print_i64", |_: i64| {})?;
    linker.func_wrap("spectest", "print_f32", |_: f32| {})?;
    linker.func_wrap("spectest", "print_f64", |_: f64| {})?;
    linker.func_wrap("spectest", "print_i32_f32", |_: i32, _: f32| {})?;
    linker.func_wrap("spectest", "print_f64_f64", |_: f64, _: f64| {})?;

    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    let null = Ref::Func(None);
    let table = TableType::new(RefType::FUNCREF, 10, Some(20));
    let table = Table::new(&mut *store, table, null.clone())?;
    let table64 = TableType::new64(RefType::FUNCREF, 10, Some(20));
    let table64 = Table::new(&mut *store, table64, null)?;
    let mut items: Vec<(&str, Extern)> =
        vec![("memory", memory.into()), ("table", table.into()), ("table64", table64.into())];
    for (name, ty, value) in [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6f64.to_bits())),
    ] {
        let ty = GlobalType::new(ty, Mutability::Const);
        items.push((name, Global::new(&mut *store, ty, value)?.into()));
    }
    for (name, item) in items {
        linker.define(&mut *store, "spectest", name, item)?;
    }
    Ok(())
}
