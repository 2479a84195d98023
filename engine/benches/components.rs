//! Measures what the guests of `guest-examples` cost to compile, to instantiate and to call, isolated and not, with
//! code and states in files as in a server, and
//! the same component in wasmtime's own component runtime, plain, with a new instance for each call.
//!
//! Run it by `cargo bench -p plwasm-engine --bench components`, or with `-- python` for the guests whose paths contain that.
//! Guests that have not been built (`make guests`) are left out.

use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{
    Artefact, Engine, Entry, Guest, Isolation, Limits, MemoryBudget, Module, State, Uses, ValRaw,
    Wasi,
};
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use wasmtime::Store;
use wasmtime::component::{Component, Linker, Val};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const GUESTS: [&str; 6] = [
    "rust/examples.wasm",
    "component/rust.wasm",
    "zig/examples.wasm",
    "javascript/examples.wasm",
    "javascript/spidermonkey.wasm",
    "python/examples.wasm",
];
const LIMITS: Limits = Limits { fuel: 10_000_000_000, memory: 1 << 30, isolation: Isolation::Call };
const ALL: Uses = Uses { memory: true, realloc: true, post_return: true };
const TEXT: &[u8] = b"Hello, World! Hello, World! 1234";

/// Calls `slugify(text)` and reads its result.
fn slugify(guest: &mut Guest, entry: &Entry) -> Result<Vec<u8>> {
    guest.refuel(LIMITS.fuel);
    let length = TEXT.len() as u32;
    let (pointer, bytes) = guest.allocate(length, 1)?;
    bytes.copy_from_slice(TEXT);
    let mut slots = [ValRaw::u32(pointer), ValRaw::u32(length), ValRaw::i64(0)];
    // SAFETY: a function of a string to a string takes two i32 and returns one.
    unsafe { guest.call(entry, &mut slots)? };
    let word = |at| -> Result<u32> { Ok(u32::from_le_bytes(guest.bytes(at, 4, "")?.try_into()?)) };
    let at = slots[0].get_u32();
    let result = guest.bytes(word(at)?, word(at + 4)?, "")?.to_vec();
    guest.post_return(entry, &slots[0])?;
    Ok(result)
}

/// Calls `add(3, 4)`, whose result is `result<s32, error>`.
fn add(guest: &mut Guest, entry: &Entry) -> Result<i32> {
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(3), ValRaw::i32(4), ValRaw::i64(0)];
    // SAFETY: the function takes two i32 and returns the address of its result.
    unsafe { guest.call(entry, &mut slots)? };
    let sum = i32::from_le_bytes(guest.bytes(slots[0].get_u32() + 4, 4, "")?.try_into()?);
    guest.post_return(entry, &slots[0])?;
    Ok(sum)
}

/// Returns the least time of several runs.
fn least(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    let (mut least, start) = (Duration::MAX, Instant::now());
    for round in 0..10_000 {
        if round > 20 && start.elapsed() > Duration::from_millis(500) {
            break;
        }
        let start = Instant::now();
        run()?;
        least = least.min(start.elapsed());
    }
    Ok(least)
}

fn compiled(engine: &Engine, binary: &[u8], isolation: Isolation) -> Result<Artefact> {
    let stubs = Wasi::Inert.stubs();
    Ok(engine.compiler().compile(binary, isolation, stubs)?.tried(engine, LIMITS)?)
}

/// Loads an artefact from a file, as a session of a server does.
fn loaded(engine: &Engine, artefact: &Artefact) -> Result<Rc<Module>> {
    let artefact = Artefact::read(engine.runtime(), &file(artefact.bytes())?, || false)?;
    Ok(Rc::new(Module::load(engine, &artefact)?))
}

fn file(bytes: &[u8]) -> Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    Ok(file)
}

struct Ours {
    compile: Duration,
    instance: Duration,
    add: Duration,
    slugify: Duration,
}

fn ours(binary: &[u8], isolation: Isolation) -> Result<Ours> {
    let engine = Engine::new(|| false, MemoryBudget::new(4 << 30))?;
    let start = Instant::now();
    let artefact = compiled(&engine, binary, isolation)?;
    let compile = start.elapsed();
    let module = loaded(&engine, &artefact)?;
    let warm_up = module.warm_up_for(&WarmUp::default());
    if module.is_slow(&warm_up) {
        let isolated = loaded(&engine, &compiled(&engine, binary, Isolation::Call)?)?;
        let state = State::of(&engine, isolated, LIMITS, &warm_up)?.ok_or("no state")?;
        let state = State::read(engine.runtime(), &file(state.bytes())?, || false)?;
        module.keep_state(&warm_up, &state)?;
    }
    let limits = Limits { isolation, ..LIMITS };
    let new = || Guest::new(&engine, module.clone(), limits);
    let instance = least(|| {
        new()?;
        Ok(())
    })?;
    let mut guest = new()?;
    let mut entry =
        |name: &str| -> Result<Entry> { Ok(guest.entry(module.function(name)?.name, ALL)?) };
    let (add_entry, slugify_entry) = (entry("add")?, entry("slugify")?);
    let reset = |guest: &mut Guest| match isolation == Isolation::Statement || guest.reset() {
        true => Ok(()),
        false => Err("the state of this guest cannot be restored after a call"),
    };
    let add = least(|| {
        assert_eq!(add(&mut guest, &add_entry)?, 7);
        Ok(reset(&mut guest)?)
    })?;
    let slugify = least(|| {
        assert_eq!(slugify(&mut guest, &slugify_entry)?, b"hello-world-hello-world-1234");
        Ok(reset(&mut guest)?)
    })?;
    Ok(Ours { compile, instance, add, slugify })
}

/// Makes a new instance in wasmtime's component runtime and calls `add` once. Returns the time.
fn theirs(binary: &[u8]) -> Result<Duration> {
    let mut config = wasmtime::Config::new();
    config.wasm_multi_memory(true);
    let engine = wasmtime::Engine::new(&config)?;
    let component = Component::new(&engine, binary)?;
    let pre = Linker::<()>::new(&engine).instantiate_pre(&component)?;
    let mut run = || -> Result<()> {
        let mut store = Store::new(&engine, ());
        let instance = pre.instantiate(&mut store)?;
        let add = instance.get_func(&mut store, "add").ok_or("no add")?;
        let mut result = [Val::Bool(false)];
        add.call(&mut store, &[Val::S32(3), Val::S32(4)], &mut result)?;
        match &result[0] {
            Val::Result(Ok(Some(sum))) if **sum == Val::S32(7) => Ok(()),
            other => Err(format!("add returned {other:?}").into()),
        }
    };
    least(&mut run)
}

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-examples");
    println!(
        "{:30} {:>9} {:>9} | {:^19} | {:^19} | wasmtime's,",
        "", "", "new", "isolated", "kept"
    );
    println!(
        "{:30} {:>9} {:>9} | {:>9} {:>9} | {:>9} {:>9} | new + add",
        "", "compile", "instance", "add", "slugify", "add", "slugify"
    );
    // cargo adds an option, `--bench`
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted =
        |name: &&str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    for name in GUESTS.into_iter().filter(is_wanted) {
        let Ok(binary) = std::fs::read(folder.join(name)) else {
            println!("{name:30} is missing");
            continue;
        };
        let isolated = ours(&binary, Isolation::Call)?;
        let kept = ours(&binary, Isolation::Statement)?;
        let is_component = binary[4..8] == [0x0d, 0, 1, 0];
        let theirs = if is_component { format!("{:.1?}", theirs(&binary)?) } else { "-".into() };
        println!(
            "{name:30} {:>9} {:>9} | {:>9} {:>9} | {:>9} {:>9} | {theirs}",
            format!("{:.1?}", isolated.compile),
            format!("{:.1?}", isolated.instance),
            format!("{:.2?}", isolated.add),
            format!("{:.2?}", isolated.slugify),
            format!("{:.2?}", kept.add),
            format!("{:.2?}", kept.slugify),
        );
    }
    Ok(())
}
