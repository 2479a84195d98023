//! Listings: what code is and what it exports, in a form that one process can send to another.
//!
//! This must never compile or run: it only reads.

use crate::abi::CoreSignature;
use crate::compile::build::SOURCES;
use crate::compile::component::Stubs;
use crate::compile::instrument::{Purity, purity};
use crate::compile::linked::Linked;
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::name::{self, Member, printable};
use crate::read::body;
use crate::read::inspect::Kind;
use crate::read::wit::Function;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::rc::Rc;

/// How much to read of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What it is.
    Kind,
    /// The above, and what it exports.
    Exports,
    /// The above, and how pure each export is proved to be. This takes the longest.
    Purity,
}

impl Depth {
    /// Returns its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Exports => "exports",
            Self::Purity => "purity",
        }
    }

    /// Returns the depth of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Kind, Self::Exports, Self::Purity].into_iter().find(|depth| depth.name() == name)
    }
}

/// What is known of code.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listing {
    /// Whether it is a module or a component.
    pub kind: Kind,
    /// Bytes in the binary.
    pub size: usize,
    /// The hash of the binary.
    pub hash: Hash,
    /// The exported functions, as far as they were read.
    pub exports: Vec<Listed>,
}

/// One exported function.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    /// Its name as the binary spells it.
    pub name: String,
    /// Its type in core WebAssembly, or None in a component.
    pub core: Option<Rc<CoreSignature>>,
    /// What WIT metadata says about it.
    pub wit: Option<Function>,
    /// None if nothing is known.
    pub purity: Option<Purity>,
}

/// The most bytes in a listing. Reading one cannot be interrupted.
const MOST_BYTES: usize = 16 << 20;

/// The build that wrote it.
const BUILD: &[u8] = SOURCES.as_bytes();

impl Listing {
    /// Reads code, text or binary, with stubs in place of imports.
    ///
    /// # Errors
    /// The errors of [`body::binary`], [`Linked::of`], [`Linked::interface`] and [`purity`].
    pub fn of(code: &[u8], stubs: Option<&dyn Stubs>, depth: Depth) -> Result<Self> {
        let binary = &*body::binary(code)?;
        if depth == Depth::Kind {
            return Self::of_kind(binary);
        }
        let (kind, exports) = exports(binary, stubs, depth)?;
        Ok(Self { kind, size: binary.len(), hash: Hash::of(binary), exports })
    }

    /// Reads the kind of a binary.
    ///
    /// # Errors
    /// The errors of [`Kind::of`].
    pub fn of_kind(binary: &[u8]) -> Result<Self> {
        let (kind, hash) = (Kind::of(binary)?, Hash::of(binary));
        Ok(Self { kind, size: binary.len(), hash, exports: Vec::new() })
    }

    /// Returns the bytes for another process to read.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there are too many.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = postcard::to_extend(self, BUILD.to_vec())
            .map_err(|error| Error::Internal(error.to_string()))?;
        match bytes.len() > MOST_BYTES {
            true => Err(Error::Unsupported("it exports too much to be listed".into())),
            false => Ok(bytes),
        }
    }

    /// Reads what another process wrote. Returns None if that process belongs to another build.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes.strip_prefix(BUILD)?).ok()
    }
}

impl Listed {
    /// Returns the constructor of the resource to which a method belongs ([`crate::Module::constructor_of`]), of the
    /// same exports.
    ///
    /// # Errors
    /// [`Error::NoConstructor`], [`Error::SeveralConstructors`].
    pub fn constructor_of<'a>(exports: &'a [Self], method: &Member<'_>) -> Result<&'a Self> {
        let find = |name: &str| exports.iter().find(|export| export.name == name);
        let is_constructing = |name: &str| {
            find(name).and_then(|export| export.wit.as_ref()).is_some_and(Function::is_constructing)
        };
        let names = exports.iter().map(|export| export.name.as_str());
        let found = name::constructor(names, method, is_constructing)?;
        find(found)
            .ok_or_else(|| Error::Internal("a constructor was found but does not exist".into()))
    }

    /// Returns its type in WIT, or in WebAssembly text if there is no WIT.
    pub fn signature(&self) -> String {
        match (&self.wit, &self.core) {
            (Some(wit), _) => wit.to_string(),
            (None, Some(core)) => core.to_string(),
            (None, None) => String::new(),
        }
    }

    /// Returns one line that describes it.
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
    let functions = linked.interface(binary)?.map_or(Vec::new(), |wit| wit.functions);
    let mut purity = match linked.core(binary) {
        Some(core) if depth == Depth::Purity => {
            purity(core, linked.merged.as_ref().and_then(|merged| merged.messages))?
        }
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
        // A function that the module does not export cannot be called, even if the metadata mentions it.
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
