//! `plwasm adapt`: makes a module without imports of one that has some.
//!
//! It must never write a module that CREATE FUNCTION would refuse.

use crate::failure::{Failure, Kind, Result};
use crate::source;
use crate::warm_up::WarmUpArguments;
use crate::world::{self, World};
use plwasm_engine::adapt::{Adapted, Given, Options, Stubbing, adapt};
use plwasm_engine::read::inspect::Kind as BinaryKind;
use plwasm_engine::warm_up::{SECTION, WarmUp};
use plwasm_engine::{Error, Wasi, read::body};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a module without imports of one that has some.
///
/// What takes the place of an import is WebAssembly too, and becomes part of the module. Therefore any role may
/// create the module, and the server grants nothing. Prints what replaced each import and export.
///
/// --heap and --warm write what is to be done once, before any call, into a custom section of a module or component,
/// after it has been tried.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A shim is a core module. It imports the module's exports from \"guest\". What it exports as MODULE#NAME takes
the place of the import MODULE.NAME; everything else that it exports is exported by the result.

Examples:
  plwasm adapt in.wasm -o out.wasm --stub trap                # a call of what was imported is an error
  plwasm adapt in.wasm -o out.wasm --stub 'zero=env.log*' --stub trap
  plwasm adapt in.wasm -o out.wasm --wasi inert
  plwasm adapt in.wasm -o out.wasm --with env=libc.wasm       # what it imports from env is exported there
  plwasm adapt in.wasm -o out.wasm --memory mem --alloc malloc
  plwasm adapt in.wasm -o out.wasm --shim abi.wat
  plwasm adapt in.wasm -o out.wasm --wit world.wit
  plwasm adapt in.wasm -o out.wasm --heap 1MB --warm \"prepare('a')\"")]
pub(crate) struct Arguments {
    /// WebAssembly: a module, binary or text; - reads standard input
    #[arg(value_name = "IN.wasm", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// The file to write; - writes standard output
    #[arg(short, long, value_name = "OUT.wasm", value_hint = clap::ValueHint::FilePath)]
    output: PathBuf,
    /// Put stubs in place of imported functions: of those that are named (MODULE.NAME, where * matches any
    /// characters), or of all that nothing else replaces. trap: a call is an error that names the import; zero: a
    /// call returns zeros
    #[arg(long, value_name = "trap|zero[=IMPORT,...]")]
    stub: Vec<Stubbing>,
    /// Put a WASI with nothing in it in place of imports from WASI, as plwasm.wasi does in a server; it also drops
    /// what is logged by wasi:logging
    #[arg(long, value_name = "none|inert", default_value = "none", value_parser = source::wasi)]
    wasi: Wasi,
    /// Link with another module, which supplies the imports from MODULE; position-independent modules (dylink.0) are
    /// placed
    #[arg(long, value_name = "MODULE=FILE", value_parser = with)]
    with: Vec<(String, PathBuf)>,
    /// Link with a shim: a core module, binary or text, that adapts this one
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    shim: Vec<PathBuf>,
    /// Export as "memory" the memory that is exported under this name
    #[arg(long, value_name = "EXPORT")]
    memory: Option<String>,
    /// Export a cabi_realloc that is made of this allocator: malloc, __wbindgen_malloc, __new, alloc or another
    #[arg(long, value_name = "EXPORT")]
    alloc: Option<String>,
    /// Embed a world, from a file of WIT or a folder with one: it describes what the exports take and return, so that
    /// wasm.create_functions() creates them
    #[arg(long, value_name = "WORLD.wit", value_hint = clap::ValueHint::AnyPath)]
    wit: Option<PathBuf>,
    #[command(flatten)]
    warm_up: WarmUpArguments,
}

fn with(text: &str) -> std::result::Result<(String, PathBuf), &'static str> {
    let (name, file) = text.split_once('=').ok_or("not MODULE=FILE")?;
    Ok((name.into(), file.into()))
}

/// Runs the command.
///
/// # Errors
/// The module cannot be adapted as asked; a file cannot be read or written.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let path = &arguments.file;
    let of_file = |(name, path): &(String, PathBuf)| Ok((name.clone(), given(path)?));
    let options = Options {
        stubs: arguments.stub.clone(),
        wasi: arguments.wasi,
        with: arguments.with.iter().map(of_file).collect::<Result<_>>()?,
        shims: arguments.shim.iter().map(|path| given(path)).collect::<Result<_>>()?,
        memory: arguments.memory.clone(),
        alloc: arguments.alloc.clone(),
    };
    let refused = |error: Error| Failure::of(Kind::Module, path.display(), &error);
    let mut module = read(path)?;
    // The world is embedded first: exports that use a toolchain's own ABI are adapted by it.
    if let Some(file) = &arguments.wit {
        World::read(file)?.embed(&mut module)?;
    }
    // Only core modules can be adapted, but a component can ask for a warm-up.
    let is_only_warmed = arguments.warm_up.is_given()
        && arguments.wit.is_none()
        && options == Options::default()
        && BinaryKind::of(&module).map_err(refused)? == BinaryKind::Component;
    let mut adapted = match is_only_warmed {
        true => Adapted { binary: module, replaced: Vec::new(), dropped: Vec::new(), wit: None },
        false => adapt(&module, &options).map_err(refused)?,
    };
    match (&arguments.wit, &adapted.wit) {
        (Some(_), _) => world::check(&adapted.binary)?,
        (None, Some(items)) => {
            World::of(items)?.embed(&mut adapted.binary)?;
            world::check(&adapted.binary)?;
        }
        (None, None) => {}
    }
    let warm_up = match arguments.warm_up.is_given() {
        true => Some(arguments.warm_up.write(&mut adapted.binary, path)?),
        false => None,
    };
    match arguments.output.as_os_str() == "-" {
        true => crate::written(std::io::stdout().write_all(&adapted.binary))?,
        false => std::fs::write(&arguments.output, &adapted.binary)
            .map_err(|error| Failure::of_file("write", &arguments.output, &error))?,
    }
    report(&adapted, warm_up.as_ref());
    Ok(ExitCode::SUCCESS)
}

/// Reports what was done on standard error, as standard output may be the module.
fn report(adapted: &Adapted, warm_up: Option<&WarmUp>) {
    let mut to = anstream::stderr().lock();
    for replaced in &adapted.replaced {
        let _ = writeln!(to, "{replaced}");
    }
    if !adapted.dropped.is_empty() {
        let dropped = adapted.dropped.join(", ");
        let _ = writeln!(to, "dropped, as its offsets are no longer correct: {dropped}");
    }
    if let Some(warm_up) = warm_up {
        let warm_up = plwasm_engine::name::paragraph(&warm_up.to_string());
        let _ = writeln!(to, "custom section {SECTION}: {warm_up}");
    }
}

fn given(path: &Path) -> Result<Given> {
    Ok(Given { name: path.display().to_string(), binary: read(path)? })
}

/// Returns the binary of a file that is binary or text.
fn read(path: &Path) -> Result<Vec<u8>> {
    let code = source::read(path)?;
    let binary = body::binary(&code);
    let binary = binary.map_err(|error| Failure::of(Kind::Module, path.display(), &error))?;
    Ok(binary.into_owned())
}
