//! The compiler process, `plwasm compile`, `list` or `state`: how a backend starts it, feeds it, waits for it and kills
//! it.
//!
//! A backend must always be able to cancel its wait for the process.

use super::{command, engine};
use crate::{interrupt, settings};
use pgrx::pg_sys;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{
    Artefact, CompilerEnd, Damage, Depth, Error, ErrorData, Isolation, Limits, Listing, Result,
    State, Wasi,
};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// The most bytes that are read of its standard error.
const MAX_WORDS: usize = 1 << 20;

/// The most bytes of code that it may produce for each byte of WebAssembly. For small modules it may produce
/// [`LEAST_OUTPUT`] bytes.
const OUTPUT_FACTOR: u64 = 64;
const LEAST_OUTPUT: u64 = 64 << 20;

/// Compiles code.
///
/// Raises what is pending: cancel, timeout, terminate.
///
/// # Errors
/// The errors of compiling; [`Error::NoCompiler`] if there is no such command, or if it is of another version, which
/// happens if the library has been replaced on disk since this process loaded it; [`Error::Compilation`] if the process
/// ended without an answer.
pub(crate) fn compile(code: &[u8], isolation: Isolation, wasi: Wasi) -> Result<Artefact> {
    let limits = settings::limits(None);
    let (fuel, memory) = (limits.fuel.to_string(), limits.memory.to_string());
    let isolation = isolation.name();
    let what = ["compile", "--isolation", isolation, "--fuel", &*fuel, "--guest-memory", &*memory];
    let written = run(&what, code, wasi)?;
    match Artefact::read(engine().runtime(), &written, interrupt::poll) {
        Ok(artefact) => Ok(artefact),
        Err(Damage::Build) => Err(of_another_version()),
        Err(Damage::Interrupted) => Err(Error::Interrupted),
        Err(damage) => Err(failed(damage)),
    }
}

/// Makes the pristine state of a module with a warm-up, from its artefact. Returns `None` if the state depends on the
/// limits, or if there is no such command: code that is in the code cache runs without it.
///
/// Raises what is pending, as [`compile`] does.
///
/// # Errors
/// The errors of making the state; [`Error::Compilation`] if the process ended without an answer.
pub(super) fn state(artefact: &[u8], limits: Limits, warm_up: &WarmUp) -> Result<Option<State>> {
    let (fuel, memory) = (limits.fuel.to_string(), limits.memory.to_string());
    let warm_up = warm_up.to_string();
    let what = ["state", "--fuel", &fuel, "--guest-memory", &memory, "--warm-up", &warm_up];
    let written = match run(&what, artefact, Wasi::None) {
        Err(Error::NoCompiler { .. }) => return Ok(None),
        written => written?,
    };
    match State::read(engine().runtime(), &written, interrupt::poll) {
        Ok(state) => Ok(Some(state)),
        Err(Damage::Build | Damage::Length(0)) => Ok(None),
        Err(Damage::Interrupted) => Err(Error::Interrupted),
        Err(damage) => Err(failed(damage)),
    }
}

/// Reads what code is and exports. Raises what is pending, as [`compile`] does.
///
/// # Errors
/// The errors of reading, and those of running the command that [`compile`] has.
pub(super) fn list(code: &[u8], wasi: Wasi, depth: Depth) -> Result<Listing> {
    let mut written = run(&["list", "--depth", depth.name()], code, wasi)?;
    let mut bytes = Vec::new();
    written.rewind().and_then(|()| written.read_to_end(&mut bytes)).map_err(failed)?;
    Listing::from_bytes(&bytes).ok_or_else(of_another_version)
}

/// Runs the command on code. Returns the file that it has written.
fn run(what: &[&str], code: &[u8], wasi: Wasi) -> Result<File> {
    let memory = settings::compiler_memory();
    let time = settings::compiler_time();
    let output = LEAST_OUTPUT.max(code.len() as u64 * OUTPUT_FACTOR);
    let written = memory_file().map_err(not_started)?;
    let mut command = Command::new(command::path());
    command
        .args(what)
        .args((wasi == Wasi::Inert).then_some("--inert-wasi"))
        .args(["--memory", &memory.to_string()])
        .args(["--time", &time.to_string()])
        .args(["--output", &output.to_string()])
        .args(["--parent", &std::process::id().to_string()])
        .env_clear()
        // It uses as many threads as CREATE INDEX would use processes.
        .env("RAYON_NUM_THREADS", (settings::maintenance_workers() + 1).to_string())
        .current_dir("/")
        // PostgreSQL signals groups of processes. The compiler has its own, as this process decides when to end it.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(written.try_clone().map_err(not_started)?)
        .stderr(Stdio::piped());
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied => {
                    Err(no_compiler(error.to_string()))
                }
                _ => Err(not_started(error)),
            };
        }
    };
    let mut running = Running(child);
    running.feed(code).map_err(failed)?;
    let words = running.listen().map_err(failed)?;
    let status = running.0.wait().map_err(failed)?;
    if !status.success() {
        interrupt::check();
        return Err(explained(status, &words, memory, time, output));
    }
    Ok(written)
}

fn no_compiler(reason: String) -> Error {
    Error::NoCompiler { places: command::places_in_words(), reason }
}

fn of_another_version() -> Error {
    no_compiler("it belongs to another build than the server's library".into())
}

fn not_started(error: io::Error) -> Error {
    Error::Compilation(CompilerEnd::Start(error.to_string()))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Compilation(CompilerEnd::Other(error.to_string()))
}

fn explained(status: ExitStatus, words: &[u8], memory: u64, time: u64, output: u64) -> Error {
    let words = String::from_utf8_lossy(words);
    if let Some(error) = ErrorData::from_json(&words) {
        return Error::Compiler(error);
    }
    Error::Compilation(match status.signal() {
        // Rust writes one of these before it aborts.
        _ if words.contains("memory allocation of") || words.contains("Cannot allocate memory") => {
            CompilerEnd::Memory { limit: memory as usize }
        }
        _ if words.contains("has overflowed its stack") => CompilerEnd::Stack,
        Some(libc::SIGXCPU) => CompilerEnd::Time { limit: time },
        Some(libc::SIGXFSZ) => CompilerEnd::Output { limit: output as usize },
        Some(signal) => CompilerEnd::Signal(signal),
        None if words.trim().is_empty() => CompilerEnd::Other(status.to_string()),
        None => CompilerEnd::Other(plwasm_engine::name::paragraph(&words)),
    })
}

/// A compiler process. Dropping this kills the process, if it has not ended.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Neither fails for a child of this process. A child that has ended and was waited for is not killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Writes all of the code, unless the compiler stops reading.
    fn feed(&mut self, mut code: &[u8]) -> io::Result<()> {
        let Some(mut pipe) = self.0.stdin.take() else { return Ok(()) };
        do_not_block(pipe.as_raw_fd())?;
        while !code.is_empty() {
            match pipe.write(code) {
                Ok(written) => code = &code[written..],
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => wait(pipe.as_raw_fd(), pg_sys::WL_SOCKET_WRITEABLE),
                    ErrorKind::Interrupted => {}
                    ErrorKind::BrokenPipe => return Ok(()),
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Reads the process's standard error to the end.
    fn listen(&mut self) -> io::Result<Vec<u8>> {
        let mut words = Vec::new();
        let Some(mut pipe) = self.0.stderr.take() else { return Ok(words) };
        do_not_block(pipe.as_raw_fd())?;
        let mut buffer = [0; 4096];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return Ok(words),
                Ok(read) if words.len() < MAX_WORDS => words.extend_from_slice(&buffer[..read]),
                Ok(_) => {}
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => wait(pipe.as_raw_fd(), pg_sys::WL_SOCKET_READABLE),
                    ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
    }
}

/// Waits until a pipe is ready or something is pending, and serves what is pending.
fn wait(pipe: RawFd, event: u32) {
    wait_for(Some((pipe, event)), None);
}

/// Waits for a while, during which another process compiles, and serves what is pending.
pub(super) fn pause(time: Duration) {
    wait_for(None, Some(time));
}

fn wait_for(pipe: Option<(RawFd, u32)>, time: Option<Duration>) {
    let (socket, event) = pipe.unwrap_or((-1, 0));
    let timeout = time.map_or(-1, |time| time.as_millis() as i64);
    let when = if time.is_some() { pg_sys::WL_TIMEOUT } else { 0 };
    let events = pg_sys::WL_LATCH_SET | pg_sys::WL_EXIT_ON_PM_DEATH | when | event;
    // SAFETY: the latch is this backend's own, and the descriptor is open.
    unsafe {
        pg_sys::WaitLatchOrSocket(pg_sys::MyLatch, events as i32, socket, timeout, wait_event());
        pg_sys::ResetLatch(pg_sys::MyLatch);
    }
    interrupt::check();
}

/// Returns the wait event that `pg_stat_activity` shows during the wait.
fn wait_event() -> u32 {
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    let event = pg_sys::PG_WAIT_EXTENSION;
    #[cfg(not(any(feature = "pg15", feature = "pg16")))]
    // SAFETY: this is a C string. The same name gets the same number each time.
    let event = unsafe { pg_sys::WaitEventExtensionNew(c"PlwasmCompiler".as_ptr()) };
    event
}

fn do_not_block(pipe: RawFd) -> io::Result<()> {
    // SAFETY: the descriptor is open, and only flags are changed.
    unsafe {
        let flags = libc::fcntl(pipe, libc::F_GETFL);
        match libc::fcntl(pipe, libc::F_SETFL, flags | libc::O_NONBLOCK) {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

/// Opens a nameless file in memory, as there may be no disk to write to.
fn memory_file() -> io::Result<File> {
    // SAFETY: this is a C string.
    let file = unsafe { libc::memfd_create(c"plwasm".as_ptr(), libc::MFD_CLOEXEC) };
    match file {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: the descriptor has just been opened, and nothing else has it.
        file => Ok(unsafe { File::from_raw_fd(file) }),
    }
}
