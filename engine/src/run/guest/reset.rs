//! Resetting a guest: the state before the first call is kept, and replaces what a call has changed.
//!
//! This must never touch memory that the journal does not name.

use super::Guest;
use crate::error::Result;
use crate::run::elastic::Elastic;
use crate::run::image::Image;
use crate::run::journal::Journal;
use crate::run::module::Origin;
use crate::run::trap::call_error;
use crate::warm_up::WarmUp;
use std::rc::Rc;
use wasmtime::Memory;

impl Guest {
    /// Finds the journal of a new instance, and its first memory if that can be shrunk.
    pub(super) fn find_journal(&mut self) {
        let module = self.module.clone();
        if let Some((name, _)) = &module.manifest().memory
            && let Some(memory) = self.instance.get_memory(&mut self.store, name)
        {
            // SAFETY: the memory is the journal's, and `store` keeps the instance as long as `self` lives.
            let journal = unsafe { Journal::new(memory.data_ptr(&self.store)) };
            self.journal = Some(journal);
            if let (Some(memory), Some(restored)) = (self.memory, self.restored()) {
                // Each memory has an address of its own.
                self.is_memory_restored =
                    memory.data_ptr(&self.store) == restored.data_ptr(&self.store);
            }
            if let Some(name) = &module.manifest().restored
                && module.manifest().elastic
                && let Some(memory) = self.instance.get_memory(&mut self.store, name)
            {
                let elastic = Elastic::new(memory, journal, &self.store);
                self.store.data_mut().elastic = Some(elastic);
            }
        }
    }

    /// Keeps the current state as the pristine one. `warm_up` is how it was made.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) and [`Error::Reserve`](crate::Error::Reserve) if the image of the
    /// memory does not fit.
    pub(crate) fn keep_pristine(&mut self, warm_up: WarmUp) -> Result<()> {
        let module = self.module.clone();
        let origin = Origin { limit: self.limits.memory, warm_up };
        let image = match (self.journal, self.restored()) {
            (Some(_), Some(memory)) => Some(module.image(origin, memory.data(&self.store))?),
            _ => None,
        };
        self.stand_on(image)
    }

    /// Takes the current state as the pristine one. `image` has the contents of the memory.
    pub(super) fn stand_on(&mut self, image: Option<Rc<Image>>) -> Result<()> {
        let module = self.module.clone();
        if let Some(name) = &module.manifest().snapshot
            && let Some(func) = self.instance.get_func(&mut self.store, name)
        {
            // SAFETY: this function takes and returns nothing, not even fuel.
            unsafe { func.call_unchecked(&mut self.store, &mut []) }
                .map_err(|error| call_error(&error, self.limits, &self.module))?;
        }
        let Some(journal) = self.journal else { return Ok(()) };
        let mut size = 0;
        if let Some(image) = image
            && let Some(memory) = self.restored()
        {
            size = image.size();
            self.pristine = Some((image, memory.data_ptr(&self.store)));
        }
        journal.forget(size);
        Ok(())
    }

    /// Returns the memory that is restored after a call.
    pub(super) fn restored(&mut self) -> Option<Memory> {
        let module = self.module.clone();
        let name = module.manifest().restored.as_ref()?;
        self.instance.get_memory(&mut self.store, name)
    }

    /// Restores everything that calls have changed since the guest was on its ground. Returns false if that is not
    /// possible, or if the guest has said something: then this has to be [taken](Self::take_messages), and `reset` called
    /// again. If it returns false although nothing was said, the guest must be dropped.
    #[inline]
    pub fn reset(&mut self) -> bool {
        match self.journal {
            Some(journal) if !journal.is_empty() => self.restore(journal),
            _ => true,
        }
    }

    fn restore(&mut self, journal: Journal) -> bool {
        let Some((image, memory)) = &self.pristine else { return false };
        // A guest that keeps states costs more to make than the map costs to read.
        let is_lost = match &self.keeping {
            None => journal.is_spoiled(),
            Some(_) => journal.has_lost_track(),
        };
        if is_lost {
            return false;
        }
        let ground = self.keeping.as_mut().and_then(|keeping| keeping.ground.as_mut());
        let kept_size = ground.as_ref().map_or(0, |ground| ground.kept().size());
        let elastic = self.store.data().elastic.filter(|_| journal.has_grown());
        let ground_size = image.size().max(kept_size);
        let size = elastic.map_or(ground_size, Elastic::bytes);
        // SAFETY: the memory does not move. Since the image was taken it has grown only as an elastic memory,
        // which knows by how much: all other growth spoils. No slice of it is alive, as `self` is borrowed.
        unsafe { journal.restore(*memory, size, image, ground) };
        if !elastic.is_none_or(|elastic| elastic.shrink(&mut self.store, ground_size)) {
            journal.spoil();
            return false;
        }
        !self.has_messages()
    }
}
