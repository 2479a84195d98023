//! Listings: what code is and what it exports, in a form that goes from one process to another.
//!
//! It must never compile or run: it reads.

use crate::abi::CoreSignature;
use crate::body;
use crate::component::Stubs;
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::inspect::Kind;
use crate::instrument::{Purity, purity};
use crate::linked::Linked;
use crate::name::printable;
use crate::wit::{Function, Interface};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::rc::Rc;

/// How much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What it is.
    Kind,
    /// And what it exports.
    Exports,
    /// And what that is proved to be: this takes the longest.
    Purity,
}

impl Depth {
    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Exports => "exports",
            Self::Purity => "purity",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Kind, Self::Exports, Self::Purity].into_iter().find(|depth| depth.name() == name)
    }
}

/// What is known of code.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listing {
    pub kind: Kind,
    /// Of the binary, in bytes.
    pub size: usize,
    /// Of the binary.
    pub hash: Hash,
    /// The functions that it exports, as far as it was read.
    pub exports: Vec<Listed>,
}

/// One exported function.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    /// As the binary spells it.
    pub name: String,
    /// Its type in core WebAssembly; none in a component.
    pub core: Option<Rc<CoreSignature>>,
    /// What WIT metadata says of it.
    pub wit: Option<Function>,
    /// None where nothing can be said.
    pub purity: Option<Purity>,
}

/// The most bytes of a listing. Who reads it cannot be interrupted.
const MOST_BYTES: usize = 16 << 20;

/// Of the build that wrote it.
const BUILD: &[u8] = env!("PLWASM_SOURCES").as_bytes();

impl Listing {
    /// Reads code, text or binary, with stubs in place of imports.
    ///
    /// # Errors
    /// Those of [`body::binary`], [`Linked::of`], [`Interface::of`] and [`purity`].
    pub fn of(code: &[u8], stubs: Option<&dyn Stubs>, depth: Depth) -> Result<Self> {
        let binary = &*body::binary(code)?;
        let (kind, exports) = match depth {
            Depth::Kind => (Kind::of(binary)?, Vec::new()),
            _ => exports(binary, stubs, depth)?,
        };
        Ok(Self { kind, size: binary.len(), hash: Hash::of(binary), exports })
    }

    /// For another process to read.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is too much to say.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = postcard::to_extend(self, BUILD.to_vec())
            .map_err(|error| Error::Internal(error.to_string()))?;
        match bytes.len() > MOST_BYTES {
            true => Err(Error::Unsupported("it exports too much to be listed".into())),
            false => Ok(bytes),
        }
    }

    /// What another process wrote; none if that is of another build.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes.strip_prefix(BUILD)?).ok()
    }
}

impl Listed {
    /// Its type as WIT writes it, or as WebAssembly text does where there is no WIT.
    pub fn signature(&self) -> String {
        match (&self.wit, &self.core) {
            (Some(wit), _) => wit.to_string(),
            (None, Some(core)) => core.to_string(),
            (None, None) => String::new(),
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

fn exports(binary: &[u8], stubs: Option<&dyn Stubs>, depth: Depth) -> Result<(Kind, Vec<Listed>)> {
    let linked = Linked::of(binary, stubs)?;
    let kind = linked.inspection.kind;
    let functions = Interface::of(binary)?.map_or(Vec::new(), |wit| wit.functions);
    let mut purity = match linked.core(binary) {
        Some(core) if depth == Depth::Purity => purity(core)?,
        _ => HashMap::new(),
    };
    let mut listed = |name: String, core, wit| {
        let purity = purity.remove(&name);
        Listed { name, core, wit, purity }
    };
    let exports = match kind {
        Kind::Component => {
            functions.into_iter().map(|wit| listed(wit.export.clone(), None, Some(wit))).collect()
        }
        // What the module does not export cannot be called, whatever its metadata say.
        Kind::Module => {
            let mut functions: HashMap<String, Function> =
                functions.into_iter().map(|wit| (wit.export.clone(), wit)).collect();
            let export = |(name, core)| {
                let wit = functions.remove(&name);
                listed(name, Some(core), wit)
            };
            linked.inspection.functions.into_iter().map(export).collect()
        }
    };
    Ok((kind, exports))
}
