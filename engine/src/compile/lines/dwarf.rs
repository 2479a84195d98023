//! The rows that a core module's DWARF has for the instructions that can be in a backtrace.
//!
//! Addresses in DWARF count from the start of the code section's content.

use super::units::{Flaw, Input, Read, Sections, Units};
use super::writer::Writer;
use super::{Function, MOST_INLINED, RawPlace, Row};
use gimli::{Abbreviation, AttributeValue, EntriesRaw, UnitOffset};
use std::collections::HashMap;

/// The most functions, with those that are inlined, and the most of their ranges in a module.
const MOST_FUNCTIONS: usize = 2 << 20;

/// A function, or a place where it was inlined.
#[derive(Debug, Clone, Copy)]
struct Scope {
    /// The number of its name.
    name: u32,
    /// The scope that it was inlined into, and where, if it was.
    caller: Option<(usize, RawPlace)>,
    /// How many scopes are around it.
    depth: usize,
}

/// Instructions of a scope.
#[derive(Debug, Clone, Copy)]
struct ScopeRange {
    start: u32,
    end: u32,
    scope: usize,
}

/// Writes rows. `start` is the offset of the code section's content in the binary, and `size` its size. `instructions` are
/// the offsets in it of what can be in a backtrace, ascending, each with that of the instruction whose line counts.
///
/// # Errors
/// [`Flaw`] if the DWARF cannot be read at all, or is too much.
pub(super) fn write(
    sections: &Sections<'_>,
    start: u32,
    size: u32,
    instructions: &[(u32, u32)],
    to: &mut Writer,
) -> Read<()> {
    let mut units = Units::read(sections, size)?;
    let mut scopes = Scopes { size, all: Vec::new(), ranges: Vec::new() };
    for unit in 0..units.all.len() {
        match scopes.read(&mut units, unit) {
            Ok(()) => {}
            Err(Flaw::Malformed) => scopes.forget_unfinished(),
            Err(Flaw::Excessive) => return Err(Flaw::Excessive),
        }
    }
    let Scopes { all, mut ranges, .. } = scopes;
    units.lines.sort_by_key(|range| range.start);
    // What is inside comes later.
    ranges.sort_by_key(|range| (range.start, all[range.scope].depth));
    let (mut lines, mut ranges) = (units.lines.iter().peekable(), ranges.iter().peekable());
    let (mut line, mut open) = (None, Vec::new());
    let mut numbers = HashMap::new();
    for (offset, at) in instructions {
        while let Some(next) = lines.next_if(|range| range.start <= *at) {
            line = Some(next);
        }
        while let Some(next) = ranges.next_if(|range| range.start <= *at) {
            open.push(next);
        }
        while open.last().is_some_and(|range| range.end <= *at) {
            open.pop();
        }
        let place =
            line.filter(|range| range.end > *at).map(|range| range.place).unwrap_or_default();
        let place = written(place, &units, to);
        let function =
            open.last().map_or(0, |range| function(range.scope, &all, &mut numbers, &units, to));
        if !to.row(Row { offset: start + offset, place, function }) {
            return Err(Flaw::Excessive);
        }
    }
    Ok(())
}

/// Writes a place with a number of a text, and returns it with the number of a string.
fn written(place: RawPlace, units: &Units<'_>, to: &mut Writer) -> RawPlace {
    match place {
        RawPlace { file: 0, .. } | RawPlace { line: 0, .. } => RawPlace::default(),
        RawPlace { file, .. } => RawPlace { file: to.string(units.texts.get(file)), ..place },
    }
}

/// Writes a scope and those around it, and returns its number.
fn function(
    scope: usize,
    all: &[Scope],
    numbers: &mut HashMap<usize, u32>,
    units: &Units<'_>,
    to: &mut Writer,
) -> u32 {
    if let Some(known) = numbers.get(&scope) {
        return *known;
    }
    let Scope { name, caller, .. } = all[scope];
    // Scopes are no deeper than MOST_INLINED.
    let caller = caller.map(|(scope, place)| {
        (function(scope, all, numbers, units, to), written(place, units, to))
    });
    let name = to.string(units.texts.get(name));
    let number = to.function(Function { name, caller });
    numbers.insert(scope, number);
    number
}

/// The functions of all units.
struct Scopes {
    /// The size of the code.
    size: u32,
    all: Vec<Scope>,
    ranges: Vec<ScopeRange>,
}

/// The attributes of a scope.
#[derive(Default)]
struct Attributes<'a> {
    low: Option<u64>,
    high: Option<u64>,
    size: Option<u64>,
    ranges: Option<AttributeValue<Input<'a>>>,
    place: RawPlace,
}

impl Scopes {
    /// Reads the functions of a unit.
    fn read(&mut self, units: &mut Units<'_>, unit: usize) -> Read<()> {
        // A reader of entries borrows its unit, and names are looked up in all units.
        let abbreviations = units.all[unit].unit.abbreviations.clone();
        let header = units.all[unit].unit.header;
        let mut entries = header.entries_raw(&abbreviations, None)?;
        let mut around: Vec<(isize, Option<usize>)> = Vec::new();
        while !entries.is_empty() {
            let (depth, offset) = (entries.next_depth(), entries.next_offset());
            let abbreviation = entries.read_abbreviation()?;
            units.budget.spend(1 + abbreviation.map_or(0, |found| found.attributes().len()))?;
            let Some(abbreviation) = abbreviation else { continue };
            while around.last().is_some_and(|(last, _)| *last >= depth) {
                around.pop();
            }
            let is_inlined = match abbreviation.tag() {
                gimli::DW_TAG_subprogram => false,
                gimli::DW_TAG_inlined_subroutine => true,
                _ => {
                    entries.skip_attributes(abbreviation.attributes())?;
                    continue;
                }
            };
            let attributes = attributes(units, unit, &mut entries, abbreviation)?;
            let caller = around.last().and_then(|(_, scope)| *scope).filter(|_| is_inlined);
            let scope = self.scope(units, unit, offset, attributes, caller)?;
            if abbreviation.has_children() {
                around.push((depth, scope));
            }
        }
        Ok(())
    }

    /// Forgets the ranges of a scope that was not added.
    fn forget_unfinished(&mut self) {
        let next = self.all.len();
        while self.ranges.pop_if(|range| range.scope >= next).is_some() {}
    }

    /// Adds a scope with its ranges. Returns None if it has no code.
    fn scope(
        &mut self,
        units: &mut Units<'_>,
        unit: usize,
        offset: UnitOffset,
        attributes: Attributes<'_>,
        caller: Option<usize>,
    ) -> Read<Option<usize>> {
        let depth = caller.map_or(0, |caller| self.all[caller].depth + 1);
        if depth >= MOST_INLINED {
            return Ok(caller);
        }
        let (scope, before) = (self.all.len(), self.ranges.len());
        let mut add = |start: u64, end: u64| {
            // The linker has put what it has left out at 0, or at the end of all addresses.
            if 0 < start && start < end && end <= self.size.into() {
                self.ranges.push(ScopeRange { start: start as u32, end: end as u32, scope });
            }
        };
        let Attributes { low, high, size, ranges, place } = attributes;
        match (ranges, low) {
            (Some(ranges), _) => {
                if let Some(mut ranges) = units.dwarf.attr_ranges(&units.all[unit].unit, ranges)? {
                    while let Some(range) = ranges.next()? {
                        units.budget.spend(1)?;
                        add(range.begin, range.end);
                    }
                }
            }
            (None, Some(low)) => {
                let end = size.and_then(|size| low.checked_add(size)).or(high);
                add(low, end.unwrap_or(low));
            }
            (None, None) => {}
        }
        if self.ranges.len() == before {
            return Ok(None);
        }
        if self.ranges.len().max(self.all.len()) > MOST_FUNCTIONS {
            return Err(Flaw::Excessive);
        }
        let name = units.name(unit, offset)?;
        self.all.push(Scope { name, caller: caller.map(|caller| (caller, place)), depth });
        Ok(Some(scope))
    }
}

/// Reads the attributes of an entry.
fn attributes<'a>(
    units: &Units<'a>,
    unit: usize,
    entries: &mut EntriesRaw<'_, Input<'a>>,
    abbreviation: &Abbreviation,
) -> Read<Attributes<'a>> {
    let known = &units.all[unit];
    let address = |value| units.dwarf.attr_address(&known.unit, value);
    let mut found = Attributes::default();
    for specification in abbreviation.attributes() {
        let attribute = entries.read_attribute(*specification)?;
        let number = || {
            attribute.udata_value().and_then(|value| u32::try_from(value).ok()).unwrap_or_default()
        };
        match attribute.name() {
            gimli::DW_AT_low_pc => found.low = address(attribute.value())?,
            gimli::DW_AT_high_pc => match attribute.udata_value() {
                Some(size) => found.size = Some(size),
                None => found.high = address(attribute.value())?,
            },
            gimli::DW_AT_ranges => found.ranges = Some(attribute.value()),
            gimli::DW_AT_call_file => {
                if let AttributeValue::FileIndex(number) = attribute.value() {
                    found.place.file =
                        known.files.get(number as usize).copied().unwrap_or_default();
                }
            }
            gimli::DW_AT_call_line => found.place.line = number(),
            gimli::DW_AT_call_column => found.place.column = number(),
            _ => {}
        }
    }
    Ok(found)
}
