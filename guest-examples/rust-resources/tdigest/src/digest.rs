//! A merging t-digest: Dunning and Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019.
//!
//! Values are kept as they come until there are `BUFFERED` of them. Then they are sorted and merged into centroids: runs
//! of neighbours, of which only the mean and the number are kept. Runs are short near both ends, where a quantile needs
//! the most exact values, and long in the middle.

use crate::saved::{self, VERSION};
use std::f64::consts::PI;
use std::mem;

/// There are at most this many centroids, and at least half as many if there are many values.
const COMPRESSION: usize = 200;
/// How many values are kept as they come.
const BUFFERED: usize = 256;

/// Neighbouring values.
#[derive(Clone, Copy)]
struct Centroid {
    mean: f64,
    count: u64,
}

pub struct Digest {
    /// In the order of their means.
    centroids: Vec<Centroid>,
    /// The memory for the next centroids.
    spare: Vec<Centroid>,
    buffer: Vec<f64>,
    /// The number of values that the centroids stand for.
    merged: u64,
    /// The least and the greatest of these.
    least: f64,
    greatest: f64,
}

/// Returns the value at a part of the way from a to b. There is none to something infinite, or to NaN: then the nearer
/// of both.
fn between(a: f64, b: f64, part: f64) -> f64 {
    if !a.is_finite() || !b.is_finite() {
        return if part < 0.5 { a } else { b };
    }
    let way = b - a;
    if way.is_finite() { a + way * part } else { a * (1.0 - part) + b * part }
}

impl Centroid {
    /// Adds another one, which is next to it.
    fn add(&mut self, next: Self) {
        self.count += next.count;
        self.mean = between(self.mean, next.mean, next.count as f64 / self.count as f64);
    }

    /// Whether both have a mean if they are one: infinities and NaN stay among themselves.
    fn goes_with(&self, next: &Self) -> bool {
        let finite = self.mean.is_finite() && next.mean.is_finite();
        finite || self.mean.total_cmp(&next.mean).is_eq()
    }
}

impl Digest {
    pub fn new() -> Self {
        Self {
            centroids: Vec::new(),
            spare: Vec::new(),
            buffer: Vec::new(),
            merged: 0,
            least: f64::NAN,
            greatest: f64::NEG_INFINITY,
        }
    }

    /// Adds a value. As in PostgreSQL, NaN is greater than all others.
    pub fn step(&mut self, value: f64) {
        if self.buffer.len() == BUFFERED {
            self.compress();
        }
        // One NaN, the one that `total_cmp` has at the end.
        self.buffer.push(if value.is_nan() { f64::NAN } else { value });
    }

    pub fn count(&self) -> u64 {
        self.merged + self.buffer.len() as u64
    }

    /// Merges the values in the buffer into the centroids.
    fn compress(&mut self) {
        let mut buffer = mem::take(&mut self.buffer);
        buffer.sort_unstable_by(f64::total_cmp);
        self.add(buffer.iter().map(|&mean| Centroid { mean, count: 1 }), buffer.len() as u64);
        if let [least, .., greatest] | [least @ greatest] = buffer[..] {
            self.widen(least, greatest);
        }
        buffer.clear();
        self.buffer = buffer;
    }

    fn widen(&mut self, least: f64, greatest: f64) {
        if least.total_cmp(&self.least).is_lt() {
            self.least = least;
        }
        if greatest.total_cmp(&self.greatest).is_gt() {
            self.greatest = greatest;
        }
    }

    /// Adds centroids that are in order, and the number of values that they stand for.
    fn add(&mut self, others: impl Iterator<Item = Centroid>, count: u64) {
        self.merged += count;
        let total = self.merged as f64;
        // The scale function k1 allows a centroid at the fraction q this part of all values, times sqrt(q (1 - q)).
        let width = total * 2.0 * PI / COMPRESSION as f64;
        let room = |values: u64| {
            let fraction = values as f64 / total;
            (fraction * (1.0 - fraction)).sqrt() * width
        };

        let old = mem::replace(&mut self.centroids, mem::take(&mut self.spare));
        self.centroids.reserve(COMPRESSION);
        let mut old_ones = old.iter().copied().peekable();
        let mut others = others.peekable();
        // the values before the last centroid
        let mut before = 0;
        let mut room_before = room(before);
        loop {
            let next = match (old_ones.peek(), others.peek()) {
                (Some(a), Some(b)) if b.mean.total_cmp(&a.mean).is_lt() => others.next(),
                (Some(_), _) => old_ones.next(),
                (None, _) => others.next(),
            };
            let Some(next) = next else { break };
            if let Some(last) = self.centroids.last_mut() {
                let together = last.count + next.count;
                let most = room_before.min(room(before + together));
                if together as f64 <= most && last.goes_with(&next) {
                    last.add(next);
                    continue;
                }
                before += last.count;
                room_before = room(before);
            }
            self.centroids.push(next);
        }
        self.spare = old;
        self.spare.clear();
    }

    /// Returns the value below which a fraction of all values lies, as percentile_cont does; exactly, as long as no
    /// values have been merged. None if there are no values.
    pub fn quantile(&mut self, fraction: f64) -> Option<f64> {
        self.compress();
        let last = self.merged.checked_sub(1)? as f64;
        let rank = fraction * last;
        // The values' ranks are 0 to `last`. A centroid's mean is at the middle of its values' ranks.
        let mut a = (0.0, self.least);
        let mut before = 0;
        for centroid in &self.centroids {
            let b = (before as f64 + (centroid.count - 1) as f64 / 2.0, centroid.mean);
            if rank <= b.0 {
                return Some(at(rank, a, b));
            }
            a = b;
            before += centroid.count;
        }
        Some(at(rank, a, (last, self.greatest)))
    }

    /// After the version: nothing, or the least and the greatest value, and each centroid's mean and count.
    pub fn save(&mut self) -> Vec<u8> {
        self.compress();
        let mut saved = vec![VERSION];
        if self.merged > 0 {
            saved.extend(self.least.to_le_bytes());
            saved.extend(self.greatest.to_le_bytes());
        }
        for centroid in &self.centroids {
            saved.extend(centroid.mean.to_le_bytes());
            saved.extend(centroid.count.to_le_bytes());
        }
        saved
    }

    pub fn merge(&mut self, saved: &[u8]) -> Result<(), String> {
        let (pairs, []) = saved::content(saved)?.as_chunks::<16>() else {
            return Err(saved::malformed());
        };
        let mut pairs = pairs.iter().map(|pair| {
            let (words, _) = pair.as_chunks::<8>();
            (f64::from_le_bytes(words[0]), words[1])
        });
        let Some((least, greatest)) = pairs.next() else { return Ok(()) };
        let greatest = f64::from_le_bytes(greatest);

        let mut total = self.count();
        let mut previous = least;
        let mut others = Vec::with_capacity(pairs.len());
        for (mean, count) in pairs {
            let count = u64::from_le_bytes(count);
            let sum = total.checked_add(count).filter(|sum| i64::try_from(*sum).is_ok());
            total = sum.ok_or_else(saved::malformed)?;
            if count == 0 || mean.total_cmp(&previous).is_lt() {
                return Err(saved::malformed());
            }
            previous = mean;
            others.push(Centroid { mean, count });
        }
        if others.is_empty() || previous.total_cmp(&greatest).is_gt() {
            return Err(saved::malformed());
        }
        self.compress();
        self.add(others.into_iter(), total - self.count());
        self.widen(least, greatest);
        Ok(())
    }
}

/// Returns the value at a rank on the line between two points.
fn at(rank: f64, a: (f64, f64), b: (f64, f64)) -> f64 {
    let way = b.0 - a.0;
    if way == 0.0 { b.1 } else { between(a.1, b.1, (rank - a.0) / way) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, from 0 to 1.
    fn numbers(seed: u64) -> impl Iterator<Item = f64> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        })
    }

    fn digest(values: impl IntoIterator<Item = f64>) -> Digest {
        let mut digest = Digest::new();
        values.into_iter().for_each(|value| digest.step(value));
        digest
    }

    /// By how much the fraction of values below the quantile differs from the fraction that was asked for.
    fn error(digest: &mut Digest, sorted: &[f64], fraction: f64) -> f64 {
        let value = digest.quantile(fraction).unwrap();
        let below = sorted.partition_point(|other| *other < value);
        (below as f64 / sorted.len() as f64 - fraction).abs()
    }

    fn check(digest: &mut Digest, values: &[f64]) {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(digest.count(), values.len() as u64);
        assert_eq!(digest.quantile(0.0), sorted.first().copied());
        assert_eq!(digest.quantile(1.0), sorted.last().copied());
        for (fraction, most) in [
            (0.001, 0.0003),
            (0.01, 0.001),
            (0.25, 0.004),
            (0.5, 0.004),
            (0.9, 0.003),
            (0.99, 0.001),
            (0.999, 0.0003),
        ] {
            let error = error(digest, &sorted, fraction);
            assert!(error <= most, "{fraction}: {error}");
        }
        assert!(
            (COMPRESSION / 2..=COMPRESSION).contains(&digest.centroids.len()),
            "{}",
            digest.centroids.len()
        );
    }

    #[test]
    fn quantiles_are_near() {
        let uniform: Vec<f64> = numbers(1).take(100_000).collect();
        check(&mut digest(uniform.clone()), &uniform);
        let exponential: Vec<f64> = numbers(2).take(100_000).map(|x| -(1.0 - x).ln()).collect();
        check(&mut digest(exponential.clone()), &exponential);
        let ascending: Vec<f64> = (0..100_000).map(f64::from).collect();
        check(&mut digest(ascending.clone()), &ascending);
        let descending: Vec<f64> = (0..100_000).rev().map(f64::from).collect();
        check(&mut digest(descending.clone()), &descending);
    }

    #[test]
    fn few_values_are_exact() {
        assert_eq!(Digest::new().quantile(0.5), None);
        assert_eq!(digest([7.0]).quantile(0.3), Some(7.0));
        let mut four = digest([40.0, 10.0, 30.0, 20.0]);
        // percentile_cont
        assert_eq!(
            [0.0, 0.25, 0.5, 0.75, 1.0].map(|f| four.quantile(f).unwrap()),
            [10.0, 17.5, 25.0, 32.5, 40.0]
        );
        let mut equal = digest(std::iter::repeat_n(0.1, 10_000));
        assert!((0..=100).all(|percent| equal.quantile(f64::from(percent) / 100.0) == Some(0.1)));
    }

    #[test]
    fn values_without_a_mean() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -f64::NAN];
        let mut digest = digest(numbers(3).take(10_000).chain(odd.into_iter().cycle().take(4_000)));
        assert_eq!(digest.quantile(0.0), Some(f64::NEG_INFINITY));
        assert_eq!(digest.quantile(0.07), Some(f64::NEG_INFINITY));
        assert!((digest.quantile(6.0 / 14.0).unwrap() - 0.5).abs() < 0.02);
        assert_eq!(digest.quantile(0.82), Some(f64::INFINITY));
        assert!(digest.quantile(0.9).unwrap().is_nan());
        assert!(digest.quantile(1.0).unwrap().is_nan());
    }

    #[test]
    fn largest_values_do_not_overflow() {
        let mut digest = digest([f64::MAX, f64::MIN].into_iter().cycle().take(10_000));
        assert_eq!(digest.quantile(0.2), Some(f64::MIN));
        assert_eq!(digest.quantile(0.8), Some(f64::MAX));
        assert!(digest.quantile(0.5).unwrap().is_finite());
    }

    #[test]
    fn saved_and_merged() {
        let values: Vec<f64> = numbers(4).take(100_000).collect();
        let mut whole = Digest::new();
        for part in values.chunks(7_777) {
            whole.merge(&digest(part.iter().copied()).save()).unwrap();
        }
        check(&mut whole, &values);
        let saved = whole.save();
        let mut again = Digest::new();
        again.merge(&saved).unwrap();
        check(&mut again, &values);
        again.merge(&Digest::new().save()).unwrap();
        assert_eq!(again.count(), 100_000);
    }

    #[test]
    fn malformed_states_are_errors() {
        let saved = digest([1.0, 2.0, 3.0]).save();
        assert_eq!(saved.len(), 1 + 16 + 3 * 16);
        for length in 0..saved.len() {
            assert_eq!(
                Digest::new().merge(&saved[..length]).is_ok(),
                length == 1 || length == 33 || length == 49
            );
        }
        for (at, byte) in [(0, 2), (25, 0), (24, 0x7f), (16, 0xff), (64, 0xff)] {
            let mut changed = saved.clone();
            changed[at] = byte;
            assert!(Digest::new().merge(&changed).is_err(), "{at}");
        }
    }
}
