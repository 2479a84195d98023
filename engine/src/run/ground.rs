//! The ground: a kept state on which a guest stands, and to which it is put back after each call.
//!
//! It must never outlive the pristine state from which its state differs.

use crate::run::image::{Image, SPAN};
use crate::run::kept::KeptState;
use std::rc::Rc;

/// The most spans that are kept whole. The blocks that calls touch again and again are few.
const MOST: usize = 256;

/// A kept state on which a guest stands.
pub(crate) struct Ground {
    kept: Rc<[u8]>,
    /// For each block of the memory: 0, or the place of its span plus one.
    places: Vec<u32>,
    /// What is restored for blocks that have been restored before. Copying a span takes half the time of putting it
    /// together of the image and of lines.
    spans: Vec<[u8; SPAN]>,
}

impl Ground {
    pub(crate) fn new(kept: Rc<[u8]>) -> Self {
        Self { kept, places: Vec::new(), spans: Vec::new() }
    }

    /// Returns the kept state.
    pub(crate) fn kept(&self) -> KeptState<'_> {
        KeptState::new(&self.kept)
    }

    /// Restores a block and the line after it. `to` is as much of [`SPAN`] as lies in the memory.
    #[inline]
    pub(crate) fn restore(&mut self, block: usize, image: &Image, to: &mut [u8]) {
        if let Some(place) = self.places.get(block).and_then(|place| place.checked_sub(1)) {
            to.copy_from_slice(&self.spans[place as usize][..to.len()]);
            return;
        }
        self.put_together(block, image, to);
    }

    #[cold]
    fn put_together(&mut self, block: usize, image: &Image, to: &mut [u8]) {
        match image.span(block) {
            None => to.fill(0),
            Some(span) => to.copy_from_slice(&span[..to.len()]),
        }
        self.kept().write_span(block, to);
        if self.spans.len() < MOST && to.len() == SPAN {
            let mut span = [0; SPAN];
            span.copy_from_slice(to);
            self.spans.push(span);
            if self.places.len() <= block {
                self.places.resize(block + 1, 0);
            }
            self.places[block] = self.spans.len() as u32;
        }
    }
}
