//! libpq, loaded when it is needed: the commands that a server starts do not use it.
//!
//! It must never be linked. Only functions that are called are declared.

use crate::failure::{Failure, Kind, Result};
use libloading::os::unix::{Library, Symbol};
use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

/// A connection, and a result.
pub(super) type Conn = c_void;
pub(super) type Res = c_void;

pub(super) type NoticeProcessor = unsafe extern "C" fn(*mut c_void, *const c_char);
pub(super) type NoticeReceiver = unsafe extern "C" fn(*mut c_void, *const Res);

/// Values of `ConnStatusType` and `ExecStatusType`, and codes of error fields.
pub(super) const CONNECTION_OK: c_int = 0;
pub(super) const COMMAND_OK: c_int = 1;
pub(super) const TUPLES_OK: c_int = 2;
pub(super) const COPY_IN: c_int = 4;
pub(super) const SQLSTATE: c_int = b'C' as c_int;
pub(super) const MESSAGE: c_int = b'M' as c_int;
pub(super) const DETAIL: c_int = b'D' as c_int;
pub(super) const HINT: c_int = b'H' as c_int;
pub(super) const CONTEXT: c_int = b'W' as c_int;

macro_rules! functions {
    ($($name:ident: fn($($arg:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions that are called, by libpq's names.
        #[allow(non_snake_case)]
        pub(super) struct Libpq {
            $(pub $name: Symbol<unsafe extern "C" fn($($arg),*) $(-> $result)?>,)*
            /// The library of the functions. It must stay loaded.
            _library: Library,
        }

        impl Libpq {
            fn of(library: Library) -> std::result::Result<Self, libloading::Error> {
                Ok(Self {
                    // SAFETY: the types are those of libpq-fe.h, which have not changed since version 9.
                    $($name: unsafe { library.get(concat!(stringify!($name), "\0").as_bytes())? },)*
                    _library: library,
                })
            }
        }
    };
}

functions! {
    PQconnectdbParams: fn(*const *const c_char, *const *const c_char, c_int) -> *mut Conn;
    PQstatus: fn(*const Conn) -> c_int;
    PQhost: fn(*const Conn) -> *const c_char;
    PQport: fn(*const Conn) -> *const c_char;
    PQdb: fn(*const Conn) -> *const c_char;
    PQerrorMessage: fn(*const Conn) -> *const c_char;
    PQconnectionNeedsPassword: fn(*const Conn) -> c_int;
    PQfinish: fn(*mut Conn);
    PQsetNoticeProcessor: fn(*mut Conn, NoticeProcessor, *mut c_void) -> Option<NoticeProcessor>;
    PQsetNoticeReceiver: fn(*mut Conn, NoticeReceiver, *mut c_void) -> Option<NoticeReceiver>;
    PQexecParams: fn(
        *mut Conn, *const c_char, c_int, *const u32, *const *const c_char, *const c_int, *const c_int, c_int
    ) -> *mut Res;
    PQgetResult: fn(*mut Conn) -> *mut Res;
    PQputCopyData: fn(*mut Conn, *const c_char, c_int) -> c_int;
    PQputCopyEnd: fn(*mut Conn, *const c_char) -> c_int;
    PQresultStatus: fn(*const Res) -> c_int;
    PQresultErrorField: fn(*const Res, c_int) -> *const c_char;
    PQntuples: fn(*const Res) -> c_int;
    PQnfields: fn(*const Res) -> c_int;
    PQgetvalue: fn(*const Res, c_int, c_int) -> *const c_char;
    PQgetlength: fn(*const Res, c_int, c_int) -> c_int;
    PQgetisnull: fn(*const Res, c_int, c_int) -> c_int;
    PQclear: fn(*mut Res);
}

impl std::fmt::Debug for Libpq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Libpq")
    }
}

/// Loads libpq, once.
///
/// # Errors
/// [`Kind::Tool`] if it is not installed.
pub(super) fn load() -> Result<&'static Libpq> {
    static LOADED: OnceLock<std::result::Result<Libpq, String>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        // SAFETY: its initializers are those of a system library.
        let library = unsafe { Library::new("libpq.so.5") };
        library.and_then(Libpq::of).map_err(|error| error.to_string())
    });
    loaded.as_ref().map_err(|error| {
        Failure::new(Kind::Tool, "PostgreSQL's client library libpq.so.5 cannot be loaded")
            .detail(plwasm_engine::name::paragraph(error))
            .hint(
                "Install it: apt install libpq5, dnf install libpq, or have it in LD_LIBRARY_PATH.",
            )
    })
}
