//! The database in which a command works: a connection, statements, a transaction.
//!
//! Changes that are not committed are rolled back when the connection ends. A statement's text must never contain
//! unquoted values: they are parameters.

mod libpq;

use crate::failure::{Failure, Kind, Result};
use libpq::{Conn, Libpq, Res};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

/// The choice of the database.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatabaseArguments {
    /// The database, as for psql: a name, a connection string or a URI; '' to use the PG* variables and .pgpass
    /// alone
    #[arg(long, value_name = "CONNINFO", default_value = "")]
    pub db: String,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Database {
    libpq: &'static Libpq,
    connection: *mut Conn,
}

/// The rows of a query, as text.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parameter<'a> {
    Text(&'a str),
    /// Passed as `bytea`.
    Bytes(&'a [u8]),
}

/// The OID for a parameter whose type the server infers.
const UNKNOWN: u32 = 0;
const BYTEA: u32 = 17;

impl Database {
    /// Connects as psql would.
    ///
    /// # Errors
    /// libpq's error.
    pub(crate) fn connect(conninfo: &str) -> Result<Self> {
        let libpq = libpq::load()?;
        let no_nul = |text: &str| {
            CString::new(text)
                .map_err(|_| Failure::new(Kind::Usage, "a connection string contains a zero byte"))
        };
        let conninfo = no_nul(conninfo)?;
        let settings = [
            (c"dbname", conninfo.as_c_str()),
            (c"fallback_application_name", c"plwasm"),
            (c"client_encoding", c"UTF8"),
        ];
        // In libpq the last of several settings counts, so empty settings are left out.
        let is_given = |setting: &&(&CStr, &CStr)| !setting.1.is_empty();
        let mut names: Vec<_> =
            settings.iter().filter(is_given).map(|(name, _)| name.as_ptr()).collect();
        let mut values: Vec<_> =
            settings.iter().filter(is_given).map(|(_, value)| value.as_ptr()).collect();
        names.push(ptr::null());
        values.push(ptr::null());
        // SAFETY: both are arrays of C strings that end with a null pointer.
        let connection = unsafe { (libpq.PQconnectdbParams)(names.as_ptr(), values.as_ptr(), 1) };
        let database = Self { libpq, connection };
        // SAFETY: both functions take a connection or null.
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

    /// Returns where the database is: `host:port/database`.
    pub(crate) fn place(&self) -> String {
        // SAFETY: the connection is valid; the results are C strings, or null.
        unsafe {
            let part = |of: *const c_char| if of.is_null() { String::new() } else { text(of) };
            let (host, port) =
                ((self.libpq.PQhost)(self.connection), (self.libpq.PQport)(self.connection));
            format!("{}:{}/{}", part(host), part(port), part((self.libpq.PQdb)(self.connection)))
        }
    }

    /// Checks that the database has PL/Wasm.
    ///
    /// # Errors
    /// The extension is not there.
    pub(crate) fn require_extension(&self) -> Result<()> {
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
    /// The server's error.
    pub(crate) fn run(&self, statement: &str, parameters: &[Parameter]) -> Result<()> {
        self.query(statement, parameters).map(drop)
    }

    /// Runs a statement, and calls `heard` with each message that the server sends meanwhile and that is not an error.
    ///
    /// # Errors
    /// The server's error.
    pub(crate) fn run_hearing(&self, statement: &str, heard: &mut dyn FnMut(&str)) -> Result<()> {
        let mut heard = heard;
        let receive = |receiver, argument| {
            // SAFETY: the connection is valid, and `hear` gets what it takes as long as the statement runs.
            unsafe { (self.libpq.PQsetNoticeReceiver)(self.connection, receiver, argument) }
        };
        let before = receive(hear, (&raw mut heard).cast());
        let done = self.run(statement, &[]);
        receive(before.unwrap_or(hear_nothing), ptr::null_mut());
        done
    }

    /// Returns the rows of a query.
    ///
    /// # Errors
    /// The server's error.
    pub(crate) fn query(&self, statement: &str, parameters: &[Parameter]) -> Result<Rows> {
        let result = self.execute(statement, parameters)?;
        let libpq = self.libpq;
        let mut rows = Rows::new();
        // SAFETY: the result is valid, and so are the numbers of rows and columns.
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

    /// Returns the first column of the first row, or None if it is NULL or there is no row.
    ///
    /// # Errors
    /// The server's error.
    pub(crate) fn value(
        &self,
        statement: &str,
        parameters: &[Parameter],
    ) -> Result<Option<String>> {
        Ok(self
            .query(statement, parameters)?
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next()?))
    }

    /// Copies rows of two columns, the number of the row and its bytes, to a table. Calls `sent` with the number of
    /// bytes that were sent.
    ///
    /// # Errors
    /// The server's error.
    pub(crate) fn copy(
        &self,
        table: &str,
        rows: &[&[u8]],
        mut sent: impl FnMut(usize),
    ) -> Result<()> {
        self.execute_to(&format!("COPY {table} FROM STDIN (FORMAT binary)"), &[], libpq::COPY_IN)?;
        self.put(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0")?;
        for (number, row) in rows.iter().enumerate() {
            // The row's number and its bytes.
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
        // SAFETY: the connection is valid; null means that the copy succeeded.
        if unsafe { (self.libpq.PQputCopyEnd)(self.connection, ptr::null()) } != 1 {
            return Err(self.lost());
        }
        loop {
            // SAFETY: the connection is valid.
            let result = unsafe { (self.libpq.PQgetResult)(self.connection) };
            if result.is_null() {
                return Ok(());
            }
            self.checked(result, libpq::COMMAND_OK)?;
        }
    }

    fn put(&self, bytes: &[u8]) -> Result<()> {
        // SAFETY: the connection is copying in, and the length is that of the bytes.
        let done = unsafe {
            (self.libpq.PQputCopyData)(self.connection, bytes.as_ptr().cast(), bytes.len() as c_int)
        };
        if done == 1 { Ok(()) } else { Err(self.lost()) }
    }

    /// Returns the error of the connection itself.
    fn lost(&self) -> Failure {
        // SAFETY: the connection is valid; the result is a C string.
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
        let no_nul = || Failure::new(Kind::Usage, "a statement or a name contains a zero byte");
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
        // SAFETY: the connection is valid; each array has one element for each parameter and lives until the function
        // returns.
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

    /// Returns a result, or the error in its place.
    fn checked(&self, result: *mut Res, wanted: c_int) -> Result<Answer> {
        let answer = Answer { libpq: self.libpq, result };
        // SAFETY: all of these functions take a result or null.
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
        // SAFETY: this is a connection or null, and nothing uses it any more.
        unsafe { (self.libpq.PQfinish)(self.connection) }
    }
}

/// The result of a statement.
#[derive(Debug)]
struct Answer {
    libpq: &'static Libpq,
    result: *mut Res,
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: this is a result or null, and nothing uses it any more.
        unsafe { (self.libpq.PQclear)(self.result) }
    }
}

unsafe extern "C" fn ignore(_: *mut c_void, _: *const c_char) {}

unsafe extern "C" fn hear_nothing(_: *mut c_void, _: *const Res) {}

/// # Safety
/// `heard` must be a pointer to what [`Database::run_hearing`] takes, and `notice` a result.
unsafe extern "C" fn hear(heard: *mut c_void, notice: *const Res) {
    // SAFETY: the caller's promise; libpq has been loaded, as it calls this.
    unsafe {
        let Ok(libpq) = libpq::load() else { return };
        let message = (libpq.PQresultErrorField)(notice, libpq::MESSAGE);
        if !message.is_null() {
            (*heard.cast::<&mut dyn FnMut(&str)>())(&text(message));
        }
    }
}

/// # Safety
/// `string` must be a C string.
unsafe fn text(string: *const c_char) -> String {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned()
}
