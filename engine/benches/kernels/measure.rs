//! Measures the CPU time of this thread, in rounds that take turns, so that other activity of the machine affects all
//! variants alike.

use crate::Result;
use crate::options::Options;
use crate::variant::{Program, Size};

/// Returns the CPU time of this thread, in nanoseconds.
pub(crate) fn cpu_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid; every Linux has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// A kernel in one variant, ready to be timed.
pub(crate) struct Task {
    pub program: Program,
    pub size: Option<Size>,
    pub n: i32,
    /// The checksum that every call must return.
    pub checksum: i64,
}

/// The result of the measurement.
#[derive(Debug)]
pub(crate) struct Measured {
    pub size: Option<Size>,
    /// Nanoseconds per run, in the fastest round.
    pub ns: f64,
    /// Nanoseconds per run, in the median round.
    pub median_ns: f64,
}

impl Task {
    /// Returns the nanoseconds for that many runs.
    fn time(&mut self, runs: usize) -> Result<f64> {
        let started = cpu_time();
        for _ in 0..runs {
            let checksum = self.program.call(self.n)?;
            if checksum != self.checksum {
                return Err(format!("checksum {checksum:#x} after {:#x}", self.checksum).into());
            }
        }
        Ok(cpu_time() - started)
    }
}

/// Runs one round of each task, then the next round of each, and so on.
pub(crate) fn interleaved(mut tasks: Vec<Task>, options: &Options) -> Result<Vec<Measured>> {
    let mut runs = Vec::new();
    for task in &mut tasks {
        let once = task.time(1)?.min(task.time(1)?);
        runs.push((options.seconds * 1e9 / once).ceil().max(1.0) as usize);
    }
    let mut rounds = vec![Vec::new(); tasks.len()];
    for _ in 0..options.rounds {
        for ((task, runs), rounds) in tasks.iter_mut().zip(&runs).zip(&mut rounds) {
            rounds.push(task.time(*runs)? / *runs as f64);
        }
    }
    let measured = tasks.iter().zip(rounds).map(|(task, mut rounds)| {
        rounds.sort_by(f64::total_cmp);
        Measured { size: task.size, ns: rounds[0], median_ns: rounds[rounds.len() / 2] }
    });
    Ok(measured.collect())
}
