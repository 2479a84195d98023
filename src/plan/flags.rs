//! `flags` as arrays of text: the names of those that are set.

use super::lower::varlena;
use super::path::within;
use crate::{encoding, error};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::Result;
use plwasm_engine::name;

/// The names of a flags type, by bit.
#[derive(Debug)]
pub struct Flags(pub Box<[String]>);

impl Flags {
    /// The bits of the names in an array.
    ///
    /// Raises 22023 for what is no name of a flag, NULL included.
    ///
    /// # Safety
    /// `datum` must be an array of text.
    pub unsafe fn lower(&self, datum: Datum) -> u32 {
        // SAFETY: the caller's promise; text is a varlena of alignment int.
        let found = unsafe {
            let (mut values, mut nulls, mut count) =
                (std::ptr::null_mut(), std::ptr::null_mut(), 0);
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
            (0..count as usize)
                .map(|i| (!*nulls.add(i)).then(|| varlena(*values.add(i))))
                .collect::<Vec<_>>()
        };
        found.into_iter().fold(0, |set, flag| set | 1 << self.bit(flag))
    }

    fn bit(&self, flag: Option<&[u8]>) -> usize {
        let flag = flag.map(|flag| String::from_utf8_lossy(encoding::to_guest(flag)));
        let found = flag
            .as_ref()
            .and_then(|flag| self.0.iter().position(|known| name::matches(known, flag)));
        found.unwrap_or_else(|| {
            let shown = match &flag {
                Some(flag) => format!("\"{}\"", name::printable(flag)),
                None => "null".into(),
            };
            error::raise_sql(
                "22023",
                format!("{shown} is none of the flags"),
                Some(&format!("The flags are {}.", self.0.join(", "))),
            )
        })
    }

    /// The names of the bits that are set. Other bits do not count (`unpack_flags_from_int`).
    pub fn load(&self, set: u32) -> Result<Datum> {
        let mut names = Vec::new();
        for (_, flag) in self.0.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1) {
            names.push(within(|| flag.clone(), || super::lift::text(flag.as_bytes()))?);
        }
        // SAFETY: so many texts.
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
