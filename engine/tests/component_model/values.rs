//! Values of scripts, passed to a guest of ours and back by the canonical ABI.
//!
//! wasmtime's `Val` is what both runtimes' values are compared as.

use plwasm_engine::abi::{Layout, Parts, Signature, Type, discriminant, discriminant_size, word};
use plwasm_engine::{Entry, Error, Guest, Uses, ValRaw};
use wasmtime::component::Val;
use wast::component::WastVal;

/// The value that a script writes.
pub(crate) fn of(value: &WastVal<'_>) -> Val {
    let boxed = |value: &Option<Box<WastVal<'_>>>| value.as_ref().map(|value| Box::new(of(value)));
    match value {
        WastVal::Bool(value) => Val::Bool(*value),
        WastVal::U8(value) => Val::U8(*value),
        WastVal::S8(value) => Val::S8(*value),
        WastVal::U16(value) => Val::U16(*value),
        WastVal::S16(value) => Val::S16(*value),
        WastVal::U32(value) => Val::U32(*value),
        WastVal::S32(value) => Val::S32(*value),
        WastVal::U64(value) => Val::U64(*value),
        WastVal::S64(value) => Val::S64(*value),
        WastVal::F32(value) => Val::Float32(f32::from_bits(value.bits)),
        WastVal::F64(value) => Val::Float64(f64::from_bits(value.bits)),
        WastVal::Char(value) => Val::Char(*value),
        WastVal::String(value) => Val::String((*value).into()),
        WastVal::List(all) => Val::List(all.iter().map(of).collect()),
        WastVal::Record(fields) => {
            Val::Record(fields.iter().map(|(name, value)| (name.to_string(), of(value))).collect())
        }
        WastVal::Tuple(all) => Val::Tuple(all.iter().map(of).collect()),
        WastVal::Variant(case, value) => Val::Variant(case.to_string(), boxed(value)),
        WastVal::Enum(label) => Val::Enum(label.to_string()),
        WastVal::Option(value) => Val::Option(boxed(value)),
        WastVal::Result(Ok(value)) => Val::Result(Ok(boxed(value))),
        WastVal::Result(Err(value)) => Val::Result(Err(boxed(value))),
        WastVal::Flags(labels) => Val::Flags(labels.iter().map(ToString::to_string).collect()),
    }
}

/// One call of an exported function of ours.
///
/// # Errors
/// Those of [`Guest::call`]; [`Error::Abi`] for a result that is none.
pub(crate) fn call(
    guest: &mut Guest,
    export: &str,
    signature: &Signature,
    arguments: &[Val],
) -> Result<Option<Val>, Error> {
    let uses = Uses {
        memory: signature.needs_memory(),
        realloc: signature.needs_realloc(),
        post_return: signature.result_spilled(),
    };
    let entry = guest.entry(export, uses)?;
    guest.refuel(1_000_000_000);
    let params = Type::Tuple(signature.params.clone().into());
    let layout = Layout::of(&params);
    let mut bytes = vec![0; layout.size as usize];
    store(guest, &params, &Val::Tuple(arguments.to_vec()), &mut bytes)?;
    let mut slots = match signature.params_spilled() {
        true => {
            let (pointer, place) = guest.allocate(layout.size, layout.align)?;
            place.copy_from_slice(&bytes);
            vec![ValRaw::u32(pointer)]
        }
        false => {
            let mut slots = Vec::new();
            Parts::of(&params).read(&bytes, &mut |slot| slots.push(slot));
            slots
        }
    };
    slots.resize(slots.len().max(1) + 1, ValRaw::u32(0));
    // SAFETY: the slots are those of the function's type, as is one for its result and one for fuel.
    unsafe { guest.call(&entry, &mut slots)? };
    let value = match &signature.result {
        None => None,
        Some(ty) => Some(result(guest, signature, ty, &slots[0])?),
    };
    done(guest, &entry, &slots[0])?;
    Ok(value)
}

fn done(guest: &mut Guest, entry: &Entry, slot: &ValRaw) -> Result<(), Error> {
    guest.post_return(entry, slot)
}

fn result(guest: &Guest, signature: &Signature, ty: &Type, slot: &ValRaw) -> Result<Val, Error> {
    let layout = Layout::of(ty);
    if signature.result_spilled() {
        return load(guest, ty, place(guest, slot.get_u32(), layout)?);
    }
    let mut bytes = vec![0; layout.size as usize];
    Parts::of(ty).write(std::slice::from_ref(slot), &mut bytes)?;
    load(guest, ty, &bytes)
}

fn place(guest: &Guest, pointer: u32, layout: Layout) -> Result<&[u8], Error> {
    if pointer & (layout.align - 1) != 0 {
        return Err(Error::Abi("a pointer is not aligned".into()));
    }
    guest.bytes(pointer, layout.size, "a value")
}

/// Puts a value into its bytes; what they point to, into the guest's memory.
fn store(guest: &mut Guest, ty: &Type, value: &Val, to: &mut [u8]) -> Result<(), Error> {
    let mut put = |bytes: &[u8]| to[..bytes.len()].copy_from_slice(bytes);
    match value {
        Val::Bool(value) => put(&[u8::from(*value)]),
        Val::U8(value) => put(&[*value]),
        Val::S8(value) => put(&value.to_le_bytes()),
        Val::U16(value) => put(&value.to_le_bytes()),
        Val::S16(value) => put(&value.to_le_bytes()),
        Val::U32(value) => put(&value.to_le_bytes()),
        Val::S32(value) => put(&value.to_le_bytes()),
        Val::U64(value) => put(&value.to_le_bytes()),
        Val::S64(value) => put(&value.to_le_bytes()),
        Val::Float32(value) => put(&value.to_bits().to_le_bytes()),
        Val::Float64(value) => put(&value.to_bits().to_le_bytes()),
        Val::Char(value) => put(&u32::from(*value).to_le_bytes()),
        Val::String(text) => {
            let (pointer, place) = guest.allocate(text.len() as u32, 1)?;
            place.copy_from_slice(text.as_bytes());
            put(&pointer.to_le_bytes());
            to[4..8].copy_from_slice(&(text.len() as u32).to_le_bytes());
        }
        Val::List(all) => {
            let Type::List(element) = ty else { unreachable!("{ty}") };
            let layout = Layout::of(element);
            let mut bytes = vec![0; layout.size as usize * all.len()];
            for (value, to) in all.iter().zip(bytes.chunks_mut(layout.size as usize)) {
                store(guest, element, value, to)?;
            }
            let (pointer, place) = guest.allocate(bytes.len() as u32, layout.align)?;
            place.copy_from_slice(&bytes);
            put(&pointer.to_le_bytes());
            to[4..8].copy_from_slice(&(all.len() as u32).to_le_bytes());
        }
        Val::Tuple(all) => fields(guest, ty, &all.iter().collect::<Vec<_>>(), to)?,
        Val::Record(all) => {
            fields(guest, ty, &all.iter().map(|(_, value)| value).collect::<Vec<_>>(), to)?;
        }
        Val::Flags(set) => {
            let Type::Flags(labels) = ty else { unreachable!("{ty}") };
            let bits = labels
                .labels
                .iter()
                .enumerate()
                .fold(0u32, |bits, (at, label)| bits | u32::from(set.contains(label)) << at);
            let size = to.len();
            to.copy_from_slice(&bits.to_le_bytes()[..size]);
        }
        value => {
            let (number, payload) = case(ty, value);
            let cases = ty.cases().expect("a value of a type with cases");
            let size = discriminant_size(cases.len()) as usize;
            to[..size].copy_from_slice(&(number as u32).to_le_bytes()[..size]);
            if let Some(payload) = payload {
                let at = Layout::of_cases(&cases).1 as usize;
                let ty = cases[number].expect("the case has a payload");
                store(guest, ty, payload, &mut to[at..][..Layout::of(ty).size as usize])?;
            }
        }
    }
    Ok(())
}

fn fields(guest: &mut Guest, ty: &Type, values: &[&Val], to: &mut [u8]) -> Result<(), Error> {
    let types = ty.fields().expect("a value of a type with fields");
    let (_, offsets) = Layout::of_tuple(types.iter().copied());
    for ((ty, value), at) in types.iter().zip(values).zip(offsets) {
        store(guest, ty, value, &mut to[at as usize..][..Layout::of(ty).size as usize])?;
    }
    Ok(())
}

/// The number of a value's case, and its payload.
fn case<'v>(ty: &Type, value: &'v Val) -> (usize, Option<&'v Val>) {
    let named = |name: &str| {
        let found = match ty {
            Type::Variant(variant) => variant.cases.iter().position(|case| case.name == name),
            Type::Enum(labels) => labels.labels.iter().position(|label| label == name),
            _ => None,
        };
        found.expect("the type has that case")
    };
    match value {
        Val::Variant(name, payload) => (named(name), payload.as_deref()),
        Val::Enum(name) => (named(name), None),
        Val::Option(payload) => (usize::from(payload.is_some()), payload.as_deref()),
        Val::Result(Ok(payload)) => (0, payload.as_deref()),
        Val::Result(Err(payload)) => (1, payload.as_deref()),
        other => unreachable!("{other:?}"),
    }
}

/// The value that those bytes are.
fn load(guest: &Guest, ty: &Type, from: &[u8]) -> Result<Val, Error> {
    let list = |element: &Type| -> Result<Vec<Val>, Error> {
        let (pointer, count) =
            (u32::from_le_bytes(word(from)), u32::from_le_bytes(word(&from[4..])));
        let layout = Layout::of(element);
        let size = count.checked_mul(layout.size).ok_or_else(|| Error::Abi("too long".into()))?;
        let bytes = place(guest, pointer, Layout { size, ..layout })?;
        bytes.chunks(layout.size as usize).map(|bytes| load(guest, element, bytes)).collect()
    };
    Ok(match ty {
        Type::Bool => Val::Bool(from[0] != 0),
        Type::U8 => Val::U8(from[0]),
        Type::S8 => Val::S8(from[0] as i8),
        Type::U16 => Val::U16(u16::from_le_bytes(word(from))),
        Type::S16 => Val::S16(i16::from_le_bytes(word(from))),
        Type::U32 => Val::U32(u32::from_le_bytes(word(from))),
        Type::S32 => Val::S32(i32::from_le_bytes(word(from))),
        Type::U64 => Val::U64(u64::from_le_bytes(word(from))),
        Type::S64 => Val::S64(i64::from_le_bytes(word(from))),
        Type::F32 => Val::Float32(f32::from_le_bytes(word(from))),
        Type::F64 => Val::Float64(f64::from_le_bytes(word(from))),
        Type::Char => {
            let code = u32::from_le_bytes(word(from));
            Val::Char(char::from_u32(code).ok_or_else(|| Error::Abi("no char".into()))?)
        }
        Type::String => {
            let (pointer, length) =
                (u32::from_le_bytes(word(from)), u32::from_le_bytes(word(&from[4..])));
            let bytes = guest.bytes(pointer, length, "a string")?.to_vec();
            Val::String(String::from_utf8(bytes).map_err(|_| Error::Abi("no text".into()))?)
        }
        Type::List(element) => Val::List(list(element)?),
        Type::Flags(labels) => {
            let bits = discriminant(ty, from);
            let set = labels.labels.iter().enumerate().filter(|(at, _)| bits >> at & 1 != 0);
            Val::Flags(set.map(|(_, label)| label.clone()).collect())
        }
        Type::Record(_) | Type::Tuple(_) => {
            let types = ty.fields().expect("it has fields");
            let (_, offsets) = Layout::of_tuple(types.iter().copied());
            let values =
                types.iter().zip(offsets).map(|(ty, at)| load(guest, ty, &from[at as usize..]));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            match ty {
                Type::Record(record) => {
                    let names = record.fields.iter().map(|field| field.name.clone());
                    Val::Record(names.zip(values).collect())
                }
                _ => Val::Tuple(values),
            }
        }
        Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result(_) => {
            let cases = ty.cases().expect("it has cases");
            let number = discriminant(ty, from) as usize;
            let payload = *cases.get(number).ok_or_else(|| Error::Abi("no case".into()))?;
            let at = Layout::of_cases(&cases).1 as usize;
            let payload = payload.map(|ty| load(guest, ty, &from[at..])).transpose()?.map(Box::new);
            match ty {
                Type::Variant(variant) => Val::Variant(variant.cases[number].name.clone(), payload),
                Type::Enum(labels) => Val::Enum(labels.labels[number].clone()),
                Type::Option(_) => Val::Option(payload),
                _ => Val::Result(if number == 0 { Ok(payload) } else { Err(payload) }),
            }
        }
        Type::Own(_) | Type::Borrow(_) => {
            return Err(Error::Unsupported(format!("{ty}, a handle")));
        }
    })
}
