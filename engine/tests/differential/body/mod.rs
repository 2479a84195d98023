//! The bodies of [`super::program`]'s functions.
//!
//! Loops end, addresses are mostly in bounds, and functions mostly call those after them: so a call does
//! much before it ends, and usually returns. A body may still do anything that WebAssembly allows.

mod control;

use super::arguments::{double, float, integer, vector};
use super::choices::Choices;
use super::operations::{loads, operations};
use super::program::{LARGE, Program};
use wasm_encoder::ValType::{self, F32, F64, I32, I64, V128};
use wasm_encoder::{BlockType, Function, Instruction as I, MemArg};

pub(super) struct Label {
    results: Vec<ValType>,
    /// False for a loop that counts its rounds at its end.
    may_branch: bool,
}

/// A body on its way.
pub(super) struct Body<'p, 'c, 'b> {
    pub program: &'p Program,
    index: usize,
    pub choices: &'c mut Choices<'b>,
    locals: Vec<ValType>,
    /// Locals that loops count in, which nothing else assigns.
    counters: Vec<u32>,
    pub code: Vec<I<'static>>,
    labels: Vec<Label>,
    /// How many more things to say.
    budget: u32,
}

/// A random body for function `index`.
pub(super) fn random(program: &Program, index: usize, choices: &mut Choices<'_>) -> Function {
    let (params, results) = &program.signatures[index];
    let mut locals = params.clone();
    locals.push(I32);
    locals.extend((0..choices.below(6)).map(|_| choices.of(&program.types)));
    let budget = choices.of(&[12, 30, 70]);
    let mut body = Body {
        program,
        index,
        choices,
        locals,
        counters: Vec::new(),
        code: Vec::new(),
        labels: vec![Label { results: results.clone(), may_branch: true }],
        budget,
    };
    if program.pages == LARGE && index == 0 {
        body.fill_all();
    }
    body.statements();
    body.all(results);
    body.code.push(I::End);
    let mut function = Function::new_with_locals_types(body.locals[params.len()..].iter().copied());
    body.code.iter().for_each(|instruction| {
        function.instruction(instruction);
    });
    function
}

/// The function that says what is in memory and globals, as a hash.
pub(super) fn digest(program: &Program) -> Function {
    let (hash, at, end) = (0, 1, 2);
    let mix = [
        I::LocalGet(hash),
        I::I64Const(0x2545_f491_4f6c_dd1d),
        I::I64Mul,
        I::I64Xor,
        I::LocalSet(hash),
    ];
    let (wrap, extend): (&[I<'_>], &[I<'_>]) = match program.wide {
        true => (&[I::I32WrapI64], &[I::I64ExtendI32U]),
        false => (&[], &[]),
    };
    let mut code = vec![I::MemorySize(0)];
    code.extend_from_slice(wrap);
    code.extend([I::I32Const(16), I::I32Shl, I::LocalSet(end), I::Loop(BlockType::Empty)]);
    code.push(I::LocalGet(at));
    code.extend_from_slice(extend);
    code.push(I::I64Load(memarg(0, 0)));
    code.extend_from_slice(&mix);
    code.extend([I::LocalGet(at), I::I32Const(8), I::I32Add, I::LocalTee(at)]);
    code.extend([I::LocalGet(end), I::I32LtU, I::BrIf(0), I::End]);
    for (global, ty) in program.globals.iter().enumerate() {
        code.push(I::GlobalGet(global as u32));
        code.extend_from_slice(match ty {
            I32 => &[I::I64ExtendI32U],
            F32 => &[I::I32ReinterpretF32, I::I64ExtendI32U],
            F64 => &[I::I64ReinterpretF64],
            V128 => &[I::I64x2ExtractLane(1)],
            _ => &[],
        });
        code.extend_from_slice(&mix);
    }
    code.extend([I::LocalGet(hash), I::End]);
    let mut function = Function::new([(1, I64), (2, I32)]);
    code.iter().for_each(|instruction| {
        function.instruction(instruction);
    });
    function
}

pub(super) fn memarg(offset: u64, align: u32) -> MemArg {
    MemArg { offset, align, memory_index: 0 }
}

impl Body<'_, '_, '_> {
    pub(super) fn say<const N: usize>(&mut self, instructions: [I<'static>; N]) {
        self.code.extend(instructions);
    }

    /// A local of that type, to be assigned.
    pub(super) fn local(&mut self, ty: ValType) -> Option<u32> {
        let of_type = |index: &u32| self.locals[*index as usize] == ty;
        let all = 0..self.locals.len() as u32;
        let fit: Vec<u32> =
            all.filter(of_type).filter(|index| !self.counters.contains(index)).collect();
        (!fit.is_empty()).then(|| self.choices.of(&fit))
    }

    fn global(&mut self, ty: ValType) -> Option<u32> {
        let all = 0..self.program.globals.len() as u32;
        let fit: Vec<u32> = all.filter(|at| self.program.globals[*at as usize] == ty).collect();
        (!fit.is_empty()).then(|| self.choices.of(&fit))
    }

    /// A local to count in, which nothing else assigns.
    pub(super) fn counter(&mut self) -> Option<u32> {
        if self.counters.len() >= 3 || self.labels.len() > 8 {
            return None;
        }
        let counter = self.locals.len() as u32;
        self.locals.push(I32);
        self.counters.push(counter);
        Some(counter)
    }

    /// Opens a block that nothing is carried out of, to be closed by [`Self::close`].
    pub(super) fn open(&mut self, block: fn(BlockType) -> I<'static>) {
        self.code.push(block(BlockType::Empty));
        // Whoever branches to a loop must first count.
        let may_branch = !matches!(self.code.last(), Some(I::Loop(_)));
        self.labels.push(Label { results: Vec::new(), may_branch });
    }

    pub(super) fn close(&mut self) {
        self.labels.pop();
        self.code.push(I::End);
    }

    pub(super) fn ty(&mut self) -> ValType {
        self.choices.of(&self.program.types)
    }

    fn all(&mut self, types: &[ValType]) {
        types.iter().for_each(|ty| self.value(*ty, 2));
    }

    fn constant(&mut self, ty: ValType) {
        let choices = &mut *self.choices;
        self.code.push(match ty {
            I32 => I::I32Const(integer(choices) as i32),
            I64 => I::I64Const(choices.bits() as i64),
            F32 => I::F32Const(f32::from_bits(float(choices)).into()),
            F64 => I::F64Const(f64::from_bits(double(choices)).into()),
            _ => I::V128Const(vector(choices) as i128),
        });
    }

    /// Leaves one value of that type.
    pub(super) fn value(&mut self, ty: ValType, depth: u32) {
        if depth == 0 || self.budget == 0 {
            return self.leaf(ty);
        }
        self.budget -= 1;
        match self.choices.below(12) {
            0..=2 => self.leaf(ty),
            3 => {
                self.value(ty, depth - 1);
                if let Some(local) = self.local(ty) {
                    self.code.push(I::LocalTee(local));
                }
            }
            4..=6 => self.compute(ty, depth - 1),
            7 => {
                self.address(depth - 1);
                self.widen();
                let offset = self.choices.of(&[0, 0, 1, 8, 63, 64, 1023, 1024, 2048]);
                let load = loads(ty)[self.choices.below(loads(ty).len() as u32) as usize];
                self.code.push(load(memarg(offset, 0)));
            }
            8 => {
                self.value(I32, depth - 1);
                self.code.push(I::If(BlockType::Result(ty)));
                self.labels.push(Label { results: vec![ty], may_branch: true });
                self.value(ty, depth - 1);
                self.code.push(I::Else);
                self.value(ty, depth - 1);
                self.close();
            }
            9 => {
                self.value(ty, depth - 1);
                self.value(ty, depth - 1);
                self.value(I32, depth - 1);
                self.code.push(I::Select);
            }
            10 => {
                // A block with two ways to its value.
                self.code.push(I::Block(BlockType::Result(ty)));
                self.labels.push(Label { results: vec![ty], may_branch: true });
                self.value(ty, depth - 1);
                self.value(I32, depth - 1);
                self.say([I::BrIf(0), I::Drop]);
                self.statement();
                self.value(ty, depth - 1);
                self.close();
            }
            _ => {
                let wanted: Vec<usize> = (self.index + 1..self.program.signatures.len())
                    .filter(|at| self.program.signatures[*at].1 == [ty])
                    .collect();
                match wanted.is_empty() {
                    true => self.leaf(ty),
                    false => {
                        let callee = self.choices.of(&wanted);
                        self.call(callee);
                    }
                }
            }
        }
    }

    fn leaf(&mut self, ty: ValType) {
        let found = match self.choices.below(4) {
            0 => None,
            1 => self.global(ty).map(I::GlobalGet),
            _ => self.local(ty).map(I::LocalGet),
        };
        match found {
            Some(get) => self.code.push(get),
            None => self.constant(ty),
        }
    }

    fn compute(&mut self, ty: ValType, depth: u32) {
        let all = operations(ty);
        let (takes, instruction) = &all[self.choices.below(all.len() as u32) as usize];
        match takes.iter().all(|taken| self.program.types.contains(taken)) {
            true => {
                takes.iter().for_each(|taken| self.value(*taken, depth));
                self.code.push(instruction.clone());
            }
            false => self.leaf(ty),
        }
    }

    /// The arguments, the call, and its results stay on the stack.
    fn call(&mut self, callee: usize) {
        let (params, _) = &self.program.signatures[callee];
        self.all(params);
        self.code.push(I::Call(callee as u32));
    }

    fn drop_results(&mut self, callee: usize) {
        let (_, results) = &self.program.signatures[callee];
        self.code.extend(results.iter().map(|_| I::Drop));
    }

    fn callee(&mut self) -> usize {
        let all = self.program.signatures.len();
        match self.choices.one_in(24) || self.index + 1 == all {
            true => self.choices.below(all as u32) as usize,
            false => self.index + 1 + self.choices.below((all - self.index - 1) as u32) as usize,
        }
    }

    pub(super) fn statements(&mut self) {
        for _ in 0..1 + self.choices.below(6) {
            self.statement();
        }
    }

    pub(super) fn statement(&mut self) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        match self.choices.below(20) {
            0..=1 => self.assign(),
            2..=3 => {
                let ty = self.choices.of(&self.program.globals);
                self.value(ty, 3);
                match self.global(ty) {
                    Some(global) => self.code.push(I::GlobalSet(global)),
                    None => self.code.push(I::Drop),
                }
            }
            4..=6 => self.stores(),
            7 => self.walk(),
            8..=9 => self.branch(),
            10..=12 => self.repeat(),
            13 => self.block(),
            14 => self.bulk(),
            15..=16 => {
                let callee = self.callee();
                self.call(callee);
                self.drop_results(callee);
            }
            17 => self.table(),
            18 => self.attempt(),
            _ => self.rare(),
        }
    }

    fn assign(&mut self) {
        let ty = self.ty();
        if let Some(local) = self.local(ty) {
            self.value(ty, 3);
            self.code.push(I::LocalSet(local));
        }
    }
}
