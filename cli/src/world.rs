//! Worlds: what a core module exports, in WIT, as a custom section of the module's.
//!
//! What is embedded is checked when the module has been adapted. It must never let types pass that the exports do not have.

use crate::failure::{Failure, Kind, Result};
use plwasm_engine::inspect::Inspection;
use plwasm_engine::wit::Interface;
use plwasm_engine::{Anatomy, Error};
use std::path::Path;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// A world, and what its types are.
#[derive(Debug)]
pub struct World {
    resolve: Resolve,
    world: WorldId,
}

impl World {
    /// Reads a file of WIT, or a folder with one in it; with one world.
    ///
    /// # Errors
    /// A file that is not WIT, or that does not have exactly one world.
    pub fn read(path: &Path) -> Result<Self> {
        let of = |error: String| Failure::new(Kind::Usage, format!("{}: {error}", path.display()));
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(path).map_err(|error| of(format!("{error:#}")))?;
        let world = resolve.select_world(&[package], None);
        let world = world.map_err(|error| of(format!("{error:#}")))?;
        Ok(Self { resolve, world })
    }

    /// Of items of a world.
    ///
    /// # Errors
    /// A text that is not WIT.
    pub fn of(items: &str) -> Result<Self> {
        let internal = |error: String| Failure::new(Kind::Internal, error);
        let text = format!("package plwasm:adapted;\nworld adapted {{\n{items}}}\n");
        let mut resolve = Resolve::default();
        let package = resolve.push_source("adapted.wit", &text);
        let package = package.map_err(|error| internal(format!("{error:#}")))?;
        let world = resolve.select_world(&[package], None);
        let world = world.map_err(|error| internal(format!("{error:#}")))?;
        Ok(Self { resolve, world })
    }

    /// Writes it into a module.
    ///
    /// # Errors
    /// A module that says its types already.
    pub fn embed(&self, module: &mut Vec<u8>) -> Result<()> {
        let refused = |error: Error| Failure::of(Kind::Module, "the world", &error);
        let custom = Anatomy::of(module).map_err(refused)?.custom;
        if custom.keys().any(|name| name.starts_with("component-type")) {
            return Err(Failure::new(Kind::Module, "the module says its types itself already")
                .hint("Leave --wit out; plwasm check shows them."));
        }
        embed_component_metadata(module, &self.resolve, self.world, StringEncoding::UTF8)
            .map_err(|error| Failure::new(Kind::Usage, format!("the world: {error:#}")))
    }
}

/// Checks that a module exports what its world does, with the types that the canonical ABI makes of it.
///
/// # Errors
/// What it does not export, or not with those types.
pub fn check(module: &[u8]) -> Result<()> {
    let refused = |error: Error| Failure::of(Kind::Module, "the world", &error);
    let exports = Inspection::of(module).map_err(refused)?.functions;
    let told = Interface::of(module).map_err(refused)?.map_or(Vec::new(), |told| told.functions);
    for function in told {
        let Some((_, found)) = exports.iter().find(|(name, _)| *name == function.export) else {
            let message = format!("the module does not export \"{}\"", function.export);
            return Err(Failure::new(Kind::Module, message).hint(
                "An export has its name in WIT: words in lower case, with hyphens between.",
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
