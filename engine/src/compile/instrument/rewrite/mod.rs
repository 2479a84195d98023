//! Writes the rewritten module: the guest's sections with new indices, and our additions.
//!
//! It must never let the guest name our additions: all their indices come after the guest's. Only the functions that
//! we import ([`REFILL`](super::REFILL), [`GROW`](super::GROW)) come before the guest's own functions, whose indices
//! are shifted by them.
//!
//! | file | noun |
//! |---|---|
//! | `code.rs` | the code of one function, and where its instructions were |
//! | `exports.rs` | the guest's exports, and ours |
//! | `numbers.rs` | indices, types and constant expressions, where they differ |
//! | `sections.rs` | all sections, written in order |

mod code;
mod exports;
mod numbers;
mod sections;

use super::effects::CallGraph;
use super::function::Function;
use super::manifest::Manifest;
use super::profile::{FunctionCode, Profile};
use super::types::{PlainTypes, Spills};
use super::{Instrumented, Passes, divide, isolate, meter, nan, startup};
use crate::error::{Error, Result};
use crate::read::inspect::constants::Constants;
use crate::read::inspect::invalid;
use code::Code;
use std::convert::Infallible;
use wasm_encoder::reencode;
use wasm_encoder::{ExportSection, Instruction as I, ValType};
use wasmparser::Operator as O;

/// A module that is being rewritten.
pub(super) struct Rewriter<'p, 'a> {
    passes: Passes,
    profile: &'p Profile<'a>,
    types: PlainTypes<'p>,
    constants: Constants,
    /// Our functions, which come after the guest's.
    own: Vec<OwnFunction>,
    /// The number of functions that we import, at most two.
    shift: u32,
    /// Whether memory 0 is elastic (`isolate`).
    elastic: bool,
    /// The beginning of the names of our exports. No name of the guest's begins so.
    prefix: String,
}

/// A function of ours.
struct OwnFunction {
    ty: u32,
    locals: Vec<(u32, ValType)>,
    code: Vec<I<'static>>,
}

/// The guest's functions, after all passes.
struct PassedFunctions {
    code: Code,
    graph: CallGraph,
    /// Whether any of them marks what it changes.
    marks: bool,
    /// The types of the globals that hold locals.
    spills: Vec<ValType>,
}

/// Additions to the guest's sections.
struct Added {
    exports: ExportSection,
    /// The functions that `ref.func` names.
    referenced: Vec<u32>,
    start: Option<u32>,
    /// The size of our memory, in pages.
    memory: Option<u64>,
    /// The types of the globals that hold locals.
    spills: Vec<ValType>,
}

impl<'p, 'a> Rewriter<'p, 'a> {
    /// Rewrites a core module: see [`super::instrument`].
    pub(super) fn instrument(binary: &[u8], passes: Passes) -> Result<Instrumented> {
        if passes == Passes::NONE {
            return Ok(Instrumented { binary: binary.to_vec(), manifest: Manifest::default() });
        }
        let mut profile = Profile::of(binary)?;
        let bodies = std::mem::take(&mut profile.bodies);
        let names = profile.module.exports.iter().map(|export| export.name);
        let elastic = passes.isolate && !passes.linkable && profile.can_grow() && grows(&bodies)?;
        let mut rewriter = Rewriter {
            passes,
            types: PlainTypes::new(&profile.types),
            constants: Constants::of(&profile.module),
            own: Vec::new(),
            shift: u32::from(passes.meter) + u32::from(elastic),
            elastic,
            prefix: unused_prefix(names),
            profile: &profile,
        };
        rewriter.run(binary, bodies)
    }

    fn run(&mut self, binary: &'a [u8], bodies: Vec<FunctionCode<'a>>) -> Result<Instrumented> {
        let profile = self.profile;
        if let Some(fuel) = self.fuel_global().filter(|_| self.passes.linkable) {
            self.adapt_imports(fuel)?;
        }
        let marking = isolate::Input {
            memory: profile.memories.len() as u32,
            mark_range: self.next_function(),
            restorable: profile.is_restorable(),
            narrow: profile.is_narrow(),
            messages: self.passes.messages,
            elastic: self.elastic.then(|| {
                let grow = profile.imported_functions as u32 + u32::from(self.passes.meter);
                (grow, self.next_function() + 1)
            }),
        };
        let PassedFunctions { code, graph, mut marks, spills } = self.pass(bodies, &marking)?;
        // The host writes arguments where the guest's allocator says.
        marks |= self.passes.isolate
            && !self.passes.linkable
            && profile.function("cabi_realloc").is_some();
        if marks {
            self.own.push(OwnFunction {
                ty: self.types.of(&[ValType::I32, ValType::I32], &[]),
                locals: vec![(2, ValType::I32)],
                code: isolate::mark_range(&marking),
            });
        }
        if self.elastic {
            let ty = self.types.of(&[ValType::I32, ValType::I32], &[]);
            self.push(ty, isolate::check_range(&marking));
        }
        let mut manifest = Manifest {
            shift: self.shift,
            functions: (profile.functions.len() - profile.imported_functions) as u32,
            ..Manifest::default()
        };
        let mut exports = ExportSection::new();
        let mut start = None;
        match self.passes.linkable {
            true => start = self.export_plain(&mut exports)?,
            false => {
                let changes = graph.solve(profile);
                self.export_direct(&mut exports, &mut manifest, &changes)?;
                let startup = startup::of(profile, &graph)?;
                self.export_startup(&mut exports, &mut manifest, &startup);
                self.export_state(&mut exports, &mut manifest);
                self.export_messages(&mut exports, &mut manifest);
            }
        }
        let memory = marks.then(|| isolate::pages(&profile.memories));
        if let Some(pages) = memory {
            self.export_memories(&mut exports, &mut manifest, &marking, pages);
        }
        let added = Added { exports, referenced: graph.referenced(), start, memory, spills };
        let (binary, offsets) = self.write(binary, code, &added)?;
        manifest.offsets = offsets;
        Ok(Instrumented { binary, manifest })
    }

    /// Runs the passes on each function, and writes its code.
    fn pass(
        &mut self,
        bodies: Vec<FunctionCode<'a>>,
        marking: &isolate::Input,
    ) -> Result<PassedFunctions> {
        let profile = self.profile;
        let metering = meter::Input {
            refill: profile.imported_functions as u32,
            spill: self.fuel_global().filter(|_| profile.has_tags),
            tables64: &profile.tables64,
            memories: &profile.memories,
        };
        let mut spills = Spills::new(self.first_twin() + self.restored_globals().len() as u32);
        let mut graph = CallGraph::new(profile.functions.len(), self.passes.messages);
        let mut code = Code::default();
        let mut marks = self.elastic;
        for (body, text) in bodies {
            let ty = profile.type_of(body.index)?;
            let mut function = Function::read(body, &text, ty, self.passes.meter)?;
            for op in &function.ops {
                graph.enter(function.index, &op.code);
            }
            if self.passes.nan {
                nan::run(&mut function, &profile.memories);
            }
            if self.passes.meter || self.passes.isolate {
                divide::run(&mut function);
            }
            if self.passes.isolate {
                marks |= isolate::run(&mut function, marking);
            }
            if self.passes.meter {
                meter::run(&mut function, &metering, &mut self.types, &mut spills);
            }
            self.encode(&function, &mut code)?;
        }
        Ok(PassedFunctions { code, graph, marks, spills: spills.types().to_vec() })
    }

    /// Returns the index that our next function gets.
    fn next_function(&self) -> u32 {
        self.profile.functions.len() as u32 + self.shift + self.own.len() as u32
    }

    /// Adds a function of ours without locals, and returns its index.
    fn push(&mut self, ty: u32, code: Vec<I<'static>>) -> u32 {
        self.own.push(OwnFunction { ty, locals: Vec::new(), code });
        self.next_function() - 1
    }

    /// Returns the index of the global that holds the fuel where functions cannot pass it on: while an exception is
    /// on its way, and between modules that are linked. `None` if none is needed.
    fn fuel_global(&self) -> Option<u32> {
        let has_need = self.passes.linkable || self.profile.has_tags;
        (self.passes.meter && has_need).then_some(self.profile.globals.len() as u32)
    }

    /// Returns the globals that are restored after a call. Each has a *twin*, a global of ours that keeps its value.
    fn restored_globals(&self) -> Vec<(u32, wasmparser::GlobalType)> {
        match self.passes.isolate && !self.passes.linkable {
            true => self.profile.own_mutable_globals().map(|(at, ty)| (at, *ty)).collect(),
            false => Vec::new(),
        }
    }

    /// Returns the index of the first twin.
    fn first_twin(&self) -> u32 {
        self.profile.globals.len() as u32 + u32::from(self.fuel_global().is_some())
    }

    /// Adds, for each imported function, a function of the type that our functions have, which keeps the fuel in the
    /// global.
    fn adapt_imports(&mut self, fuel: u32) -> Result<()> {
        for import in 0..self.profile.imported_functions as u32 {
            let params = self.profile.type_of(import)?.params().len() as u32;
            let mut code = vec![I::LocalGet(params), I::GlobalSet(fuel)];
            code.extend((0..params).map(I::LocalGet));
            code.extend([I::Call(import), I::GlobalGet(fuel), I::End]);
            self.push(self.profile.functions[import as usize], code);
        }
        Ok(())
    }

    /// Returns the index by which the guest's code refers to a function of the guest's.
    fn number(&self, guests: u32) -> u32 {
        let imported = self.profile.imported_functions as u32;
        match guests.checked_sub(imported) {
            Some(_) => guests + self.shift,
            None if self.passes.meter => self.profile.functions.len() as u32 + self.shift + guests,
            None => guests,
        }
    }
}

/// Returns whether any function grows memory 0.
fn grows(bodies: &[FunctionCode<'_>]) -> Result<bool> {
    for (_, body) in bodies {
        for op in body.get_operators_reader().map_err(invalid)? {
            if matches!(op.map_err(invalid)?, O::MemoryGrow { mem: 0 }) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the error for a module that cannot be written. As it has been validated, that is a defect of ours.
fn internal(error: reencode::Error<Infallible>) -> Error {
    match error {
        reencode::Error::ParseError(error) => invalid(error),
        other => Error::Internal(other.to_string()),
    }
}

/// Returns a prefix that no name of the guest's begins with.
fn unused_prefix<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let mut prefix = String::from("plwasm ");
    while names.clone().any(|name| name.starts_with(&prefix)) {
        prefix.push('_');
    }
    prefix
}
