//! The operand stack of a function, tracked from instruction to instruction: what is known of each operand.
//!
//! Nothing is known of the results of an unreachable instruction, because other paths may provide these operands.

use super::function::Op;

/// What is known of the operands on the stack.
pub(super) struct Operands<T> {
    /// The operands, the topmost last.
    stack: Vec<Option<T>>,
}

impl<T: Copy> Operands<T> {
    /// Returns the empty stack at the start of a function.
    pub(super) fn new() -> Self {
        Self { stack: Vec::new() }
    }

    /// Takes the operands of an instruction from the stack. The topmost is the last. An unreachable instruction takes
    /// none.
    pub(super) fn take(&mut self, op: &Op<'_>) -> Vec<Option<T>> {
        let count = if op.live { op.pops } else { 0 };
        self.stack.split_off(self.stack.len().saturating_sub(count))
    }

    /// Puts the results of an instruction on the stack, after [`take`](Self::take). `result` says what is known of
    /// the topmost result. It is ignored if the instruction has no result or is unreachable.
    pub(super) fn put(&mut self, op: &Op<'_>, result: Option<T>) {
        let has_result = op.live && op.height > self.stack.len();
        self.stack.truncate(op.height);
        self.stack.resize(op.height, None);
        if has_result && let Some(top) = self.stack.last_mut() {
            *top = result;
        }
    }

    /// Forgets what is known of every operand on the stack.
    pub(super) fn forget(&mut self) {
        self.stack.fill(None);
    }
}
