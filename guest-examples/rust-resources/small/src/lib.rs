//! The interfaces `sums` and `texts` of `../../wit/resources.wit`.

#[path = "../../saved.rs"]
mod saved;
mod states;

use exports::plwasm::examples::{sums, texts};
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit", world: "small" });

struct Aggregates;

impl sums::Guest for Aggregates {
    type Total = Total;
}

impl texts::Guest for Aggregates {
    type Longest = Longest;
    type Collect = Collect;
}

#[derive(Default)]
struct Total(RefCell<states::Sum>);

impl sums::GuestTotal for Total {
    fn new() -> Self {
        Self::default()
    }

    fn step(&self, value: i64) {
        self.0.borrow_mut().step(value);
    }

    fn unstep(&self, value: i64) -> bool {
        self.0.borrow_mut().unstep(value);
        true
    }

    fn finish(&self) -> Result<i64, String> {
        self.0.borrow().value()
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow().save()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(&saved)
    }
}

#[derive(Default)]
struct Longest(RefCell<states::Longest>);

impl texts::GuestLongest for Longest {
    fn new() -> Self {
        Self::default()
    }

    fn step(&self, value: String) {
        self.0.borrow_mut().step(value);
    }

    fn unstep(&self, value: String) -> bool {
        self.0.borrow_mut().unstep(&value)
    }

    fn finish(&self) -> Option<String> {
        self.0.borrow().value().map(String::from)
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow().save()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(&saved)
    }
}

struct Collect(RefCell<states::Joined>);

impl texts::GuestCollect for Collect {
    fn new(separator: String) -> Self {
        Self(RefCell::new(states::Joined::new(separator)))
    }

    fn step(&self, value: String) {
        self.0.borrow_mut().step(&value);
    }

    fn finish(&self) -> Option<String> {
        self.0.borrow().value().map(String::from)
    }

    fn save(&self) -> Vec<u8> {
        self.0.borrow().save()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        self.0.borrow_mut().merge(&saved)
    }
}

export!(Aggregates);
