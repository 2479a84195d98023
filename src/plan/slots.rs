//! Slots: the flat values of one call, on the stack.

use pgrx::pg_sys;
use plwasm_engine::ValRaw;
use plwasm_engine::abi::MAX_FLAT_PARAMS;

/// The parameters' slots, and one for the fuel.
const MAX_SLOTS: usize = MAX_FLAT_PARAMS + 1;

/// The values of one call: parameters, then the result in their place. On the stack.
pub(crate) struct Slots {
    values: [std::mem::MaybeUninit<ValRaw>; MAX_SLOTS],
    len: usize,
}

impl Slots {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { values: [const { std::mem::MaybeUninit::uninit() }; MAX_SLOTS], len: 0 }
    }

    /// A plan pushes at most [`MAX_FLAT_PARAMS`].
    #[inline]
    pub(crate) fn push(&mut self, value: ValRaw) {
        self.values[self.len].write(value);
        self.len += 1;
    }

    /// The Datums as they are, room for the fuel, and at least two slots, as the result needs room too.
    /// A plan has at most [`MAX_FLAT_PARAMS`].
    #[inline]
    pub(crate) fn copied(&mut self, args: &[pg_sys::NullableDatum]) -> &mut [ValRaw] {
        let args = &args[..args.len().min(MAX_FLAT_PARAMS)];
        for (slot, arg) in self.values.iter_mut().zip(args) {
            slot.write(ValRaw::u64(arg.value.value() as u64));
        }
        self.len = args.len();
        self.with_fuel()
    }

    /// The slots pushed, room for the fuel, and at least two slots, as the result needs room too.
    #[inline]
    pub(crate) fn with_fuel(&mut self) -> &mut [ValRaw] {
        self.values[self.len].write(ValRaw::u64(0));
        self.values[1.max(self.len)].write(ValRaw::u64(0));
        let len = 2.max(self.len + 1);
        // SAFETY: the first `len` values are written.
        unsafe { std::slice::from_raw_parts_mut(self.values.as_mut_ptr().cast(), len) }
    }
}
