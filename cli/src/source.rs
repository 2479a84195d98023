//! Sources: WebAssembly in files, binary or text.

use crate::failure::{Failure, Kind, Result};
use plwasm_engine::compile::lines::section::{NoLines, attach};
use plwasm_engine::{Error, Wasi, read::body};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The value that `plwasm.max_module_size` has in a server, in bytes.
const MAX_SIZE: usize = 32 << 20;

/// A file of WebAssembly, and what takes the place of its imports.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SourceArguments {
    /// WebAssembly: a module or component, binary or text; - reads standard input
    #[arg(value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    #[command(flatten)]
    pub wasi: WasiArgument,
}

/// Where the source lines of a module are that has none itself.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DebugArgument {
    /// The same module before it was stripped: its DWARF has the source lines for backtraces
    #[arg(long, value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    debug_file: Option<PathBuf>,
}

impl DebugArgument {
    /// Adds the source lines to code, if a file was given.
    ///
    /// # Errors
    /// The file cannot be read, has no DWARF, or is of other code.
    pub(crate) fn attach(&self, code: Vec<u8>, path: &Path) -> Result<Vec<u8>> {
        let Some(file) = &self.debug_file else { return Ok(code) };
        let of = |path: &Path, error: Error| Failure::of(Kind::Module, path.display(), &error);
        let binary = body::binary(&code).map_err(|error| of(path, error))?;
        let debug = std::fs::read(file).map_err(|error| Failure::of_file("read", file, &error))?;
        let attached = attach(&binary, &debug).map_err(|error| of(file, error))?;
        attached.map_err(|reason| {
            let message = format!("{}: no source lines: {reason}", file.display());
            let failure = Failure::new(Kind::Module, message);
            match reason {
                NoLines::OtherCode => failure.hint(
                    "It must be what the linker, or the last tool that changed the code, has written.",
                ),
                _ => failure,
            }
        })
    }
}

/// What takes the place of imports.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct WasiArgument {
    /// What takes the place of imports from WASI, as plwasm.wasi in a server
    #[arg(long, value_name = "none|inert", default_value = "none", value_parser = wasi)]
    pub wasi: Wasi,
}

/// Returns what takes the place of WASI, by the name of the setting's value.
pub(crate) fn wasi(name: &str) -> std::result::Result<Wasi, &'static str> {
    match name {
        "none" => Ok(Wasi::None),
        "inert" => Ok(Wasi::Inert),
        _ => Err("neither none nor inert"),
    }
}

/// Reads a file.
///
/// # Errors
/// The operating system's error; [`Error::TooLarge`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Failure::of_file("read", path, &error);
    let mut code = Vec::new();
    // One byte more than a server accepts, to detect a file that is too large.
    let most = MAX_SIZE as u64 + 1;
    match path.as_os_str() == "-" {
        true => std::io::stdin().lock().take(most).read_to_end(&mut code).map_err(failed)?,
        false => {
            let file = std::fs::File::open(path).map_err(failed)?;
            file.take(most).read_to_end(&mut code).map_err(failed)?
        }
    };
    if code.len() > MAX_SIZE {
        let size = std::fs::metadata(path).map_or(code.len(), |found| found.len() as usize);
        let error = Error::TooLarge { size, limit: MAX_SIZE };
        return Err(Failure::of(Kind::Module, path.display(), &error));
    }
    Ok(code)
}
