//! The differential test: random modules through the engine and through plain wasmtime.
//!
//!     MODULES=1000000 cargo test --workspace --exclude plwasm --test differential      more of it
//!     FIRST=5000000 ...                                                   other seeds than 0 and on
//!     SEED=123 ...                                                        one case, as it was reported

#[path = "differential/mod.rs"]
mod differential;

use differential::choices::{Choices, bytes_of};
use differential::kept::{self, KeptDefect, KeptTally};
use differential::model::{Defect, Model};
use differential::plain::Plain;
use differential::reduce::reduce;
use differential::strings::{self, Export};
use differential::subject::{Plwasm, Subject};
use differential::tally::Tally;
use differential::warm::{self, WarmDefect, WarmTally};
use differential::{Mismatch, case_of, run, run_module};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

const THREADS: usize = 2;

/// Cranelift and deep guests need more than a test's thread has.
const STACK: usize = 16 << 20;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

/// Runs seeds from `first` on, and returns what was done and the first that differs.
fn search<S: Subject>(
    subject: impl Fn() -> S + Sync,
    first: u64,
    count: u64,
) -> (Tally, Option<(u64, Mismatch)>) {
    let next = AtomicU64::new(first);
    let stop = AtomicBool::new(false);
    let worker = |thread: usize| {
        let (plain, subject) = (Plain::new(true), subject());
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= first + count || stop.load(Relaxed) {
                return (tally, None);
            }
            // Should the process not survive it.
            let _ = std::fs::write(directory().join(format!("running-{thread}")), seed.to_string());
            if let Err(mismatch) = run(&case_of(seed), &plain, &subject, &mut tally) {
                stop.store(true, Relaxed);
                return (tally, Some((seed, mismatch)));
            }
        }
    };
    let mut tally = Tally::default();
    let mut found = None;
    std::thread::scope(|scope| {
        let spawn = |thread| {
            let builder = std::thread::Builder::new().stack_size(STACK);
            builder.spawn_scoped(scope, move || worker(thread)).expect("a thread")
        };
        for thread in (0..THREADS).map(spawn).collect::<Vec<_>>() {
            let (done, mismatch) = thread.join().expect("a worker catches panics");
            tally.add(done);
            found = found.take().or(mismatch);
        }
    });
    (tally, found)
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/").join("differential")
}

/// Writes the module of a failure, as it is and as small as it fails, and says where.
fn report<S: Subject>(subject: S, seed: u64, mismatch: &Mismatch) -> String {
    let path = directory().join(format!("{seed}.wat"));
    let text = wasmprinter::print_bytes(&mismatch.binary).expect("wasmtime took it");
    std::fs::write(&path, &text).expect("target/differential");
    std::fs::write(path.with_extension("wasm"), &mismatch.binary).expect("target/differential");
    let (case, plain) = (case_of(seed), Plain::new(true));
    let again = |text: &str| -> Option<String> {
        let binary = wat::parse_str(text).ok()?;
        run_module(&case, &binary, &plain, &subject, &mut Tally::default()).err()
    };
    let small = reduce(&text, |text| again(text).is_some());
    let what = again(&small).unwrap_or_default();
    std::fs::write(path.with_extension("small.wat"), &small).expect("target/differential");
    let path = path.display();
    format!("SEED={seed}: {}\nthe module: {path}\nmade small: {what}\n{small}", mismatch.what)
}

#[test]
fn the_engine_agrees_with_plain_wasmtime() {
    std::fs::create_dir_all(directory()).expect("target/differential");
    let one = number("SEED");
    let first = one.or(number("FIRST")).unwrap_or(0);
    let count = if one.is_some() { 1 } else { number("MODULES").unwrap_or(10_000) };
    let start = Instant::now();
    let (tally, found) = search(Plwasm::new, first, count);
    println!("{tally}\nin {:.1} s", start.elapsed().as_secs_f32());
    if let Some((seed, mismatch)) = found {
        panic!("{}", report(Plwasm::new(), seed, &mismatch));
    }
    if count >= 1000 {
        floors(&tally);
    }
}

/// A test that tests nothing must not pass.
fn floors(tally: &Tally) {
    let at_least = |what: &str, found: u64, percent: u64, of: u64| {
        assert!(found * 100 >= percent * of, "{what}: {found} of {of} are less than {percent} %");
    };
    let calls = tally.calls;
    at_least("modules", tally.modules, 90, tally.modules + tally.refused + tally.no_module);
    at_least("calls that return", tally.returned(), 30, calls);
    at_least("calls that change state", tally.changed, 10, calls);
    at_least("resets after a change", tally.resets_of_changes, 10, calls);
    at_least("calls in slices of fuel", tally.sliced, 30, calls);
    at_least("calls without isolation", tally.shared, 10, calls);
    at_least("calls at the limit of fuel", tally.fuel_limits, 5, calls);
    assert!(tally.grown * 1000 >= calls, "{} calls grow something", tally.grown);
    assert!(tally.short_of_fuel * 1000 <= calls, "{} run out of fuel", tally.short_of_fuel);
    assert!(tally.skipped * 10 <= calls * 3, "{} are skipped", tally.skipped);
    for end in ["MemoryOutOfBounds", "Unreachable", "DivideByZero", "Exception", "NullCall"] {
        let found = tally.ends.get(end).copied().unwrap_or(0);
        assert!(found * 10_000 >= calls, "{found} calls end in {end}");
    }
}

#[test]
fn a_faithful_model_passes() {
    std::fs::create_dir_all(directory()).expect("target/differential");
    let (tally, found) = search(|| Model::new(Defect::None), 0, 500);
    println!("{tally}");
    if let Some((seed, mismatch)) = found {
        panic!("{}", report(Model::new(Defect::None), seed, &mismatch));
    }
}

#[test]
fn every_defect_is_found() {
    std::fs::create_dir_all(directory()).expect("target/differential");
    for defect in Defect::ALL {
        let (tally, found) = search(|| Model::new(defect), 0, 3000);
        match found {
            Some((seed, mismatch)) => {
                println!("{defect:?}: {} modules, seed {seed}: {}", tally.modules, mismatch.what);
            }
            None => panic!("{defect:?} is not found in {} modules", tally.modules),
        }
    }
}

/// Runs the cases of warm-ups from 0 on, and returns what was done and the first that differs.
fn search_warm(defect: WarmDefect, count: u64) -> (WarmTally, Option<(u64, Mismatch)>) {
    let run = move || {
        let (plain, engine) = (Plain::new(true), warm::engine());
        let mut tally = WarmTally::default();
        for seed in 0..count {
            // The cases are others than those of the other test.
            let case = case_of(seed + (1 << 40));
            if let Err(mismatch) = warm::run(&case, &plain, &engine, defect, &mut tally) {
                return (tally, Some((seed, mismatch)));
            }
        }
        (tally, None)
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    thread.join().expect("no case panics")
}

#[test]
fn warmed_guests_agree_with_plain_wasmtime() {
    let count = number("MODULES").unwrap_or(10_000) / 5;
    let (tally, found) = search_warm(WarmDefect::None, count);
    println!("{tally:?}");
    if let Some((seed, mismatch)) = found {
        let text = wasmprinter::print_bytes(&mismatch.binary).expect("wasmtime took it");
        panic!("case {seed}: {}\n{text}", mismatch.what);
    }
    if count >= 1000 {
        assert!(tally.warmed * 5 >= count, "{} warm-ups of {count}", tally.warmed);
        assert!(tally.kept * 2 >= tally.warmed, "{} kept", tally.kept);
        assert!(tally.changed * 10 >= tally.warmed, "{} changed", tally.changed);
        assert!(tally.resets >= tally.warmed, "{} resets", tally.resets);
    }
}

#[test]
fn every_defect_of_states_is_found() {
    for defect in [WarmDefect::Cold, WarmDefect::Globals, WarmDefect::Memory] {
        let (tally, found) = search_warm(defect, 1000);
        match found {
            Some((seed, mismatch)) => println!("{defect:?}: case {seed}: {}", mismatch.what),
            None => panic!("{defect:?} is not found: {tally:?}"),
        }
    }
}

/// Runs the cases of kept states from 0 on, and returns what was done and the first that differs.
fn search_kept(defect: KeptDefect, count: u64) -> (KeptTally, Option<(u64, Mismatch)>) {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let worker = || {
        let (plain, engine) = (Plain::new(true), warm::engine());
        let mut tally = KeptTally::default();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= count || stop.load(Relaxed) {
                return (tally, None);
            }
            // The cases are others than those of the other tests.
            let case = case_of(seed + (1 << 41));
            if let Err(mismatch) = kept::run(&case, &plain, &engine, defect, &mut tally) {
                stop.store(true, Relaxed);
                return (tally, Some((seed, mismatch)));
            }
        }
    };
    let mut tally = KeptTally::default();
    let mut found = None;
    std::thread::scope(|scope| {
        let spawn = |_| {
            let builder = std::thread::Builder::new().stack_size(STACK);
            builder.spawn_scoped(scope, worker).expect("a thread")
        };
        for thread in (0..THREADS).map(spawn).collect::<Vec<_>>() {
            let (done, mismatch) = thread.join().expect("no case panics");
            tally.add(&done);
            found = found.take().or(mismatch);
        }
    });
    (tally, found)
}

#[test]
fn kept_states_agree_with_plain_wasmtime() {
    let count = number("MODULES").unwrap_or(10_000);
    let start = Instant::now();
    let (tally, found) = search_kept(KeptDefect::None, count);
    println!("{tally:?}\nin {:.1} s", start.elapsed().as_secs_f32());
    if let Some((seed, mismatch)) = found {
        let text = wasmprinter::print_bytes(&mismatch.binary).expect("wasmtime took it");
        panic!("case {seed}: {}\n{text}", mismatch.what);
    }
    if count >= 1000 {
        assert!(tally.modules * 2 >= count, "{} modules of {count}", tally.modules);
        assert!(tally.kept >= tally.modules, "{} states", tally.kept);
        assert!(tally.with_globals * 20 >= tally.kept, "{} with globals", tally.with_globals);
        assert!(tally.grown * 100 >= tally.kept, "{} grown", tally.grown);
        assert!(tally.resumed >= tally.modules, "{} resumed", tally.resumed);
        assert!(tally.put_back * 2 >= tally.modules, "{} put back", tally.put_back);
    }
}

#[test]
fn every_defect_of_kept_states_is_found() {
    for defect in KeptDefect::ALL {
        let (tally, found) = search_kept(defect, 3000);
        match found {
            Some((seed, mismatch)) => println!("{defect:?}: case {seed}: {}", mismatch.what),
            None => panic!("{defect:?} is not found: {tally:?}"),
        }
    }
}

#[test]
fn strings_agree_with_plain_wasmtime() {
    let text = [("slugify", 1, true), ("soundex", 1, true), ("upper", 1, true)];
    let text = [&text[..], &[("levenshtein", 2, false)]].concat();
    // It stores nothing: all that changes is what the host writes, and what the last call's string was
    // it could still read.
    let reader = r#"(module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2000))
        (func (export "sum") (param i32 i32) (result i32) (local i32 i32)
            (loop
                (local.set 3 (i32.add (i32.mul (local.get 3) (i32.const 31))
                    (i32.load8_u (i32.add (i32.const 1900) (local.get 2)))))
                (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1)))
                    (i32.const 2000))))
            (local.get 3)))"#;
    // Its exports change no global, but the allocator does; and there one function's result is told to
    // another, that changes nothing, and one's that changes nothing to one that does.
    let globals = r#"(module (memory (export "memory") 1)
        (global $top (export "top") (mut i32) (i32.const 1000))
        (global $calls (export "calls") (mut i32) (i32.const 0))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $top)
            (global.set $top (i32.add (global.get $top) (local.get 3))))
        (func (export "place") (param i32 i32) (result i32) (local.get 0))
        (func (export "same") (param i32 i32) (result i32)
            (i32.store (i32.const 8) (local.get 0))
            (i32.store (i32.const 12) (local.get 1))
            (i32.const 8))
        (func (export "cabi_post_same") (param i32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
        (func (export "count") (param i32 i32) (result i32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (i32.store (i32.const 8) (i32.const 16))
            (i32.store (i32.const 12) (i32.const 4))
            (i32.store (i32.const 16) (global.get $calls))
            (i32.const 8))
        (func (export "cabi_post_count") (param i32)))"#;
    let globals_exports = [("place", 1, false), ("same", 1, true), ("count", 1, true)];
    let modules: [(&str, Vec<u8>, &[Export]); 4] = [
        ("rust-text", include_bytes!("../../guest-examples/rust-text/text.wasm").into(), &text),
        ("c-text", include_bytes!("../../guest-examples/c-text/text.wasm").into(), &text),
        ("reader", wat::parse_str(reader).unwrap(), &[("sum", 1, false)]),
        ("globals", wat::parse_str(globals).unwrap(), &globals_exports),
    ];
    for (name, binary, exports) in modules {
        let bytes = bytes_of(1, 1 << 20);
        match strings::run(&binary, exports, 1000, &mut Choices::new(&bytes)) {
            Ok(resets) => {
                println!("{name}: {resets} resets");
                assert!(resets > 500, "{name}: {resets} resets");
            }
            Err(what) => panic!("{name}: {what}"),
        }
    }
}
