//! Lowering: arguments from Datum to slots, strings and bytes straight into the guest's memory.

use super::{Param, Plan, Slots, SqlType};
use crate::encoding;
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, NullableDatum};
use plwasm_engine::abi::Layout;
use plwasm_engine::{Guest, Result, ValRaw};

impl Plan {
    /// Arguments to slots.
    ///
    /// # Safety
    /// `args` must have the types of the plan.
    #[inline]
    pub(super) unsafe fn lower_flat(
        &self,
        args: &[NullableDatum],
        guest: &mut Guest,
        slots: &mut Slots,
    ) -> Result<()> {
        for (param, arg) in self.params.iter().zip(args) {
            if param.option {
                slots.push(ValRaw::u32(u32::from(!arg.isnull)));
                if arg.isnull {
                    // The payload of none is zero in every slot (`lower_flat_variant`).
                    slots.push(ValRaw::i64(0));
                    if param.ty.is_list() {
                        slots.push(ValRaw::i64(0));
                    }
                    continue;
                }
            }
            // SAFETY: the caller's promise; the argument is not NULL.
            unsafe { param.ty.lower(arg.value, guest, slots)? };
        }
        Ok(())
    }

    /// Arguments to a tuple in memory, and its pointer to the one slot.
    ///
    /// # Safety
    /// As [`lower_flat`](Self::lower_flat).
    #[cold]
    pub(super) unsafe fn lower_spilled(
        &self,
        args: &[NullableDatum],
        layout: Layout,
        guest: &mut Guest,
        slots: &mut Slots,
    ) -> Result<()> {
        let (tuple, _) = guest.allocate(layout.size, layout.align)?;
        for (param, arg) in self.params.iter().zip(args) {
            // SAFETY: the caller's promise.
            unsafe { param.store(arg, tuple + param.offset, guest)? };
        }
        slots.push(ValRaw::u32(tuple));
        Ok(())
    }
}

impl Param {
    /// # Safety
    /// `arg` must have the parameter's type.
    unsafe fn store(&self, arg: &NullableDatum, at: u32, guest: &mut Guest) -> Result<()> {
        let mut at = at;
        if self.option {
            guest.bytes_mut(at, 1, "cabi_realloc returned")?[0] = u8::from(!arg.isnull);
            // The payload follows at its own alignment, which is at least one byte on.
            at += self.ty.wit().map_or(1, |ty| Layout::of(&ty).align);
            if arg.isnull {
                return Ok(());
            }
        }
        let mut slots = Slots::new();
        // SAFETY: the caller's promise; the argument is not NULL.
        unsafe { self.ty.lower(arg.value, guest, &mut slots)? };
        let size = self.ty.wit().map_or(0, |ty| Layout::of(&ty).size);
        let bytes: [u8; 8] = match slots.pushed() {
            [pointer, length] => {
                (u64::from(length.get_u32()) << 32 | u64::from(pointer.get_u32())).to_le_bytes()
            }
            [value, ..] if size == 8 => value.get_u64().to_le_bytes(),
            [value, ..] => u64::from(value.get_u32()).to_le_bytes(),
            [] => [0; 8],
        };
        guest
            .bytes_mut(at, size, "cabi_realloc returned")?
            .copy_from_slice(&bytes[..size as usize]);
        Ok(())
    }
}

impl SqlType {
    #[inline]
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Text | Self::Name | Self::Xml | Self::Bytea)
    }

    /// Whether the guest gets the Datum as it is: it reads as many of its low bits as it needs.
    #[inline]
    pub(super) fn is_raw(self) -> bool {
        matches!(self, Self::Int4 | Self::Int8 | Self::Oid | Self::Float4 | Self::Float8)
    }

    /// One value that is not NULL.
    ///
    /// # Safety
    /// `datum` must be of this type.
    #[inline]
    unsafe fn lower(self, datum: Datum, guest: &mut Guest, slots: &mut Slots) -> Result<()> {
        let bits = datum.value();
        if self.is_raw() {
            slots.push(ValRaw::u64(bits as u64));
            return Ok(());
        }
        match self {
            Self::Bool => slots.push(ValRaw::u32(u32::from(bits as u8 != 0))),
            Self::Int2 => slots.push(ValRaw::i32(i32::from(bits as i16))),
            // SAFETY: the caller's promise.
            _ => return unsafe { self.lower_list(datum, guest, slots) },
        }
        Ok(())
    }

    /// A string or bytes. Not inlined, to keep the scalars' path short.
    ///
    /// # Safety
    /// As [`lower`](Self::lower).
    #[inline(never)]
    unsafe fn lower_list(self, datum: Datum, guest: &mut Guest, slots: &mut Slots) -> Result<()> {
        // SAFETY: the caller's promise: a varlena, or a name, which is a C string in 64 bytes.
        let bytes = unsafe {
            match self {
                Self::Bytea => varlena(datum),
                Self::Name => {
                    encoding::to_guest(std::ffi::CStr::from_ptr(datum.cast_mut_ptr()).to_bytes())
                }
                _ => encoding::to_guest(varlena(datum)),
            }
        };
        // PostgreSQL's values are below 1 GB.
        let length = bytes.len() as u32;
        let (pointer, memory) = guest.allocate(length, 1)?;
        memory.copy_from_slice(bytes);
        slots.push(ValRaw::u32(pointer));
        slots.push(ValRaw::u32(length));
        Ok(())
    }
}

/// The bytes of a varlena: in place where it is short or plain, de-TOASTed otherwise.
///
/// # Safety
/// `datum` must be a varlena that lives as long as the result is used.
#[inline]
unsafe fn varlena<'a>(datum: Datum) -> &'a [u8] {
    // SAFETY: the caller's promise; the header says what follows (postgres.h, VARATT_IS_*).
    unsafe {
        let mut pointer: *mut pg_sys::varlena = datum.cast_mut_ptr();
        if pgrx::varlena::varatt_is_1b_e(pointer) || pgrx::varlena::varatt_is_4b_c(pointer) {
            pointer = pg_sys::pg_detoast_datum_packed(pointer);
        }
        let data = pgrx::varlena::vardata_any(pointer).cast::<u8>();
        std::slice::from_raw_parts(data, pgrx::varlena::varsize_any_exhdr(pointer))
    }
}
