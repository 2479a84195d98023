//! The edit distance in characters, bit-parallel.
//!
//! Myers, "A fast bit-vector algorithm for approximate string matching", J. ACM 46(3), 1999, as
//! Hyyrö wrote it down: a column of the dynamic programming table is two words, and one round
//! does 64 cells without a branch. A longer pattern is done in blocks of 64 rows.

const ROWS: usize = 64;
const SLOTS: usize = 128;

pub fn levenshtein(a: &str, b: &str) -> i32 {
    if a.is_ascii() && b.is_ascii() {
        distance::<_, Ascii>(a.as_bytes(), b.as_bytes())
    } else {
        let a: Vec<char> = a.chars().collect();
        let b: Vec<char> = b.chars().collect();
        distance::<_, Hashed>(&a, &b)
    }
}

fn distance<C: Copy, M: Matches<C>>(a: &[C], b: &[C]) -> i32 {
    // The longer string goes down, where a round does 64 cells, the shorter across.
    let (pattern, text) = if a.len() > b.len() { (a, b) } else { (b, a) };
    let mut distance = text.len() as i32;
    if pattern.len() <= ROWS {
        let (matches, mut column) = (M::new(pattern), Column::NEW);
        for &c in text {
            column.step(matches.rows(c), MORE);
        }
        return distance + column.rise(pattern.len());
    }
    // What one block hands to the next: the differences along its lower edge.
    let mut edge = vec![MORE; text.len()];
    for block in pattern.chunks(ROWS) {
        let (matches, mut column) = (M::new(block), Column::NEW);
        for (&c, edge) in text.iter().zip(&mut edge) {
            *edge = column.step(matches.rows(c), *edge);
        }
        distance += column.rise(block.len());
    }
    distance
}

/// A difference between neighbours in a row of the table. The first row always goes up.
const MORE: u8 = 1;
const LESS: u8 = 2;

/// The differences between neighbours in a column: bit i is row i against the row above.
struct Column {
    more: u64,
    less: u64,
}

impl Column {
    const NEW: Self = Self { more: !0, less: 0 };

    /// Goes one column to the right, given the rows whose character is the column's and the
    /// difference along the upper edge; returns the one along the lower edge.
    #[inline(always)]
    fn step(&mut self, equal: u64, above: u8) -> u8 {
        let above_more = u64::from(above & MORE);
        let above_less = u64::from(above / LESS);
        let diagonal = equal | self.less;
        let equal = equal | above_less;
        let across = ((equal & self.more).wrapping_add(self.more) ^ self.more) | equal;
        let right_more = self.less | !(across | self.more);
        let right_less = self.more & across;
        let below = (right_more >> 63) as u8 * MORE | (right_less >> 63) as u8 * LESS;
        let right_more = right_more << 1 | above_more;
        let right_less = right_less << 1 | above_less;
        self.more = right_less | !(diagonal | right_more);
        self.less = right_more & diagonal;
        below
    }

    /// How much the column rises from its top over so many rows.
    fn rise(&self, rows: usize) -> i32 {
        let mask = u64::MAX.unbounded_shr((ROWS - rows) as u32);
        (self.more & mask).count_ones() as i32 - (self.less & mask).count_ones() as i32
    }
}

/// Of a block of the pattern: the rows that hold a given character, a bit each.
trait Matches<C> {
    fn new(block: &[C]) -> Self;
    fn rows(&self, c: C) -> u64;
}

/// By the character itself.
struct Ascii([u64; SLOTS]);

impl Matches<u8> for Ascii {
    fn new(block: &[u8]) -> Self {
        let mut rows = [0; SLOTS];
        for (i, &c) in block.iter().enumerate() {
            rows[usize::from(c) % SLOTS] |= 1 << i;
        }
        Self(rows)
    }

    fn rows(&self, c: u8) -> u64 {
        self.0[usize::from(c) % SLOTS]
    }
}

/// By hash: twice as many slots as a block has characters, and a free slot has no rows.
struct Hashed([(char, u64); SLOTS]);

impl Hashed {
    fn slot(&self, c: char) -> usize {
        let mut slot = c as usize % SLOTS;
        while self.0[slot].0 != c && self.0[slot].1 != 0 {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }
}

impl Matches<char> for Hashed {
    fn new(block: &[char]) -> Self {
        let mut table = Self([('\0', 0); SLOTS]);
        for (i, &c) in block.iter().enumerate() {
            let slot = table.slot(c);
            table.0[slot] = (c, table.0[slot].1 | 1 << i);
        }
        table
    }

    fn rows(&self, c: char) -> u64 {
        self.0[self.slot(c)].1
    }
}
