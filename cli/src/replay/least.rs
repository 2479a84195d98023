//! The least fuel with which a call ends as it does with more: what a call that failed has used.
//!
//! A trap leaves no trace of it, so the call is made with more and with less.

use crate::callee::{Arguments, Callee};

/// Returns the least fuel with which a call ends with `error`, which is what it ends with if it has `most` units. It takes
/// two calls if that is `expected`, and else a few around `guess`.
pub(super) fn least(
    callee: &mut Callee,
    arguments: &Arguments,
    error: &str,
    [expected, guess, most]: [u64; 3],
) -> u64 {
    let mut is_enough = |fuel: u64| match callee.call_with(fuel, arguments).result {
        Ok(_) => false,
        Err(found) => super::shown(&found) == error,
    };
    if is_enough(expected) && (expected == 0 || !is_enough(expected - 1)) {
        return expected;
    }
    // Above and below the guess, in steps that grow.
    let (mut low, mut high) = (0, guess.clamp(1, most));
    while high < most && !is_enough(high) {
        low = high;
        high = high.saturating_mul(2).min(most);
    }
    let mut step = 1;
    while high > low + step && is_enough(high - step) {
        high -= step;
        step *= 2;
    }
    low = low.max(high.saturating_sub(step));
    if low == 0 && is_enough(0) {
        return 0;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match is_enough(middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    high
}
