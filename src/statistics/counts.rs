//! The numbers that are counted of one function. All of them only grow.
//!
//! They must stay an array of `u64`: that is how they lie in shared memory and in the file.

use super::Totals;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What is counted besides calls and their fuel, in the order of the columns of `wasm.stat_functions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A call used at least nine tenths of the fuel that it may use.
    NearLimit,
    OutOfFuel,
    Trapped,
    /// The guest returned an error.
    Raised,
    Canceled,
    OutOfMemory,
    /// The guest returned something that cannot be a result.
    BadResult,
    InstanceMade,
    /// An instance was dropped because of an error.
    InstanceDropped,
    /// A constructor ran.
    StateMade,
    /// A call started from a value that a constructor had made for another call site or another execution.
    StateReused,
    /// A process loaded the code of a module.
    Loaded,
    /// It had to be compiled first.
    Compiled,
    /// A microsecond that this took.
    Compiling,
}

/// The number of events that are counted of functions. The others are those of modules.
pub(crate) const EVENTS: usize = Event::StateReused as usize + 1;
const ALL_EVENTS: usize = Event::Compiling as usize + 1;
/// The number of classes into which calls are sorted by their fuel. The last one has all calls from 2^43 units on.
const CLASSES: usize = 168;

const FUEL: usize = 0;
const MOST: usize = 1;
/// The most memory of an instance for a call, in bytes; of a module, of its compiled code.
const MOST_MEMORY: usize = 2;
const FIRST_EVENT: usize = 3;
const FIRST_CLASS: usize = FIRST_EVENT + ALL_EVENTS;
pub(super) const SIZE: usize = FIRST_CLASS + CLASSES;

/// The numbers of a function: in this process (`Cell`), in what all share (`AtomicU64`), or as they were at some time.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Counts<T>(pub(super) [T; SIZE]);

impl<T: Default> Default for Counts<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| T::default()))
    }
}

impl Counts<Cell<u64>> {
    /// Counts a call that used so many units of fuel, which [`fuel`](Self::fuel) has to be told besides.
    #[inline]
    pub(super) fn call(&self, fuel: u64) {
        add(&self.0[FIRST_CLASS + class(fuel)], 1);
    }

    /// Adds units of fuel.
    pub(super) fn fuel(&self, fuel: u64) {
        add(&self.0[FUEL], fuel);
    }

    /// Remembers the fuel of a call if it is more than that of all calls before. Returns the most fuel of a call.
    pub(super) fn most(&self, fuel: u64) -> u64 {
        let most = self.0[MOST].get().max(fuel);
        self.0[MOST].set(most);
        most
    }

    pub(super) fn memory(&self, bytes: u64) {
        let most = &self.0[MOST_MEMORY];
        most.set(most.get().max(bytes));
    }

    pub(super) fn event(&self, event: Event) {
        add(&self.0[FIRST_EVENT + event as usize], 1);
    }

    /// Returns a part of what was counted, with `fuel`, which is not among it yet.
    pub(super) fn totals(&self, fuel: u64) -> Totals {
        let event = |event: Event| self.0[FIRST_EVENT + event as usize].get();
        Totals {
            calls: self.0[FIRST_CLASS..].iter().map(Cell::get).sum(),
            fuel,
            instances_made: event(Event::InstanceMade),
            states_made: event(Event::StateMade),
            states_reused: event(Event::StateReused),
        }
    }

    pub(super) fn clear(&self) {
        self.0.iter().for_each(|number| number.set(0));
    }

    /// Moves all numbers to what is shared.
    pub(super) fn flush(&self, to: &Counts<AtomicU64>) {
        for (i, (from, to)) in self.0.iter().zip(&to.0).enumerate() {
            match from.take() {
                0 => {}
                most if is_most(i) => drop(to.fetch_max(most, Relaxed)),
                number => drop(to.fetch_add(number, Relaxed)),
            }
        }
    }
}

fn is_most(number: usize) -> bool {
    matches!(number, MOST | MOST_MEMORY)
}

#[inline]
fn add(number: &Cell<u64>, more: u64) {
    number.set(number.get() + more);
}

impl Counts<AtomicU64> {
    /// Returns the numbers as they are now. Calls that are being counted meanwhile may be there in part.
    pub(super) fn snapshot(&self) -> Counts<u64> {
        Counts(std::array::from_fn(|i| self.0[i].load(Relaxed)))
    }

    /// Counts that code of so many bytes was loaded and, if it was compiled, the time that this took.
    pub(super) fn loaded(&self, bytes: u64, compiling: Option<Duration>) {
        let event = |event: Event| &self.0[FIRST_EVENT + event as usize];
        event(Event::Loaded).fetch_add(1, Relaxed);
        if let Some(time) = compiling {
            event(Event::Compiled).fetch_add(1, Relaxed);
            event(Event::Compiling).fetch_add(time.as_micros() as u64, Relaxed);
        }
        self.0[MOST_MEMORY].fetch_max(bytes, Relaxed);
    }

    pub(super) fn reset(&self) {
        self.0.iter().for_each(|number| number.store(0, Relaxed));
    }
}

impl Counts<u64> {
    /// Adds the numbers of another one.
    pub(super) fn merge(&mut self, other: &Self) {
        for (i, (number, other)) in self.0.iter_mut().zip(&other.0).enumerate() {
            *number = if is_most(i) { *other.max(number) } else { *number + other };
        }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0[FIRST_CLASS..].iter().sum()
    }

    /// Returns the fuel of all calls and of the instances that were made for them.
    pub(crate) fn total_fuel(&self) -> u64 {
        self.0[FUEL]
    }

    /// Returns the fuel of the call that used most.
    pub(crate) fn most_fuel(&self) -> u64 {
        self.0[MOST]
    }

    /// Returns the bytes of the largest instance of a function, or of the code of a module.
    pub(crate) fn most_memory(&self) -> u64 {
        self.0[MOST_MEMORY]
    }

    pub(crate) fn of(&self, event: Event) -> u64 {
        self.0[FIRST_EVENT + event as usize]
    }

    pub(crate) fn events(&self) -> [u64; EVENTS] {
        std::array::from_fn(|i| self.0[FIRST_EVENT + i])
    }

    /// Returns the units of fuel that `percent` of all calls did not exceed, at most a quarter too many. None if there
    /// were no calls.
    pub(crate) fn percentile(&self, percent: u64) -> Option<u64> {
        let calls = self.calls();
        let wanted = (u128::from(calls) * u128::from(percent)).div_ceil(100).max(1) as u64;
        let mut sum = 0;
        let found = self.0[FIRST_CLASS..].iter().position(|calls| {
            sum += calls;
            sum >= wanted
        });
        found.map(|class| most_of(class).min(self.most_fuel()))
    }

    /// Returns the classes in which there are calls: the most fuel that a call of the class can use, and how many there are.
    pub(crate) fn classes(&self) -> impl Iterator<Item = (u64, u64)> {
        let classes = self.0[FIRST_CLASS..].iter().enumerate().filter(|(_, calls)| **calls > 0);
        classes.map(|(class, calls)| (most_of(class), *calls))
    }
}

/// Returns the class of calls that use so much fuel. There are four classes from each power of two to the next.
#[inline]
fn class(fuel: u64) -> usize {
    if fuel < 4 {
        return fuel as usize;
    }
    let power = fuel.ilog2() as usize;
    let class = (power - 1) << 2 | (fuel >> (power - 2) & 3) as usize;
    class.min(CLASSES - 1)
}

/// Returns the most fuel that a call of this class used.
fn most_of(class: usize) -> u64 {
    if class < 4 {
        return class as u64;
    }
    if class == CLASSES - 1 {
        return u64::MAX;
    }
    let power = (class >> 2) + 1;
    (((class & 3 | 4) as u64 + 1) << (power - 2)) - 1
}
