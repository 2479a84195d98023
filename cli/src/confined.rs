//! Work that this process does for a server: it limits itself, reads WebAssembly from standard input, and writes the
//! result to standard output and an error as JSON to standard error.
//!
//! It must never read before it is limited, nor outlive the process that started it.

use plwasm_engine::{Error, ErrorData, Result, Wasi};
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a server specifies for any kind of work.
#[derive(Debug, clap::Args)]
pub(crate) struct Confines {
    /// Merge modules that import WASI with a WASI with nothing in it
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

impl Confines {
    /// Does `work` on the bytes that it reads. The exit status is 0, or 1 with a [`ErrorData`].
    pub(crate) fn run<T: AsRef<[u8]>>(
        &self,
        work: impl FnOnce(&[u8], Wasi) -> Result<T>,
    ) -> ExitCode {
        match self.try_run(work) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}", ErrorData::from(&error).to_json());
                ExitCode::FAILURE
            }
        }
    }

    fn try_run<T: AsRef<[u8]>>(&self, work: impl FnOnce(&[u8], Wasi) -> Result<T>) -> Result<()> {
        let internal = |what: &str, error: io::Error| Error::Internal(format!("{what}: {error}"));
        self.confine().map_err(|e| internal("could not limit the compiler", e))?;
        let mut source = Vec::new();
        io::stdin()
            .read_to_end(&mut source)
            .map_err(|e| internal("could not read the module", e))?;
        let wasi = if self.inert_wasi { Wasi::Inert } else { Wasi::None };
        let result = work(&source, wasi)?;
        io::stdout()
            .write_all(result.as_ref())
            .and_then(|()| io::stdout().flush())
            .map_err(|e| internal("could not write the result", e))
    }

    /// Returns the most bytes of memory that this process may use.
    pub(crate) fn memory(&self) -> usize {
        self.memory as usize
    }

    /// Begins a part of the work that must end after five seconds, or after half of the time that is left. The rest
    /// of the work is done, whatever the result of the part.
    pub(crate) fn time_a_part(&self) {
        const MOST: u64 = 5_000;
        let now = cpu_milliseconds();
        let left = self.time.saturating_mul(1000).saturating_sub(now);
        END.store(now.saturating_add(MOST.min(left / 2)), Relaxed);
    }

    /// Limits this process, and ties it to its parent.
    fn confine(&self) -> io::Result<()> {
        // When memory is short, the kernel kills this process before any other of the server.
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
        // SAFETY: these are system calls without pointers, except those of `limit`. No file is open here except the
        // three standard ones; a server before version 16 passes all of its own on. The handler calls only functions
        // that are safe in a handler.
        unsafe {
            libc::close_range(3, u32::MAX, 0);
            // If it were killed by a signal, and reaped by a postmaster that is process 1, it would be taken for a
            // crashed backend.
            libc::signal(libc::SIGTERM, leave as *const () as libc::sighandler_t);
            // A postmaster ignores this signal, and its children inherit that.
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
            if libc::getppid().cast_unsigned() != self.parent {
                libc::_exit(1);
            }
        }
        limit(libc::RLIMIT_CORE, 0, 0)?;
        limit(libc::RLIMIT_DATA, self.memory, self.memory)?;
        // SIGXCPU comes first: SIGKILL would look like a lack of memory.
        limit(libc::RLIMIT_CPU, self.time, self.time.saturating_add(5))?;
        limit(libc::RLIMIT_FSIZE, self.output, self.output)
    }
}

/// When the current part must end, in milliseconds of CPU time.
static END: AtomicU64 = AtomicU64::new(u64::MAX);

/// Returns whether the time of the current part is over.
pub(crate) fn is_over() -> bool {
    cpu_milliseconds() > END.load(Relaxed)
}

/// Returns the CPU time of this process in milliseconds.
fn cpu_milliseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is that of a local time.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec.cast_unsigned() * 1000 + time.tv_nsec.cast_unsigned() / 1_000_000
}

extern "C" fn leave(_: libc::c_int) {
    // SAFETY: _exit may be called in a handler.
    unsafe { libc::_exit(1) }
}

fn limit(resource: libc::__rlimit_resource_t, soft: u64, hard: u64) -> io::Result<()> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is that of local limits.
    if unsafe { libc::getrlimit(resource, &raw mut now) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // The present limit may be lower.
    let hard = hard.min(now.rlim_max);
    let wanted = libc::rlimit { rlim_cur: soft.min(hard), rlim_max: hard };
    // SAFETY: as above.
    match unsafe { libc::setrlimit(resource, &raw const wanted) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
