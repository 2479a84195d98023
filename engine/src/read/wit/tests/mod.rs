//! Metadata that wit-component writes is read back. Metadata that no toolchain writes is refused.

mod bounds;
mod read;

use super::*;
use wasm_encoder::{CustomSection, Encode, Section};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageId, PackageMetadata, Resolve, WorldId};

const TYPES: &str = include_str!("../../../../../wit/types.wit");
const EXAMPLES: &str = include_str!("../../../../../guest-examples/wit/examples.wit");

fn resolve(wit: &str) -> (Resolve, PackageId, WorldId) {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    resolve.push_str("types.wit", TYPES).unwrap();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    (resolve, package, world)
}

fn section(binary: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: name.into(), data: data.into() };
    binary.push(section.id());
    section.encode(binary);
}

fn module_with(wit: &str, strings: StringEncoding) -> Vec<u8> {
    let (resolve, _, world) = resolve(wit);
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = wit_component::dummy_module(&resolve, world, abi);
    wit_component::embed_component_metadata(&mut module, &resolve, world, strings).unwrap();
    module
}

/// Returns a core module for the only world of a text in WIT.
fn module(wit: &str) -> Vec<u8> {
    module_with(wit, StringEncoding::UTF8)
}

fn component(wit: &str) -> Vec<u8> {
    ComponentEncoder::default().module(&module(wit)).unwrap().encode().unwrap()
}

/// Returns a core module with nothing but one section of metadata.
fn bare(metadata: &[u8]) -> Vec<u8> {
    let mut module = wat::parse_str("(module)").unwrap();
    section(&mut module, "component-type", metadata);
    module
}

fn read(binary: &[u8]) -> Interface {
    Interface::of(binary).unwrap().expect("there is metadata")
}

fn printed(interface: &Interface) -> Vec<String> {
    interface.functions.iter().map(ToString::to_string).collect()
}

fn world(items: &str) -> String {
    format!("package a:b@1.2.3;\nworld w {{ {items} }}")
}

#[track_caller]
fn invalid(binary: &[u8], why: &str) {
    match Interface::of(binary) {
        Err(Error::Invalid(text) | Error::Unsupported(text)) => {
            assert!(text.contains(why), "{text}");
        }
        other => panic!("{other:?}"),
    }
}
