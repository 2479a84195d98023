//! Seats: instances whose calls start from kept states, and which state each has now.
//!
//! A state of an aggregate stays in its instance as long as rows come for it. When another state needs the instance, what
//! differs from the pristine state goes out into memory of the first, and that of the second goes in. A state must
//! never be put away in part, and no list may be borrowed while a guest runs or PostgreSQL may raise.

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

/// The state of an aggregate: in an instance, or in memory of PostgreSQL's.
#[derive(Debug)]
pub(crate) struct State {
    /// The context of the memory.
    pub context: pg_sys::MemoryContext,
    /// What was kept, in `capacity` bytes of which `length` are used.
    kept: *mut u8,
    length: usize,
    capacity: usize,
    /// The seat in which it sits, or null.
    seat: *const Seat,
    /// Whether the instance has more than was kept.
    is_dirty: bool,
    /// Whether its instance was dropped before it was kept.
    is_lost: bool,
    /// Whether it goes back to what was kept when its instance is dropped.
    is_restored: bool,
    /// The representation of the resource.
    pub representation: u32,
}

/// The size in bytes up to which palloc rounds up to a power of two (`ALLOC_CHUNK_LIMIT`).
const SMALL: usize = 8192;

thread_local! {
    /// The memory in which states are written before they are copied.
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
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

impl State {
    /// Makes a state that has not been constructed yet. `is_restored` says that it is kept after each change, so that a
    /// call that fails leaves it as it was.
    pub(crate) fn new(context: pg_sys::MemoryContext, is_restored: bool) -> Self {
        Self {
            context,
            kept: ptr::null_mut(),
            length: 0,
            capacity: 0,
            seat: ptr::null(),
            is_dirty: false,
            is_lost: false,
            is_restored,
            representation: 0,
        }
    }

    /// Takes a seat that is free. The instance has been constructed, or is about to be.
    pub(crate) fn sit(&mut self, seat: &Seat) {
        seat.occupant.set(Occupant::State(NonNull::from(&mut *self)));
        self.seat = seat;
        self.is_dirty = true;
    }

    /// Returns whether the state sits in that seat.
    #[inline]
    pub(crate) fn sits_in(&self, seat: *const Seat) -> bool {
        self.seat == seat
    }

    /// Returns the seat in which the state sits, if it does.
    #[inline]
    pub(crate) fn seat(&self) -> Option<&Seat> {
        // SAFETY: a seat tells its state before it goes.
        unsafe { self.seat.as_ref() }
    }

    /// Returns the seat of a state that has been [brought in](Self::bring_in).
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not sit in one, which does not happen.
    #[inline]
    pub(crate) fn seated(&self) -> Result<&Seat> {
        self.seat().ok_or_else(|| Error::Internal("a state has no instance".into()))
    }

    /// Records that a call has changed the state in its instance.
    #[inline]
    pub(crate) fn has_changed(&mut self) {
        self.is_dirty = true;
    }

    /// Makes sure that the state sits in an instance. `last` is the seat that the call site has used last.
    ///
    /// # Errors
    /// The errors of [`take`]; 55000 if the state was lost by an earlier error.
    pub(crate) fn bring_in(&mut self, target: &Target, last: Option<&Rc<Seat>>) -> Result<()> {
        if !self.seat.is_null() {
            return Ok(());
        }
        if self.is_lost {
            return Err(lost());
        }
        // It comes into the caches while the state that sits there goes out.
        prefetch(self.kept());
        let seat = take(target, last)?;
        let using = seat.using();
        seat.guest()?.resume(self.kept())?;
        using.done();
        self.sit(&seat);
        self.is_dirty = false;
        Ok(())
    }

    /// Copies what the instance has to the state's own memory, if it has changed. The state stays in its instance.
    ///
    /// # Errors
    /// [`Error::Unkeepable`]
    pub(crate) fn keep(&mut self) -> Result<()> {
        let Some(seat) = self.seat().filter(|_| self.is_dirty) else { return Ok(()) };
        let guest = seat.guest()?;
        let mut written = WRITTEN.take();
        let kept = guest.keep(&mut written);
        if kept.is_ok() {
            self.copy(&written);
            self.is_dirty = false;
        }
        WRITTEN.set(written);
        kept
    }

    fn kept(&self) -> &[u8] {
        match self.kept.is_null() {
            true => &[],
            // SAFETY: `copy` has written these bytes.
            false => unsafe { std::slice::from_raw_parts(self.kept, self.length) },
        }
    }

    /// Takes what another state has, which is kept for that.
    ///
    /// # Errors
    /// The errors of [`keep`](Self::keep); 55000 if the other state was lost.
    pub(crate) fn copy_from(&mut self, other: &mut Self) -> Result<()> {
        if other.is_lost {
            return Err(lost());
        }
        other.keep()?;
        self.representation = other.representation;
        self.copy(other.kept());
        Ok(())
    }

    /// Moves what the instance has to the state's own memory, and makes the instance pristine. Returns false if that is
    /// not possible.
    fn put_away(&mut self, guest: &mut Guest) -> Result<bool> {
        let mut written = WRITTEN.take();
        let is_pristine = guest.take_out(&mut written);
        if is_pristine.is_ok() {
            self.seat = ptr::null();
            self.is_dirty = false;
            // Copying raises if there is no memory.
            self.is_lost = true;
            self.copy(&written);
            self.is_lost = false;
        }
        WRITTEN.set(written);
        is_pristine
    }

    fn copy(&mut self, bytes: &[u8]) {
        // SAFETY: the context is alive as long as the state is; the memory is as large as is copied to it.
        unsafe {
            if self.capacity < bytes.len() {
                if !self.kept.is_null() {
                    pg_sys::pfree(self.kept.cast());
                    (self.kept, self.capacity, self.length) = (ptr::null_mut(), 0, 0);
                }
                // palloc makes small pieces of a power of two bytes.
                let capacity = match bytes.len() {
                    small @ ..SMALL => small.next_power_of_two(),
                    large => large + large / 8,
                };
                self.kept = pg_sys::MemoryContextAllocHuge(self.context, capacity).cast();
                self.capacity = capacity;
            }
            self.kept.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.length = bytes.len();
    }

    fn has_lost_seat(&mut self) {
        self.seat = ptr::null();
        self.is_lost |= self.is_dirty && !self.is_restored;
        self.is_dirty = false;
    }
}

/// Asks the processor to load the beginning of a kept state.
#[inline]
fn prefetch(kept: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in kept.chunks(64).take(16) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint, and every processor of this architecture has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = kept;
}

fn lost() -> Error {
    Error::sql("55000", "the state of the aggregate was lost by an earlier error")
}
