//! Modules of wasm-smith's: every instruction and type, in no order a compiler would put them.
//!
//! Left to itself it makes modules that trap at once or do nothing, so there are several kinds.

use super::choices::Choices;
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices, Module};

/// A module; none if the bytes do not suffice for one.
pub(super) fn module(mut choices: Choices<'_>) -> Option<Vec<u8>> {
    let config = config(&mut choices);
    let module = Module::new(config, &mut choices.rest()).ok()?;
    Some(module.to_bytes())
}

fn config(choices: &mut Choices<'_>) -> Config {
    let pages = choices.of(&[1, 2, 2, 3, 4, 20]);
    let mut config = Config {
        max_imports: 0,
        export_everything: true,
        // It goes beyond a minimum by one in half of the cases, so the minima say how many there are.
        min_types: 2 + choices.below(4) as usize,
        max_types: 8,
        min_funcs: 2 + choices.below(3) as usize,
        max_funcs: 6,
        min_globals: choices.below(4) as usize,
        max_globals: 5,
        max_tags: 3,
        max_data_segments: 4,
        max_element_segments: 4,
        max_elements: 8,
        max_instructions: 80,
        max_tables: 2,
        max_table_elements: 50,
        table_max_size_required: true,
        min_memories: 1,
        max_memories: 1,
        max_memory32_bytes: pages << 16,
        max_memory64_bytes: u128::from(pages << 16),
        // A memory without a maximum could be grown until the limits say no, and those differ.
        memory_max_size_required: true,
        memory_offset_choices: MemoryOffsetChoices(1000, 5, 1),
        disallow_traps: true,
        allow_start_export: choices.one_in(8),
        bulk_memory_enabled: true,
        reference_types_enabled: true,
        multi_value_enabled: true,
        tail_call_enabled: true,
        simd_enabled: true,
        relaxed_simd_enabled: choices.one_in(2),
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: choices.one_in(8),
        threads_enabled: false,
        limit_arrays_in_const_exprs: true,
        ..Config::default()
    };
    match choices.below(8) {
        // Nothing traps, so that much is done.
        0..=1 => {}
        // Mostly what changes state.
        2..=3 => {
            use InstructionKind::{Control, Memory, Numeric, Parametric, Table, Variable};
            let kinds = [Control, Memory, Numeric, Parametric, Table, Variable];
            config.allowed_instructions = InstructionKinds::new(&kinds);
            config.simd_enabled = false;
            config.relaxed_simd_enabled = false;
            config.max_instructions = 150;
        }
        // Traps.
        4 => config.disallow_traps = false,
        // Several memories, or none.
        5 => {
            config.min_memories = 0;
            config.max_memories = 2;
        }
        6 => config.exceptions_enabled = true,
        _ => {
            config.gc_enabled = true;
            config.exceptions_enabled = choices.one_in(2);
            config.disallow_traps = choices.one_in(2);
        }
    }
    config
}
