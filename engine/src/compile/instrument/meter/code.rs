//! The code that the meter pass adds: it charges fuel, checks it, and passes it on.

use super::super::function::{Function, Own};
use super::super::types::encoded;
use super::Meter;
use crate::read::opcode::{Callee, Length};
use wasm_encoder::{BlockType, HeapType, Instruction as I, RefType, ValType};

/// The most locals that are saved in globals at one loop.
const MOST_SPILLS: usize = 24;

impl Meter<'_> {
    /// Returns code that charges some units, or gives them back if negative.
    pub(super) fn charge(&self, units: i64) -> Vec<Own> {
        if units == 0 {
            return Vec::new();
        }
        vec![
            I::LocalGet(self.fuel).into(),
            I::I64Const(units).into(),
            I::I64Sub.into(),
            I::LocalSet(self.fuel).into(),
        ]
    }

    /// Returns code that asks for fuel at a loop if there is none. During the call, the locals that live across the
    /// check are in globals, so that for the compiler nothing lives across it. Otherwise the loop could not use any
    /// register that a call may overwrite, and all vector registers are such.
    pub(super) fn check_loop(&mut self, function: &Function<'_>, live: &[u32]) -> Vec<Own> {
        let is_number = |ty: &wasmparser::ValType| !matches!(ty, wasmparser::ValType::Ref(_));
        let kept: Vec<u32> = live
            .iter()
            .copied()
            .filter(|local| self.types.get(*local as usize).is_some_and(is_number))
            .take(MOST_SPILLS)
            .collect();
        let types: Vec<_> = kept.iter().map(|local| self.types[*local as usize]).collect();
        let globals = self.spills.for_types(&encoded(&types));
        let kept = kept.iter().map(|local| function.local(*local));
        let pairs: Vec<(u32, u32)> = kept.zip(globals).collect();
        self.check(&pairs)
    }

    /// Returns code that asks for fuel if there is none, and keeps the `spilled` locals in globals meanwhile.
    pub(super) fn check(&mut self, spilled: &[(u32, u32)]) -> Vec<Own> {
        self.calls = 0;
        let mut code: Vec<Own> = vec![
            I::LocalGet(self.fuel).into(),
            I::I64Const(0).into(),
            I::I64LtS.into(),
            Own::Unlikely(BlockType::Empty),
        ];
        for (local, global) in spilled {
            code.extend([I::LocalGet(*local).into(), I::GlobalSet(*global).into()]);
        }
        code.extend([
            I::LocalGet(self.fuel).into(),
            I::Call(self.input.refill).into(),
            I::LocalSet(self.fuel).into(),
        ]);
        for (local, global) in spilled {
            code.extend([I::GlobalGet(*global).into(), I::LocalSet(*local).into()]);
        }
        code.push(I::End.into());
        code
    }

    /// Returns code that puts the fuel into the global where it is while an exception is on its way.
    pub(super) fn spill(&self) -> Vec<Own> {
        match self.input.spill {
            Some(global) => vec![I::LocalGet(self.fuel).into(), I::GlobalSet(global).into()],
            None => Vec::new(),
        }
    }

    /// Returns code that takes the fuel from that global.
    pub(super) fn reload(&self) -> Vec<Own> {
        match self.input.spill {
            Some(global) => vec![I::GlobalGet(global).into(), I::LocalSet(self.fuel).into()],
            None => Vec::new(),
        }
    }

    /// Returns code that puts the fuel after the arguments, below the operand of an indirect call that is on top of
    /// them.
    pub(super) fn pass_fuel(&mut self, function: &mut Function<'_>, callee: Callee) -> Vec<Own> {
        let on_top = match callee {
            Callee::Function(_) => return vec![I::LocalGet(self.fuel).into()],
            Callee::Element { table, .. } => self.length_local(function, self.is_table64(table)),
            Callee::Reference { ty } => {
                let heap_type = HeapType::Concrete(ty);
                function.own_local(ValType::Ref(RefType { nullable: true, heap_type }))
            }
        };
        vec![I::LocalSet(on_top).into(), I::LocalGet(self.fuel).into(), I::LocalGet(on_top).into()]
    }

    /// Returns code that charges an operation by the length on top of the stack, before the operation.
    pub(super) fn charge_length(&mut self, function: &mut Function<'_>, ty: Length) -> Vec<Own> {
        let wide = match ty {
            Length::I32 => false,
            Length::Memories(a, b) => self.is_memory64(a) && self.is_memory64(b),
            Length::Tables(a, b) => self.is_table64(a) && self.is_table64(b),
        };
        let length = self.length_local(function, wide);
        let mut code: Vec<Own> = vec![
            I::LocalSet(length).into(),
            I::LocalGet(self.fuel).into(),
            I::LocalGet(length).into(),
        ];
        if !wide {
            code.push(I::I64ExtendI32U.into());
        }
        code.extend([
            I::I64Const(3).into(),
            I::I64ShrU.into(),
            I::I64Sub.into(),
            I::LocalSet(self.fuel).into(),
        ]);
        code.extend(self.check(&[]));
        code.push(I::LocalGet(length).into());
        code
    }

    /// Returns a local for a length, or for an index into a table.
    fn length_local(&mut self, function: &mut Function<'_>, wide: bool) -> u32 {
        match wide {
            true => self.wide_length.of(function, ValType::I64),
            false => self.length.of(function, ValType::I32),
        }
    }

    fn is_memory64(&self, memory: u32) -> bool {
        self.input.memories.get(memory as usize).is_some_and(|ty| ty.memory64)
    }

    fn is_table64(&self, table: u32) -> bool {
        self.input.tables64.get(table as usize).is_some_and(|wide| *wide)
    }
}
