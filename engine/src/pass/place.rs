//! Places: where a value lies in what it is a part of, and whether it may be NULL there.

use super::{Interrupts, Lowering, path};
use crate::abi::{Layout, Type, align_to};
use crate::error::{Error, Result};

/// The place of one value.
#[derive(Debug)]
pub struct Place {
    /// From the beginning of what it is a part of, in bytes.
    pub offset: u32,
    /// Of `option<T>`: where T begins, from `offset`.
    pub payload: Option<u32>,
    /// Of the value, or of T.
    pub layout: Layout,
    /// What is there, for messages: `argument 1`, `column "x"`.
    pub what: Box<str>,
}

impl Place {
    /// The place of a value of type `ty`, an option or not.
    pub fn new(ty: &Type, offset: u32, what: impl Into<Box<str>>) -> Self {
        let (payload, layout) = match ty {
            Type::Option(some) => (Some(Layout::of_cases(&[None, Some(some)]).1), Layout::of(some)),
            ty => (None, Layout::of(ty)),
        };
        Self { offset, payload, layout, what: what.into() }
    }

    /// Bytes in memory, the `option` included.
    pub fn size(&self) -> u32 {
        let Layout { size, align } = self.layout;
        self.payload.map_or(size, |payload| align_to(payload + size, align))
    }

    /// Whether it is an `option`.
    #[inline]
    pub fn is_option(&self) -> bool {
        self.payload.is_some()
    }

    /// Does something with it; if that fails, the place becomes part of the path.
    ///
    /// # Errors
    /// Those of `run`.
    #[inline]
    pub fn within<R>(&self, run: impl FnOnce() -> Result<R>) -> Result<R> {
        path::within(|| self.what.to_string(), run)
    }

    /// Puts a value, of which none is NULL, to scratch, where what it is a part of begins at `base`. `store` puts a value
    /// that is not NULL to where it begins.
    ///
    /// # Errors
    /// 22004 for a NULL where WIT allows none; those of `store`.
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

    /// Loads a value, of which none is NULL, from the bytes of what it is a part of. `load` loads a value from bytes that
    /// begin with it.
    ///
    /// # Errors
    /// [`Error::Abi`] for a discriminant of no case; those of `load`.
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
