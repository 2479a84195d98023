//! What one process of ours writes and another reads: artefacts, listings, errors. An input is what stands in such a
//! file; what is around it, checksum included, is right, so that the contents are looked at.

use super::choices::Choices;
use super::{Target, Verdict, loader, mutate};
use plwasm_engine::read::inspect::Kind;
use plwasm_engine::{
    Artefact, Compiler, Damage, Engine, ErrorData, Hash, Isolation, Limits, Listing, MemoryBudget,
    Module, Runtime, State, Threads, Wasi, warm_up::WarmUp,
};
use std::fs::File;
use std::io::Write;
use xxhash_rust::xxh3::xxh3_128;

pub(crate) const TARGET: Target =
    Target { name: "artefact", seeds: &["fuzz/seeds/artefact"], run, generate, mutate };

/// What an input is of: its first byte.
const FACTS: u8 = 0;
const FOOTER: u8 = 1;
const LISTING: u8 = 2;
/// A pristine state, of no pages and of what follows.
const STATE: u8 = 4;

thread_local! {
    static RUNTIME: Runtime = Runtime::new().expect("wasmtime runs here");
    static COMPILER: Compiler = RUNTIME.with(|runtime| Compiler::new(runtime, Threads::One));
    static LISTED: Vec<u8> = start_of_listings();
}

pub(crate) fn run(input: &[u8]) -> Verdict {
    let Some((kind, content)) = input.split_first() else { return Verdict::Refused };
    match kind % 5 {
        FACTS => {
            let mut file = b"code".to_vec();
            file.extend(content);
            footer(&mut file, 4, content.len() as u64);
            read(&file)
        }
        FOOTER => {
            let number = |at: usize| {
                content.get(at..at + 8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
            };
            let mut file = content.get(16..).unwrap_or_default().to_vec();
            footer(&mut file, number(0).unwrap_or(u64::MAX), number(8).unwrap_or(u64::MAX));
            read(&file)
        }
        LISTING => LISTED.with(|start| {
            let listing = Listing::from_bytes(&[start, content].concat());
            for export in listing.iter().flat_map(|listing| &listing.exports) {
                let _ = export.line();
            }
            listing.ok_or(()).into()
        }),
        STATE => {
            let mut file = vec![0; PAGES];
            file.extend(content);
            footer(&mut file, PAGES as u64, content.len() as u64);
            read_state(&file)
        }
        // An error.
        _ => {
            let report = ErrorData::from_json(&String::from_utf8_lossy(content));
            if let Some(report) = &report {
                assert_eq!(ErrorData::from_json(&report.to_json()).as_ref(), Some(report));
            }
            report.ok_or(()).into()
        }
    }
}

fn footer(file: &mut Vec<u8>, code: u64, facts: u64) {
    file.extend(RUNTIME.with(|runtime| runtime.build().as_bytes().to_vec()));
    file.extend(code.to_le_bytes());
    file.extend(facts.to_le_bytes());
    file.extend(xxh3_128(file).to_le_bytes());
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("there is a directory for temporary files");
    file.write_all(bytes).expect("it can be written");
    file
}

/// Whether a file was read, or refused for what stands in it.
fn verdict<T>(found: Result<T, Damage>) -> Verdict {
    match &found {
        Ok(_) | Err(Damage::Facts(_) | Damage::Length(_) | Damage::Body) => {}
        Err(other) => panic!("{other}"),
    }
    found.into()
}

fn read(bytes: &[u8]) -> Verdict {
    let found = RUNTIME.with(|runtime| Artefact::read(runtime, &file(bytes), || false));
    verdict(found.map(|artefact| artefact.is_supplied()))
}

fn read_state(bytes: &[u8]) -> Verdict {
    let found = RUNTIME.with(|runtime| State::read(runtime, &file(bytes), || false));
    verdict(found.map(|state| state.is_kept()))
}

/// The bytes of pages of a state: one page of memory, and the zeros after it.
const PAGES: usize = 8192;

/// What every listing of this build begins with.
fn start_of_listings() -> Vec<u8> {
    let listing = Listing { kind: Kind::Module, size: 0, hash: Hash::of(b""), exports: Vec::new() };
    let mut bytes = listing.to_bytes().expect("it is small");
    let own = postcard::to_stdvec(&listing).expect("it is small").len();
    bytes.truncate(bytes.len() - own);
    bytes
}

/// What is really written, of some module.
fn generate(mut choices: Choices<'_>) -> Vec<u8> {
    let kind = choices.below(5) as u8;
    let code = (loader::TARGET.generate)(choices);
    let stubs = Wasi::None.stubs();
    let content = match kind {
        FACTS | FOOTER => COMPILER.with(|compiler| {
            let compiled = compiler.compile(&code, Isolation::Call, stubs);
            let Ok(artefact) = compiled else { return b"not compiled".to_vec() };
            let file = artefact.bytes();
            let facts = facts(file);
            match kind {
                FACTS => facts.to_vec(),
                _ => [&0u64.to_le_bytes(), &(facts.len() as u64).to_le_bytes(), facts].concat(),
            }
        }),
        STATE => facts(state().bytes()).to_vec(),
        LISTING => match Listing::of(&code, stubs, plwasm_engine::Depth::Purity) {
            Ok(listing) => postcard::to_stdvec(&listing).expect("it can be written"),
            Err(_) => Vec::new(),
        },
        _ => match Listing::of(&code[..code.len() / 2], stubs, plwasm_engine::Depth::Purity) {
            Ok(_) => Vec::new(),
            Err(error) => ErrorData::from(&error).to_json().into_bytes(),
        },
    };
    [&[kind], &*content].concat()
}

/// The facts in a sealed file.
fn facts(file: &[u8]) -> &[u8] {
    let end = file.len() - 48;
    let body = u64::from_le_bytes(file[end + 16..end + 24].try_into().unwrap());
    &file[body as usize..end]
}

/// A state with one page and a global of each type.
fn state() -> State {
    let text = r#"(module (memory 1) (data (i32.const 9) "x")
        (global (mut i32) (i32.const 1)) (global (mut i64) (i64.const 2))
        (global (mut f32) (f32.const 3)) (global (mut f64) (f64.const 4))
        (global (mut v128) (v128.const i64x2 5 6))
        (func (export "f") (global.set 0 (i32.const 7)) (i32.store (i32.const 0) (i32.const 8))))"#;
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30)).expect("wasmtime runs here");
    let module = Module::compile(&engine, text.as_bytes(), Isolation::Call).expect("it is valid");
    let state = State::of(&engine, module.into(), Limits::DEFAULT, &WarmUp::default());
    state.expect("nothing runs").expect("nothing is refused")
}

fn mutate(input: &[u8], mut choices: Choices<'_>) -> Vec<u8> {
    const WORDS: [&[u8]; 8] = [
        b"\0",
        b"\x01",
        b"\xff\xff\xff\xff\x0f",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\"",
        b"\\u0000",
        b"null",
        b"\x80",
    ];
    mutate::bytes(input, &WORDS, &mut choices)
}
