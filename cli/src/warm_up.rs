//! Warm-ups, as options: they are tried, or written into a binary.
//!
//! It must never write one that fails within the limits that a server has by default.

use crate::call::located;
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use plwasm_engine::adapt::with_warm_up;
use plwasm_engine::pass::path;
use plwasm_engine::read::{body, warm_up_of};
use plwasm_engine::warm_up::{WarmUp, WarmUpCall};
use plwasm_engine::{Error, Guest, Limits, Remedy, Wasi};
use std::fmt;
use std::path::Path;

/// What is done once, before any call.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct WarmUpArguments {
    /// Memory that the allocator has before any call, as heap= in a function's body; 0 for none
    #[arg(long, value_name = "SIZE", value_parser = heap)]
    heap: Option<u32>,
    /// A call that is made once, before any other, as warm= in a function's body: the name of an export, and constants
    #[arg(long, value_name = "CALL", value_parser = call)]
    warm: Option<WarmUpCall>,
}

fn heap(text: &str) -> std::result::Result<u32, String> {
    body::parse_heap(text).map_err(|error| plain(&error))
}

fn call(text: &str) -> std::result::Result<WarmUpCall, String> {
    body::parse_warm_up_call(text.trim()).map_err(|error| plain(&error))
}

/// Returns the message of an error of a body without saying that it is a body's.
fn plain(error: &Error) -> String {
    error.to_string().replace("invalid function body: ", "")
}

/// The fuel that a warm-up call takes, twice in one instance.
#[derive(Debug)]
pub(crate) struct Measured {
    call: WarmUpCall,
    first: u64,
    second: plwasm_engine::Result<u64>,
}

impl Measured {
    /// Returns whether a call takes less after the warm-up.
    fn helps(&self) -> bool {
        self.second.as_ref().is_ok_and(|second| *second < self.first)
    }
}

/// Says what was measured, for people.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, first, second } = self;
        let call = plwasm_engine::name::paragraph(&call.to_string());
        write!(f, "warm-up {call}: the first call takes {first} units of fuel, the second ")?;
        match second {
            Ok(second) => write!(f, "{second}")?,
            Err(error) => write!(f, "fails ({error})")?,
        }
        match self.helps() {
            true => Ok(()),
            false => f.write_str("; it does not help, and is left out"),
        }
    }
}

impl WarmUpArguments {
    /// Returns the warm-up.
    pub(crate) fn warm_up(&self) -> WarmUp {
        WarmUp { heap: self.heap, call: self.warm.clone() }
    }

    /// Returns whether there is one.
    pub(crate) fn is_given(&self) -> bool {
        !self.warm_up().is_default()
    }

    /// Writes the warm-up into the binary of the file `path`, after an instance has been made so. What the options do
    /// not say stays as the binary has it. Returns the warm-up that it asks for then.
    ///
    /// # Errors
    /// The errors of the binary; those of the warm-up.
    pub(crate) fn write(&self, binary: &mut Vec<u8>, path: &Path) -> Result<WarmUp> {
        self.checked()?;
        Self::write_as(&self.warm_up(), &Unwarmed::of(binary, path)?, binary, path)
    }

    /// Does the same as [`write`](Self::write), but first measures the call, and leaves it out if it does not help.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub(crate) fn write_if_it_helps(
        &self,
        binary: &mut Vec<u8>,
        path: &Path,
    ) -> Result<Option<Measured>> {
        self.checked()?;
        let unwarmed = Unwarmed::of(binary, path)?;
        let mut wanted = self.warm_up();
        let measured = match &wanted.call {
            Some(call) => Some(unwarmed.measured(call, wanted.heap, path)?),
            None => None,
        };
        if measured.as_ref().is_some_and(|measured| !measured.helps()) {
            wanted.call = None;
        }
        if !wanted.is_default() {
            Self::write_as(&wanted, &unwarmed, binary, path)?;
        }
        Ok(measured)
    }

    /// Checks that the call names its export, as a binary has no export of its own.
    fn checked(&self) -> Result<()> {
        match &self.warm {
            Some(WarmUpCall { export: None, .. }) => {
                Err(Failure::new(Kind::Usage, "--warm must name an export")
                    .hint("A warm-up call is an export with constants: prepare('a', 1)."))
            }
            _ => Ok(()),
        }
    }

    fn write_as(
        wanted: &WarmUp,
        unwarmed: &Unwarmed,
        binary: &mut Vec<u8>,
        path: &Path,
    ) -> Result<WarmUp> {
        // One that is malformed is replaced.
        let before = warm_up_of(binary).unwrap_or_default();
        let wanted = wanted.or(&before);
        let made = unwarmed.guest(&wanted);
        made.map_err(|error| failed(path.display(), &error))?;
        let refused = |error: Error| Failure::of(Kind::Module, path.display(), &error);
        *binary = with_warm_up(binary, &wanted).map_err(refused)?;
        Ok(wanted)
    }
}

/// A module that asks for no warm-up, to try one.
struct Unwarmed {
    loader: Loader,
    module: std::rc::Rc<plwasm_engine::Module>,
}

impl Unwarmed {
    fn of(binary: &[u8], path: &Path) -> Result<Self> {
        let refused = |error: Error| Failure::of(Kind::Module, path.display(), &error);
        let bare = with_warm_up(binary, &WarmUp::default()).map_err(refused)?;
        let loader = Loader::new()?;
        // A server may have a WASI with nothing in it.
        let module = loader.module(&bare, Wasi::Inert).map_err(refused)?;
        Ok(Self { loader, module })
    }

    fn guest(&self, warm_up: &WarmUp) -> plwasm_engine::Result<Guest> {
        Guest::warmed(&self.loader.engine, self.module.clone(), Limits::DEFAULT, warm_up)
    }

    fn measured(&self, call: &WarmUpCall, heap: Option<u32>, path: &Path) -> Result<Measured> {
        let twice = self
            .guest(&WarmUp { heap, call: None })
            .and_then(|mut guest| call.twice(&mut guest, Limits::DEFAULT.fuel));
        let what = || format!("{}: warm-up {call}", path.display());
        let (first, second) = twice.map_err(|error| failed(what(), &error))?;
        // The place of an error in the second call.
        path::take();
        Ok(Measured { call: call.clone(), first, second })
    }
}

/// Makes the failure of a warm-up that was tried.
fn failed(what: impl fmt::Display, error: &Error) -> Failure {
    let cause = match error {
        Error::Initialization { error, .. } => error,
        error => error,
    };
    let kind = match cause {
        Error::MissingExport { .. }
        | Error::MissingAbi(_)
        | Error::AmbiguousExport { .. }
        | Error::Sql { .. }
        | Error::Json { .. }
        | Error::NotWhole { .. } => Kind::Usage,
        _ => Kind::Call,
    };
    let failure = Failure::of(kind, located(&what.to_string(), &path::take()), error);
    match error.remedy() {
        Some(Remedy::RaiseFuel | Remedy::RaiseMemory) => failure.hint(
            "It was tried within the limits that a server has by default, 1e9 units of fuel and 64MB of memory. A warm-up \
             that needs more can stand in a function's body, beside fuel= and memory=.",
        ),
        _ => failure,
    }
}
