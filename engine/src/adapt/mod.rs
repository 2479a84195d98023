//! Adapting: a module that has imports becomes a module without imports, by merging.
//!
//! What takes the place of an import is WebAssembly in the same module: a stub, a WASI with nothing in it, another
//! module, or a *shim*, which is a core module written for the purpose. A shim imports the guest's exports from the
//! module `guest`. Where the guest imports `MODULE.NAME`, a shim's export `MODULE#NAME` takes that import's place.
//! Every other export of a shim becomes an export of the result, and replaces any export of that name. Later shims
//! see the exports of earlier ones as the guest's.
//!
//! The same input produces the same bytes. This must never run anything, and must never panic, whatever the bytes.
//!
//! | file | noun |
//! |---|---|
//! | `options.rs` | what the user asks for |
//! | `source.rs`, `types.rs` | one of the modules that are merged; comparing types across modules |
//! | `linker.rs`, `exports.rs` | the modules that are merged; the exports of the result |
//! | `resolve.rs`, `check.rs`, `assembly.rs` | the item that takes the place of each import; whether it has the import's type; what is merged in which order |
//! | `stub.rs`, `own.rs` | stubs; memories, tables and tags of a known shape |
//! | `dylink.rs`, `dynamic.rs`, `place.rs`, `enlarge.rs` | position-independent modules: what they declare, what they import, where they are placed, making room for them |
//! | `alloc.rs` | `cabi_realloc` made of another allocator |
//! | `init.rs`, `order.rs` | what is called when instances are made, and the order in which they are made |
//! | `custom.rs` | custom sections that are kept |
//! | `said.rs` | the import of `plwasm:host/log`, which stays |
//! | `left.rs` | imports that are left, and the option that would supply each |
//! | `warm.rs` | the section in which a module asks for a warm-up |
//! | `family/` | our shims for toolchains |

mod alloc;
mod assembly;
mod check;
mod custom;
mod dylink;
mod dynamic;
mod enlarge;
mod exports;
mod family;
mod init;
mod left;
mod linker;
mod options;
mod order;
mod own;
mod place;
mod resolve;
mod said;
mod source;
mod stub;
mod types;
mod warm;

pub use options::{Given, Options, Stub, Stubbing};
pub use warm::with_warm_up;

use crate::compile::component::merge_assembly;
use crate::compile::instrument::FEATURES;
use crate::compile::linked::Linked;
use crate::error::{Error, Result};
use crate::name::printable;
use linker::Linker;
use source::{Role, Source, shown, validate};
use std::fmt;
use types::ItemType;
use wasmparser::Import;

/// A module without imports, or that imports only `plwasm:host/log`.
#[derive(Debug)]
pub struct Adapted {
    /// The binary.
    pub binary: Vec<u8>,
    /// What replaced each import and export.
    pub replaced: Vec<Replaced>,
    /// Names of the module's custom sections that were left out because they would not be true of the result.
    pub dropped: Vec<String>,
    /// The types of functions that were added, as items of a WIT world.
    pub wit: Option<String>,
}

/// One import or export, and what replaced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    what: String,
    by: String,
}

impl Replaced {
    fn import(module: &str, name: &str, by: String) -> Self {
        Self { what: format!("import {}", shown(module, name)), by }
    }

    fn export(name: &str, by: &str) -> Self {
        Self { what: format!("export {}", printable(name)), by: by.to_string() }
    }
}

impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.by)
    }
}

/// Makes a module without imports of one that may have some.
///
/// # Errors
/// [`Error::Invalid`] for a binary that is not a valid module; [`Error::Adapt`] for options that contradict the
/// module and for imports that are left; otherwise the errors that CREATE FUNCTION would report for the result.
pub fn adapt(binary: &[u8], options: &Options) -> Result<Adapted> {
    let guest = Source::read("the module", Role::Guest, binary)?;
    let users = options.shims.iter().map(|shim| shim_of(shim, false));
    let users = users.collect::<Result<Vec<_>>>()?;
    let family::Shims { shims: ours, wit, hidden } = family::shims(&guest, &users)?;
    let ours = ours.iter().map(|shim| shim_of(shim, true));
    let mut shims = ours.collect::<Result<Vec<_>>>()?;
    shims.extend(users);
    let alloc =
        options.alloc.as_deref().map(|name| alloc::shim(name, &guest, &shims)).transpose()?;
    if let Some((alloc, is_guests)) = &alloc {
        let at = if *is_guests { 0 } else { shims.len() };
        shims.insert(at, shim_of(alloc, false)?);
    }
    let stays = |import: &Import<'_>| match guest.import_type(import) {
        ItemType::Function(ty) => said::is_import(import.module, import.name, &ty),
        _ => false,
    };
    let is_unchanged = guest.part.imports.iter().all(stays)
        && options.with.is_empty()
        && shims.is_empty()
        && options.memory.is_none()
        && guest.dylink.is_none();
    if is_unchanged {
        options.check_patterns(&[])?;
        check(binary)?;
        return Ok(Adapted {
            binary: binary.to_vec(),
            replaced: Vec::new(),
            dropped: Vec::new(),
            wit,
        });
    }
    let mut sources = vec![guest];
    for (name, with) in &options.with {
        sources.push(Source::read(&with.name, Role::With(name), &with.binary)?);
    }
    sources.append(&mut shims);
    let custom = sources[0].custom.clone();
    let mut linker = Linker::new(options, sources);
    linker.export_guest()?;
    linker.export_addresses();
    linker.enter_shims()?;
    hidden.iter().for_each(|name| linker.exports.remove(name));
    linker.resolve()?;
    let (assembly, replaced) = linker.into_plan()?;
    let size = assembly.modules.iter().map(|module| module.binary.len()).sum();
    let merged = merge_assembly(&assembly, size).map_err(|error| match error {
        Error::Unsupported(what) => Error::adapt(format!("{what} cannot be merged")),
        error => error,
    });
    let mut binary = said::restore(merged?.binary)?;
    let dropped = custom::keep(&mut binary, &custom);
    check(&binary)?;
    Ok(Adapted { binary, replaced, dropped, wit })
}

fn shim_of(shim: &Given, is_ours: bool) -> Result<Source<'_>> {
    Source::read(&shim.name, Role::Shim { is_ours }, &shim.binary)
}

/// Checks that CREATE FUNCTION would accept the result, as far as that is known before it is compiled.
fn check(binary: &[u8]) -> Result<()> {
    validate(binary, FEATURES)?;
    let found = Linked::of(binary, None)?.inspection;
    found.check()?;
    match found.imports.is_empty() {
        true => Ok(()),
        false => Err(Error::Internal("the adapted module has imports".into())),
    }
}
