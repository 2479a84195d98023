//! Searches for the module that takes longest to compile, of those that a backend compiles itself (`is_quick`):
//!
//!     cargo run -p plwasm-engine --release --example worst_quick [MINUTES [SEED]]
//!
//! It tries each idiom alone, as often as it is accepted, with few and many locals, functions and values. Then it changes
//! the slowest modules at random, and keeps a change that makes a module slower. Milliseconds are CPU time, the least of
//! three runs.

mod genes;
mod idioms;

use arbitrary::Unstructured;
use genes::Genes;
use idioms::IDIOMS;
use plwasm_engine::{Compiler, Isolation, Runtime, Threads};
use std::time::{Duration, Instant};

struct Found {
    ms: f64,
    size: usize,
    isolation: Isolation,
    genes: Genes,
}

fn measure(compiler: &Compiler, genes: Genes) -> Option<Found> {
    let (genes, binary) = genes.filled()?;
    let best = |isolation| {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let start = cpu();
            // A module can be invalid although its text was parsed. Compiling it ends at once.
            let valid = compiler.compile(&binary, isolation, None).is_ok();
            best = best.min(if valid { cpu() - start } else { 0.0 });
        }
        best
    };
    let (call, statement) = (best(Isolation::Call), best(Isolation::Statement));
    let isolation = if call > statement { Isolation::Call } else { Isolation::Statement };
    Some(Found { ms: call.max(statement), size: binary.len(), isolation, genes })
}

fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a pointer to a time.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn show(found: &Found) {
    let Found { ms, size, isolation, genes: Genes { functions, locals, width, idioms } } = found;
    let what = idioms.iter().map(|(idiom, times)| format!("{times} x {:?}", IDIOMS[*idiom]));
    println!(
        "{ms:7.1} ms, {size} bytes, {isolation:?}, {functions} functions, {locals} locals, {width} values: {}",
        what.collect::<Vec<_>>().join(", ")
    );
}

fn main() -> plwasm_engine::Result<()> {
    let argument =
        |n| std::env::args().nth(n).and_then(|argument: String| argument.parse::<u64>().ok());
    let end = Instant::now() + Duration::from_secs(60 * argument(1).unwrap_or(3));
    let mut seed = argument(2).unwrap_or(1);
    let compiler = Compiler::new(&Runtime::new()?, Threads::One);
    let mut found = Vec::new();
    for idiom in 0..IDIOMS.len() {
        for (functions, locals, width) in [
            (1, 0, 1),
            (1, 30, 1),
            (1, 300, 1),
            (1, 0, 15),
            (1, 0, 100),
            (1, 0, 900),
            (10, 0, 1),
            (100, 0, 1),
            (30, 30, 1),
        ] {
            let genes = Genes { functions, locals, width, idioms: vec![(idiom, 1)] };
            found.extend(measure(&compiler, genes));
        }
    }
    let by_time = |a: &Found, b: &Found| b.ms.total_cmp(&a.ms);
    found.sort_by(by_time);
    println!("{} modules of one idiom", found.len());
    found.iter().take(20).for_each(show);
    found.truncate(20);
    let mut tried = 0;
    while Instant::now() < end {
        // xorshift
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let bytes: Vec<u8> =
            (1..=64u64).map(|i| (seed.wrapping_mul(2 * i + 1) >> 32) as u8).collect();
        let parent = seed as usize % found.len();
        let Ok(genes) = found[parent].genes.mutated(&mut Unstructured::new(&bytes)) else {
            continue;
        };
        tried += 1;
        if let Some(child) = measure(&compiler, genes)
            && child.ms > found[parent].ms
        {
            found[parent] = child;
        }
    }
    found.sort_by(by_time);
    println!("{tried} mixtures");
    found.iter().take(10).for_each(show);
    Ok(())
}
