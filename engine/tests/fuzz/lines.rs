//! Source lines: DWARF and the section `plwasm:lines` of a binary. What is made of them fits into the binary's section, and
//! is read again from there.

use super::choices::Choices;
use super::{Target, Verdict, mutate};
use plwasm_engine::compile::lines::section::{attach, missing};

pub(crate) const TARGET: Target =
    Target { name: "lines", seeds: &["fuzz/seeds/lines"], run, generate, mutate: changed };

const WITH: &[u8] = include_bytes!("../../../guest-examples/lines/lines.wasm");
const WITHOUT: &[u8] = include_bytes!("../../../guest-examples/lines/stripped.wasm");

pub(crate) fn run(input: &[u8]) -> Verdict {
    match attach(input, input) {
        Ok(Ok(attached)) => {
            assert_eq!(missing(&attached), None, "lines that were written are read");
            Verdict::Accepted
        }
        Ok(Err(_)) | Err(_) => {
            assert!(missing(input).is_some(), "there are lines that cannot be written");
            Verdict::Refused
        }
    }
}

/// A binary with the section.
fn generate(choices: Choices<'_>) -> Vec<u8> {
    let attached =
        attach(WITHOUT, WITH).expect("both are binaries").expect("their code is the same");
    changed(&attached, choices)
}

fn changed(input: &[u8], mut choices: Choices<'_>) -> Vec<u8> {
    mutate::binary(input, &mut choices)
}
