//! Decides which of the guest's custom sections are kept.
//!
//! This must never keep a section that names functions by index or instructions by offset: merging changes both.

use crate::warm_up::SECTION as WARM_UP;
use wasm_encoder::{CustomSection, Section};

/// Returns whether a section holds neither indices nor offsets. `name` holds indices; it is written anew.
fn is_kept(name: &str) -> bool {
    name.starts_with("component-type") || matches!(name, "producers" | "target_features" | WARM_UP)
}

/// Appends the sections that are kept. Returns the names of the others.
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
