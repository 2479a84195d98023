//! Places: where a value lies within a larger value, and whether it can be NULL there.

use super::{Interrupts, Lowering, path};
use crate::abi::{Layout, Type, align_to};
use crate::error::{Error, Result};

/// The place of one value within a larger one, such as that of a column within a row.
#[derive(Debug)]
pub struct Place {
    /// The offset from the beginning of the larger value, in bytes.
    pub offset: u32,
    /// The offset of T from `offset` if the value is an `option<T>`.
    pub payload: Option<u32>,
    /// The layout of the value, or of T.
    pub layout: Layout,
    /// The name of the value for messages: `argument 1`, `column "x"`.
    pub what: Box<str>,
}

impl Place {
    /// Returns the place of a value of type `ty`, which may be an option.
    pub fn new(ty: &Type, offset: u32, what: impl Into<Box<str>>) -> Self {
        let (payload, layout) = match ty {
            Type::Option(some) => (Some(Layout::of_cases(&[None, Some(some)]).1), Layout::of(some)),
            ty => (None, Layout::of(ty)),
        };
        Self { offset, payload, layout, what: what.into() }
    }

    /// Returns the size in memory in bytes, including the discriminant of an `option`.
    pub fn size(&self) -> u32 {
        let Layout { size, align } = self.layout;
        self.payload.map_or(size, |payload| align_to(payload + size, align))
    }

    /// Returns true if the value is an `option`.
    #[inline]
    pub fn is_option(&self) -> bool {
        self.payload.is_some()
    }

    /// Calls `run`. If it fails, adds the place to the path of the error.
    ///
    /// # Errors
    /// Those of `run`.
    #[inline]
    pub fn within<R>(&self, run: impl FnOnce() -> Result<R>) -> Result<R> {
        path::within(|| self.what.to_string(), run)
    }

    /// Writes a value to scratch. `datum` is `None` for NULL, and the larger value begins at offset `base`. `store`
    /// writes a value that is not NULL at the offset that it is given.
    ///
    /// # Errors
    /// 22004 if the value is NULL but its WIT type is not an option; those of `store`.
    #[inline]
    pub fn store<D, I: Interrupts>(
        &self,
        datum: Option<D>,
        base: usize,
        to: &mut Lowering<I>,
        store: impl FnOnce(D, usize, &mut Lowering<I>) -> Result<()>,
    ) -> Result<()> {
        let at = base + self.offset as usize;
        match (datum, self.payload) {
            (Some(datum), None) => store(datum, at, to),
            (Some(datum), Some(payload)) => {
                to.put(at, &[1]);
                store(datum, at + payload as usize, to)
            }
            // Scratch is zero.
            (None, Some(_)) => Ok(()),
            (None, None) => Err(self.is_null()),
        }
    }

    #[cold]
    fn is_null(&self) -> Error {
        let message = format!("{} is null, which its WIT type does not allow", self.what);
        Error::sql("22004", message).with_hint("An option<T> takes null values.")
    }

    /// Loads a value from the bytes of the larger value. Returns `None` for NULL. `load` loads a value that is not NULL
    /// from bytes that begin with it.
    ///
    /// # Errors
    /// [`Error::Abi`] if the discriminant of an option is neither 0 nor 1; those of `load`.
    #[inline]
    pub fn load<D>(
        &self,
        bytes: &[u8],
        load: impl FnOnce(&[u8]) -> Result<D>,
    ) -> Result<Option<D>> {
        let bytes = &bytes[self.offset as usize..];
        match self.payload {
            None => load(bytes).map(Some),
            Some(payload) => match bytes[0] {
                0 => Ok(None),
                1 => load(&bytes[payload as usize..]).map(Some),
                other => Err(Error::no_case(other.into(), 2)),
            },
        }
    }
}
