//! Control flow: loops, branches, switches, exceptions, and what ends a call.

use super::{Body, Label};
use std::borrow::Cow;
use wasm_encoder::ValType::I32;
use wasm_encoder::{BlockType, Catch, Instruction as I};

impl Body<'_, '_, '_> {
    /// A loop, which counts at its start or at its end, and what it does each round.
    pub(super) fn repeat(&mut self) {
        let Some(counter) = self.counter() else { return };
        let rounds = self.choices.of(&[1, 2, 3, 5, 9, 20]);
        self.say([I::I32Const(rounds), I::LocalSet(counter)]);
        let less = [I::LocalGet(counter), I::I32Const(1), I::I32Sub];
        match self.choices.one_in(2) {
            true => {
                self.open(I::Loop);
                self.statements();
                self.say(less);
                self.say([I::LocalTee(counter), I::BrIf(0)]);
                self.close();
            }
            false => {
                self.say([I::Block(BlockType::Empty), I::Loop(BlockType::Empty)]);
                self.labels.push(Label { results: Vec::new(), may_branch: true });
                self.labels.push(Label { results: Vec::new(), may_branch: true });
                self.say([I::LocalGet(counter), I::I32Eqz, I::BrIf(1)]);
                self.say(less);
                self.code.push(I::LocalSet(counter));
                let catch = self.program.exceptions && self.choices.one_in(3);
                if catch {
                    let again = Cow::from(vec![Catch::All { label: 0 }]);
                    self.code.push(I::TryTable(BlockType::Empty, again));
                    self.labels.push(Label { results: Vec::new(), may_branch: true });
                }
                self.statements();
                if catch {
                    self.close();
                }
                self.say([I::Br(0), I::End, I::End]);
                self.labels.pop();
                self.labels.pop();
            }
        }
    }

    pub(super) fn branch(&mut self) {
        self.value(I32, 3);
        self.open(I::If);
        self.statements();
        self.leave();
        if self.choices.one_in(2) {
            self.code.push(I::Else);
            self.statements();
            self.leave();
        }
        self.close();
    }

    /// Maybe goes somewhere else, at the end of an arm.
    pub(super) fn leave(&mut self) {
        match self.choices.below(8) {
            0..=4 => {}
            5..=6 => {
                let label = self.choices.below(self.labels.len() as u32) as usize;
                if self.labels[label].may_branch {
                    let results = self.labels[label].results.clone();
                    self.all(&results);
                    self.code.push(I::Br((self.labels.len() - 1 - label) as u32));
                }
            }
            _ => {
                let results = self.labels[0].results.clone();
                self.all(&results);
                self.code.push(I::Return);
            }
        }
    }

    /// A block that is left early, or a switch.
    pub(super) fn block(&mut self) {
        let depth = 1 + self.choices.below(3);
        for _ in 0..depth {
            self.open(I::Block);
        }
        self.value(I32, 2);
        match self.choices.one_in(2) {
            true => {
                // Wherever leads nothing along.
                let open = self.labels.len();
                let targets: Vec<u32> = (0..open)
                    .filter(|at| self.labels[*at].may_branch && self.labels[*at].results.is_empty())
                    .map(|at| (open - 1 - at) as u32)
                    .collect();
                let some: Vec<u32> = (0..depth).map(|_| self.choices.of(&targets)).collect();
                let other = self.choices.of(&targets);
                self.say([I::I32Const(3), I::I32And]);
                self.code.push(I::BrTable(Cow::from(some), other));
            }
            false => {
                let to = self.choices.below(depth);
                self.code.push(I::BrIf(to));
                self.statements();
            }
        }
        for _ in 0..depth {
            self.close();
            self.statement();
        }
    }

    pub(super) fn table(&mut self) {
        if self.program.elements == 0 {
            return;
        }
        let mask = self.program.elements as i32 - 1;
        let function = self.choices.below(self.program.signatures.len() as u32);
        match self.choices.below(12) {
            0..=6 => {
                // What is at that index at first; the last is null.
                let all = self.program.signatures.len().min(self.program.elements as usize);
                let index = self.callee().min(all - 1);
                let (params, _) = &self.program.signatures[index];
                self.all(params);
                match self.choices.one_in(8) {
                    true => {
                        self.value(I32, 1);
                        self.say([I::I32Const(mask), I::I32And]);
                    }
                    false => self.code.push(I::I32Const(index as i32)),
                }
                self.code.push(I::CallIndirect { type_index: index as u32, table_index: 0 });
                self.drop_results(index);
            }
            7 => {
                self.value(I32, 1);
                self.say([I::I32Const(mask), I::I32And, I::RefFunc(function), I::TableSet(0)]);
            }
            8 => self.say([I::RefFunc(function), I::I32Const(1), I::TableGrow(0), I::Drop]),
            9 => {
                let from = self.choices.below(2) as i32;
                self.say([I::I32Const(from), I::I32Const(1), I::I32Const(1)]);
                self.code.push(match self.choices.one_in(2) {
                    true => I::TableInit { elem_index: 1, table: 0 },
                    false => I::TableCopy { src_table: 0, dst_table: 0 },
                });
            }
            10 => {
                let null = I::RefNull(wasm_encoder::HeapType::FUNC);
                self.say([I::I32Const(0), null, I::I32Const(2), I::TableFill(0)]);
            }
            _ => self.code.push(I::ElemDrop(1)),
        }
    }

    /// Something that may throw, and what catches it.
    pub(super) fn attempt(&mut self) {
        if !self.program.exceptions {
            return;
        }
        let catches_all = self.choices.one_in(3);
        let (ty, catch) = match catches_all {
            true => (BlockType::Empty, Catch::All { label: 0 }),
            false => (BlockType::Result(I32), Catch::One { tag: 0, label: 0 }),
        };
        let results = if catches_all { Vec::new() } else { vec![I32] };
        self.code.push(I::Block(ty));
        self.labels.push(Label { results, may_branch: true });
        self.code.push(I::TryTable(BlockType::Empty, Cow::from(vec![catch])));
        self.labels.push(Label { results: Vec::new(), may_branch: true });
        self.statements();
        if self.choices.one_in(2) {
            self.value(I32, 1);
            self.open(I::If);
            self.value(I32, 1);
            self.labels.pop();
            self.say([I::Throw(0), I::End]);
        }
        self.statement();
        self.close();
        if !catches_all {
            self.value(I32, 1);
        }
        self.close();
        if !catches_all {
            match self.local(I32) {
                Some(local) => self.code.push(I::LocalSet(local)),
                None => self.code.push(I::Drop),
            }
        }
    }

    /// What ends the call, or costs the instance; each on one way only.
    pub(super) fn rare(&mut self) {
        self.value(I32, 2);
        self.open(I::If);
        match self.choices.below(8) {
            0..=1 => {
                self.code.push(I::I32Const(1));
                self.widen();
                self.say([I::MemoryGrow(0), I::Drop]);
            }
            2..=3 => {
                let segment = self.choices.below(self.program.passive.len() as u32 + 1);
                self.code.push(I::DataDrop(segment));
            }
            4 => self.code.push(I::Unreachable),
            5 => {
                let results = self.labels[0].results.clone();
                let same = |at: &usize| self.program.signatures[*at].1 == results;
                let fit: Vec<usize> =
                    (self.index + 1..self.program.signatures.len()).filter(same).collect();
                if !fit.is_empty() {
                    let callee = self.choices.of(&fit);
                    let (params, _) = &self.program.signatures[callee];
                    self.all(params);
                    self.code.push(I::ReturnCall(callee as u32));
                }
            }
            6 if self.program.exceptions => {
                self.value(I32, 1);
                self.code.push(I::Throw(0));
            }
            _ => {
                let results = self.labels[0].results.clone();
                self.all(&results);
                self.code.push(I::Return);
            }
        }
        self.close();
    }
}
