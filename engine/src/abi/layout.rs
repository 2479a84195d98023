//! The layout of values in linear memory: `alignment`, `elem_size` and the offsets of fields.

use super::Type;

/// Size and alignment in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The size in bytes, a multiple of `align`.
    pub size: u32,
    /// The alignment in bytes, a power of two.
    pub align: u32,
}

/// Returns the first multiple of `align`, a power of two, that is not less than `offset`.
pub const fn align_to(offset: u32, align: u32) -> u32 {
    (offset + align - 1) & !(align - 1)
}

/// Returns the number of bytes of the discriminant of a type with `cases` cases (`discriminant_type`).
pub const fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Returns the first `N` bytes.
///
/// # Panics
/// If there are fewer. The bytes of a place are always complete.
#[inline]
pub fn word<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut word = [0; N];
    word.copy_from_slice(&bytes[..N]);
    word
}

/// Returns the number of the case, or the bits of the flags, that `bytes` begins with.
///
/// # Panics
/// If there are fewer bytes.
pub fn discriminant(ty: &Type, bytes: &[u8]) -> u32 {
    let size = match ty.cases() {
        Some(cases) => discriminant_size(cases.len()),
        None => Layout::of(ty).size,
    };
    bits(bytes, size)
}

/// Returns the number that `bytes` begins with. It has a `size` of 1, 2 or 4 bytes.
///
/// # Panics
/// If there are fewer bytes.
pub fn bits(bytes: &[u8], size: u32) -> u32 {
    match size {
        1 => bytes[0].into(),
        2 => u16::from_le_bytes(word(bytes)).into(),
        _ => u32::from_le_bytes(word(bytes)),
    }
}

impl Layout {
    /// Returns the layout of a value of type `ty`.
    pub fn of(ty: &Type) -> Self {
        let natural = |size| Self { size, align: size };
        if let Some(fields) = ty.fields() {
            return Self::of_tuple(fields).0;
        }
        if let Some(cases) = ty.cases() {
            return Self::of_cases(&cases).0;
        }
        match ty {
            Type::Bool | Type::S8 | Type::U8 => natural(1),
            Type::S16 | Type::U16 => natural(2),
            Type::S64 | Type::U64 | Type::F64 => natural(8),
            Type::String | Type::List(_) => Self { size: 8, align: 4 },
            Type::Own(_) | Type::Borrow(_) => natural(4),
            // A type has at most 32 flags.
            Type::Flags(flags) => match flags.labels.len() {
                0..=8 => natural(1),
                9..=16 => natural(2),
                _ => natural(4),
            },
            _ => natural(4),
        }
    }

    /// Returns the layout of a variant, and the offset of the payload, which is the same for all cases.
    pub fn of_cases(cases: &[Option<&Type>]) -> (Self, u32) {
        let discriminant = discriminant_size(cases.len());
        let (mut size, mut align) = (0, 1);
        for case in cases.iter().flatten() {
            let case = Self::of(case);
            size = size.max(case.size);
            align = align.max(case.align);
        }
        let payload = align_to(discriminant, align);
        let align = align.max(discriminant);
        (Self { size: align_to(payload + size, align), align }, payload)
    }

    /// Returns the layout of a tuple, and the offset of each of its fields.
    pub fn of_tuple<'a>(types: impl IntoIterator<Item = &'a Type>) -> (Self, Vec<u32>) {
        let mut whole = Self { size: 0, align: 1 };
        let mut offsets = Vec::new();
        for ty in types {
            let field = Self::of(ty);
            let offset = align_to(whole.size, field.align);
            offsets.push(offset);
            whole = Self { size: offset + field.size, align: whole.align.max(field.align) };
        }
        (Self { size: align_to(whole.size, whole.align), ..whole }, offsets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Labels;
    use std::rc::Rc;

    /// The payload of an option is aligned, after one byte of discriminant.
    #[test]
    fn option_payload_is_aligned() {
        let layout = |ty: Type| {
            let Layout { size, align } = Layout::of(&ty.option());
            (size, align)
        };
        assert_eq!(layout(Type::Bool), (2, 1));
        assert_eq!(layout(Type::S16), (4, 2));
        assert_eq!(layout(Type::S64), (16, 8));
        assert_eq!(layout(Type::String), (12, 4));
    }

    #[test]
    fn tuples_are_padded() {
        let (whole, offsets) = Layout::of_tuple(&[Type::Bool, Type::S64, Type::S16]);
        assert_eq!(offsets, [0, 8, 16]);
        assert_eq!(whole, Layout { size: 24, align: 8 });
    }

    /// 256 cases fit one byte, 257 do not.
    #[test]
    fn many_cases_need_more_bytes() {
        let of = |labels: usize| {
            let labels = vec!["a".to_string(); labels];
            Layout::of(&Type::Enum(Rc::new(Labels { name: None, docs: None, labels }))).size
        };
        assert_eq!((of(256), of(257), of(65_537)), (1, 2, 4));
    }
}
