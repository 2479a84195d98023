//! What a run did, counted: a test that tests nothing must not pass.

use super::outcome::Outcome;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Cases whose bytes made no module, and modules that wasmtime did not take.
    pub no_module: u64,
    pub refused: u64,
    pub last_refusal: String,
    pub modules: u64,
    /// Modules that trap when they are instantiated, on both sides.
    pub failed_starts: u64,
    pub calls: u64,
    /// Calls not counted among them: they ran into a limit in plain wasmtime. Calls that ran into one in
    /// the engine alone, and of these for fuel.
    pub skipped: u64,
    pub skipped_by_engine: u64,
    pub short_of_fuel: u64,
    /// How the others ended.
    pub ends: BTreeMap<String, u64>,
    /// Calls that changed state, as plain wasmtime shows it, and that grew something.
    pub changed: u64,
    pub grown: u64,
    pub resets: u64,
    pub resets_of_changes: u64,
    pub drops: u64,
    pub drops_of_changes: u64,
    /// Calls compared with one that is given its fuel bit by bit, with one that is not isolated, and with
    /// one that has just the fuel it uses.
    pub sliced: u64,
    pub shared: u64,
    pub fuel_limits: u64,
}

impl Tally {
    pub(crate) fn ended(&mut self, outcome: &Outcome) {
        let end = match outcome {
            Outcome::Returned(_) => "returned".to_string(),
            Outcome::Trapped(kind) => format!("{kind:?}"),
            other => format!("{other:?}"),
        };
        *self.ends.entry(end).or_default() += 1;
    }

    pub(crate) fn returned(&self) -> u64 {
        self.ends.get("returned").copied().unwrap_or(0)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.no_module += other.no_module;
        self.refused += other.refused;
        if !other.last_refusal.is_empty() {
            self.last_refusal = other.last_refusal;
        }
        self.modules += other.modules;
        self.failed_starts += other.failed_starts;
        self.calls += other.calls;
        self.skipped += other.skipped;
        self.skipped_by_engine += other.skipped_by_engine;
        self.short_of_fuel += other.short_of_fuel;
        for (end, count) in other.ends {
            *self.ends.entry(end).or_default() += count;
        }
        self.changed += other.changed;
        self.grown += other.grown;
        self.resets += other.resets;
        self.resets_of_changes += other.resets_of_changes;
        self.drops += other.drops;
        self.drops_of_changes += other.drops_of_changes;
        self.sliced += other.sliced;
        self.shared += other.shared;
        self.fuel_limits += other.fuel_limits;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |n: u64| format!("{n} ({} %)", n * 100 / self.calls.max(1));
        writeln!(
            f,
            "{} modules ({} that trap at the start; beside them {} refused, {} not made)",
            self.modules, self.failed_starts, self.refused, self.no_module
        )?;
        if !self.last_refusal.is_empty() {
            writeln!(f, "last refusal: {}", self.last_refusal)?;
        }
        writeln!(f, "{} calls", self.calls)?;
        for (end, count) in &self.ends {
            writeln!(f, "  {end}: {}", share(*count))?;
        }
        writeln!(f, "  at a limit in plain wasmtime: {}", share(self.skipped))?;
        writeln!(
            f,
            "  at a limit in the engine alone: {}, {} of fuel",
            share(self.skipped_by_engine),
            self.short_of_fuel
        )?;
        writeln!(f, "changed state: {}, grew: {}", share(self.changed), share(self.grown))?;
        writeln!(
            f,
            "reset: {}, with changes: {}",
            share(self.resets),
            share(self.resets_of_changes)
        )?;
        writeln!(
            f,
            "dropped: {}, with changes: {}",
            share(self.drops),
            share(self.drops_of_changes)
        )?;
        write!(
            f,
            "compared in slices of fuel: {}, without isolation: {}, at the limit of fuel: {}",
            share(self.sliced),
            share(self.shared),
            share(self.fuel_limits)
        )
    }
}
