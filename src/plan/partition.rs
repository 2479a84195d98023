//! Partitions: the arguments of a window function for all rows of a partition.

use super::make::Wanted;
use super::resolve::{Mismatch, Resolver};
use super::sql_function::SqlFunction;
use super::value::Place;
use plwasm_engine::abi::Type;

/// Returns the places of the parameters of a window function.
///
/// # Errors
/// The reason why a parameter cannot be passed.
pub(super) fn places(
    _: &SqlFunction,
    _: &[Wanted],
    _: &mut Resolver,
) -> Result<Vec<Place>, Mismatch> {
    Err("window functions are not there yet".into())
}

/// Returns the types of the parameters of a window function without WIT.
pub(super) fn default_type(given: Vec<Type>) -> Vec<Type> {
    given
}
