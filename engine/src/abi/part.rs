//! Parts: where in memory the slots of a value lie that is passed flat.
//!
//! A value that is no plain scalar is put together in memory's form alone; its slots are read off there.

use super::{Layout, Type, discriminant_size};
use crate::error::{Error, Result};
use wasmtime::ValRaw;

/// One slot's bytes.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    offset: u32,
    width: Width,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Bool,
    /// Of so many cases.
    Discriminant(u32),
    U8,
    S8,
    U16,
    S16,
    W32,
    W64,
}

impl Part {
    /// Where it lies in the value, in bytes, and how many it has there.
    pub fn place(self) -> (u32, usize) {
        (self.offset, self.width.size())
    }

    /// The parts of a value, in the order of its slots; none if it has a variant or result, whose cases
    /// share slots.
    pub fn of(ty: &Type) -> Option<Vec<Self>> {
        let mut parts = Vec::new();
        collect(ty, 0, &mut parts).then_some(parts)
    }

    /// The slot of a value in memory.
    pub fn read(self, bytes: &[u8]) -> ValRaw {
        let bytes = &bytes[self.offset as usize..];
        let mut word = [0; 8];
        word[..self.width.size()].copy_from_slice(&bytes[..self.width.size()]);
        let word = u64::from_le_bytes(word);
        match self.width {
            Width::S8 => ValRaw::i32((word as i8).into()),
            Width::S16 => ValRaw::i32((word as i16).into()),
            Width::W64 => ValRaw::u64(word),
            _ => ValRaw::u32(word as u32),
        }
    }

    /// Puts a slot to where it lies in memory, cut to its width there (`lift_flat_unsigned`).
    ///
    /// # Errors
    /// [`Error::Abi`] if it is no case's discriminant (`lift_flat_variant`).
    pub fn write(self, slot: &ValRaw, bytes: &mut [u8]) -> Result<()> {
        let word = match self.width {
            Width::W64 => slot.get_u64(),
            // `convert_int_to_bool`: any bit of the slot counts.
            Width::Bool => (slot.get_u32() != 0).into(),
            Width::Discriminant(cases) if slot.get_u32() >= cases => {
                return Err(Error::no_case(slot.get_u32(), cases as usize));
            }
            _ => slot.get_u32().into(),
        };
        let size = self.width.size();
        bytes[self.offset as usize..][..size].copy_from_slice(&word.to_le_bytes()[..size]);
        Ok(())
    }
}

impl Width {
    /// Bytes in memory.
    fn size(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 => 2,
            Self::W32 => 4,
            Self::W64 => 8,
            Self::Discriminant(cases) => discriminant_size(cases as usize) as usize,
        }
    }
}

/// False if there is none.
fn collect(ty: &Type, offset: u32, parts: &mut Vec<Part>) -> bool {
    if let Some(fields) = ty.fields() {
        let (_, offsets) = Layout::of_tuple(fields.iter().copied());
        return fields.iter().zip(offsets).all(|(field, at)| collect(field, offset + at, parts));
    }
    let width = match ty {
        Type::Bool => Width::Bool,
        Type::U8 => Width::U8,
        Type::S8 => Width::S8,
        Type::U16 => Width::U16,
        Type::S16 => Width::S16,
        Type::S64 | Type::U64 | Type::F64 => Width::W64,
        Type::Flags(_) => match Layout::of(ty).size {
            1 => Width::U8,
            2 => Width::U16,
            _ => Width::W32,
        },
        Type::Enum(labels) => Width::Discriminant(labels.labels.len() as u32),
        Type::Option(some) => {
            parts.push(Part { offset, width: Width::Discriminant(2) });
            let (_, payload) = Layout::of_cases(&[None, Some(some)]);
            return collect(some, offset + payload, parts);
        }
        Type::String | Type::List(_) => {
            parts.push(Part { offset, width: Width::W32 });
            parts.push(Part { offset: offset + 4, width: Width::W32 });
            return true;
        }
        Type::Result(result) if result.ok.is_none() && result.err.is_none() => {
            Width::Discriminant(2)
        }
        Type::Variant(_) | Type::Result(_) => return false,
        _ => Width::W32,
    };
    parts.push(Part { offset, width });
    true
}
