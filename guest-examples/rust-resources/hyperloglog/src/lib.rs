//! The interface `cardinality` of `../../wit/resources.wit`.

#[path = "../../hash.rs"]
mod hash;
#[path = "../../saved.rs"]
mod saved;
mod sketch;
#[path = "../../slot.rs"]
mod slot;

use exports::plwasm::examples::cardinality::{Guest, GuestHyperloglog, GuestHyperloglogBigint};
use hash::xxh64;
use sketch::Sketch;
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit", world: "hyperloglog" });

struct Cardinality;

impl Guest for Cardinality {
    type Hyperloglog = Hyperloglog;
    type HyperloglogBigint = HyperloglogBigint;
}

struct Hyperloglog(RefCell<Sketch>);

impl GuestHyperloglog for Hyperloglog {
    fn new() -> Self {
        Self(RefCell::new(Sketch::new()))
    }

    fn step(&self, value: String) {
        self.0.borrow_mut().step(xxh64(value.as_bytes()));
    }

    fn finish(&self) -> i64 {
        self.0.borrow().estimate().round() as i64
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow().save()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(&saved)
    }
}

struct HyperloglogBigint(RefCell<Sketch>);

impl GuestHyperloglogBigint for HyperloglogBigint {
    fn new() -> Self {
        Self(RefCell::new(Sketch::new()))
    }

    fn step(&self, value: i64) {
        self.0.borrow_mut().step(xxh64(&value.to_le_bytes()));
    }

    fn finish(&self) -> i64 {
        self.0.borrow().estimate().round() as i64
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow().save()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(&saved)
    }
}

export!(Cardinality);
