//! A guest's state: begun with one that was made elsewhere, and read to be kept.
//!
//! A state must never be read that cannot be written back as a whole.

use super::Guest;
use crate::code_cache::state::{GlobalBits, Kept};
use crate::compile::pages;
use crate::error::{Error, Result};
use crate::run::image::Image;
use crate::run::module::StoredState;
use std::rc::Rc;
use wasmtime::{Memory, V128, Val};

/// A WebAssembly page, in bytes.
const WASM_PAGE: usize = 65536;

impl Guest {
    /// Gives a new instance the initial contents of its memory, if they do not lie in the code.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no such memory, which does not happen.
    pub(crate) fn fill_data(&mut self) -> Result<()> {
        match self.module.data().cloned() {
            Some(image) => self.fill(&image),
            None => Ok(()),
        }
    }

    /// Gives a new instance a pristine state that was made elsewhere.
    ///
    /// # Errors
    /// [`Error::Memory`] if the backend's memory does not suffice.
    pub(crate) fn begin_with(&mut self, state: &StoredState) -> Result<()> {
        let (Some(kept), Some(image)) = (&state.facts.kept, &state.image) else {
            return Err(Error::Internal("a state that was not kept".into()));
        };
        self.fill(image)?;
        let module = self.module.clone();
        let names = module.manifest().globals.iter().flatten();
        for (name, value) in names.zip(&kept.globals) {
            let global = self.instance.get_global(&mut self.store, name);
            let global = global.ok_or_else(|| Error::Internal("a global is missing".into()))?;
            global
                .set(&mut self.store, value.to_val())
                .map_err(|error| Error::Internal(format!("{error:#}")))?;
        }
        self.started.clone_from(&kept.started);
        self.stand_on(Some(image.clone()))
    }

    /// Makes the memory as large as an image, and gives it the contents.
    fn fill(&mut self, image: &Rc<Image>) -> Result<()> {
        let memory = self.first_memory()?;
        let missing = image.size().saturating_sub(memory.data_size(&self.store));
        let pages = missing.div_ceil(WASM_PAGE) as u64;
        if pages > 0 && memory.grow(&mut self.store, pages).is_err() {
            let refused = self.store.data_mut().limiter.refused.take();
            return Err(refused.unwrap_or_else(|| Error::Internal("a memory cannot grow".into())));
        }
        if let (Some(journal), Some(_)) = (self.journal, self.store.data().elastic) {
            journal.set_pages(memory.size(&self.store) as u32);
        }
        // SAFETY: the memory is at least as large as the image, and `self` is borrowed mutably.
        unsafe { image.fill(memory.data_ptr(&self.store)) };
        Ok(())
    }

    fn first_memory(&mut self) -> Result<Memory> {
        let module = self.module.clone();
        let name = module.manifest().first.as_ref();
        name.and_then(|name| self.instance.get_memory(&mut self.store, name))
            .ok_or_else(|| Error::Internal("a state without a memory".into()))
    }

    /// Returns which pages of the memory that is restored are not zero.
    pub(crate) fn pages_with_data(&mut self) -> Vec<bool> {
        let Some(memory) = self.restored() else { return Vec::new() };
        memory.data(&self.store).chunks(pages::PAGE).map(|page| !pages::is_zero(page)).collect()
    }

    /// Returns the state, and the pages of its memory, before it becomes the pristine state. `with_data` is what
    /// [`pages_with_data`](Self::pages_with_data) returned for the new instance: these pages are part of the state
    /// even if they are zero now. Returns `None` if the state cannot be kept.
    pub(crate) fn kept(&mut self, with_data: &[bool]) -> Option<(Kept, Vec<u8>)> {
        let module = self.module.clone();
        let journal = self.journal?;
        if journal.has_lost_track() {
            return None;
        }
        let mut globals = Vec::new();
        for name in module.manifest().globals.as_ref()? {
            let global = self.instance.get_global(&mut self.store, name)?;
            globals.push(GlobalBits::of(&global.get(&mut self.store))?);
        }
        let memory = self.restored()?;
        let data = memory.data(&self.store);
        let has_data = |page| with_data.get(page).copied().unwrap_or_default();
        let (runs, pages) = pages::of_and(data, has_data);
        let (size, started, memory) = (data.len(), self.started.clone(), self.memory());
        Some((Kept { runs, size, globals, started, memory }, pages))
    }
}

impl GlobalBits {
    /// Returns the bits of a number, `None` for a reference.
    pub(super) fn of(value: &Val) -> Option<Self> {
        Some(match value {
            Val::I32(bits) => Self::I32(*bits),
            Val::I64(bits) => Self::I64(*bits),
            Val::F32(bits) => Self::F32(*bits),
            Val::F64(bits) => Self::F64(*bits),
            Val::V128(bits) => Self::V128(bits.as_u128()),
            _ => return None,
        })
    }

    /// Returns the value of the same type that has these bits.
    pub(super) fn with(self, bits: u128) -> Self {
        match self {
            Self::I32(_) => Self::I32(bits as i32),
            Self::I64(_) => Self::I64(bits as i64),
            Self::F32(_) => Self::F32(bits as u32),
            Self::F64(_) => Self::F64(bits as u64),
            Self::V128(_) => Self::V128(bits),
        }
    }

    /// Returns the bits alone.
    pub(super) fn bits(self) -> u128 {
        match self {
            Self::I32(bits) => bits as u32 as u128,
            Self::I64(bits) => bits as u64 as u128,
            Self::F32(bits) => bits.into(),
            Self::F64(bits) => bits.into(),
            Self::V128(bits) => bits,
        }
    }

    pub(super) fn to_val(self) -> Val {
        match self {
            Self::I32(bits) => Val::I32(bits),
            Self::I64(bits) => Val::I64(bits),
            Self::F32(bits) => Val::F32(bits),
            Self::F64(bits) => Val::F64(bits),
            Self::V128(bits) => Val::V128(V128::from(bits)),
        }
    }
}
