//! The canonical ABI's numbers, flattening and layout, of random types and signatures: the same as those of
//! `wit-parser`, which wit-bindgen and wit-component use. And random values of random types, given to a guest as JSON, come
//! to it in the slots and in the memory in which wasmtime's component runtime passes them, and come back as JSON.

mod passed;
mod types;
mod values;
mod wit;

use passed::{ours, probe, theirs};
use proptest::collection::vec;
use proptest::prelude::*;
use types::types;
use values::json_of;
use wit::check;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Slots, memory and the order in which the guest is asked for it are wasmtime's; and the JSON comes back.
    #[test]
    fn values_are_passed_as_wasmtime_passes_them(ty in types(), bytes in vec(any::<u8>(), 0..2000)) {
        let module = probe(&ty);
        let (value, theirs) = theirs(&ty, &module, bytes);
        let json = json_of(&ty, &value);
        let (ours, again) = ours(&ty, &module, &json);
        prop_assert_eq!(ours, theirs, "{} as {}", json, ty);
        prop_assert_eq!(again, json, "{}", ty);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flattening_and_layout_are_wit_parsers(
        params in vec(types(), 0..6),
        result in proptest::option::of(types()),
    ) {
        check(params, result)?;
    }
}
