//! Where values lie in linear memory: `alignment`, `elem_size` and the offsets of tuples.

use super::Type;

/// Size and alignment in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub size: u32,
    pub align: u32,
}

/// The first multiple of `align`, a power of two, that is not below `offset`.
pub const fn align_to(offset: u32, align: u32) -> u32 {
    (offset + align - 1) & !(align - 1)
}

impl Layout {
    /// The layout of one value.
    pub fn of(ty: &Type) -> Self {
        let natural = |size| Self { size, align: size };
        match ty {
            Type::Bool => natural(1),
            Type::S16 => natural(2),
            Type::S32 | Type::U32 | Type::F32 => natural(4),
            Type::S64 | Type::F64 => natural(8),
            Type::String | Type::Bytes => Self { size: 8, align: 4 },
            Type::Option(some) => {
                let some = Self::of(some);
                Self { size: align_to(some.align + some.size, some.align), align: some.align }
            }
        }
    }

    /// The layout of a tuple, and the offset of each of its fields.
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

    /// The payload of an option starts at its own alignment, behind one byte of discriminant.
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
}
