//! What one process of ours writes and another reads: artefacts, listings, errors. An input is what stands in such a
//! file; what is around it, checksum included, is right, so that the contents are looked at.

use super::choices::Choices;
use super::{Target, Verdict, loader, mutate};
use plwasm_engine::read::inspect::Kind;
use plwasm_engine::{
    Artefact, Compiler, Damage, ErrorData, Hash, Isolation, Listing, Runtime, Threads, Wasi,
};
use std::io::Write;
use xxhash_rust::xxh3::xxh3_128;

pub(crate) const TARGET: Target =
    Target { name: "artefact", seeds: &["fuzz/seeds/artefact"], run, generate, mutate };

/// What an input is of: its first byte.
const FACTS: u8 = 0;
const FOOTER: u8 = 1;
const LISTING: u8 = 2;

thread_local! {
    static RUNTIME: Runtime = Runtime::new().expect("wasmtime runs here");
    static COMPILER: Compiler = RUNTIME.with(|runtime| Compiler::new(runtime, Threads::One));
    static LISTED: Vec<u8> = start_of_listings();
}

pub(crate) fn run(input: &[u8]) -> Verdict {
    let Some((kind, content)) = input.split_first() else { return Verdict::Refused };
    match kind % 4 {
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

fn read(bytes: &[u8]) -> Verdict {
    let mut file = tempfile::tempfile().expect("there is a directory for temporary files");
    file.write_all(bytes).expect("it can be written");
    let found = RUNTIME.with(|runtime| Artefact::read(runtime, &file, || false));
    match &found {
        Ok(artefact) => drop(artefact.is_supplied()),
        Err(Damage::Facts(_) | Damage::Length(_)) => {}
        Err(other) => panic!("{other}"),
    }
    found.into()
}

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
    let kind = choices.below(4) as u8;
    let code = (loader::TARGET.generate)(choices);
    let stubs = Wasi::None.stubs();
    let content = match kind {
        FACTS | FOOTER => COMPILER.with(|compiler| {
            let compiled = compiler.compile(&code, Isolation::Call, stubs);
            let Ok(artefact) = compiled else { return b"not compiled".to_vec() };
            let file = artefact.bytes();
            let end = file.len() - 48;
            let number =
                |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
            let facts = &file[number(end + 16)..end];
            match kind {
                FACTS => facts.to_vec(),
                _ => [&0u64.to_le_bytes(), &(facts.len() as u64).to_le_bytes(), facts].concat(),
            }
        }),
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
