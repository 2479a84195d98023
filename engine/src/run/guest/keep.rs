//! Keeping a guest's state: a call can start from a state that was kept, and be put back to it.
//!
//! A guest stands on its *ground*, to which [`Guest::reset`] puts it back: the pristine state, or a kept state. A state
//! must never be kept that cannot be restored as a whole, nor be given to a guest of another module or warm-up.

use super::Guest;
use crate::code_cache::state::GlobalBits;
use crate::error::{Error, Result};
use crate::limits::Isolation;
use crate::run::elastic::Elastic;
use crate::run::ground::Ground;
use crate::run::image::BLOCK;
use crate::run::journal::Journal;
use crate::run::kept::{self, KeptState};
use crate::run::trap::call_error;
use std::rc::Rc;
use wasmtime::{Func, Global};

/// What a guest needs to keep states.
#[derive(Default)]
pub(super) struct Keeping {
    /// The globals that can change, and their values in the pristine state.
    globals: Vec<(Global, GlobalBits)>,
    /// The function that makes the present values of the globals those to which calls restore them.
    snapshot: Option<Func>,
    /// The state on which the guest stands, if it is not the pristine state.
    pub(super) ground: Option<Ground>,
    /// The blocks that were marked, as long as a state is written.
    marked: Vec<u32>,
}

impl Guest {
    /// Prepares a guest in its pristine state to keep states.
    ///
    /// # Errors
    /// [`Error::Unkeepable`] if its states cannot be kept, whatever its calls do.
    pub fn prepare_keeping(&mut self) -> Result<()> {
        if self.keeping.is_some() {
            return Ok(());
        }
        let module = self.module.clone();
        let manifest = module.manifest();
        let mut keeping = Keeping::default();
        // Code for isolation=statement marks nothing.
        if module.isolation() != Isolation::Call {
            return Err(Error::Unkeepable("its calls are not isolated from each other"));
        }
        let names = manifest.globals.as_ref();
        let names = names.ok_or(Error::Unkeepable("it has references in globals"))?;
        for name in names {
            let global = self.instance.get_global(&mut self.store, name);
            let global = global.ok_or_else(|| Error::Internal("a global is missing".into()))?;
            let bits = GlobalBits::of(&global.get(&mut self.store));
            let bits = bits.ok_or(Error::Unkeepable("it has references in globals"))?;
            keeping.globals.push((global, bits));
        }
        if let Some(name) = &manifest.snapshot {
            keeping.snapshot = self.instance.get_func(&mut self.store, name);
        }
        self.keeping = Some(Box::new(keeping));
        Ok(())
    }

    /// Writes to `into` what differs now from the pristine state. The guest must have been [prepared], must not stand on
    /// a kept state, and nothing about it changes.
    ///
    /// # Errors
    /// [`Error::Unkeepable`] if something has changed that cannot be restored. The guest must then be dropped.
    ///
    /// [prepared]: Self::prepare_keeping
    pub fn keep(&mut self, into: &mut Vec<u8>) -> Result<()> {
        let Some(mut keeping) = self.keeping.take() else {
            return Err(Error::Unkeepable("it has references in globals"));
        };
        let kept = self.write_state(&mut keeping, into);
        self.keeping = Some(keeping);
        kept
    }

    /// Writes to `into` what differs now from the pristine state, as [`keep`](Self::keep) does, and puts the guest back to
    /// the pristine state. Returns false if that is not possible. The guest must then be dropped.
    ///
    /// # Errors
    /// Those of [`keep`](Self::keep).
    pub fn take_out(&mut self, into: &mut Vec<u8>) -> Result<bool> {
        self.keep(into)?;
        let kept = KeptState::new(into);
        if kept.globals().len() > 0 && self.set_pristine_globals().is_err() {
            return Ok(false);
        }
        let (Some(journal), Some((image, base))) = (self.journal, &self.pristine) else {
            return Ok(true);
        };
        let elastic = self.store.data().elastic;
        let size = elastic.map_or(image.size(), Elastic::bytes);
        // SAFETY: as in `write_state`; this is the only slice.
        let memory = unsafe { std::slice::from_raw_parts_mut(*base, size) };
        // Nothing else differs.
        kept.undo(memory, image);
        let elastic = elastic.filter(|_| journal.has_grown());
        journal.clear(size);
        let pristine = image.size();
        Ok(elastic.is_none_or(|elastic| elastic.shrink(&mut self.store, pristine)))
    }

    fn write_state(&mut self, keeping: &mut Keeping, into: &mut Vec<u8>) -> Result<()> {
        keeping.marked.clear();
        let journal = self.journal;
        if journal.is_some_and(Journal::has_lost_track) {
            return Err(Error::Unkeepable(
                "a call has changed a table, dropped a segment, or changed another memory than the first",
            ));
        }
        let differs = keeping.globals.iter().any(|(global, pristine)| {
            GlobalBits::of(&global.get(&mut self.store)) != Some(*pristine)
        });
        let mut globals = Vec::new();
        if differs {
            let now = keeping
                .globals
                .iter()
                .filter_map(|(global, _)| GlobalBits::of(&global.get(&mut self.store)));
            globals.extend(now.map(GlobalBits::bits));
        }
        let globals = globals.into_iter();
        let (Some(journal), Some((image, base))) = (journal, &self.pristine) else {
            kept::write_globals(into, globals);
            return Ok(());
        };
        let elastic = self.store.data().elastic;
        let size = elastic.map_or(image.size(), |elastic| elastic.bytes());
        journal.marked(size, &mut keeping.marked);
        // SAFETY: the memory does not move, has at least `size` bytes, and no slice of it is alive, as `self` is borrowed.
        let memory = unsafe { std::slice::from_raw_parts(base.cast_const(), size) };
        let pages = elastic.map_or(0, |_| journal.pages());
        kept::write(into, memory, image, &keeping.marked, pages, globals);
        Ok(())
    }

    /// Gives a guest in its pristine state a state that was kept. Its ground stays the pristine state, to which
    /// [`reset`](Self::reset) puts it back.
    ///
    /// # Errors
    /// [`Error::Memory`] if the memory cannot become as large. The guest must then be dropped.
    pub fn resume(&mut self, kept: &[u8]) -> Result<()> {
        let kept = KeptState::new(kept);
        self.set_globals(kept)?;
        let Some(journal) = self.journal else { return Ok(()) };
        let Some((image, base)) = &self.pristine else { return Ok(()) };
        let (base, mut size) = (*base, image.size());
        if let Some(elastic) = self.store.data().elastic {
            let missing = kept.pages().saturating_sub(journal.pages());
            if missing > 0 && !matches!(elastic.grow(&mut self.store, missing), Ok(0..)) {
                let refused = self.refused_memory();
                return Err(
                    refused.unwrap_or_else(|| Error::Internal("a memory cannot grow".into()))
                );
            }
            size = elastic.bytes();
        }
        // SAFETY: as in `write_state`; this is the only slice.
        let memory = unsafe { std::slice::from_raw_parts_mut(base, size) };
        for place in 0..kept.len() {
            let block = kept.block(place);
            kept.lines(place).write(&mut memory[block * BLOCK..]);
            journal.mark_block(block);
        }
        Ok(())
    }

    /// Makes the present state the ground. `kept` must be what [`keep`](Self::keep) has just written, or what the guest
    /// has just [resumed](Self::resume).
    ///
    /// # Errors
    /// Errors of wasmtime.
    pub fn stand(&mut self, kept: Rc<[u8]>) -> Result<()> {
        if KeptState::new(&kept).globals().len() > 0 {
            self.snapshot_globals()?;
        }
        if let Some(journal) = self.journal {
            journal.clear(self.size_in_use());
        }
        self.keeping.as_mut().ok_or_else(unprepared)?.ground = Some(Ground::new(kept));
        Ok(())
    }

    /// Puts a guest back to the pristine state, whatever its ground is and whatever calls have changed since. Returns
    /// false if that is not possible. The guest must then be dropped.
    #[must_use]
    pub fn leave(&mut self) -> bool {
        let ground = self.keeping.as_mut().and_then(|keeping| keeping.ground.take());
        if self.set_pristine_globals().is_err() {
            return false;
        }
        let Some(ground) = ground else { return self.reset() };
        let kept = ground.kept();
        if kept.globals().len() > 0 && self.snapshot_globals().is_err() {
            return false;
        }
        if let Some(journal) = self.journal {
            (0..kept.len()).for_each(|place| journal.mark_block(kept.block(place)));
            if self.pristine.as_ref().is_some_and(|(image, _)| kept.size() > image.size()) {
                journal.grow(journal.pages());
            }
        }
        self.reset()
    }

    /// Returns the bytes of the memory that the guest has.
    pub(super) fn size_in_use(&self) -> usize {
        let fixed = || self.pristine.as_ref().map_or(0, |(image, _)| image.size());
        self.store.data().elastic.map_or_else(fixed, |elastic| elastic.bytes())
    }

    fn set_globals(&mut self, kept: KeptState<'_>) -> Result<()> {
        let Some(keeping) = &self.keeping else { return Err(unprepared()) };
        for ((global, pristine), bits) in keeping.globals.iter().zip(kept.globals()) {
            let value = pristine.with(bits).to_val();
            global
                .set(&mut self.store, value)
                .map_err(|error| Error::Internal(format!("{error:#}")))?;
        }
        Ok(())
    }

    /// Gives the globals the values of the pristine state.
    fn set_pristine_globals(&mut self) -> Result<()> {
        let Some(keeping) = &self.keeping else { return Err(unprepared()) };
        for (global, pristine) in &keeping.globals {
            if GlobalBits::of(&global.get(&mut self.store)) == Some(*pristine) {
                continue;
            }
            global
                .set(&mut self.store, pristine.to_val())
                .map_err(|error| Error::Internal(format!("{error:#}")))?;
        }
        Ok(())
    }

    /// Makes the present values of the globals those to which calls restore them.
    fn snapshot_globals(&mut self) -> Result<()> {
        let Some(func) = self.keeping.as_ref().and_then(|keeping| keeping.snapshot) else {
            return Ok(());
        };
        // SAFETY: this function takes and returns nothing, not even fuel.
        unsafe { func.call_unchecked(&mut self.store, &mut []) }
            .map_err(|error| call_error(&error, self.limits, &self.module))
    }
}

fn unprepared() -> Error {
    Error::Internal("a guest was not prepared to keep states".into())
}
