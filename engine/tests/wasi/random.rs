//! Random numbers of both previews.

use crate::subject::{SUCCESS, Wasi};
use plwasm_engine::compile::wasi::Written;

#[test]
fn random_numbers_are_the_same_and_end_where_they_should() {
    // The test vector of splitmix64's author is for seed 1234567; the sequence is by its algorithm.
    let mut state = 0x504c_2f57_6173_6d21_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut wasi = Wasi::new();
    for length in (0..40).chain([4096]) {
        wasi.write(1000, &vec![0; 5000]);
        assert_eq!(wasi.one("random_get", &[1001, length as i64]), SUCCESS);
        let mut expected: Vec<u8> =
            (0..usize::div_ceil(length, 8)).flat_map(|_| next().to_le_bytes()).collect();
        expected.truncate(length);
        assert_eq!(wasi.bytes(1001, length), expected);
        assert_eq!((wasi.bytes(1000, 1), wasi.bytes(1001 + length, 1)), (&[0][..], &[0][..]));
    }
    assert!(wasi.call_in(Written::Preview1, "random_get", &[65_000, 537]).is_err());
    assert!(wasi.call_in(Written::Preview1, "random_get", &[-4, 8]).is_err());

    let mut wasi = Wasi::new();
    let mut other = Wasi::new();
    for name in ["random#get-random", "insecure#get-insecure-random"] {
        let number = wasi.two(&format!("wasi:random/{name}-u64"), &[]).unwrap();
        assert_eq!(number, other.two("wasi:random/random#get-random-u64", &[]).unwrap());
        wasi.two(&format!("wasi:random/{name}-bytes"), &[11, 0]).unwrap();
        assert_eq!(wasi.u32(4), 11);
        other.one("random_get", &[100, 11]);
        assert_eq!(wasi.bytes(wasi.u32(0) as usize, 11), other.bytes(100, 11));
        assert!(wasi.two(&format!("wasi:random/{name}-bytes"), &[1 << 32, 0]).is_err());
    }
    wasi.two("wasi:random/insecure-seed#insecure-seed", &[0]).unwrap();
    other.one("random_get", &[0, 16]);
    assert_eq!(wasi.bytes(0, 16), other.bytes(0, 16));
    assert_ne!(wasi.u64(0), wasi.u64(8));
}
