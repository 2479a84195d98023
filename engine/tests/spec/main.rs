//! The specification's own tests, through the passes: a pass must not change what a module does.
//!
//! ```text
//! cargo test --workspace --exclude plwasm --test spec [-- [NAME...]]
//! ```
//! NAME is a part of a script's name, such as `gc/` or `i32`. `PLWASM_SPEC_PASSES` is a list of
//! `all` (the default), `nan`, `isolate`, `meter`, `link` and `none`; the scripts are run with each.
//! `--sql DIR` writes tables for `tests/client/spec.sh` instead.
//! Output is like that of other tests, one line for each group of scripts, and a table.

mod copy;
mod corpus;
mod host;
mod runner;
mod skips;
mod sql;
mod value;
mod wanted;

use corpus::Script;
use plwasm_engine::compile::instrument::Passes;
use runner::Report;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const THREADS: usize = 2;

/// How many failures of one script are shown.
const SHOWN: usize = 20;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let sql = arguments.iter().position(|argument| argument == "--sql");
    let dir = sql.map(|at| arguments.remove(at + 1));
    let names: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|name| !name.starts_with('-')).collect();
    let mut scripts = corpus::scripts();
    scripts
        .retain(|script| names.is_empty() || names.iter().any(|name| script.name.contains(name)));
    if let Some(dir) = dir {
        sql::write(&scripts, Path::new(&dir)).expect("the directory can be written to");
        return ExitCode::SUCCESS;
    }

    let configurations = std::env::var("PLWASM_SPEC_PASSES").unwrap_or("all".into());
    let mut failed = false;
    for name in configurations.split([',', ' ']) {
        failed |= !run(&scripts, name, passes(name));
    }
    ExitCode::from(u8::from(failed))
}

fn passes(name: &str) -> Passes {
    let link = Passes { linkable: true, ..Passes::NONE };
    match name {
        "all" => Passes { nan: true, isolate: true, meter: true, ..link },
        "nan" => Passes { nan: true, ..link },
        "isolate" => Passes { isolate: true, ..link },
        "meter" => Passes { meter: true, ..link },
        "link" => link,
        "none" => Passes::NONE,
        _ => panic!(
            "PLWASM_SPEC_PASSES: \"{name}\" is not one of all, nan, isolate, meter, link, none"
        ),
    }
}

/// Runs the scripts with these passes and prints what came of it. False if anything failed.
fn run(scripts: &[Script], name: &str, passes: Passes) -> bool {
    let engine = host::engine().expect("wasmtime is configured as this machine can");
    let reports: Vec<Mutex<Report>> = scripts.iter().map(|_| Mutex::default()).collect();
    let mut order: Vec<usize> =
        (0..scripts.len()).filter(|at| scripts[*at].same_as.is_none()).collect();
    // The longest first, so that no thread is left alone with one of them.
    order.sort_by_key(|at| std::cmp::Reverse(scripts[*at].text.len()));
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(at) = order.get(next.fetch_add(1, Relaxed)) {
                    let report = runner::run(&engine, &scripts[*at], passes);
                    *reports[*at].lock().expect("no other thread has this one") = report;
                }
            });
        }
    });
    let reports: Vec<Report> =
        reports.into_iter().map(|report| report.into_inner().expect("all have ended")).collect();

    println!("\npasses: {name}\n{:50} {:>7} {:>7} {:>7}", "", "run", "passed", "skipped");
    let mut groups: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (script, report) in scripts.iter().zip(&reports) {
        let group = groups.entry(script.group()).or_default();
        if let Some(other) = &script.same_as {
            println!("{:50} same text as {other}", script.name);
            continue;
        }
        let counts = counts(report);
        line(&script.name, counts);
        group.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        for (reason, count) in &report.skipped {
            *reasons.entry(reason).or_default() += count;
        }
    }
    println!();
    for (group, counts) in &groups {
        line(group, *counts);
    }
    let total = groups.values().fold([0; 3], |[a, b, c], [d, e, f]| [a + d, b + e, c + f]);
    line("total", total);
    for (reason, count) in reasons {
        println!("{count:7} skipped: {reason}");
    }
    println!();
    for (script, report) in scripts.iter().zip(&reports) {
        for (line, why) in report.failed.iter().take(SHOWN) {
            println!("{}:{line}: {why}", script.name);
        }
        if report.failed.len() > SHOWN {
            println!("{}: and {} more", script.name, report.failed.len() - SHOWN);
        }
    }
    println!();
    for (group, [run, passed, _]) in &groups {
        let verdict = if run == passed { "ok" } else { "FAILED" };
        println!("test spec {group}, passes: {name} ... {verdict}");
    }
    total[0] == total[1]
}

/// Run, passed, skipped.
fn counts(report: &Report) -> [usize; 3] {
    [report.passed + report.failed.len(), report.passed, report.skipped.values().sum()]
}

fn line(name: &str, [run, passed, skipped]: [usize; 3]) {
    let mark = if run == passed { "" } else { "  FAILED" };
    println!("{name:50} {run:7} {passed:7} {skipped:7}{mark}");
}
