//! Arrays as lists. An array of several dimensions is passed as lists of lists.
//!
//! An array is rectangular, but lists within a list can differ in length. Their lengths are checked when they are
//! lifted.

use super::Lowering;
use super::bulk::Interrupts;
use super::lifting::{Lifting, List};
use super::path::within;
use crate::abi::Layout;
use crate::error::{Error, Result};
use std::ops::Deref;

/// The maximum number of dimensions of an array (`MAXDIM`, array.h).
pub const MAX_DIMENSIONS: usize = 6;

/// The layout of a list within a list: pointer and length.
const LIST: Layout = Layout { size: 8, align: 4 };

/// Lists within lists. The innermost hold elements of the given layout.
#[derive(Debug, Clone, Copy)]
pub struct Lists {
    /// The number of levels of lists, at least 1.
    pub dimensions: usize,
    /// The layout of an element of the innermost lists.
    pub element: Layout,
}

/// The lengths of the dimensions of lists.
#[derive(Debug, Clone, Copy)]
pub struct Lengths {
    lengths: [usize; MAX_DIMENSIONS],
    count: usize,
}

impl Lengths {
    /// Returns the number of elements.
    #[inline]
    pub fn elements(&self) -> usize {
        self.iter().fold(1, |product, length| product.saturating_mul(*length))
    }

    /// Returns the number of elements or lists that have to be visited. A list of empty lists has no elements, but
    /// visiting it takes time.
    #[inline]
    pub fn visited(&self) -> usize {
        match self.first() {
            Some(0) | None => 0,
            _ => self.iter().fold(1, |product, length| product.saturating_mul(*length.max(&1))),
        }
    }
}

impl Deref for Lengths {
    type Target = [usize];

    #[inline]
    fn deref(&self) -> &[usize] {
        &self.lengths[..self.count]
    }
}

impl Lists {
    /// Checks that an array whose dimensions have these lengths is passed as these lists. An array without elements has
    /// no dimensions, and always passes the check.
    ///
    /// # Errors
    /// 2202E if the array has another number of dimensions.
    #[inline]
    pub fn check(&self, lengths: &[usize]) -> Result<()> {
        match lengths.is_empty() || lengths.len() == self.dimensions {
            true => Ok(()),
            false => Err(self.mismatch(lengths.len())),
        }
    }

    /// Lowers an array whose dimensions have these lengths as lists. `innermost` is called for each innermost list with
    /// the number of its first element, from 0, with its number of elements, and with the offset in scratch of its
    /// pointer and length.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), of `innermost` and of the guest's allocator.
    #[inline]
    pub fn store<I: Interrupts>(
        &self,
        lengths: &[usize],
        at: usize,
        to: &mut Lowering<I>,
        innermost: &mut impl FnMut(usize, usize, usize, &mut Lowering<I>) -> Result<()>,
    ) -> Result<()> {
        self.check(lengths)?;
        match lengths {
            // An empty list: an array without elements has no dimensions.
            [] => to.list(at, 0, self.layout(0).size, self.layout(0).align, |_, _, _| Ok(())),
            lengths => self.store_from(lengths, 0, at, to, innermost),
        }
    }

    fn store_from<I: Interrupts>(
        &self,
        lengths: &[usize],
        first: usize,
        at: usize,
        to: &mut Lowering<I>,
        innermost: &mut impl FnMut(usize, usize, usize, &mut Lowering<I>) -> Result<()>,
    ) -> Result<()> {
        let (count, inner) = (lengths[0], &lengths[1..]);
        if inner.is_empty() {
            return innermost(first, count, at, to);
        }
        let each: usize = inner.iter().product();
        to.list(at, count, LIST.size, LIST.align, |i, at, to| {
            within(|| element(i), || self.store_from(inner, first + i * each, at, to, innermost))
        })
    }

    /// Returns the outermost list, whose pointer and length `bytes` begins with, and the lengths of the dimensions,
    /// which are taken from the first list of each level. A length of 0 is the last one.
    ///
    /// # Errors
    /// Those of [`Lifting::list`].
    #[inline]
    pub fn open<'g, I: Interrupts>(
        &self,
        bytes: &[u8],
        from: &Lifting<'g, I>,
    ) -> Result<(List<'g, I>, Lengths)> {
        let Layout { size, align } = self.layout(0);
        let list = from.list(bytes, size, align)?;
        let mut lengths = Lengths { lengths: [list.len(), 0, 0, 0, 0, 0], count: 1 };
        let mut first = list.bytes();
        while lengths.count < self.dimensions && !first.is_empty() {
            let Layout { size, align } = self.layout(lengths.count);
            let inner = from.list(first, size, align)?;
            lengths.lengths[lengths.count] = inner.len();
            lengths.count += 1;
            first = inner.bytes();
        }
        Ok((list, lengths))
    }

    /// Calls `innermost` with each innermost list of an outermost list, in their order.
    ///
    /// # Errors
    /// 2202E if a list does not have the length that [`open`](Self::open) returned for its level; those of
    /// [`Lifting::list`] and of `innermost`.
    #[inline]
    pub fn load<'g, I: Interrupts>(
        &self,
        list: List<'g, I>,
        lengths: &[usize],
        from: &Lifting<'g, I>,
        innermost: &mut impl FnMut(List<'g, I>) -> Result<()>,
    ) -> Result<()> {
        match self.dimensions {
            1 => innermost(list),
            _ => self.load_lists(list, 1, lengths, from, innermost),
        }
    }

    /// Loads the lists of a list. They are the dimension with number `dimension`, from 0.
    fn load_lists<'g, I: Interrupts>(
        &self,
        list: List<'g, I>,
        dimension: usize,
        lengths: &[usize],
        from: &Lifting<'g, I>,
        innermost: &mut impl FnMut(List<'g, I>) -> Result<()>,
    ) -> Result<()> {
        let Layout { size, align } = self.layout(dimension);
        for (i, bytes) in list {
            let load = || {
                let inner = from.list(bytes, size, align)?;
                if inner.len() != lengths[dimension] {
                    return Err(ragged(lengths[dimension], inner.len()));
                }
                match dimension + 1 == self.dimensions {
                    true => innermost(inner),
                    false => self.load_lists(inner, dimension + 1, lengths, from, innermost),
                }
            };
            within(|| element(i), load)?;
        }
        Ok(())
    }

    /// Returns the layout of an item of a list in dimension `dimension`, from 0: of an element or of a list.
    #[inline]
    fn layout(&self, dimension: usize) -> Layout {
        if dimension + 1 == self.dimensions { self.element } else { LIST }
    }

    #[cold]
    fn mismatch(&self, found: usize) -> Error {
        let dimensions =
            |count| if count == 1 { "1 dimension".into() } else { format!("{count} dimensions") };
        let found: String = dimensions(found);
        match self.dimensions {
            1 => Error::sql("2202E", format!("an array of {found} cannot be passed as a list"))
                .with_hint("Pass it with array_to_json, or element by element with unnest."),
            wanted => {
                let wanted = dimensions(wanted);
                let message = format!("an array of {found} cannot be passed as lists of {wanted}");
                Error::sql("2202E", message)
                    .with_hint("Its WIT type has a list within a list for each dimension.")
            }
        }
    }
}

/// Returns the name of element `i`, from 0, in the path of an error, which counts from 1.
pub fn element(i: usize) -> String {
    format!("element {}", i + 1)
}

#[cold]
fn ragged(first: usize, found: usize) -> Error {
    Error::sql("2202E", "lists of different lengths cannot be returned as an array")
        .with_detail(format!("The first list is of length {first}, this one of length {found}."))
        .with_hint("An array is rectangular. Types json and jsonb take lists of any lengths.")
}
