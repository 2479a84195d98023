//! The database that a command is to work in: a connection, statements, a transaction.
//!
//! What is not committed is rolled back when the connection ends. It must never put values into the text of a statement
//! unquoted: they are parameters.

mod libpq;

use crate::failure::{Failure, Kind, Result};
use libpq::{Conn, Libpq, Res};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

/// Which database.
#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseArguments {
    /// The database, as psql takes it: a name, a connection string or a URI; '' for what PG* variables and .pgpass say
    #[arg(long, value_name = "CONNINFO", default_value = "")]
    pub db: String,
}

/// A connection.
#[derive(Debug)]
pub struct Database {
    libpq: &'static Libpq,
    connection: *mut Conn,
}

/// The rows of a query, as text.
pub type Rows = Vec<Vec<Option<String>>>;

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub enum Parameter<'a> {
    Text(&'a str),
    /// As `bytea`.
    Bytes(&'a [u8]),
}

/// The types that parameters are declared as: text is whatever it has to be.
const UNKNOWN: u32 = 0;
const BYTEA: u32 = 17;

impl Database {
    /// Connects, as psql would.
    ///
    /// # Errors
    /// What libpq says.
    pub fn connect(conninfo: &str) -> Result<Self> {
        let libpq = libpq::load()?;
        let no_nul = |text: &str| {
            CString::new(text)
                .map_err(|_| Failure::new(Kind::Usage, "a connection string has a zero byte in it"))
        };
        let conninfo = no_nul(conninfo)?;
        let settings = [
            (c"dbname", conninfo.as_c_str()),
            (c"fallback_application_name", c"plwasm"),
            (c"client_encoding", c"UTF8"),
        ];
        // The last comes first in libpq: what is empty is not given.
        let is_given = |setting: &&(&CStr, &CStr)| !setting.1.is_empty();
        let mut names: Vec<_> =
            settings.iter().filter(is_given).map(|(name, _)| name.as_ptr()).collect();
        let mut values: Vec<_> =
            settings.iter().filter(is_given).map(|(_, value)| value.as_ptr()).collect();
        names.push(ptr::null());
        values.push(ptr::null());
        // SAFETY: two arrays of C strings, each with a null at its end.
        let connection = unsafe { (libpq.PQconnectdbParams)(names.as_ptr(), values.as_ptr(), 1) };
        let database = Self { libpq, connection };
        // SAFETY: a connection, or null, which both take.
        unsafe {
            if (libpq.PQstatus)(connection) != libpq::CONNECTION_OK {
                let message = text((libpq.PQerrorMessage)(connection));
                let failure = Failure::new(Kind::Server, message.trim());
                return Err(match (libpq.PQconnectionNeedsPassword)(connection) {
                    0 => failure.hint(
                        "--db takes what psql takes: a name, 'host=... dbname=...' or postgres://...; PG* variables \
                         and service files count.",
                    ),
                    _ => failure.hint("Give the password in ~/.pgpass or PGPASSWORD."),
                });
            }
            (libpq.PQsetNoticeProcessor)(connection, ignore, ptr::null_mut());
        }
        Ok(database)
    }

    /// Makes sure that there is PL/Wasm.
    ///
    /// # Errors
    /// If there is none.
    pub fn require_extension(&self) -> Result<()> {
        let found = self
            .value("SELECT current_database() FROM pg_extension WHERE extname = 'plwasm'", &[])?;
        if found.is_some() {
            return Ok(());
        }
        let database = self.value("SELECT current_database()", &[])?.unwrap_or_default();
        Err(Failure::new(Kind::Server, format!("database \"{database}\" does not have PL/Wasm"))
            .hint("Install it, and then in that database: CREATE EXTENSION plwasm."))
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// What the server says.
    pub fn run(&self, statement: &str, parameters: &[Parameter]) -> Result<()> {
        self.query(statement, parameters).map(drop)
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// What the server says.
    pub fn query(&self, statement: &str, parameters: &[Parameter]) -> Result<Rows> {
        let result = self.execute(statement, parameters)?;
        let libpq = self.libpq;
        let mut rows = Rows::new();
        // SAFETY: a result, and numbers that it has.
        unsafe {
            for row in 0..(libpq.PQntuples)(result.result) {
                let column = |column: c_int| {
                    if (libpq.PQgetisnull)(result.result, row, column) != 0 {
                        return None;
                    }
                    let length = (libpq.PQgetlength)(result.result, row, column) as usize;
                    let value = (libpq.PQgetvalue)(result.result, row, column).cast::<u8>();
                    let bytes = std::slice::from_raw_parts(value, length);
                    Some(String::from_utf8_lossy(bytes).into_owned())
                };
                rows.push((0..(libpq.PQnfields)(result.result)).map(column).collect());
            }
        }
        Ok(rows)
    }

    /// The first column of the first row; none if that is NULL or there is no row.
    ///
    /// # Errors
    /// What the server says.
    pub fn value(&self, statement: &str, parameters: &[Parameter]) -> Result<Option<String>> {
        Ok(self
            .query(statement, parameters)?
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next()?))
    }

    /// Copies rows of one column of bytes, telling how many bytes went.
    ///
    /// # Errors
    /// What the server says.
    pub fn copy(&self, table: &str, rows: &[&[u8]], mut sent: impl FnMut(usize)) -> Result<()> {
        self.execute_to(&format!("COPY {table} FROM STDIN (FORMAT binary)"), &[], libpq::COPY_IN)?;
        self.put(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0")?;
        for (number, row) in rows.iter().enumerate() {
            // Two columns: which, and the bytes.
            let mut tuple = Vec::with_capacity(row.len() + 14);
            tuple.extend(2i16.to_be_bytes());
            tuple.extend(4i32.to_be_bytes());
            tuple.extend((number as i32).to_be_bytes());
            tuple.extend((row.len() as i32).to_be_bytes());
            tuple.extend(*row);
            self.put(&tuple)?;
            sent(row.len());
        }
        self.put(&(-1i16).to_be_bytes())?;
        // SAFETY: a connection; null says that it went well.
        if unsafe { (self.libpq.PQputCopyEnd)(self.connection, ptr::null()) } != 1 {
            return Err(self.lost());
        }
        loop {
            // SAFETY: a connection.
            let result = unsafe { (self.libpq.PQgetResult)(self.connection) };
            if result.is_null() {
                return Ok(());
            }
            self.checked(result, libpq::COMMAND_OK)?;
        }
    }

    fn put(&self, bytes: &[u8]) -> Result<()> {
        // SAFETY: a connection that copies in, and so many bytes.
        let done = unsafe {
            (self.libpq.PQputCopyData)(self.connection, bytes.as_ptr().cast(), bytes.len() as c_int)
        };
        if done == 1 { Ok(()) } else { Err(self.lost()) }
    }

    /// What the connection says is wrong with it.
    fn lost(&self) -> Failure {
        // SAFETY: a connection; a C string.
        let message = unsafe { text((self.libpq.PQerrorMessage)(self.connection)) };
        Failure::new(Kind::Server, message.trim())
    }

    fn execute(&self, statement: &str, parameters: &[Parameter]) -> Result<Answer> {
        self.execute_to(statement, parameters, libpq::TUPLES_OK)
    }

    fn execute_to(
        &self,
        statement: &str,
        parameters: &[Parameter],
        wanted: c_int,
    ) -> Result<Answer> {
        let no_nul = || Failure::new(Kind::Usage, "a statement or a name has a zero byte in it");
        let statement = CString::new(statement).map_err(|_| no_nul())?;
        let texts = parameters
            .iter()
            .map(|parameter| match parameter {
                Parameter::Text(text) => CString::new(*text).map(Some).map_err(|_| no_nul()),
                _ => Ok(None),
            })
            .collect::<Result<Vec<_>>>()?;
        let (mut types, mut values, mut lengths, mut formats) = (vec![], vec![], vec![], vec![]);
        for (parameter, text) in parameters.iter().zip(&texts) {
            let (ty, value, length, format): (_, *const c_char, _, _) = match (parameter, text) {
                (Parameter::Bytes(bytes), _) => (BYTEA, bytes.as_ptr().cast(), bytes.len(), 1),
                (_, Some(text)) => (UNKNOWN, text.as_ptr(), 0, 0),
                _ => (UNKNOWN, ptr::null(), 0, 0),
            };
            types.push(ty);
            values.push(value);
            lengths.push(length as c_int);
            formats.push(format);
        }
        // SAFETY: a connection, and as many parameters as each array has; they live until it returns.
        let result = unsafe {
            (self.libpq.PQexecParams)(
                self.connection,
                statement.as_ptr(),
                parameters.len() as c_int,
                types.as_ptr(),
                values.as_ptr(),
                lengths.as_ptr(),
                formats.as_ptr(),
                0,
            )
        };
        self.checked(result, wanted)
    }

    /// A result, or why there is none.
    fn checked(&self, result: *mut Res, wanted: c_int) -> Result<Answer> {
        let answer = Answer { libpq: self.libpq, result };
        // SAFETY: a result, or null, which all of these take.
        unsafe {
            let status = (self.libpq.PQresultStatus)(result);
            if status == wanted || status == libpq::COMMAND_OK || status == libpq::TUPLES_OK {
                return Ok(answer);
            }
            let field = |code| {
                let found = (self.libpq.PQresultErrorField)(result, code);
                (!found.is_null()).then(|| text(found))
            };
            let Some(message) = field(libpq::MESSAGE) else { return Err(self.lost()) };
            let context = field(libpq::CONTEXT).filter(|context| context.starts_with("PL/Wasm"));
            let detail = [field(libpq::DETAIL), context].into_iter().flatten().collect::<Vec<_>>();
            Err(Failure {
                kind: Kind::Server,
                message,
                sqlstate: field(libpq::SQLSTATE),
                detail: (!detail.is_empty()).then(|| detail.join("\n")),
                hint: field(libpq::HINT),
            })
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: a connection, or null; nobody uses it any more.
        unsafe { (self.libpq.PQfinish)(self.connection) }
    }
}

/// What a statement gave.
#[derive(Debug)]
struct Answer {
    libpq: &'static Libpq,
    result: *mut Res,
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: a result, or null; nobody uses it any more.
        unsafe { (self.libpq.PQclear)(self.result) }
    }
}

unsafe extern "C" fn ignore(_: *mut c_void, _: *const c_char) {}

/// # Safety
/// It must be a C string.
unsafe fn text(string: *const c_char) -> String {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned()
}
