//! The interface `filters` of `../../wit/resources.wit`.

mod filter;
#[path = "../../hash.rs"]
mod hash;
#[path = "../../saved.rs"]
mod saved;

use exports::plwasm::examples::filters::{Guest, GuestBloom, GuestMembership};
use filter::Filter;
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit", world: "bloom" });

struct Filters;

impl Guest for Filters {
    type Bloom = Bloom;
    type Membership = Membership;
}

struct Bloom(RefCell<Filter>);

impl GuestBloom for Bloom {
    fn new(capacity: i32) -> Result<Self, String> {
        Ok(Self(RefCell::new(Filter::with_capacity(capacity)?)))
    }

    fn step(&self, value: String) {
        self.0.borrow_mut().insert(&value);
    }

    fn finish(&self) -> Vec<u8> {
        self.0.borrow().bytes()
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow().bytes()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(saved)
    }
}

struct Membership(Filter);

impl GuestMembership for Membership {
    fn new(filter: Vec<u8>) -> Result<Self, String> {
        Ok(Self(Filter::from_bytes(filter)?))
    }

    fn contains(&self, value: String) -> bool {
        self.0.contains(&value)
    }
}

export!(Filters);
