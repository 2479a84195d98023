//! Tables: printed line by line, and written as Markdown and CSV.

use crate::Result;
use crate::kernel::Kernel;
use crate::measure::Measured;
use crate::options::Options;
use crate::variant::{Size, Variant};
use std::fmt::Write;
use std::process::Command;

const NATIVE: &str = "Native: clang -O2 without vectors, as bench/kernels/build.sh has it";

/// A figure of the compilation.
type Column = fn(&Size) -> f64;

pub(crate) struct Report<'a> {
    options: &'a Options,
    /// For each kernel, the results in each variant, plain first.
    rows: Vec<(&'a Kernel, Vec<Measured>)>,
    markdown: String,
}

impl<'a> Report<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        Self { options, rows: Vec::new(), markdown: String::new() }
    }

    /// Prints what is measured, and begins the table of times.
    pub(crate) fn begin(&mut self) {
        let Options { rounds, seconds, command, .. } = self.options;
        self.line(&format!("`{command}` on {}.", machine()));
        self.line("");
        self.line(&format!(
            "CPU time of a run over that of plain wasmtime, less is better: the least of {rounds} \
             interleaved rounds of {:.0} ms or more. Noise: by how much the median round is slower than \
             the least, in the worst variant. {NATIVE}.",
            seconds * 1e3
        ));
        self.line("");
        let others = self.others().map(Variant::name).collect::<Vec<_>>();
        let cells = ["kernel", "plain"].into_iter().chain(others).chain(["noise"]);
        let head = self.row(cells.map(String::from));
        self.line(&head);
        let rule = head.split('|').skip(1).enumerate().map(|(i, cell)| match (i, cell.len()) {
            (_, 0) => String::new(),
            (0, width) => format!("{}|", "-".repeat(width)),
            (_, width) => format!("{}:|", "-".repeat(width - 1)),
        });
        self.line(&format!("|{}", rule.collect::<String>()));
    }

    /// Adds a row to the table.
    pub(crate) fn add(&mut self, kernel: &'a Kernel, measured: Vec<Measured>) {
        let cells = [kernel.name.clone(), microseconds(measured[0].ns)]
            .into_iter()
            .chain(measured[1..].iter().map(|other| ratio(other.ns / measured[0].ns)))
            .chain([format!("{:.0} %", 100.0 * noise(&measured))]);
        let line = self.row(cells);
        self.line(&line);
        self.rows.push((kernel, measured));
    }

    /// Prints the rest, and writes the files.
    pub(crate) fn end(mut self) -> Result<()> {
        self.summary("geomean", geomean);
        self.summary("worst", worst);
        self.sizes();
        if let Some(out) = &self.options.out {
            std::fs::create_dir_all(out)?;
            std::fs::write(out.join("kernels.md"), &self.markdown)?;
            std::fs::write(out.join("kernels.csv"), self.csv())?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) {
        println!("{line}");
        self.markdown.push_str(line);
        self.markdown.push('\n');
    }

    fn others(&self) -> impl Iterator<Item = Variant> + use<'a> {
        self.options.variants[1..].iter().copied()
    }

    /// Returns a line of the first table, aligned so that it can be read as plain text.
    fn row(&self, cells: impl IntoIterator<Item = String>) -> String {
        let mut line = String::new();
        for (i, cell) in cells.into_iter().enumerate() {
            let width = self.options.variants.get(i.wrapping_sub(1)).map_or(0, |v| v.name().len());
            let _ = match i {
                0 => write!(line, "| {cell:<12} |"),
                _ => write!(line, " {cell:>0$} |", width.max(8)),
            };
        }
        line
    }

    fn summary(&mut self, name: &str, of: fn(&[f64]) -> f64) {
        let ratios = (1..self.options.variants.len()).map(|i| {
            let all = self.rows.iter().map(|(_, measured)| measured[i].ns / measured[0].ns);
            format!("**{:.2}**", of(&all.collect::<Vec<_>>()))
        });
        let cells = [format!("**{name}**"), String::new()].into_iter().chain(ratios);
        let line = self.row(cells.chain([String::new()]).collect::<Vec<_>>());
        self.line(&line);
    }

    /// Prints the second table: what compiling takes, relative to plain.
    fn sizes(&mut self) {
        let columns: [(&str, Column); 4] = [
            ("module", |size| size.wasm_bytes as f64),
            ("machine code", |size| size.code_bytes as f64),
            ("image", |size| size.image_bytes as f64),
            ("compile time", |size| size.compile_ns),
        ];
        self.line("");
        self.line(
            "Bytes and the CPU time of compiling over those of plain wasmtime, geomean and worst. The image \
             is what stays in memory: machine code and tables, in whole pages.",
        );
        self.line("");
        self.line(&format!(
            "| variant            | {} |",
            columns.map(|(name, _)| format!("{name:>12} | worst")).join(" | ")
        ));
        self.line(&format!("|--------------------{}|", "|-------------:|------:".repeat(4)));
        for (i, variant) in self.options.variants.iter().enumerate().skip(1) {
            if *variant == Variant::Native {
                continue;
            }
            let mut line = format!("| {:<18}", variant.name());
            for (_, column) in columns {
                let ratios = self.rows.iter().filter_map(|(_, measured)| {
                    Some(column(measured[i].size.as_ref()?) / column(measured[0].size.as_ref()?))
                });
                let ratios = ratios.collect::<Vec<_>>();
                let _ = write!(line, " | {:>12.2} | {:>5.2}", geomean(&ratios), worst(&ratios));
            }
            self.line(&format!("{line} |"));
        }
    }

    fn csv(&self) -> String {
        let mut csv = String::from(
            "kernel,variant,ns,median_ns,ratio,wasm_bytes,code_bytes,image_bytes,compile_ns\n",
        );
        for (kernel, measured) in &self.rows {
            for (variant, one) in self.options.variants.iter().zip(measured) {
                let _ = write!(
                    csv,
                    "{},{},{:.0},{:.0},{:.4},",
                    kernel.name,
                    variant.name(),
                    one.ns,
                    one.median_ns,
                    one.ns / measured[0].ns
                );
                let _ = match one.size {
                    Some(Size { wasm_bytes, code_bytes, image_bytes, compile_ns }) => {
                        writeln!(csv, "{wasm_bytes},{code_bytes},{image_bytes},{compile_ns:.0}")
                    }
                    None => writeln!(csv, ",,,"),
                };
            }
        }
        csv
    }
}

fn ratio(x: f64) -> String {
    format!("{x:.2}")
}

fn microseconds(ns: f64) -> String {
    format!("{:.0} µs", ns / 1e3)
}

fn noise(measured: &[Measured]) -> f64 {
    worst(&measured.iter().map(|one| one.median_ns / one.ns - 1.0).collect::<Vec<_>>())
}

fn geomean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

fn worst(ratios: &[f64]) -> f64 {
    ratios.iter().copied().fold(f64::MIN, f64::max)
}

/// Returns where and when it was measured. Without that a figure means nothing.
fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {cores} cores, {}, {}, load {}",
        model.unwrap_or(std::env::consts::ARCH),
        output("uname", &["-srm"]),
        output("date", &["+%Y-%m-%d %H:%M"]),
        load.split(' ').next().unwrap_or_default()
    )
}

fn output(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string()).unwrap_or_default()
}
