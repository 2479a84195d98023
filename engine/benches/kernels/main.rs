//! Measures what metering, isolation and canonical NaNs cost in whole programs, without PostgreSQL: the kernels of
//! `bench/kernels`, under plain wasmtime, under its own metering, under ours, and compiled for this machine.
//!
//! Run it by `cargo bench -p plwasm-engine --bench kernels -- --help`.

mod direct;
mod kernel;
mod measure;
mod options;
mod report;
mod variant;

use kernel::Kernel;
use measure::{Measured, Task};
use options::Options;
use std::error::Error;
use variant::{Built, Compiler, Variant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let Some(mut options) = Options::parse(std::env::args().skip(1))? else {
        return Ok(());
    };
    if options.variants.contains(&Variant::Native)
        && let Err(error) = kernel::build_native()
    {
        eprintln!("no native kernels: {error}");
        options.variants.retain(|variant| *variant != Variant::Native);
    }
    let compilers: Vec<Compiler> =
        options.variants.iter().map(|variant| Compiler::new(*variant)).collect::<Result<_>>()?;

    let mut report = report::Report::new(&options);
    report.begin();
    for kernel in &options.kernels {
        let measured = run(kernel, &compilers, &options)
            .map_err(|error| format!("kernel {}: {error}", kernel.name))?;
        report.add(kernel, measured);
    }
    report.end()
}

/// Compiles one kernel in all variants, compares their checksums, and times them.
fn run(kernel: &Kernel, compilers: &[Compiler], options: &Options) -> Result<Vec<Measured>> {
    let mut expected = None;
    let mut tasks = Vec::new();
    for compiler in compilers {
        let in_variant = |error| format!("{}: {error}", compiler.variant().name());
        let Built { mut program, size } =
            compiler.build(kernel, options.rounds).map_err(in_variant)?;
        let checksum = program.call(kernel.n).map_err(in_variant)?;
        let (first, wanted) = *expected.get_or_insert((compiler.variant(), checksum));
        if checksum != wanted {
            let (name, first) = (compiler.variant().name(), first.name());
            return Err(format!("checksum {checksum:#x} in {name}, {wanted:#x} in {first}").into());
        }
        tasks.push(Task { program, size, n: kernel.n, checksum });
    }
    measure::interleaved(tasks, options)
}
