//! Parts: where the slots of a value lie in memory, for values that are passed flat.
//!
//! A value that is not a plain scalar is put together only in its memory layout. Its slots are then read from there.

use super::{Layout, Type, discriminant_size};
use crate::error::{Error, Result};
use wasmtime::ValRaw;

/// The bytes of one slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    offset: u32,
    width: Width,
}

/// All slots of a value, in their order.
#[derive(Debug)]
pub struct Parts(Box<[Piece]>);

#[derive(Debug)]
enum Piece {
    One(Part),
    Cases(Cases),
}

/// A discriminant, and the slots that all cases share.
#[derive(Debug)]
struct Cases {
    discriminant: Part,
    /// The parts of the payload of each case.
    payloads: Box<[Parts]>,
    /// The number of shared slots: as many as the case with the most slots has.
    shared: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Bool,
    /// A discriminant of this number of cases.
    Discriminant(u32),
    U8,
    S8,
    U16,
    S16,
    W32,
    W64,
}

impl Parts {
    /// Returns the parts of a value of type `ty`.
    pub fn of(ty: &Type) -> Self {
        Self::at(ty, 0)
    }

    fn at(ty: &Type, offset: u32) -> Self {
        let mut pieces = Vec::new();
        collect(ty, offset, &mut pieces);
        Self(pieces.into())
    }

    /// Returns the number of slots.
    pub fn slots(&self) -> usize {
        let slots = self.0.iter().map(|piece| match piece {
            Piece::One(_) => 1,
            Piece::Cases(cases) => 1 + cases.shared,
        });
        slots.sum()
    }

    /// Calls `push` with the slots of a value in memory, one after the other.
    ///
    /// A slot that cases share holds the bits of the case's value, and zeros above them, whatever the type of the slot
    /// is (`lower_flat_variant`). Here this is true of every slot.
    pub fn read(&self, bytes: &[u8], push: &mut impl FnMut(ValRaw)) {
        for piece in &self.0 {
            match piece {
                Piece::One(part) => push(part.read(bytes)),
                Piece::Cases(cases) => {
                    let case = cases.discriminant.read(bytes);
                    push(case);
                    let payload = cases.payloads.get(case.get_u32() as usize);
                    payload.inspect(|payload| payload.read(bytes, push));
                    let used = payload.map_or(0, Self::slots);
                    (used..cases.shared).for_each(|_| push(ValRaw::u64(0)));
                }
            }
        }
    }

    /// Writes a value in slots to memory. There must be as many as [`slots`](Self::slots) returns.
    ///
    /// # Errors
    /// [`Error::Abi`] if a discriminant belongs to no case (`lift_flat_variant`).
    pub fn write(&self, slots: &[ValRaw], bytes: &mut [u8]) -> Result<()> {
        let mut slots = slots;
        for piece in &self.0 {
            let [slot, rest @ ..] = slots else { break };
            slots = rest;
            match piece {
                Piece::One(part) => part.write(slot, bytes)?,
                Piece::Cases(cases) => {
                    cases.discriminant.write(slot, bytes)?;
                    if let Some(payload) = cases.payloads.get(slot.get_u32() as usize) {
                        payload.write(slots, bytes)?;
                    }
                    slots = slots.get(cases.shared..).unwrap_or_default();
                }
            }
        }
        Ok(())
    }
}

impl Part {
    /// Returns the slot of a value in memory.
    fn read(self, bytes: &[u8]) -> ValRaw {
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

    /// Writes a slot to its bytes in memory, truncated to their width (`lift_flat_unsigned`).
    fn write(self, slot: &ValRaw, bytes: &mut [u8]) -> Result<()> {
        let word = match self.width {
            Width::W64 => slot.get_u64(),
            // `convert_int_to_bool`: any nonzero slot is true.
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
    /// Returns the size in memory, in bytes.
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

fn collect(ty: &Type, offset: u32, pieces: &mut Vec<Piece>) {
    if let Some(fields) = ty.fields() {
        let (_, offsets) = Layout::of_tuple(fields.iter().copied());
        let fields = fields.into_iter().zip(offsets);
        return fields.for_each(|(field, at)| collect(field, offset + at, pieces));
    }
    let one = |offset, width| Piece::One(Part { offset, width });
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
            pieces.push(one(offset, Width::Discriminant(2)));
            let (_, payload) = Layout::of_cases(&[None, Some(some)]);
            // `none` is all zeros, from which every payload can be read.
            return collect(some, offset + payload, pieces);
        }
        Type::String | Type::List(_) => {
            return pieces.extend([one(offset, Width::W32), one(offset + 4, Width::W32)]);
        }
        Type::Variant(_) | Type::Result(_) => {
            let cases = ty.cases().unwrap_or_default();
            let (_, payload) = Layout::of_cases(&cases);
            let width = Width::Discriminant(cases.len() as u32);
            let none = || Parts(Box::default());
            let payload =
                |case: Option<&Type>| case.map_or_else(none, |ty| Parts::at(ty, offset + payload));
            let payloads: Box<[Parts]> = cases.into_iter().map(payload).collect();
            let shared = payloads.iter().map(Parts::slots).max().unwrap_or(0);
            return pieces.push(Piece::Cases(Cases {
                discriminant: Part { offset, width },
                payloads,
                shared,
            }));
        }
        _ => Width::W32,
    };
    pieces.push(one(offset, width));
}
