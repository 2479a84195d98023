//! WIT metadata, of components and of modules: the functions read, their types checked. An input is a binary, or the
//! bytes that wit-smith makes a world of: of that, what wit-parser says is known.

use super::choices::Choices;
use super::{Target, Verdict, check_error, mutate};
use arbitrary::Unstructured;
use plwasm_engine::abi::{CoreSignature, CoreType, Layout, Parts};
use plwasm_engine::read::wit::{Function, Interface};
use plwasm_engine::suggestion::{Dialect, Suggestions};
use plwasm_engine::{Listed, name};
use std::collections::{BTreeMap, HashSet};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId, WorldItem};

pub(crate) const TARGET: Target =
    Target { name: "wit", seeds: &["fuzz/seeds/wit"], run, generate, mutate };

/// No function's type is written with more, in bytes.
const LONGEST_TYPE: usize = 2 << 20;

pub(crate) fn run(input: &[u8]) -> Verdict {
    match input.split_first() {
        None | Some((0, _)) => read(input),
        Some((kind, seed)) => match World::smith(seed) {
            None => Verdict::Refused,
            Some(world) => {
                let Some(binary) = world.binary(*kind) else { return Verdict::Refused };
                let found = Interface::of(&binary)
                    .unwrap_or_else(|error| panic!("wit-component wrote it: {error}"));
                world.check(found.map_or(Vec::new(), |interface| interface.functions));
                read(&binary)
            }
        },
    }
}

fn read(binary: &[u8]) -> Verdict {
    let found = Interface::of(binary);
    match &found {
        Err(error) => check_error(error),
        Ok(Some(interface)) => {
            interface.functions.iter().for_each(check);
            suggest(&interface.functions);
        }
        Ok(None) => return Verdict::Refused,
    }
    found.into()
}

/// What is suggested has a statement or a reason for each function that others do not call.
fn suggest(functions: &[Function]) {
    let listed = |wit: &Function| Listed {
        name: wit.export.clone(),
        core: None,
        wit: Some(wit.clone()),
        purity: None,
    };
    let exports: Vec<_> = functions.iter().map(listed).collect();
    let dialect = Dialect {
        identifier: |name| format!("\"{}\"", name.replace('"', "\"\"")),
        comment: ToString::to_string,
        poll: || {},
    };
    let found = Suggestions::of(&exports, "s", "s", "m", dialect);
    let mut signatures = HashSet::new();
    for found in &found.functions {
        assert!(!found.sql(true).contains('\n'), "{}", found.sql(true));
        if let Ok(function) = &found.function {
            assert!(signatures.insert(function.signature()), "{}", function.signature());
        }
        let names = exports.iter().map(|export| export.name.as_str());
        assert!(name::find(names, &found.export).is_ok(), "{}", found.export);
    }
    for found in &found.aggregates {
        assert!(!found.sql(true).contains('\n'), "{}", found.sql(true));
        if let Ok(aggregate) = &found.aggregate {
            assert!(signatures.insert(aggregate.identity()), "{}", aggregate.identity());
        }
    }
}

/// What the extension does with a function before it compares it with SQL's.
fn check(function: &Function) {
    let text = function.to_string();
    assert!(text.len() <= LONGEST_TYPE, "a type of {} bytes", text.len());
    assert!(text.chars().all(|c| !c.is_control()), "{text:?}");
    let bytes = postcard::to_stdvec(function).expect("it can be written");
    let again: Function = postcard::from_bytes(&bytes).expect("it can be read");
    assert_eq!(again.to_string(), text);
    let Some(signature) = function.signature() else { return };
    signature.core();
    for ty in signature.params.iter().chain(&signature.result) {
        let layout = Layout::of(ty);
        assert!(
            layout.align.is_power_of_two() && layout.size.is_multiple_of(layout.align),
            "{layout:?}"
        );
        let parts = Parts::of(ty);
        let mut slots = 0;
        // It reads no byte beyond those of the layout.
        parts.read(&vec![0; layout.size as usize], &mut |_| slots += 1);
        assert_eq!(slots, parts.slots(), "{ty}");
    }
}

/// A world of wit-smith's.
struct World {
    resolve: Resolve,
    world: WorldId,
}

impl World {
    /// None if the bytes do not suffice for one.
    fn smith(seed: &[u8]) -> Option<Self> {
        let mut choices = Unstructured::new(seed);
        let config = wit_smith::Config {
            max_packages: 2,
            async_: choices.ratio(1, 4).ok()?,
            futures: choices.ratio(1, 8).ok()?,
            streams: choices.ratio(1, 8).ok()?,
            error_context: choices.ratio(1, 8).ok()?,
            fixed_length_lists: choices.ratio(1, 8).ok()?,
            ..wit_smith::Config::default()
        };
        let package = wit_smith::smith(&config, &mut choices).ok()?;
        let Ok(DecodedWasm::WitPackage(resolve, _)) = wit_component::decode(&package) else {
            return None;
        };
        let worlds: Vec<WorldId> = resolve.worlds.iter().map(|(world, _)| world).collect();
        let world = *worlds.get(seed.len() % worlds.len().max(1))?;
        Some(Self { resolve, world })
    }

    /// A module of that world, or a component made of it; none if wit-component makes none.
    fn binary(&self, kind: u8) -> Option<Vec<u8>> {
        let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
        let mut module = wit_component::dummy_module(&self.resolve, self.world, abi);
        wit_component::embed_component_metadata(
            &mut module,
            &self.resolve,
            self.world,
            StringEncoding::UTF8,
        )
        .ok()?;
        match kind % 2 {
            0 => ComponentEncoder::default().module(&module).ok()?.encode().ok(),
            _ => Some(module),
        }
    }

    /// The functions found have to be those that it exports, and their types flatten alike.
    fn check(&self, found: Vec<Function>) {
        let mut exported = BTreeMap::new();
        for (key, item) in &self.resolve.worlds[self.world].exports {
            match item {
                WorldItem::Function(function) => {
                    exported.insert(function.name.clone(), function);
                }
                WorldItem::Interface { id, .. } => {
                    for function in self.resolve.interfaces[*id].functions.values() {
                        let interface = self.resolve.name_world_key(key);
                        exported.insert(format!("{interface}#{}", function.name), function);
                    }
                }
                WorldItem::Type { .. } => {}
            }
        }
        for function in found {
            let expected = exported.remove(&function.export);
            let Some(expected) = expected else {
                panic!("\"{}\" is not exported", function.export)
            };
            let Some(signature) = function.signature() else { continue };
            let expected = self.resolve.wasm_signature(AbiVariant::GuestExport, expected);
            let core = |types: &[WasmType]| types.iter().map(core_type).collect();
            let expected =
                CoreSignature { params: core(&expected.params), results: core(&expected.results) };
            assert_eq!(signature.core(), expected, "{function}");
        }
        assert!(exported.is_empty(), "not found: {:?}", exported.keys());
    }
}

fn core_type(ty: &WasmType) -> CoreType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => CoreType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => CoreType::I64,
        WasmType::F32 => CoreType::F32,
        WasmType::F64 => CoreType::F64,
    }
}

fn generate(mut choices: Choices<'_>) -> Vec<u8> {
    let mut input = vec![1 + choices.below(2) as u8];
    let length = 64 + choices.below(1400) as usize;
    input.extend(choices.bytes(length));
    input
}

fn mutate(input: &[u8], mut choices: Choices<'_>) -> Vec<u8> {
    let made = match input.split_first() {
        Some((kind, seed)) if *kind > 0 && !choices.one_in(4) => {
            World::smith(seed).and_then(|world| world.binary(*kind))
        }
        _ => None,
    };
    match made {
        Some(binary) => mutate::binary(&binary, &mut choices),
        None => mutate::binary(input, &mut choices),
    }
}
