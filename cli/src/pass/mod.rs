//! Passes values into a guest and out of it, as the extension does.
//!
//! Both use the engine, so that a call takes the same fuel as in a server, to the unit (`tests/client/plwasm.sh`
//! compares them). Nothing that a guest returned may be used unchecked.

mod lift;
mod lower;
mod signature;

pub(crate) use signature::Signature;

use crate::sql::Datum;
use plwasm_engine::pass::Interrupts;
use plwasm_engine::{Entry, Guest, Result, ValRaw};

impl Signature {
    /// Calls a guest that has its fuel. A method gets `representation` first. Returns `None` if the call was skipped,
    /// because an argument is NULL whose WIT type is not an option.
    ///
    /// # Errors
    /// Errors of the guest: a trap, a breach of the ABI, or the error that it returned.
    pub(crate) fn call(
        &self,
        guest: &mut Guest,
        entry: &Entry,
        representation: u32,
        args: &[Datum],
    ) -> Result<Option<Output>> {
        if !self.takes(args) {
            return Ok(None);
        }
        let mut slots = lower::lower(guest, self, representation, args)?;
        guest.sampled("cabi_realloc");
        slots.resize(slots.len().max(1) + 1, ValRaw::u64(0));
        // SAFETY: the slots are those of the signature, which is that of the export's core type, and one more for the
        // fuel. There are at least two, because the result and its fuel need room, too.
        unsafe { guest.call(entry, &mut slots)? };
        guest.sampled(&self.name);
        let result = self.lift(guest, &slots[0])?;
        guest.post_return(entry, &slots[0])?;
        guest.sampled("cabi_post");
        Ok(Some(result))
    }
}

/// The command, which is only interrupted by signals.
#[derive(Debug)]
struct Pass;

impl Interrupts for Pass {
    fn check() {}
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    Value(Datum),
    /// The rows of a set.
    Rows(Vec<Datum>),
}
