//! Custom sections: which of the guest's are kept.
//!
//! It must never keep one that names functions by number or instructions by offset: both are others now.

use wasm_encoder::{CustomSection, Section};

/// Whether a section says nothing of numbers or offsets; `name` is written anew.
fn is_kept(name: &str) -> bool {
    name.starts_with("component-type") || matches!(name, "producers" | "target_features")
}

/// Appends the sections that are kept; the names of those that are not.
pub(super) fn keep(binary: &mut Vec<u8>, sections: &[(&str, &[u8])]) -> Vec<String> {
    let mut dropped: Vec<String> = Vec::new();
    for (name, data) in sections {
        match is_kept(name) {
            true => {
                let section = CustomSection { name: (*name).into(), data: (*data).into() };
                section.append_to(binary);
            }
            false if matches!(*name, "name" | "dylink.0" | "dylink") => {}
            false => dropped.push(crate::name::printable(name)),
        }
    }
    dropped.sort_unstable();
    dropped.dedup();
    dropped
}
