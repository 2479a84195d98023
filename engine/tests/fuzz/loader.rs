//! The way of a module, binary or text, until it can be called: read, listed, compiled, loaded, instantiated. What
//! compiles can be listed, and what is listed is there.

use super::choices::Choices;
use super::{Target, Verdict, check_error, mutate, smith};
use plwasm_engine::read::inspect::Kind;
use plwasm_engine::{
    Artefact, Depth, Engine, Error, Guest, Isolation, Limits, Listing, MemoryBudget, Module, Wasi,
    read::body,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use wasm_mutate::WasmMutate;

pub(crate) const TARGET: Target =
    Target { name: "loader", seeds: &["fuzz/seeds/loader", "tests/evil"], run, generate, mutate };

const FUEL: u64 = 100_000;

/// Of one instance, in bytes.
const MEMORY: usize = 4 << 20;

/// Of text.
const WORDS: [&[u8]; 36] = [
    b"(",
    b")",
    b"(module",
    b"(component",
    b"(core module",
    b"(func",
    b"(type",
    b"(param i32)",
    b"(result i64)",
    b"(export \"f\")",
    b"(import \"a\" \"b\")",
    b"(memory 1)",
    b"(table 1 funcref)",
    b"(global (mut i32) (i32.const 0))",
    b"(data (i32.const 0) \"\\00\")",
    b"(elem func 0)",
    b"(start 0)",
    b"(canon lift",
    b"(canon lower",
    b"(instance",
    b"(alias",
    b"(rec",
    b"(tag)",
    b"$a",
    b"0",
    b"-1",
    b"0xffffffff",
    b"nan:0x1",
    b"\"\\ff\"",
    b"(;",
    b";;",
    b"local.get 0",
    b"unreachable",
    b"end",
    b"(@custom \"a\" \"b\")",
    b"binary",
];

thread_local! {
    static ENGINE: Engine = Engine::new(|| false, MemoryBudget::new(1 << 30)).expect("wasmtime runs here");
}

pub(crate) fn run(code: &[u8]) -> Verdict {
    if let Err(error) = body::binary(code).and_then(|binary| Kind::of(&binary)) {
        check_error(&error);
    }
    let stubs = match code.len() % 2 {
        0 => Wasi::None.stubs(),
        _ => Wasi::Inert.stubs(),
    };
    let listed = Listing::of(code, stubs, Depth::Purity);
    match &listed {
        Ok(listing) => check_listing(listing),
        Err(error) => check_error(error),
    }
    // Compiling more would take too long here. Four bytes of text make about one byte of binary.
    if code.len() > 8 << 10 {
        return listed.into();
    }
    let compiled = ENGINE.with(|engine| {
        let isolation = [Isolation::Call, Isolation::Statement][code.len() / 2 % 2];
        let compiled = engine.compiler().compile(code, isolation, stubs);
        compiled.and_then(|artefact| load(engine, &artefact, isolation, &listed))
    });
    if let Err(error) = &compiled {
        check_error(error);
    }
    compiled.into()
}

/// It goes to another process and is the same there.
fn check_listing(listing: &Listing) {
    let Ok(bytes) = listing.to_bytes() else { return };
    let again = Listing::from_bytes(&bytes).expect("what was written can be read");
    assert_eq!(again.to_bytes().ok(), Some(bytes));
    for export in &listing.exports {
        assert!(export.line().chars().all(|c| !c.is_control()), "{:?}", export.line());
    }
}

fn load(
    engine: &Engine,
    artefact: &Artefact,
    isolation: Isolation,
    listed: &plwasm_engine::Result<Listing>,
) -> plwasm_engine::Result<()> {
    let listing = listed
        .as_ref()
        .unwrap_or_else(|error| panic!("it compiles, and cannot be listed: {error}"));
    let module = Rc::new(Module::load(engine, artefact)?);
    for export in &listing.exports {
        // Several can have one name in metadata, and functions that cannot be called are no exports.
        let found = match module.function(&export.name) {
            Ok(found) => found,
            Err(error) if listing.kind == Kind::Component => {
                check_error(&error);
                continue;
            }
            Err(error) => panic!("\"{}\" is listed: {error}", export.name),
        };
        assert_eq!(found.name, export.name);
        assert!(export.core.as_ref().is_none_or(|core| **core == *found.core));
        let wit =
            |of: &Option<plwasm_engine::read::wit::Function>| of.as_ref().map(ToString::to_string);
        assert_eq!(wit(&found.wit), wit(&export.wit));
    }
    match Guest::new(engine, module, Limits { fuel: FUEL, memory: MEMORY, isolation }) {
        Ok(_) | Err(Error::Memory { .. }) => Ok(()),
        // What runs before any call may do whatever it likes.
        Err(Error::Initialization { error, .. }) => match *error {
            Error::Trap { .. }
            | Error::Panic { .. }
            | Error::Fuel { .. }
            | Error::Memory { .. } => Ok(()),
            error => Err(error),
        },
        Err(error) => Err(error),
    }
}

fn generate(mut choices: Choices<'_>) -> Vec<u8> {
    match choices.below(4) {
        0..=2 => smith::module(choices).unwrap_or_default(),
        _ => {
            let component =
                wasm_smith::Component::new(wasm_smith::Config::default(), &mut choices.rest());
            component.map(|component| component.to_bytes()).unwrap_or_default()
        }
    }
}

fn mutate(input: &[u8], mut choices: Choices<'_>) -> Vec<u8> {
    if !input.starts_with(b"\0asm") {
        return mutate::bytes(input, &WORDS, &mut choices);
    }
    match choices.below(3) {
        0 => mutate::binary(input, &mut choices),
        1 => valid(input, choices.bits()).unwrap_or_else(|| mutate::binary(input, &mut choices)),
        _ => {
            let valid = valid(input, choices.bits());
            mutate::binary(valid.as_deref().unwrap_or(input), &mut choices)
        }
    }
}

/// Changed so that it is as valid as it was; none if wasm-mutate finds nothing to change.
fn valid(input: &[u8], seed: u64) -> Option<Vec<u8>> {
    let change = || {
        let mut mutate = WasmMutate::default();
        mutate.seed(seed).fuel(300);
        mutate.run(input).ok()?.next()?.ok()
    };
    // It expects what is valid.
    catch_unwind(AssertUnwindSafe(change)).ok()?
}
