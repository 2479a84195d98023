//! What the bodies of [`super::body`] write to memory: in the patterns that the isolate pass follows.
//!
//! It looks a block up once for several stores, if it sees that they go to the same place. What may
//! not be seen so: a base that is assigned in between, on one way only, or in the next round.

use super::body::{Body, memarg};
use super::operations;
use super::program::LARGE;
use wasm_encoder::Instruction as I;
use wasm_encoder::ValType::I32;

impl Body<'_, '_, '_> {
    /// An i32 that is mostly an address with room after it.
    pub(super) fn address(&mut self, depth: u32) {
        self.value(I32, depth);
        let mask = self.choices.of(&[0xffff, 0x7fff, 0xff8, 0x3fc, 0xfc00, 0x1_ffff]);
        self.say([I::I32Const(mask), I::I32And]);
    }

    /// Makes the i32 on the stack what this memory's instructions take.
    pub(super) fn widen(&mut self) {
        if self.program.wide {
            self.code.push(I::I64ExtendI32U);
        }
    }

    /// Sets a local to an address, maybe one close to the end of a block.
    fn base(&mut self, local: u32) {
        match self.choices.one_in(2) {
            true => self.address(2),
            false => {
                let before = self.choices.of(&[0, 1, 1, 1, 2, 4, 16, 63, 64, 100]);
                let end = 1024 * (1 + self.choices.below(60) as i32);
                self.code.push(I::I32Const(end - before));
            }
        }
        self.code.push(I::LocalSet(local));
    }

    /// A store at a local plus a constant, with an offset.
    fn store(&mut self, base: u32, plus: i32, offset: u64) {
        self.code.push(I::LocalGet(base));
        if plus != 0 {
            self.say([I::I32Const(plus), I::I32Add]);
        }
        self.store_there(offset);
    }

    /// A store at the i32 on the stack.
    fn store_there(&mut self, offset: u64) {
        self.widen();
        let ty = self.ty();
        let depth = self.choices.of(&[0, 0, 0, 1]);
        self.value(ty, depth);
        let all = operations::stores(ty);
        let store = all[self.choices.below(all.len() as u32) as usize];
        self.code.push(store(memarg(offset, 0)));
    }

    fn offset(&mut self, from: u64) -> u64 {
        from + self.choices.of(&[0, 0, 0, 1, 8, 32, 48, 56, 56, 60, 60, 62, 63, 64, 65, 1024])
    }

    /// Several stores through one local, with things between that may change what it holds.
    pub(super) fn stores(&mut self) {
        let Some(base) = self.local(I32) else { return };
        self.base(base);
        let from = self.choices.of(&[0, 0, 0, 4, 40, 100, 960]);
        for _ in 0..2 + self.choices.below(6) {
            let offset = self.offset(from);
            match self.choices.below(16) {
                // The frame moves.
                0..=1 => {
                    let by = self.choices.of(&[8, 64, 1000, 1024, -16, -1024]);
                    self.say([I::LocalGet(base), I::I32Const(by), I::I32Add, I::LocalSet(base)]);
                }
                2 => {
                    self.address(1);
                    self.code.push(I::LocalTee(base));
                    self.store_there(offset);
                }
                // On one of two ways only.
                3..=4 => {
                    self.value(I32, 1);
                    self.open(I::If);
                    self.store(base, 0, offset);
                    if self.choices.one_in(3) {
                        self.base(base);
                    }
                    if self.choices.one_in(2) {
                        self.code.push(I::Else);
                        let offset = self.offset(from);
                        self.store(base, 0, offset);
                    }
                    self.close();
                }
                // Or not at all, if the block is left before.
                5..=6 => {
                    self.open(I::Block);
                    self.value(I32, 1);
                    self.code.push(I::BrIf(0));
                    self.store(base, 0, offset);
                    self.close();
                }
                7 => self.statement(),
                8 => {
                    let plus = self.choices.of(&[4, 8, 32, 64, 1024, -8]);
                    self.store(base, plus, offset);
                }
                _ => self.store(base, 0, offset),
            }
        }
    }

    /// A loop that walks through memory, with stores before it, in it and after it.
    pub(super) fn walk(&mut self) {
        let (Some(base), Some(counter)) = (self.local(I32), self.counter()) else { return };
        self.base(base);
        let from = self.choices.of(&[0, 0, 8, 1000]);
        let rounds = self.choices.of(&[2, 3, 5, 10]);
        self.say([I::I32Const(rounds), I::LocalSet(counter)]);
        let maybe = |body: &mut Self, of: u32| {
            if body.choices.below(of) > 0 {
                let offset = body.offset(from);
                body.store(base, 0, offset);
            }
        };
        maybe(self, 3);
        self.open(I::Loop);
        maybe(self, 4);
        if self.choices.one_in(3) {
            self.value(I32, 1);
            self.open(I::If);
            maybe(self, 4);
            self.close();
        }
        if self.choices.one_in(4) {
            self.statement();
        }
        let by = self.choices.of(&[1, 4, 8, 60, 1000, 1024, 4096]);
        self.say([I::LocalGet(base), I::I32Const(by), I::I32Add, I::LocalSet(base)]);
        maybe(self, 2);
        self.say([I::LocalGet(counter), I::I32Const(1), I::I32Sub, I::LocalTee(counter)]);
        self.code.push(I::BrIf(0));
        self.close();
        maybe(self, 3);
    }

    pub(super) fn bulk(&mut self) {
        let segments = self.program.passive.len() as u32;
        self.address(1);
        self.widen();
        match self.choices.below(if segments > 0 { 4 } else { 2 }) {
            0 => {
                self.value(I32, 1);
                self.length();
                self.code.push(I::MemoryFill(0));
            }
            1 => {
                self.address(1);
                self.widen();
                self.length();
                self.code.push(I::MemoryCopy { src_mem: 0, dst_mem: 0 });
            }
            _ => {
                let segment = self.choices.below(segments);
                let all = self.program.passive[segment as usize];
                let from = self.choices.below(all);
                let length = self.choices.below(all - from + 1);
                self.say([I::I32Const(from as i32), I::I32Const(length as i32)]);
                // Before them is the active one.
                self.code.push(I::MemoryInit { mem: 0, data_index: segment + 1 });
                if self.choices.one_in(4) {
                    self.code.push(I::DataDrop(segment + 1));
                }
            }
        }
    }

    /// Fills almost all of a large memory, on one way: more blocks than the log holds.
    pub(super) fn fill_all(&mut self) {
        self.value(I32, 2);
        self.open(I::If);
        self.code.push(I::I32Const(100));
        self.widen();
        self.say([I::I32Const(7), I::I32Const((LARGE as i32 - 1) << 16)]);
        self.widen();
        self.code.push(I::MemoryFill(0));
        self.close();
    }

    fn length(&mut self) {
        if self.choices.one_in(3) {
            self.value(I32, 1);
            self.say([I::I32Const(0x7ff), I::I32And]);
        } else {
            let length = self.choices.of(&[0, 1, 5, 63, 64, 65, 1023, 1024, 1025, 3000]);
            self.code.push(I::I32Const(length));
        }
        self.widen();
    }
}
