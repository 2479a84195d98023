//! The code section: each function's instructions with those that the passes put around them, and where they were.

use super::super::function::{Function, Own, too_long};
use super::{Rewriter, internal};
use crate::error::Result;
use crate::read::opcode::can_trap;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{BranchHint, BranchHints, CodeSection, Instruction as I, ValType};
use wasmparser::Operator as O;

/// The code section, and what the other sections need of it.
#[derive(Default)]
pub(super) struct Code {
    pub section: CodeSection,
    pub hints: BranchHints,
    /// The offset of each instruction in the section's content, and in the guest's binary.
    pub places: Vec<(u32, u32)>,
}

impl Rewriter<'_, '_> {
    /// Writes one function.
    pub(super) fn encode(&mut self, function: &Function<'_>, code: &mut Code) -> Result<()> {
        let mut locals: Vec<(u32, ValType)> = Vec::new();
        for (count, ty) in &function.locals {
            locals.push((*count, self.val_type(*ty).map_err(internal)?));
        }
        locals.extend(function.own_locals().iter().map(|ty| (1, *ty)));
        let mut writer =
            BodyWriter { body: wasm_encoder::Function::new(locals), hints: Vec::new() };
        writer.add(&function.prologue);
        let mut places = Vec::new();
        for op in &function.ops {
            if can_trap(&op.code) {
                places.push((writer.body.byte_len(), op.offset as u32));
            }
            writer.add(&op.before);
            if !op.replaced {
                let instruction = match &op.code {
                    O::LocalGet { local_index } => I::LocalGet(function.local(*local_index)),
                    O::LocalSet { local_index } => I::LocalSet(function.local(*local_index)),
                    O::LocalTee { local_index } => I::LocalTee(function.local(*local_index)),
                    other => self.instruction(other.clone()).map_err(internal)?,
                };
                writer.body.instruction(&instruction);
            }
            writer.add(&op.after);
        }
        let BodyWriter { body, hints } = writer;
        too_long(function.index, body.byte_len())?;
        if !hints.is_empty() {
            code.hints.function_hints(self.number(function.index), hints);
        }
        code.section.function(&body);
        let start = (code.section.byte_len() - body.byte_len()) as u32;
        code.places.extend(places.into_iter().map(|(now, was)| (start + now as u32, was)));
        Ok(())
    }
}

/// The code of a function that is being written.
struct BodyWriter {
    body: wasm_encoder::Function,
    hints: Vec<BranchHint>,
}

impl BodyWriter {
    fn add(&mut self, all: &[Own]) {
        for own in all {
            match own {
                Own::Plain(instruction) => {
                    self.body.instruction(instruction);
                }
                Own::Unlikely(ty) => self.hinted(*ty, 0),
                Own::Likely(ty) => self.hinted(*ty, 1),
            }
        }
    }

    fn hinted(&mut self, ty: wasm_encoder::BlockType, branch_hint_value: u32) {
        let branch_func_offset = self.body.byte_len() as u32;
        self.hints.push(BranchHint { branch_func_offset, branch_hint_value });
        self.body.instruction(&I::If(ty));
    }
}
