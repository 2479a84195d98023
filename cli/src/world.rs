//! Worlds: the WIT types of what a core module exports, as one of its custom sections.
//!
//! The embedded world is checked when the module has been adapted. It must never contain types that the exports do
//! not have.

use crate::failure::{Failure, Kind, Result};
use plwasm_engine::read::inspect::Inspection;
use plwasm_engine::read::wit::Interface;
use plwasm_engine::{Anatomy, Error};
use std::path::Path;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// A world, and its types.
#[derive(Debug)]
pub(crate) struct World {
    resolve: Resolve,
    world: WorldId,
}

impl World {
    /// Reads a file of WIT, or a folder with one, which must contain one world.
    ///
    /// # Errors
    /// The file is not WIT, or does not have exactly one world.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let of = |error: String| Failure::new(Kind::Usage, format!("{}: {error}", path.display()));
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(path).map_err(|error| of(format!("{error:#}")))?;
        let world = resolve.select_world(&[package], None);
        let world = world.map_err(|error| of(format!("{error:#}")))?;
        Ok(Self { resolve, world })
    }

    /// Makes a world of these items.
    ///
    /// # Errors
    /// The text is not WIT.
    pub(crate) fn of(items: &str) -> Result<Self> {
        let internal = |error: String| Failure::new(Kind::Internal, error);
        let text = format!("package plwasm:adapted;\nworld adapted {{\n{items}}}\n");
        let mut resolve = Resolve::default();
        let package = resolve.push_source("adapted.wit", &text);
        let package = package.map_err(|error| internal(format!("{error:#}")))?;
        let world = resolve.select_world(&[package], None);
        let world = world.map_err(|error| internal(format!("{error:#}")))?;
        Ok(Self { resolve, world })
    }

    /// Embeds it in a module.
    ///
    /// # Errors
    /// The module already describes its types.
    pub(crate) fn embed(&self, module: &mut Vec<u8>) -> Result<()> {
        let refused = |error: Error| Failure::of(Kind::Module, "the world", &error);
        let custom = Anatomy::of(module).map_err(refused)?.custom;
        if custom.keys().any(|name| name.starts_with("component-type")) {
            return Err(Failure::new(Kind::Module, "the module already describes its types")
                .hint("Leave --wit out; plwasm check shows them."));
        }
        embed_component_metadata(module, &self.resolve, self.world, StringEncoding::UTF8)
            .map_err(|error| Failure::new(Kind::Usage, format!("the world: {error:#}")))
    }
}

/// Checks that a module exports the functions of its world, with the core types that the canonical ABI derives.
///
/// # Errors
/// The module lacks an export, or an export has another type.
pub(crate) fn check(module: &[u8]) -> Result<()> {
    let refused = |error: Error| Failure::of(Kind::Module, "the world", &error);
    let exports = Inspection::of(module).map_err(refused)?.functions;
    let told = Interface::of(module).map_err(refused)?.map_or(Vec::new(), |told| told.functions);
    for function in told {
        let Some((_, found)) = exports.iter().find(|(name, _)| *name == function.export) else {
            let message = format!("the module does not export \"{}\"", function.export);
            return Err(Failure::new(Kind::Module, message).hint(
                "An export must have its name in WIT: lower-case words with hyphens between them.",
            ));
        };
        if let Some(expected) = function.signature().map(|types| types.core())
            && expected != **found
        {
            let message = format!("export \"{}\" has the wrong signature", function.export);
            return Err(Failure::new(Kind::Module, message)
                .detail(format!("Found {found}, expected {expected} for {function}.")));
        }
    }
    Ok(())
}
