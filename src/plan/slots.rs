//! Slots: the flat values of one call, kept on the stack.

use pgrx::pg_sys;
use plwasm_engine::ValRaw;
use plwasm_engine::abi::MAX_FLAT_PARAMS;

/// The number of slots: those of the parameters, and one for the fuel.
const MAX_SLOTS: usize = MAX_FLAT_PARAMS + 1;

/// The slots of one call. They hold the parameters, and after the call the result in their place.
pub(crate) struct Slots {
    values: [std::mem::MaybeUninit<ValRaw>; MAX_SLOTS],
    len: usize,
}

impl Slots {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { values: [const { std::mem::MaybeUninit::uninit() }; MAX_SLOTS], len: 0 }
    }

    /// Appends a slot. A plan appends at most [`MAX_FLAT_PARAMS`].
    #[inline]
    pub(crate) fn push(&mut self, value: ValRaw) {
        self.values[self.len].write(value);
        self.len += 1;
    }

    /// Returns slots that hold the Datums of `args`, followed by one for the fuel. There are at least two, because the
    /// result and its fuel need room, too. A plan has at most [`MAX_FLAT_PARAMS`] arguments.
    #[inline]
    pub(crate) fn copied(&mut self, args: &[pg_sys::NullableDatum]) -> &mut [ValRaw] {
        let args = &args[..args.len().min(MAX_FLAT_PARAMS)];
        for (slot, arg) in self.values.iter_mut().zip(args) {
            slot.write(ValRaw::u64(arg.value.value() as u64));
        }
        self.len = args.len();
        self.with_fuel()
    }

    /// Returns slots that hold a representation and the Datums of `args`, followed by one for the fuel. A plan has at most
    /// [`MAX_FLAT_PARAMS`] parameters, the representation included.
    #[inline]
    pub(crate) fn of_method(
        &mut self,
        representation: u32,
        args: &[pg_sys::NullableDatum],
    ) -> &mut [ValRaw] {
        self.push(ValRaw::u32(representation));
        let args = &args[..args.len().min(MAX_FLAT_PARAMS - 1)];
        for (slot, arg) in self.values[1..].iter_mut().zip(args) {
            slot.write(ValRaw::u64(arg.value.value() as u64));
        }
        self.len += args.len();
        self.with_fuel()
    }

    /// Returns the slots that were pushed, followed by one for the fuel. There are at least two, because the result and
    /// its fuel need room, too.
    #[inline]
    pub(crate) fn with_fuel(&mut self) -> &mut [ValRaw] {
        self.values[self.len].write(ValRaw::u64(0));
        self.values[1.max(self.len)].write(ValRaw::u64(0));
        let len = 2.max(self.len + 1);
        // SAFETY: the first `len` values are written.
        unsafe { std::slice::from_raw_parts_mut(self.values.as_mut_ptr().cast(), len) }
    }
}
