//! `flags` as arrays of text, which hold the names of the flags that are set.

use super::lower::varlena;
use crate::encoding;
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::Result;
use plwasm_engine::abi::Labels;
use plwasm_engine::pass::path::within;
use plwasm_engine::pass::{lifting, lowering};
use std::rc::Rc;

/// The names of the flags, in the order of their bits.
#[derive(Debug)]
pub(super) struct Flags(pub Rc<Labels>);

impl Flags {
    /// Returns the bits of the flags that an array names.
    ///
    /// # Errors
    /// 22023 if an element is not the name of a flag, or is NULL.
    ///
    /// # Safety
    /// `datum` must be an array of text.
    pub(super) unsafe fn lower(&self, datum: Datum) -> Result<u32> {
        // SAFETY: the caller's promise.
        let found = unsafe { texts(datum) };
        found.into_iter().try_fold(0, |set, flag| {
            let flag = flag.map(|flag| String::from_utf8_lossy(encoding::to_guest(flag)));
            Ok(set | lowering::flag(&self.0, flag.as_deref())?)
        })
    }

    /// Loads an array with the names of the flags that are set. The flags take `size` bytes.
    pub(super) fn load(&self, bytes: &[u8], size: u32) -> Result<Datum> {
        let mut names = Vec::new();
        for flag in lifting::flags(bytes, size, &self.0) {
            names.push(within(|| flag.to_string(), || super::lift::text(flag))?);
        }
        // SAFETY: `names` holds `names.len()` texts.
        Ok(Datum::from(unsafe {
            pg_sys::construct_array(
                names.as_mut_ptr(),
                names.len() as i32,
                pg_sys::TEXTOID,
                -1,
                false,
                pg_sys::TYPALIGN_INT as std::ffi::c_char,
            )
        }))
    }
}

/// Returns the elements of an array of text, in the server's encoding.
///
/// # Safety
/// `datum` must be an array of text.
pub(super) unsafe fn texts<'a>(datum: Datum) -> Vec<Option<&'a [u8]>> {
    let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
    // SAFETY: the caller's promise; text is a varlena of alignment int.
    unsafe {
        pg_sys::deconstruct_array(
            pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast(),
            pg_sys::TEXTOID,
            -1,
            false,
            pg_sys::TYPALIGN_INT as std::ffi::c_char,
            &mut values,
            &mut nulls,
            &mut count,
        );
        let text = |i| (!*nulls.add(i)).then(|| varlena(*values.add(i)));
        (0..count as usize).map(text).collect()
    }
}
