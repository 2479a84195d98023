//! What a call comes to, and what it leaves behind: the two things that are compared.

use plwasm_engine::{Error, TrapKind, ValRaw};
use std::collections::BTreeMap;
use wasmtime::{GcHeapOutOfMemory, HeapType, ThrownException, Trap, ValType};

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The bits of its results; of a reference, whether it is one, but an `i31ref`'s are its own.
    Returned(Vec<u128>),
    Trapped(TrapKind),
    OutOfFuel,
    OutOfMemory,
    /// What neither side may ever say.
    Unexpected(String),
}

impl Outcome {
    /// Whether it depends on what the two sides may differ in: how much stack a frame takes, what fuel
    /// is charged for, what else is in the instance's memory.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(self, Self::OutOfFuel | Self::OutOfMemory | Self::Trapped(TrapKind::Stack))
    }

    /// As the engine reports it.
    pub(crate) fn of_engine(error: Error) -> Self {
        match error.cause() {
            Error::Trap { kind, .. } => Self::Trapped(*kind),
            Error::Fuel { .. } => Self::OutOfFuel,
            Error::Memory { .. } => Self::OutOfMemory,
            other => Self::Unexpected(format!("{other:?}")),
        }
    }

    /// As wasmtime reports it. Not what the engine does with such an error, but what it should.
    pub(crate) fn of_wasmtime(error: &wasmtime::Error) -> Self {
        let Some(trap) = error.downcast_ref::<Trap>() else {
            return match () {
                () if error.is::<ThrownException>() => Self::Trapped(TrapKind::Exception),
                () if error.is::<GcHeapOutOfMemory<()>>() => Self::OutOfMemory,
                () => Self::Unexpected(format!("{error:#}")),
            };
        };
        Self::Trapped(match trap {
            Trap::OutOfFuel => return Self::OutOfFuel,
            Trap::StackOverflow => TrapKind::Stack,
            Trap::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
            Trap::TableOutOfBounds => TrapKind::TableOutOfBounds,
            Trap::IndirectCallToNull => TrapKind::NullCall,
            Trap::BadSignature => TrapKind::BadCall,
            Trap::IntegerOverflow => TrapKind::IntegerOverflow,
            Trap::IntegerDivisionByZero => TrapKind::DivideByZero,
            Trap::BadConversionToInteger => TrapKind::BadConversion,
            Trap::UnreachableCodeReached => TrapKind::Unreachable,
            other => TrapKind::Other(*other),
        })
    }

    /// The results in `slots`.
    pub(crate) fn returned(results: &[Kind], slots: &[ValRaw]) -> Self {
        Self::Returned(results.iter().zip(slots).map(|(kind, slot)| kind.bits(slot)).collect())
    }
}

/// What a parameter or result is, as far as passing it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    I32,
    I64,
    F32,
    F64,
    V128,
    Function { nullable: bool },
    Object { nullable: bool },
}

impl Kind {
    pub(crate) fn of(ty: &ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32,
            ValType::I64 => Self::I64,
            ValType::F32 => Self::F32,
            ValType::F64 => Self::F64,
            ValType::V128 => Self::V128,
            ValType::Ref(reference) => {
                let nullable = reference.is_nullable();
                match reference.heap_type().top() {
                    HeapType::Func => Self::Function { nullable },
                    _ => Self::Object { nullable },
                }
            }
        }
    }

    pub(crate) fn bits(self, slot: &ValRaw) -> u128 {
        match self {
            Self::I32 => slot.get_u32().into(),
            Self::I64 => slot.get_u64().into(),
            Self::F32 => slot.get_f32().into(),
            Self::F64 => slot.get_f64().into(),
            Self::V128 => slot.get_v128(),
            Self::Function { .. } => (!slot.get_funcref().is_null()).into(),
            Self::Object { .. } => match slot.get_anyref() {
                0 => 0,
                number if number & 1 == 1 => number.into(),
                _ => 2,
            },
        }
    }
}

/// What an instance exports and can change, by name.
pub(crate) type State = BTreeMap<String, Item>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Memory(Vec<u8>),
    /// A number's bits.
    Global(Vec<u8>),
    /// Whether it refers to something.
    Reference(bool),
    /// Which elements refer to something.
    Table(Vec<bool>),
}

/// Whether a snapshot of the engine's says the same of everything that is in `state`, and where not.
/// References are left out: there a snapshot has addresses.
pub(crate) fn first_difference(
    state: &State,
    snapshot: &BTreeMap<String, Vec<u8>>,
    globals: bool,
) -> Option<String> {
    state.iter().find_map(|(name, item)| {
        let expected = match item {
            Item::Memory(bytes) => bytes,
            Item::Global(bytes) if globals => bytes,
            _ => return None,
        };
        let Some(found) = snapshot.get(name) else {
            return Some(format!("export {name:?} is not in the snapshot"));
        };
        // A number may be kept in more bytes than it has.
        let found = match item {
            Item::Global(_) => found.get(..expected.len()).unwrap_or(found),
            _ => found,
        };
        differing_byte(expected, found).map(|what| format!("export {name:?}: {what}"))
    })
}

/// Where two snapshots differ first.
pub(crate) fn first_change(
    expected: &BTreeMap<String, Vec<u8>>,
    found: &BTreeMap<String, Vec<u8>>,
) -> Option<String> {
    if !expected.keys().eq(found.keys()) {
        return Some(format!("exports {:?}, not {:?}", found.keys(), expected.keys()));
    }
    expected.iter().find_map(|(name, bytes)| {
        differing_byte(bytes, &found[name]).map(|what| format!("export {name:?}: {what}"))
    })
}

fn differing_byte(expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    if expected.len() != found.len() {
        return Some(format!("{} bytes, not {}", found.len(), expected.len()));
    }
    let at = expected.iter().zip(found).position(|(a, b)| a != b)?;
    Some(format!("byte {at:#x} is {:#04x}, not {:#04x}", found[at], expected[at]))
}
