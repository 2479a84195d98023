//! Cases: calls and their expected outcomes, in files of TOML or JSON lines.
//!
//! ```toml
//! module = "../slug.wasm"          # relative to the file; --module overrides it
//!
//! [[case]]
//! call = "slugify('Hello, World!')"
//! expect = "'hello-world'"         # or rows = [...] for a set, or sqlstate = "22003"
//! fuel = 2000                      # at most
//! ```

use crate::failure::{Failure, Kind, Result};
use plwasm_engine::name;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Debug)]
pub(super) struct CaseFile {
    pub path: PathBuf,
    pub module: Option<PathBuf>,
    pub cases: Vec<Case>,
}

/// One call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// Its name in a report. Without a name, the call stands there.
    name: Option<String>,
    pub call: String,
    /// The declaration of the function, if the module does not describe its types.
    #[serde(rename = "as")]
    pub declaration: Option<String>,
    /// The value that it must return, in SQL.
    pub expect: Option<String>,
    /// The rows that it must return, each in SQL.
    pub rows: Option<Vec<String>>,
    /// The error with which it must end.
    pub sqlstate: Option<String>,
    /// The most fuel that it may use.
    pub fuel: Option<u64>,
}

/// The contents of a file besides its cases.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    module: Option<PathBuf>,
    #[serde(default)]
    case: Vec<Case>,
}

/// One line of JSON lines.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Case(Box<Case>),
    Header { module: PathBuf },
}

impl Case {
    /// Returns its name in reports.
    pub(super) fn title(&self) -> String {
        name::paragraph(self.name.as_deref().unwrap_or(&self.call))
    }

    fn check(&self) -> std::result::Result<(), String> {
        let outcomes = [self.expect.is_some(), self.rows.is_some(), self.sqlstate.is_some()];
        match outcomes.iter().filter(|is_there| **is_there).count() {
            0 | 1 => Ok(()),
            _ => Err(format!(
                "case \"{}\" has more than one of expect, rows and sqlstate",
                self.title()
            )),
        }
    }
}

impl CaseFile {
    /// Returns all files in some directories and files, in the order of their names.
    ///
    /// # Errors
    /// A file cannot be read, or is malformed.
    pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for path in paths {
            collect(path, &mut found)?;
        }
        if found.is_empty() {
            let shown: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            return Err(Failure::new(
                Kind::File,
                format!("there are no cases in {}", shown.join(", ")),
            )
            .hint("Cases are files *.toml or *.jsonl; plwasm help test shows one."));
        }
        found.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::of_file("read", path, &e))?;
        let wrong = |what: String| {
            Failure::new(Kind::Usage, format!("{}: {what}", path.display())).hint(
                "A case has a call, and any of name, as, fuel and one of expect, rows and sqlstate; calls and values are SQL in \
                 strings: expect = \"3\"."
            )
        };
        let header = match is_json(path) {
            true => {
                let mut header = Header::default();
                for (number, line) in
                    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
                {
                    let line: Line = serde_json::from_str(line).map_err(|error| {
                        wrong(format!(
                            "line {}: {}",
                            number + 1,
                            name::paragraph(&error.to_string())
                        ))
                    })?;
                    match line {
                        Line::Case(case) => header.case.push(*case),
                        Line::Header { module } => header.module = Some(module),
                    }
                }
                header
            }
            false => toml::from_str(&text).map_err(|error: toml::de::Error| {
                let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
                let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
                wrong(format!("{place}{}", error.message()))
            })?,
        };
        header.case.iter().try_for_each(Case::check).map_err(wrong)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Ok(Self {
            module: header.module.map(|module| folder.join(module)),
            cases: header.case,
            path: path.to_path_buf(),
        })
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|found| found == "jsonl" || found == "ndjson")
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| Failure::of_file("read", path, &error);
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        found.push(path.to_path_buf());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut inner = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(failed)?;
    inner.sort();
    for path in inner {
        let is_case = is_json(&path) || path.extension().is_some_and(|found| found == "toml");
        if is_case && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}
