//! Listings: what a module exports, each function with what is known of its type.
//!
//! It must never compile or run: it reads.

use crate::error::OrRaise;
use crate::settings;
use plwasm_engine::abi::CoreSignature;
use plwasm_engine::inspect::{Inspection, Kind};
use plwasm_engine::name::printable;
use plwasm_engine::wit::{Function, Interface};
use std::collections::HashMap;
use std::rc::Rc;

/// The exported functions of a module.
pub struct Listing {
    pub inspection: Inspection,
    pub exports: Vec<Export>,
}

/// One exported function.
pub struct Export {
    /// As the module spells it.
    pub name: String,
    /// As WebAssembly text writes it; none in a component.
    core: Option<String>,
    /// What WIT metadata says of it.
    pub wit: Option<Function>,
}

impl Listing {
    /// Reads a binary. Raises what is wrong with it.
    pub fn of(binary: &[u8]) -> Self {
        let inspection = Inspection::with(binary, settings::wasi().stubs()).or_raise();
        let functions = Interface::of(binary).or_raise().map_or(Vec::new(), |wit| wit.functions);
        let exports = match inspection.kind {
            Kind::Component => functions
                .into_iter()
                .map(|wit| Export { name: wit.export.clone(), core: None, wit: Some(wit) })
                .collect(),
            // What the module does not export cannot be called, whatever its metadata say.
            Kind::Module => {
                let mut functions: HashMap<String, Function> =
                    functions.into_iter().map(|wit| (wit.export.clone(), wit)).collect();
                let export = |(name, core): &(String, Rc<CoreSignature>)| {
                    let wit = functions.remove(name);
                    Export { name: name.clone(), core: Some(core.to_string()), wit }
                };
                inspection.functions.iter().map(export).collect()
            }
        };
        Self { inspection, exports }
    }
}

impl Export {
    /// As WIT writes it, or as WebAssembly text where there is no WIT.
    pub fn signature(&self) -> String {
        match (&self.wit, &self.core) {
            (Some(wit), _) => wit.to_string(),
            (None, core) => core.clone().unwrap_or_default(),
        }
    }

    /// One line that says what it is.
    pub fn line(&self) -> String {
        match (self.wit.as_ref().and_then(Function::interface), &self.wit) {
            (Some(interface), Some(wit)) => format!("{}#{wit}", printable(interface)),
            (None, Some(wit)) => wit.to_string(),
            (_, None) => format!("{}{}", printable(&self.name), self.signature()),
        }
    }
}
