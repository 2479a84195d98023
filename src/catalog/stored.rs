//! A text as a row stores it, possibly compressed.

use crate::{allocator, encoding, interrupt};
use pgrx::pg_sys;
use plwasm_engine::Hash;
use std::ffi::CStr;

/// The length in bytes from which the budget is asked whether there is room.
const LONG: usize = 64 << 10;

/// A copy of a stored text, in PostgreSQL's memory. Decompressing 20 MB takes longer than reading and hashing them.
#[derive(Debug)]
pub(crate) struct Stored(*mut pg_sys::varlena);

impl Stored {
    /// Copies the value of a column of type text that is not null.
    pub(crate) fn of(datum: pg_sys::Datum) -> Self {
        let source: *mut pg_sys::varlena = datum.cast_mut_ptr();
        // SAFETY: the datum is a varlena of an open row; a value that is not out of line stays in the row, so it is
        // copied.
        unsafe {
            let fetched = pg_sys::detoast_external_attr(source);
            interrupt::check();
            if fetched != source {
                return Self(fetched);
            }
            let size = pgrx::varsize_any(source);
            let copy: *mut pg_sys::varlena = pg_sys::palloc(size).cast();
            copy.cast::<u8>().copy_from_nonoverlapping(source.cast(), size);
            Self(copy)
        }
    }

    /// Returns an empty text.
    pub(crate) fn empty() -> Self {
        // SAFETY: the argument is a C string.
        Self(unsafe { pg_sys::cstring_to_text(c"".as_ptr()) })
    }

    /// Returns its bytes, including the header.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: this is a whole varlena, which lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.0.cast(), pgrx::varsize_any(self.0)) }
    }

    /// Returns the hash that identifies it: of its bytes, and of the encoding that they are in.
    pub(crate) fn hash(&self) -> Hash {
        // SAFETY: the function reads a static variable.
        let encoding = unsafe { pg_sys::GetDatabaseEncoding() };
        let hash = Hash::of_all([self.bytes(), &encoding.to_le_bytes()]);
        interrupt::check();
        hash
    }

    /// Returns it as UTF-8.
    pub(crate) fn text(&self) -> String {
        // SAFETY: this is a text; text_to_cstring decompresses it and returns a C string.
        unsafe {
            let text = pg_sys::text_to_cstring(self.0.cast());
            interrupt::check();
            let source = encoding::to_guest(CStr::from_ptr(text).to_bytes());
            // Room for this copy, and for what is decoded from it.
            if source.len() > LONG {
                allocator::room(3 * source.len());
            }
            let source = String::from_utf8_lossy(source).into_owned();
            pg_sys::pfree(text.cast());
            source
        }
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        // SAFETY: the text was allocated by palloc and belongs to `self` alone; no context is reset while there are
        // frames to unwind.
        unsafe { pg_sys::pfree(self.0.cast()) };
    }
}
