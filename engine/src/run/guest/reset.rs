//! Resetting a guest: the state before the first call is kept, and replaces what a call has changed.
//!
//! This must never touch memory that the journal does not name.

use super::Guest;
use crate::error::Result;
use crate::run::elastic::Elastic;
use crate::run::image::Journal;
use crate::run::trap::call_error;

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
            if let Some(name) = &module.manifest().restored
                && module.manifest().elastic
                && let Some(memory) = self.instance.get_memory(&mut self.store, name)
            {
                let elastic = Elastic::new(memory, journal, &self.store);
                self.store.data_mut().elastic = Some(elastic);
            }
        }
    }

    /// Keeps the current state as the pristine one.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) and [`Error::Reserve`](crate::Error::Reserve) if the image of the
    /// memory does not fit.
    pub(crate) fn keep_pristine(&mut self) -> Result<()> {
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
        if let Some(name) = &module.manifest().restored
            && let Some(memory) = self.instance.get_memory(&mut self.store, name)
        {
            let data = memory.data(&self.store);
            size = data.len();
            let image = module.image(self.limits.memory, data)?;
            self.pristine = Some((image, memory.data_ptr(&self.store)));
        }
        journal.forget(size);
        Ok(())
    }

    /// Restores everything that the last call has changed. Returns false if that is not possible. The guest must then
    /// be dropped.
    #[inline]
    pub fn reset(&mut self) -> bool {
        match self.journal {
            Some(journal) if !journal.is_empty() => self.restore(journal),
            _ => true,
        }
    }

    fn restore(&mut self, journal: Journal) -> bool {
        match &self.pristine {
            Some((image, memory)) if !journal.is_spoiled() => {
                let elastic = self.store.data().elastic.filter(|_| journal.has_grown());
                let size = elastic.map_or(image.size(), Elastic::bytes);
                // SAFETY: the memory does not move. Since the image was taken it has grown only as an elastic memory,
                // which knows by how much: all other growth spoils. No slice of it is alive, as `self` is borrowed.
                unsafe { journal.restore(*memory, size, image) };
                elastic.is_none_or(|elastic| elastic.shrink(&mut self.store, image.size()))
            }
            _ => false,
        }
    }
}
