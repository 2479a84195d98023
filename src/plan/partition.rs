//! Partitions: the arguments of a window function for all rows of a partition.
//!
//! The values were fetched before, and none is computed here: that could call the guest that the rows are passed to.

use super::literal::{Literals, ROW, Refusal, Written};
use super::lower::Lowering;
use super::make::Wanted;
use super::resolve::{Mismatch, Resolver};
use super::sql_function::SqlFunction;
use super::value::{Conversion, Place, Value};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::Result;
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::pass::path::within;
use plwasm_engine::sql::fields;

/// The name of the parameter that gets the peers of each row.
const PEERS: &str = "peers";

/// The rows of a partition, as a window function gets them. It points into memory of PostgreSQL's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Partition {
    /// The number of rows.
    pub count: usize,
    /// The arguments of the first row, then those of the second, and so on; and whether each is NULL.
    pub values: *const Datum,
    pub nulls: *const bool,
    /// For each row, the number of the first of its peers, from 0.
    pub peers: *const u32,
}

/// Which arguments of a window function its export takes for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Whether the first parameter is the rows, or their number.
    pub has_rows: bool,
    /// The number of arguments that are passed for all rows: the first ones. The others are passed once.
    pub width: usize,
    /// The number of bytes that a row takes in the guest's memory, without what it points to.
    pub size: usize,
    /// Whether the last parameter is the peers.
    pub has_peers: bool,
}

/// What a parameter gets of a partition. The Datum is a pointer to a [`Partition`].
#[derive(Debug)]
pub(super) enum Share {
    /// The rows.
    Rows(Rows),
    /// The number of rows, for a function without arguments.
    Count,
    /// The number of the first peer of each row.
    Peers,
}

/// The rows as a list.
#[derive(Debug)]
pub(super) struct Rows {
    layout: Layout,
    /// The arguments, as the element itself or as its fields.
    arguments: Box<[Place]>,
    /// Whether they are its fields.
    is_record: bool,
}

/// Returns the places of the parameters of a window function, and which arguments they take.
///
/// # Errors
/// The reason why a parameter cannot be passed.
pub(super) fn places(
    function: &SqlFunction,
    wanted: &[Wanted],
    resolver: &mut Resolver,
) -> std::result::Result<(Vec<Place>, Taken), Mismatch> {
    let args = &function.args;
    let (wanted, peers) = match wanted {
        [others @ .., last]
            if last.name == Some(PEERS) && (args.is_empty() || !others.is_empty()) =>
        {
            (others, Some(last))
        }
        all => (all, None),
    };
    let mut places = Vec::new();
    let mut taken = Taken { has_rows: false, width: 0, size: 0, has_peers: peers.is_some() };
    match wanted {
        [] if args.is_empty() && peers.is_some() => {}
        [] => return Err("the export has no parameter for the rows of a partition".into()),
        [rows, others @ ..] => {
            let (all, once) =
                args.split_at_checked(args.len().wrapping_sub(others.len())).ok_or_else(|| {
                    format!(
                        "the SQL function has {} parameters, the export {} besides the rows",
                        args.len(),
                        others.len()
                    )
                })?;
            let share = Share::of_rows(all, args.is_empty(), rows.ty, resolver)?;
            if let Share::Rows(rows) = &share {
                taken.size = rows.layout.size as usize;
            }
            (taken.has_rows, taken.width) = (true, all.len());
            places.push(place(share, rows, "the rows"));
            for (i, (oid, wanted)) in once.iter().zip(others).enumerate() {
                places.push(resolver.argument(*oid, all.len() + i, wanted.ty, wanted.offset)?);
            }
        }
    }
    if let Some(peers) = peers {
        if *peers.ty != Type::U32.list() {
            return Err(format!("the peers are passed as list<u32>, not as {}", peers.ty));
        }
        places.push(place(Share::Peers, peers, "the peers"));
    }
    Ok((places, taken))
}

/// Returns the types of the parameters of a window function without WIT.
pub(super) fn default_type(given: Vec<Type>) -> Vec<Type> {
    vec![match <[Type; 1]>::try_from(given) {
        Ok([one]) => one.list(),
        Err(none) if none.is_empty() => Type::U32,
        Err(several) => Type::Tuple(several.into()).list(),
    }]
}

fn place(share: Share, wanted: &Wanted, what: &str) -> Place {
    let value = Value {
        conversion: Conversion::Partition(Box::new(share)),
        layout: Layout::of(wanted.ty),
        finish: None,
        oid: pg_sys::INTERNALOID,
    };
    Place::new(value, wanted.ty, wanted.offset, what)
}

/// Resolves the arguments that are passed for each row: a single one as the element, or several as its fields. Returns true with
/// fields.
fn columns(
    args: &[pg_sys::Oid],
    row: &Type,
    resolver: &mut Resolver,
) -> std::result::Result<(Box<[Place]>, bool), Mismatch> {
    if let [one] = args {
        let place = resolver.argument(*one, 0, row, 0);
        if place.is_ok() || row.fields().is_none_or(|fields| fields.len() != 1) {
            return Ok(([place?].into(), false));
        }
    }
    if row.fields().is_none() {
        return Err(format!("{} arguments cannot be passed as {row:#}", args.len()));
    }
    let fields = fields(args.len(), row)?;
    let (_, offsets) = Layout::of_tuple(fields.iter().copied());
    let columns = args.iter().zip(fields).zip(offsets).enumerate();
    let columns = columns
        .map(|(i, ((oid, field), offset))| resolver.argument(*oid, i, field, offset))
        .collect::<std::result::Result<_, Mismatch>>()?;
    Ok((columns, true))
}

impl Share {
    /// Resolves what is passed of the rows: these arguments, or their number.
    fn of_rows(
        args: &[pg_sys::Oid],
        is_count: bool,
        ty: &Type,
        resolver: &mut Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        match ty {
            Type::U32 if is_count => Ok(Self::Count),
            ty if is_count => Err(format!("the number of rows is passed as u32, not as {ty}")),
            _ if args.is_empty() => Err("the SQL function has no parameter for the rows".into()),
            Type::List(row) => {
                let (arguments, is_record) = columns(args, row, resolver)?;
                Ok(Self::Rows(Rows { layout: Layout::of(row), arguments, is_record }))
            }
            ty => Err(format!("the rows of a partition are passed as a list, not as {ty}")),
        }
    }

    /// Writes it to scratch at `at`.
    ///
    /// # Errors
    /// 22004 if an argument is NULL in a row and not an option; those of the arguments.
    ///
    /// # Safety
    /// `datum` must be a pointer to a [`Partition`] of the function.
    pub(super) unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        // SAFETY: the caller's promise: as many values as rows and arguments, and as many peers as rows.
        unsafe {
            let partition = *datum.cast_mut_ptr::<Partition>();
            let count = partition.count;
            match self {
                Self::Rows(rows) => rows.store(partition, at, to),
                // The caller refuses more rows.
                Self::Count => {
                    to.put(at, &(count as u32).to_le_bytes());
                    Ok(())
                }
                Self::Peers => {
                    let bytes = std::slice::from_raw_parts(partition.peers.cast(), 4 * count);
                    to.copied(at, bytes, count, 4)
                }
            }
        }
    }
}

impl Share {
    /// Returns its type, by which the export is a function of arrays.
    pub(super) fn declared(&self, to: &mut Literals) -> std::result::Result<String, Refusal> {
        let Self::Rows(rows) = self else {
            let is_count = matches!(self, Self::Count);
            return Ok(if is_count { "bigint" } else { "bigint[]" }.into());
        };
        let values = rows.arguments.iter().map(|place| &place.value);
        let row = match &rows.arguments[..] {
            [one] if !rows.is_record => match one.value.conversion {
                // Their lengths may differ, and those of the rows of an array may not.
                Conversion::Array(_) => return Err(Refusal::Value("a row is an array")),
                _ => to.declared(&one.value)?,
            },
            _ => to.declared_columns(values, false)?,
        };
        Ok(row + "[]")
    }

    /// Writes it as a constant.
    ///
    /// # Safety
    /// As for [`store`](Self::store).
    pub(super) unsafe fn write(&self, datum: Datum, to: &mut Literals) -> Written {
        // SAFETY: the caller's promise: as many values as rows and arguments, and as many peers as rows.
        unsafe {
            let partition = *datum.cast_mut_ptr::<Partition>();
            let count = partition.count;
            match self {
                Self::Count => {
                    to.text.push_str(&count.to_string());
                    Ok(())
                }
                Self::Peers => {
                    let peers = std::slice::from_raw_parts(partition.peers, count);
                    to.array_of(peers.iter(), |to, peer| {
                        to.text.push_str(&peer.to_string());
                        to.room()
                    })
                }
                Self::Rows(rows) => to.array_of(0..count, |to, i| {
                    let mut columns = rows.columns(partition, i);
                    match (rows.is_record, columns.next()) {
                        (false, Some((place, value))) => to.write(&place.value, value),
                        _ => to.items(ROW, rows.columns(partition, i), |to, (place, value)| {
                            to.write(&place.value, value)
                        }),
                    }
                }),
            }
        }
    }
}

impl Rows {
    /// Returns the arguments of a row, with their places.
    ///
    /// # Safety
    /// The partition must be one of the function, and have the row.
    unsafe fn columns(
        &self,
        partition: Partition,
        row: usize,
    ) -> impl Iterator<Item = (&Place, Option<Datum>)> {
        let width = self.arguments.len();
        self.arguments.iter().enumerate().map(move |(i, place)| {
            let number = row * width + i;
            // SAFETY: the caller's promise: as many values as rows and arguments.
            let value =
                unsafe { (!*partition.nulls.add(number)).then_some(*partition.values.add(number)) };
            (place, value)
        })
    }

    unsafe fn store(&self, partition: Partition, at: usize, to: &mut Lowering) -> Result<()> {
        let Layout { size, align } = self.layout;
        to.list(at, partition.count, size, align, |i, at, to| {
            within(
                || format!("row {}", i + 1),
                || {
                    // SAFETY: `Share::store`'s.
                    for (place, value) in unsafe { self.columns(partition, i) } {
                        // SAFETY: as above.
                        place.within(|| unsafe { place.store(value, at, to) })?;
                    }
                    Ok(())
                },
            )
        })
    }
}
