//! The command line: which kernels, which variants, for how long.

use crate::Result;
use crate::kernel::{self, Kernel};
use crate::variant::Variant;
use std::path::PathBuf;

const HELP: &str = "\
cargo bench -p plwasm-engine --bench kernels -- [OPTION ...]

  --kernel NAME[,NAME]    some of the kernels; again for more (default all)
  --variant NAME[,NAME]   some of the variants, and plain (default all)
  --seconds X             CPU time of a round of one variant, at least (default 0.05)
  --rounds N              interleaved rounds, the least of which counts (default 7)
  --quick                 the same as --seconds 0.005 --rounds 5
  --out DIR               writes kernels.md and kernels.csv there
  --list                  names the kernels and the variants
";

#[derive(Debug)]
pub(crate) struct Options {
    pub kernels: Vec<Kernel>,
    pub variants: Vec<Variant>,
    pub seconds: f64,
    pub rounds: usize,
    pub out: Option<PathBuf>,
    /// The command line, for the report.
    pub command: String,
}

impl Options {
    /// Reads the command line. Returns None if the request has been answered by printing something.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Self>> {
        // cargo's own option. It is missing in the profile of the tests.
        let (own, arguments): (Vec<String>, Vec<String>) =
            arguments.partition(|argument| argument == "--bench");
        let cargo = if own.is_empty() { "test" } else { "bench" };
        let mut command = format!("cargo {cargo} -p plwasm-engine --bench kernels");
        for (i, argument) in arguments.iter().enumerate() {
            command += if i == 0 { " -- " } else { " " };
            command += argument;
        }
        let mut options = Self {
            kernels: kernel::all()?,
            variants: Variant::ALL.to_vec(),
            seconds: 0.05,
            rounds: 7,
            out: None,
            command,
        };
        let (mut kernels, mut variants) = (Vec::new(), Vec::new());
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--kernel" => kernels.extend(value()?.split(',')),
                "--variant" => variants.extend(value()?.split(',')),
                "--seconds" => options.seconds = value()?.parse()?,
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--quick" => (options.seconds, options.rounds) = (0.005, 5),
                "--out" => options.out = Some(value()?.into()),
                "--list" => {
                    options.list();
                    return Ok(None);
                }
                "--help" | "-h" => {
                    print!("{HELP}");
                    return Ok(None);
                }
                _ => return Err(format!("unknown option {argument}; see --help").into()),
            }
        }
        known(&kernels, options.kernels.iter().map(|kernel| kernel.name.as_str()))?;
        known(&variants, Variant::ALL.iter().map(|variant| variant.name()))?;
        options.kernels.retain(|kernel| chosen(&kernels, &kernel.name));
        // All ratios are relative to plain.
        options.variants.retain(|v| *v == Variant::Plain || chosen(&variants, v.name()));
        Ok(Some(options))
    }

    fn list(&self) {
        for kernel in &self.kernels {
            println!("{:<14}{}", kernel.name, kernel.about);
        }
        println!("\n{}", Variant::ALL.map(Variant::name).join(" "));
    }
}

fn chosen(names: &[&str], name: &str) -> bool {
    names.is_empty() || names.contains(&name)
}

fn known<'a>(names: &[&str], all: impl Iterator<Item = &'a str>) -> Result<()> {
    let all: Vec<&str> = all.collect();
    match names.iter().find(|name| !all.contains(name)) {
        Some(name) => Err(format!("there is no {name} among {}", all.join(" ")).into()),
        None => Ok(()),
    }
}
