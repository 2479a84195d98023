//! The engine's part of the canonical ABI: a random type, and whatever a guest leaves in its slots. A slot is refused,
//! or put where it is the same when it is read again. What lies in a guest's memory, the extension lifts:
//! `tests/client/fuzz.sh`.

use super::choices::Choices;
use super::{Target, Verdict, check_error, mutate};
use plwasm_engine::ValRaw;
use plwasm_engine::abi::{
    Case, Field, Labels, Layout, Parts, Record, ResultType, Signature, Type, Variant,
};
use std::rc::Rc;

pub(crate) const TARGET: Target =
    Target { name: "abi", seeds: &["fuzz/seeds/abi"], run, generate, mutate };

pub(crate) fn run(input: &[u8]) -> Verdict {
    let mut choices = Choices::new(input);
    let mut parts = 200;
    let ty = random(&mut choices, 6, &mut parts);
    let layout = Layout::of(&ty);
    let mut flat = Vec::new();
    ty.flatten(&mut flat);
    let core = Signature { params: vec![ty.clone()], result: Some(ty.clone()) }.core();
    assert!(core.params.len() <= 16 && core.results.len() <= 1, "{core}");
    let parts = Parts::of(&ty);
    assert_eq!(parts.slots(), flat.len(), "{ty}");
    let slot = |choices: &mut Choices<'_>| match choices.below(3) {
        0 => choices.below(3).into(),
        1 => choices.of(&[u64::MAX, 1 << 31, 1 << 32, 255, 256, 65_535, 65_536]),
        _ => choices.bits(),
    };
    let slots: Vec<_> = flat.iter().map(|_| ValRaw::u64(slot(&mut choices))).collect();
    let mut bytes = vec![0xaa; layout.size as usize];
    if let Err(error) = parts.write(&slots, &mut bytes) {
        check_error(&error);
        return Verdict::Refused;
    }
    let mut read = Vec::new();
    parts.read(&bytes, &mut |slot| read.push(slot));
    assert_eq!(read.len(), flat.len(), "{ty}");
    let mut again = bytes.clone();
    parts.write(&read, &mut again).expect("what was read can be written");
    assert_eq!(again, bytes, "{ty}");
    Verdict::Accepted
}

/// A type of no more than so many parts.
fn random(choices: &mut Choices<'_>, depth: u32, parts: &mut u32) -> Type {
    *parts = parts.saturating_sub(1);
    if depth == 0 || *parts == 0 || choices.one_in(2) {
        return leaf(choices);
    }
    let count = 1 + choices.below(6);
    let mut part = |choices: &mut Choices<'_>| random(choices, depth - 1, parts);
    match choices.below(7) {
        0 => part(choices).list(),
        1 => part(choices).option(),
        2 => Type::Tuple((0..count).map(|_| part(choices)).collect()),
        3 => {
            let mut some = || (!choices.one_in(3)).then(|| part(choices));
            Type::Result(Rc::new(ResultType { ok: some(), err: some() }))
        }
        4 => {
            let cases = (0..count).map(|i| Case {
                name: format!("c{i}"),
                ty: choices.one_in(2).then(|| part(choices)),
            });
            Type::Variant(Rc::new(Variant { name: None, docs: None, cases: cases.collect() }))
        }
        _ => {
            let fields =
                (0..count).map(|i| Field { name: format!("f{i}"), docs: None, ty: part(choices) });
            Type::Record(Rc::new(Record { name: None, docs: None, fields: fields.collect() }))
        }
    }
}

fn leaf(choices: &mut Choices<'_>) -> Type {
    let labels = |count: u32| {
        Rc::new(Labels {
            name: None,
            docs: None,
            labels: (0..count).map(|i| format!("l{i}")).collect(),
        })
    };
    match choices.below(15) {
        0 => Type::Bool,
        1 => Type::S8,
        2 => Type::U8,
        3 => Type::S16,
        4 => Type::U16,
        5 => Type::S32,
        6 => Type::U32,
        7 => Type::S64,
        8 => Type::U64,
        9 => Type::F32,
        10 => Type::F64,
        11 => Type::Char,
        12 => Type::String,
        13 => Type::Enum(labels(choices.of(&[1, 2, 255, 256, 257, 300]))),
        _ => Type::Flags(labels(choices.of(&[1, 8, 9, 16, 17, 32]))),
    }
}

fn generate(mut choices: Choices<'_>) -> Vec<u8> {
    let length = 16 + choices.below(400) as usize;
    choices.bytes(length)
}

fn mutate(input: &[u8], mut choices: Choices<'_>) -> Vec<u8> {
    mutate::bytes(input, &[b"\0", b"\xff", b"\x0e", b"\x04"], &mut choices)
}
