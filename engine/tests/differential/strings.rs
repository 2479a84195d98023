//! Functions that take strings, as SQL calls them: the host writes into the guest's memory, too, and that
//! has to be put back like what the guest writes. Against plain wasmtime with a new instance for each call.

use super::choices::Choices;
use super::plain::{MEMORY, Plain, Running};
use super::subject::FUEL;
use plwasm_engine::{
    Engine, Entry, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw,
};
use std::rc::Rc;

/// One export: its name, how many strings it takes, and whether it returns one.
pub(crate) type Export = (&'static str, usize, bool);

/// Calls exports at random, and returns how often the guest was reset.
///
/// # Errors
/// The first difference.
pub(crate) fn run(
    binary: &[u8],
    exports: &[Export],
    calls: usize,
    choices: &mut Choices<'_>,
) -> Result<usize, String> {
    let plain = Plain::new(true);
    let reference = plain.compile(binary)?;
    let engine =
        Engine::new(|| false, MemoryBudget::new(1 << 30)).map_err(|error| error.to_string())?;
    let module = Module::compile(&engine, binary, Isolation::Call);
    let module = Rc::new(module.map_err(|error| error.to_string())?);
    let limits = Limits { fuel: FUEL, memory: MEMORY, isolation: Isolation::Call };
    let new = || Guest::new(&engine, module.clone(), limits).map_err(|error| error.to_string());
    let mut guest = new()?;
    let pristine = guest.snapshot();
    let mut resets = 0;
    for number in 0..calls {
        let (name, count, returns_string) = choices.of(exports);
        let strings: Vec<Vec<u8>> = (0..count).map(|_| string(choices)).collect();
        let mut instance = plain.instantiate(&reference).map_err(|error| format!("{error:?}"))?;
        let expected = call_plain(&mut instance, name, &strings, returns_string);
        let uses = Uses { memory: true, realloc: true, post_return: returns_string };
        let entry = guest.entry(name, uses).map_err(|error| error.to_string())?;
        let found = call(&mut guest, &entry, &strings, returns_string);
        let named = || {
            format!("call {number}: {name}{:?}", strings.iter().map(Vec::len).collect::<Vec<_>>())
        };
        match (found, expected) {
            (Ok(found), Some(expected)) if found == expected => {}
            (Err(Error::Trap { .. }), None) => {}
            (found, expected) => return Err(format!("{}: {found:?}, not {expected:?}", named())),
        }
        if guest.reset() {
            resets += 1;
            let snapshot = guest.snapshot();
            if let Some(what) = super::outcome::first_change(&pristine, &snapshot) {
                return Err(format!("{}: after the reset, {what}", named()));
            }
        } else {
            guest = new()?;
        }
    }
    Ok(resets)
}

fn call(
    guest: &mut Guest,
    entry: &Entry,
    strings: &[Vec<u8>],
    returns_string: bool,
) -> Result<Vec<u8>, Error> {
    guest.refuel(FUEL);
    let mut slots = [ValRaw::i64(0); 8];
    for (at, string) in strings.iter().enumerate() {
        let length = string.len() as u32;
        let (pointer, bytes) = guest.allocate(length, 1)?;
        bytes.copy_from_slice(string);
        slots[2 * at] = ValRaw::u32(pointer);
        slots[2 * at + 1] = ValRaw::u32(length);
    }
    // SAFETY: each string is two i32, the result one, and there is room for the fuel.
    unsafe { guest.call(entry, &mut slots)? };
    let result = slots[0].get_u32();
    if !returns_string {
        return Ok(result.to_le_bytes().into());
    }
    let pair = guest.bytes(result, 8, "the result")?;
    let (pointer, length) = (word(pair, 0), word(pair, 4));
    let string = guest.bytes(pointer, length, "the result")?.to_vec();
    guest.post_return(entry, &ValRaw::u32(result))?;
    Ok(string)
}

/// None if it traps.
fn call_plain(
    instance: &mut Running,
    name: &str,
    strings: &[Vec<u8>],
    returns_string: bool,
) -> Option<Vec<u8>> {
    let (store, instance) = instance.parts();
    store.set_fuel(FUEL).ok()?;
    let memory = instance.get_memory(&mut *store, "memory")?;
    let realloc = instance.get_typed_func::<(u32, u32, u32, u32), u32>(&mut *store, "cabi_realloc");
    let realloc = realloc.ok()?;
    let mut slots = [ValRaw::i64(0); 8];
    for (at, string) in strings.iter().enumerate() {
        let length = string.len() as u32;
        let pointer = realloc.call(&mut *store, (0, 0, 1, length)).ok()?;
        memory.write(&mut *store, pointer as usize, string).ok()?;
        slots[2 * at] = ValRaw::u32(pointer);
        slots[2 * at + 1] = ValRaw::u32(length);
    }
    let func = instance.get_func(&mut *store, name)?;
    // SAFETY: each string is two i32, the result one.
    unsafe { func.call_unchecked(&mut *store, &mut slots[..]) }.ok()?;
    let result = slots[0].get_u32();
    if !returns_string {
        return Some(result.to_le_bytes().into());
    }
    let data = memory.data(&*store);
    let pair = data.get(result as usize..result as usize + 8)?;
    let (pointer, length) = (word(pair, 0) as usize, word(pair, 4) as usize);
    Some(data.get(pointer..pointer + length)?.to_vec())
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn string(choices: &mut Choices<'_>) -> Vec<u8> {
    let length = choices.of(&[0, 1, 3, 8, 20, 64, 100, 1000, 1500]);
    let letters = ["a", "B", "z", " ", "-", "ß", "é", "Ω", "日", "🙂", "7", "\n"];
    (0..length).map(|_| choices.of(&letters)).collect::<String>().into_bytes()
}
