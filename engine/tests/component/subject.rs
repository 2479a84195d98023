//! A component, called here and through wasmtime's own component runtime, and the two compared.

use plwasm_engine::{
    Engine, Entry, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw,
};
use std::rc::Rc;
use wasmtime::component::{Component, Linker, Val};

/// A value that a test passes or expects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Unit,
    U32(u32),
    S64(i64),
    F64(f64),
    Text(String),
    List(Vec<u32>),
    /// `result<_, string>`
    Ok(Box<Value>),
    Failed(String),
}

/// What a function returns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Returns {
    Unit,
    U32,
    F64,
    Text,
    /// `result<string, string>`
    Result,
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_string())
}

pub(crate) fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(1 << 30)).unwrap()
}

pub(crate) const LIMITS: Limits =
    Limits { fuel: 1_000_000_000, memory: 512 << 20, isolation: Isolation::Call };

pub(crate) fn compile(engine: &Engine, component: &str) -> Result<Rc<Module>, Error> {
    let binary = wat::parse_str(component).unwrap();
    Module::compile(engine, &binary, Isolation::Call).map(Rc::new)
}

/// A guest of ours, whose calls are isolated.
pub(crate) struct Ours {
    engine: Engine,
    module: Rc<Module>,
    guest: Option<Guest>,
    /// Units of fuel that the last call took.
    pub fuel: u64,
    /// Whether what the last call did was put back, or the instance was dropped.
    pub was_reset: bool,
}

impl Ours {
    pub(crate) fn new(component: &str) -> Result<Self, Error> {
        let engine = engine();
        let module = compile(&engine, component)?;
        Ok(Self { engine, module, guest: None, fuel: 0, was_reset: false })
    }

    pub(crate) fn guest(&mut self) -> Result<&mut Guest, Error> {
        if self.guest.is_none() {
            self.guest = Some(Guest::new(&self.engine, self.module.clone(), LIMITS)?);
        }
        Ok(self.guest.as_mut().unwrap())
    }

    /// Calls a function; what it changed is put back.
    pub(crate) fn call(
        &mut self,
        export: &str,
        arguments: &[Value],
        returns: Returns,
    ) -> Result<Value, Error> {
        let guest = self.guest()?;
        let result = call(guest, export, arguments, returns);
        let fuel = guest.fuel_used();
        let was_reset = result.is_ok() && guest.reset();
        if !was_reset {
            self.guest = None;
        }
        (self.fuel, self.was_reset) = (fuel, was_reset);
        result
    }
}

/// One call, lowered and lifted by hand.
pub(crate) fn call(
    guest: &mut Guest,
    export: &str,
    arguments: &[Value],
    returns: Returns,
) -> Result<Value, Error> {
    let is_in_memory = matches!(returns, Returns::Text | Returns::Result);
    let has_pointer =
        arguments.iter().any(|value| matches!(value, Value::Text(_) | Value::List(_)));
    let uses = Uses {
        memory: is_in_memory || has_pointer,
        realloc: has_pointer,
        post_return: is_in_memory,
    };
    let entry = guest.entry(export, uses)?;
    guest.refuel(LIMITS.fuel);
    let mut slots = Vec::new();
    for argument in arguments {
        match argument {
            Value::U32(value) => slots.push(ValRaw::u32(*value)),
            Value::S64(value) => slots.push(ValRaw::i64(*value)),
            Value::F64(value) => slots.push(ValRaw::f64(value.to_bits())),
            Value::Text(text) => {
                let (pointer, place) = guest.allocate(text.len() as u32, 1)?;
                place.copy_from_slice(text.as_bytes());
                slots.extend([pointer, text.len() as u32].map(ValRaw::u32));
            }
            Value::List(all) => {
                let (pointer, place) = guest.allocate(all.len() as u32 * 4, 4)?;
                for (place, value) in place.chunks_mut(4).zip(all) {
                    place.copy_from_slice(&value.to_le_bytes());
                }
                slots.extend([pointer, all.len() as u32].map(ValRaw::u32));
            }
            _ => unreachable!(),
        }
    }
    slots.resize(slots.len().max(1) + 1, ValRaw::u32(0));
    // SAFETY: the test's types are those of the component.
    unsafe { guest.call(&entry, &mut slots)? };
    lift(guest, &entry, &slots, returns)
}

fn lift(
    guest: &mut Guest,
    entry: &Entry,
    slots: &[ValRaw],
    returns: Returns,
) -> Result<Value, Error> {
    let word = |guest: &Guest, at: u32| {
        let bytes = guest.bytes(at, 4, "result")?;
        Ok::<_, Error>(u32::from_le_bytes(bytes.try_into().unwrap()))
    };
    let string = |guest: &Guest, at: u32| {
        let bytes = guest.bytes(word(guest, at)?, word(guest, at + 4)?, "string")?;
        Ok::<_, Error>(String::from_utf8(bytes.to_vec()).unwrap())
    };
    let pointer = slots[0].get_u32();
    let value = match returns {
        Returns::Unit => Value::Unit,
        Returns::U32 => Value::U32(pointer),
        Returns::F64 => Value::F64(f64::from_bits(slots[0].get_f64())),
        Returns::Text => Value::Text(string(guest, pointer)?),
        Returns::Result => {
            let found = string(guest, pointer + 4)?;
            match guest.bytes(pointer, 1, "result")?[0] {
                0 => Value::Ok(Box::new(Value::Text(found))),
                _ => Value::Failed(found),
            }
        }
    };
    guest.post_return(entry, &slots[0])?;
    Ok(value)
}

/// The same call in a fresh instance of wasmtime's own.
pub(crate) fn theirs(
    component: &str,
    export: &str,
    arguments: &[Value],
) -> wasmtime::Result<Value> {
    let mut config = wasmtime::Config::new();
    config.wasm_multi_memory(true);
    let engine = wasmtime::Engine::new(&config)?;
    let component = Component::new(&engine, wat::parse_str(component).unwrap())?;
    let mut store = wasmtime::Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let func = match export.split_once('#') {
        None => instance.get_func(&mut store, export),
        Some((of, name)) => {
            let of = instance.get_export_index(&mut store, None, of).unwrap();
            let found = instance.get_export_index(&mut store, Some(&of), name).unwrap();
            instance.get_func(&mut store, found)
        }
    }
    .expect("the export is there");
    let arguments: Vec<Val> = arguments.iter().map(val).collect();
    let mut results = vec![Val::Bool(false); func.ty(&store).results().len()];
    func.call(&mut store, &arguments, &mut results)?;
    Ok(results.first().map_or(Value::Unit, value))
}

fn val(value: &Value) -> Val {
    match value {
        Value::U32(value) => Val::U32(*value),
        Value::S64(value) => Val::S64(*value),
        Value::F64(value) => Val::Float64(*value),
        Value::Text(text) => Val::String(text.clone()),
        Value::List(all) => Val::List(all.iter().map(|value| Val::U32(*value)).collect()),
        other => unreachable!("{other:?}"),
    }
}

fn value(val: &Val) -> Value {
    match val {
        Val::U32(value) => Value::U32(*value),
        Val::S64(value) => Value::S64(*value),
        Val::Float64(value) => Value::F64(*value),
        Val::String(text) => Value::Text(text.clone()),
        Val::List(all) => Value::List(
            all.iter()
                .map(|val| match val {
                    Val::U32(value) => *value,
                    other => unreachable!("{other:?}"),
                })
                .collect(),
        ),
        Val::Result(Ok(Some(val))) => Value::Ok(Box::new(value(val))),
        Val::Result(Err(Some(val))) => match &**val {
            Val::String(text) => Value::Failed(text.clone()),
            other => unreachable!("{other:?}"),
        },
        other => unreachable!("{other:?}"),
    }
}

/// Calls each function twice here, and once in wasmtime's component runtime: all three must agree,
/// and both calls here must take the same fuel.
pub(crate) fn same(component: &str, calls: &[(&str, &[Value], Returns)]) {
    agree(component, calls, false);
}

/// The same of calls that trap.
pub(crate) fn same_traps(component: &str, calls: &[(&str, &[Value], Returns)]) {
    agree(component, calls, true);
}

fn agree(component: &str, calls: &[(&str, &[Value], Returns)], trap: bool) {
    let mut ours = Ours::new(component).unwrap();
    for (export, arguments, returns) in calls {
        let theirs = theirs(component, export, arguments);
        let first = ours.call(export, arguments, *returns);
        let fuel = ours.fuel;
        let second = ours.call(export, arguments, *returns);
        for found in [first, second] {
            match (&theirs, &found) {
                (Ok(theirs), Ok(ours)) if !trap => {
                    assert_eq!(ours, theirs, "{export} {arguments:?}")
                }
                (Err(_), Err(Error::Trap { .. })) if trap => {}
                (theirs, ours) => {
                    panic!("{export} {arguments:?}: theirs {theirs:?}, ours {ours:?}")
                }
            }
        }
        assert_eq!(ours.fuel, fuel, "{export}");
    }
}
