//! Statistics of functions: what each process counts, and where all processes add it up.
//!
//! A call costs one addition, and nothing is locked. What a process has counted is added up at the end of each transaction.
//! Without preloading there is no shared memory, and a session counts for itself alone.
//!
//! It must never raise: a guest may be running.

pub(crate) mod counts;
mod file;
mod site;
mod subject;
pub(crate) mod table;
mod totals;

use crate::settings;
use counts::{Counts, Event};
use pgrx::pg_sys::Oid;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

pub(crate) use site::Site;
pub(crate) use subject::Subject;
pub(crate) use totals::Totals;

/// What this process has counted of a function since the end of the last transaction.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    is_on: Cell<bool>,
    /// Units of fuel that were drawn and not given back.
    drawn: Cell<u64>,
    /// How many of them were used when the last call ended.
    used: Cell<u64>,
    /// How many of them were added to `counts`.
    flushed: Cell<u64>,
    /// A call that uses more has to be looked at: it uses most of all, or is near its limit.
    usual: Cell<u64>,
    near_limit: Cell<u64>,
    /// Whether every call is looked at, as it may be logged.
    is_watched: Cell<bool>,
    /// The most fuel of a call that was looked at since this was last taken.
    seen: Cell<Option<Seen>>,
    has_events: Cell<bool>,
    counts: Counts<Cell<u64>>,
    /// Whether a plan is explained that calls the function.
    is_explained: Cell<bool>,
    /// What was counted for that plan before.
    past: Cell<Totals>,
    /// Whether it is counted for that plan alone.
    is_private: Cell<bool>,
}

/// The most functions that a session counts for itself alone, for each role where roles are counted apart; 1.5 kB each.
/// Functions that were dropped are among them until somebody reads the statistics.
const MAX_OWN: usize = 200;

thread_local! {
    /// What this session has counted, where there is no shared memory.
    static OWN: RefCell<HashMap<Subject, Box<Counts<AtomicU64>>>> = RefCell::default();
}

/// The fuel of some calls: that of the call that used the most, and that of all together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub most: u64,
    pub sum: u64,
}

impl Counted {
    /// Reads the setting, where call sites read theirs. A call may use `limit` units of fuel. For a plan that is explained it
    /// counts in any case.
    pub(crate) fn start(&self, limit: u64, is_explained: bool) {
        self.is_on.set(settings::tracks_fuel() || is_explained);
        self.is_explained.set(is_explained);
        self.is_private.set(!settings::tracks_fuel() && is_explained);
        // What was used while it was off is not counted.
        let passed = self.drawn.get().wrapping_sub(self.used.replace(self.drawn.get()));
        self.flushed.set(self.flushed.get().wrapping_add(passed));
        self.near_limit.set(limit - limit / 10);
        self.usual.set(0);
        self.is_watched.set(settings::logs_replays());
    }

    /// Returns the fuel of the calls since this was last called. It is known where calls are watched and their fuel is counted.
    pub(crate) fn take_seen(&self) -> Option<Seen> {
        self.seen.take()
    }

    #[inline]
    pub(crate) fn draw(&self, fuel: u64) {
        self.drawn.set(self.drawn.get().wrapping_add(fuel));
    }

    pub(crate) fn give_back(&self, fuel: u64) {
        self.drawn.set(self.drawn.get().wrapping_sub(fuel));
    }

    /// Counts a call, after which so many units are left of what was drawn.
    #[inline]
    pub(crate) fn call(&self, left: u64) {
        if self.is_on.get() {
            let used = self.drawn.get().wrapping_sub(left);
            let fuel = used.wrapping_sub(self.used.replace(used));
            self.counts.call(fuel);
            if fuel >= self.usual.get() {
                self.look_at(fuel);
            }
        }
    }

    /// Counts an instance that was made, after which so many units are left. The fuel that making it has used is not that of a
    /// call.
    pub(crate) fn made_instance(&self, left: u64) {
        self.used.set(self.drawn.get().wrapping_sub(left));
        self.event(Event::InstanceMade);
    }

    #[cold]
    fn look_at(&self, fuel: u64) {
        let most = self.counts.most(fuel);
        if fuel >= self.near_limit.get() {
            self.counts.event(Event::NearLimit);
        }
        if self.is_watched.get() {
            let Seen { most, sum } = self.seen.get().unwrap_or_default();
            self.seen.set(Some(Seen { most: most.max(fuel), sum: sum + fuel }));
            return;
        }
        self.usual.set((most + 1).min(self.near_limit.get()));
    }

    pub(crate) fn memory(&self, bytes: usize) {
        if self.is_on.get() {
            self.counts.memory(bytes as u64);
            self.has_events.set(true);
        }
    }

    pub(crate) fn event(&self, event: Event) {
        if self.is_on.get() {
            self.counts.event(event);
            self.has_events.set(true);
        }
    }

    /// Returns what was counted since the totals were last forgotten.
    pub(crate) fn totals(&self) -> Totals {
        let fuel = self.used.get().wrapping_sub(self.flushed.get());
        self.past.get() + self.counts.totals(fuel)
    }

    /// Begins the totals anew.
    pub(crate) fn forget_totals(&self, subject: Subject) {
        self.flush(subject);
        self.past.take();
    }

    /// Adds what was counted of `subject` to what all processes have counted.
    pub(crate) fn flush(&self, subject: Subject) {
        let fuel = self.used.get().wrapping_sub(self.flushed.replace(self.used.get()));
        if fuel == 0 && !self.has_events.replace(false) {
            return;
        }
        self.has_events.set(false);
        if self.is_explained.get() {
            self.past.set(self.past.get() + self.counts.totals(fuel));
        }
        if self.is_private.get() {
            return self.counts.clear();
        }
        self.counts.fuel(fuel);
        // The numbers begin anew, and with them the most fuel of a call.
        self.usual.set(0);
        add(subject, |counts| self.counts.flush(counts));
    }
}

/// Adds to the numbers of a function or a module that all processes have, or this session where there is no shared memory.
fn add(subject: Subject, more: impl FnOnce(&Counts<AtomicU64>)) {
    if table::is_there() {
        match table::counts(subject) {
            Some(counts) => more(counts),
            None => drop(uncounted().fetch_add(1, Relaxed)),
        }
        return;
    }
    OWN.with(|own| {
        // try_: a callback must not panic.
        if let Ok(mut own) = own.try_borrow_mut() {
            match own.len() < MAX_OWN || own.contains_key(&subject) {
                true => more(own.entry(subject).or_default()),
                false => drop(uncounted().fetch_add(1, Relaxed)),
            }
        }
    });
}

/// Returns the number of transactions in which a function or a module was not counted, for lack of room: of all processes, or of
/// this session where there is no shared memory.
pub(crate) fn uncounted() -> &'static AtomicU64 {
    static OWN: AtomicU64 = AtomicU64::new(0);
    table::uncounted().unwrap_or(&OWN)
}

/// Counts that a process has loaded the code of a module, or of a function whose body is code. `compiling` is how long it took
/// to compile it, if it was compiled.
pub(crate) fn loaded(module: Oid, bytes: usize, compiling: Option<Duration>) {
    if settings::tracks_fuel() {
        add(Subject::of_all(module), |counts| counts.loaded(bytes as u64, compiling));
    }
}

/// Returns the numbers of all functions of this database: those of each role alone, or those of all roles together.
pub(crate) fn snapshot(by_role: bool) -> HashMap<Subject, Counts<u64>> {
    let mut all = HashMap::<Subject, Counts<u64>>::new();
    let mut merge = |subject: Subject, counts: &Counts<AtomicU64>| {
        let subject = if by_role { subject } else { Subject::of_all(subject.object) };
        all.entry(subject).or_default().merge(&counts.snapshot());
    };
    match table::is_there() {
        true => table::all().for_each(|(subject, counts)| merge(subject, counts)),
        false => OWN.with_borrow(|own| {
            own.iter().for_each(|(subject, counts)| merge(*subject, counts));
        }),
    }
    all
}

/// Returns whether the numbers are those of all processes of the server.
pub(crate) fn is_shared() -> bool {
    table::is_there()
}

/// Forgets the numbers of the functions of this database for which `goes` returns true.
pub(crate) fn remove(goes: impl Fn(Oid) -> bool) {
    match table::is_there() {
        true => table::remove(goes),
        false => OWN.with_borrow_mut(|own| own.retain(|subject, _| !goes(subject.object))),
    }
}
