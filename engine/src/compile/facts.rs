//! Facts: what the host must know of compiled code, as an artefact stores it.
//!
//! They must never take more memory than they report. A type that many functions share is written once. WIT types
//! share their parts in memory, but not as bytes, so they stay bytes until they are needed.

use crate::abi::CoreSignature;
use crate::compile::instrument::Manifest;
use crate::compile::pages::Run;
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::initialization::{Heap, Trial};
use crate::read::inspect::Kind;
use crate::read::wit::{self, Interface};
use crate::warm_up::WarmUp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::HashMap;
use std::rc::Rc;

/// The most bytes of WIT types.
const MAX_WIT: usize = 16 << 20;

/// The memory that an export takes besides its name, in bytes, here and in the maps of the manifest.
const FUNCTION_BYTES: usize = 256;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The hash of the code that was compiled.
    pub hash: Hash,
    pub is_isolated: bool,
    pub kind: Kind,
    pub functions: Functions,
    pub manifest: Manifest,
    /// Whether stubs of WASI take the place of its imports.
    pub is_supplied: bool,
    /// The result of the trial of its initialization, if there was one.
    pub trial: Option<Trial>,
    /// Where the pages of the initial memory are, if the file has them.
    pub data: Option<Data>,
    /// The bytes of the table of source lines, with which the body of the file ends.
    pub lines: usize,
    /// The warm-up that the binary asks for.
    pub warm_up: WarmUp,
    /// How a warm heap helps the allocator, if a trial has shown that it does.
    pub heap: Option<Heap>,
}

/// The initial contents of a memory.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Data {
    /// The pages that are not zero.
    pub runs: Vec<Run>,
    /// The bytes of memory up to the last that is set.
    pub size: usize,
}

impl Facts {
    /// Returns roughly how much memory the facts take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.manifest.offsets.bytes() + self.functions.bytes()
    }
}

/// The exported functions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Functions {
    /// The functions in the order of the module.
    all: Vec<FunctionFacts>,
    signatures: Vec<CoreSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FunctionFacts {
    name: String,
    /// The index of the signature.
    signature: u32,
    /// A [`wit::Function`], as bytes.
    wit: Option<ByteBuf>,
}

impl Functions {
    /// Describes a module that exports these functions and has this metadata.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the metadata is too large.
    pub(crate) fn new(
        exported: Vec<(String, Rc<CoreSignature>)>,
        interface: Option<&Interface>,
    ) -> Result<Self> {
        let said = interface.map_or(&[][..], |interface| &interface.functions);
        let said: HashMap<_, _> = said.iter().map(|said| (said.export.as_str(), said)).collect();
        let mut numbers = HashMap::new();
        let mut found = Self { all: Vec::with_capacity(exported.len()), signatures: Vec::new() };
        let mut left = MAX_WIT;
        for (name, signature) in &exported {
            let wit = said.get(name.as_str()).map(|said| encode(said, &mut left)).transpose()?;
            let signature = *numbers.entry(Rc::as_ptr(signature)).or_insert_with(|| {
                found.signatures.push((**signature).clone());
                found.signatures.len() as u32 - 1
            });
            found.all.push(FunctionFacts { name: name.clone(), signature, wit });
        }
        Ok(found)
    }

    /// Returns the names as the module spells them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.all.iter().map(|function| function.name.as_str())
    }

    /// Returns the signature of the function with exactly this name.
    pub(crate) fn signature(&self, name: &str) -> Option<&CoreSignature> {
        self.signatures.get(self.find(name)?.signature as usize)
    }

    /// Returns the WIT type of the function with exactly this name if the module has metadata.
    pub(crate) fn wit(&self, name: &str) -> Option<wit::Function> {
        postcard::from_bytes(self.find(name)?.wit.as_ref()?).ok()
    }

    fn find(&self, name: &str) -> Option<&FunctionFacts> {
        self.all.iter().find(|function| function.name == name)
    }

    fn bytes(&self) -> usize {
        let function = |function: &FunctionFacts| {
            let wit = function.wit.as_ref().map_or(0, |wit| wit.len());
            // The manifest contains the name twice.
            FUNCTION_BYTES + 3 * function.name.len() + wit
        };
        let signature = |signature: &CoreSignature| {
            size_of::<CoreSignature>() + signature.params.len() + signature.results.len()
        };
        self.all.iter().map(function).sum::<usize>()
            + self.signatures.iter().map(signature).sum::<usize>()
    }
}

fn encode(function: &wit::Function, left: &mut usize) -> Result<ByteBuf> {
    let bytes =
        postcard::to_stdvec(function).map_err(|error| Error::Internal(error.to_string()))?;
    match left.checked_sub(bytes.len()) {
        Some(rest) => {
            *left = rest;
            Ok(ByteBuf::from(bytes))
        }
        None => Err(Error::Unsupported("its WIT metadata is too large".into())),
    }
}
