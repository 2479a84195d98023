//! Sources: the row of pg_proc that has a function's code, and that code, within the limit on its size.
//!
//! Here the body of a function is parsed and its module is found, once for a call site and once for a CREATE. This
//! must never compile or run anything.

use crate::catalog::{self, Proc, Stored, Version};
use crate::{error, interrupt, settings};
use pgrx::pg_sys;
use plwasm_engine::name::printable;
use plwasm_engine::read::body::{Body, Reference};
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Error, Hash, Limits, Result};
use std::borrow::Cow;

/// The row of pg_proc that has a function's code.
#[derive(Debug)]
pub(crate) enum Source {
    /// The function's own row, whose body is this WebAssembly text.
    Text(Version, Vec<u8>),
    /// The row of a module, whose body has not been read.
    Module(Version),
}

/// Code as its row stores it.
#[derive(Debug)]
pub(crate) enum Code<'a> {
    /// WebAssembly text.
    Text(&'a [u8]),
    /// The body of a module: base64 of a binary, or WebAssembly text.
    Stored(Stored),
}

/// What the body of a function says: where its code is, and how it is called.
#[derive(Debug)]
pub(crate) struct Definition {
    pub source: Source,
    /// The name of the export; `None` means the SQL function's own name.
    pub export: Option<String>,
    pub limits: Limits,
    /// The warm-up for which the body asks.
    pub warm_up: WarmUp,
    /// Whether the body forbids logging calls with their arguments.
    pub is_private: bool,
}

/// The body of a function that is not a module, parsed, with the module that it refers to.
#[derive(Debug)]
pub(crate) struct FunctionBody {
    body: Body,
    module: Option<Module>,
}

/// The module to which a body refers.
#[derive(Debug)]
struct Module {
    version: Version,
    name: String,
    /// Whether the function's owner may execute it.
    is_executable: bool,
}

/// The size, in bytes, from which it is quicker to look up what is behind a stored body than to decode it. The large
/// module of `bench/run-first-call` has 650 kB of text, compressed to less than 64 kB, which took 1.5 ms to decode
/// and hash.
const LARGE: usize = 16 << 10;

impl FunctionBody {
    /// Parses the body of a function, and finds its module: the one that was recorded when the function was created,
    /// or else the one that the body names.
    ///
    /// Raises 42501 if the function's owner may not use the schema that the body names.
    ///
    /// # Errors
    /// The errors of [`Body::parse`].
    pub(crate) fn of(function: &Proc, text: &str) -> Result<Self> {
        Self::find(function, text, || catalog::recorded_module(function))
    }

    /// Parses the body of a function that is being created. Here the body determines the module. A validator that is
    /// called by hand must not give a function another module.
    ///
    /// # Errors
    /// The errors of [`of`](Self::of).
    pub(crate) fn of_new(function: &Proc, text: &str) -> Result<Self> {
        Self::find(function, text, || match function.is_new() {
            true => None,
            false => catalog::recorded_module(function),
        })
    }

    fn find(
        function: &Proc,
        text: &str,
        recorded: impl FnOnce() -> Option<pg_sys::Oid>,
    ) -> Result<Self> {
        let body = Body::parse(text, false)?;
        let Body::Reference(reference) = &body else { return Ok(Self { body, module: None }) };
        let module = catalog::find_module(function, reference, recorded(), |module, row| Module {
            version: module.version,
            is_executable: row.is_executable_by(module.owner, function.owner),
            name: module.name,
        });
        Ok(Self { body, module })
    }

    /// Returns the module to which the body refers, if it refers to an existing one.
    pub(crate) fn module(&self) -> Option<pg_sys::Oid> {
        self.module.as_ref().map(|module| module.version.oid)
    }

    /// Returns what the body says.
    ///
    /// Raises 42883 if the module does not exist, 42501 if the function's owner may not execute it.
    pub(crate) fn definition(self, function: &Proc) -> Definition {
        match self.body {
            Body::Code { code, export } => Definition {
                source: Source::Text(function.version, code),
                export,
                limits: settings::limits(None),
                warm_up: WarmUp::default(),
                is_private: false,
            },
            Body::Reference(reference) => {
                let module = self.module.unwrap_or_else(|| no_module(&reference));
                if !module.is_executable {
                    error::raise_sql(
                        "42501",
                        format!("permission denied for function {}", module.name),
                        Some("The owner of a function needs EXECUTE on the module it names."),
                    );
                }
                Definition {
                    source: Source::Module(module.version),
                    limits: settings::limits(Some(&reference)),
                    is_private: reference.replay == Some(false),
                    export: reference.export,
                    warm_up: reference.warm_up,
                }
            }
        }
    }
}

#[cold]
fn no_module(reference: &Reference) -> ! {
    let names = reference.schema.iter().chain([&reference.module]);
    let name = names.map(|name| printable(name)).collect::<Vec<_>>().join(".");
    error::raise_sql(
        "42883",
        format!("WebAssembly module \"{name}\" does not exist"),
        Some(
            "A module is looked up in the function's own schema unless the body names another. Create it with \
             wasm.create_module().",
        ),
    )
}

impl Source {
    /// Returns the version of the row.
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::Text(version, _) | Self::Module(version) => *version,
        }
    }

    /// Reads the code from the row, but does not decode it.
    ///
    /// Raises 42883 if the row has been dropped.
    pub(crate) fn read(&self) -> Code<'_> {
        match self {
            Self::Text(_, text) => Code::Text(text),
            // The row may have been replaced since it was found. Then nothing asks for the older version any more.
            Self::Module(version) => Code::Stored(Proc::get(version.oid, |_, row| row.stored())),
        }
    }
}

impl Code<'_> {
    /// Returns the hash of the stored form, if that is large.
    pub(crate) fn stored_hash(&self) -> Option<Hash> {
        match self {
            Self::Stored(stored) if stored.bytes().len() >= LARGE => Some(stored.hash()),
            _ => None,
        }
    }

    /// Decodes the code, to a binary or to WebAssembly text. Raises what is pending.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the code is larger than allowed; the errors of [`Body::parse`].
    pub(crate) fn decode(&self) -> Result<Cow<'_, [u8]>> {
        let limit = settings::max_module_size();
        let check = |size| match size > limit {
            true => Err(Error::TooLarge { size, limit }),
            false => Ok(()),
        };
        let stored = match self {
            Self::Text(text) => {
                check(text.len())?;
                return Ok(Cow::Borrowed(text));
            }
            Self::Stored(stored) => stored.text(),
        };
        if Body::is_text(&stored) {
            check(stored.len())?;
        } else {
            // Before it is decoded, the code is checked by the size of the binary that base64 of this length stands
            // for.
            let digits = stored.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
            check((digits / 4 * 3).saturating_sub(2))?;
        }
        let body = Body::parse(&stored, true)?;
        interrupt::check();
        match body {
            Body::Code { code, .. } => {
                check(code.len())?;
                Ok(Cow::Owned(code))
            }
            Body::Reference(_) => {
                Err(Error::Body("a reference where a module was expected".into()))
            }
        }
    }
}
