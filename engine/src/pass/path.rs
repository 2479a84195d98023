//! Paths: where in an argument or in a result something went wrong.
//!
//! Paths cost nothing until an error occurs.

use std::cell::RefCell;

thread_local! {
    /// The places of the current path, the innermost first.
    static PATH: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A guard for a place. If it is dropped by a panic, as PostgreSQL's errors are in the server, the place is added to
/// the path.
struct Within<F: Fn() -> String>(F);

impl<F: Fn() -> String> Drop for Within<F> {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking() {
            push((self.0)());
        }
    }
}

/// Calls `run`. If it fails or panics, adds the place to the path.
///
/// # Errors
/// Those of `run`.
#[inline]
pub fn within<R, E>(
    place: impl Fn() -> String,
    run: impl FnOnce() -> Result<R, E>,
) -> Result<R, E> {
    let within = Within(place);
    let result = run();
    if result.is_err() {
        push((within.0)());
    }
    result
}

/// Adds a place to the path, outside those that it already has.
#[cold]
pub fn push(place: String) {
    PATH.with_borrow_mut(|path| path.push(place));
}

/// Returns the path of the last error and forgets it. The outermost place comes first: `argument 1, element 2`. The
/// path is empty if the error has none.
pub fn take() -> String {
    PATH.with_borrow_mut(|path| path.drain(..).rev().collect::<Vec<_>>().join(", "))
}
