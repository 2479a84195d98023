//! A core module in WebAssembly text for a WIT world: its functions trap, until somebody writes them. It carries the
//! world and its comments in custom sections, so that wasm.create_functions() knows what to create.
//!
//! `cargo run -p plwasm-engine --example wit-to-wat -- world.wit >module.wat`

use std::process::ExitCode;
use wasm_encoder::{CustomSection, Encode, Section};
use wit_component::StringEncoding;
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageMetadata, Resolve};

const TYPES: &str = include_str!("../../wit/types.wit");

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: wit-to-wat FILE.wit");
        return ExitCode::FAILURE;
    };
    match text(&path) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn text(path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut resolve = Resolve::default();
    resolve.push_str("types.wit", TYPES)?;
    let package = resolve.push_str(path, &std::fs::read_to_string(path)?)?;
    let world = resolve.select_world(&[package], None)?;
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = wit_component::dummy_module(&resolve, world, abi);
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let docs = PackageMetadata::extract(&resolve, package).encode()?;
    let docs = CustomSection { name: "package-docs".into(), data: docs.into() };
    module.push(docs.id());
    docs.encode(&mut module);
    Ok(wasmprinter::print_bytes(&module)?)
}
