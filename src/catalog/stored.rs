//! A text as a row stores it: compressed, if it is.

use crate::{allocator, encoding, interrupt};
use pgrx::pg_sys;
use plwasm_engine::Hash;
use std::ffi::CStr;

/// From how many bytes on it is asked whether there is room for them.
const LONG: usize = 64 << 10;

/// A copy of a stored text, in PostgreSQL's memory. To decompress 20 MB takes longer than to read and hash them.
#[derive(Debug)]
pub struct Stored(*mut pg_sys::varlena);

impl Stored {
    /// Of a column of type text that is not null.
    pub fn of(datum: pg_sys::Datum) -> Self {
        let source: *mut pg_sys::varlena = datum.cast_mut_ptr();
        // SAFETY: a varlena of an open row; what is not out of line stays in the row, and is copied.
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

    /// An empty text.
    pub fn empty() -> Self {
        // SAFETY: a C string.
        Self(unsafe { pg_sys::cstring_to_text(c"".as_ptr()) })
    }

    /// Its bytes, header and all.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: a whole varlena, which lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.0.cast(), pgrx::varsize_any(self.0)) }
    }

    /// What it is known by: the bytes, and the encoding that they are in.
    pub fn hash(&self) -> Hash {
        // SAFETY: reads a static.
        let encoding = unsafe { pg_sys::GetDatabaseEncoding() };
        let hash = Hash::of_all([self.bytes(), &encoding.to_le_bytes()]);
        interrupt::check();
        hash
    }

    /// As UTF-8.
    pub fn text(&self) -> String {
        // SAFETY: a text; text_to_cstring decompresses it and returns a C string.
        unsafe {
            let text = pg_sys::text_to_cstring(self.0.cast());
            interrupt::check();
            let source = encoding::to_guest(CStr::from_ptr(text).to_bytes());
            // This copy, and what is decoded of it.
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
        // SAFETY: palloc'd, and nobody else's; no context is reset while there are frames to unwind.
        unsafe { pg_sys::pfree(self.0.cast()) };
    }
}
