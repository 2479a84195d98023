//! Where in an argument or in a result something went wrong.
//!
//! It costs nothing until something does.

use std::cell::RefCell;

thread_local! {
    /// The innermost first.
    static PATH: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Stands for a place as long as it lives: if that ends by a panic, which is what PostgreSQL's errors are in the server,
/// the place becomes part of the path.
struct Within<F: Fn() -> String>(F);

impl<F: Fn() -> String> Drop for Within<F> {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking() {
            push((self.0)());
        }
    }
}

/// Does something with a place; if it fails, the place becomes part of the path.
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

/// Adds a place around those that there are.
#[cold]
pub fn push(place: String) {
    PATH.with_borrow_mut(|path| path.push(place));
}

/// Returns the path of the last error, the outermost place first: `argument 1, element 2`. It is empty if the error has
/// none. The path is forgotten.
pub fn take() -> String {
    PATH.with_borrow_mut(|path| path.drain(..).rev().collect::<Vec<_>>().join(", "))
}
