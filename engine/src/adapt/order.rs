//! Decides the order in which instances are made.
//!
//! An instance comes after those whose globals initialize its own. If possible it also comes after those whose
//! memories and tables it fills, and after those whose functions it calls. Otherwise ranks and numbers decide.

use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// How an instance needs what it imports from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Need {
    /// A function, a tag, or a mutable global.
    Call,
    /// A memory or a table.
    Fill,
    /// An immutable global: constant expressions can read it.
    Read,
}

/// Returns the order of the instances `0..count`. `needs` lists what one imports from another, as `(importer,
/// exporter, need)`.
///
/// # Errors
/// [`Error::Adapt`] if the globals of two instances are each computed from the other's.
pub(super) fn of(
    count: usize,
    needs: &[(usize, usize, Need)],
    rank: &dyn Fn(usize) -> u8,
) -> Result<Vec<usize>> {
    let mut open = vec![[0usize; 3]; count];
    let mut users = vec![Vec::new(); count];
    for (user, used, need) in needs.iter().filter(|(user, used, _)| user != used) {
        open[*user][*need as usize] += 1;
        users[*used].push((*user, *need));
    }
    // The instance with the smallest key is made next.
    let key = |open: &[usize; 3], instance: usize| {
        let [call, fill, read] = open.map(|count| count > 0);
        (read, fill, call, rank(instance), instance)
    };
    let mut waiting: BTreeSet<_> = (0..count).map(|one| key(&open[one], one)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some((needs_value, .., instance)) = waiting.pop_first() {
        if needs_value {
            return Err(Error::adapt("globals of two modules are initialized from each other"));
        }
        for (user, need) in &users[instance] {
            let before = key(&open[*user], *user);
            open[*user][*need as usize] -= 1;
            if waiting.remove(&before) {
                waiting.insert(key(&open[*user], *user));
            }
        }
        order.push(instance);
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_comes_first() {
        use Need::{Call, Fill, Read};
        let order = |needs: &[(usize, usize, Need)]| of(3, needs, &|_| 0);
        assert_eq!(order(&[]).unwrap(), [0, 1, 2]);
        assert_eq!(order(&[(0, 2, Call)]).unwrap(), [1, 2, 0]);
        assert_eq!(order(&[(0, 1, Call), (1, 0, Call)]).unwrap(), [2, 0, 1]);
        assert_eq!(order(&[(0, 1, Fill), (1, 0, Call)]).unwrap(), [2, 1, 0]);
        assert_eq!(order(&[(0, 1, Fill), (1, 0, Read)]).unwrap(), [2, 0, 1]);
        assert!(order(&[(0, 1, Read), (1, 0, Read)]).is_err());
        assert_eq!(of(2, &[], &|one| 1 - one as u8).unwrap(), [1, 0]);
        assert_eq!(order(&[(0, 0, Read)]).unwrap(), [0, 1, 2], "its own");
    }
}
