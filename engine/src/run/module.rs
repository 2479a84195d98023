//! A module: loaded code.

use crate::abi::{CoreSignature, CoreType};
use crate::code_cache::state::{Kept, State, StateFacts};
use crate::compile::artefact::Artefact;
use crate::compile::bytes::Bytes;
use crate::compile::component;
use crate::compile::facts::Facts;
use crate::compile::instrument::Manifest;
use crate::compile::lines::Table;
use crate::compile::pages;
use crate::compile::runtime::code_error;
use crate::error::{ErrorData, Result};
use crate::hash::Hash;
use crate::initialization::{Heap, Phase, Trial};
use crate::limits::{Isolation, Limits, MemoryBudget};
use crate::read::inspect::Kind;
use crate::read::opcode::Effects;
use crate::run::engine::Engine;
use crate::run::host::Host;
use crate::run::image::Image;
use crate::run::trap::Backtrace;
use crate::warm_up::WarmUp;
use memmap2::Mmap;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use wasmtime::InstancePre;

/// The most images and the most states that a module keeps. Functions that ask for different warm-ups, or for different
/// limits of memory, have different ones.
const MOST_KEPT: usize = 16;

/// The fuel from which on initialization counts as slow. With less, a state is not worth the system calls that read it.
const SLOW: u64 = 50_000;

/// The memory that a module takes besides its code, in bytes.
const MODULE_BYTES: usize = 16 * 1024;

/// Loaded code. Its size counts against the backend's memory as long as it lives.
pub struct Module {
    inner: InstancePre<Host>,
    pub(super) facts: Rc<Facts>,
    /// The initial contents of the memory, if they do not lie in the code.
    data: Option<Rc<Image>>,
    /// The images of instances that made their pristine state themselves.
    images: RefCell<Vec<(Origin, Rc<Image>)>>,
    /// The pristine states that were made elsewhere.
    states: RefCell<Vec<(WarmUp, StoredState)>>,
    /// The bytes of the artefact.
    artefact: Bytes,
    /// Where in it the table of source lines is.
    lines: Range<usize>,
    backtrace: fn() -> Backtrace,
    pub(crate) names: Names,
    code_bytes: usize,
    budget: Arc<MemoryBudget>,
    /// The file in which the code lies, if it lies in one. This is the last field, so that it is dropped after what
    /// runs the code.
    _map: Option<Rc<Mmap>>,
}

/// The exports that all calls of a module use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub memory: &'static str,
    pub realloc: &'static str,
}

impl Module {
    /// Loads compiled code.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) if the code does not fit into the backend's memory;
    /// [`Error::Reserve`](crate::Error::Reserve) if the operating system has no memory for it.
    pub fn load(engine: &Engine, artefact: &Artefact) -> Result<Self> {
        let facts = &artefact.facts;
        // The fields are made in this order so that the map is dropped last if something fails.
        // SAFETY: artefacts come from the compiler, or from a file with a checksum in a place where no SQL user can
        // write.
        let (map, module) =
            unsafe { artefact.code().load(engine.runtime()) }.map_err(|e| code_error(&e))?;
        let range = module.image_range();
        let code_bytes = range.end as usize - range.start as usize + facts.bytes() + MODULE_BYTES;
        let inner = engine.linker().instantiate_pre(&module).map_err(|e| code_error(&e))?;
        let data = match &facts.data {
            None => None,
            Some(data) => {
                let (bytes, pages) = (artefact.shared().clone(), artefact.pages());
                let image = Image::stored(&data.runs, bytes, pages, data.size, engine.budget())?;
                Some(Rc::new(image))
            }
        };
        engine.budget().take(code_bytes)?;
        Ok(Self {
            inner,
            facts: facts.clone(),
            data,
            images: RefCell::default(),
            states: RefCell::default(),
            artefact: artefact.shared().clone(),
            lines: artefact.lines(),
            backtrace: engine.backtrace(),
            names: match facts.kind {
                Kind::Module => Names { memory: "memory", realloc: "cabi_realloc" },
                Kind::Component => Names { memory: component::MEMORY, realloc: component::REALLOC },
            },
            code_bytes,
            budget: engine.budget().clone(),
            _map: map,
        })
    }

    /// Returns the signature of the exported function of exactly that name.
    pub(crate) fn signature(&self, export: &str) -> Option<&CoreSignature> {
        self.facts.functions.signature(export)
    }

    /// Returns what calls of the exported function of exactly that name can change. Empty: it is proved stateless.
    pub fn effects(&self, export: &str) -> Effects {
        self.facts.manifest.effects.get(export).copied().unwrap_or(Effects::ALL)
    }

    /// Returns the hash of what it was compiled from.
    pub fn hash(&self) -> Hash {
        self.facts.hash
    }

    /// Returns the bytes of the backend's memory that its code and the image of its memory take.
    pub fn bytes(&self) -> usize {
        let images = self.images.borrow();
        let states = self.states.borrow();
        let kept = states.iter().filter_map(|(_, state)| state.image.as_ref());
        let all = images.iter().map(|(_, image)| image).chain(kept).chain(&self.data);
        self.code_bytes + all.map(|image| image.bytes()).sum::<usize>()
    }

    /// Returns the warm-up that the module itself asks for.
    pub fn warm_up(&self) -> &WarmUp {
        &self.facts.warm_up
    }

    /// Returns the warm-up of functions whose body asks for `own`. Where the body says nothing, the module's own
    /// counts.
    ///
    /// With [`Isolation::Statement`] no heap is warmed by default. An instance that is kept grows once. And warming
    /// leaves a block of one byte allocated: an allocator that takes back its memory when nothing is allocated any more
    /// would never do so.
    #[must_use]
    pub fn warm_up_for(&self, own: &WarmUp) -> WarmUp {
        let mut wanted = own.or(&self.facts.warm_up);
        if self.isolation() == Isolation::Statement {
            wanted.heap = wanted.heap.or(Some(0));
        }
        wanted
    }

    /// Returns whether its allocator gets a warm heap although nobody asks for one.
    pub fn has_warm_heap(&self) -> bool {
        self.facts.heap.is_some()
    }

    /// Returns how a warm heap helps its allocator, if it does.
    pub(crate) fn heap(&self) -> Option<&Heap> {
        self.facts.heap.as_ref()
    }

    /// Returns whether its calls can say something.
    pub fn can_say(&self) -> bool {
        self.facts.manifest.messages.is_some()
    }

    /// Returns whether stubs of WASI take the place of its imports.
    pub fn is_supplied(&self) -> bool {
        self.facts.is_supplied
    }

    /// Returns the error with which initialization within these limits ends, and the phase in which it does, as far as
    /// a trial at compile time shows.
    pub fn initialization_failure(&self, limits: Limits) -> Option<(Phase, ErrorData)> {
        self.facts.trial.as_ref()?.failure(limits)
    }

    /// Returns whether it exports the memory in which strings are passed.
    pub fn has_memory(&self) -> bool {
        let memory = self.inner.module().get_export(self.names.memory);
        memory.is_some_and(|export| export.memory().is_some_and(|memory| !memory.is_64()))
    }

    /// Returns whether it exports the allocator for strings, with the right type.
    pub fn has_realloc(&self) -> bool {
        let wanted = CoreSignature { params: vec![CoreType::I32; 4], results: vec![CoreType::I32] };
        self.signature(self.names.realloc).is_some_and(|found| *found == wanted)
    }

    /// Returns whether it has a function, of that name, to call after a result of `of` has been read.
    pub(crate) fn has_post_return(&self, export: &str, of: &CoreSignature) -> bool {
        self.signature(export)
            .is_some_and(|found| found.params == of.results && found.results.is_empty())
    }

    pub(crate) fn pre(&self) -> &InstancePre<Host> {
        &self.inner
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.facts.manifest
    }

    /// Returns the table of source lines, if there is one.
    pub(crate) fn lines(&self) -> Option<Table<'_>> {
        Table::new(self.artefact.get(self.lines.clone())?)
    }

    /// Returns what backtraces have now.
    pub(crate) fn backtrace(&self) -> Backtrace {
        (self.backtrace)()
    }

    /// Returns the initial contents of the memory, if they do not lie in the code.
    pub(crate) fn data(&self) -> Option<&Rc<Image>> {
        self.data.as_ref()
    }

    /// Returns the image of the memory in the pristine state of instances of this origin. If there is none yet, makes
    /// it of `memory`: what runs before any call does the same in every such instance.
    ///
    /// # Errors
    /// The errors of [`Image::of`].
    pub(crate) fn image(&self, origin: Origin, memory: &[u8]) -> Result<Rc<Image>> {
        let mut images = self.images.borrow_mut();
        let found = images.iter().find(|(of, image)| *of == origin && image.size() == memory.len());
        if let Some((_, image)) = found {
            return Ok(image.clone());
        }
        let image = Rc::new(Image::of(memory, &self.budget)?);
        if images.len() >= MOST_KEPT {
            images.remove(0);
        }
        images.push((origin, image.clone()));
        Ok(image)
    }

    /// Returns the bytes of the artefact from which it was loaded.
    pub fn artefact(&self) -> &[u8] {
        &self.artefact
    }

    /// Returns the isolation that it was compiled for.
    pub fn isolation(&self) -> Isolation {
        match self.facts.is_isolated {
            true => Isolation::Call,
            false => Isolation::Statement,
        }
    }

    /// Returns whether making the pristine state with a warm-up takes so long that it should be kept in a file.
    pub fn is_slow(&self, warm_up: &WarmUp) -> bool {
        let trial = self.facts.trial.as_ref();
        // If initialization fails, each instance shall find out by itself, within its own limits.
        trial.is_none_or(Trial::succeeded)
            && (self.data.is_some()
                || warm_up.call.is_some()
                || trial.is_some_and(|trial| trial.spent() > SLOW))
    }

    /// Returns whether [`keep_state`](Self::keep_state) was called for a warm-up.
    pub fn has_state(&self, warm_up: &WarmUp) -> bool {
        self.states.borrow().iter().any(|(of, _)| of == warm_up)
    }

    /// Keeps a pristine state with which new instances with this warm-up begin.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) if what it takes does not fit into the backend's memory.
    pub fn keep_state(&self, warm_up: &WarmUp, state: &State) -> Result<()> {
        let image = match &state.facts.kept {
            None => None,
            Some(Kept { runs, size, .. }) => {
                let bytes = state.shared().clone();
                let pages = 0..pages::stored(runs);
                Some(Rc::new(Image::stored(runs, bytes, pages, *size, &self.budget)?))
            }
        };
        let mut states = self.states.borrow_mut();
        if states.len() >= MOST_KEPT {
            states.remove(0);
        }
        states.push((warm_up.clone(), StoredState { facts: state.facts.clone(), image }));
        Ok(())
    }

    /// Returns the pristine state with which a new instance can begin.
    pub(crate) fn state(&self, warm_up: &WarmUp, limits: Limits) -> Option<StoredState> {
        let states = self.states.borrow();
        let (_, found) = states.iter().find(|(of, _)| of == warm_up)?;
        found.facts.kept.as_ref()?.fits(limits).then(|| found.clone())
    }
}

/// What determines the pristine state that an instance makes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The limit of memory, in bytes: a guest can notice that it is refused memory.
    pub limit: usize,
    pub warm_up: WarmUp,
}

/// A pristine state that was made elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct StoredState {
    pub facts: Rc<StateFacts>,
    pub image: Option<Rc<Image>>,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("code_bytes", &self.code_bytes).finish_non_exhaustive()
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.budget.give(self.code_bytes);
    }
}
