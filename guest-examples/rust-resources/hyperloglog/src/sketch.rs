//! HyperLogLog: Flajolet, Fusy, Gandouet and Meunier, 2007. The size is the one that postgresql-hll has by default:
//! 2^11 registers of 5 bits. The estimate is that of Ertl, "New cardinality estimation algorithms for HyperLogLog
//! sketches", 2017, which needs no corrections for small and large numbers.

use crate::saved::{self, VERSION};

const LOG2_REGISTERS: u32 = 11;
const REGISTERS: usize = 1 << LOG2_REGISTERS;
/// The greatest value of a register.
const GREATEST: u8 = 31;

/// What follows the version: the index of a register (two bytes) and its value, for each that is not 0; or all
/// registers, five bits each. The shorter one.
const SPARSE: u8 = 0;
const DENSE: u8 = 1;

/// The length of eight registers.
const PACKED: usize = 5;

pub struct Sketch {
    registers: [u8; REGISTERS],
}

impl Sketch {
    pub const fn new() -> Self {
        Self { registers: [0; REGISTERS] }
    }

    /// Adds the hash of a value: some bits are the number of a register, which keeps how many zeros at most are before
    /// the first one in the others.
    pub fn step(&mut self, hash: u64) {
        let index = hash as usize % REGISTERS;
        let zeros = (hash >> LOG2_REGISTERS).trailing_zeros() as u8;
        self.widen(index, GREATEST.min(zeros + 1));
    }

    fn widen(&mut self, index: usize, value: u8) {
        if value > self.registers[index] {
            self.registers[index] = value;
        }
    }

    pub fn estimate(&self) -> f64 {
        let mut counts = [0u32; GREATEST as usize + 1];
        for value in self.registers {
            counts[usize::from(value)] += 1;
        }
        let m = REGISTERS as f64;
        let [none, some @ .., full] = counts.map(f64::from);
        let mut z = m * tau(1.0 - full / m);
        for count in some.into_iter().rev() {
            z = 0.5 * (z + count);
        }
        z += m * sigma(none / m);
        m * m / (2.0 * std::f64::consts::LN_2 * z)
    }

    pub fn save(&self) -> Vec<u8> {
        let mut saved = vec![VERSION, SPARSE];
        for (index, value) in self.registers.iter().enumerate() {
            if *value > 0 {
                saved.extend((index as u16).to_le_bytes());
                saved.push(*value);
            }
        }
        if saved.len() > 2 + REGISTERS / 8 * PACKED {
            saved.truncate(1);
            saved.push(DENSE);
            for eight in self.registers.as_chunks::<8>().0 {
                let bits = eight.iter().rev().fold(0, |bits, value| bits << 5 | u64::from(*value));
                saved.extend(&bits.to_le_bytes()[..PACKED]);
            }
        }
        saved
    }

    pub fn merge(&mut self, saved: &[u8]) -> Result<(), String> {
        let malformed = Err(saved::malformed());
        let Some((form, content)) = saved::content(saved)?.split_first() else { return malformed };
        if *form == SPARSE {
            let (registers, []) = content.as_chunks::<3>() else { return malformed };
            for [low, high, value] in registers {
                let index = usize::from(u16::from_le_bytes([*low, *high]));
                if index >= REGISTERS || !(1..=GREATEST).contains(value) {
                    return malformed;
                }
                self.widen(index, *value);
            }
        } else {
            if *form != DENSE || content.len() != REGISTERS / 8 * PACKED {
                return malformed;
            }
            for (at, packed) in content.as_chunks::<PACKED>().0.iter().enumerate() {
                let [a, b, c, d, e] = *packed;
                let bits = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
                for i in 0..8 {
                    self.widen(8 * at + i, (bits >> (5 * i)) as u8 & GREATEST);
                }
            }
        }
        Ok(())
    }
}

/// x + sum of 2^(k-1) x^(2^k) for k from 1
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut sum, mut factor) = (x, 1.0);
    loop {
        x *= x;
        let before = sum;
        sum += x * factor;
        factor += factor;
        if sum == before {
            return sum;
        }
    }
}

/// A third of 1 - x - sum of 2^-k (1 - x^(2^-k))^2 for k from 1
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut sum, mut factor) = (1.0 - x, 1.0);
    loop {
        x = x.sqrt();
        let before = sum;
        factor *= 0.5;
        sum -= (1.0 - x).powi(2) * factor;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::xxh64;

    fn sketch(numbers: std::ops::Range<u64>) -> Sketch {
        let mut sketch = Sketch::new();
        numbers.for_each(|number| sketch.step(xxh64(&number.to_le_bytes())));
        sketch
    }

    #[test]
    fn estimates_are_near() {
        assert_eq!(Sketch::new().estimate(), 0.0);
        for (count, most) in [
            (1, 0.001),
            (10, 0.02),
            (100, 0.03),
            (1_000, 0.05),
            (5_000, 0.07),
            (20_000, 0.07),
            (1_000_000, 0.07),
        ] {
            let estimate = sketch(0..count).estimate();
            assert!((estimate / count as f64 - 1.0).abs() < most, "{count}: {estimate}");
        }
    }

    /// The mean of the relative errors, and their standard deviation, at a number for which the raw estimate is wrong.
    #[test]
    fn estimates_have_no_bias() {
        let errors: Vec<f64> = (0..400u64)
            .map(|i| sketch(i << 32..(i << 32) + 6_000).estimate() / 6_000.0 - 1.0)
            .collect();
        let mean = errors.iter().sum::<f64>() / 400.0;
        let deviation = (errors.iter().map(|error| error * error).sum::<f64>() / 400.0).sqrt();
        assert!(mean.abs() < 0.004, "{mean}");
        assert!(deviation < 0.026, "{deviation}");
    }

    #[test]
    fn merged_is_exactly_the_union() {
        for (count, length) in [(0, 2), (100, 2 + 3 * 97), (100_000, 2 + 1_280)] {
            let whole = sketch(0..count);
            let mut parts = Sketch::new();
            for part in [sketch(0..count / 2), sketch(count / 3..count)] {
                parts.merge(&part.save()).unwrap();
            }
            assert_eq!(parts.registers, whole.registers);
            assert_eq!(whole.save().len(), length);
        }
    }

    #[test]
    fn malformed_states_are_errors() {
        for count in [3, 100_000] {
            let saved = sketch(0..count).save();
            for length in 0..saved.len() {
                let sparse = count == 3 && length > 1 && length % 3 == 2;
                assert_eq!(Sketch::new().merge(&saved[..length]).is_ok(), sparse, "{length}");
            }
        }
        for saved in [&[2, 0][..], &[1, 2], &[1, 0, 0, 8, 1], &[1, 0, 0, 0, 0], &[1, 0, 0, 0, 32]] {
            assert!(Sketch::new().merge(saved).is_err());
        }
    }
}
