//! Runs one case of the differential test (`engine/tests/differential/`), made of libFuzzer's bytes.

#![no_main]

#[path = "../../engine/tests/differential/mod.rs"]
#[allow(dead_code)]
mod differential;

use differential::plain::Plain;
use differential::reduce::reduce;
use differential::run;
use differential::run_module;
use differential::subject::Plwasm;
use differential::tally::Tally;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static SIDES: (Plain, Plwasm) = (Plain::new(true), Plwasm::new());
}

fuzz_target!(|case: &[u8]| {
    SIDES.with(|(plain, subject)| {
        let Err(mismatch) = run(case, plain, subject, &mut Tally::default()) else { return };
        let fails = |text: &str| -> Option<String> {
            let binary = wat::parse_str(text).ok()?;
            run_module(case, &binary, plain, subject, &mut Tally::default()).err()
        };
        let text = wasmprinter::print_bytes(&mismatch.binary).expect("wasmtime took it");
        let small = reduce(&text, |text| fails(text).is_some());
        panic!("{}\nmade small: {}\n{small}", mismatch.what, fails(&small).unwrap_or_default());
    });
});
