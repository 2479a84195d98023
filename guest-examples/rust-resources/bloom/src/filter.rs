//! A split block Bloom filter, as https://parquet.apache.org/docs/file-format/bloomfilter/ defines it: a value is in one
//! block of eight words, a bit in each word. Its bytes are those of Parquet's, after a byte with the version.

use crate::hash::xxh64;
use crate::saved::{self, VERSION};

const BLOCK: usize = 32;

const SALTS: [u32; 8] = [
    0x47B6_137B,
    0x4497_4D91,
    0x8824_AD5B,
    0xA2B7_289D,
    0x7054_95C7,
    0x2DF1_424B,
    0x9EFC_4947,
    0x5C6B_FB31,
];

/// Of other values, 1 % seem to be in a filter that has this many bits for each value.
const BITS_PER_VALUE: f64 = 10.5;
const MOST_VALUES: i32 = 10_000_000;

pub struct Filter {
    bytes: Vec<u8>,
}

impl Filter {
    pub fn with_capacity(values: i32) -> Result<Self, String> {
        if !(1..=MOST_VALUES).contains(&values) {
            return Err(format!("capacity {values} is not between 1 and {MOST_VALUES}"));
        }
        let blocks = (f64::from(values) * BITS_PER_VALUE / (BLOCK * 8) as f64).ceil();
        let mut bytes = vec![0; 1 + blocks as usize * BLOCK];
        bytes[0] = VERSION;
        Ok(Self { bytes })
    }

    /// Takes the bytes of a filter. An error if they are none.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        let content = saved::content(&bytes)?;
        if content.is_empty() || !content.len().is_multiple_of(BLOCK) {
            return Err(saved::malformed());
        }
        Ok(Self { bytes })
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Returns where the block of a value begins, and the value's bit in each word.
    fn place(&self, value: &str) -> (usize, [u32; 8]) {
        let hash = xxh64(value.as_bytes());
        let blocks = (self.bytes.len() / BLOCK) as u64;
        let block = ((hash >> 32) * blocks) >> 32;
        (
            1 + block as usize * BLOCK,
            SALTS.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27)),
        )
    }

    pub fn insert(&mut self, value: &str) {
        let (start, bits) = self.place(value);
        let (words, _) = self.bytes[start..start + BLOCK].as_chunks_mut();
        for (word, bit) in words.iter_mut().zip(bits) {
            *word = (u32::from_le_bytes(*word) | bit).to_le_bytes();
        }
    }

    pub fn contains(&self, value: &str) -> bool {
        let (start, bits) = self.place(value);
        let (words, _) = self.bytes[start..start + BLOCK].as_chunks();
        words.iter().zip(bits).all(|(word, bit)| u32::from_le_bytes(*word) & bit != 0)
    }

    /// Adds all that is in another filter. An error if it has another size.
    pub fn merge(&mut self, other: Vec<u8>) -> Result<(), String> {
        let other = Self::from_bytes(other)?;
        if other.bytes.len() != self.bytes.len() {
            return Err("the filters have different sizes".into());
        }
        for (byte, other) in self.bytes[1..].iter_mut().zip(&other.bytes[1..]) {
            *byte |= other;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(values: std::ops::Range<i32>) -> Filter {
        let mut filter = Filter::with_capacity(10_000).unwrap();
        values.for_each(|value| filter.insert(&value.to_string()));
        filter
    }

    #[test]
    fn finds_all_values_and_few_others() {
        let filter = filter(0..10_000);
        assert!((0..10_000).all(|value| filter.contains(&value.to_string())));
        let others = (10_000..110_000).filter(|value| filter.contains(&value.to_string())).count();
        assert!((800..1_200).contains(&others), "{others}");
    }

    #[test]
    fn merged_is_exactly_the_union() {
        let mut parts = filter(0..3_000);
        parts.merge(filter(2_000..10_000).bytes()).unwrap();
        assert_eq!(parts.bytes, filter(0..10_000).bytes);
    }

    #[test]
    fn the_smallest_and_the_largest() {
        let mut smallest = Filter::with_capacity(1).unwrap();
        assert_eq!(smallest.bytes.len(), 1 + BLOCK);
        assert!(!smallest.contains(""));
        smallest.insert("");
        assert!(Filter::from_bytes(smallest.bytes()).unwrap().contains(""));
        assert_eq!(Filter::with_capacity(MOST_VALUES).unwrap().bytes.len() - 1, 13_125_024);
        assert!(
            Filter::with_capacity(0).is_err() && Filter::with_capacity(MOST_VALUES + 1).is_err()
        );
    }

    #[test]
    fn malformed_filters_are_errors() {
        for bytes in [vec![], vec![1], vec![1; BLOCK], vec![2; BLOCK + 1], vec![1; BLOCK + 2]] {
            assert!(Filter::from_bytes(bytes).is_err());
        }
        assert!(filter(0..1).merge(Filter::with_capacity(1).unwrap().bytes()).is_err());
    }
}
