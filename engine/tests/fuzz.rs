//! Fuzzing for a bounded time: the seeds in `fuzz/seeds/`, and inputs that are made of them and anew, always the same.
//!
//! ```text
//! cargo test --workspace --exclude plwasm --test fuzz [-- TARGET...]
//! INPUTS=1000000 SEED=7 cargo test ...                              so many of each target, and others
//! cargo test --workspace --exclude plwasm --test fuzz -- --replay TARGET FILE...    what was found, once more
//! cargo test --workspace --exclude plwasm --test fuzz -- --generate TARGET DIRECTORY COUNT      inputs to begin with
//! ```
//! A finding is a panic, an error that is not the input's fault, and whatever takes too long or too much memory. The
//! input is left in a file. Without end, and guided by coverage, the same runs under libFuzzer: `fuzz/README.md`.

#[path = "fuzz/mod.rs"]
mod fuzz;

use fuzz::choices::{Choices, bytes_of};
use fuzz::{TARGETS, Target, Verdict};
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How many inputs of each target.
const INPUTS: [(&str, u64); 6] = [
    ("body", 300_000),
    ("loader", 6_000),
    ("wit", 12_000),
    ("artefact", 20_000),
    ("abi", 100_000),
    ("lines", 50_000),
];

/// Of CPU time. Most inputs take a millisecond.
const LONGEST: Duration = Duration::from_secs(3);

/// Of the heap, in bytes, at any time within one input.
const MOST_MEMORY: usize = 256 << 20;

/// A backend calls the engine where it has no less than a few MB.
const STACK: usize = 2 << 20;

/// The most inputs that others are made of.
const POOL: usize = 400;

/// What an input is made of, in bytes.
const CHOICES: usize = 4096;

/// The heap's size now, and the most since it was last asked.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counted;

#[global_allocator]
static HEAP: Counted = Counted;

// SAFETY: the system's allocator does it all; sizes are only counted.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(LIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|name| !name.starts_with("--")).collect();
    let mode = arguments.first().map_or("", String::as_str);
    let work = move || match (mode, &*names) {
        ("--replay", [name, files @ ..]) => replay(target(name), files),
        ("--generate", [name, directory, count]) => {
            generate(target(name), Path::new(directory), count)
        }
        ("--replay" | "--generate", _) => panic!("see the head of engine/tests/fuzz.rs"),
        (_, names) => {
            let is_chosen = |target: &&Target| names.is_empty() || names.contains(&target.name);
            // All of them, whatever the first finds.
            TARGETS.iter().filter(is_chosen).filter(|target| !fuzz(target)).count() == 0
        }
    };
    let all_good = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.expect("there can be a thread").join().unwrap_or(false)
    });
    ExitCode::from(u8::from(!all_good))
}

fn target(name: &str) -> &'static Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("there is no target {name}"))
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

fn replay(target: &Target, files: &[&str]) -> bool {
    let mut all_good = true;
    for file in files {
        let input = fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut tally = Tally::default();
        let found = tally.run(target, &input);
        println!("{file}: {}", found.err().unwrap_or_else(|| tally.to_string()));
        all_good &= tally.findings == 0;
    }
    all_good
}

/// Writes inputs, of those that are short what is accepted.
fn generate(target: &Target, directory: &Path, count: &str) -> bool {
    let made = (0..).map(|number| (target.generate)(Choices::new(&bytes_of(number, CHOICES))));
    let is_good = |input: &Vec<u8>| input.len() <= 2000 && (target.run)(input) == Verdict::Accepted;
    let count = count.parse().expect("a number");
    for (number, input) in made.filter(is_good).take(count).enumerate() {
        let file = directory.join(format!("generated-{number}"));
        fs::write(&file, input).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    true
}

/// Runs the seeds, and what is made of them. False if anything was found.
fn fuzz(target: &Target) -> bool {
    let began = Instant::now();
    let count = number("INPUTS")
        .or_else(|| INPUTS.iter().find(|(name, _)| *name == target.name).map(|(_, count)| *count))
        .unwrap_or_default();
    let first = number("SEED").unwrap_or(1) << 32;
    let mut pool = seeds(target);
    let mut tally = Tally::default();
    // The input that is running, should the process not survive it.
    fs::create_dir_all(directory()).expect("there can be a directory");
    let running = File::create(directory().join(format!("{}-running", target.name)))
        .expect("it can be written");
    pool.iter().for_each(|seed| tally.check(target, seed, &running));
    for number in first..first + count {
        let bytes = bytes_of(number, CHOICES);
        let mut choices = Choices::new(&bytes);
        let from = choices.below(POOL as u32 * 5 / 4) as usize;
        let input = match pool.get(from % pool.len().max(1)) {
            Some(input) if from < POOL => (target.mutate)(input, choices),
            _ => (target.generate)(choices),
        };
        let accepted = tally.accepted;
        tally.check(target, &input, &running);
        // What was accepted is worth more changes.
        if tally.accepted > accepted {
            match pool.len() < POOL {
                true => pool.push(input),
                false => pool[from % POOL] = input,
            }
        }
        if tally.findings >= 10 {
            break;
        }
    }
    let end = if tally.findings == 0 { "ok" } else { "FAILED" };
    println!(
        "test fuzz {}: {tally}; {:.0} s ... {end}",
        target.name,
        began.elapsed().as_secs_f64()
    );
    tally.findings == 0
}

/// What this thread has used.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it is written there.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Where findings are left.
fn directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz")
}

/// The committed inputs, those in folders within the directories too.
fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    let mut directories: Vec<_> = target.seeds.iter().map(|seeds| root.join(seeds)).collect();
    while let Some(directory) = directories.pop() {
        let found = fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for path in found.map(|entry| entry.expect("it can be listed").path()) {
            if path.is_dir() { directories.push(path) } else { files.push(path) }
        }
    }
    // By name, so that the inputs stay the same when a seed moves to another folder.
    files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    files.iter().map(|file| fs::read(file).expect("it can be read")).collect()
}

/// What came of the inputs of one target.
#[derive(Default)]
struct Tally {
    accepted: u64,
    refused: u64,
    findings: u64,
    slowest: Duration,
    largest: usize,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inputs = self.accepted + self.refused + self.findings;
        write!(f, "{inputs} inputs, {} accepted, {} refused, ", self.accepted, self.refused)?;
        write!(f, "{} findings, ", self.findings)?;
        write!(f, "at most {} ms and {} kB", self.slowest.as_millis(), self.largest >> 10)
    }
}

impl Tally {
    /// Runs one input; what is found is printed.
    fn check(&mut self, target: &Target, input: &[u8], running: &File) {
        let kept =
            running.set_len(input.len() as u64).and_then(|()| running.write_all_at(input, 0));
        kept.expect("it can be written");
        if let Err(finding) = self.run(target, input) {
            let file =
                directory().join(format!("{}-{}", target.name, plwasm_engine::Hash::of(input)));
            fs::write(&file, input).expect("it can be written");
            println!(
                "{}: {finding}\n    -- --replay {} {}",
                target.name,
                target.name,
                file.display()
            );
        }
    }

    fn run(&mut self, target: &Target, input: &[u8]) -> Result<(), String> {
        let (began, live) = (cpu_time(), LIVE.load(Relaxed));
        PEAK.store(live, Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
        let (time, memory) = (cpu_time() - began, PEAK.load(Relaxed).saturating_sub(live));
        self.slowest = self.slowest.max(time);
        self.largest = self.largest.max(memory);
        let finding = match result {
            Err(_) => "it panics".to_string(),
            Ok(_) if time > LONGEST => format!("it takes {} s", time.as_secs()),
            Ok(_) if memory > MOST_MEMORY => format!("it takes {memory} bytes of memory"),
            Ok(Verdict::Accepted) => {
                self.accepted += 1;
                return Ok(());
            }
            Ok(Verdict::Refused) => {
                self.refused += 1;
                return Ok(());
            }
        };
        self.findings += 1;
        Err(finding)
    }
}
