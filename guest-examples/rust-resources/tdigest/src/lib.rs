//! The interface `quantiles` of `../../wit/resources.wit`.

mod digest;
#[path = "../../saved.rs"]
mod saved;

use exports::plwasm::examples::quantiles::{Guest, GuestTdigest};
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit", world: "tdigest" });

struct Quantiles;

impl Guest for Quantiles {
    type Tdigest = Tdigest;
}

struct Tdigest(RefCell<digest::Digest>);

impl GuestTdigest for Tdigest {
    fn new() -> Self {
        Self(RefCell::new(digest::Digest::new()))
    }

    fn step(&self, value: f64) {
        self.0.borrow_mut().step(value);
    }

    fn finish(&self, fraction: f64) -> Result<Option<f64>, String> {
        if !(0.0..=1.0).contains(&fraction) {
            return Err("the fraction is not between 0 and 1".into());
        }
        Ok(self.0.borrow_mut().quantile(fraction))
    }

    fn count(&self) -> i64 {
        self.0.borrow().count() as i64
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow_mut().save()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(&saved)
    }
}

export!(Quantiles);
