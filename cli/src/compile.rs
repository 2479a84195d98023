//! `plwasm compile`: the compiler process of a server. WebAssembly on standard input, the artefact on standard output,
//! what is wrong as JSON on standard error.
//!
//! It limits itself before it reads, and must never outlive the process that started it.

use plwasm_engine::{Compiler, Error, Isolation, Report, Result, Threads, Wasi};
use std::io::{self, Read, Write};
use std::process::ExitCode;

/// Compile a module for a server, which runs this itself.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// call or statement
    #[arg(long, value_parser = |name: &str| Isolation::named(name).ok_or("neither call nor statement"))]
    isolation: Isolation,
    /// Merge modules that import WASI with one that has nothing in it
    #[arg(long)]
    inert_wasi: bool,
    /// The most bytes of memory
    #[arg(long)]
    memory: u64,
    /// The most seconds of CPU time
    #[arg(long)]
    time: u64,
    /// The most bytes of output
    #[arg(long)]
    output: u64,
    /// The process that waits for the result
    #[arg(long)]
    parent: u32,
}

/// Compiles. The exit status is 0, or 1 with a [`Report`].
pub fn run(arguments: &Arguments) -> ExitCode {
    match compile(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", Report::from(&error).to_json());
            ExitCode::FAILURE
        }
    }
}

fn compile(arguments: &Arguments) -> Result<()> {
    let internal = |what: &str, error: io::Error| Error::Internal(format!("{what}: {error}"));
    confine(arguments).map_err(|e| internal("could not limit the compiler", e))?;
    let mut source = Vec::new();
    io::stdin().read_to_end(&mut source).map_err(|e| internal("could not read the module", e))?;
    let wasi = if arguments.inert_wasi { Wasi::Inert } else { Wasi::None };
    let compiler = Compiler::new(Threads::Many)?;
    let artefact = compiler.compile(&source, arguments.isolation, wasi.stubs())?;
    io::stdout()
        .write_all(artefact.bytes())
        .and_then(|()| io::stdout().flush())
        .map_err(|e| internal("could not write the code", e))
}

/// Limits this process, and ties it to its parent.
fn confine(arguments: &Arguments) -> io::Result<()> {
    // Where there is not enough memory, this goes before any process of the server's.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    // SAFETY: system calls without pointers, but for those of `limit`. Nothing here has a file open, but for the
    // three standard ones; a server before 16 passes all of its own on. The handler does what a handler may.
    unsafe {
        libc::close_range(3, u32::MAX, 0);
        // Killed by a signal, and reaped by a postmaster that is process 1, it would be taken for a crashed backend.
        libc::signal(libc::SIGTERM, leave as *const () as libc::sighandler_t);
        // A postmaster ignores it, and that is inherited.
        libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        if libc::getppid().cast_unsigned() != arguments.parent {
            libc::_exit(1);
        }
    }
    limit(libc::RLIMIT_CORE, 0, 0)?;
    limit(libc::RLIMIT_DATA, arguments.memory, arguments.memory)?;
    // SIGXCPU first; SIGKILL would look like a lack of memory.
    limit(libc::RLIMIT_CPU, arguments.time, arguments.time.saturating_add(5))?;
    limit(libc::RLIMIT_FSIZE, arguments.output, arguments.output)
}

extern "C" fn leave(_: libc::c_int) {
    // SAFETY: may be called in a handler.
    unsafe { libc::_exit(1) }
}

fn limit(resource: libc::__rlimit_resource_t, soft: u64, hard: u64) -> io::Result<()> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a pointer to the limits.
    if unsafe { libc::getrlimit(resource, &raw mut now) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // What is there already may be less.
    let hard = hard.min(now.rlim_max);
    let wanted = libc::rlimit { rlim_cur: soft.min(hard), rlim_max: hard };
    // SAFETY: as above.
    match unsafe { libc::setrlimit(resource, &raw const wanted) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
