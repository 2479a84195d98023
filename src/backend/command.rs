//! Where the command `plwasm` is, which the server runs as its compiler process.
//!
//! It must never be looked for in PATH, nor where an SQL user says.

use crate::settings;
use std::ffi::{CStr, OsStr, c_char};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Returns the path of the command: what `plwasm.compiler` says, otherwise the first of [`places`] where there is a
/// file. There may be none.
pub(super) fn path() -> PathBuf {
    settings::compiler().unwrap_or_else(|| {
        let mut places = places();
        let found = places.iter().position(|place| place.is_file());
        places.swap_remove(found.unwrap_or(0))
    })
}

/// Returns the words for where the command is looked for. They do not contain the value of `plwasm.compiler`, which
/// only superusers may see.
pub(super) fn places_in_words() -> String {
    if settings::compiler().is_some() {
        return "where plwasm.compiler says".into();
    }
    let places: Vec<_> = places().iter().map(|place| format!("\"{}\"", place.display())).collect();
    format!("as {}", places.join(" or "))
}

/// Returns where the command can be: beside the library, for one that was found by `dynamic_library_path`, and beside the
/// server's own programs. Beside the library it has another name, as PostgreSQL would take a file `plwasm` there for the
/// library.
fn places() -> Vec<PathBuf> {
    let library = library().filter(|path| path.is_absolute());
    let beside_library = library.map(|path| path.with_file_name("plwasm-compiler"));
    beside_library.into_iter().chain([server().with_file_name("plwasm")]).collect()
}

fn server() -> PathBuf {
    unsafe extern "C" {
        // This is from miscadmin.h.
        static my_exec_path: [c_char; 0];
    }
    // SAFETY: this is a C string, which is set when the server starts.
    to_path(unsafe { CStr::from_ptr((&raw const my_exec_path).cast()) })
}

/// Returns the file from which this library was loaded.
fn library() -> Option<PathBuf> {
    let mut found = MaybeUninit::<libc::Dl_info>::uninit();
    let inside: fn() -> Option<PathBuf> = library;
    // SAFETY: any address is allowed. What is found is written if the result is not zero; then the name is a C string
    // that is as old as the library.
    unsafe {
        match libc::dladdr(inside as *const _, found.as_mut_ptr()) {
            0 => None,
            _ => Some(to_path(CStr::from_ptr(found.assume_init().dli_fname))),
        }
    }
}

fn to_path(name: &CStr) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(name.to_bytes()))
}
