//! Seats: instances whose calls start from kept states, and which state each has now.
//!
//! A state of an aggregate stays in its instance as long as rows come for it. When another state needs the instance, what
//! differs from the pristine state goes out into memory of the first, and that of the second goes in. A state must
//! never be put away in part, and no list may be borrowed while a guest runs or PostgreSQL may raise.

use super::group_state::State;
use super::instances::{self, InstanceRef};
use crate::function::Target;
use pgrx::pg_sys;
use plwasm_engine::{Entry, Error, Guest, Module, Result, Uses};
use std::cell::{Cell, RefCell};
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// The most seats of one module with one limit of memory. A query with more aggregates than that changes states for each
/// row, as one with many groups does.
const MOST: usize = 4;

/// Who sits in an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occupant {
    /// The instance is in its pristine state.
    Nobody,
    /// The last occupant is gone. The instance has to be put back.
    Gone,
    /// Somebody constructs a value in it.
    Constructing,
    /// A prepared function, by the address of the kept state that is the instance's ground.
    Prepared(*const u8),
    /// The state of an aggregate.
    State(NonNull<State>),
}

/// An instance for kept states. Its guest is null when the instance has been dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    pub instance: InstanceRef,
    pub occupant: Cell<Occupant>,
    /// The address of its module, which lives as long as the instance, and its limit of memory.
    module: *const Module,
    memory: usize,
    /// When it was last given to someone.
    taken: Cell<u64>,
    /// Whether someone had to leave it for another.
    is_contended: Cell<bool>,
    /// The constructor that was called last. Looking an export up takes a fifth of the time of a new state.
    constructor: RefCell<Option<(String, Uses, Entry)>>,
}

/// A use of an instance. When it is dropped, the instance is dropped, too, as its state may be anything.
#[derive(Debug)]
pub(crate) struct Using<'s> {
    seat: &'s Seat,
}

thread_local! {
    static CLOCK: Cell<u64> = const { Cell::new(0) };
}

impl Using<'_> {
    /// Ends the use: the instance is in order.
    #[inline]
    pub(crate) fn done(self) {
        std::mem::forget(self);
    }
}

impl Drop for Using<'_> {
    #[cold]
    fn drop(&mut self) {
        instances::drop_one(&self.seat.instance);
    }
}

impl Seat {
    pub(super) fn new(instance: InstanceRef, target: &Target, memory: usize) -> Self {
        Self {
            instance,
            module: Rc::as_ptr(&target.module),
            memory,
            occupant: Cell::new(Occupant::Nobody),
            taken: Cell::new(0),
            is_contended: Cell::new(false),
            constructor: RefCell::default(),
        }
    }

    /// Returns whether nothing is lost if its instance is dropped.
    pub(super) fn is_idle(&self) -> bool {
        !matches!(self.occupant.get(), Occupant::State(_) | Occupant::Constructing)
    }

    /// Records that the instance has been dropped.
    pub(super) fn vanish(&self) {
        if let Occupant::State(state) = self.occupant.replace(Occupant::Gone) {
            // SAFETY: a state leaves its seat before its memory is freed.
            unsafe { (*state.as_ptr()).has_lost_seat() };
        }
    }

    /// Returns the guest. The caller must not keep it while anything is called that can drop instances.
    ///
    /// # Errors
    /// [`Error::Internal`] if the instance has been dropped.
    pub(crate) fn guest<'g>(&self) -> Result<&'g mut Guest> {
        // SAFETY: the address is good as long as the instance is not dropped, and nobody else uses the guest now.
        unsafe { self.instance.guest().as_mut() }
            .ok_or_else(|| Error::Internal("an instance has been dropped".into()))
    }

    /// Returns a constructor, whose changes of globals stay.
    ///
    /// # Errors
    /// The errors of [`Guest::lasting_entry`].
    pub(crate) fn constructor(&self, export: &str, uses: Uses) -> Result<Entry> {
        let mut last = self.constructor.borrow_mut();
        if let Some((name, used, entry)) = &*last
            && (name.as_str(), *used) == (export, uses)
        {
            return Ok(*entry);
        }
        let entry = self.guest()?.lasting_entry(export, uses)?;
        *last = Some((export.to_string(), uses, entry));
        Ok(entry)
    }

    /// Begins a use of the guest that may fail. The instance is dropped unless the use ends with [`Using::done`].
    #[inline]
    pub(crate) fn using(&self) -> Using<'_> {
        Using { seat: self }
    }

    /// Puts the instance back to its pristine state, and gives the seat up. If that is not possible, the instance is
    /// dropped.
    pub(crate) fn clear(&self) {
        if let Occupant::State(state) = self.occupant.replace(Occupant::Gone) {
            // SAFETY: as in `vanish`.
            unsafe { (*state.as_ptr()).seat = ptr::null() };
        }
        match self.guest().is_ok_and(Guest::leave) {
            true => self.occupant.set(Occupant::Nobody),
            false => instances::drop_one(&self.instance),
        }
    }

    /// Puts the instance back to its ground. If that is not possible, the instance is dropped.
    #[inline]
    pub(crate) fn put_back(&self) {
        if !self.guest().is_ok_and(Guest::reset) {
            instances::drop_one(&self.instance);
        }
    }

    /// Makes the seat free for another, and keeps the state that sits in it.
    ///
    /// # Errors
    /// [`Error::Unkeepable`], [`Error::Memory`]
    fn vacate(&self) -> Result<()> {
        match self.occupant.get() {
            Occupant::Nobody => {}
            // SAFETY: as in `vanish`.
            Occupant::State(state) if unsafe { (*state.as_ptr()).is_dirty } => {
                // SAFETY: as above.
                let is_pristine = unsafe { (*state.as_ptr()).put_away(self.guest()?)? };
                match is_pristine {
                    true => self.occupant.set(Occupant::Nobody),
                    false => instances::drop_one(&self.instance),
                }
            }
            _ => self.clear(),
        }
        Ok(())
    }

    /// Returns whether calls of a function can use the instance.
    fn serves(&self, target: &Target) -> bool {
        self.module == Rc::as_ptr(&target.module) && self.memory == target.limits.memory
    }

    /// Makes the seat free for a state, if all seats of its function have been taken before and a state sits in this
    /// one. Then it does not matter which one is chosen, and this is the one that the call site has just used.
    ///
    /// # Errors
    /// Those of [`vacate`](Self::vacate).
    fn reuse(&self, target: &Target) -> Result<bool> {
        let is_seated = matches!(self.occupant.get(), Occupant::State(_));
        if !self.is_contended.get() || !is_seated || !self.serves(target) {
            return Ok(false);
        }
        self.vacate()?;
        Ok(!self.instance.guest().is_null())
    }
}

/// Returns a seat in which nobody sits, for calls of a function. `last` is the seat that the call site has used last, if
/// it has used one for a state.
///
/// # Errors
/// The errors of making an instance; [`Error::Unkeepable`] if the state that has to make room cannot be kept.
pub(crate) fn take(target: &Target, last: Option<&Rc<Seat>>) -> Result<Rc<Seat>> {
    if let Some(last) = last
        && last.reuse(target)?
    {
        return Ok(last.clone());
    }
    let limits = target.limits;
    let seats = instances::seats_of(target, limits);
    let is_free =
        |seat: &&Rc<Seat>| !matches!(seat.occupant.get(), Occupant::Prepared(_)) && seat.is_idle();
    let seat = match seats.iter().find(is_free) {
        Some(free) => free,
        None if seats.len() < MOST => return Ok(taken(instances::add_seat(target, limits)?)),
        None => {
            seats.iter().for_each(|seat| seat.is_contended.set(true));
            seats.iter().min_by_key(|seat| seat.taken.get()).unwrap_or(&seats[0])
        }
    };
    seat.vacate()?;
    match seat.instance.guest().is_null() {
        false => Ok(taken(seat.clone())),
        // It could not be put back.
        true => Ok(taken(instances::add_seat(target, limits)?)),
    }
}

/// Returns the seat for calls of a function in which a prepared function with that kept state sits.
pub(crate) fn of_prepared(target: &Target, kept: *const u8) -> Option<Rc<Seat>> {
    let seats = instances::seats_of(target, target.limits);
    seats.into_iter().find(|seat| seat.occupant.get() == Occupant::Prepared(kept)).map(taken)
}

fn taken(seat: Rc<Seat>) -> Rc<Seat> {
    seat.taken.set(CLOCK.replace(CLOCK.get() + 1));
    seat
}

/// Returns another reference to a seat.
pub(crate) fn shared(seat: &Seat) -> Rc<Seat> {
    let seat: *const Seat = seat;
    // SAFETY: every seat is made as an `Rc` ([`instances::add_seat`]).
    unsafe {
        Rc::increment_strong_count(seat);
        Rc::from_raw(seat)
    }
}

/// Makes the states leave their seats whose memory is about to be freed. It runs no code of a guest.
pub(crate) fn context_ends(context: pg_sys::MemoryContext) {
    instances::for_each_seat(|seat| {
        if let Occupant::State(state) = seat.occupant.get()
            // SAFETY: the memory has not been freed yet.
            && unsafe { (*state.as_ptr()).context } == context
        {
            seat.occupant.set(Occupant::Gone);
        }
    });
}
