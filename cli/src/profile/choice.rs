//! A choice of some items of many, from which sums over all of them are estimated.
//!
//! It is a priority sample: Duffield, Lund and Thorup, "Priority sampling for estimation of arbitrary subset sums", JACM 54(6),
//! 2007. Items are chosen by their weights, at random, in one pass and in bounded memory. The estimates are unbiased, and exact
//! if all items fit.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, RandomState};

/// A choice of at most so many items.
#[derive(Debug)]
pub(super) struct Choice<T> {
    most: usize,
    /// The item of the lowest priority is the greatest.
    kept: BinaryHeap<Item<T>>,
    /// The highest priority of an item that was not chosen.
    threshold: f64,
    random: RandomState,
    seen: u64,
}

#[derive(Debug)]
struct Item<T> {
    priority: f64,
    weight: u64,
    value: T,
}

impl<T> Choice<T> {
    pub(super) fn new(most: usize) -> Self {
        let (kept, random) = (BinaryHeap::new(), RandomState::new());
        Self { most, kept, threshold: 0.0, random, seen: 0 }
    }

    /// Adds an item, which `value` returns if it is chosen for now.
    pub(super) fn add(&mut self, weight: u64, value: impl FnOnce() -> T) {
        self.seen += 1;
        // Above 0, at most 1.
        let random = ((self.random.hash_one(self.seen) >> 11) + 1) as f64 / (1u64 << 53) as f64;
        let priority = weight as f64 / random;
        let is_full = self.kept.len() >= self.most;
        if is_full && self.kept.peek().is_none_or(|lowest| lowest.priority >= priority) {
            self.threshold = self.threshold.max(priority);
            return;
        }
        self.kept.push(Item { priority, weight, value: value() });
        if is_full && let Some(lowest) = self.kept.pop() {
            self.threshold = self.threshold.max(lowest.priority);
        }
    }

    /// Returns the chosen items, each with the weight that stands for it and for those that were not chosen.
    pub(super) fn items(self) -> Vec<(f64, T)> {
        let threshold = self.threshold;
        let items = self.kept.into_iter();
        items.map(|item| ((item.weight as f64).max(threshold), item.value)).collect()
    }
}

impl<T> Ord for Item<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.priority.total_cmp(&self.priority)
    }
}

impl<T> PartialOrd for Item<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Item<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Item<T> {}

#[cfg(test)]
mod tests {
    use super::Choice;

    /// Returns the number of items chosen, and the estimated sums of the weights of even and of odd items.
    fn sums(most: usize, weights: impl Iterator<Item = u64>) -> (usize, [f64; 2]) {
        let mut choice = Choice::new(most);
        weights.enumerate().for_each(|(i, weight)| choice.add(weight, || i % 2));
        let items = choice.items();
        let mut sums = [0.0; 2];
        items.iter().for_each(|(weight, parity)| sums[*parity] += weight);
        (items.len(), sums)
    }

    #[test]
    fn few_items_are_all_chosen_with_their_weights() {
        assert_eq!(sums(4, [1, 2, 3, 40].into_iter()), (4, [4.0, 42.0]));
        assert_eq!(sums(0, [1, 2].into_iter()).0, 0);
    }

    #[test]
    fn sums_of_many_are_estimated() {
        // Even items have a tenth of the weight of odd ones, and one item has as much as all even ones.
        let weights = (0..10_000).map(|i| if i == 5001 { 50_000 } else { 10 + 90 * (i % 2) });
        let (mut even, mut odd) = (0.0, 0.0);
        for _ in 0..20 {
            let (chosen, sums) = sums(200, weights.clone());
            assert_eq!(chosen, 200);
            (even, odd) = (even + sums[0] / 20.0, odd + sums[1] / 20.0);
        }
        // Their standard deviations are about 2,500 and 2,900.
        assert!((even - 50_000.0).abs() < 20_000.0, "{even}");
        assert!((odd - 549_900.0).abs() < 25_000.0, "{odd}");
    }
}
